#include "config.h"

#include "diff/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "diff/fingerprint_sql.h"

enum {
	/* Below this a page or two of rows is cheaper than a fingerprint. */
	MIN_ROWS = 20000,
	MIN_BYTES = 5000000,
	SAMPLE = 2000, /* rows that tell widths */
	/* Small groups: what differs is fetched with all of its group. */
	GROUP_ROWS = 64,
	MAX_GROUPS = 16384, /* above that groups grow */
	/* Bounds of keys must fit a statement of 100,000 bytes ... */
	GROUPS_PER_STATEMENT = 800,
	MAX_SQL = 100000,
	/* ... and D1 ends one after 30 seconds; this takes it about 8. */
	ROWS_PER_CALL = 400000,
	/* If all of these groups differ, it is likely that most do. */
	PROBES = SOURCE_MAX_QUERIES,
};

/* One table while its ranges are sought. */
struct search {
	const struct comparison *comparison;
	const struct table_pair *pair;
	int near;	      /* the side whose rows are at hand */
	struct scan scans[2]; /* of the cells that both sides have */
	enum fingerprint_form *forms;
	struct fingerprint fingerprint;
	struct fingerprint_weights weights;
	struct arena *arena; /* of the ranges: bounds live on in them */

	/* groups of the near side: group g ends with bounds[g], but the last */
	struct value *bounds;		 /* MAX_GROUPS * nkey */
	struct fingerprint_sum *sums[2]; /* by side */
	size_t ngroups;
	uint64_t group_rows;
	uint64_t rows;
	uint64_t unknown;
	uint64_t width; /* bytes of a row, by the sample */
};

void ranges_release(struct key_ranges *ranges)
{
	arena_release(&ranges->arena);
}

static int whole_table(struct key_ranges *ranges, struct err *err)
{
	ranges->items = arena_alloc(&ranges->arena, sizeof(*ranges->items));
	if (!ranges->items)
		return err_set_nomem(err);
	ranges->count = 1;
	ranges->equal_rows = 0;
	return 0;
}

/* ---- preparing ---- */

/* A scan of one side that delivers the common cells, in the pair's order. */
static int make_scan(struct search *search, int side, struct err *err)
{
	const struct table_pair *pair = search->pair;
	const struct pair_side *self = &pair->sides[side];
	size_t *columns =
		arena_array(search->arena, pair->ncommon + 1, sizeof(*columns));
	size_t *key = arena_array(search->arena, pair->nkey, sizeof(*key));

	if (!columns || !key)
		return err_set_nomem(err);
	for (size_t i = 0; i < pair->ncommon; i++) {
		columns[i] = self->columns[self->common[i]];
		for (size_t k = 0; k < pair->nkey; k++)
			if (self->key[k] == self->common[i])
				key[k] = i;
	}
	search->scans[side] = (struct scan){
		.table = self->table,
		.columns = columns,
		.ncolumns = pair->ncommon,
		.rows = SCAN_KEYED,
		.key = key,
		.collations = pair->collations,
		.nkey = pair->nkey,
		.nullable = self->nullable,
		.where = search->comparison->where,
	};
	return 0;
}

static int prepare(struct search *search, struct err *err)
{
	const struct table_pair *pair = search->pair;
	struct arena *arena = search->arena;

	search->forms =
		arena_array(arena, pair->ncommon + 1, sizeof(*search->forms));
	search->bounds = arena_array(arena, MAX_GROUPS * pair->nkey,
				     sizeof(*search->bounds));
	for (int side = OLD; side <= NEW; side++) {
		search->sums[side] =
			arena_array(arena, MAX_GROUPS, sizeof(**search->sums));
		if (!search->sums[side] || make_scan(search, side, err) < 0)
			return err_set_nomem(err);
	}
	if (!search->forms || !search->bounds)
		return err_set_nomem(err);
	for (size_t i = 0; i < pair->ncommon; i++)
		search->forms[i] = fingerprint_form_of(
			pair_column(pair, OLD, pair->sides[OLD].common[i])
				->affinity,
			pair_column(pair, NEW, pair->sides[NEW].common[i])
				->affinity);
	search->fingerprint = (struct fingerprint){
		.scan = &search->scans[search->near],
		.forms = search->forms,
		.row_chunks = 1,
		.key_chunks = 1,
	};
	search->group_rows = GROUP_ROWS;
	return fingerprint_draw(&search->weights, err);
}

static uint64_t width_of(const struct row *row)
{
	uint64_t width = 0;

	for (size_t i = 0; i < row->ncells; i++) {
		const struct value *cell = &row->cells[i];

		width += cell->type == VALUE_TEXT || cell->type == VALUE_BLOB
				 ? cell->size + 5
				 : 8;
	}
	return width;
}

/* Rows that come later tend to be longer: numbers in them grow. */
static void add_slack(struct fingerprint *fingerprint)
{
	size_t keys = fingerprint->key_chunks + 2;
	size_t rows = fingerprint->row_chunks + fingerprint->row_chunks / 4 + 2;

	keys = keys < FINGERPRINT_KEY_CHUNKS ? keys : FINGERPRINT_KEY_CHUNKS;
	rows = rows < FINGERPRINT_ROW_CHUNKS ? rows : FINGERPRINT_ROW_CHUNKS;
	if (rows + keys > FINGERPRINT_CHUNKS)
		rows = FINGERPRINT_CHUNKS - keys;
	fingerprint->key_chunks = keys;
	fingerprint->row_chunks = rows;
}

/* Looks at the first rows. *large is false if there are no more than these. */
static int take_sample(struct search *search, bool *large, struct err *err)
{
	struct source *source = search->comparison->sources[search->near];
	struct cursor *cursor;
	const struct row *row;
	uint64_t bytes = 0;
	size_t rows = 0;

	if (source_scan(source, &cursor, search->fingerprint.scan, err) < 0)
		return err->code;
	while (rows < SAMPLE && cursor_next(cursor, &row, err) == 0 && row) {
		fingerprint_fit_chunks(&search->fingerprint, row);
		bytes += width_of(row);
		rows++;
	}
	cursor_close(cursor);
	add_slack(&search->fingerprint);
	*large = rows == SAMPLE;
	search->width = rows ? bytes / rows : 0;
	return err->code;
}

/* ---- the near side ---- */

static struct value *bound_of(struct search *search, size_t group)
{
	return &search->bounds[group * search->pair->nkey];
}

/* Remembers the row's key as the end of the last group. */
static int set_bound(struct search *search, const struct row *row,
		     struct err *err)
{
	struct value *bound = bound_of(search, search->ngroups - 1);

	for (size_t i = 0; i < search->pair->nkey; i++)
		if (!value_copy(&bound[i],
				&row->cells[search->fingerprint.scan->key[i]],
				search->arena))
			return err_set_nomem(err);
	return 0;
}

static void add_sum(struct fingerprint_sum *sum,
		    const struct fingerprint_sum *more)
{
	sum->rows += more->rows;
	sum->unknown += more->unknown;
	sum->sums[0] += more->sums[0];
	sum->sums[1] += more->sums[1];
}

/* Makes one group of two, for a table that is larger than expected. */
static void merge_groups(struct search *search)
{
	struct fingerprint_sum *sums = search->sums[search->near];
	size_t half = search->ngroups / 2;

	for (size_t g = 0; g < half; g++) {
		sums[g] = sums[2 * g];
		add_sum(&sums[g], &sums[2 * g + 1]);
		memmove(bound_of(search, g), bound_of(search, 2 * g + 1),
			search->pair->nkey * sizeof(struct value));
	}
	search->ngroups = half;
	search->group_rows *= 2;
}

static int begin_group(struct search *search, const struct row *row,
		       struct err *err)
{
	if (set_bound(search, row, err) < 0)
		return err->code;
	if (search->ngroups == MAX_GROUPS)
		merge_groups(search);
	memset(&search->sums[search->near][search->ngroups++], 0,
	       sizeof(**search->sums));
	return 0;
}

/* Adds up the rows that are at hand, group by group. */
static int sum_near(struct search *search, struct err *err)
{
	struct source *source = search->comparison->sources[search->near];
	struct cursor *cursor;
	const struct row *row;

	if (source_scan(source, &cursor, search->fingerprint.scan, err) < 0)
		return err->code;
	search->ngroups = 1;
	while (cursor_next(cursor, &row, err) == 0 && row) {
		struct fingerprint_sum *sum =
			&search->sums[search->near][search->ngroups - 1];

		fingerprint_add(sum, &search->fingerprint, &search->weights,
				row);
		search->rows++;
		if (sum->rows == search->group_rows &&
		    begin_group(search, row, err) < 0)
			break;
	}
	cursor_close(cursor);
	for (size_t g = 0; g < search->ngroups; g++)
		search->unknown += search->sums[search->near][g].unknown;
	return err->code;
}

/* ---- the far side ---- */

/* Groups that follow each other, the first of them numbered 0. */
struct question {
	struct search *search;
	struct fingerprint fingerprint;
	struct scan scan;
	struct key_range range;
	struct buf sql;
	size_t first;
};

/* What is asked of the far side at once. */
struct call {
	struct question questions[SOURCE_MAX_QUERIES];
	size_t count;
};

static int take_sum(void *context, const struct row *row, struct err *err)
{
	struct question *question = context;
	struct search *search = question->search;
	struct fingerprint_sum sum;
	size_t group;

	if (fingerprint_sql_read(&group, &sum, &question->fingerprint, row,
				 err) < 0)
		return err->code;
	search->sums[!search->near][question->first + group] = sum;
	return 0;
}

static void forget_questions(struct call *call)
{
	for (size_t i = 0; i < call->count; i++)
		buf_release(&call->questions[i].sql);
	call->count = 0;
}

/*
 * Adds the groups first..last to what is asked for, unless *fits is false: D1
 * cannot be asked that.
 */
static int add_question(struct call *call, struct search *search, size_t first,
			size_t last, bool *fits, struct err *err)
{
	struct question *question = &call->questions[call->count++];

	*question = (struct question){
		.search = search,
		.fingerprint = search->fingerprint,
		.scan = search->scans[!search->near],
		.first = first,
	};
	if (first > 0)
		question->range.after = bound_of(search, first - 1);
	if (last + 1 < search->ngroups)
		question->range.upto = bound_of(search, last);
	question->scan.ranges = &question->range;
	question->scan.nranges = 1;
	question->fingerprint.scan = &question->scan;
	question->fingerprint.bounds = bound_of(search, first);
	question->fingerprint.nbounds = last - first;
	buf_init(&question->sql, MAX_SQL);
	(void)!fingerprint_sql(&question->sql, fits, &question->fingerprint,
			       &search->weights, err);
	if (err->code || !*fits)
		buf_release(&call->questions[--call->count].sql);
	return err->code;
}

static int ask(struct call *call, struct search *search, struct err *err)
{
	struct source_query queries[SOURCE_MAX_QUERIES];

	for (size_t i = 0; i < call->count; i++)
		queries[i] = (struct source_query){
			.sql = call->questions[i].sql.data,
			.row = take_sum,
			.context = &call->questions[i],
		};
	(void)!source_select_all(search->comparison->sources[!search->near],
				 queries, call->count, err);
	forget_questions(call);
	return err->code;
}

/*
 * Where most of a table differs, the fingerprints of all groups would be asked
 * for in vain, and that is the dearest part. One call tells by a few groups,
 * spread over the table. It reads little only where the key has an index.
 */
static int probe(struct search *search, bool *all_differ, struct err *err)
{
	const struct fingerprint_sum *near = search->sums[search->near];
	const struct fingerprint_sum *far = search->sums[!search->near];
	struct call call = { .count = 0 };
	size_t groups[PROBES];
	bool fits = true;

	*all_differ = false;
	for (size_t i = 0; i < PROBES && fits; i++) {
		groups[i] = (i + i + 1) * search->ngroups / PROBES / 2;
		if (add_question(&call, search, groups[i], groups[i], &fits,
				 err) < 0)
			break;
	}
	if (err->code || !fits)
		forget_questions(&call);
	else if (ask(&call, search, err) == 0)
		*all_differ = true;
	for (size_t i = 0; i < PROBES && *all_differ; i++)
		*all_differ =
			!fingerprint_equal(&near[groups[i]], &far[groups[i]]);
	return err->code;
}

/*
 * Asks for all groups, call by call; with fewer groups a statement where long
 * keys make it too long.
 */
static int sum_all_far(struct search *search, size_t groups, bool *fits,
		       struct err *err)
{
	size_t most = ROWS_PER_CALL / search->group_rows;
	struct call call = { .count = 0 };
	size_t first = 0, asked = 0;

	*fits = true;
	while (first < search->ngroups) {
		size_t last = first + groups - 1;

		last = last < search->ngroups ? last : search->ngroups - 1;
		if (call.count == SOURCE_MAX_QUERIES ||
		    (call.count > 0 && last - asked >= most)) {
			if (ask(&call, search, err) < 0)
				return err->code;
			asked = first;
		}
		if (add_question(&call, search, first, last, fits, err) < 0)
			break;
		if (*fits)
			first = last + 1;
		else if (groups > 1)
			groups /= 2;
		else
			break;
	}
	if (!err->code && *fits)
		return ask(&call, search, err);
	forget_questions(&call);
	return err->code;
}

/* ---- the outcome ---- */

static int list_ranges(struct search *search, struct key_ranges *ranges,
		       struct err *err)
{
	ranges->items = arena_array(search->arena, search->ngroups,
				    sizeof(*ranges->items));
	if (!ranges->items)
		return err_set_nomem(err);
	for (size_t g = 0; g < search->ngroups; g++) {
		const struct fingerprint_sum *near =
			&search->sums[search->near][g];
		struct key_range range = { NULL, NULL };

		if (fingerprint_equal(near, &search->sums[!search->near][g])) {
			ranges->equal_rows += near->rows;
			continue;
		}
		if (g > 0)
			range.after = bound_of(search, g - 1);
		if (g + 1 < search->ngroups)
			range.upto = bound_of(search, g);
		if (ranges->count > 0 && range.after &&
		    ranges->items[ranges->count - 1].upto == range.after)
			ranges->items[ranges->count - 1].upto = range.upto;
		else
			ranges->items[ranges->count++] = range;
	}
	return 0;
}

/* True if fetching little by little would cost more than fetching all. */
static bool differs_mostly(const struct search *search,
			   const struct key_ranges *ranges)
{
	return ranges->equal_rows < search->rows / 2;
}

/* Asks the far side. *told is false if it cannot be asked, or need not be. */
static int sum_far(struct search *search, bool *told, struct err *err)
{
	size_t groups = ROWS_PER_CALL / search->group_rows;
	bool all_differ = false;

	groups = groups > GROUPS_PER_STATEMENT ? GROUPS_PER_STATEMENT : groups;
	groups = groups ? groups : 1;
	*told = false;
	/* what one statement tells is not worth a call of its own */
	if (search->ngroups > groups && !search->pair->natural &&
	    probe(search, &all_differ, err) < 0)
		return err->code;
	if (all_differ)
		return 0;
	return sum_all_far(search, groups, told, err);
}

static int search_ranges(struct search *search, struct key_ranges *ranges,
			 bool *found, struct err *err)
{
	bool large = false, told = false;

	*found = false;
	if (prepare(search, err) < 0 || take_sample(search, &large, err) < 0 ||
	    !large)
		return err->code;
	if (sum_near(search, err) < 0)
		return err->code;
	if (search->rows < MIN_ROWS ||
	    search->rows * search->width < MIN_BYTES ||
	    search->unknown > search->rows / 10)
		return 0;
	if (sum_far(search, &told, err) < 0) {
		/* D1 could not, in its time or memory: pages of rows can */
		if (err->code == D1_ERROR)
			err_clear(err);
		return err->code;
	}
	if (!told)
		return 0;
	if (list_ranges(search, ranges, err) < 0)
		return err->code;
	*found = !differs_mostly(search, ranges);
	return 0;
}

/* Masks on one side: fingerprints of masks and of values cannot be compared. */
static bool has_masks(const struct table_pair *pair)
{
	for (int side = OLD; side <= NEW; side++)
		for (size_t i = 0; i < pair->ncommon; i++)
			if (pair_column(pair, side, pair->sides[side].common[i])
				    ->masked)
				return true;
	return false;
}

int ranges_find(struct key_ranges *ranges, const struct comparison *comparison,
		const struct table_pair *pair, struct err *err)
{
	struct search *search;
	bool remote[2];
	bool found;

	memset(ranges, 0, sizeof(*ranges));
	for (int side = OLD; side <= NEW; side++)
		remote[side] = source_is_remote(comparison->sources[side]);
	if (remote[OLD] == remote[NEW] || comparison->only ||
	    !pair->sides[OLD].table || !pair->sides[NEW].table ||
	    has_masks(pair))
		return whole_table(ranges, err);
	search = calloc(1, sizeof(*search));
	if (!search)
		return err_set_nomem(err);
	search->comparison = comparison;
	search->pair = pair;
	search->near = remote[OLD] ? NEW : OLD;
	search->arena = &ranges->arena;
	if (search_ranges(search, ranges, &found, err) == 0 && !found) {
		arena_clear(&ranges->arena);
		ranges->count = 0;
		(void)!whole_table(ranges, err);
	}
	free(search);
	return err->code;
}
