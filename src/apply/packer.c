#include "config.h"

#include "apply/packer.h"

#include <inttypes.h>
#include <string.h>

#include "apply/jsoncell.h"
#include "apply/rowdigest.h"
#include "cf/statement.h"
#include "util/utf8.h"

enum {
	MAX_JSON = 1 << 28,
	MAX_SQL = 1 << 20,
	/* of a character in JSON, at most */
	ESCAPED = 6,
	LEAST_STAGED = 48,
};

/* ---- values in pieces ---- */

/* One piece of a value, of the stage's table. */
static int put_piece(struct packer *packer, uint64_t n, uint64_t piece,
		     const struct value *value, struct err *err)
{
	unsigned int forms = 0;
	struct buf json, sql;

	buf_init(&json, MAX_JSON);
	buf_init(&sql, MAX_SQL);
	buf_add_format(&json, "[[%" PRIu64 ",%" PRIu64 ",", n, piece);
	jsoncell_add(&json, value, packer->sink->literal, &forms);
	buf_add_string(&json, "]]");
	buf_add_format(&sql, "INSERT INTO %s SELECT j.value->>0,j.value->>1,",
		       packer->stage->name);
	jsoncell_add_decode(&sql, 2, forms, NULL);
	buf_add_string(&sql, " FROM json_each(");
	if (buf_check(&json, "a value", err) == 0 &&
	    buf_check(&sql, "a statement", err) == 0) {
		const struct step step = { .before = sql.data,
					   .json = json.data,
					   .size = json.len,
					   .after = ") j" };

		(void)!packer->sink->take(packer->sink, &step, err);
	}
	buf_release(&json);
	buf_release(&sql);
	return err->code;
}

/* Cuts a text between two characters, if it is one. */
static size_t piece_end(const struct value *value, size_t end)
{
	size_t cut = end;

	if (end >= value->size)
		return value->size;
	if (value->type == VALUE_TEXT)
		while (cut > 0 && end - cut < 4 &&
		       ((unsigned char)value->data[cut] & 0xc0) == 0x80)
			cut--;
	return cut > 0 ? cut : end;
}

/* Sends the value ahead as number *n. */
static int put_value(struct packer *packer, const struct value *value,
		     uint64_t *n, struct err *err)
{
	struct stage *stage = packer->stage;
	size_t size = packer->most / ESCAPED - LEAST_STAGED;
	uint64_t piece = 0;

	if (!stage->made && step_format(packer->sink, err,
					"CREATE TABLE %s(c INTEGER,n INTEGER,v,"
					"PRIMARY KEY(c,n)) WITHOUT ROWID",
					stage->name) < 0)
		return err->code;
	stage->made = true;
	*n = stage->values++;
	for (size_t at = 0; at < value->size;) {
		size_t end = piece_end(value, at + size);
		const struct value part = { .type = value->type,
					    .data = value->data + at,
					    .size = end - at };

		if (put_piece(packer, *n, piece++, &part, err) < 0)
			return err->code;
		at = end;
	}
	return 0;
}

int stage_drop(struct stage *stage, struct step_sink *sink, struct err *err)
{
	return stage->made
		       ? step_format(sink, err, "DROP TABLE %s", stage->name)
		       : 0;
}

/* ---- rows ---- */

/* The longest SQL that the statement can come to. */
static int measure_sql(size_t *size, struct packer *packer, struct err *err)
{
	struct buf before, after;

	buf_init(&before, MAX_SQL);
	buf_init(&after, MAX_SQL);
	for (size_t i = 0; i < ROWSTATEMENT_CELLS; i++)
		packer->forms[i] = CELL_SPECIAL | CELL_STAGED | CELL_ZERO;
	rowstatement_add(&before, &after, packer->statement, packer->forms,
			 packer->stage->name);
	memset(packer->forms, 0, sizeof(packer->forms));
	*size = before.len + after.len + 2;
	if (packer->statement->digest)
		*size += row_digest_sql_size(packer->statement->digest);
	if (buf_check(&before, "a statement", err) == 0)
		(void)!buf_check(&after, "a statement", err);
	buf_release(&before);
	buf_release(&after);
	return err->code;
}

int packer_init(struct packer *packer, struct step_sink *sink,
		struct stage *stage, const struct rowstatement *statement,
		const char *counted, struct err *err)
{
	size_t sql;

	memset(packer, 0, sizeof(*packer));
	packer->sink = sink;
	packer->stage = stage;
	packer->statement = statement;
	packer->counted = counted;
	packer->most = sink->most;
	buf_init(&packer->json, MAX_JSON);
	buf_init(&packer->row, MAX_JSON);
	if (!sink->most_all)
		return 0;
	if (measure_sql(&sql, packer, err) < 0)
		return err->code;
	if (sql + sink->most_all / 10 > sink->most_all)
		return err_set(err, D1_EREFUSED,
			       "table %s has too many columns for one of D1's "
			       "statements",
			       statement->table);
	if (sink->most_all - sql < packer->most)
		packer->most = sink->most_all - sql;
	return 0;
}

void packer_release(struct packer *packer)
{
	buf_release(&packer->json);
	buf_release(&packer->row);
}

static int flush(struct packer *packer, struct err *err)
{
	struct buf before, after;
	struct step step = { .json = NULL };

	if (!packer->any)
		return 0;
	buf_add_char(&packer->json, ']');
	buf_init(&before, MAX_SQL);
	buf_init(&after, MAX_SQL);
	rowstatement_add(&before, &after, packer->statement, packer->forms,
			 packer->stage->name);
	if (buf_check(&packer->json, "the rows of a statement", err) < 0 ||
	    buf_check(&before, "a statement", err) < 0 ||
	    buf_check(&after, "a statement", err) < 0)
		goto out;
	if (before.len + after.len + 2 > D1_MAX_SQL) {
		err_set(err, D1_EREFUSED,
			"table %s has too many columns for one of D1's "
			"statements",
			packer->statement->table);
		goto out;
	}
	step.before = before.data;
	step.after = after.data;
	step.json = packer->json.data;
	step.size = packer->json.len;
	if (packer->sink->take(packer->sink, &step, err) < 0)
		goto out;
	if (packer->counted)
		(void)!step_format(packer->sink, err,
				   "SELECT CASE WHEN changes()=%" PRIu64
				   " THEN 1 ELSE json_extract('{}','%s') END",
				   packer->rows, packer->counted);
out:
	buf_release(&before);
	buf_release(&after);
	buf_clear(&packer->json);
	memset(packer->forms, 0, sizeof(packer->forms));
	packer->rows = 0;
	packer->any = false;
	if (packer->statement->digest)
		(void)!row_digest_clear(packer->statement->digest, err);
	return err->code;
}

int packer_end(struct packer *packer, struct err *err)
{
	return flush(packer, err);
}

static const struct value *cell_of(const struct packer *packer,
				   const struct row_change *change, size_t i)
{
	const struct rowcell *cell = &packer->statement->cells[i];
	const struct row *row = cell->side == OLD ? change->old : change->new;

	return &row->cells[cell->cell];
}

/* Writes the row's JSON; values longer than `longest` are sent ahead. */
static int write_row(struct packer *packer, const struct row_change *change,
		     size_t longest, unsigned int *forms, struct err *err)
{
	const struct rowstatement *statement = packer->statement;
	struct buf *row = &packer->row;
	size_t first = statement->counted ? 1 : 0;

	buf_clear(row);
	buf_add_char(row, '[');
	if (statement->counted)
		buf_add_format(row, "[%" PRIu64 ",%" PRIu64 "]", change->count,
			       change->before);
	for (size_t i = 0; i < statement->ncells; i++) {
		const struct value *value = cell_of(packer, change, i);
		uint64_t n = 0;

		if (i + first > 0)
			buf_add_char(row, ',');
		if (value->type < VALUE_TEXT || value->size <= longest) {
			jsoncell_add(row, value, packer->sink->literal,
				     &forms[i + first]);
			continue;
		}
		if (put_value(packer, value, &n, err) < 0)
			return err->code;
		jsoncell_add_staged(row, value, n, &forms[i + first]);
	}
	buf_add_char(row, ']');
	return buf_check(row, "a row", err);
}

int packer_add(struct packer *packer, const struct row_change *change,
	       struct err *err)
{
	unsigned int forms[ROWSTATEMENT_CELLS] = { 0 };
	bool repeated = packer->statement->kind == ROWS_INSERT;
	struct row_digest *digest = packer->statement->digest;
	uint64_t times = repeated ? change->count : 1;
	size_t longest = packer->most / (packer->statement->ncells + 1);

	if (write_row(packer, change, SIZE_MAX, forms, err) < 0)
		return err->code;
	if (packer->row.len + 2 > packer->most && packer->sink->whole_rows)
		return err_set(err, D1_EREFUSED,
			       "a row of table %s is too long to be written in "
			       "parts",
			       packer->statement->table);
	if (packer->row.len + 2 > packer->most) {
		longest = longest / ESCAPED > LEAST_STAGED ? longest / ESCAPED
							   : LEAST_STAGED;
		memset(forms, 0, sizeof(forms));
		if (write_row(packer, change, longest, forms, err) < 0)
			return err->code;
	}
	while (times-- > 0) {
		size_t size = packer->json.len + packer->row.len + 2;

		if (packer->any &&
		    (size > packer->most || size > packer->sink->chunk ||
		     (digest && row_digest_is_full(digest))) &&
		    flush(packer, err) < 0)
			return err->code;
		if (digest)
			row_digest_add(digest);
		buf_add_char(&packer->json, packer->any ? ',' : '[');
		buf_add(&packer->json, packer->row.data, packer->row.len);
		for (size_t i = 0; i < ROWSTATEMENT_CELLS; i++)
			packer->forms[i] |= forms[i];
		packer->any = true;
		packer->rows += repeated ? 1 : change->count;
	}
	return 0;
}
