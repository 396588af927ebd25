#include "config.h"

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/sql.h"
#include "util/buf.h"

enum { MAX_ROWS = 14, MAX_SQL = 1 << 20 };

/* ---- kinds of tables ---- */

/*
 * What identifies rows. `$1` stands for the first key column. Where there are
 * two forms, a side gets either.
 */
struct kind {
	size_t nkey;
	const char *declarations[WORLD_KEY];
	const char *collations[WORLD_KEY]; /* of the index */
	enum flavour flavours[WORLD_KEY];
	const char *constraints[2];
	const char *index;
	const char *options[2];
	bool nullable;
	bool by_key;
	bool alias;
	bool strict;
	bool full_text;
	size_t values; /* columns besides; 0: by chance */
};

#define BINARY "BINARY"
#define SAME(text) \
	{ \
		text, text \
	}

static const struct kind kinds[] = {
	{ .nkey = 1,
	  .declarations = { "INTEGER PRIMARY KEY" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .alias = true },
	{ .nkey = 1,
	  .declarations = { "TEXT PRIMARY KEY" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_TEXT },
	  .nullable = true },
	/* not the rowid: https://www.sqlite.org/lang_createtable.html#rowid */
	{ .nkey = 1,
	  .declarations = { "INTEGER PRIMARY KEY DESC" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .nullable = true },
	{ .nkey = 1,
	  .declarations = { "INTEGER" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .constraints = { ", PRIMARY KEY($1 DESC)", ", PRIMARY KEY($1)" },
	  .alias = true },
	{ .nkey = 1,
	  .declarations = { "TEXT COLLATE NOCASE NOT NULL" },
	  .collations = { "NOCASE" },
	  .flavours = { FLAVOUR_TEXT },
	  .constraints = { ", PRIMARY KEY($1)", ", PRIMARY KEY($1 DESC)" } },
	{ .nkey = 1,
	  .declarations = { "TEXT COLLATE RTRIM NOT NULL" },
	  .collations = { "RTRIM" },
	  .flavours = { FLAVOUR_TEXT },
	  .constraints = SAME(", PRIMARY KEY($1)") },
	{ .nkey = 1,
	  .declarations = { "NOT NULL PRIMARY KEY" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_ANY } },
	{ .nkey = 3,
	  .declarations = { "TEXT NOT NULL COLLATE NOCASE", "INTEGER NOT NULL",
			    "NOT NULL" },
	  .collations = { "NOCASE", BINARY, BINARY },
	  .flavours = { FLAVOUR_TEXT, FLAVOUR_INTEGER, FLAVOUR_ANY },
	  .constraints = { ", PRIMARY KEY($2 DESC, $1, $3)",
			   ", PRIMARY KEY($1, $2, $3 DESC)" } },
	{ .nkey = 2,
	  .declarations = { "TEXT", "INTEGER" },
	  .collations = { BINARY, BINARY },
	  .flavours = { FLAVOUR_TEXT, FLAVOUR_INTEGER },
	  .constraints = SAME(", PRIMARY KEY($1, $2)"),
	  .nullable = true },
	{ .nkey = 2,
	  .declarations = { "TEXT NOT NULL", "INTEGER NOT NULL" },
	  .collations = { BINARY, BINARY },
	  .flavours = { FLAVOUR_TEXT, FLAVOUR_INTEGER },
	  .constraints = { ", PRIMARY KEY($1, $2 DESC)",
			   ", PRIMARY KEY($2, $1)" },
	  .options = SAME(" WITHOUT ROWID"),
	  .by_key = true },
	{ .nkey = 1,
	  .declarations = { "COLLATE NOCASE NOT NULL" },
	  .collations = { "NOCASE" },
	  .flavours = { FLAVOUR_ANY },
	  .constraints = { ", PRIMARY KEY($1 DESC)", ", PRIMARY KEY($1)" },
	  .options = SAME(" WITHOUT ROWID"),
	  .by_key = true },
	{ .nkey = 1,
	  .declarations = { "TEXT NOT NULL" },
	  .collations = { "NOCASE" },
	  .flavours = { FLAVOUR_TEXT },
	  .index = "CREATE UNIQUE INDEX $i ON $t($1 COLLATE NOCASE)" },
	{ .nkey = 2,
	  .declarations = { "TEXT NOT NULL COLLATE NOCASE", "NOT NULL" },
	  .collations = { BINARY, BINARY },
	  .flavours = { FLAVOUR_TEXT, FLAVOUR_ANY },
	  .index = "CREATE UNIQUE INDEX $i ON "
		   "$t($2 DESC, $1 COLLATE BINARY)" },
	{ .nkey = 0 },
	{ .nkey = 0, .values = 1 },
	{ .nkey = 1,
	  .declarations = { "INTEGER PRIMARY KEY" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .options = { " STRICT", "" },
	  .alias = true,
	  .strict = true },
	{ .nkey = 1,
	  .declarations = { "ANY NOT NULL" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_ANY },
	  .constraints = SAME(", PRIMARY KEY($1)"),
	  .options = SAME(" STRICT, WITHOUT ROWID"),
	  .by_key = true,
	  .strict = true },
	{ .nkey = 1,
	  .declarations = { "INTEGER PRIMARY KEY" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .alias = true,
	  .values = 99 },
	{ .nkey = 1,
	  .declarations = { "" },
	  .collations = { BINARY },
	  .flavours = { FLAVOUR_INTEGER },
	  .alias = true,
	  .full_text = true,
	  .values = 2 },
};

static const char *const names[] = {
	"plain",      "a b",	     "it's", "\"quoted\"", "select",
	"group",      "naïve",	     "日本", "😀",	   "x.y",
	"a-b",	      "$v",	     "1st",  "[br]",	   "`tick`",
	"semi;colon", "--",	     "/*",   "per%cent",   "under_score",
	"UPPER",      "back\\slash", "a,b",  "?1",	   ":p",
	"@x",	      "#h",	     "d1_e", "d1_t",	   "new\nline",
	"tab\t",      "x y z",
};

/* ---- SQL ---- */

static void must(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return;
	fprintf(stderr, "# sqlite: %s\n", sqlite3_errmsg(db));
	abort();
}

static void *allocate(struct world *world, size_t count, size_t size)
{
	void *memory = arena_array(&world->arena, count ? count : 1, size);

	if (!memory)
		abort();
	return memory;
}

static char *keep(struct world *world, struct buf *text)
{
	char *copy;

	if (text->failed)
		abort();
	copy = arena_copy(&world->arena, text->len ? text->data : "",
			  text->len);
	if (!copy)
		abort();
	buf_release(text);
	return copy;
}

static sqlite3_stmt *prepare(sqlite3 *db, struct buf *sql)
{
	sqlite3_stmt *statement;

	must(db, sqlite3_prepare_v2(db, sql->data, (int)sql->len, &statement,
				    NULL));
	buf_release(sql);
	return statement;
}

static void bind(sqlite3_stmt *statement, int place, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		sqlite3_bind_null(statement, place);
		break;
	case VALUE_INTEGER:
		sqlite3_bind_int64(statement, place, value->integer);
		break;
	case VALUE_REAL:
		sqlite3_bind_double(statement, place, value->real);
		break;
	case VALUE_TEXT:
		sqlite3_bind_text64(statement, place,
				    value->size ? value->data : "", value->size,
				    SQLITE_STATIC, SQLITE_UTF8);
		break;
	case VALUE_BLOB:
		sqlite3_bind_blob64(statement, place,
				    value->size ? value->data : "", value->size,
				    SQLITE_STATIC);
		break;
	}
}

static struct value read_cell(struct world *world, sqlite3_stmt *statement,
			      int column)
{
	struct value value = { .type = VALUE_NULL };
	const void *data = NULL;

	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		value.type = VALUE_INTEGER;
		value.integer = sqlite3_column_int64(statement, column);
		return value;
	case SQLITE_FLOAT:
		value.type = VALUE_REAL;
		value.real = sqlite3_column_double(statement, column);
		return value;
	case SQLITE_TEXT:
		value.type = VALUE_TEXT;
		data = sqlite3_column_text(statement, column);
		break;
	case SQLITE_BLOB:
		value.type = VALUE_BLOB;
		data = sqlite3_column_blob(statement, column);
		break;
	default:
		return value;
	}
	value.size = (size_t)sqlite3_column_bytes(statement, column);
	value.data = arena_copy(&world->arena, data, value.size);
	return value;
}

/* Runs a statement that a constraint may refuse; frees it. */
static bool try_step(sqlite3 *db, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	sqlite3_finalize(statement);
	if (rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH)
		return false;
	must(db, rc);
	return true;
}

static void run(sqlite3 *db, struct buf *sql)
{
	if (!try_step(db, prepare(db, sql)))
		abort();
}

/* ---- making a table ---- */

/* A control character is what makes a name impossible in a snapshot. */
static const char *trackable(struct world *world, const char *name)
{
	char *copy = arena_string(&world->arena, name);

	if (!copy)
		abort();
	for (char *at = copy; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = '_';
	return copy;
}

static void choose_names(struct world *world, const char **chosen, size_t count)
{
	const char *pool[sizeof(names) / sizeof(names[0])];
	size_t left = ARRAY_SIZE(names);

	memcpy(pool, names, sizeof(names));
	for (size_t i = 0; i < count; i++) {
		struct buf name;

		if (count <= ARRAY_SIZE(names)) {
			size_t at = random_below(&world->random, left);

			chosen[i] = world->traits.trackable
					    ? trackable(world, pool[at])
					    : pool[at];
			pool[at] = pool[--left];
			continue;
		}
		buf_init(&name, 64);
		buf_add_format(&name, "c%zu", i);
		chosen[i] = keep(world, &name);
	}
}

static const char *value_declaration(struct world *world,
				     const struct kind *kind)
{
	static const char *const loose[] = {
		"",
		"",
		"INTEGER",
		"REAL",
		"TEXT",
		"BLOB",
		"NUMERIC",
		"TEXT COLLATE NOCASE",
		"VARCHAR(10) DEFAULT 'x'",
		"BOOLEAN",
		"DATETIME",
		"DOUBLE PRECISION",
		"BIGINT",
	};
	static const char *const strict[] = { "ANY", "INTEGER", "REAL", "TEXT",
					      "BLOB" };

	if (kind->full_text)
		return "";
	if (kind->strict)
		return strict[random_below(&world->random, ARRAY_SIZE(strict))];
	return loose[random_below(&world->random, ARRAY_SIZE(loose))];
}

static const char *generated_declaration(struct world *world,
					 const char *source)
{
	static const char *const forms[][2] = {
		{ "TEXT GENERATED ALWAYS AS (typeof(", ")) VIRTUAL" },
		{ "INTEGER AS (length(hex(", "))) STORED" },
		{ "TEXT AS (coalesce(", ", 'none')) STORED" },
	};
	size_t form = random_below(&world->random, ARRAY_SIZE(forms));
	struct buf text;

	buf_init(&text, MAX_SQL);
	buf_add_string(&text, forms[form][0]);
	sql_add_name(&text, source);
	buf_add_string(&text, forms[form][1]);
	return keep(world, &text);
}

static const char *upper_case(struct world *world, const char *name)
{
	char *upper = arena_string(&world->arena, name);

	if (!upper)
		abort();
	for (char *at = upper; *at; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return upper;
}

static void make_columns(struct world *world, struct world_table *table,
			 const struct kind *kind)
{
	size_t values =
		kind->values ? kind->values : random_below(&world->random, 5);
	const char *chosen[128];

	if (table->nkey == 0 && values == 0)
		values = 2;
	table->ncolumns = table->nkey + values;
	table->columns =
		allocate(world, table->ncolumns, sizeof(*table->columns));
	choose_names(world, chosen, table->ncolumns);
	if (kind->full_text) {
		/* the module itself does not take every name */
		chosen[0] = "rowid";
		chosen[1] = "title";
		chosen[2] = "the body";
	}
	for (size_t i = 0; i < table->ncolumns; i++) {
		struct world_column *column = &table->columns[i];
		bool key = i < table->nkey;

		*column = (struct world_column){
			.name = { chosen[i], chosen[i] },
			.on = { true, true },
			.declaration = key ? kind->declarations[i]
					   : value_declaration(world, kind),
			.flavour = key ? kind->flavours[i] : FLAVOUR_ANY,
		};
		if (strstr(column->declaration, "TEXT"))
			column->flavour = FLAVOUR_TEXT;
		if (!kind->full_text && random_once_in(&world->random, 8))
			column->name[NEW] = upper_case(world, chosen[i]);
		if (key || kind->full_text || i + 1 < table->ncolumns)
			continue;
		/* the last column may be generated, or on one side only */
		column->generated = i > 0 && random_once_in(&world->random, 4);
		if (column->generated)
			column->declaration =
				generated_declaration(world, chosen[i - 1]);
		else if (table->nkey > 0 && !table->nullable)
			column->on[random_below(&world->random, 2)] =
				!random_once_in(&world->random, 4);
	}
}

/* Writes a template, in which $t is the table, $i its index, $1 a column. */
static void add_template(struct buf *sql, const char *template,
			 const struct world_table *table, int side)
{
	for (const char *at = template; at && *at; at++) {
		if (*at != '$') {
			buf_add_char(sql, *at);
			continue;
		}
		at++;
		if (*at == 't')
			sql_add_name(sql, table->name);
		else if (*at == 'i')
			buf_add_format(sql, "\"index %zu\"", table->number);
		else
			sql_add_name(sql, table->columns[table->key[*at - '1']]
						  .name[side]);
	}
}

static void create(struct world *world, const struct world_table *table,
		   const struct kind *kind, int side)
{
	size_t form = random_below(&world->random, 2);
	size_t turn = random_below(&world->random, table->ncolumns);
	bool any = false;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, kind->full_text ? "CREATE VIRTUAL TABLE "
					     : "CREATE TABLE ");
	sql_add_name(&sql, table->name);
	buf_add_string(&sql, kind->full_text ? " USING fts5(" : "(");
	for (size_t i = 0; i < table->ncolumns; i++) {
		/* the second side may have its columns in another order */
		size_t at = side == OLD ? i : (i + turn) % table->ncolumns;
		const struct world_column *column = &table->columns[at];

		if (!column->on[side] || (kind->full_text && at == 0))
			continue;
		buf_add_string(&sql, any ? ", " : "");
		any = true;
		sql_add_name(&sql, column->name[side]);
		buf_add_format(&sql, " %s", column->declaration);
	}
	add_template(&sql, kind->constraints[form], table, side);
	buf_add_char(&sql, ')');
	buf_add_string(&sql, kind->options[form] ? kind->options[form] : "");
	run(world->db[side], &sql);
	if (kind->index) {
		buf_init(&sql, MAX_SQL);
		add_template(&sql, kind->index, table, side);
		run(world->db[side], &sql);
	}
}

static void make_table(struct world *world, struct world_table *table,
		       const char *name)
{
	const struct kind *kind =
		&kinds[random_below(&world->random, ARRAY_SIZE(kinds))];

	*table = (struct world_table){
		.name = name,
		.number = (size_t)(table - world->tables),
		.on = { true, true },
		.nkey = kind->nkey,
		.nullable = kind->nullable,
		.by_key = kind->by_key,
		.alias = kind->alias,
	};
	for (size_t i = 0; i < kind->nkey; i++) {
		table->key[i] = i;
		table->collations[i] = kind->collations[i];
	}
	if (random_once_in(&world->random, 10))
		table->on[random_below(&world->random, 2)] = false;
	make_columns(world, table, kind);
	for (int side = OLD; side <= NEW; side++) {
		table->rows[side].items =
			allocate(world, 3 * MAX_ROWS, sizeof(struct world_row));
		if (table->on[side])
			create(world, table, kind, side);
	}
}

/* ---- rows ---- */

/* Appends what finds a row, from parameter `place` on. */
static void add_address(struct buf *sql, const struct world_table *table,
			int side, int place)
{
	buf_add_string(sql, " WHERE ");
	if (!table->by_key) {
		buf_add_format(sql, "_rowid_ = ?%d", place);
		return;
	}
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_string(sql, i > 0 ? " AND " : "");
		sql_add_name(sql, table->columns[table->key[i]].name[side]);
		buf_add_format(sql, " IS ?%d", place + (int)i);
	}
}

static void bind_address(sqlite3_stmt *statement,
			 const struct world_table *table,
			 const struct world_row *row, int place)
{
	if (!table->by_key)
		sqlite3_bind_int64(statement, place, row->rowid);
	for (size_t i = 0; table->by_key && i < table->nkey; i++)
		bind(statement, place + (int)i, &row->cells[table->key[i]]);
}

/* Reads the row as it was stored. */
static void read_back(struct world *world, const struct world_table *table,
		      int side, struct world_row *row)
{
	sqlite3_stmt *statement;
	struct buf sql;
	int place = 0;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT 0");
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!table->columns[i].on[side])
			continue;
		buf_add_string(&sql, ", ");
		sql_add_name(&sql, table->columns[i].name[side]);
	}
	buf_add_string(&sql, " FROM ");
	sql_add_name(&sql, table->name);
	add_address(&sql, table, side, 1);
	statement = prepare(world->db[side], &sql);
	bind_address(statement, table, row, 1);
	if (sqlite3_step(statement) != SQLITE_ROW)
		abort();
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].on[side])
			row->cells[i] = read_cell(world, statement, ++place);
	sqlite3_finalize(statement);
}

/* Adds a row with these cells, unless a constraint refuses it. */
static bool insert(struct world *world, struct world_table *table, int side,
		   const struct value *cells)
{
	struct world_rows *rows = &table->rows[side];
	struct world_row *row = &rows->items[rows->count];
	sqlite3_stmt *statement;
	struct buf sql, places;
	int place = 0;

	buf_init(&sql, MAX_SQL);
	buf_init(&places, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO ");
	sql_add_name(&sql, table->name);
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!table->columns[i].on[side] || table->columns[i].generated)
			continue;
		buf_add_string(&sql, place ? ", " : "(");
		sql_add_name(&sql, table->columns[i].name[side]);
		buf_add_string(&places, place++ ? ", ?" : "?");
	}
	buf_add_format(&sql, ") VALUES(%s)", places.data);
	buf_release(&places);
	statement = prepare(world->db[side], &sql);
	place = 0;
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].on[side] && !table->columns[i].generated)
			bind(statement, ++place, &cells[i]);
	if (!try_step(world->db[side], statement))
		return false;
	row->cells = allocate(world, table->ncolumns, sizeof(*row->cells));
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].on[side])
			row->cells[i] = cells[i];
	row->rowid = sqlite3_last_insert_rowid(world->db[side]);
	read_back(world, table, side, row);
	rows->count++;
	return true;
}

static struct value *random_cells(struct world *world,
				  const struct world_table *table)
{
	struct value *cells = allocate(world, table->ncolumns, sizeof(*cells));

	for (size_t i = 0; i < table->ncolumns; i++) {
		enum flavour flavour = table->columns[i].flavour;

		cells[i] = i < table->nkey
				   ? random_key_value(&world->random, flavour,
						      &world->arena)
				   : random_value(&world->random, flavour,
						  &world->arena);
	}
	return cells;
}

/* Rows for the first side, or new ones for the second. */
static void add_rows(struct world *world, struct world_table *table, int side,
		     size_t count)
{
	const struct world_rows *rows = &table->rows[side];

	while (count-- > 0) {
		/* without a key, rows come twice */
		if (rows->count && table->nkey == 0 &&
		    !random_once_in(&world->random, 3))
			(void)insert(world, table, side,
				     rows->items[random_below(&world->random,
							      rows->count)]
					     .cells);
		else
			(void)insert(world, table, side,
				     random_cells(world, table));
	}
}

/* The cells of a row, one or two of them changed. */
static struct value *changed_cells(struct world *world,
				   const struct world_table *table,
				   const struct world_row *row)
{
	struct value *cells = allocate(world, table->ncolumns, sizeof(*cells));

	memcpy(cells, row->cells, table->ncolumns * sizeof(*cells));
	for (int times = 0; times < 2; times++) {
		size_t at = random_below(&world->random, table->ncolumns);

		if (random_once_in(&world->random, 3))
			cells[at] = random_value(&world->random,
						 table->columns[at].flavour,
						 &world->arena);
		else
			cells[at] = random_neighbour(&world->random, &cells[at],
						     &world->arena);
	}
	return cells;
}

/* The second side: the rows of the first in another order, some changed. */
static void copy_rows(struct world *world, struct world_table *table)
{
	const struct world_rows *rows = &table->rows[OLD];
	size_t turn =
		rows->count ? random_below(&world->random, rows->count) : 0;

	for (size_t i = 0; i < rows->count; i++) {
		size_t at = (i + turn) % rows->count;
		const struct world_row *row = &rows->items[at];
		const struct value *cells = row->cells;

		if (random_once_in(&world->random, 6))
			continue;
		if (random_once_in(&world->random, 3))
			cells = changed_cells(world, table, row);
		if (!insert(world, table, NEW, cells) && cells != row->cells)
			(void)insert(world, table, NEW, row->cells);
	}
}

/* ---- the world ---- */

static sqlite3 *open_database(const char *path, const char *encoding)
{
	struct buf sql;
	sqlite3 *db;

	unlink(path);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		abort();
	buf_init(&sql, 200);
	buf_add_format(&sql,
		       "PRAGMA encoding='%s'; PRAGMA journal_mode=OFF; "
		       "PRAGMA synchronous=OFF; BEGIN",
		       encoding);
	must(db, sqlite3_exec(db, sql.data, NULL, NULL, NULL));
	buf_release(&sql);
	return db;
}

static const char *choose_encoding(struct world *world)
{
	static const char *const others[] = { "UTF-16le", "UTF-16be" };

	bool other = random_once_in(&world->random, 6);
	size_t which = random_below(&world->random, 2);

	/* the choices are made in any case: a seed stays the same world */
	return other && world->traits.utf16 ? others[which] : "UTF-8";
}

void world_make(struct world *world, uint64_t seed, const char *dir,
		struct world_traits traits)
{
	static const char *const files[2] = { "old", "new" };
	const char *chosen[WORLD_TABLES];

	memset(world, 0, sizeof(*world));
	world->traits = traits;
	world->random.state = seed;
	world->random.big = random_once_in(&world->random, 8) ? 4 : 0;
	for (int side = OLD; side <= NEW; side++) {
		world->paths[side] = arena_format(&world->arena, "%s/%s.sqlite",
						  dir, files[side]);
		if (!world->paths[side])
			abort();
		world->db[side] = open_database(world->paths[side],
						choose_encoding(world));
	}
	world->ntables = 1 + random_below(&world->random, WORLD_TABLES);
	choose_names(world, chosen, world->ntables);
	for (size_t i = 0; i < world->ntables; i++) {
		struct world_table *table = &world->tables[i];

		make_table(world, table, chosen[i]);
		if (table->on[OLD])
			add_rows(world, table, OLD,
				 random_below(&world->random, MAX_ROWS));
		if (!table->on[NEW])
			continue;
		copy_rows(world, table);
		add_rows(world, table, NEW, random_below(&world->random, 4));
	}
	for (int side = OLD; side <= NEW; side++) {
		must(world->db[side],
		     sqlite3_exec(world->db[side], "COMMIT", NULL, NULL, NULL));
		must(world->db[side], sqlite3_close(world->db[side]));
	}
}

void world_release(struct world *world)
{
	for (int side = OLD; side <= NEW; side++)
		unlink(world->paths[side]);
	arena_release(&world->arena);
}

/* ---- what a comparison has to find ---- */

bool row_is_keyed(const struct world_table *table, const struct world_row *row)
{
	for (size_t i = 0; i < table->nkey; i++)
		if (row->cells[table->key[i]].type == VALUE_NULL)
			return false;
	return table->nkey > 0;
}

/* SQLite's word on whether two values are equal under a collation. */
static bool equal_for_sqlite(sqlite3 *db, const struct value *a,
			     const struct value *b, const char *collation)
{
	sqlite3_stmt *statement;
	struct buf sql;
	bool equal;

	if (same_bits(a, b))
		return true;
	buf_init(&sql, 100);
	buf_add_format(&sql, "SELECT ?1 = ?2 COLLATE %s", collation);
	statement = prepare(db, &sql);
	bind(statement, 1, a);
	bind(statement, 2, b);
	must(db, sqlite3_step(statement));
	equal = sqlite3_column_int(statement, 0) == 1;
	sqlite3_finalize(statement);
	return equal;
}

static bool same_key(sqlite3 *db, const struct world_table *table,
		     const struct world_row *a, const struct world_row *b)
{
	for (size_t i = 0; i < table->nkey; i++)
		if (!equal_for_sqlite(db, &a->cells[table->key[i]],
				      &b->cells[table->key[i]],
				      table->collations[i]))
			return false;
	return true;
}

/* True if no cell differs that both sides have. */
static bool rows_same(const struct world_table *table,
		      const struct world_row *a, const struct world_row *b)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct world_column *column = &table->columns[i];
		bool common = column->on[OLD] && column->on[NEW];

		if ((common || !table->on[OLD] || !table->on[NEW]) &&
		    !same_bits(&a->cells[i], &b->cells[i]))
			return false;
	}
	return true;
}

static void expect(struct expectations *expectations, struct expected expected)
{
	if (expectations->count == expectations->cap) {
		expectations->cap = expectations->cap * 2 + 16;
		expectations->items =
			reallocarray(expectations->items, expectations->cap,
				     sizeof(*expectations->items));
		if (!expectations->items)
			abort();
	}
	expectations->items[expectations->count++] = expected;
}

static void expect_keyed(struct expectations *expectations, sqlite3 *db,
			 const struct world_table *table)
{
	const struct world_rows *olds = &table->rows[expectations->from];
	const struct world_rows *news = &table->rows[!expectations->from];
	bool *matched = calloc(news->count + 1, sizeof(*matched));
	struct expected expected = { .table = table,
				     .keyed = true,
				     .count = 1 };

	if (!matched)
		abort();
	for (size_t i = 0; i < olds->count; i++) {
		size_t j = 0;

		expected.rows[OLD] = &olds->items[i];
		expected.rows[NEW] = NULL;
		expected.op = CHANGE_DELETE;
		if (!row_is_keyed(table, &olds->items[i]))
			continue;
		while (j < news->count &&
		       (!row_is_keyed(table, &news->items[j]) ||
			!same_key(db, table, &olds->items[i], &news->items[j])))
			j++;
		if (j < news->count) {
			matched[j] = true;
			if (rows_same(table, &olds->items[i], &news->items[j]))
				continue;
			expected.rows[NEW] = &news->items[j];
			expected.op = CHANGE_UPDATE;
		}
		expect(expectations, expected);
	}
	expected.op = CHANGE_INSERT;
	expected.rows[OLD] = NULL;
	for (size_t j = 0; j < news->count; j++) {
		expected.rows[NEW] = &news->items[j];
		if (!matched[j] && row_is_keyed(table, &news->items[j]))
			expect(expectations, expected);
	}
	free(matched);
}

/* How many rows without a key are the same; those before `end` only. */
static uint64_t count_same(const struct world_table *table, int side,
			   const struct world_row *row, size_t end)
{
	const struct world_rows *rows = &table->rows[side];
	uint64_t count = 0;

	for (size_t i = 0; i < rows->count && i < end; i++)
		count += !row_is_keyed(table, &rows->items[i]) &&
			 rows_same(table, row, &rows->items[i]);
	return count;
}

static void expect_counts(struct expectations *expectations,
			  const struct world_table *table, int side)
{
	const struct world_rows *rows = &table->rows[side];
	bool old_side = side == expectations->from;

	for (size_t i = 0; i < rows->count; i++) {
		const struct world_row *row = &rows->items[i];
		struct expected expected = { .table = table };
		uint64_t here = count_same(table, side, row, SIZE_MAX);
		uint64_t there = count_same(table, !side, row, SIZE_MAX);

		if (row_is_keyed(table, row) || here <= there ||
		    count_same(table, side, row, i) > 0)
			continue;
		expected.op = old_side ? CHANGE_DELETE : CHANGE_INSERT;
		expected.rows[old_side ? OLD : NEW] = row;
		expected.count = here - there;
		expected.before = old_side ? here : there;
		expect(expectations, expected);
	}
}

void world_expect(struct expectations *expectations, struct world *world,
		  int from)
{
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		abort();
	memset(expectations, 0, sizeof(*expectations));
	expectations->from = from;
	for (size_t i = 0; i < world->ntables; i++) {
		expect_keyed(expectations, db, &world->tables[i]);
		expect_counts(expectations, &world->tables[i], OLD);
		expect_counts(expectations, &world->tables[i], NEW);
	}
	sqlite3_close(db);
}
