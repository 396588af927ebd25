#include "config.h"

#include "cmd/rowsearch.h"

#include <string.h>
#include <strings.h>

#include "model/literal.h"
#include "workspace/tables.h"

enum { MAX_NEEDLE = 1 << 20 }; /* bytes */

void row_search_release(struct row_search *search)
{
	if (search->has_prefix)
		dataline_prefix_release(&search->prefix);
	buf_release(&search->needles[0]);
	buf_release(&search->needles[1]);
	arena_release(&search->arena);
	*search = (struct row_search){ .header_text = NULL };
}

/* ---- the key ---- */

static const struct table *find_table(const struct source *source,
				      const char *name)
{
	for (size_t i = 0; i < source->schema->ntables; i++)
		if (strcasecmp(source->schema->tables[i].name, name) == 0)
			return &source->schema->tables[i];
	return NULL;
}

/* Copies the key that the comparison would take. */
static int copy_key(struct row_search *search, const struct table_pair *pair,
		    const struct key_values *key, struct err *err)
{
	const struct datafile_header *header = &search->header;
	struct arena *arena = &search->arena;
	size_t count = pair->nkey;

	search->places = arena_array(arena, count, sizeof(size_t));
	search->values = arena_array(arena, count, sizeof(struct value));
	search->collations = arena_array(arena, count, sizeof(enum collation));
	search->cells =
		arena_array(arena, header->ncolumns, sizeof(struct value));
	if (!search->places || !search->values || !search->collations ||
	    !search->cells)
		return err_set_nomem(err);
	search->nkey = count;
	search->possible = true;
	for (size_t i = 0; i < count; i++) {
		const struct column *column =
			pair_column(pair, NEW, pair->sides[NEW].key[i]);

		search->places[i] = datafile_column(header, column->name);
		search->values[i] = column->affinity == AFFINITY_TEXT
					    ? key->texts[i]
					    : key->values[i];
		search->collations[i] = pair->collations[i];
		if (search->places[i] == header->ncolumns || column->masked ||
		    search->values[i].type == VALUE_NULL)
			search->possible = false;
	}
	return 0;
}

static int choose_key(struct row_search *search,
		      const struct row_wanted *wanted,
		      const struct table *table, struct err *err)
{
	const struct commit_comparison *comparison = wanted->comparison;
	struct table_choice choice = { .database = comparison->database };
	struct arena arena = ARENA_INIT;
	const struct pair_rules *rules;
	struct table_pair pair;

	if (workspace_settings(comparison->workspace, &choice.config, err) <
		    0 ||
	    workspace_mask_key(comparison->workspace, &choice.mask_key, err) <
		    0 ||
	    table_choice_rules(&choice, table->name, &rules, err) < 0 ||
	    pair_tables(&pair, NULL, table, rules, &arena, err) < 0)
		goto out;
	search->ignores = rules->ignore || rules->key;
	if (!pair.reason && pair.nkey > 0 &&
	    pair.nkey == comparison->key->count)
		(void)!copy_key(search, &pair, comparison->key, err);
out:
	arena_release(&arena);
	table_choice_release(&choice);
	return err->code;
}

/* ---- what its line must hold ---- */

/*
 * The two literals that may stand for the value in a file, if there are no
 * others: a number may be an integer or a real.
 */
static bool add_needles(struct buf needles[2], const struct value *value,
			enum collation collation)
{
	struct value other = *value;

	if (value->type == VALUE_TEXT && collation == COLLATION_BINARY &&
	    literal_is_plain_text(value)) {
		literal_add(&needles[0], value);
	} else if (value->type == VALUE_INTEGER) {
		literal_add(&needles[0], value);
		other.type = VALUE_REAL;
		other.real = (double)value->integer;
		literal_add(&needles[1], &other);
	}
	return needles[0].len > 0;
}

static void choose_needles(struct row_search *search)
{
	for (size_t i = 0; i < search->nkey; i++)
		if (add_needles(search->needles, &search->values[i],
				search->collations[i]))
			return;
}

static bool holds(const char *text, size_t size, const struct buf *needle)
{
	return needle->len > 0 &&
	       memmem(text, size, needle->data, needle->len) != NULL;
}

/* A value with a bracket may be a needle that is spelled in another way. */
static bool may_be_it(const struct row_search *search, const char *values,
		      size_t size)
{
	const struct buf *needles = search->needles;

	return needles[0].len == 0 || holds(values, size, &needles[0]) ||
	       holds(values, size, &needles[1]) || memchr(values, '(', size);
}

/* ---- preparing and trying ---- */

int row_search_prepare(struct row_search *search,
		       const struct row_wanted *wanted, const char *id,
		       const char *header, size_t size, struct err *err)
{
	const struct table *table;
	struct source *source = NULL;

	row_search_release(search);
	buf_init(&search->needles[0], MAX_NEEDLE);
	buf_init(&search->needles[1], MAX_NEEDLE);
	search->header_text = arena_copy(&search->arena, header, size);
	if (!search->header_text)
		return err_set_nomem(err);
	if (dataline_read_header(&search->header, header, size, &search->arena,
				 err) < 0 ||
	    dataline_prefix_init(&search->prefix, &search->header, err) < 0)
		return err->code;
	search->has_prefix = true;
	if (commits_open(wanted->comparison, &source, id, id, err) < 0)
		return err->code;
	table = find_table(source, wanted->table);
	if (table && choose_key(search, wanted, table, err) == 0)
		choose_needles(search);
	source_close(source);
	return err->code;
}

static bool has_key(const struct row_search *search)
{
	for (size_t i = 0; i < search->nkey; i++)
		if (value_compare(&search->cells[search->places[i]],
				  &search->values[i],
				  search->collations[i]) != 0)
			return false;
	return true;
}

static int make_digest(const struct row_search *search, const char *text,
		       size_t size, struct row_digest *digest, struct err *err)
{
	struct buf whole;

	buf_init(&whole, (size_t)2 * DATAFILE_MAX_LINE + 2);
	buf_add_format(&whole, "%s\n", search->header_text);
	buf_add(&whole, text, size);
	if (buf_check(&whole, "a row", err) == 0)
		(void)!sha256_hex(digest->hex, whole.data, whole.len, err);
	buf_release(&whole);
	return err->code;
}

int row_search_try(struct row_search *search, const char *text, size_t size,
		   bool *found, struct row_digest *digest, struct err *err)
{
	const struct buf *prefix =
		dataline_find_prefix(&search->prefix, text, size);
	struct arena arena = ARENA_INIT;

	*found = false;
	if (!prefix)
		return err_set(err, D1_ERROR, "a line that is no row");
	if (!may_be_it(search, text + prefix->len, size - prefix->len))
		return 0;
	if (!dataline_read_values(&search->header, search->cells,
				  text + prefix->len, size - prefix->len,
				  &arena))
		err_set(err, D1_ERROR, "a line that is no row");
	else if (has_key(search))
		*found = make_digest(search, text, size, digest, err) == 0;
	arena_release(&arena);
	return err->code;
}
