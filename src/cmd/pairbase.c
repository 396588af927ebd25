#include "config.h"

#include "cmd/pairbase.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply/overlay.h"
#include "apply/snapshot_writer.h"
#include "git/tree.h"
#include "source/snapshot.h"
#include "util/buf.h"
#include "workspace/fileidentity.h"
#include "workspace/report.h"
#include "workspace/treecopy.h"

enum { MAX_MESSAGE = 1 << 16 };

static const char folder[] = "refs/d1/base/";

/* ---- opening ---- */

/* True if the commit is of that database; it says so itself. */
static int is_of_database(const struct pairbase *base, const char *id,
			  bool *same, struct err *err)
{
	char *value = NULL;

	*same = false;
	if (commit_trailer(&value, base->repository, id, TRAILER_DATABASE,
			   err) < 0)
		return err->code;
	*same = value && strcmp(value, base->database_id) == 0;
	if (!*same)
		report_warning("%s is of another database (%s): it is not used",
			       base->ref, value ? value : "which it lacks");
	free(value);
	return 0;
}

/* Its files; *tree is NULL if there is none. */
static int open_tree(const struct pairbase *base, struct filetree **tree,
		     struct err *err)
{
	char id[OBJECT_ID_SIZE];
	bool same;

	*tree = NULL;
	if (repository_commit(base->repository, id, base->ref, err) ==
	    D1_ENOTFOUND) {
		err_clear(err);
		return 0;
	}
	if (err->code || is_of_database(base, id, &same, err) < 0 || !same)
		return err->code;
	return commit_tree_open(tree, base->repository, id, "", err);
}

/* The path as it can stand on a line; NULL if it cannot. */
static char *find_text(const char *path)
{
	char *text = realpath(path, NULL);

	for (const char *at = text; at && *at; at++)
		if ((unsigned char)*at < ' ') {
			free(text);
			return NULL;
		}
	return text;
}

int pairbase_open(struct pairbase *base, const struct repository *repository,
		  const char *path, const char *database_id, struct err *err)
{
	char digits[FILE_IDENTITY_SIZE];
	struct filetree *tree;

	*base = (struct pairbase){ .repository = repository,
				   .database_id = database_id };
	if (file_identity(digits, database_id, path, err) < 0)
		return err->code;
	base->path = find_text(path);
	snprintf(base->ref, sizeof(base->ref), "%s%s", folder, digits);
	if (open_tree(base, &tree, err) < 0 || !tree)
		return err->code;
	if (snapshot_open(&base->source, tree, base->ref, err) < 0) {
		err_context(err, "what both sides had in common");
		err_hint(err, "forget it: git update-ref -d %s", base->ref);
	}
	return err->code;
}

void pairbase_release(struct pairbase *base)
{
	source_close(base->source);
	filesink_close(base->sink);
	free(base->path);
	memset(base, 0, sizeof(*base));
}

/* ---- the next one ---- */

/* True for a table that was compared, and is tracked. */
static bool is_written(void *context, const char *table)
{
	const struct pairbase_rows *rows = context;

	for (size_t i = 0; i < changes_tables(rows->steps); i++)
		if (strcmp(changes_table(rows->steps, i)->name, table) == 0)
			return rows->tracked(rows->context, table);
	return false;
}

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	const struct pairbase_rows *self = context;

	return table_choice_rules(self->choice, table, rules, err);
}

/* The files of tables that were not compared. */
static int copy_others(struct pairbase *base, const struct pairbase_rows *rows,
		       struct err *err)
{
	size_t count = changes_tables(rows->steps);
	const char **names = calloc(count + 1, sizeof(*names));
	struct filetree *tree = NULL;

	if (!names)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++)
		names[i] = changes_table(rows->steps, i)->name;
	if (open_tree(base, &tree, err) == 0 && tree)
		(void)!treecopy_tables(base->sink, tree, names, true, err);
	filetree_close(tree);
	free(names);
	return err->code;
}

int pairbase_prepare(struct pairbase *base, struct pairbase_rows *rows,
		     struct err *err)
{
	struct snapshot_writing writing = {
		.label = rows->label,
		.tracked = is_written,
		.rules = rules_of,
		.context = rows,
	};
	struct source *overlay = NULL;

	if (overlay_open(&overlay, rows->local, rows->local, rows->steps, err) <
		    0 ||
	    tree_sink_open(&base->sink, base->repository, err) < 0)
		goto out;
	writing.source = overlay;
	if (snapshot_write(&writing, base->sink, NULL, err) == 0 &&
	    copy_others(base, rows, err) == 0)
		(void)!filesink_publish(base->sink, err);
out:
	source_close(overlay);
	if (err->code) {
		filesink_close(base->sink);
		base->sink = NULL;
	}
	return err->code;
}

int pairbase_keep(struct pairbase *base, const char *reason, struct err *err)
{
	struct ref_update update = { .ref = base->ref,
				     .tree = tree_sink_id(base->sink),
				     .reason = reason };
	struct buf message;

	buf_init(&message, MAX_MESSAGE);
	buf_add_string(&message, "Record what both sides have in common\n\n");
	buf_add_format(&message, TRAILER_DATABASE ": %s\n", base->database_id);
	if (base->path)
		buf_add_format(&message, TRAILER_LOCAL ": %s\n", base->path);
	update.message = message.data;
	if (buf_check(&message, "a message", err) == 0)
		(void)!repository_update_ref(base->repository, &update,
					     &base->moved, err);
	buf_release(&message);
	return err->code;
}

/* ---- those of files that are no more ---- */

struct pruning {
	const struct pairbase *base;
	int64_t before; /* what moved since then stays */
};

/* True if the file that the base belongs to is not the one at its path. */
static int is_stale(const struct pairbase *base, const struct own_ref *ref,
		    bool *stale, struct err *err)
{
	char digits[FILE_IDENTITY_SIZE];
	char *path = NULL, *id = NULL;

	*stale = false;
	if (commit_trailer(&path, base->repository, ref->id, TRAILER_LOCAL,
			   err) < 0 ||
	    commit_trailer(&id, base->repository, ref->id, TRAILER_DATABASE,
			   err) < 0 ||
	    !path || !id)
		goto out;
	if (access(path, F_OK) < 0)
		*stale = errno == ENOENT || errno == ENOTDIR;
	else if (file_identity(digits, id, path, err) == 0)
		*stale = strcmp(ref->name + strlen(folder), digits) != 0;
out:
	free(path);
	free(id);
	return err->code;
}

static int prune_one(void *context, const struct own_ref *ref, struct err *err)
{
	const struct pruning *pruning = context;
	bool stale;

	if (ref->time >= pruning->before ||
	    is_stale(pruning->base, ref, &stale, err) < 0 || !stale)
		return err->code;
	return repository_forget_ref(pruning->base->repository, ref, err);
}

int pairbase_prune(const struct pairbase *base, int64_t keep, struct err *err)
{
	struct pruning pruning = { .base = base,
				   .before = (int64_t)time(NULL) - keep };

	if (base->source || !base->moved)
		return 0;
	return repository_each_ref(base->repository, folder, prune_one,
				   &pruning, err);
}
