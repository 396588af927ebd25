#include "config.h"

#include "cmd/losses.h"

#include <string.h>

#include "apply/threeway.h"
#include "diff/compare.h"
#include "model/name.h"
#include "render/render.h"
#include "util/buf.h"
#include "util/glob.h"

enum { MAX_LINE = 1 << 16 };

/* A renderer that is told of losses alone, and the rules it is asked for. */
struct filter {
	struct change_sink sink;
	struct renderer *renderer;
	const struct losses *losses;
	struct arena arena;
	struct pair_rules rules;
};

static int filter_begin(struct change_sink *sink, const struct table_pair *pair,
			struct err *err)
{
	struct filter *self = (struct filter *)sink;
	struct change_sink *inner = &self->renderer->sink;

	return inner->begin_table ? inner->begin_table(inner, pair, err)
				  : SINK_MORE;
}

static int filter_change(struct change_sink *sink,
			 const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	struct filter *self = (struct filter *)sink;
	struct change_sink *inner = &self->renderer->sink;

	/* what the snapshot adds is no loss */
	return change->op == CHANGE_INSERT
		       ? SINK_MORE
		       : inner->change(inner, pair, change, err);
}

static int filter_rules(void *context, const char *table,
			const struct pair_rules **rules, struct err *err)
{
	struct filter *self = context;
	const struct table *theirs =
		schema_table(self->losses->snapshot->schema, table);
	const struct pair_rules *full;

	if (table_choice_rules(self->losses->choice, table, &full, err) < 0)
		return err->code;
	arena_clear(&self->arena);
	*rules = theirs ? &self->rules : full;
	return theirs ? threeway_rules(&self->rules, full, theirs, &self->arena,
				       err)
		      : 0;
}

static bool filter_wants(void *context, const char *table)
{
	const struct filter *self = context;

	return table_choice_wants(self->losses->choice, table);
}

static int list_rows(const struct losses *losses, struct err *err)
{
	struct filter filter = { .sink = { .begin_table = filter_begin,
					   .change = filter_change },
				 .losses = losses };
	const struct comparison comparison = {
		.sources = { losses->ours, losses->snapshot },
		.labels = { losses->labels[0], losses->labels[1] },
		.rules = filter_rules,
		.wanted = filter_wants,
		.context = &filter,
	};
	const struct render_options options = {
		.out = losses->out,
		.database = losses->choice->database,
		.labels = { losses->labels[0], losses->labels[1] },
		.colors = { "", "", "", "", "", "", "", "" },
		.context = 3,
	};
	struct comparison_result result;

	if (review_open(&filter.renderer, &options, err) < 0)
		return err->code;
	memset(&result, 0, sizeof(result));
	(void)!compare_sources(&comparison, &filter.sink, &result, err);
	filter.renderer->free(filter.renderer);
	arena_release(&filter.arena);
	return err->code;
}

/* ---- what is not in the snapshot at all ---- */

static int print(const struct losses *losses, struct buf *line, struct err *err)
{
	if (buf_check(line, "a line", err) == 0)
		fwrite(line->data, 1, line->len, losses->out);
	buf_release(line);
	return err->code;
}

/* "audit: 3 rows, a table that is not in HEAD" */
static int list_table(const struct losses *losses, const struct table *table,
		      struct err *err)
{
	uint64_t rows = 0;
	struct buf line;

	if (source_count(losses->ours, &rows, &table, 1, err) < 0 || rows == 0)
		return err->code;
	buf_init(&line, MAX_LINE);
	name_add(&line, table->name);
	buf_add_format(&line, ": %llu row%s, in no file of %s\n",
		       (unsigned long long)rows, rows == 1 ? "" : "s",
		       losses->labels[1]);
	return print(losses, &line, err);
}

/* "users: the values of email, phone, which are in no file of HEAD" */
static int list_columns(const struct losses *losses, const struct table *ours,
			const struct table *theirs, struct err *err)
{
	struct buf line;
	size_t count = 0;

	buf_init(&line, MAX_LINE);
	name_add(&line, ours->name);
	buf_add_string(&line, ": the values of ");
	for (size_t i = 0; i < ours->ncolumns; i++) {
		size_t at = table_column(theirs, ours->columns[i].name);

		if (ours->columns[i].generated ||
		    (at < theirs->ncolumns && !theirs->columns[at].masked &&
		     !theirs->columns[at].unreadable))
			continue;
		buf_add_string(&line, count++ > 0 ? ", " : "");
		name_add(&line, ours->columns[i].name);
	}
	buf_add_format(&line, ", in no file of %s\n", losses->labels[1]);
	if (count == 0)
		buf_clear(&line);
	return print(losses, &line, err);
}

static int list_others(const struct losses *losses, struct err *err)
{
	const struct schema *schema = losses->ours->schema;

	for (size_t i = 0; i < schema->ntables && !err->code; i++) {
		const struct table *ours = &schema->tables[i];
		const struct table *theirs =
			schema_table(losses->snapshot->schema, ours->name);

		if (ours->kind == TABLE_DERIVED ||
		    name_equal(ours->name, losses->ledger))
			continue;
		if (theirs)
			(void)!list_columns(losses, ours, theirs, err);
		else if (ours->kind != TABLE_UNKNOWN)
			(void)!list_table(losses, ours, err);
	}
	return err->code;
}

int losses_list(const struct losses *losses, struct err *err)
{
	if (list_rows(losses, err) < 0)
		return err->code;
	return losses->all_tables ? list_others(losses, err) : 0;
}
