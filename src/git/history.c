#include "config.h"

#include "git/history.h"

#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/filetree.h"
#include "util/hex.h"
#include "util/stream.h"

enum {
	MAX_COMMIT = 64 << 20,	/* bytes of a commit */
	MAX_SHALLOW = 64 << 20, /* bytes of the list of cut-off commits */
	MAX_PATH = 1 << 16,
	ID_LENGTH = OBJECT_ID_SIZE - 1,
	PIECE = 16 * 1024, /* bytes that are read at once */
};

/* What git is asked for; a NUL ends each. */
enum field {
	FIELD_HEADER, /* git's own, which is not used */
	FIELD_ID,
	FIELD_PARENTS,
	FIELD_AUTHOR,
	FIELD_EMAIL,
	FIELD_AUTHOR_TIME,
	FIELD_AUTHOR_OFFSET,
	FIELD_COMMIT_TIME,
	FIELD_MESSAGE,
	FIELDS,
};

#define FORMAT \
	"--format=%x00%H%x00%P%x00%aN%x00%aE%x00%at%x00%ad%x00%ct%x00%B%x00"

struct walk {
	struct stream *stream;
	struct buf text;    /* what was read and not used yet */
	size_t start;	    /* where the next commit begins in it */
	struct buf shallow; /* the ids of cut-off commits, one a line, sorted */
	const char **parents; /* of the commit that is told of */
	size_t cap;
};

/* ---- where a shallow clone ends ---- */

static int compare_lines(const void *a, const void *b)
{
	return memcmp(a, b, ID_LENGTH);
}

static int load_shallow(struct walk *walk, const struct repository *repository,
			struct err *err)
{
	char *path;

	if (repository_shallow_file(&path, repository, err) < 0)
		return err->code;
	if (file_read(&walk->shallow, path, 0, err) == D1_ENOTFOUND)
		err_clear(err);
	free(path);
	if (walk->shallow.len)
		qsort(walk->shallow.data, walk->shallow.len / OBJECT_ID_SIZE,
		      OBJECT_ID_SIZE, compare_lines);
	return err->code;
}

static bool is_cut_off(const struct walk *walk, const char *id)
{
	return walk->shallow.len && bsearch(id, walk->shallow.data,
					    walk->shallow.len / OBJECT_ID_SIZE,
					    OBJECT_ID_SIZE, compare_lines);
}

/* ---- reading a commit ---- */

/* Reads until a whole commit is there. *found is false after the last one. */
static int fill(struct walk *walk, char *fields[FIELDS], bool *found,
		struct err *err)
{
	size_t place = walk->start, count = 0, got;
	size_t begins[FIELDS + 1] = { walk->start };

	*found = false;
	while (count < FIELDS) {
		char *piece;

		for (; place < walk->text.len && count < FIELDS; place++) {
			if (!walk->text.data[place])
				begins[++count] = place + 1;
		}
		if (count == FIELDS)
			break;
		piece = buf_extend(&walk->text, PIECE);
		if (!piece)
			return buf_check(&walk->text, "a commit", err);
		got = 0;
		(void)!stream_read(walk->stream, piece, PIECE, &got, err);
		buf_truncate(&walk->text, walk->text.len - PIECE + got);
		if (err->code)
			return err->code;
		if (!got && count)
			return err_set(err, D1_ERROR,
				       "git's answer is cut "
				       "off");
		if (!got)
			return 0;
	}
	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = walk->text.data + begins[i];
	walk->start = begins[FIELDS];
	*found = true;
	return 0;
}

/* Forgets what was used, before the buffer grows for nothing. */
static void compact(struct walk *walk)
{
	struct buf *text = &walk->text;

	if (!walk->start)
		return;
	memmove(text->data, text->data + walk->start, text->len - walk->start);
	buf_truncate(text, text->len - walk->start);
	walk->start = 0;
}

/* Splits the ids that blanks part, in place. */
static int read_parents(struct walk *walk, struct history_commit *commit,
			char *text, struct err *err)
{
	while (*text) {
		if (commit->nparents == walk->cap) {
			size_t cap = walk->cap ? walk->cap * 2 : 4;
			void *grown = reallocarray(walk->parents, cap,
						   sizeof(*walk->parents));

			if (!grown)
				return err_set_nomem(err);
			walk->parents = grown;
			walk->cap = cap;
		}
		walk->parents[commit->nparents++] = text;
		text += strcspn(text, " ");
		if (*text)
			*text++ = '\0';
	}
	commit->parents = walk->parents;
	return 0;
}

int history_read_offset(const char *text, size_t size)
{
	char digits[5] = "";
	int number;

	if (size != 5 || (*text != '+' && *text != '-'))
		return 0;
	memcpy(digits, text + 1, 4);
	number = (int)strtol(digits, NULL, 10);
	number = number / 100 * 60 + number % 100;
	return *text == '-' ? -number : number;
}

static int tell(struct walk *walk, char *fields[FIELDS], history_fn *use,
		void *context, bool *stop, struct err *err)
{
	struct history_commit commit = {
		.id = fields[FIELD_ID],
		.author = fields[FIELD_AUTHOR],
		.email = fields[FIELD_EMAIL],
		.author_time = strtoll(fields[FIELD_AUTHOR_TIME], NULL, 10),
		.author_offset = history_read_offset(
			fields[FIELD_AUTHOR_OFFSET],
			strlen(fields[FIELD_AUTHOR_OFFSET])),
		.commit_time = strtoll(fields[FIELD_COMMIT_TIME], NULL, 10),
		.message = fields[FIELD_MESSAGE],
	};

	if (strlen(commit.id) != ID_LENGTH)
		return err_set(err, D1_ERROR, "git's answer is not understood");
	if (read_parents(walk, &commit, fields[FIELD_PARENTS], err) < 0)
		return err->code;
	commit.cut_off = is_cut_off(walk, commit.id);
	return use(context, &commit, stop, err);
}

/* ---- walking ---- */

static int start(struct walk *walk, const struct repository *repository,
		 const char *id, const char *path, struct err *err)
{
	const char *argv[] = { "git",
			       "rev-list",
			       "--date-order",
			       "--full-history",
			       "--encoding=UTF-8",
			       "--date=format:%z",
			       FORMAT,
			       id,
			       "--",
			       NULL,
			       NULL };
	struct child child = { .argv = argv };
	struct buf pathspec;

	buf_init(&pathspec, MAX_PATH);
	if (path) {
		buf_add_format(&pathspec, ":(top,literal)%s", path);
		argv[9] = pathspec.data;
	}
	repository_prepare(repository, &child);
	if (!buf_check(&pathspec, "the path", err))
		(void)!stream_open_child(&walk->stream, &child, err);
	buf_release(&pathspec);
	return err->code;
}

int history_walk(const struct repository *repository, const char *id,
		 const char *path, history_fn *use, void *context,
		 struct err *err)
{
	struct walk walk = { .stream = NULL };
	char *fields[FIELDS];
	unsigned char bytes[ID_LENGTH / 2];
	bool found = true, stop = false;

	if (strlen(id) != ID_LENGTH || !hex_decode(bytes, id, ID_LENGTH))
		return err_set(err, D1_ERROR, "'%s' is not the id of a commit",
			       id);
	if (path && filetree_check_path(path, err) < 0)
		return err->code;
	buf_init(&walk.text, MAX_COMMIT);
	buf_init(&walk.shallow, MAX_SHALLOW);
	if (load_shallow(&walk, repository, err) < 0 ||
	    start(&walk, repository, id, path, err) < 0)
		goto out;
	while (found && !stop && !err->code) {
		compact(&walk);
		if (fill(&walk, fields, &found, err) < 0)
			err_context(err, "cannot read the history of '%s'", id);
		else if (found)
			(void)!tell(&walk, fields, use, context, &stop, err);
	}
out:
	stream_close(walk.stream);
	buf_release(&walk.text);
	buf_release(&walk.shallow);
	free(walk.parents);
	return err->code;
}

/* ---- ancestors ---- */

int history_is_ancestor(const struct repository *repository, const char *older,
			const char *newer, bool *is, struct err *err)
{
	const char *const argv[] = { "git", "merge-base", "--is-ancestor",
				     older, newer,	  NULL };
	struct buf output, errors;
	struct child child = { .argv = argv,
			       .output = &output,
			       .errors = &errors };
	struct child_result result;

	*is = false;
	buf_init(&output, MAX_PATH);
	buf_init(&errors, MAX_PATH);
	repository_prepare(repository, &child);
	if (child_run(&child, &result, err) == 0) {
		*is = result.status == 0;
		if (result.status != 0 && result.status != 1)
			err_set(err, D1_ERROR, "git merge-base: %s",
				errors.len ? errors.data
					   : "failed without a word");
	}
	buf_release(&output);
	buf_release(&errors);
	return err->code;
}
