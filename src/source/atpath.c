#include "config.h"

#include "source/atpath.h"

#include <string.h>
#include <unistd.h>

#include "model/sqltoken.h"
#include "source/dump.h"
#include "source/snapshot.h"
#include "source/sqlite.h"
#include "util/file.h"
#include "util/filetree.h"

enum { HEAD_SIZE = 4096 }; /* bytes that are looked at */

enum content {
	CONTENT_DATABASE,
	CONTENT_DUMP,
	CONTENT_PATCH,
	CONTENT_TEXT,
	CONTENT_UTF16,
};

static int open_folder(struct source **source, const char *path,
		       struct err *err)
{
	struct filetree *tree;

	if (directory_open(&tree, path, err) < 0 ||
	    snapshot_open(source, tree, path, err) == 0 ||
	    err->code != D1_ENOTFOUND)
		return err->code;
	err_clear(err);
	return err_set(
		err, D1_ENOTFOUND,
		"the folder '%s' holds no snapshot: it has no schema.sql",
		path);
}

static int read_head(const char *path, char head[HEAD_SIZE + 1], size_t *size,
		     struct err *err)
{
	ssize_t got;
	int fd;

	*size = 0;
	if (file_open(&fd, path, 0, err) < 0)
		return err->code;
	got = read(fd, head, HEAD_SIZE);
	if (got < 0)
		err_set_errno(err, "cannot read '%s'", path);
	else
		*size = (size_t)got;
	head[*size] = '\0';
	close(fd);
	return err->code;
}

/*
 * A patch as such, or in a mail. The message of one that `git d1 format-patch`
 * wrote may be long: its header tells what it is as well.
 */
static bool is_patch(const char *head)
{
	return strncmp(head, "diff --d1 ", 10) == 0 ||
	       strstr(head, "\ndiff --d1 ") != NULL ||
	       (strncmp(head, "From ", 5) == 0 &&
		strstr(head, "\nD1-Table: ") != NULL);
}

/*
 * True if the text may be SQL: it begins with a word of it, or with a command
 * of the sqlite3 program, or with no word at all.
 */
static bool is_sql(const char *head, size_t size)
{
	static const char *const words[] = {
		".",	   "ALTER",   "ANALYZE",  "ATTACH",    "BEGIN",
		"COMMIT",  "CREATE",  "DELETE",	  "DETACH",    "DROP",
		"END",	   "EXPLAIN", "INSERT",	  "PRAGMA",    "REINDEX",
		"RELEASE", "REPLACE", "ROLLBACK", "SAVEPOINT", "SELECT",
		"UPDATE",  "VACUUM",  "VALUES",	  "WITH",      ";"
	};
	struct sqltokens tokens = { head, size };
	struct sqltoken first;

	if (!sqltoken_next(&first, &tokens))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sqltoken_is(&first, words[i]))
			return true;
	return false;
}

/*
 * An empty file is an empty database to SQLite. What is neither a database nor
 * text is left to SQLite as well, which knows what to say of it.
 */
static enum content content_of(const char *head, size_t size)
{
	static const char magic[] = "SQLite format 3";

	if (size == 0 ||
	    (size >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0))
		return CONTENT_DATABASE;
	if (memcmp(head, "\xff\xfe", 2) == 0 ||
	    memcmp(head, "\xfe\xff", 2) == 0)
		return CONTENT_UTF16;
	if (memchr(head, '\0', size))
		return CONTENT_DATABASE;
	if (is_patch(head))
		return CONTENT_PATCH;
	/* .dump writes control characters in texts as they are */
	if (is_sql(head, size))
		return CONTENT_DUMP;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)head[i] < ' ' &&
		    !strchr("\t\n\r\f", head[i]))
			return CONTENT_DATABASE;
	return CONTENT_TEXT;
}

bool atpath_is_patch(const char *path)
{
	char head[HEAD_SIZE + 1];
	struct err unread = ERR_INIT;
	size_t size;

	return !directory_exists(path) &&
	       read_head(path, head, &size, &unread) == 0 &&
	       content_of(head, size) == CONTENT_PATCH;
}

int atpath_open(struct source **source, const char *path, struct err *err)
{
	char head[HEAD_SIZE + 1];
	struct err unread = ERR_INIT;
	size_t size;

	if (directory_exists(path))
		return open_folder(source, path, err);
	/* what cannot be read at all, SQLite's reader explains */
	if (read_head(path, head, &size, &unread) < 0)
		return sqlite_open(source, path, err);
	switch (content_of(head, size)) {
	case CONTENT_DUMP:
		return dump_open(source, path, err);
	case CONTENT_PATCH:
		err_set(err, D1_EREFUSED, "'%s' is a patch, and no database",
			path);
		return err_hint(err, "`git d1 diff` compares what it leaves "
				     "with a database, `git d1 apply` writes "
				     "it");
	case CONTENT_TEXT:
		err_set(err, D1_ERROR,
			"'%s' is neither a SQLite database nor a SQL dump",
			path);
		return err_hint(err, "check the path; a dump has CREATE and "
				     "INSERT INTO ... VALUES, as `sqlite3 "
				     ".dump` and `wrangler d1 export` write "
				     "them");
	case CONTENT_UTF16:
		err_set(err, D1_ERROR, "'%s' is a text in UTF-16", path);
		return err_hint(err, "convert it to UTF-8; the > of Windows "
				     "PowerShell writes UTF-16");
	case CONTENT_DATABASE:
		break;
	}
	return sqlite_open(source, path, err);
}
