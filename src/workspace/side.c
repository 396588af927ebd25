#include "config.h"

#include "workspace/side.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/atpath.h"
#include "source/remote.h"
#include "source/snapshot.h"
#include "source/sqlite.h"
#include "util/compiler.h"
#include "util/path.h"
#include "workspace/sidefolder.h"
#include "workspace/workspace.h"

enum { MAX_LABEL = 1 << 16 };

static char *copy(const char *text, struct err *err)
{
	char *made = strdup(text);

	if (!made)
		err_set_nomem(err);
	return made;
}

/* ---- which database ---- */

char *side_database_of_ref(const char *revision)
{
	static const char prefix[] = "refs/d1/", last[] = "/remote";
	const char *name = revision + sizeof(prefix) - 1;
	const char *rest;

	if (strncmp(revision, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	rest = name + strcspn(name, "/");
	if (strncmp(rest, last, sizeof(last) - 1) != 0 ||
	    !strchr("~^@", rest[sizeof(last) - 1]))
		return NULL;
	return strndup(name, (size_t)(rest - name));
}

bool side_is_endpoint(const char *word)
{
	static const char *const sides[] = { "local", "remote", "preview" };
	size_t length = strcspn(word, "@");

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++)
		if (strlen(sides[i]) == length &&
		    strncmp(word, sides[i], length) == 0)
			return true;
	return strchr(word, '/') != NULL;
}

int side_remote_endpoint(char **endpoint, const char *word, struct err *err)
{
	int size;

	if (word && side_is_endpoint(word))
		size = asprintf(endpoint, "%s", word);
	else
		size = asprintf(endpoint, "%s%sremote", word ? word : "",
				word ? "/" : "");
	if (size >= 0)
		return 0;
	*endpoint = NULL;
	return err_set_nomem(err);
}

/* The database of a snapshot where there is no wrangler configuration. */
static int find_without_project(struct workspace *workspace, struct side *side,
				struct err *err)
{
	const struct d1config *settings;

	if (workspace_settings(workspace, &settings, err) < 0)
		return err->code;
	if (side->endpoint.database)
		side->name = copy(side->endpoint.database, err);
	else
		(void)!side_find_only(workspace, side, settings, err);
	return err->code ? err->code
			 : side_set_folder(workspace, side, settings, err);
}

/* A database that the configuration has no more, but git has. */
static bool find_in_git(struct workspace *workspace, struct side *side)
{
	struct err err = ERR_INIT;

	if (!side_is_snapshot(side) || !side->endpoint.database)
		return false;
	side->name = copy(side->endpoint.database, &err);
	if (side->name &&
	    side_set_folder(workspace, side, &workspace->project.d1config,
			    &err) == 0 &&
	    side_has_snapshot(workspace, side))
		return true;
	free(side->name);
	side->name = NULL;
	return false;
}

static int find_in_project(struct workspace *workspace, struct side *side,
			   struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;

	if (project_find(&side->database, &workspace->project,
			 endpoint->database, endpoint->environment, err) < 0) {
		if (err->code == D1_ENOTFOUND && find_in_git(workspace, side))
			err_clear(err);
		return err->code;
	}
	side->name = copy(side->database->name, err);
	if (err->code || !side_is_snapshot(side))
		return err->code;
	return side_set_folder(workspace, side, &workspace->project.d1config,
			       err);
}

static int find_database(struct workspace *workspace, struct side *side,
			 struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;

	if (workspace_project(workspace, err) == 0)
		return find_in_project(workspace, side, err);
	if (err->code != D1_ENOTFOUND || !side_is_snapshot(side) ||
	    endpoint->environment || workspace->options.environment ||
	    workspace->options.config)
		return err->code;
	err_clear(err);
	return find_without_project(workspace, side, err);
}

/* ---- revisions ---- */

/* What git said of texts that name no commit. */
struct lookup {
	struct workspace *workspace;
	struct err reason;
};

/* True if there may be a snapshot of that database in the commit. */
static int knows_database(struct workspace *workspace, const char *name,
			  const char *id, bool *known, struct err *err)
{
	struct side side = { .endpoint = { .kind = ENDPOINT_REVISION } };
	const struct database *database;
	const struct d1config *settings;
	struct err unknown = ERR_INIT;

	*known = workspace_project(workspace, &unknown) == 0 &&
		 project_find(&database, &workspace->project, name, NULL,
			      &unknown) == 0;
	if (*known)
		return 0;
	if (workspace_settings(workspace, &settings, err) < 0)
		return err->code;
	memcpy(side.id, id, sizeof(side.id));
	side.folder = side_folder_in_tree(settings, name);
	if (!side.folder)
		return err_set_nomem(err);
	*known = side_has_snapshot(workspace, &side);
	free(side.folder);
	return 0;
}

/* What cannot be asked is no revision: two files need no repository. */
static int find_revision(void *context, const char *database,
			 const char *revision, bool *found, struct err *err)
{
	struct lookup *lookup = context;
	const struct repository *repository;
	struct err unknown = ERR_INIT;
	char id[OBJECT_ID_SIZE];

	*found = false;
	if (workspace_repository(lookup->workspace, &repository, &unknown) <
		    0 ||
	    repository_commit(repository, id, revision, &unknown) < 0) {
		if (unknown.code == D1_ENOMEM)
			return err_set_nomem(err);
		if (!lookup->reason.code)
			lookup->reason = unknown;
		return 0;
	}
	*found = true;
	return database ? knows_database(lookup->workspace, database, id, found,
					 err)
			: 0;
}

static bool is_in_worktree(void *context)
{
	const struct lookup *lookup = context;
	const struct workspace *workspace = lookup->workspace;
	const struct repository *repository = &workspace->repository;

	return repository->worktree &&
	       !path_is_inside(repository->git_dir, workspace->dir);
}

/* Says why a text that looks like a revision is none. */
static int explain(const struct lookup *lookup, const char *text,
		   struct err *err)
{
	const struct err *reason = &lookup->reason;
	bool revision = strncmp(text, "HEAD", 4) == 0 || text[0] == '@' ||
			strpbrk(text, "~^{") || strncmp(text, "refs/", 5) == 0;

	if (err->code != D1_ENOTFOUND || !reason->code ||
	    (reason->code == D1_ENOTFOUND && !revision && !reason->hint[0]))
		return err->code;
	*err = *reason;
	return err->code;
}

static int parse(struct workspace *workspace, struct side *side,
		 const char *text, struct err *err)
{
	struct lookup lookup = { .workspace = workspace, .reason = ERR_INIT };
	const struct endpoint_revisions revisions = { find_revision,
						      is_in_worktree, &lookup };
	struct endpoint *endpoint = &side->endpoint;

	memset(side, 0, sizeof(*side));
	if (endpoint_parse(endpoint, text, &revisions, err) < 0)
		return explain(&lookup, text, err);
	if (endpoint->revision && !endpoint->database)
		endpoint->database = side_database_of_ref(endpoint->revision);
	return 0;
}

/* ---- resolving ---- */

static int label_side(struct side *side, struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;
	const char *text = endpoint->kind == ENDPOINT_REVISION
				   ? endpoint->revision
				   : endpoint_side(endpoint);
	struct buf label;

	if (endpoint->kind == ENDPOINT_FILE) {
		side->label = copy(endpoint->path, err);
		return err->code;
	}
	buf_init(&label, MAX_LABEL);
	if (side->name)
		buf_add_format(&label, "%s/", side->name);
	buf_add_string(&label, text);
	if (endpoint->environment && *endpoint->environment)
		buf_add_format(&label, "@%s", endpoint->environment);
	if (buf_check(&label, "a label", err) == 0) {
		side->label = buf_take(&label);
		if (!side->label)
			err_set_nomem(err);
	}
	buf_release(&label);
	return err->code;
}

static int find_commit(struct workspace *workspace, struct side *side,
		       struct err *err)
{
	const struct repository *repository;

	if (workspace_repository(workspace, &repository, err) < 0)
		return err->code;
	return repository_commit(repository, side->id, side->endpoint.revision,
				 err);
}

static int find_meaning(struct workspace *workspace, struct side *side,
			struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;

	if (endpoint->kind == ENDPOINT_REVISION &&
	    find_commit(workspace, side, err) < 0)
		return err->code;
	return endpoint->kind == ENDPOINT_FILE
		       ? 0
		       : find_database(workspace, side, err);
}

/*
 * A text such as db/local may be a branch or a path where there is no database
 * `db`. If it is neither, the error stands.
 */
static int fall_back(struct workspace *workspace, struct side *side,
		     const char *text, struct err *err)
{
	struct lookup lookup = { .workspace = workspace, .reason = ERR_INIT };
	const struct endpoint_revisions revisions = { find_revision,
						      is_in_worktree, &lookup };
	struct err none = ERR_INIT;
	struct endpoint other;

	if (err->code != D1_ENOTFOUND || !endpoint_side(&side->endpoint) ||
	    !strchr(text, '/'))
		return err->code;
	if (endpoint_parse_other(&other, text, &revisions, &none) < 0) {
		endpoint_release(&other);
		if (none.code != D1_ENOTFOUND)
			*err = none;
		return err->code;
	}
	endpoint_release(&side->endpoint);
	side->endpoint = other;
	err_clear(err);
	return find_meaning(workspace, side, err);
}

/* Finds out what the endpoint that was taken apart means. */
static int resolve(struct workspace *workspace, struct side *side,
		   const char *text, struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;

	if (find_meaning(workspace, side, err) < 0 &&
	    fall_back(workspace, side, text, err) < 0)
		return err->code;
	if (label_side(side, err) < 0)
		return err->code;
	if (endpoint->kind == ENDPOINT_REMOTE ||
	    endpoint->kind == ENDPOINT_PREVIEW)
		return project_remote_id(&side->remote_id, &workspace->project,
					 side->database,
					 endpoint->kind == ENDPOINT_PREVIEW,
					 err);
	return 0;
}

int workspace_resolve(struct workspace *workspace, struct side *side,
		      const char *text, struct err *err)
{
	if (parse(workspace, side, text, err) < 0)
		return err->code;
	return resolve(workspace, side, text, err);
}

int workspace_resolve_both(struct workspace *workspace, struct side sides[2],
			   const char *const texts[2], struct err *err)
{
	int first;

	memset(sides, 0, 2 * sizeof(*sides));
	for (int i = 0; i < 2; i++)
		if (parse(workspace, &sides[i], texts[i], err) < 0)
			return err->code;
	first = sides[0].endpoint.database ? 0 : 1;
	if (resolve(workspace, &sides[first], texts[first], err) < 0)
		return err->code;
	if (sides[first].endpoint.database && sides[first].name &&
	    !sides[!first].endpoint.database &&
	    sides[!first].endpoint.kind != ENDPOINT_FILE)
		sides[!first].endpoint.database = copy(sides[first].name, err);
	return err->code
		       ? err->code
		       : resolve(workspace, &sides[!first], texts[!first], err);
}

void side_release(struct side *side)
{
	endpoint_release(&side->endpoint);
	free(side->name);
	free(side->label);
	free(side->folder);
	memset(side, 0, sizeof(*side));
}

bool side_is_patch(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_FILE &&
	       atpath_is_patch(side->endpoint.path);
}

int side_refuse_patch(const struct side *side, struct err *err)
{
	if (!side_is_patch(side))
		return 0;
	return err_set(err, D1_EREFUSED,
		       "'%s' is a patch, and no database that can be written",
		       side->label);
}

/* The file may be there or not; all its names are one target. */
static int file_target(char **target, const char *path, struct err *err)
{
	char *real = realpath(path, NULL);
	int length = asprintf(target, "file %s", real ? real : path);

	free(real);
	if (length >= 0)
		return 0;
	*target = NULL;
	return err_set_nomem(err);
}

int side_target(char **target, const struct side *side, struct err *err)
{
	*target = NULL;
	switch (side->endpoint.kind) {
	case ENDPOINT_LOCAL:
		return file_target(target, side->database->local_path, err);
	case ENDPOINT_FILE:
		return file_target(target, side->endpoint.path, err);
	case ENDPOINT_REMOTE:
	case ENDPOINT_PREVIEW:
		if (asprintf(target, "remote %s", side->remote_id) >= 0)
			return 0;
		*target = NULL;
		return err_set_nomem(err);
	default:
		return err_set(err, D1_EREFUSED, "'%s' is no database",
			       side->label);
	}
}

int side_check_local(const struct workspace *workspace,
		     const struct database *database, struct err *err)
{
	const char *top = workspace->project.options.worktree;
	const char *path = database->local_path;

	if (!top || !path_is_inside(top, path))
		return 0;
	return path_check_inside(top, path, "the local database", err);
}

/* ---- opening ---- */

bool side_is_absent(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_LOCAL &&
	       access(side->database->local_path, F_OK) < 0;
}

/* What makes it; wrangler needs options to mean the same database. */
static void hint_at_making(const struct workspace *workspace,
			   const struct database *database, struct err *err)
{
	const char *environment = database->environment;
	const char *config = workspace->options.config;
	const char *persist_to = workspace->options.persist_to;

	err_hint(err,
		 "there is no local database yet: run `wrangler d1 migrations "
		 "apply %s --local%s%s%s%s%s%s` or `wrangler dev`, which make "
		 "it, `git d1 restore`, which fills it from a snapshot, or "
		 "`git d1 schema sync %s/remote%s%s`, which makes the tables "
		 "of the remote one",
		 database->database_name ? database->database_name
					 : database->binding,
		 environment ? " --env " : "", environment ? environment : "",
		 config ? " --config " : "", config ? config : "",
		 persist_to ? " --persist-to " : "",
		 persist_to ? persist_to : "", database->name,
		 environment ? " --env " : "", environment ? environment : "");
}

static int open_local(const struct workspace *workspace, struct side *side,
		      struct source **source, struct err *err)
{
	if (sqlite_open(source, side->database->local_path, err) == 0)
		return 0;
	if (err->code == D1_ENOTFOUND)
		hint_at_making(workspace, side->database, err);
	return err_context(err, "%s", side->label);
}

static int open_remote(struct workspace *workspace, struct side *side,
		       struct source **source, struct err *err)
{
	if (workspace_client(workspace, &side->client, side->database, err) < 0)
		return err->code;
	if (remote_open(source, side->client, side->remote_id, side->label,
			err) == 0)
		workspace_judge_token(workspace, side->client, true);
	else if (err->code == D1_EAUTH)
		workspace_judge_token(workspace, side->client, false);
	return err->code;
}

int workspace_open(struct workspace *workspace, struct side *side,
		   struct source **source, struct err *err)
{
	struct filetree *tree;

	switch (side->endpoint.kind) {
	case ENDPOINT_FILE:
		return atpath_open(source, side->endpoint.path, err);
	case ENDPOINT_LOCAL:
		return open_local(workspace, side, source, err);
	case ENDPOINT_REMOTE:
	case ENDPOINT_PREVIEW:
		return open_remote(workspace, side, source, err);
	case ENDPOINT_SNAPSHOT:
	case ENDPOINT_INDEX:
	case ENDPOINT_REVISION:
		break;
	}
	if (side_open_snapshot(workspace, side, &tree, err) < 0)
		return err_context(err, "%s", side->label);
	if (!tree)
		return side_refuse_missing(workspace, side, err);
	return snapshot_open(source, tree, side->label, err);
}

/* ---- files ---- */

static int note_any(void *context, const struct filetree_entry *entry,
		    struct err *err)
{
	bool *found = context;

	(void)entry;
	(void)err;
	*found = true;
	return 0;
}

/* A commit that git-d1 made for itself has the files at its top. */
static int choose_folder(struct workspace *workspace, struct side *side,
			 struct err *err)
{
	struct filetree *tree;
	bool found = false;

	if (side_open_objects(workspace, side, side->folder, &tree, err) < 0)
		return err->code;
	(void)!filetree_list(tree, "", note_any, &found, err);
	filetree_close(tree);
	if (err->code || found ||
	    side_open_objects(workspace, side, "", &tree, err) < 0)
		return err->code;
	if (side_has_schema(tree, "", &found, err) == 0 && found)
		side->folder[0] = '\0';
	filetree_close(tree);
	return err->code;
}

static int open_all(struct workspace *workspace, struct side *side,
		    struct filetree **tree, struct err *err)
{
	switch (side->endpoint.kind) {
	case ENDPOINT_FILE:
		return directory_open(tree, side->endpoint.path, err);
	case ENDPOINT_SNAPSHOT:
		if (directory_open(tree, side->folder, err) == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	case ENDPOINT_REVISION:
		if (choose_folder(workspace, side, err) < 0)
			return err->code;
		break;
	case ENDPOINT_INDEX:
		break;
	default:
		err_set(err, D1_EUSAGE, "'%s' is a database, and has no files",
			side->label);
		return err_hint(err, "name what holds files: snapshot, index, "
				     "a revision or a folder");
	}
	return side_open_objects(workspace, side, side->folder, tree, err);
}

int workspace_open_files(struct workspace *workspace, struct side *side,
			 struct filetree **tree, struct err *err)
{
	bool found = false;

	*tree = NULL;
	if (open_all(workspace, side, tree, err) < 0)
		return err->code;
	if (side->endpoint.kind == ENDPOINT_FILE)
		return 0;
	if (*tree && filetree_list(*tree, "", note_any, &found, err) == 0 &&
	    found)
		return 0;
	filetree_close(*tree);
	*tree = NULL;
	return err->code ? err->code
			 : side_refuse_missing(workspace, side, err);
}
