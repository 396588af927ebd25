#include "config.h"

#include "source/pages.h"

#include <stdlib.h>
#include <string.h>

#include "source/page.h"
#include "source/pagesql.h"

enum {
	FIRST_ROWS = 1000,    /* of the first page: widths are not known */
	MAX_ROWS = 10000,     /* larger pages gain nothing */
	PAGE_BYTES = 1500000, /* of row texts, as a page is meant to have */
	MOST_BYTES = 8000000, /* of cells, if all rows are that wide */
	ANY_WIDTH = 4000000,  /* wider than D1 lets a row be */
	RANGES_PER_CALL = 32,
};

struct pages {
	struct cursor cursor;
	struct d1_client *client;
	const char *database_id;
	struct pagesql sql;
	struct page page;
	size_t at;	      /* the next row of the page */
	size_t limit;	      /* rows that the next call asks for */
	size_t width;	      /* bytes that one of them may have */
	size_t limit_sent;    /* rows of each range of the call under way */
	size_t width_sent;    /* bytes of one of them; 0: any */
	struct d1_call *call; /* the next page, under way */
	/* where the next call begins: in a range, after a key */
	size_t range;
	size_t asked; /* ranges of the call that is under way */
	/* if keys are wanted: the next one, and how many each range has */
	size_t key;
	size_t keys_sent[RANGES_PER_CALL];
	bool met_wide; /* a row of the page was too wide for it */
	struct arena last_arena;
	struct value *last; /* NULL: at the beginning of the range */
	struct row row;
	struct value *cells;
};

/* ---- asking ---- */

static size_t count_ranges(const struct pages *self)
{
	return self->sql.scan->nranges ? self->sql.scan->nranges : 1;
}

/* What is left of range `first + i`, where the first may have been begun. */
static struct key_range range_left(const struct pages *self, size_t i)
{
	const struct scan *scan = self->sql.scan;
	struct key_range range = { NULL, NULL };

	if (scan->nranges && !scan->only)
		range = scan->ranges[self->range + i];
	if (i == 0 && self->last)
		range.after = self->last;
	return range;
}

/* What the statement for range `first + i` asks for. */
static struct pagesql_query query_for(const struct pages *self, size_t i)
{
	const struct scan *scan = self->sql.scan;
	struct pagesql_query query = { .range = range_left(self, i),
				       .limit = self->limit_sent,
				       .width = self->width_sent };

	if (scan->only) {
		size_t at = self->key;

		for (size_t before = 0; before < i; before++)
			at += self->keys_sent[before];
		query.only = scan->only + at * scan->nkey;
		query.nonly = self->keys_sent[i];
		/* one more than there can be: what is cut shows */
		query.limit = query.nonly + 1;
	}
	return query;
}

/*
 * Shares the wanted keys out, as many to a statement as it has room for, and
 * as many to a call as it may have rows. Returns how many statements it takes.
 */
static size_t share_keys(struct pages *self)
{
	const struct scan *scan = self->sql.scan;
	size_t at = self->key, left = self->limit, count = 0;

	while (count < RANGES_PER_CALL && at < scan->nonly && left > 0) {
		size_t most = scan->nonly - at < left ? scan->nonly - at : left;
		size_t taken = pagesql_room(&self->sql,
					    scan->only + at * scan->nkey, most);

		self->keys_sent[count++] = taken;
		at += taken;
		left -= taken;
	}
	return count;
}

static size_t share_ranges(struct pages *self)
{
	size_t count = count_ranges(self) - self->range;

	count = count < RANGES_PER_CALL ? count : RANGES_PER_CALL;
	self->limit_sent = self->limit / count + 1;
	return count;
}

static int begin_page(struct pages *self, struct err *err)
{
	struct pagesql_statement made[RANGES_PER_CALL];
	struct d1_statement statements[RANGES_PER_CALL];
	size_t count =
		self->sql.scan->only ? share_keys(self) : share_ranges(self);

	self->width_sent = self->width < ANY_WIDTH ? self->width : 0;
	self->asked = count;
	for (size_t i = 0; i < count; i++)
		pagesql_statement_init(&made[i]);
	for (size_t i = 0; i < count && !err->code; i++) {
		const struct pagesql_query query = query_for(self, i);

		if (pagesql_write(&made[i], &self->sql, &query, err) == 0)
			statements[i] = made[i].statement;
	}
	if (!err->code)
		(void)!d1_raw_begin(&self->call, self->client,
				    self->database_id, statements, count,
				    D1_READ, err);
	for (size_t i = 0; i < count; i++)
		pagesql_statement_release(&made[i]);
	return err->code;
}

/* ---- pages ---- */

/* Remembers the key of the page's last row, for the page that follows. */
static int remember_last(struct pages *self, struct err *err)
{
	const struct value *key = page_row(&self->page, self->page.nrows - 1);

	arena_clear(&self->last_arena);
	self->last = arena_array(&self->last_arena, self->sql.nkey,
				 sizeof(*self->last));
	if (!self->last)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->sql.nkey; i++) {
		self->last[i] = key[i];
		if (key[i].type != VALUE_TEXT && key[i].type != VALUE_BLOB)
			continue;
		self->last[i].data =
			arena_copy(&self->last_arena, key[i].data, key[i].size);
		if (!self->last[i].data)
			return err_set_nomem(err);
	}
	return 0;
}

/*
 * Chooses how many rows the next page has, and how wide they may be, by those
 * of this one: few of them should be too wide, and all may be that wide.
 */
static void adapt_limit(struct pages *self)
{
	const struct page *page = &self->page;
	size_t rows = MAX_ROWS;

	if (self->met_wide)
		self->width *= 16;
	else
		self->width = 4 * page_widest(page) + 1000;
	if (self->width > ANY_WIDTH)
		self->width = ANY_WIDTH;
	if (page->nrows > 0)
		rows = PAGE_BYTES / (page->bytes / page->nrows + 1);
	if (rows > MOST_BYTES / self->width)
		rows = MOST_BYTES / self->width;
	self->limit = rows < 1 ? 1 : rows > MAX_ROWS ? MAX_ROWS : rows;
}

/* True if this row of a result is too wide for its page. */
static bool is_wide(const struct d1_result *result, size_t row)
{
	const struct d1_cell *text = d1_result_row(result, row);

	return result->ncolumns > 0 && text->type == D1_CELL_STRING &&
	       text->size == 1 && text->data[0] == 'W';
}

/* Reads the rows of range i of the call. *cut: it has more than these. */
static int read_range(struct pages *self, size_t i, bool *cut, struct err *err)
{
	const struct d1_result *result = &self->page.reply.results[i];
	const struct pagesql_query query = query_for(self, i);
	const struct value *after = query.range.after;
	size_t n;

	self->page.only = query.only;
	self->page.nonly = query.nonly;
	if (result->nrows > query.limit)
		return err_set(err, D1_ERROR,
			       "D1 answered with more rows than were asked "
			       "for");
	for (n = 0; n < result->nrows && !is_wide(result, n); n++) {
		if (page_add_row(&self->page, result, n, after, err) < 0)
			return err->code;
		after = page_row(&self->page, self->page.nrows - 1);
	}
	self->met_wide = n < result->nrows;
	if (self->met_wide && self->width_sent == 0)
		return err_set(err, D1_ERROR,
			       "D1 answered with a row that cannot be read");
	*cut = self->met_wide || n >= query.limit;
	return 0;
}

/* A table of which only one page can be read. */
static int no_next_page(struct err *err)
{
	err_set(err, D1_ERROR,
		"its rows cannot be read page by page: it has "
		"no key, and columns hide its rowid");
	return err_hint(err, "name columns that identify a row in .d1config "
			     "(table.<name>.key)");
}

/* The next wanted key is one of range i, after the last that was read. */
static void skip_keys(struct pages *self, size_t i)
{
	const struct scan *scan = self->sql.scan;
	int order = 1;

	for (size_t before = 0; before < i; before++)
		self->key += self->keys_sent[before];
	while (self->last && order > 0 && self->key < scan->nonly) {
		const struct value *key = scan->only + self->key * scan->nkey;

		order = 0;
		for (size_t k = 0; k < scan->nkey && order == 0; k++)
			order = value_compare(&self->last[k], &key[k],
					      scan->collations[k]);
		self->key += order > 0;
	}
}

/* Reads the ranges of the call up to one that was cut, and goes on there. */
static int read_ranges(struct pages *self, struct err *err)
{
	size_t rows = 0; /* of the ranges before the last */
	bool cut = false;
	size_t i;

	for (i = 0; i < self->asked && !cut; i++) {
		rows = self->page.nrows;
		if (read_range(self, i, &cut, err) < 0)
			return err->code;
	}
	if (self->sql.nkey == 0 && page_needs_mending(&self->page))
		return no_next_page(err);
	if (page_mend(&self->page, err) < 0)
		return err->code;
	if (!cut || i > 1)
		self->last = NULL;
	if (cut && self->sql.nkey == 0)
		return no_next_page(err);
	if (cut && self->page.nrows > rows && remember_last(self, err) < 0)
		return err->code;
	if (self->sql.scan->only)
		skip_keys(self, cut ? i - 1 : i);
	else
		self->range += cut ? i - 1 : i;
	return 0;
}

/* Makes rows of the reply that has come. */
static int take_page(struct pages *self, struct err *err)
{
	self->at = 0;
	if (page_reserve(&self->page, err) < 0 || read_ranges(self, err) < 0)
		return err->code;
	adapt_limit(self);
	return 0;
}

static bool is_last_page(const struct pages *self)
{
	return self->sql.scan->only ? self->key == self->sql.scan->nonly
				    : self->range == count_ranges(self);
}

/* True if the engine refused a row's text as too long. */
static bool is_too_big(const struct d1_reply *reply)
{
	return reply->sql_error && (strstr(reply->sql_error, "too big") ||
				    strstr(reply->sql_error, "TOOBIG"));
}

static int next_page(struct pages *self, struct err *err)
{
	struct page *page = &self->page;

	page_clear(page);
	if (!self->call && begin_page(self, err) < 0)
		return err->code;
	if (d1_raw_finish(self->call, &page->reply, err) < 0) {
		self->call = NULL;
		if (!is_too_big(&page->reply) || !pagesql_lower_big(&self->sql))
			return err->code;
		err_clear(err);
		return next_page(self, err);
	}
	self->call = NULL;
	if (take_page(self, err) < 0 || is_last_page(self))
		return err->code;
	return begin_page(self, err);
}

static int pages_next(struct cursor *cursor, const struct row **row,
		      struct err *err)
{
	struct pages *self = (struct pages *)cursor;
	const struct value *values;

	*row = NULL;
	while (self->at == self->page.nrows) {
		if (is_last_page(self))
			return 0;
		if (next_page(self, err) < 0)
			return err->code;
	}
	values = page_row(&self->page, self->at++);
	for (size_t i = 0; i < self->row.ncells; i++)
		self->cells[i] = values[self->sql.token_of_cell[i]];
	*row = &self->row;
	return 0;
}

static void pages_close(struct cursor *cursor)
{
	struct pages *self = (struct pages *)cursor;

	d1_raw_cancel(self->call);
	page_release(&self->page);
	arena_release(&self->last_arena);
	pagesql_release(&self->sql);
	free(self->cells);
	free(self);
}

int pages_open(struct cursor **cursor, struct d1_client *client,
	       const char *database_id, const struct scan *scan,
	       struct err *err)
{
	struct pages *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->cursor.next = pages_next;
	self->cursor.close = pages_close;
	self->client = client;
	self->database_id = database_id;
	self->limit = FIRST_ROWS;
	self->width = MOST_BYTES / FIRST_ROWS;
	if (pagesql_init(&self->sql, scan, err) < 0 ||
	    page_init(&self->page, client, database_id, &self->sql, err) < 0)
		goto fail;
	self->cells = calloc(scan->ncolumns + 1, sizeof(*self->cells));
	if (!self->cells) {
		err_set_nomem(err);
		goto fail;
	}
	self->row.cells = self->cells;
	self->row.ncells = scan->ncolumns;
	if (begin_page(self, err) < 0)
		goto fail;
	*cursor = &self->cursor;
	return 0;
fail:
	pages_close(&self->cursor);
	return err->code;
}
