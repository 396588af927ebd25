#include "config.h"

#include "render/status.h"

const enum bucket drift_buckets[DRIFT_COUNT] = {
	BUCKET_NEW_ONLY,  BUCKET_OLD_ONLY,	  BUCKET_NEW_NEWER,
	BUCKET_OLD_NEWER, BUCKET_CONTENT_DIFFERS,
};

void status_report_release(struct status_report *report)
{
	arena_release(&report->arena);
	*report = (struct status_report){ .count = 0 };
}

const char *side_state_name(enum status_side_state state)
{
	static const char *const names[] = {
		[SIDE_REACHED] = "ok",
		[SIDE_OFFLINE] = "offline",
		[SIDE_MISSING] = "missing",
		[SIDE_DENIED] = "denied",
		[SIDE_UNREACHABLE] = "unreachable",
		[SIDE_FAILED] = "error",
	};

	return names[state];
}

const char *table_state_name(enum status_table_state state)
{
	static const char *const names[] = {
		[TABLE_COMPARED] = "compared",
		[TABLE_NOT_COMPARED] = "not-compared",
		[TABLE_LISTED] = "derived",
		[TABLE_EXCLUDED] = "excluded",
	};

	return names[state];
}

const char *snapshot_state_name(enum status_snapshot_state state)
{
	static const char *const names[] = {
		[SNAPSHOT_NONE] = "none",    [SNAPSHOT_MISSING] = "missing",
		[SNAPSHOT_CLEAN] = "clean",  [SNAPSHOT_STALE] = "stale",
		[SNAPSHOT_FAILED] = "error",
	};

	return names[state];
}

const char *migration_state_name(const struct status_migrations *migrations,
				 const struct status_migration *migration,
				 int side)
{
	if (!migrations->ledger_known[side])
		return NULL;
	if (migration->applied[side])
		return "applied";
	/* what has no file here waits nowhere */
	return migration->has_file ? "pending" : NULL;
}

bool status_table_drifted(const struct status_table *table)
{
	if (table->state != TABLE_COMPARED)
		return false;
	for (size_t i = 0; i < DRIFT_COUNT; i++)
		if (table->buckets[drift_buckets[i]] > 0)
			return true;
	return table->columns_differ || !table->there[STATUS_REMOTE] ||
	       !table->there[STATUS_LOCAL];
}
