#include "config.h"

#include "source/pagesql.h"

#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "source/exactsql.h"
#include "source/select.h"

enum {
	MAX_COLUMNS = 100,	/* that a SELECT may have in D1 */
	MAX_ROW_TEXT = 1800000, /* below D1's limit of 2,000,000 bytes */
};

/* ---- preparing ---- */

static const char *quoted_name(struct pagesql *sql, const char *name,
			       struct err *err)
{
	struct buf text;
	char *copy = NULL;

	buf_init(&text, D1_MAX_SQL);
	buf_add_string(&text, "d1_t.");
	sql_add_name(&text, name);
	if (buf_check(&text, "a column's name", err) == 0) {
		copy = arena_copy(&sql->arena, text.data, text.len);
		if (!copy)
			err_set_nomem(err);
	}
	buf_release(&text);
	return copy;
}

/* True for a column that holds nothing but integers: another name of rowid. */
static bool is_rowid_alias(const struct table *table, size_t column)
{
	const struct key *primary = table_primary_key(table);

	return table->columns[column].rowid ||
	       (table->rowid && primary && primary->count == 1 &&
		primary->columns[0] == column && !primary->nullable &&
		strcasecmp(table->columns[column].type, "INTEGER") == 0 &&
		!table->columns[column].not_null);
}

static int add_column_token(struct pagesql *sql, size_t column, struct err *err)
{
	const struct table *table = sql->scan->table;
	const struct column *own = &table->columns[column];
	struct rowtext_column *token = &sql->tokens[sql->ntokens++];

	token->native = -1;
	token->affinity = own->affinity;
	token->integer = is_rowid_alias(table, column);
	token->sql =
		own->rowid ? arena_format(&sql->arena, "d1_t.%s", table->rowid)
			   : quoted_name(sql, own->name, err);
	return token->sql ? 0 : err_set_nomem(err);
}

static int add_rowid_token(struct pagesql *sql, struct err *err)
{
	struct rowtext_column *token = &sql->tokens[sql->ntokens++];

	token->native = -1;
	token->affinity = AFFINITY_INTEGER;
	token->integer = true;
	token->sql =
		arena_format(&sql->arena, "d1_t.%s", sql->scan->table->rowid);
	return token->sql ? 0 : err_set_nomem(err);
}

/* The page key, as the first tokens. */
static int choose_page_key(struct pagesql *sql, struct err *err)
{
	const struct scan *scan = sql->scan;
	const struct key *primary = table_primary_key(scan->table);

	if (scan->rows == SCAN_KEYED) {
		for (size_t i = 0; i < scan->nkey; i++) {
			sql->collations[i] = scan->collations[i];
			if (add_column_token(sql, scan->columns[scan->key[i]],
					     err) < 0)
				return err->code;
			sql->token_of_cell[scan->key[i]] = i;
		}
	} else if (scan->table->rowid) {
		if (add_rowid_token(sql, err) < 0)
			return err->code;
	} else if (primary && !primary->nullable) {
		for (size_t i = 0; i < primary->count; i++) {
			sql->collations[i] = primary->collations[i];
			if (add_column_token(sql, primary->columns[i], err) < 0)
				return err->code;
		}
	}
	/* none of these: columns hide the rowid, and there is one page only */
	sql->nkey = sql->ntokens;
	for (size_t i = 0; i < sql->nkey; i++)
		sql->tokens[i].whole = true;
	return 0;
}

/*
 * Whether the reals of a column get one of their own. An integer column may
 * hold some, but rarely does; a key is never left for a further statement.
 */
static bool wants_native(const struct rowtext_column *token)
{
	return token->affinity == AFFINITY_REAL ||
	       token->affinity == AFFINITY_NUMERIC ||
	       token->affinity == AFFINITY_BLOB ||
	       (token->affinity == AFFINITY_INTEGER && token->whole &&
		!token->integer);
}

/*
 * How reals come that have no column of their own. The split form is long: if
 * the SQL of a wide table has no room for it, it is for those only that wanted
 * a column. Reals in an integer column are left for further statements then.
 */
static void choose_splits(struct pagesql *sql)
{
	struct buf text;

	for (size_t i = 0; i < sql->ntokens; i++)
		sql->tokens[i].split = sql->tokens[i].native < 0;
	/* the rest of the statement is to have as much room */
	buf_init(&text, D1_MAX_SQL / 2);
	rowtext_add_sql(&text, sql->tokens, sql->ntokens, sql->big, true);
	for (size_t i = 0; text.failed && i < sql->ntokens; i++)
		if (!wants_native(&sql->tokens[i]))
			sql->tokens[i].split = false;
	buf_release(&text);
}

int pagesql_init(struct pagesql *sql, const struct scan *scan, struct err *err)
{
	/*
	 * The page key has at most all columns of the table, or the rowid, or
	 * the cells of the scan's key. That key repeats no column: of those
	 * that people name in .d1config, the others are refused.
	 */
	size_t most = scan->table->ncolumns + scan->ncolumns + 1;

	memset(sql, 0, sizeof(*sql));
	sql->scan = scan;
	sql->big = ROWTEXT_BIG;
	sql->tokens = arena_array(&sql->arena, most, sizeof(*sql->tokens));
	sql->collations =
		arena_array(&sql->arena, most, sizeof(*sql->collations));
	sql->token_of_cell = arena_array(&sql->arena, scan->ncolumns + 1,
					 sizeof(*sql->token_of_cell));
	if (!sql->tokens || !sql->collations || !sql->token_of_cell)
		return err_set_nomem(err);
	for (size_t i = 0; i < scan->ncolumns; i++)
		sql->token_of_cell[i] = most;
	if (choose_page_key(sql, err) < 0)
		return err->code;
	for (size_t i = 0; i < scan->ncolumns; i++) {
		if (sql->token_of_cell[i] != most)
			continue;
		sql->token_of_cell[i] = sql->ntokens;
		if (add_column_token(sql, scan->columns[i], err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < sql->ntokens; i++)
		if (wants_native(&sql->tokens[i]) &&
		    sql->nnatives + 1 < MAX_COLUMNS)
			sql->tokens[i].native = (int)sql->nnatives++;
	choose_splits(sql);
	return 0;
}

void pagesql_release(struct pagesql *sql)
{
	arena_release(&sql->arena);
}

bool pagesql_lower_big(struct pagesql *sql)
{
	size_t lower = MAX_ROW_TEXT / sql->ntokens;

	if (lower >= sql->big)
		return false;
	sql->big = lower;
	return true;
}

/* ---- writing ---- */

void pagesql_statement_init(struct pagesql_statement *statement)
{
	memset(statement, 0, sizeof(*statement));
	buf_init(&statement->text, D1_MAX_SQL);
	statement->params.arena = &statement->arena;
}

void pagesql_statement_release(struct pagesql_statement *statement)
{
	buf_release(&statement->text);
	arena_release(&statement->arena);
}

static int finish_statement(struct pagesql_statement *statement,
			    struct err *err)
{
	if (buf_check(&statement->text, "the statement that reads the table",
		      err) < 0)
		return err->code;
	statement->statement = (struct d1_statement){
		.sql = statement->text.data,
		.sql_size = statement->text.len,
		.params = statement->params.params,
		.nparams = statement->params.count,
	};
	return 0;
}

/* "(a, b) > (x, y)", the collation said on the right: the index needs that */
static int add_comparison(struct pagesql_statement *statement,
			  const struct pagesql *sql, const char *operator,
			  const struct value * key, struct err *err)
{
	struct buf *text = &statement->text;

	buf_add_char(text, '(');
	for (size_t i = 0; i < sql->nkey; i++)
		buf_add_format(text, "%s%s", i > 0 ? ", " : "",
			       sql->tokens[i].sql);
	buf_add_format(text, ") %s (", operator);
	for (size_t i = 0; i < sql->nkey; i++) {
		buf_add_string(text, i > 0 ? ", " : "");
		if (bound_add(text, &statement->params, &key[i], err) < 0)
			return err->code;
		if (!sql->tokens[i].integer)
			buf_add_format(text, " COLLATE %s",
				       collation_name(sql->collations[i]));
	}
	buf_add_char(text, ')');
	return 0;
}

size_t pagesql_room(const struct pagesql *sql, const struct value *keys,
		    size_t count)
{
	size_t size = 0, n = 0;

	while (n < count) {
		for (size_t i = 0; i < sql->nkey; i++)
			size += 1 + exact_sql_size(&keys[n * sql->nkey + i]);
		if (n > 0 && size > D1_MAX_SQL / 2)
			break;
		n++;
	}
	return n;
}

/* "(a, b) IN (VALUES (x, y), ...)", which an index answers */
static void add_keys(struct buf *text, const struct pagesql *sql,
		     const struct pagesql_query *query)
{
	for (size_t i = 0; i < sql->nkey; i++)
		buf_add_format(text, "%s%s", i > 0 ? ", " : "(",
			       sql->tokens[i].sql);
	buf_add_string(text, ") IN (VALUES ");
	for (size_t n = 0; n < query->nonly; n++) {
		for (size_t i = 0; i < sql->nkey; i++) {
			buf_add_string(text, i > 0 ? "," : n > 0 ? ",(" : "(");
			exact_sql_add(text, &query->only[n * sql->nkey + i]);
		}
		buf_add_char(text, ')');
	}
	buf_add_char(text, ')');
}

/* FROM, and WHERE with all that the scan and the query ask for. */
static int add_from(struct pagesql_statement *statement,
		    const struct pagesql *sql,
		    const struct pagesql_query *query, struct err *err)
{
	const struct scan *scan = sql->scan;
	struct buf *text = &statement->text;
	const struct {
		const char *operator;
		const struct value *key;
	} bounds[] = {
		{ ">", query->range.after },
		{ "<=", query->range.upto },
		{ "=", query->equal	   ? query->equal
		       : query->nonly == 1 ? query->only
					   : NULL },
	};
	bool any;

	buf_add_string(text, " FROM ");
	select_add_table(text, scan->table);
	buf_add_string(text, " AS d1_t");
	select_add_where(text, scan, &any);
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		if (!bounds[i].key || (query->equal && i < 2))
			continue;
		select_add_condition(text, &any);
		if (add_comparison(statement, sql, bounds[i].operator,
				   bounds[i].key, err) < 0)
			return err->code;
	}
	if (query->nonly > 1) {
		select_add_condition(text, &any);
		add_keys(text, sql, query);
	}
	return 0;
}

static void add_natives(struct buf *text, const struct pagesql *sql)
{
	for (size_t i = 0; i < sql->ntokens; i++) {
		const struct rowtext_column *token = &sql->tokens[i];

		if (token->native >= 0)
			buf_add_format(text,
				       ", iif(typeof(%s)='real',%s,NULL)"
				       " AS d1_r%d",
				       token->sql, token->sql, token->native);
	}
}

int pagesql_write(struct pagesql_statement *statement,
		  const struct pagesql *sql, const struct pagesql_query *query,
		  struct err *err)
{
	struct buf *text = &statement->text;

	buf_add_string(text, "SELECT ");
	if (query->width > 0) {
		buf_add_string(text, "CASE WHEN ");
		rowtext_add_width(text, sql->tokens, sql->ntokens);
		buf_add_format(text, ">%zu THEN 'W' ELSE ", query->width);
	}
	rowtext_add_sql(text, sql->tokens, sql->ntokens, sql->big, query->hex);
	if (query->width > 0)
		buf_add_string(text, " END");
	buf_add_string(text, " AS d1_e");
	add_natives(text, sql);
	if (add_from(statement, sql, query, err) < 0)
		return err->code;
	for (size_t i = 0; i < sql->nkey; i++)
		buf_add_format(text, "%s%s COLLATE %s",
			       i > 0 ? ", " : " ORDER BY ", sql->tokens[i].sql,
			       collation_name(sql->collations[i]));
	buf_add_format(text, " LIMIT %zu", query->limit);
	return finish_statement(statement, err);
}

int pagesql_write_real(struct pagesql_statement *statement,
		       const struct pagesql *sql, size_t token,
		       const struct value *key, struct err *err)
{
	const struct pagesql_query query = { .equal = key };
	struct rowtext_column column = sql->tokens[token];
	struct buf *text = &statement->text;

	column.native = 0;
	buf_add_string(text, "SELECT ");
	rowtext_add_sql(text, &column, 1, sql->big, true);
	buf_add_format(text, ", %s", column.sql);
	if (add_from(statement, sql, &query, err) < 0)
		return err->code;
	return finish_statement(statement, err);
}

int pagesql_write_piece(struct pagesql_statement *statement,
			const struct pagesql *sql, size_t token,
			const struct value *key, size_t at, size_t size,
			struct err *err)
{
	const struct pagesql_query query = { .equal = key };
	struct buf *text = &statement->text;

	buf_add_format(text, "SELECT hex(substr(CAST(%s AS BLOB),%zu,%zu))",
		       sql->tokens[token].sql, at + 1, size);
	if (add_from(statement, sql, &query, err) < 0)
		return err->code;
	return finish_statement(statement, err);
}
