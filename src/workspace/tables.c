#include "config.h"

#include "workspace/tables.h"

#include <string.h>
#include <strings.h>

#include "config/tablesettings.h"
#include "model/name.h"
#include "util/buf.h"
#include "util/glob.h"
#include "workspace/report.h"

enum { MAX_LISTED = 800 }; /* bytes of table names in a hint */

void table_choice_release(struct table_choice *choice)
{
	arena_release(&choice->arena);
}

static bool has_table(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->ntables; i++)
		if (strcasecmp(schema->tables[i].name, name) == 0)
			return true;
	return false;
}

/* Appends the names of tables that `listed`, which may be NULL, lacks. */
static void list_tables(struct buf *list, const struct schema *schema,
			const struct schema *listed)
{
	for (size_t i = 0; i < schema->ntables; i++) {
		const char *name = schema->tables[i].name;

		if (listed && has_table(listed, name))
			continue;
		if (list->len + strlen(name) > MAX_LISTED) {
			buf_add_string(list, ", ...");
			return;
		}
		buf_add_string(list, list->len ? ", " : "");
		name_add(list, name);
	}
}

void table_list_add(struct buf *list, const struct schema *schema)
{
	list_tables(list, schema, NULL);
}

/* No side has the table. */
static int refuse_unknown(const char *name,
			  const struct schema *const schemas[2],
			  struct err *err)
{
	bool has_tables = schemas[OLD]->ntables || schemas[NEW]->ntables;
	struct buf list;

	buf_init(&list, (size_t)4 * MAX_LISTED);
	list_tables(&list, schemas[OLD], NULL);
	list_tables(&list, schemas[NEW], schemas[OLD]);
	err_set(err, D1_EUSAGE, "no side has a table '%s'", name);
	if (schemas[OLD]->partial || schemas[NEW]->partial)
		buf_add_string(&list, "\na snapshot has the tables that `git "
				      "d1 track` was told of");
	if (has_tables)
		err_hint(err, "the tables are: %s", list.data);
	else
		err_hint(err, "there are no tables at all%s",
			 list.len ? list.data : "");
	buf_release(&list);
	return err->code;
}

/* True if the name can be copied into a shell as it is. */
static bool is_plain(const char *name)
{
	return name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] ==
		       '\0';
}

/* One side has the table, and the snapshot that is the other does not. */
static int refuse_untracked(const char *name, const char *label,
			    struct err *err)
{
	err_set(err, D1_EUSAGE, "table '%s' is not in the snapshot %s", name,
		label);
	return err_hint(err,
			"to have it in snapshots from now on: git d1 track %s",
			is_plain(name) ? name : "<table>");
}

int table_choice_check(const struct table_choice *choice,
		       const struct schema *const schemas[2],
		       const char *const labels[2], struct err *err)
{
	int partial = compare_partial_side(schemas);

	for (size_t i = 0; i < choice->named->count; i++) {
		const char *name = choice->named->words[i];

		if (!has_table(schemas[OLD], name) &&
		    !has_table(schemas[NEW], name))
			return refuse_unknown(name, schemas, err);
		if (partial >= 0 && !has_table(schemas[partial], name))
			return refuse_untracked(name, labels[partial], err);
	}
	return 0;
}

static bool has_column(const struct table *table, const char *name)
{
	return table && table_column(table, name) < table->ncolumns;
}

/* The tables of one section, and what it is called in messages. */
struct section {
	const struct d1config_table *settings;
	const struct table *tables[2];
};

static void check_column(const struct section *section, const char *setting,
			 const char *column)
{
	if (!column || glob_is_pattern(column) ||
	    has_column(section->tables[0], column) ||
	    has_column(section->tables[1], column))
		return;
	report_warning("table.%s.%s names the column '%s', which the table "
		       "does not have",
		       section->settings->name, setting, column);
}

static void check_columns(const struct section *section, const char *setting,
			  const struct name_list *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		check_column(section, setting, columns->names[i]);
}

void table_choice_warn(const struct table_choice *choice,
		       const struct schema *old_schema,
		       const struct schema *new_schema)
{
	for (size_t i = 0; i < choice->config->table_count; i++) {
		const struct d1config_table *settings =
			&choice->config->table_sections[i];
		const char *slash = strchr(settings->name, '/');
		const char *name = slash ? slash + 1 : settings->name;
		const struct section section = {
			.settings = settings,
			.tables = { schema_find_table(old_schema, name),
				    schema_find_table(new_schema, name) },
		};

		if (!section.tables[0] && !section.tables[1])
			continue;
		check_columns(&section, "maskColumns", &settings->mask_columns);
		check_columns(&section, "ignoreColumns",
			      &settings->ignore_columns);
		check_column(&section, "label", settings->label);
		check_column(&section, "timestampColumn",
			     settings->timestamp_column);
	}
}

bool table_choice_wants(void *context, const char *table)
{
	const struct table_choice *choice = context;
	const struct option_words *named = choice->named;

	for (size_t i = 0; i < named->count; i++)
		if (strcasecmp(named->words[i], table) == 0)
			return true;
	if (named->count > 0)
		return false;
	return d1config_wants_table(choice->config,
				    choice->database ? choice->database : "",
				    table);
}

/* The names with a NULL after them; NULL if there are none. */
static const char *const *terminate(const struct name_list *list,
				    struct arena *arena, struct err *err)
{
	const char **names;

	if (list->count == 0)
		return NULL;
	names = arena_array(arena, list->count + 1, sizeof(*names));
	if (!names) {
		err_set_nomem(err);
		return NULL;
	}
	memcpy(names, list->names, list->count * sizeof(*names));
	return names;
}

int table_choice_rules(void *context, const char *table,
		       const struct pair_rules **rules, struct err *err)
{
	struct table_choice *choice = context;
	struct table_settings settings;

	choice->rules = (struct pair_rules){ .mask_key = choice->mask_key };
	*rules = &choice->rules;
	arena_clear(&choice->arena);
	if (d1config_table(&settings, choice->config,
			   choice->database ? choice->database : "", table,
			   &choice->arena, err) < 0)
		return err->code;
	choice->rules.key = terminate(&settings.key, &choice->arena, err);
	choice->rules.ignore =
		terminate(&settings.ignore_columns, &choice->arena, err);
	choice->rules.mask =
		terminate(&settings.mask_columns, &choice->arena, err);
	choice->rules.label = settings.label;
	choice->rules.timestamp = settings.timestamp_column;
	return err->code;
}
