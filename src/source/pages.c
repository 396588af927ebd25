#include "config.h"

#include "source/pages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/bound.h"
#include "source/pagesql.h"
#include "source/rowtext.h"

enum {
	FIRST_ROWS = 1000,    /* of the first page: widths are not known */
	MAX_ROWS = 10000,     /* larger pages gain nothing */
	PAGE_BYTES = 1500000, /* of row texts, as a page is meant to have */
	MOST_BYTES = 8000000, /* of cells, if all rows are that wide */
	ANY_WIDTH = 4000000,  /* wider than D1 lets a row be */
	RANGES_PER_CALL = 32,
	PIECE = 600000, /* bytes of a big cell in one reply */
	PIECES_PER_CALL = 3,
	MENDS_PER_CALL = 20,
};

/* A cell that the row's text left out. */
struct gap {
	size_t row;
	size_t token;
	enum rowtext_gap kind;
};

/* Rows of one reply. Values point into the reply or the arena. */
struct page {
	struct d1_reply reply;
	struct arena arena;
	struct value *values; /* row after row, ntokens each */
	size_t nrows;
	uint64_t bytes; /* of the texts of all rows */
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
	struct arena last_arena;
	struct value *last; /* NULL: at the beginning of the range */
	double *natives;
	struct row row;
	struct value *cells;
};

/* ---- asking ---- */

/* Sends a statement and waits; the caller releases the reply. */
static int ask(struct pages *self, struct d1_reply *reply,
	       const struct d1_statement *statements, size_t count,
	       struct err *err)
{
	return d1_raw(reply, self->client, self->database_id, statements, count,
		      D1_READ, err);
}

static size_t count_ranges(const struct pages *self)
{
	return self->sql.scan->nranges ? self->sql.scan->nranges : 1;
}

/* What is left of range `first + i`, where the first may have been begun. */
static struct key_range range_left(const struct pages *self, size_t i)
{
	const struct scan *scan = self->sql.scan;
	struct key_range range = { NULL, NULL };

	if (scan->nranges)
		range = scan->ranges[self->range + i];
	if (i == 0 && self->last)
		range.after = self->last;
	return range;
}

static int begin_page(struct pages *self, struct err *err)
{
	struct pagesql_statement made[RANGES_PER_CALL];
	struct d1_statement statements[RANGES_PER_CALL];
	size_t count = count_ranges(self) - self->range;

	count = count < RANGES_PER_CALL ? count : RANGES_PER_CALL;
	self->limit_sent = self->limit / count + 1;
	self->width_sent = self->width < ANY_WIDTH ? self->width : 0;
	self->asked = count;
	for (size_t i = 0; i < count; i++)
		pagesql_statement_init(&made[i]);
	for (size_t i = 0; i < count && !err->code; i++) {
		const struct pagesql_query query = {
			.range = range_left(self, i),
			.limit = self->limit_sent,
			.width = self->width_sent,
		};

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

/* ---- reading rows ---- */

enum row_state {
	ROW_READ,
	ROW_LOSSY,     /* its key is known, the rest holds U+FFFD */
	ROW_KEY_LOSSY, /* not even its key is */
};

static struct value *values_of(struct pages *self, size_t row)
{
	return self->page.values + row * self->sql.ntokens;
}

struct gaps {
	struct gap *items;
	size_t count;
	size_t cap;
};

static int add_gap(struct gaps *gaps, size_t row, size_t token,
		   enum rowtext_gap kind, struct err *err)
{
	if (gaps->count == gaps->cap) {
		size_t cap = gaps->cap ? gaps->cap * 2 : 16;
		struct gap *items =
			reallocarray(gaps->items, cap, sizeof(*items));

		if (!items)
			return err_set_nomem(err);
		gaps->items = items;
		gaps->cap = cap;
	}
	gaps->items[gaps->count++] =
		(struct gap){ .row = row, .token = token, .kind = kind };
	return 0;
}

/* NaN for anything but a number. */
static double number_of(const struct d1_cell *cell)
{
	return cell->type == D1_CELL_NUMBER ? cell->number : (double)NAN;
}

/* A row of a reply. */
struct answer {
	const struct d1_result *result;
	size_t row;
	bool hex; /* as it was asked for */
};

/* Reads a row of a reply into the values of row `to` of the page. */
static int read_row(struct pages *self, const struct answer *answer, size_t to,
		    enum row_state *state, struct gaps *gaps, struct err *err)
{
	const struct d1_result *result = answer->result;
	const struct d1_cell *cells = d1_result_row(result, answer->row);
	struct rowtext_reader reader;

	*state = ROW_READ;
	if (result->ncolumns != 1 + self->sql.nnatives ||
	    cells[0].type != D1_CELL_STRING)
		return err_set(err, D1_ERROR,
			       "D1 answered with columns that "
			       "were not asked for");
	for (size_t i = 0; i < self->sql.nnatives; i++)
		self->natives[i] = number_of(&cells[1 + i]);
	rowtext_begin(&reader, cells[0].data, cells[0].size, self->natives,
		      answer->hex, &self->page.arena);
	for (size_t i = 0; i < self->sql.ntokens; i++) {
		enum rowtext_gap gap;

		if (!rowtext_next(&reader, &self->sql.tokens[i],
				  &values_of(self, to)[i], &gap, err)) {
			*state = i < self->sql.nkey ? ROW_KEY_LOSSY : ROW_LOSSY;
			return err->code;
		}
		if (gap != GAP_NONE && add_gap(gaps, to, i, gap, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- mending rows whose text was replaced ---- */

static int changed_meanwhile(struct err *err)
{
	err_set(err, D1_ERROR, "a row changed while the table was read");
	return err_hint(err, "run the command again");
}

/* Reads rows again, in hexadecimal, each by a query of its own. */
static int reread(struct pages *self, const struct pagesql_query *queries,
		  const size_t *rows, size_t count, struct gaps *gaps,
		  struct err *err)
{
	struct pagesql_statement made[MENDS_PER_CALL];
	struct d1_statement statements[MENDS_PER_CALL];
	struct d1_reply reply;

	d1_reply_init(&reply);
	for (size_t i = 0; i < count; i++)
		pagesql_statement_init(&made[i]);
	for (size_t i = 0; i < count && !err->code; i++) {
		if (pagesql_write(&made[i], &self->sql, &queries[i], err) == 0)
			statements[i] = made[i].statement;
	}
	if (err->code || ask(self, &reply, statements, count, err) < 0)
		goto out;
	for (size_t i = 0; i < count; i++) {
		const struct answer answer = {
			.result = &reply.results[i],
			.hex = true,
		};
		enum row_state state;

		if (answer.result->nrows != 1) {
			changed_meanwhile(err);
			goto out;
		}
		if (read_row(self, &answer, rows[i], &state, gaps, err) < 0)
			goto out;
		if (state != ROW_READ) {
			err_set(err, D1_ERROR,
				"D1 answered with a row that "
				"cannot be read");
			goto out;
		}
	}
out:
	for (size_t i = 0; i < count; i++)
		pagesql_statement_release(&made[i]);
	d1_reply_release(&reply);
	return err->code;
}

/* A row whose key cannot be told: the one that follows a known key. */
static int mend_after(struct pages *self, const struct value *after, size_t row,
		      struct gaps *gaps, struct err *err)
{
	const struct pagesql_query query = {
		.range.after = after,
		.limit = 1,
		.hex = true,
	};

	return reread(self, &query, &row, 1, gaps, err);
}

/* Rows whose keys are known, several in one call. */
static int mend_equal(struct pages *self, const size_t *rows, size_t count,
		      struct gaps *gaps, struct err *err)
{
	struct pagesql_query queries[MENDS_PER_CALL];

	while (count > 0) {
		size_t now = count < MENDS_PER_CALL ? count : MENDS_PER_CALL;

		for (size_t i = 0; i < now; i++)
			queries[i] = (struct pagesql_query){
				.equal = values_of(self, rows[i]),
				.limit = 1,
				.hex = true,
			};
		if (reread(self, queries, rows, now, gaps, err) < 0)
			return err->code;
		rows += now;
		count -= now;
	}
	return 0;
}

/* ---- filling gaps ---- */

static int fill_real(struct pages *self, const struct gap *gap, struct err *err)
{
	struct value *value = &values_of(self, gap->row)[gap->token];
	struct pagesql_statement statement;
	struct rowtext_column column = self->sql.tokens[gap->token];
	struct rowtext_reader reader;
	const struct d1_cell *cells;
	struct d1_reply reply;
	enum rowtext_gap left;
	double number;

	d1_reply_init(&reply);
	pagesql_statement_init(&statement);
	if (pagesql_write_real(&statement, &self->sql, gap->token,
			       values_of(self, gap->row), err) < 0 ||
	    ask(self, &reply, &statement.statement, 1, err) < 0)
		goto out;
	if (reply.results[0].nrows != 1 || reply.results[0].ncolumns != 2) {
		changed_meanwhile(err);
		goto out;
	}
	cells = d1_result_row(&reply.results[0], 0);
	if (cells[0].type != D1_CELL_STRING) {
		changed_meanwhile(err);
		goto out;
	}
	column.native = 0;
	number = number_of(&cells[1]);
	rowtext_begin(&reader, cells[0].data, cells[0].size, &number, true,
		      &self->page.arena);
	if (!rowtext_next(&reader, &column, value, &left, err) ||
	    left != GAP_NONE || value->type != VALUE_REAL)
		changed_meanwhile(err);
out:
	pagesql_statement_release(&statement);
	d1_reply_release(&reply);
	return err->code;
}

/* Reads up to PIECES_PER_CALL pieces of a big cell from byte `done` on. */
static int fill_pieces(struct pages *self, const struct gap *gap, char *data,
		       size_t *done, struct err *err)
{
	size_t size = values_of(self, gap->row)[gap->token].size;
	struct pagesql_statement made[PIECES_PER_CALL];
	struct d1_statement statements[PIECES_PER_CALL];
	struct d1_reply reply;
	size_t count = 0;

	d1_reply_init(&reply);
	for (size_t at = *done;
	     at < size && count < PIECES_PER_CALL && !err->code;
	     at += PIECE, count++) {
		pagesql_statement_init(&made[count]);
		if (pagesql_write_piece(&made[count], &self->sql, gap->token,
					values_of(self, gap->row), at, PIECE,
					err) == 0)
			statements[count] = made[count].statement;
	}
	if (err->code || ask(self, &reply, statements, count, err) < 0)
		goto out;
	for (size_t i = 0; i < count; i++) {
		const struct d1_result *result = &reply.results[i];
		size_t want = size - *done < PIECE ? size - *done : PIECE;
		const struct d1_cell *cell;
		char *bytes;

		if (result->nrows != 1 || result->ncolumns != 1) {
			changed_meanwhile(err);
			goto out;
		}
		cell = d1_result_row(result, 0);
		if (cell->type != D1_CELL_STRING || cell->size != 2 * want) {
			changed_meanwhile(err);
			goto out;
		}
		if (!rowtext_unhex(&bytes, cell->data, cell->size, &reply.arena,
				   err)) {
			err_set(err, D1_ERROR,
				"D1 answered with a cell that cannot be read");
			goto out;
		}
		memcpy(data + *done, bytes, want);
		*done += want;
	}
out:
	for (size_t i = 0; i < count; i++)
		pagesql_statement_release(&made[i]);
	d1_reply_release(&reply);
	return err->code;
}

static int fill_big(struct pages *self, const struct gap *gap, struct err *err)
{
	struct value *value = &values_of(self, gap->row)[gap->token];
	char *data = arena_alloc(&self->page.arena, value->size + 1);
	size_t done = 0;

	if (!data)
		return err_set_nomem(err);
	while (done < value->size)
		if (fill_pieces(self, gap, data, &done, err) < 0)
			return err->code;
	value->data = data;
	return 0;
}

static int fill_gaps(struct pages *self, const struct gaps *gaps,
		     struct err *err)
{
	for (size_t i = 0; i < gaps->count; i++) {
		const struct gap *gap = &gaps->items[i];

		if ((gap->kind == GAP_REAL ? fill_real(self, gap, err)
					   : fill_big(self, gap, err)) < 0)
			return err->code;
	}
	return 0;
}

/* ---- pages ---- */

/* Remembers the key of the page's last row, for the page that follows. */
static int remember_last(struct pages *self, struct err *err)
{
	const struct value *key = values_of(self, self->page.nrows - 1);

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
 * How many bytes the cells of a row have, as rowtext_add_width() tells it to
 * the engine: of a number, those of its text, which here is the longest.
 */
static size_t row_width(struct pages *self, size_t row)
{
	enum { INTEGER_TEXT = 20, REAL_TEXT = 24 };
	const struct value *values = values_of(self, row);
	size_t width = 0;

	for (size_t i = 0; i < self->sql.ntokens; i++) {
		if (values[i].type == VALUE_INTEGER)
			width += INTEGER_TEXT;
		else if (values[i].type == VALUE_REAL)
			width += REAL_TEXT;
		else if (values[i].type != VALUE_NULL)
			width += values[i].size;
	}
	return width;
}

static size_t widest_row(struct pages *self)
{
	size_t widest = 0;

	for (size_t row = 0; row < self->page.nrows; row++) {
		size_t width = row_width(self, row);

		if (width > widest)
			widest = width;
	}
	return widest;
}

/*
 * Chooses how many rows the next page has, and how wide they may be, by those
 * of this one: few of them should be too wide, and all may be that wide.
 */
static void adapt_limit(struct pages *self, bool met_wide)
{
	const struct page *page = &self->page;
	size_t rows = MAX_ROWS;

	if (met_wide)
		self->width *= 16;
	else
		self->width = 4 * widest_row(self) + 1000;
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

/* What is to be mended in a page. */
struct repairs {
	struct gaps gaps;
	size_t *lossy; /* rows */
	size_t nlossy;
	bool met_wide; /* a row was too wide for the page */
};

/* Reads the rows of range i of the call. *cut: it has more than these. */
static int read_range(struct pages *self, size_t i, struct repairs *repairs,
		      bool *cut, struct err *err)
{
	const struct d1_result *result = &self->page.reply.results[i];
	const struct value *after = range_left(self, i).after;
	size_t n;

	if (result->nrows > self->limit_sent)
		return err_set(err, D1_ERROR,
			       "D1 answered with more rows than were asked "
			       "for");
	for (n = 0; n < result->nrows && !is_wide(result, n); n++) {
		const struct answer answer = { .result = result, .row = n };
		size_t row = self->page.nrows++;
		size_t gaps = repairs->gaps.count;
		enum row_state state;

		if (read_row(self, &answer, row, &state, &repairs->gaps, err) <
		    0)
			return err->code;
		self->page.bytes += d1_result_row(result, n)->size;
		if (state != ROW_READ)
			repairs->gaps.count = gaps; /* it is read again */
		if (state == ROW_LOSSY)
			repairs->lossy[repairs->nlossy++] = row;
		else if (state == ROW_KEY_LOSSY &&
			 mend_after(self, after, row, &repairs->gaps, err) < 0)
			return err->code;
		after = values_of(self, row);
	}
	repairs->met_wide = n < result->nrows;
	if (repairs->met_wide && self->width_sent == 0)
		return err_set(err, D1_ERROR,
			       "D1 answered with a row that cannot be read");
	*cut = repairs->met_wide || n >= self->limit_sent;
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

/* Reads the ranges of the call up to one that was cut, and goes on there. */
static int read_ranges(struct pages *self, struct repairs *repairs,
		       struct err *err)
{
	size_t rows = 0; /* of the ranges before the last */
	bool cut = false;
	size_t i;

	for (i = 0; i < self->asked && !cut; i++) {
		rows = self->page.nrows;
		if (read_range(self, i, repairs, &cut, err) < 0)
			return err->code;
	}
	if (self->sql.nkey == 0 && repairs->nlossy + repairs->gaps.count > 0)
		return no_next_page(err);
	if (mend_equal(self, repairs->lossy, repairs->nlossy, &repairs->gaps,
		       err) < 0 ||
	    fill_gaps(self, &repairs->gaps, err) < 0)
		return err->code;
	if (!cut || i > 1)
		self->last = NULL;
	self->range += cut ? i - 1 : i;
	if (cut && self->sql.nkey == 0)
		return no_next_page(err);
	if (cut && self->page.nrows > rows)
		return remember_last(self, err);
	return 0;
}

/* Makes rows of the reply that has come. */
static int take_page(struct pages *self, struct err *err)
{
	struct page *page = &self->page;
	struct repairs repairs = { .nlossy = 0 };
	size_t most = 1;

	for (size_t i = 0; i < self->asked; i++)
		most += page->reply.results[i].nrows;
	self->at = 0;
	page->nrows = 0;
	page->bytes = 0;
	page->values = arena_array(&page->arena, most,
				   self->sql.ntokens * sizeof(struct value));
	repairs.lossy = arena_array(&page->arena, most, sizeof(size_t));
	if (!page->values || !repairs.lossy)
		return err_set_nomem(err);
	(void)!read_ranges(self, &repairs, err);
	free(repairs.gaps.items);
	if (!err->code)
		adapt_limit(self, repairs.met_wide);
	return err->code;
}

static bool is_last_page(const struct pages *self)
{
	return self->range == count_ranges(self);
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

	arena_clear(&page->arena);
	d1_reply_release(&page->reply);
	d1_reply_init(&page->reply);
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
	values = values_of(self, self->at++);
	for (size_t i = 0; i < self->row.ncells; i++)
		self->cells[i] = values[self->sql.token_of_cell[i]];
	*row = &self->row;
	return 0;
}

static void pages_close(struct cursor *cursor)
{
	struct pages *self = (struct pages *)cursor;

	d1_raw_cancel(self->call);
	d1_reply_release(&self->page.reply);
	arena_release(&self->page.arena);
	arena_release(&self->last_arena);
	pagesql_release(&self->sql);
	free(self->natives);
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
	d1_reply_init(&self->page.reply);
	if (pagesql_init(&self->sql, scan, err) < 0)
		goto fail;
	self->natives = calloc(self->sql.nnatives + 1, sizeof(*self->natives));
	self->cells = calloc(scan->ncolumns + 1, sizeof(*self->cells));
	if (!self->natives || !self->cells) {
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
