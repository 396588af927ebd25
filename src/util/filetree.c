#include "config.h"

#include "util/filetree.h"

#include <string.h>

int filetree_check_path(const char *path, struct err *err)
{
	const char *part = path;

	for (;;) {
		size_t size = strcspn(part, "/");

		if (!size || (size == 1 && *part == '.') ||
		    (size == 2 && !memcmp(part, "..", 2)))
			return err_set(err, D1_EREFUSED,
				       "'%s' is not a path inside a snapshot",
				       path);
		if (!part[size])
			return 0;
		part += size + 1;
	}
}

int filetree_list(struct filetree *tree, const char *folder,
		  filetree_entry_fn *use, void *context, struct err *err)
{
	if (*folder && filetree_check_path(folder, err) < 0)
		return err->code;
	return tree->ops->list(tree, folder, use, context, err);
}

int filetree_open(struct filetree *tree, const char *path,
		  struct stream **stream, struct err *err)
{
	if (filetree_check_path(path, err) < 0)
		return err->code;
	return tree->ops->open(tree, path, stream, err);
}

void filetree_close(struct filetree *tree)
{
	if (tree)
		tree->ops->close(tree);
}
