#include "config.h"

#include "workspace/comparing.h"

#include <string.h>

#include "util/progress.h"
#include "workspace/patchresult.h"
#include "workspace/report.h"
#include "workspace/tables.h"

const char *comparing_database(const struct comparing *comparing)
{
	const struct side *sides = comparing->sides;

	return sides[NEW].name ? sides[NEW].name : sides[OLD].name;
}

static int local_side(const struct side *sides)
{
	bool old_local = sides[OLD].database &&
			 sides[OLD].endpoint.kind == ENDPOINT_LOCAL;
	bool new_local = sides[NEW].database &&
			 sides[NEW].endpoint.kind == ENDPOINT_LOCAL;

	return old_local && !new_local ? OLD : NEW;
}

static void warn_of_table(void *context, const char *table, const char *reason)
{
	(void)context;
	report_warning("table '%s' not compared: %s", table, reason);
}

static void fill_render(struct render_options *render,
			const struct comparing *comparing, FILE *out)
{
	const struct side *sides = comparing->sides;

	view_fill(comparing->view, render);
	render->out = out;
	render->database = comparing_database(comparing);
	render->labels[OLD] = sides[OLD].label;
	render->labels[NEW] = sides[NEW].label;
	render->local_side = local_side(sides);
}

static int open_renderer(struct renderer **renderer,
			 const struct comparing *comparing,
			 const struct render_options *render, struct err *err)
{
	if (comparing->open)
		return comparing->open(renderer, render, comparing->context,
				       err);
	return view_open(renderer, comparing->view, render, err);
}

/* Rows come on standard output as they are found: the line gives way. */
struct printing {
	struct change_sink sink;
	struct change_sink *to;
};

static struct change_sink *clear_for(struct change_sink *sink)
{
	progress_clear();
	return ((struct printing *)sink)->to;
}

static int print_begin_table(struct change_sink *sink,
			     const struct table_pair *pair, struct err *err)
{
	sink = clear_for(sink);
	return sink->begin_table(sink, pair, err);
}

static int print_change(struct change_sink *sink, const struct table_pair *pair,
			const struct change *change, struct err *err)
{
	sink = clear_for(sink);
	return sink->change(sink, pair, change, err);
}

static int print_end_table(struct change_sink *sink,
			   const struct table_pair *pair,
			   const struct table_counts *counts, struct err *err)
{
	sink = clear_for(sink);
	return sink->end_table(sink, pair, counts, err);
}

/* What the sink does not want to be told it is not told. */
static void print_to(struct printing *printing, struct change_sink *to)
{
	*printing = (struct printing){
		.sink = { .begin_table =
				  to->begin_table ? print_begin_table : NULL,
			  .change = to->change ? print_change : NULL,
			  .end_table = to->end_table ? print_end_table : NULL },
		.to = to,
	};
}

int comparing_show(struct comparing *comparing, FILE *out,
		   comparing_find_fn *find, void *context, struct err *err)
{
	struct view *view = comparing->view;
	struct render_options render;
	struct renderer *renderer = NULL;
	struct printing printing;
	bool begun;

	fill_render(&render, comparing, out);
	if (view_begin_document(view, &begun, err) < 0)
		return err->code;
	if (open_renderer(&renderer, comparing, &render, err) == 0) {
		print_to(&printing, &renderer->sink);
		if (find(comparing, context, &printing.sink, err) == 0 &&
		    renderer->finish)
			(void)!renderer->finish(renderer, err);
		renderer->free(renderer);
	}
	if (begun)
		view_end_document(view, out, err);
	return err->code;
}

/* Two sources that are open. */
struct opened {
	struct source *const *sources;
	struct table_choice *choice;
};

static int compare(struct comparing *comparing, void *context,
		   struct change_sink *sink, struct err *err)
{
	const struct opened *opened = context;
	const struct key_values *key = comparing->key;
	const struct comparison comparison = {
		.sources = { opened->sources[OLD], opened->sources[NEW] },
		.labels = { comparing->sides[OLD].label,
			    comparing->sides[NEW].label },
		.rules = table_choice_rules,
		.wanted = table_choice_wants,
		.context = opened->choice,
		.where = comparing->where,
		.only = key ? key->values : NULL,
		.only_text = key ? key->texts : NULL,
		.nonly = key ? key->count : 0,
		.notice = view_shows_reasons(comparing->view) ? NULL
							      : warn_of_table,
	};

	return compare_sources(&comparison, sink, &comparing->result, err);
}

int comparing_sources(struct comparing *comparing,
		      struct source *const sources[2], FILE *out,
		      struct err *err)
{
	const struct schema *const schemas[2] = { sources[OLD]->schema,
						  sources[NEW]->schema };
	const char *const labels[2] = { comparing->sides[OLD].label,
					comparing->sides[NEW].label };
	struct table_choice choice = {
		.database = comparing_database(comparing),
		.named = comparing->tables,
	};
	struct opened opened = { sources, &choice };

	if (workspace_settings(comparing->workspace, &choice.config, err) < 0 ||
	    workspace_mask_key(comparing->workspace, &choice.mask_key, err) <
		    0 ||
	    table_choice_check(&choice, schemas, labels, err) < 0)
		goto out;
	table_choice_warn(&choice, schemas[OLD], schemas[NEW]);
	comparing->partial = compare_partial_side(schemas);
	(void)!comparing_show(comparing, out, compare, &opened, err);
out:
	table_choice_release(&choice);
	return err->code;
}

int comparing_run(struct comparing *comparing, FILE *out, bool *same,
		  struct err *err)
{
	struct workspace *workspace = comparing->workspace;
	struct side *sides = comparing->sides;
	struct source *sources[2] = { NULL, NULL };
	int first = sides[OLD].remote_id ? NEW : OLD;
	bool stood = true;

	*same = true;
	if (side_is_patch(&sides[OLD]) || side_is_patch(&sides[NEW]))
		return patchresult_compare(comparing, out, same, err);
	/* what is at hand is opened first: its errors cost no request */
	if (workspace_open(workspace, &sides[first], &sources[first], err) <
		    0 ||
	    workspace_open(workspace, &sides[!first], &sources[!first], err) <
		    0 ||
	    comparing_sources(comparing, sources, out, err) < 0)
		goto out;
	for (int side = OLD; side <= NEW; side++) {
		if (source_verify(sources[side], &stood, err) < 0)
			goto out;
		*same = *same && stood;
	}
out:
	source_close(sources[OLD]);
	source_close(sources[NEW]);
	return err->code;
}

void comparing_note_gaps(struct comparison_result *total,
			 const struct comparison_result *result)
{
	if (total->not_compared == 0)
		memcpy(total->remedy, result->remedy, sizeof(total->remedy));
	total->not_compared += result->not_compared;
}

int comparing_refuse_gaps(const struct comparison_result *result,
			  struct err *err)
{
	if (result->not_compared == 0)
		return 0;
	err_set(err, D1_ERROR, "%llu table%s could not be compared",
		(unsigned long long)result->not_compared,
		result->not_compared == 1 ? "" : "s");
	return result->remedy[0] ? err_hint(err, "%s", result->remedy)
				 : err->code;
}
