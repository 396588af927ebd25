#include "config.h"

#include "util/filetree.h"

#include <stdbool.h>
#include <stdlib.h>
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

/* No file is called so: who takes it for a path is led elsewhere. */
static bool is_misleading(const char *name)
{
	return !*name || strchr(name, '/') || !strcmp(name, ".") ||
	       !strcmp(name, "..");
}

int filetree_listing_add(struct filetree_listing *list,
			 const struct filetree_entry *entry, struct err *err)
{
	struct filetree_entry *copy;

	if (is_misleading(entry->name))
		return err_set(err, D1_EREFUSED,
			       "'%s' is not the name of a file", entry->name);
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;

		copy = reallocarray(list->entries, cap, sizeof(*copy));
		if (!copy)
			return err_set_nomem(err);
		list->entries = copy;
		list->cap = cap;
	}
	copy = &list->entries[list->count];
	*copy = *entry;
	copy->name = arena_string(&list->arena, entry->name);
	if (entry->id)
		copy->id = arena_string(&list->arena, entry->id);
	if (!copy->name || (entry->id && !copy->id))
		return err_set_nomem(err);
	list->count++;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct filetree_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

int filetree_listing_use(struct filetree_listing *list, filetree_entry_fn *use,
			 void *context, struct err *err)
{
	const struct filetree_entry *entries = list->entries;

	if (list->count)
		qsort(list->entries, list->count, sizeof(*entries),
		      compare_entries);
	for (size_t i = 0; i < list->count; i++) {
		if (i && !compare_entries(&entries[i - 1], &entries[i]))
			continue;
		if (use(context, &entries[i], err) < 0)
			return err->code;
	}
	return 0;
}

void filetree_listing_release(struct filetree_listing *list)
{
	free(list->entries);
	arena_release(&list->arena);
	*list = (struct filetree_listing)FILETREE_LISTING_INIT;
}
