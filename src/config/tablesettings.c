#include "config.h"

#include "config/tablesettings.h"

#include <string.h>

#include "util/compiler.h"
#include "util/glob.h"

/* Where the tools that move a schema note what they have done. */
static const char *const ledgers[] = {
	"d1_migrations",
	"__drizzle_migrations",
	"_prisma_migrations",
	"sqlfu_migrations",
};

/* How closely a name in the configuration fits a table. */
enum fit { NO_FIT, PATTERN, QUALIFIED_PATTERN, EXACT, QUALIFIED_EXACT, FITS };

static enum fit fit_of(const char *name, const char *database,
		       const char *table)
{
	size_t length = strlen(database);

	if (name_equal(name, table))
		return EXACT;
	if (!strncmp(name, database, length) && name[length] == '/') {
		const char *rest = name + length + 1;

		if (name_equal(rest, table))
			return QUALIFIED_EXACT;
		if (glob_match(rest, table))
			return QUALIFIED_PATTERN;
	}
	return glob_match(name, table) ? PATTERN : NO_FIT;
}

/* The closest fit in a list. */
static enum fit best_fit(const struct name_list *list, const char *database,
			 const char *table)
{
	enum fit best = NO_FIT;

	for (size_t i = 0; i < list->count; i++) {
		enum fit fit = fit_of(list->names[i], database, table);

		if (fit > best)
			best = fit;
	}
	return best;
}

bool d1config_is_ledger(const char *table)
{
	for (size_t i = 0; i < ARRAY_SIZE(ledgers); i++) {
		if (name_equal(ledgers[i], table))
			return true;
	}
	return false;
}

bool d1config_wants_table(const struct d1config *config, const char *database,
			  const char *table)
{
	enum fit wanted = best_fit(&config->tables, database, table);

	if (config->tables.count && !wanted)
		return false;
	if (best_fit(&config->exclude_tables, database, table))
		return false;
	return wanted >= EXACT || !d1config_is_ledger(table);
}

static int add_all(struct name_list *to, const struct name_list *from,
		   struct arena *arena, struct err *err)
{
	int result = 0;

	for (size_t i = 0; !result && i < from->count; i++)
		result = name_list_add(to, from->names[i], arena, err);
	return result;
}

/* Lays a section over what less close ones said. */
static int apply_section(struct table_settings *settings,
			 const struct d1config_table *section,
			 struct arena *arena, struct err *err)
{
	int result;

	if (section->key.count)
		settings->key = section->key;
	if (section->label)
		settings->label = section->label;
	if (section->timestamp_column)
		settings->timestamp_column = section->timestamp_column;
	if (section->has_track)
		settings->is_tracked = section->track;
	result = add_all(&settings->ignore_columns, &section->ignore_columns,
			 arena, err);
	if (!result)
		result = add_all(&settings->mask_columns,
				 &section->mask_columns, arena, err);
	return result;
}

int d1config_table(struct table_settings *settings,
		   const struct d1config *config, const char *database,
		   const char *table, struct arena *arena, struct err *err)
{
	int result = 0;

	*settings = (struct table_settings){
		.timestamp_column = config->timestamp_column,
	};
	for (int fit = PATTERN; fit < FITS; fit++) {
		for (size_t i = 0; !result && i < config->table_count; i++) {
			const struct d1config_table *section =
				&config->table_sections[i];

			if ((int)fit_of(section->name, database, table) == fit)
				result = apply_section(settings, section, arena,
						       err);
		}
	}
	return result;
}

bool d1config_tracks_table(const struct d1config *config, const char *database,
			   const char *table)
{
	enum fit best = NO_FIT;
	bool tracked = false;

	if (!d1config_wants_table(config, database, table))
		return false;
	for (size_t i = 0; i < config->table_count; i++) {
		const struct d1config_table *section =
			&config->table_sections[i];
		enum fit fit = fit_of(section->name, database, table);

		if (!section->has_track || fit == NO_FIT || fit < best)
			continue;
		best = fit;
		tracked = section->track;
	}
	return tracked;
}

bool d1config_tracks_any(const struct d1config *config)
{
	for (size_t i = 0; i < config->table_count; i++)
		if (config->table_sections[i].has_track &&
		    config->table_sections[i].track)
			return true;
	return false;
}
