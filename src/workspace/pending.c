#include "config.h"

#include "workspace/pending.h"

#include "apply/hunks.h"
#include "workspace/report.h"

static int ignore_failure(void *context, const struct hunk_failure *failure,
			  struct err *err)
{
	(void)context;
	(void)failure;
	(void)err;
	return 0;
}

/* Compares the rows with what the write was to make of them. */
static int look(struct hunk_counts *counts, struct journal *journal,
		const struct journal_entry *entry, struct source *source,
		struct table_choice *choice, struct err *err)
{
	struct hunks hunks = {
		.name = entry->id,
		.source = source,
		.label = entry->note.name ? entry->note.name : "the database",
		.wanted = table_choice_wants,
		.rules = table_choice_rules,
		.context = choice,
		.failed = ignore_failure,
	};
	struct changes *changes = NULL;
	struct patch *patch = NULL;
	struct stream *stream;

	if (changes_open(&changes, err) < 0)
		return err->code;
	hunks.changes = changes;
	if (journal_read(journal, entry, &stream, err) == 0 &&
	    patch_open(&patch, stream, entry->id, 0, err) == 0)
		(void)!hunks_match(&hunks, patch, counts, err);
	patch_close(patch);
	changes_close(changes);
	return err->code;
}

/* The entry holds the way back: it applies if the write was carried out. */
static int resolve(struct journal *journal, const struct journal_entry *entry,
		   struct source *source, struct table_choice *choice,
		   struct err *err)
{
	const char *command =
		entry->note.command ? entry->note.command : "a write";
	struct err unclear = ERR_INIT;
	struct hunk_counts counts = { .hunks = 0 };

	if (entry->note.way_back != JOURNAL_PATCH) {
		report_warning("%s (%s) was not seen to end, and has no rows "
			       "that tell whether it was carried out",
			       command, entry->id);
		return journal_resolve(journal, entry->id, JOURNAL_DONE, err);
	}
	if (look(&counts, journal, entry, source, choice, &unclear) < 0) {
		err_context(&unclear, "the journal's entry %s", entry->id);
		report_warning_err(&unclear);
		return 0;
	}
	if (counts.failed == 0 && counts.applied == 0) {
		report_warning(
			"%s (%s) was not seen to end: it was carried out",
			command, entry->id);
		return journal_resolve(journal, entry->id, JOURNAL_DONE, err);
	}
	if (counts.failed == 0 && counts.applies == 0) {
		report_warning("%s (%s) was not seen to end: nothing of it was "
			       "written",
			       command, entry->id);
		return journal_forget(journal, entry->id, err);
	}
	if (counts.failed == 0 && entry->note.all_parts > 0) {
		report_warning("%s (%s) was not seen to end: a part of it was "
			       "written",
			       command, entry->id);
		return journal_resolve(journal, entry->id, JOURNAL_DONE, err);
	}
	report_warning("%s (%s) was not seen to end, and its rows were changed "
		       "since",
		       command, entry->id);
	return journal_resolve(journal, entry->id, JOURNAL_DONE, err);
}

int pending_resolve(struct journal *journal, const char *target,
		    struct source *source, struct table_choice *choice,
		    struct err *err)
{
	struct journal_entries entries;

	(void)!journal_list(journal, target, &entries, err);
	for (size_t i = 0; !err->code && i < entries.count; i++)
		if (entries.items[i].state == JOURNAL_PENDING &&
		    journal_take_on(journal, entries.items[i].id))
			(void)!resolve(journal, &entries.items[i], source,
				       choice, err);
	journal_leave(journal);
	journal_entries_release(&entries);
	return err->code;
}
