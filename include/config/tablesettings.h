/*
 * What the settings (config/d1config.h) say of one table: whether it is
 * compared, kept in snapshots, and by which rules.
 */
#ifndef CONFIG_TABLESETTINGS_H
#define CONFIG_TABLESETTINGS_H

#include "config/d1config.h"

/*
 * True if the table of the database is to be compared: `tables` is empty or
 * has it, and `excludeTables` does not. The ledgers of wrangler, drizzle,
 * prisma and sqlfu are only compared if `tables` names them.
 */
bool d1config_wants_table(const struct d1config *config, const char *database,
			  const char *table);

/* True for the ledgers of migration tools, in any letter case. */
bool d1config_is_ledger(const char *table);

/*
 * True if the table's rows are kept in snapshots: it is to be compared, and
 * the closest section that says something of `track` says true.
 */
bool d1config_tracks_table(const struct d1config *config, const char *database,
			   const char *table);

/* True if any section says so. */
bool d1config_tracks_any(const struct d1config *config);

/* What holds for one table, of all sections that match it. */
struct table_settings {
	struct name_list key; /* empty: not overridden */
	struct name_list ignore_columns;
	struct name_list mask_columns;
	const char *label;	      /* NULL: not set */
	const char *timestamp_column; /* NULL: not set */
	bool is_tracked;	      /* kept in snapshots */
};

/* Lists are allocated in `arena`, strings borrowed from `config`. */
int d1config_table(struct table_settings *settings,
		   const struct d1config *config, const char *database,
		   const char *table, struct arena *arena,
		   struct err *err) MUST_CHECK;

#endif
