#include "config.h"

#include "cmd/table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/actions.h"
#include "cmd/colors.h"
#include "cmd/keyvalues.h"
#include "cmd/report.h"
#include "cmd/tables.h"
#include "cmd/workspace.h"
#include "render/render.h"
#include "source/select.h"
#include "util/pager.h"
#include "util/terminal.h"

enum { JSON_NONE, JSON_DOCUMENT, JSON_LINES };

struct diff_options {
	bool stat, numstat, shortstat, name_only, name_status, summary;
	int json;
	bool full_row, no_abbrev, reverse, nul;
	long long context;
	const char *where, *key;
	bool exit_code, quiet, no_pager;
	int color;
	struct workspace_options workspace;
};

static const char *const json_words[] = { "", "document", "lines", NULL };

static const struct diff_options diff_defaults = { .context = 3,
						   .color = COLOR_UNSET };

static const struct option_spec diff_specs[] = {
	OPTION_FLAG(0, "stat", struct diff_options, stat,
		    "show how many rows of each table differ"),
	OPTION_FLAG(0, "numstat", struct diff_options, numstat,
		    "the same for programs"),
	OPTION_FLAG(0, "shortstat", struct diff_options, shortstat,
		    "show the last line of --stat"),
	OPTION_FLAG(0, "name-only", struct diff_options, name_only,
		    "show the names of tables that differ"),
	OPTION_FLAG(0, "name-status", struct diff_options, name_status,
		    "show names, and whether a table is new or gone"),
	OPTION_FLAG(0, "summary", struct diff_options, summary,
		    "show how many rows are on which side, or newer"),
	OPTION_CHOICE_OPTIONAL(0, "json", struct diff_options, json, "lines",
			       json_words, JSON_DOCUMENT,
			       "write JSON, or one change a line"),
	OPTION_NUMBER('U', "unified", struct diff_options, context, "n", 0,
		      INT_MAX, "show <n> lines around a change in a text"),
	OPTION_FLAG(0, "full-row", struct diff_options, full_row,
		    "show unchanged columns too"),
	OPTION_FLAG(0, "no-abbrev", struct diff_options, no_abbrev,
		    "show long values as a whole"),
	OPTION_FLAG('R', NULL, struct diff_options, reverse, "swap the sides"),
	OPTION_STRING(0, "where", struct diff_options, where, "expr",
		      "compare only rows for which <expr> is true"),
	OPTION_STRING(0, "key", struct diff_options, key, "value",
		      "compare only the row with this key"),
	WORKSPACE_OPTIONS(struct diff_options, workspace.),
	OPTION_FLAG(0, "exit-code", struct diff_options, exit_code,
		    "exit with 1 if there are differences"),
	OPTION_FLAG(0, "quiet", struct diff_options, quiet,
		    "show nothing; implies --exit-code"),
	OPTION_CHOICE_NEGATABLE(0, "color", struct diff_options, color, "when",
				terminal_color_words, COLOR_ALWAYS, COLOR_NEVER,
				"use colour"),
	OPTION_FLAG(0, "no-pager", struct diff_options, no_pager,
		    "do not start a pager"),
	OPTION_FLAG('z', NULL, struct diff_options, nul,
		    "end lines with NUL, and do not quote names"),
	OPTION_END
};

static const char *const diff_usage[] = {
	"git d1 diff [<options>] [<endpoint> [<endpoint>]] [-- <table>...]",
	NULL
};

/* A call of the command while it runs. */
struct diff {
	const struct diff_options *options;
	const struct option_words *tables;
	struct workspace workspace;
	struct side sides[2];
	struct buf local; /* the text of the side that was not given */
	struct diff_colors colors;
	struct key_values key;
	const struct d1config *settings;
	const struct mask_key *mask_key;
	struct render_options render;
	struct comparison_result result;
	int partial; /* side, see compare_partial_side() */
};

/* ---- what is asked for ---- */

static int check_options(const struct diff_options *options, struct err *err)
{
	int formats = options->stat + options->numstat + options->shortstat +
		      options->name_only + options->name_status +
		      options->summary + (options->json != JSON_NONE);

	if (formats > 1)
		return err_set(err, D1_EUSAGE,
			       "only one of --stat, --numstat, "
			       "--shortstat, --name-only, --name-status, "
			       "--summary and --json can be given");
	if (options->nul && !options->numstat && !options->name_only &&
	    !options->name_status)
		return err_set(err, D1_EUSAGE,
			       "-z needs --numstat, "
			       "--name-only or --name-status");
	if (options->where)
		return select_check_expression(options->where, err);
	return 0;
}

/* "shop/local" beside "shop/remote": the database that was named counts. */
static bool name_database(struct buf *local, const char *text)
{
	struct endpoint endpoint;
	struct err err = ERR_INIT;

	if (endpoint_parse(&endpoint, text, &err) == 0 && endpoint.database)
		buf_add_format(local, "%s/local", endpoint.database);
	endpoint_release(&endpoint);
	return local->len > 0 && !local->failed;
}

static int resolve_sides(struct diff *diff, const struct option_words *words,
			 struct err *err)
{
	const char *texts[2] = { "remote", "local" };
	int first = diff->options->reverse ? NEW : OLD;

	if (words->count > 2)
		return err_set(err, D1_EUSAGE,
			       "at most two endpoints can be "
			       "compared; tables stand after --");
	if (words->count > 0)
		texts[OLD] = words->words[0];
	if (words->count > 1)
		texts[NEW] = words->words[1];
	else if (words->count == 1 && name_database(&diff->local, texts[OLD]))
		texts[NEW] = diff->local.data;
	for (int i = OLD; i <= NEW; i++)
		if (workspace_resolve(&diff->workspace, &diff->sides[i ^ first],
				      texts[i], err) < 0)
			return err->code;
	return 0;
}

/* The side whose configuration counts: the new one's, if it has one. */
static const struct database *database_of(const struct diff *diff)
{
	return diff->sides[NEW].database ? diff->sides[NEW].database
					 : diff->sides[OLD].database;
}

static int local_side(const struct diff *diff)
{
	bool old_local = diff->sides[OLD].database &&
			 diff->sides[OLD].endpoint.kind == ENDPOINT_LOCAL;
	bool new_local = diff->sides[NEW].database &&
			 diff->sides[NEW].endpoint.kind == ENDPOINT_LOCAL;

	return old_local && !new_local ? OLD : NEW;
}

static int prepare_render(struct diff *diff, struct err *err)
{
	const struct diff_options *options = diff->options;
	const struct database *database = database_of(diff);
	bool shown = isatty(STDOUT_FILENO) || pager_in_use();

	/* two files in a pipe need no word of git's */
	if ((shown || options->color != COLOR_UNSET) &&
	    workspace_git(&diff->workspace, err) < 0)
		return err->code;
	if (colors_load(&diff->colors, (enum color_when)options->color,
			&diff->workspace.git, err) < 0)
		return err->code;
	diff->render = (struct render_options){
		.out = stdout,
		.database = database ? database->name : NULL,
		.labels = { diff->sides[OLD].label, diff->sides[NEW].label },
		.local_side = local_side(diff),
		.colors = colors_for_render(&diff->colors),
		.context = (unsigned)options->context,
		.width = (unsigned)terminal_width(),
		.full_row = options->full_row,
		.abbrev = shown && !options->no_abbrev,
		.nul = options->nul,
	};
	return 0;
}

static int open_renderer(struct renderer **renderer,
			 const struct diff_options *options,
			 const struct render_options *render, struct err *err)
{
	if (options->quiet)
		return quiet_open(renderer, render, err);
	if (options->stat)
		return stat_open(renderer, STAT_GRAPH, render, err);
	if (options->numstat)
		return stat_open(renderer, STAT_NUMBERS, render, err);
	if (options->shortstat)
		return stat_open(renderer, STAT_SHORT, render, err);
	if (options->name_only || options->name_status)
		return names_open(renderer, options->name_status, render, err);
	if (options->summary)
		return summary_open(renderer, render, err);
	if (options->json != JSON_NONE)
		return json_open(renderer, options->json == JSON_LINES, render,
				 err);
	return review_open(renderer, render, err);
}

/* How tables are treated; by the project, if a side is of one. */
static int find_settings(struct diff *diff, struct err *err)
{
	if (database_of(diff)) {
		diff->settings = &diff->workspace.project.d1config;
		return 0;
	}
	return workspace_settings(&diff->workspace, &diff->settings, err);
}

/* ---- comparing ---- */

/* True for the review text, whose lines are made of a database's values. */
static bool shows_values(const struct diff_options *options)
{
	return !options->quiet && !options->stat && !options->numstat &&
	       !options->shortstat && !options->name_only &&
	       !options->name_status && !options->summary &&
	       options->json == JSON_NONE;
}

/* True if the output itself says what was not compared, and why. */
static bool shows_reasons(const struct diff_options *options)
{
	return shows_values(options) ||
	       (options->json == JSON_DOCUMENT && !options->quiet);
}

static void warn_of_table(void *context, const char *table, const char *reason)
{
	(void)context;
	report_warning("table '%s' not compared: %s", table, reason);
}

static int compare(struct diff *diff, struct source *sources[2], FILE *out,
		   struct err *err)
{
	const struct database *database = database_of(diff);
	struct table_choice choice = {
		.config = diff->settings,
		.database = database ? database->name : NULL,
		.named = diff->tables,
		.mask_key = diff->mask_key,
	};
	const struct comparison comparison = {
		.sources = { sources[OLD], sources[NEW] },
		.labels = { diff->sides[OLD].label, diff->sides[NEW].label },
		.rules = table_choice_rules,
		.wanted = table_choice_wants,
		.context = &choice,
		.where = diff->options->where,
		.only = diff->options->key ? diff->key.values : NULL,
		.only_text = diff->key.texts,
		.nonly = diff->key.count,
		.notice = shows_reasons(diff->options) ? NULL : warn_of_table,
	};
	const struct schema *const schemas[2] = { sources[OLD]->schema,
						  sources[NEW]->schema };
	struct render_options render = diff->render;
	struct renderer *renderer = NULL;

	render.out = out;
	if (table_choice_check(&choice, schemas, comparison.labels, err) < 0 ||
	    open_renderer(&renderer, diff->options, &render, err) < 0)
		goto out;
	table_choice_warn(&choice, schemas[OLD], schemas[NEW]);
	diff->partial = compare_partial_side(schemas);
	if (compare_sources(&comparison, &renderer->sink, &diff->result, err) ==
		    0 &&
	    renderer->finish)
		(void)!renderer->finish(renderer, err);
	renderer->free(renderer);
out:
	table_choice_release(&choice);
	return err->code;
}

/* Compares once. *same tells whether both sides stood still meanwhile. */
static int compare_once(struct diff *diff, FILE *out, bool *same,
			struct err *err)
{
	struct source *sources[2] = { NULL, NULL };
	int first = diff->sides[OLD].remote_id ? NEW : OLD;
	bool stood = true;

	*same = true;
	/* what is at hand is opened first: its errors cost no request */
	if (workspace_open(&diff->workspace, &diff->sides[first],
			   &sources[first], err) < 0 ||
	    workspace_open(&diff->workspace, &diff->sides[!first],
			   &sources[!first], err) < 0 ||
	    compare(diff, sources, out, err) < 0)
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

static int lose_spool(struct err *err)
{
	err_set_errno(err, "cannot write a temporary file");
	return err_hint(err, "make room in '%s' and run the command again",
			P_tmpdir);
}

static int copy_stream(FILE *from, FILE *to, struct err *err)
{
	char block[65536];
	size_t size;

	/* a full disk shows here: rewind() would forget it */
	if (fflush(from) == EOF || ferror(from) ||
	    fseeko(from, 0, SEEK_SET) < 0)
		return lose_spool(err);
	while ((size = fread(block, 1, sizeof(block), from)) > 0)
		fwrite(block, 1, size, to);
	if (ferror(from))
		return err_set_errno(err, "cannot read a temporary file");
	return 0;
}

/*
 * A remote database may change while it is read, and then rows of different
 * moments would be shown as one difference. So what is found goes to a file
 * outside memory first; if the database moved, it is read once more.
 */
static int compare_remote(struct diff *diff, struct err *err)
{
	bool same = false;

	for (int attempt = 0; attempt < 2 && !same; attempt++) {
		FILE *spool = tmpfile();

		if (!spool)
			return err_set_errno(err, "cannot make a temporary "
						  "file");
		if (compare_once(diff, spool, &same, err) == 0 &&
		    (same || attempt == 1))
			(void)!copy_stream(spool, stdout, err);
		if (fclose(spool) != 0 && !err->code)
			lose_spool(err);
		if (err->code)
			return err->code;
	}
	if (!same)
		report_warning("the database changed while it was read, twice: "
			       "the rows shown may be of different moments");
	return 0;
}

static int run_comparison(struct diff *diff, struct err *err)
{
	struct actions_guard guard = { "" };
	bool same;

	if (shows_values(diff->options) &&
	    actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	if (diff->sides[OLD].remote_id || diff->sides[NEW].remote_id)
		(void)!compare_remote(diff, err);
	else
		(void)!compare_once(diff, stdout, &same, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static void begin_pager(struct diff *diff)
{
	struct err err = ERR_INIT;

	if (diff->options->no_pager || diff->options->quiet ||
	    !isatty(STDOUT_FILENO))
		return;
	if (pager_begin(git_config_get(&diff->workspace.git, "core.pager"),
			&err) < 0)
		report_warning_err(&err);
}

/* What a snapshot does not speak of. */
static int hint_at_untracked(struct diff *diff, struct err *err)
{
	const struct comparison_result *result = &diff->result;
	bool wanted = true;

	if (result->untracked == 0 || diff->options->quiet)
		return 0;
	if (git_config_bool(&diff->workspace.git, "advice.d1Untracked", &wanted,
			    err) < 0)
		return err->code;
	if (wanted)
		report_hint("%llu table%s not in the snapshot %s and %s not "
			    "compared: %s",
			    (unsigned long long)result->untracked,
			    result->untracked == 1 ? " is" : "s are",
			    diff->sides[diff->partial].label,
			    result->untracked == 1 ? "was" : "were",
			    result->untracked_names);
	return 0;
}

/* What could not be compared must not look as if it did not differ. */
static int judge(const struct diff *diff, struct err *err)
{
	const struct comparison_result *result = &diff->result;

	if (result->not_compared > 0) {
		err_set(err, D1_ERROR, "%llu table%s could not be compared",
			(unsigned long long)result->not_compared,
			result->not_compared == 1 ? "" : "s");
		if (result->remedy[0])
			err_hint(err, "%s", result->remedy);
		return err->code;
	}
	if (diff->options->key && result->differences == 0 &&
	    result->unchanged == 0)
		report_warning("no side has a row with the key %s",
			       diff->options->key);
	if ((diff->options->exit_code || diff->options->quiet) &&
	    (result->differences > 0 || result->schema_differences > 0))
		return EXIT_DIFFERENT;
	return EXIT_FINE;
}

static int diff_run(const struct invocation *call, struct err *err)
{
	const struct diff_options *options = call->options;
	struct diff diff = { .options = options, .tables = &call->after };
	int code = D1_ERROR;

	workspace_init(&diff.workspace, &options->workspace);
	buf_init(&diff.local, 1 << 16);
	if (check_options(options, err) < 0 ||
	    (options->key &&
	     key_values_read(&diff.key, options->key, err) < 0) ||
	    resolve_sides(&diff, &call->arguments, err) < 0 ||
	    find_settings(&diff, err) < 0 ||
	    workspace_mask_key(&diff.workspace, &diff.mask_key, err) < 0 ||
	    prepare_render(&diff, err) < 0)
		goto out;
	begin_pager(&diff);
	if (run_comparison(&diff, err) == 0 &&
	    hint_at_untracked(&diff, err) == 0)
		code = judge(&diff, err);
out:
	if (err->code)
		code = err->code;
	key_values_release(&diff.key);
	buf_release(&diff.local);
	side_release(&diff.sides[OLD]);
	side_release(&diff.sides[NEW]);
	workspace_release(&diff.workspace);
	return code;
}

const struct command command_diff = {
	.name = "diff",
	.summary = "show the rows that differ between two databases",
	.usage = diff_usage,
	.specs = diff_specs,
	.defaults = &diff_defaults,
	.options_size = sizeof(diff_defaults),
	.run = diff_run,
};
