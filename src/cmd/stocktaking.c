#include "config.h"

#include "cmd/stocktaking.h"

#include <stdlib.h>
#include <string.h>

#include "config/tablesettings.h"
#include "migrate/files.h"
#include "migrate/ledger.h"
#include "source/snapshot.h"
#include "workspace/deploys.h"
#include "workspace/report.h"
#include "workspace/revision.h"
#include "workspace/snapshots.h"
#include "workspace/tables.h"

int stocktaking_keep(const char **copy, struct arena *arena, const char *text,
		     struct err *err)
{
	*copy = text ? arena_string(arena, text) : NULL;
	return text && !*copy ? err_set_nomem(err) : 0;
}

int stocktaking_keep_error(const char **message, const char **hint,
			   struct arena *arena, const struct err *found,
			   struct err *err)
{
	if (found->code == D1_ENOMEM)
		return err_set_nomem(err);
	if (stocktaking_keep(message, arena, found->message, err) < 0)
		return err->code;
	return stocktaking_keep(hint, arena, *found->hint ? found->hint : NULL,
				err);
}

/* ---- migrations ---- */

static int open_files(struct stocktaking *survey, struct filetree **tree,
		      struct migrations *files, struct err *err)
{
	const struct project *project = &survey->workspace->project;
	const struct database *database = survey->entry->database;
	struct revision revision;

	*tree = NULL;
	if (revision_find(&revision, "snapshot", NULL, project, database,
			  err) == 0)
		(void)!revision_list_migrations(files, tree, &revision, project,
						database, err);
	revision_release(&revision);
	return err->code;
}

/* Notes an error in the report; the first one is shown. */
static int keep_unknown(struct stocktaking *survey, const struct err *found,
			struct err *err)
{
	struct status_migrations *kept = &survey->entry->migrations;

	if (kept->message && found->code != D1_ENOMEM)
		return 0;
	return stocktaking_keep_error(&kept->message, &kept->hint,
				      survey->arena, found, err);
}

static int add_migration(struct stocktaking *survey, const char *name,
			 bool has_file, const struct ledger ledgers[2],
			 struct err *err)
{
	struct status_migrations *kept = &survey->entry->migrations;
	struct status_migration *added = &kept->items[kept->count];

	added->has_file = has_file;
	for (int side = OLD; side <= NEW; side++)
		added->applied[side] = ledger_has(&ledgers[side], name);
	kept->count++;
	return stocktaking_keep(&added->name, survey->arena, name, err);
}

/* The files first, in their order, then what the ledgers have besides. */
static int add_migrations(struct stocktaking *survey,
			  const struct migrations *files,
			  const struct ledger ledgers[2], struct err *err)
{
	struct status_migrations *kept = &survey->entry->migrations;
	size_t most = files->count + ledgers[OLD].count + ledgers[NEW].count;

	kept->items =
		arena_array(survey->arena, most + 1, sizeof(*kept->items));
	if (!kept->items)
		return err_set_nomem(err);
	for (size_t i = 0; i < files->count; i++)
		if (add_migration(survey, files->names[i], true, ledgers, err) <
		    0)
			return err->code;
	for (int side = NEW; side >= OLD; side--) {
		const struct ledger *ledger = &ledgers[side];

		for (size_t i = 0; i < ledger->count; i++) {
			const char *name = ledger->names[i];

			if (migrations_have(files, name) ||
			    (side == OLD && ledger_has(&ledgers[NEW], name)))
				continue;
			if (add_migration(survey, name, false, ledgers, err) <
			    0)
				return err->code;
		}
	}
	return 0;
}

int stocktaking_migrations(struct stocktaking *survey, struct err *err)
{
	const char *table = survey->entry->database->migrations_table;
	struct ledger ledgers[2] = { { .count = 0 } };
	struct migrations files = { .count = 0 };
	struct err found = ERR_INIT;
	struct filetree *tree;

	if (open_files(survey, &tree, &files, &found) < 0 &&
	    keep_unknown(survey, &found, err) < 0)
		goto out;
	for (int side = NEW; side >= OLD; side--) {
		struct err failed = ERR_INIT;

		if (!survey->sources[side])
			continue;
		if (ledger_read(&ledgers[side], survey->sources[side], table,
				&failed) == 0)
			survey->entry->migrations.ledger_known[side] = true;
		else if (keep_unknown(survey, &failed, err) < 0)
			goto out;
	}
	(void)!add_migrations(survey, &files, ledgers, err);
out:
	for (int side = OLD; side <= NEW; side++)
		ledger_release(&ledgers[side]);
	migrations_release(&files);
	filetree_close(tree);
	return err->code;
}

/* ---- the snapshot ---- */

/* The snapshot while it is compared. */
struct looking {
	struct change_sink sink;
	struct stocktaking *survey;
	struct table_choice choice;
	char *folder;
	struct filetree *old;	 /* NULL: there is none */
	struct source *snapshot; /* the same */
	uint64_t new_rows;	 /* of tables that it does not have */
};

static bool is_tracked(void *context, const char *table)
{
	struct looking *looking = context;

	return d1config_tracks_table(looking->choice.config,
				     looking->choice.database, table);
}

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct looking *looking = context;

	return table_choice_rules(&looking->choice, table, rules, err);
}

static void note_file(void *context, const struct snapshot_file *file)
{
	struct looking *looking = context;

	if (file->news == FILE_SAME)
		return;
	looking->survey->entry->snapshot.files++;
	if (file->news == FILE_NEW && file->table)
		looking->new_rows += file->rows;
}

static int open_old(struct looking *looking, struct err *err)
{
	const char *shown = looking->survey->entry->snapshot.path;
	struct filetree *tree;

	if (directory_open(&looking->old, looking->folder, err) == 0 &&
	    directory_open(&tree, looking->folder, err) == 0 &&
	    snapshot_open(&looking->snapshot, tree, shown, err) == 0)
		return 0;
	if (err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

/* Finds the files that a snapshot taken now would change; writes none. */
static int find_files(struct looking *looking, struct err *err)
{
	const struct snapshot_writing writing = {
		.source = looking->survey->sources[STATUS_LOCAL],
		.label = looking->survey->entry->labels[STATUS_LOCAL],
		.tracked = is_tracked,
		.rules = rules_of,
		.wrote = note_file,
		.context = looking,
		.before = looking->snapshot,
	};
	struct filesink *sink = NULL;

	if (directory_sink_open(&sink, looking->folder, true, err) == 0)
		(void)!snapshot_write(&writing, sink, looking->old, err);
	filesink_close(sink);
	return err->code;
}

static int count_table(struct change_sink *sink, const struct table_pair *pair,
		       const struct table_counts *counts, struct err *err)
{
	struct looking *looking = (struct looking *)sink;

	(void)err;
	if (!pair->reason)
		looking->survey->entry->snapshot.rows +=
			counts->inserted + counts->updated + counts->deleted;
	return SINK_MORE;
}

static int count_rows(struct looking *looking, struct err *err)
{
	struct stocktaking *survey = looking->survey;
	const struct comparison comparison = {
		.sources = { looking->snapshot, survey->sources[STATUS_LOCAL] },
		.labels = { survey->entry->snapshot.path,
			    survey->entry->labels[STATUS_LOCAL] },
		.rules = rules_of,
		.wanted = is_tracked,
		.context = looking,
	};
	struct comparison_result result;

	looking->sink.end_table = count_table;
	survey->entry->snapshot.rows = looking->new_rows;
	return compare_sources(&comparison, &looking->sink, &result, err);
}

static int compare_snapshot(struct looking *looking, struct err *err)
{
	struct stocktaking *survey = looking->survey;
	struct status_snapshot *kept = &survey->entry->snapshot;

	if (open_old(looking, err) < 0)
		return err->code;
	if (!looking->snapshot) {
		if (d1config_tracks_any(looking->choice.config))
			kept->state = SNAPSHOT_MISSING;
		return 0;
	}
	if (workspace_mask_key(survey->workspace, &looking->choice.mask_key,
			       err) < 0 ||
	    find_files(looking, err) < 0 ||
	    (kept->files > 0 && count_rows(looking, err) < 0))
		return err->code;
	kept->state = kept->files > 0 ? SNAPSHOT_STALE : SNAPSHOT_CLEAN;
	return 0;
}

static int find_folder(struct looking *looking, struct err *err)
{
	struct stocktaking *survey = looking->survey;
	const struct workspace *workspace = survey->workspace;

	if (project_snapshot_dir(&looking->folder, &workspace->project,
				 survey->entry->database, err) < 0)
		return err->code;
	return stocktaking_keep(&survey->entry->snapshot.path, survey->arena,
				snapshots_shown_path(workspace,
						     looking->folder),
				err);
}

int stocktaking_snapshot(struct stocktaking *survey, struct err *err)
{
	static const struct option_words all = { .count = 0 };
	struct status_snapshot *kept = &survey->entry->snapshot;
	struct looking looking = {
		.survey = survey,
		.choice = { .config = &survey->workspace->project.d1config,
			    .database = survey->entry->database->name,
			    .named = &all },
	};
	struct err found = ERR_INIT;

	if (!survey->sources[STATUS_LOCAL] || survey->options->no_drift)
		return 0;
	if (find_folder(&looking, &found) < 0 ||
	    compare_snapshot(&looking, &found) < 0) {
		kept->state = SNAPSHOT_FAILED;
		if (!kept->path)
			kept->path = looking.choice.config->snapshot_path;
		(void)!stocktaking_keep_error(&kept->message, &kept->hint,
					      survey->arena, &found, err);
	} else if (kept->state == SNAPSHOT_STALE ||
		   kept->state == SNAPSHOT_MISSING) {
		kept->hint = "use \"git d1 snapshot\" to take it";
	}
	source_close(looking.snapshot);
	filetree_close(looking.old);
	free(looking.folder);
	table_choice_release(&looking.choice);
	return err->code;
}

/* ---- the journal ---- */

static int add_pending(struct stocktaking *survey, int side,
		       const struct journal_entry *entry, struct err *err)
{
	struct status_database *database = survey->entry;
	struct status_pending *items =
		arena_array(survey->arena, database->npending + 1,
			    sizeof(*items));

	if (!items)
		return err_set_nomem(err);
	if (database->npending > 0)
		memcpy(items, database->pending,
		       database->npending * sizeof(*items));
	database->pending = items;
	items += database->npending++;
	items->side = side;
	if (stocktaking_keep(&items->id, survey->arena, entry->id, err) < 0)
		return err->code;
	return stocktaking_keep(&items->command, survey->arena,
				entry->note.command, err);
}

static int keep_deploy(struct stocktaking *survey,
		       const struct deploy_record *record, struct err *err)
{
	struct status_deploy *deploy = &survey->entry->deploy;
	const char **const texts[DEPLOY_NOTES] = {
		[DEPLOY_NOTE_COMMIT] = &deploy->commit,
		[DEPLOY_NOTE_BEGAN] = &deploy->began,
		[DEPLOY_NOTE_STEP] = &deploy->step,
		[DEPLOY_NOTE_BOOKMARK] = &deploy->bookmark,
	};

	for (int i = 0; i < DEPLOY_NOTES; i++)
		if (texts[i] &&
		    stocktaking_keep(texts[i], survey->arena,
				     deploy_record_note(record,
							(enum deploy_note)i),
				     err) < 0)
			break;
	return err->code;
}

/* A deploy that was broken off, or is under way. */
static int find_deploy(struct stocktaking *survey, const char *target,
		       struct err *err)
{
	struct deploy_record *record = NULL;

	if (deploys_open(&record, survey->workspace, target, false, err) == 0 &&
	    record)
		(void)!keep_deploy(survey, record, err);
	deploy_record_close(record);
	return err->code;
}

static int list_pending(struct stocktaking *survey, struct journal *journal,
			int side, struct err *err)
{
	struct side *described = &survey->sides[side];
	struct journal_entries entries = { .count = 0 };
	struct err none = ERR_INIT;
	char *target = NULL;

	/* the id is known without the network */
	if (side == STATUS_REMOTE && !described->remote_id &&
	    project_remote_id(&described->remote_id,
			      &survey->workspace->project, described->database,
			      false, &none) < 0)
		return 0;
	if (side_target(&target, described, err) == 0 &&
	    journal_list(journal, target, &entries, err) == 0)
		for (size_t i = 0; i < entries.count && !err->code; i++)
			if (entries.items[i].state == JOURNAL_PENDING)
				(void)!add_pending(survey, side,
						   &entries.items[i], err);
	if (!err->code && side == STATUS_REMOTE)
		(void)!find_deploy(survey, target, err);
	journal_entries_release(&entries);
	free(target);
	return err->code;
}

int stocktaking_pending(struct stocktaking *survey, struct err *err)
{
	struct journal *journal = NULL;
	struct err found = ERR_INIT;

	if (workspace_journal(survey->workspace, &journal, &found) == 0)
		for (int side = NEW; side >= OLD && !found.code; side--)
			(void)!list_pending(survey, journal, side, &found);
	journal_close(journal);
	if (found.code == D1_ENOMEM)
		return err_set_nomem(err);
	if (found.code)
		report_warning_err(&found);
	return 0;
}
