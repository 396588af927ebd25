#include "config.h"

#include "source/empty.h"

#include <stdlib.h>

static void empty_close(struct source *source)
{
	schema_free(source->schema);
	free(source);
}

int empty_open(struct source **source, struct err *err)
{
	/* nobody scans a source without tables */
	static const struct source_ops ops = { .close = empty_close };
	struct source *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->ops = &ops;
	self->schema = calloc(1, sizeof(*self->schema));
	if (!self->schema) {
		free(self);
		return err_set_nomem(err);
	}
	self->schema->partial = true;
	*source = self;
	return 0;
}
