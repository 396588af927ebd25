#include "config.h"

#include "util/filesink.h"

#include "util/filetree.h"

int filesink_begin(struct filesink *sink, const char *path, struct err *err)
{
	if (filetree_check_path(path, err) < 0)
		return err->code;
	return sink->ops->begin(sink, path, err);
}

int filesink_write(struct filesink *sink, const void *data, size_t size,
		   struct err *err)
{
	return sink->ops->write(sink, data, size, err);
}

int filesink_end(struct filesink *sink, enum file_news *news, struct err *err)
{
	return sink->ops->end(sink, news, err);
}

int filesink_remove(struct filesink *sink, const char *path, struct err *err)
{
	if (filetree_check_path(path, err) < 0)
		return err->code;
	return sink->ops->remove(sink, path, err);
}

int filesink_publish(struct filesink *sink, struct err *err)
{
	return sink->ops->publish(sink, err);
}

void filesink_close(struct filesink *sink)
{
	if (sink)
		sink->ops->close(sink);
}
