#include "config.h"

#include "source/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "source/rowtext.h"

enum {
	PIECE = 600000, /* bytes of a big cell in one reply */
	PIECES_PER_CALL = 3,
	MENDS_PER_CALL = 20,
};

struct value *page_row(const struct page *page, size_t row)
{
	return page->values + row * page->sql->ntokens;
}

/* Sends a statement and waits; the caller releases the reply. */
static int ask(struct page *page, struct d1_reply *reply,
	       const struct d1_statement *statements, size_t count,
	       struct err *err)
{
	return d1_raw(reply, page->client, page->database_id, statements, count,
		      D1_READ, err);
}

/* ---- reading rows ---- */

enum row_state {
	ROW_READ,
	ROW_LOSSY,     /* its key is known, the rest holds U+FFFD */
	ROW_KEY_LOSSY, /* not even its key is */
};

static int add_gap(struct page_gaps *gaps, size_t row, size_t token,
		   enum rowtext_gap kind, struct err *err)
{
	if (gaps->count == gaps->cap) {
		size_t cap = gaps->cap ? gaps->cap * 2 : 16;
		struct page_gap *items =
			reallocarray(gaps->items, cap, sizeof(*items));

		if (!items)
			return err_set_nomem(err);
		gaps->items = items;
		gaps->cap = cap;
	}
	gaps->items[gaps->count++] =
		(struct page_gap){ .row = row, .token = token, .kind = kind };
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
static int read_row(struct page *page, const struct answer *answer, size_t to,
		    enum row_state *state, struct err *err)
{
	const struct d1_result *result = answer->result;
	const struct d1_cell *cells = d1_result_row(result, answer->row);
	struct rowtext_reader reader;

	*state = ROW_READ;
	if (result->ncolumns != 1 + page->sql->nnatives ||
	    cells[0].type != D1_CELL_STRING)
		return err_set(err, D1_ERROR,
			       "D1 answered with columns that "
			       "were not asked for");
	for (size_t i = 0; i < page->sql->nnatives; i++)
		page->natives[i] = number_of(&cells[1 + i]);
	rowtext_begin(&reader, cells[0].data, cells[0].size, page->natives,
		      answer->hex, &page->arena);
	for (size_t i = 0; i < page->sql->ntokens; i++) {
		enum rowtext_gap gap;

		if (!rowtext_next(&reader, &page->sql->tokens[i],
				  &page_row(page, to)[i], &gap, err)) {
			*state =
				i < page->sql->nkey ? ROW_KEY_LOSSY : ROW_LOSSY;
			return err->code;
		}
		if (gap != GAP_NONE &&
		    add_gap(&page->gaps, to, i, gap, err) < 0)
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
static int reread(struct page *page, const struct pagesql_query *queries,
		  const size_t *rows, size_t count, struct err *err)
{
	struct pagesql_statement made[MENDS_PER_CALL];
	struct d1_statement statements[MENDS_PER_CALL];
	struct d1_reply reply;

	d1_reply_init(&reply);
	for (size_t i = 0; i < count; i++)
		pagesql_statement_init(&made[i]);
	for (size_t i = 0; i < count && !err->code; i++) {
		if (pagesql_write(&made[i], page->sql, &queries[i], err) == 0)
			statements[i] = made[i].statement;
	}
	if (err->code || ask(page, &reply, statements, count, err) < 0)
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
		if (read_row(page, &answer, rows[i], &state, err) < 0)
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
static int mend_after(struct page *page, const struct value *after, size_t row,
		      struct err *err)
{
	const struct pagesql_query query = {
		.range.after = after,
		.only = page->only,
		.nonly = page->nonly,
		.limit = 1,
		.hex = true,
	};

	return reread(page, &query, &row, 1, err);
}

/* Rows whose keys are known, several in one call. */
static int mend_equal(struct page *page, struct err *err)
{
	struct pagesql_query queries[MENDS_PER_CALL];
	const size_t *rows = page->lossy;
	size_t count = page->nlossy;

	while (count > 0) {
		size_t now = count < MENDS_PER_CALL ? count : MENDS_PER_CALL;

		for (size_t i = 0; i < now; i++)
			queries[i] = (struct pagesql_query){
				.equal = page_row(page, rows[i]),
				.limit = 1,
				.hex = true,
			};
		if (reread(page, queries, rows, now, err) < 0)
			return err->code;
		rows += now;
		count -= now;
	}
	return 0;
}

/* ---- filling gaps ---- */

static int fill_real(struct page *page, const struct page_gap *gap,
		     struct err *err)
{
	struct value *value = &page_row(page, gap->row)[gap->token];
	struct pagesql_statement statement;
	struct rowtext_column column = page->sql->tokens[gap->token];
	struct rowtext_reader reader;
	const struct d1_cell *cells;
	struct d1_reply reply;
	enum rowtext_gap left;
	double number;

	d1_reply_init(&reply);
	pagesql_statement_init(&statement);
	if (pagesql_write_real(&statement, page->sql, gap->token,
			       page_row(page, gap->row), err) < 0 ||
	    ask(page, &reply, &statement.statement, 1, err) < 0)
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
		      &page->arena);
	if (!rowtext_next(&reader, &column, value, &left, err) ||
	    left != GAP_NONE || value->type != VALUE_REAL)
		changed_meanwhile(err);
out:
	pagesql_statement_release(&statement);
	d1_reply_release(&reply);
	return err->code;
}

/* Reads up to PIECES_PER_CALL pieces of a big cell from byte `done` on. */
static int fill_pieces(struct page *page, const struct page_gap *gap,
		       char *data, size_t *done, struct err *err)
{
	size_t size = page_row(page, gap->row)[gap->token].size;
	struct pagesql_statement made[PIECES_PER_CALL];
	struct d1_statement statements[PIECES_PER_CALL];
	struct d1_reply reply;
	size_t count = 0;

	d1_reply_init(&reply);
	for (size_t at = *done;
	     at < size && count < PIECES_PER_CALL && !err->code;
	     at += PIECE, count++) {
		pagesql_statement_init(&made[count]);
		if (pagesql_write_piece(&made[count], page->sql, gap->token,
					page_row(page, gap->row), at, PIECE,
					err) == 0)
			statements[count] = made[count].statement;
	}
	if (err->code || ask(page, &reply, statements, count, err) < 0)
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

static int fill_big(struct page *page, const struct page_gap *gap,
		    struct err *err)
{
	struct value *value = &page_row(page, gap->row)[gap->token];
	char *data = arena_alloc(&page->arena, value->size + 1);
	size_t done = 0;

	if (!data)
		return err_set_nomem(err);
	while (done < value->size)
		if (fill_pieces(page, gap, data, &done, err) < 0)
			return err->code;
	value->data = data;
	return 0;
}

static int fill_gaps(struct page *page, struct err *err)
{
	for (size_t i = 0; i < page->gaps.count; i++) {
		const struct page_gap *gap = &page->gaps.items[i];

		if ((gap->kind == GAP_REAL ? fill_real(page, gap, err)
					   : fill_big(page, gap, err)) < 0)
			return err->code;
	}
	return 0;
}

/* ---- the page ---- */

int page_init(struct page *page, struct d1_client *client,
	      const char *database_id, const struct pagesql *sql,
	      struct err *err)
{
	memset(page, 0, sizeof(*page));
	page->client = client;
	page->database_id = database_id;
	page->sql = sql;
	d1_reply_init(&page->reply);
	page->natives = calloc(sql->nnatives + 1, sizeof(*page->natives));
	return page->natives ? 0 : err_set_nomem(err);
}

void page_release(struct page *page)
{
	d1_reply_release(&page->reply);
	arena_release(&page->arena);
	free(page->gaps.items);
	free(page->natives);
}

void page_clear(struct page *page)
{
	arena_clear(&page->arena);
	d1_reply_release(&page->reply);
	d1_reply_init(&page->reply);
	page->nrows = 0;
	page->nlossy = 0;
	page->gaps.count = 0;
	page->bytes = 0;
}

int page_reserve(struct page *page, struct err *err)
{
	size_t most = 1;

	for (size_t i = 0; i < page->reply.nresults; i++)
		most += page->reply.results[i].nrows;
	page->values = arena_array(&page->arena, most,
				   page->sql->ntokens * sizeof(struct value));
	page->lossy = arena_array(&page->arena, most, sizeof(*page->lossy));
	return page->values && page->lossy ? 0 : err_set_nomem(err);
}

int page_add_row(struct page *page, const struct d1_result *result, size_t n,
		 const struct value *after, struct err *err)
{
	const struct answer answer = { .result = result, .row = n };
	size_t row = page->nrows++;
	size_t gaps = page->gaps.count;
	enum row_state state;

	if (read_row(page, &answer, row, &state, err) < 0)
		return err->code;
	page->bytes += d1_result_row(result, n)->size;
	if (state != ROW_READ)
		page->gaps.count = gaps; /* it is read again */
	if (state == ROW_LOSSY)
		page->lossy[page->nlossy++] = row;
	else if (state == ROW_KEY_LOSSY)
		return mend_after(page, after, row, err);
	return 0;
}

bool page_needs_mending(const struct page *page)
{
	return page->nlossy + page->gaps.count > 0;
}

int page_mend(struct page *page, struct err *err)
{
	if (mend_equal(page, err) < 0)
		return err->code;
	return fill_gaps(page, err);
}

/*
 * How many bytes the cells of a row have, as rowtext_add_width() tells it to
 * the engine: of a number, those of its text, which here is the longest.
 */
static size_t row_width(const struct page *page, size_t row)
{
	enum { INTEGER_TEXT = 20, REAL_TEXT = 24 };
	const struct value *values = page_row(page, row);
	size_t width = 0;

	for (size_t i = 0; i < page->sql->ntokens; i++) {
		if (values[i].type == VALUE_INTEGER)
			width += INTEGER_TEXT;
		else if (values[i].type == VALUE_REAL)
			width += REAL_TEXT;
		else if (values[i].type != VALUE_NULL)
			width += values[i].size;
	}
	return width;
}

size_t page_widest(const struct page *page)
{
	size_t widest = 0;

	for (size_t row = 0; row < page->nrows; row++) {
		size_t width = row_width(page, row);

		if (width > widest)
			widest = width;
	}
	return widest;
}
