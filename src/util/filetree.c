#include "config.h"

#include "util/filetree.h"

int filetree_list(struct filetree *tree, const char *folder,
		  filetree_entry_fn *use, void *context, struct err *err)
{
	return tree->ops->list(tree, folder, use, context, err);
}

int filetree_open(struct filetree *tree, const char *path,
		  struct stream **stream, struct err *err)
{
	return tree->ops->open(tree, path, stream, err);
}

void filetree_close(struct filetree *tree)
{
	if (tree)
		tree->ops->close(tree);
}
