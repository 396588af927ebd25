#include "config.h"

#include "diff/typelint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/literal.h"

enum {
	INTEGERS = 1 << VALUE_INTEGER,
	NUMBERS = INTEGERS | 1 << VALUE_REAL,
	TEXTS = 1 << VALUE_TEXT,
	BLOBS = 1 << VALUE_BLOB,
	ANYTHING = NUMBERS | TEXTS | BLOBS,
	CLASSES = VALUE_BLOB + 1,
	SHOWN_SIZE = 60, /* bytes of a value that is shown */
};

static const char cut[] = "...";

/* ---- what is expected ---- */

static bool has_word(const char *declared, const char *word)
{
	size_t size = strlen(word);

	for (; *declared; declared++)
		if (strncasecmp(declared, word, size) == 0)
			return true;
	return false;
}

/* The first whose word is in the type counts. */
static unsigned int expected(const char *declared)
{
	static const struct {
		const char *word;
		unsigned int classes;
	} types[] = {
		/* these have other affinities than one would think */
		{ "STRING", TEXTS },
		{ "DATE", TEXTS | NUMBERS },
		{ "TIME", TEXTS | NUMBERS },
		{ "POINT", ANYTHING },
		{ "BOOL", INTEGERS },
		/* and these are SQLite's own */
		{ "INT", INTEGERS },
		{ "CHAR", TEXTS },
		{ "CLOB", TEXTS },
		{ "TEXT", TEXTS },
		{ "BLOB", BLOBS },
		{ "REAL", NUMBERS },
		{ "FLOA", NUMBERS },
		{ "DOUB", NUMBERS },
		{ "NUMERIC", NUMBERS },
		{ "DECIMAL", NUMBERS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (has_word(declared, types[i].word))
			return types[i].classes;
	return ANYTHING;
}

const char *typelint_class(enum value_type type)
{
	static const char *const names[CLASSES] = { "null", "integer", "real",
						    "text", "blob" };

	return names[type];
}

/* ---- what is there ---- */

/* What was seen of a column. */
struct tally {
	unsigned int expected;
	uint64_t counts[CLASSES];
	const char *shown[CLASSES][TYPELINT_SHOWN];
	size_t nshown[CLASSES];
};

struct look {
	struct typelint *lint;
	const struct table *table;
	struct arena arena;
	size_t *columns; /* of the table, that are looked at */
	struct tally *tallies;
	size_t ncolumns;
};

void typelint_init(struct typelint *lint)
{
	memset(lint, 0, sizeof(*lint));
}

void typelint_release(struct typelint *lint)
{
	free(lint->findings);
	arena_release(&lint->arena);
	memset(lint, 0, sizeof(*lint));
}

static int choose_columns(struct look *look, const struct name_list *masked,
			  struct err *err)
{
	const struct table *table = look->table;

	look->columns = arena_array(&look->arena, table->ncolumns + 1,
				    sizeof(*look->columns));
	look->tallies = arena_array(&look->arena, table->ncolumns + 1,
				    sizeof(*look->tallies));
	if (!look->columns || !look->tallies)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];
		unsigned int classes = expected(column->type);

		if (column->generated || column->masked || column->absent ||
		    column->unreadable || classes == ANYTHING ||
		    (masked && name_list_match(masked, column->name)))
			continue;
		look->columns[look->ncolumns] = i;
		look->tallies[look->ncolumns++].expected = classes;
	}
	return 0;
}

static int show(struct look *look, struct tally *tally,
		const struct value *value, struct err *err)
{
	struct value start = *value;
	struct buf text;
	const char **place =
		&tally->shown[value->type][tally->nshown[value->type]];

	if (value->type >= VALUE_TEXT && start.size > SHOWN_SIZE)
		start.size = SHOWN_SIZE;
	buf_init(&text, (size_t)16 * SHOWN_SIZE);
	literal_add(&text, &start);
	if (value->type >= VALUE_TEXT && start.size < value->size)
		buf_add_string(&text, cut);
	if (buf_check(&text, "a value", err) == 0) {
		*place = arena_copy(&look->lint->arena, text.data, text.len);
		if (!*place)
			err_set_nomem(err);
	}
	buf_release(&text);
	if (!err->code)
		tally->nshown[value->type]++;
	return err->code;
}

static int take_row(struct look *look, const struct row *row, struct err *err)
{
	for (size_t i = 0; i < row->ncells; i++) {
		const struct value *value = &row->cells[i];
		struct tally *tally = &look->tallies[i];

		if (value->type == VALUE_NULL ||
		    tally->expected & 1U << value->type)
			continue;
		tally->counts[value->type]++;
		if (tally->nshown[value->type] < TYPELINT_SHOWN &&
		    show(look, tally, value, err) < 0)
			return err->code;
	}
	look->lint->rows++;
	return 0;
}

/* All rows: those with a key, and those without one. */
static int read_rows(struct look *look, struct source *source,
		     enum scan_rows rows, struct err *err)
{
	const struct key *key = table_primary_key(look->table);
	size_t *cells = arena_array(&look->arena, look->table->ncolumns + 1,
				    sizeof(*cells));
	size_t *columns =
		arena_array(&look->arena,
			    look->table->ncolumns + look->ncolumns + 1,
			    sizeof(*columns));
	struct scan scan = { .table = look->table, .rows = rows };
	const struct row *row;
	struct cursor *cursor;

	if (!cells || !columns)
		return err_set_nomem(err);
	memcpy(columns, look->columns, look->ncolumns * sizeof(*columns));
	scan.columns = columns;
	scan.ncolumns = look->ncolumns;
	for (size_t i = 0; key && i < key->count; i++) {
		cells[i] = scan.ncolumns;
		columns[scan.ncolumns++] = key->columns[i];
	}
	if (key) {
		scan.key = cells;
		scan.nkey = key->count;
		scan.collations = key->collations;
		scan.nullable = key->nullable;
	}
	if (source_scan(source, &cursor, &scan, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row) {
		const struct row seen = { .cells = row->cells,
					  .ncells = look->ncolumns };

		if (take_row(look, &seen, err) < 0)
			break;
	}
	cursor_close(cursor);
	return err->code;
}

static int add_finding(struct look *look, size_t i, enum value_type type,
		       struct err *err)
{
	const struct column *column = &look->table->columns[look->columns[i]];
	const struct tally *tally = &look->tallies[i];
	struct typelint *lint = look->lint;
	struct typelint_finding *finding;

	if (lint->count == lint->cap) {
		size_t cap = lint->cap ? lint->cap * 2 : 16;

		finding = reallocarray(lint->findings, cap, sizeof(*finding));
		if (!finding)
			return err_set_nomem(err);
		lint->findings = finding;
		lint->cap = cap;
	}
	finding = &lint->findings[lint->count];
	*finding = (struct typelint_finding){
		.table = arena_string(&lint->arena, look->table->name),
		.column = arena_string(&lint->arena, column->name),
		.declared = arena_string(&lint->arena, column->type),
		.found = type,
		.count = tally->counts[type],
		.nshown = tally->nshown[type],
	};
	memcpy(finding->shown, tally->shown[type], sizeof(finding->shown));
	if (!finding->table || !finding->column || !finding->declared)
		return err_set_nomem(err);
	lint->count++;
	return 0;
}

static int add_findings(struct look *look, struct err *err)
{
	for (size_t i = 0; i < look->ncolumns; i++)
		for (int type = VALUE_INTEGER; type < CLASSES; type++)
			if (look->tallies[i].counts[type] > 0 &&
			    add_finding(look, i, (enum value_type)type, err) <
				    0)
				return err->code;
	return 0;
}

int typelint_table(struct typelint *lint, struct source *source,
		   const struct table *table, const struct name_list *masked,
		   struct err *err)
{
	const struct key *key = table_primary_key(table);
	struct look look = { .lint = lint, .table = table };

	if (table->kind != TABLE_PLAIN && table->kind != TABLE_VIRTUAL)
		return 0;
	if (choose_columns(&look, masked, err) < 0 || look.ncolumns == 0)
		goto out;
	if (key && read_rows(&look, source, SCAN_KEYED, err) < 0)
		goto out;
	if ((!key || key->nullable) &&
	    read_rows(&look, source, SCAN_UNKEYED, err) < 0)
		goto out;
	(void)!add_findings(&look, err);
out:
	arena_release(&look.arena);
	return err->code;
}
