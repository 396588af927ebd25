#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/applying.h"
#include "cmd/report.h"
#include "cmd/undolist.h"
#include "render/name.h"

struct undo_options {
	const char *to;
	bool list, check, merge;
	struct consent_options consent;
	struct application_manner manner;
	struct workspace_options workspace;
};

static const struct undo_options undo_defaults = {
	.consent = { .yes = -1 },
};

static const struct option_spec undo_specs[] = {
	OPTION_FLAG('l', "list", struct undo_options, list,
		    "list the writes that the journal has"),
	OPTION_STRING(0, "to", struct undo_options, to, "endpoint",
		      "only writes to this database"),
	OPTION_FLAG(0, "check", struct undo_options, check,
		    "only say whether it can be undone"),
	OPTION_FLAG('3', "3way", struct undo_options, merge,
		    "merge into rows that were changed since"),
	CONSENT_OPTIONS(struct undo_options, consent.),
	APPLICATION_IN_PARTS(struct undo_options, manner.),
	WORKSPACE_PROGRESS(struct undo_options, workspace.),
	WORKSPACE_OPTIONS(struct undo_options, workspace.),
	OPTION_END
};

static const char *const undo_usage[] = {
	"git d1 undo [<options>] [<database>] [<id>]",
	"git d1 undo --list [<options>] [<database>]", NULL
};

enum {
	MAX_TEXT = 1 << 16,
	MAX_TARGETS = 3, /* local, remote, preview */
	LEAST_ID = 9,	 /* characters of an id: the day, and "T" */
};

/* A call of the command while it runs. */
struct undo {
	const struct undo_options *options;
	const char *database; /* as it was given; NULL: it was not */
	const char *id;	      /* or its beginning; NULL: the newest */
	struct workspace workspace;
	struct journal *journal;
	struct journal_entries entries;
	char *targets[MAX_TARGETS]; /* whose writes count */
	size_t ntargets;	    /* 0: all */
	bool is_named;		    /* the command line names the database */
	const struct journal_entry *entry;
	struct side side;
};

/* ---- the command line ---- */

/* True for "20261121T..." */
static bool is_id(const char *word)
{
	return strlen(word) >= LEAST_ID &&
	       strspn(word, "0123456789") == LEAST_ID - 1 &&
	       word[LEAST_ID - 1] == 'T';
}

static int read_arguments(struct undo *undo, const struct invocation *call,
			  struct err *err)
{
	const struct option_words *words = &call->arguments;

	for (size_t i = 0; i < words->count; i++) {
		if (!undo->id && is_id(words->words[i]))
			undo->id = words->words[i];
		else if (i == 0)
			undo->database = words->words[i];
		else
			return err_set(err, D1_EUSAGE,
				       "'%s' is no id of the journal",
				       words->words[i]);
	}
	if (call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "a write is undone as a whole: no tables can "
			       "be given");
	if (undo->database && undo->options->to)
		return err_set(err, D1_EUSAGE,
			       "--to names the database already");
	if (undo->id && undo->options->list)
		return err_set(err, D1_EUSAGE, "--list takes no id");
	return 0;
}

/* ---- whose writes ---- */

static int add_target(struct undo *undo, const char *endpoint, struct err *err)
{
	char **target = &undo->targets[undo->ntargets];
	struct side side;

	if (workspace_resolve(&undo->workspace, &side, endpoint, err) == 0 &&
	    side_target(target, &side, err) == 0) {
		undo->ntargets++;
		if (side.endpoint.database)
			undo->is_named = true;
	}
	side_release(&side);
	return err->code;
}

/* The local file of a database, and what it is at Cloudflare, if it is. */
static int add_sides(struct undo *undo, struct err *err)
{
	static const char *const sides[MAX_TARGETS] = { "local", "remote",
							"preview" };
	const char *name = undo->database;

	for (size_t i = 0; i < MAX_TARGETS; i++) {
		struct err missing = ERR_INIT;
		struct buf text;

		buf_init(&text, MAX_TEXT);
		buf_add_format(&text, "%s%s%s", name ? name : "",
			       name ? "/" : "", sides[i]);
		if (buf_check(&text, "a database's name", err) == 0)
			(void)!add_target(undo, text.data,
					  i == 0 ? err : &missing);
		buf_release(&text);
		if (err->code)
			return err->code;
	}
	return 0;
}

static int find_targets(struct undo *undo, struct err *err)
{
	if (undo->options->to)
		return add_target(undo, undo->options->to, err);
	if (undo->database)
		return side_is_endpoint(undo->database)
			       ? add_target(undo, undo->database, err)
			       : add_sides(undo, err);
	/* an id says itself of which database it is */
	return undo->id || undo->options->list ? 0 : add_sides(undo, err);
}

static bool is_wanted(const struct undo *undo,
		      const struct journal_entry *entry)
{
	const char *target = entry->note.target;

	for (size_t i = 0; i < undo->ntargets; i++)
		if (target && strcmp(target, undo->targets[i]) == 0)
			return true;
	return undo->ntargets == 0;
}

/* ---- listing ---- */

static int list(struct undo *undo, struct err *err)
{
	for (size_t i = undo->entries.count; i > 0; i--) {
		const struct journal_entry *entry = &undo->entries.items[i - 1];

		if (is_wanted(undo, entry) &&
		    undolist_write(stdout, undo->journal, entry, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- choosing ---- */

static int refuse_state(const struct journal_entry *entry, struct err *err)
{
	if (entry->state != JOURNAL_UNDONE)
		return 0;
	err_set(err, D1_ERROR, "%s was undone already", entry->id);
	return err_hint(err, "git d1 undo --list shows by what");
}

static int find_id(struct undo *undo, struct err *err)
{
	for (size_t i = 0; i < undo->entries.count; i++) {
		const struct journal_entry *entry = &undo->entries.items[i];

		if (!is_wanted(undo, entry) ||
		    strncmp(entry->id, undo->id, strlen(undo->id)) != 0)
			continue;
		if (undo->entry)
			return err_set(err, D1_EUSAGE,
				       "'%s' is the beginning of several ids",
				       undo->id);
		undo->entry = entry;
	}
	if (undo->entry)
		return refuse_state(undo->entry, err);
	err_set(err, D1_ENOTFOUND, "the journal has no entry '%s'%s", undo->id,
		undo->ntargets > 0 ? " of that database" : "");
	return err_hint(err, "git d1 undo --list shows which it has");
}

/* One that is pending is looked at before it is taken back. */
static int find_newest(struct undo *undo, struct err *err)
{
	for (size_t i = undo->entries.count; i > 0; i--) {
		undo->entry = &undo->entries.items[i - 1];
		if (is_wanted(undo, undo->entry) &&
		    undo->entry->state != JOURNAL_UNDONE)
			return 0;
	}
	return err_set(err, D1_ENOTFOUND,
		       "the journal has no write that can be undone");
}

static int hint_at_copy(const struct undo *undo, struct err *err)
{
	struct err gone = ERR_INIT;
	char *path;

	if (journal_copy_path(undo->journal, undo->entry->id, &path, &gone) ==
	    0)
		err_hint(err, "the file from before it is there as a copy: %s",
			 path);
	free(path);
	return err->code;
}

/*
 * Rows do not tell what Time Travel or triggers did. A copy is not put back
 * here, since nobody knows what was written to the file afterwards.
 */
static int check_way_back(const struct undo *undo, struct err *err)
{
	const struct journal_entry *entry = undo->entry;
	const struct journal_note *note = &entry->note;

	if (note->way_back == JOURNAL_PATCH)
		return 0;
	err_set(err, D1_EREFUSED, "%s (%s) has no rows that could be put back",
		entry->id, note->command ? note->command : "a write");
	if (note->way_back == JOURNAL_COPY)
		return hint_at_copy(undo, err);
	return note->bookmark && note->name
		       ? err_hint(err,
				  "Time Travel goes back to before it: git d1 "
				  "rewind %s %s",
				  note->name, note->bookmark)
		       : err->code;
}

/* ---- its database ---- */

static bool is_target(const struct undo *undo)
{
	struct err err = ERR_INIT;
	const char *wanted = undo->entry->note.target;
	char *target = NULL;
	bool same = wanted && side_target(&target, &undo->side, &err) == 0 &&
		    strcmp(target, wanted) == 0;

	free(target);
	return same;
}

/*
 * Resolves the name that the entry has for its database, and makes sure that
 * this still is the one that was written.
 */
static int find_side(struct undo *undo, struct err *err)
{
	static const char file[] = "file ";
	const struct journal_note *note = &undo->entry->note;
	struct err missing = ERR_INIT;

	if (note->name &&
	    workspace_resolve(&undo->workspace, &undo->side, note->name,
			      &missing) == 0 &&
	    is_target(undo))
		return 0;
	side_release(&undo->side);
	if (note->target && strncmp(note->target, file, strlen(file)) == 0)
		return workspace_resolve(&undo->workspace, &undo->side,
					 note->target + strlen(file), err);
	if (missing.code) {
		*err = missing;
		return err_context(err, "%s", undo->entry->id);
	}
	return err_set(err, D1_EREFUSED,
		       "%s is of the database '%s', and '%s' is another now",
		       undo->entry->id, note->target ? note->target : "",
		       note->name ? note->name : "");
}

/* The name is the journal's word: only the user's own is consent. */
static void forget_name(struct undo *undo)
{
	if (undo->is_named)
		return;
	free(undo->side.endpoint.database);
	undo->side.endpoint.database = NULL;
}

/* ---- the run ---- */

static void say_entry(const struct undo *undo)
{
	const struct journal_note *note = &undo->entry->note;
	struct buf line;

	buf_init(&line, MAX_TEXT);
	buf_add_format(&line, "undoing %s: ", undo->entry->id);
	name_add_text(&line, note->command ? note->command : "a write");
	buf_add_string(&line, " to ");
	name_add_text(&line, undo->side.label);
	if (!line.failed)
		report_line(line.data);
	buf_release(&line);
}

/*
 * Rows that are as before the write already were put back by somebody: the
 * entry is undone. One that turned out never to be written is gone.
 */
static int settle(const struct undo *undo,
		  const struct application *application, struct err *err)
{
	if (undo->options->check || !application_is_empty(application))
		return 0;
	if (journal_resolve(undo->journal, undo->entry->id, JOURNAL_UNDONE,
			    err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int take_back(struct undo *undo, const char *command,
		     const char *patch_name, struct err *err)
{
	struct application application = {
		.workspace = &undo->workspace,
		.side = &undo->side,
		.command = command,
		.undoes = undo->entry->id,
		.patch_name = patch_name,
		.is_own = true,
		.whole = true,
		.merge = undo->options->merge,
		.check = undo->options->check,
		.consent = undo->options->consent,
		.manner = undo->options->manner,
	};
	struct stream *patch;

	if (journal_read(undo->journal, undo->entry, &patch, err) < 0)
		return err->code;
	if (applying_run(&application, patch, err) == 0)
		(void)!settle(undo, &application, err);
	application_end(&application);
	return err->code;
}

static int undo_entry(struct undo *undo, struct err *err)
{
	char command[sizeof("git d1 undo ") + JOURNAL_ID_SIZE];
	char name[sizeof("the undo of ") + JOURNAL_ID_SIZE];

	if ((undo->id ? find_id(undo, err) : find_newest(undo, err)) < 0 ||
	    check_way_back(undo, err) < 0 || find_side(undo, err) < 0)
		return err->code;
	forget_name(undo);
	say_entry(undo);
	snprintf(command, sizeof(command), "git d1 undo %s", undo->entry->id);
	snprintf(name, sizeof(name), "the undo of %s", undo->entry->id);
	return take_back(undo, command, name, err);
}

static int run(struct undo *undo, struct err *err)
{
	if (find_targets(undo, err) == 0 &&
	    workspace_journal(&undo->workspace, &undo->journal, err) == 0 &&
	    journal_list(undo->journal, NULL, &undo->entries, err) == 0)
		(void)!(undo->options->list ? list(undo, err)
					    : undo_entry(undo, err));
	return err->code;
}

static int undo_run(const struct invocation *call, struct err *err)
{
	struct undo undo = { .options = call->options };

	workspace_init(&undo.workspace, &undo.options->workspace);
	if (read_arguments(&undo, call, err) == 0)
		(void)!run(&undo, err);
	side_release(&undo.side);
	for (size_t i = 0; i < undo.ntargets; i++)
		free(undo.targets[i]);
	journal_entries_release(&undo.entries);
	journal_close(undo.journal);
	workspace_release(&undo.workspace);
	return err->code;
}

const struct command command_undo = {
	.name = "undo",
	.summary = "take a write back that the journal has noted",
	.usage = undo_usage,
	.specs = undo_specs,
	.defaults = &undo_defaults,
	.options_size = sizeof(undo_defaults),
	.run = undo_run,
};
