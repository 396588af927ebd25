#include "config.h"

#include "apply/parents.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "apply/celltext.h"
#include "model/sql.h"
#include "source/statement.h"
#include "util/buf.h"

enum { MAX_SQL = 1 << 20 };

static const char database_name[] = "the snapshot";

/* ---- tables that are loaded ---- */

void parents_release(struct parents *parents)
{
	free(parents->items);
	arena_release(&parents->arena);
	*parents = (struct parents){ .count = 0 };
}

static bool *find_held(const struct checkedfile *file, struct arena *arena)
{
	bool *held =
		arena_array(arena, file->table.ncolumns + 1, sizeof(*held));

	for (size_t i = 0; held && i < file->file.layout.ncolumns; i++) {
		size_t column = file->file.layout.columns[i];

		held[column] = !file->table.columns[column].masked;
	}
	return held;
}

int parents_add(struct parents *parents, const struct checkedfile *file,
		struct err *err)
{
	struct parent *parent;

	if (parents->count == parents->cap) {
		size_t cap = parents->cap ? parents->cap * 2 : 16;

		parent = reallocarray(parents->items, cap, sizeof(*parent));
		if (!parent)
			return err_set_nomem(err);
		parents->items = parent;
		parents->cap = cap;
	}
	parent = &parents->items[parents->count];
	parent->table = file->defined;
	parent->path = file->file.path;
	parent->held = find_held(file, &parents->arena);
	if (!parent->held)
		return err_set_nomem(err);
	parents->count++;
	return 0;
}

/* SQL does not look at letter case in names. */
static const struct parent *find_parent(const struct parents *parents,
					const char *name)
{
	for (size_t i = 0; i < parents->count; i++)
		if (strcasecmp(parents->items[i].table->name, name) == 0)
			return &parents->items[i];
	return NULL;
}

/* ---- foreign keys ---- */

/* A foreign key of the file's table. */
struct foreign_key {
	const struct parent *parent;
	size_t *cells;	 /* of the child's row */
	size_t *columns; /* of the parent that they refer to */
	size_t count;
	bool unknown; /* something of it is not held in a file */
	sqlite3_stmt *find;
	struct foreign_key *next;
};

struct family {
	const struct parents *parents;
	struct checkedfile *child;
	sqlite3 *db;
	struct arena arena;
	struct foreign_key *keys;
};

/* The cell of the file that holds the column, or ncolumns. */
static size_t find_cell(const struct checkedfile *file, const char *name)
{
	const struct filerows *layout = &file->file.layout;
	size_t column = table_column(&file->table, name);
	size_t cell = 0;

	while (cell < layout->ncolumns && layout->columns[cell] != column)
		cell++;
	return cell < layout->ncolumns && file->table.columns[column].masked
		       ? layout->ncolumns
		       : cell;
}

static int add_part(struct family *family, struct foreign_key *key,
		    const char *from, const char *to, struct err *err)
{
	size_t count = family->child->table.ncolumns + 1;
	const struct parent *parent = key->parent;
	size_t at = key->count;

	if (!key->cells) {
		key->cells = arena_array(&family->arena, count, sizeof(size_t));
		key->columns =
			arena_array(&family->arena, count, sizeof(size_t));
		if (!key->cells || !key->columns)
			return err_set_nomem(err);
	}
	if (!parent || at == count) {
		key->unknown = true;
		return 0;
	}
	key->cells[at] = find_cell(family->child, from);
	key->columns[at] = table_column(parent->table, to);
	if (key->cells[at] == family->child->file.layout.ncolumns ||
	    key->columns[at] == parent->table->ncolumns ||
	    !parent->held[key->columns[at]])
		key->unknown = true;
	key->count++;
	return 0;
}

static int add_rows(struct family *family, sqlite3_stmt *list, struct err *err)
{
	int last = -1;
	int rc;

	while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
		int id = sqlite3_column_int(list, 0);
		const char *parent = (const char *)sqlite3_column_text(list, 1);
		const char *from = (const char *)sqlite3_column_text(list, 2);
		const char *to = (const char *)sqlite3_column_text(list, 3);
		struct foreign_key *key = family->keys;

		if (!parent || !from || !to)
			return err_set_nomem(err);
		if (id != last) {
			key = arena_alloc(&family->arena, sizeof(*key));
			if (!key)
				return err_set_nomem(err);
			key->parent = find_parent(family->parents, parent);
			key->next = family->keys;
			family->keys = key;
			last = id;
		}
		if (add_part(family, key, from, to, err) < 0)
			return err->code;
	}
	return rc == SQLITE_DONE
		       ? 0
		       : statement_error(family->db, rc, database_name, err);
}

/* A key that names no columns of its parent refers to the primary key. */
static const char select_keys[] =
	"SELECT f.id, f.\"table\", f.\"from\", coalesce(f.\"to\", p.name, '')"
	" FROM pragma_foreign_key_list(?) f"
	" LEFT JOIN pragma_table_info(f.\"table\") p"
	" ON f.\"to\" IS NULL AND p.pk = f.seq + 1"
	" ORDER BY f.id DESC, f.seq";

static int read_keys(struct family *family, struct err *err)
{
	sqlite3_stmt *list = NULL;

	if (statement_prepare(&list, family->db, select_keys, database_name,
			      err) == 0) {
		sqlite3_bind_text(list, 1, family->child->table.name, -1,
				  SQLITE_STATIC);
		(void)!add_rows(family, list, err);
	}
	sqlite3_finalize(list);
	return err->code;
}

/*
 * True if an index finds the parent's rows. Where none does, it cannot be one
 * that enforces the key: SQLite calls that a mismatch, and so it is no key.
 */
static bool is_indexed(sqlite3 *db, const char *select)
{
	sqlite3_stmt *explain = NULL;
	bool indexed = false;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "EXPLAIN QUERY PLAN %s", select);
	if (!sql.failed &&
	    sqlite3_prepare_v2(db, sql.data, -1, &explain, NULL) == SQLITE_OK)
		while (sqlite3_step(explain) == SQLITE_ROW) {
			const char *detail =
				(const char *)sqlite3_column_text(explain, 3);

			indexed = detail && strncmp(detail, "SEARCH", 6) == 0;
		}
	sqlite3_finalize(explain);
	buf_release(&sql);
	return indexed;
}

/* "=" applies the parent's affinity and collation, as a foreign key does. */
static int prepare(struct family *family, struct foreign_key *key,
		   struct err *err)
{
	const struct table *table = key->parent->table;
	struct buf sql;

	buf_init(&sql, MAX_SQL / 2);
	buf_add_string(&sql, "SELECT 1 FROM main.");
	sql_add_name(&sql, table->name);
	for (size_t i = 0; i < key->count; i++) {
		buf_add_string(&sql, i > 0 ? " AND " : " WHERE ");
		sql_add_name(&sql, table->columns[key->columns[i]].name);
		buf_add_string(&sql, " = ?");
	}
	if (buf_check(&sql, "a statement", err) == 0 &&
	    is_indexed(family->db, sql.data))
		(void)!statement_prepare(&key->find, family->db, sql.data,
					 database_name, err);
	buf_release(&sql);
	return err->code;
}

/* ---- rows ---- */

static bool has_null(const struct foreign_key *key, const struct row *row)
{
	for (size_t i = 0; i < key->count; i++)
		if (row->cells[key->cells[i]].type == VALUE_NULL)
			return true;
	return false;
}

static int find_row(bool *found, const struct family *family,
		    const struct foreign_key *key, const struct row *row,
		    struct err *err)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < key->count && rc == SQLITE_OK; i++)
		rc = statement_bind(key->find, (int)i + 1,
				    &row->cells[key->cells[i]]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(key->find);
	*found = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		statement_error(family->db, rc, database_name, err);
	sqlite3_reset(key->find);
	return err->code;
}

static int check_row(const struct family *family, const struct row *row,
		     struct problems *problems, struct err *err)
{
	const struct datafile *rows = family->child->rows;
	const struct datafile_header *header = datafile_header(rows);

	for (struct foreign_key *key = family->keys; key; key = key->next) {
		struct celltext text;
		bool found;

		if (!key->find || has_null(key, row))
			continue;
		if (find_row(&found, family, key, row, err) < 0)
			return err->code;
		if (!found)
			problems_add(problems, datafile_line(rows),
				     "remove the row, or bring back the one "
				     "that it refers to",
				     "%s refers to no row of table '%s'",
				     celltext(&text, row, header->columns,
					      key->cells, key->count),
				     key->parent->table->name);
	}
	return 0;
}

static int check_rows(struct family *family, struct problems *problems,
		      struct err *err)
{
	const struct row *row;
	bool any = false;

	for (struct foreign_key *key = family->keys; key; key = key->next) {
		if (!key->unknown && prepare(family, key, err) < 0)
			return err->code;
		any = any || key->find;
	}
	while (any && checkedfile_next(family->child, &row, err) == 0 && row)
		if (!family->child->in_conflict &&
		    check_row(family, row, problems, err) < 0)
			break;
	return err->code;
}

int parents_check(const struct parents *parents, struct checkedfile *file,
		  const struct checkedschema *definitions,
		  struct problems *problems, struct err *err)
{
	struct family family = {
		.parents = parents,
		.child = file,
		.db = scratch_handle(definitions->scratch),
	};

	if (read_keys(&family, err) == 0)
		(void)!check_rows(&family, problems, err);
	for (struct foreign_key *key = family.keys; key; key = key->next)
		sqlite3_finalize(key->find);
	arena_release(&family.arena);
	return err->code;
}
