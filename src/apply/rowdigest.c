#include "config.h"

#include "apply/rowdigest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff/fingerprint.h"
#include "diff/rowcode.h"
#include "model/sql.h"

enum {
	BLOCK_CHUNKS = FINGERPRINT_ROW_CHUNKS,
	BLOCK_BYTES = BLOCK_CHUNKS * ROWCODE_CHUNK_NIBBLES / 2,
	MAX_BLOCKS = 128,
	MAX_CODE = MAX_BLOCKS * BLOCK_BYTES,
	/* a row's place has two digits to this base */
	BASE = 256,
	BASE_BITS = 8,
	MAX_ROWS = BASE * BASE,
	HEX_DIGITS = 4, /* of a byte in hex(hex()) */
	/* of the SQL: the codes of cells, and all else */
	MAX_CODES_SQL = 40000,
	REST_SQL = 34000,
};

/* They are drawn as one array of numbers. */
struct weights {
	uint32_t code[2][1 + 2 * BLOCK_CHUNKS];
	uint32_t low[2][BASE]; /* of a row's place */
	uint32_t high[2][BASE];
	uint32_t block[2][MAX_BLOCKS];
};

struct row_digest {
	const struct changed_table *table;
	int side;
	size_t *cells;
	enum fingerprint_form *forms;
	size_t ncells;
	unsigned char *bytes; /* of a code */
	struct rowcode code;  /* of the row asked about last */
	struct weights weights;
	size_t codes_sql; /* bytes of the cells' codes */
	size_t longest;	  /* bytes of a code */
	uint64_t rows;
	uint64_t blocks;
	uint64_t sums[2];
};

/* How long the codes of the cells are in SQL. */
static size_t measure_codes(const struct row_digest *digest)
{
	struct buf sql;
	size_t size;

	buf_init(&sql, MAX_CODES_SQL);
	rowcode_sql_add(&sql, digest->forms, NULL, digest->ncells, MAX_CODE);
	size = sql.failed ? MAX_CODES_SQL + 1 : sql.len;
	buf_release(&sql);
	return size;
}

static int fill(struct row_digest *self, const struct changed_table *table,
		const struct table *stored, const size_t *cells, size_t ncells,
		struct err *err)
{
	self->table = table;
	self->ncells = ncells;
	self->cells = calloc(ncells, sizeof(*self->cells));
	self->forms = calloc(ncells, sizeof(*self->forms));
	self->bytes = malloc(MAX_CODE + 1);
	if (!self->cells || !self->forms || !self->bytes)
		return err_set_nomem(err);
	for (size_t i = 0; i < ncells; i++) {
		size_t column = table_column(stored, table->columns[cells[i]]);
		enum affinity affinity = stored->columns[column].affinity;

		self->cells[i] = cells[i];
		self->forms[i] = fingerprint_form_of(affinity, affinity);
	}
	self->codes_sql = measure_codes(self);
	return row_digest_clear(self, err);
}

int row_digest_open(struct row_digest **digest,
		    const struct changed_table *table,
		    const struct table *stored, const size_t *cells,
		    size_t ncells, int side, struct err *err)
{
	struct row_digest *self;

	*digest = NULL;
	if (ncells == 0)
		return 0;
	self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_nomem(err);
	self->side = side;
	if (fill(self, table, stored, cells, ncells, err) < 0 ||
	    self->codes_sql > MAX_CODES_SQL) {
		row_digest_close(self);
		return err->code;
	}
	*digest = self;
	return 0;
}

void row_digest_close(struct row_digest *digest)
{
	if (!digest)
		return;
	free(digest->cells);
	free(digest->forms);
	free(digest->bytes);
	free(digest);
}

int row_digest_clear(struct row_digest *digest, struct err *err)
{
	digest->longest = 0;
	digest->rows = digest->blocks = 0;
	digest->sums[0] = digest->sums[1] = 0;
	return rowcode_draw((uint32_t *)&digest->weights,
			    sizeof(digest->weights) / sizeof(uint32_t), err);
}

/* ---- rows ---- */

bool row_digest_takes(struct row_digest *digest,
		      const struct row_change *change)
{
	const struct row *row = digest->side == OLD ? change->old : change->new;
	struct rowcode *code = &digest->code;

	*code = (struct rowcode){ .bytes = digest->bytes,
				  .limit = MAX_CODE + 1 };
	for (size_t i = 0; i < digest->ncells; i++)
		rowcode_add(code, &row->cells[digest->cells[i]],
			    digest->forms[i]);
	return !code->unknown && code->size <= MAX_CODE;
}

static void add_block(struct row_digest *digest, size_t block)
{
	const struct weights *weights = &digest->weights;
	size_t start = block * BLOCK_BYTES;
	size_t rest = digest->code.size - start;
	const struct rowcode part = {
		.bytes = digest->bytes + start,
		.size = rest < BLOCK_BYTES ? rest : BLOCK_BYTES,
	};

	for (int j = 0; j < 2; j++) {
		uint64_t prime = rowcode_primes[j];
		uint64_t weight =
			(uint64_t)weights->low[j][digest->rows % BASE] *
			weights->high[j][digest->rows / BASE] % prime;

		if (block > 0)
			weight = weight * weights->block[j][block] % prime;
		digest->sums[j] +=
			weight *
			rowcode_hash(&part, BLOCK_CHUNKS, weights->code[j],
				     rowcode_primes[j]) %
			prime;
	}
}

void row_digest_add(struct row_digest *digest)
{
	size_t size = digest->code.size;

	if (digest->longest < size)
		digest->longest = size;
	for (size_t i = 0; i == 0 || i * BLOCK_BYTES < size; i++) {
		add_block(digest, i);
		digest->blocks++;
	}
	digest->rows++;
}

bool row_digest_is_full(const struct row_digest *digest)
{
	return digest->rows >= MAX_ROWS;
}

/* ---- the statement ---- */

static size_t count_blocks(const struct row_digest *digest)
{
	return (digest->longest + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

static void add_pairs(struct buf *sql, uint32_t numbers[2][BASE], size_t count,
		      bool first)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_format(sql, "%s[%" PRIu32 ",%" PRIu32 "]",
			       first ? "" : ",", numbers[0][i], numbers[1][i]);
		first = false;
	}
}

/* The weights of places: those of low digits, then those of high ones. */
static void add_place_weights(struct buf *sql, const struct row_digest *digest)
{
	struct weights weights = digest->weights;
	size_t lows = digest->rows < BASE ? digest->rows : BASE;
	size_t highs = (digest->rows + BASE - 1) / BASE;

	buf_add_string(sql, "WITH git_d1_w(n,a,b) AS MATERIALIZED (SELECT key,"
			    "value->>0,value->>1 FROM json_each('[");
	add_pairs(sql, weights.low, lows, true);
	add_pairs(sql, weights.high, highs, false);
	buf_add_string(sql, "]'))");
}

static void add_block_weights(struct buf *sql, const struct row_digest *digest)
{
	buf_add_string(sql, ",git_d1_p(n,a,b) AS MATERIALIZED (SELECT key,"
			    "value->>0,value->>1 FROM json_each('[[1,1]");
	for (size_t i = 1; i < count_blocks(digest); i++)
		buf_add_format(sql, ",[%" PRIu32 ",%" PRIu32 "]",
			       digest->weights.block[0][i],
			       digest->weights.block[1][i]);
	buf_add_string(sql, "]'))");
}

/* Of each row, or each block of it: g, its digits z, weights p and r. */
static void add_digits(struct buf *sql, const struct row_digest *digest,
		       const char *rows)
{
	size_t limit = digest->longest + 1;

	if (count_blocks(digest) <= 1) {
		buf_add_string(sql, "SELECT g,1 AS p,1 AS r,CAST(hex(hex("
				    "substr(CAST(");
		rowcode_sql_add(sql, digest->forms, NULL, digest->ncells,
				limit);
		buf_add_format(sql,
			       " AS BLOB),1,%zu))) AS BLOB) AS z FROM (%s)"
			       " LIMIT -1",
			       limit, rows);
		return;
	}
	buf_add_format(sql,
		       "SELECT g,a AS p,b AS r,CAST(hex(hex(substr(e,1+%d*n,"
		       "%d))) AS BLOB) AS z FROM (SELECT g,CAST(",
		       BLOCK_BYTES, BLOCK_BYTES);
	rowcode_sql_add(sql, digest->forms, NULL, digest->ncells, limit);
	buf_add_format(sql,
		       " AS BLOB) AS e FROM (%s) LIMIT -1) CROSS JOIN git_d1_p"
		       " ON n*%d<length(e) LIMIT -1",
		       rows, BLOCK_BYTES);
}

/* Of each of them: g, p, r, the hashes a0 and a1; NULL if it is too long. */
static void add_hashes(struct buf *sql, const struct row_digest *digest,
		       const char *rows)
{
	const struct rowcode longest = { .size = digest->longest };
	size_t chunks = count_blocks(digest) > 1 ? BLOCK_CHUNKS
						 : rowcode_chunks(&longest);

	buf_add_string(sql, "SELECT g,p,r");
	for (int j = 0; j < 2; j++) {
		buf_add_format(sql, ",CASE WHEN s BETWEEN 1 AND %zu THEN ",
			       (size_t)HEX_DIGITS * digest->longest);
		rowcode_sql_add_hash(sql, 'c', chunks, BLOCK_CHUNKS,
				     digest->weights.code[j],
				     rowcode_primes[j]);
		buf_add_format(sql, " END AS a%d", j);
	}
	buf_add_string(sql, " FROM (SELECT g,p,r,length(z) AS s");
	rowcode_sql_add_chunks(sql, 'z', 'c', chunks);
	buf_add_string(sql, " FROM (");
	add_digits(sql, digest, rows);
	buf_add_string(sql, ") LIMIT -1) LIMIT -1");
}

void row_digest_add_sql(struct buf *sql, const struct row_digest *digest,
			const char *rows)
{
	size_t lows = digest->rows < BASE ? digest->rows : BASE;

	buf_add_char(sql, '(');
	add_place_weights(sql, digest);
	if (count_blocks(digest) > 1)
		add_block_weights(sql, digest);
	buf_add_string(sql, " SELECT count(a0)");
	for (int j = 0; j < 2; j++)
		buf_add_format(sql,
			       "||' '||sum(v.%c*w.%c%%%" PRIu32
			       "*h.%c%%%" PRIu32 "*a%d%%%" PRIu32 ")",
			       'a' + j, 'a' + j, rowcode_primes[j],
			       j ? 'r' : 'p', rowcode_primes[j], j,
			       rowcode_primes[j]);
	buf_add_string(sql, " FROM (");
	add_hashes(sql, digest, rows);
	buf_add_format(sql,
		       ") AS h CROSS JOIN git_d1_w AS v ON v.n=h.g&%d CROSS "
		       "JOIN git_d1_w AS w ON w.n=%zu+(h.g>>%d))="
		       "'%" PRIu64 " %" PRIu64 " %" PRIu64 "'",
		       BASE - 1, lows, BASE_BITS, digest->blocks,
		       digest->sums[0], digest->sums[1]);
}

size_t row_digest_sql_size(const struct row_digest *digest)
{
	return REST_SQL + digest->codes_sql;
}

void row_digest_add_columns(struct buf *sql, const struct row_digest *digest,
			    const char *table)
{
	for (size_t i = 0; i < digest->ncells; i++) {
		buf_add_format(sql, ",%s.", table);
		sql_add_name(sql, digest->table->columns[digest->cells[i]]);
		buf_add_format(sql, " AS q%zu", i);
	}
}
