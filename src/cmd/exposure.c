#include "config.h"

#include "cmd/exposure.h"

#include <string.h>

#include "config/tablesettings.h"
#include "model/sensitive.h"
#include "model/sql.h"
#include "source/select.h"
#include "util/glob.h"
#include "util/quote.h"
#include "workspace/report.h"
#include "workspace/tables.h"

enum { SAMPLE = 1000, MAX_TEXT = 1 << 16 };

/* A table that is looked at. */
struct exposure {
	struct tracking *tracking;
	const struct tracking_database *database;
	const struct table *table;
	const char *section;
	struct table_settings settings;
	struct arena arena;
	struct sensitive_tally *tallies; /* of the cells */
	size_t *cells;			 /* as columns of the table */
	size_t ncells;
};

/* ---- looking at rows ---- */

static int choose_cells(struct exposure *self, struct err *err)
{
	const struct table *table = self->table;
	const struct table_settings *settings = &self->settings;

	self->cells = arena_array(&self->arena, table->ncolumns + 1,
				  sizeof(*self->cells));
	self->tallies = arena_array(&self->arena, table->ncolumns + 1,
				    sizeof(*self->tallies));
	if (!self->cells || !self->tallies)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];

		if (!column->unreadable &&
		    !name_list_match(&settings->mask_columns, column->name) &&
		    !name_list_match(&settings->ignore_columns, column->name))
			self->cells[self->ncells++] = i;
	}
	return 0;
}

/* "rowid IN (...)": the oldest rows and the newest, as far as a rowid tells. */
static void add_condition(struct buf *where, const struct table *table)
{
	static const char *const orders[] = { "", " DESC" };

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		buf_add_format(where, "%s%s IN (SELECT %s FROM main.",
			       i > 0 ? " OR " : "(", table->rowid,
			       table->rowid);
		select_add_table(where, table);
		buf_add_format(where, " ORDER BY %s%s LIMIT %d)", table->rowid,
			       orders[i], SAMPLE / 2);
	}
	buf_add_char(where, ')');
}

static int look_at_rows(struct exposure *self, struct cursor *cursor,
			struct err *err)
{
	const struct row *row;

	for (int i = 0; i < SAMPLE; i++) {
		if (cursor_next(cursor, &row, err) < 0 || !row)
			break;
		for (size_t cell = 0; cell < self->ncells; cell++)
			sensitive_add(&self->tallies[cell], &row->cells[cell]);
	}
	return err->code;
}

/* Without a rowid there is a primary key, and the first rows are taken. */
static int look_at_values(struct exposure *self, struct err *err)
{
	struct cursor *cursor = NULL;
	struct scan scan = { .table = self->table,
			     .columns = self->cells,
			     .ncolumns = self->ncells,
			     .rows = SCAN_KEYED };
	struct buf where;

	buf_init(&where, MAX_TEXT);
	if (self->table->rowid) {
		add_condition(&where, self->table);
		if (buf_check(&where, "a statement", err) < 0)
			goto out;
		scan.where = where.data;
	}
	if (source_scan(self->database->local, &cursor, &scan, err) == 0)
		(void)!look_at_rows(self, cursor, err);
out:
	cursor_close(cursor);
	buf_release(&where);
	return err->code;
}

/* ---- saying so ---- */

/* The name as an item of a list of patterns, as maskColumns is one. */
static void add_item(struct buf *out, const char *name)
{
	size_t start = out->len, end;

	glob_add_name(out, name);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == ',')
			out->data[i] = '?';
	/* a blank at an end would be cut off */
	end = out->len;
	if (end > start && out->data[start] == ' ')
		out->data[start] = '?';
	if (end > start && out->data[end - 1] == ' ')
		out->data[end - 1] = '?';
}

/* git config -f .d1config --add table.users.maskColumns email */
static int hint_at_mask(const struct exposure *self, const char *column,
			struct err *err)
{
	struct buf command, word;

	buf_init(&command, MAX_TEXT);
	buf_init(&word, MAX_TEXT);
	buf_add_string(&command, "git config -f ");
	quote_add_shell(&command, self->tracking->shown_path);
	buf_add_string(&command, " --add ");
	buf_add_format(&word, "table.%s.maskColumns", self->section);
	if (!word.failed)
		quote_add_shell(&command, word.data);
	buf_clear(&word);
	add_item(&word, column);
	buf_add_char(&command, ' ');
	if (!word.failed)
		quote_add_shell(&command, word.data);
	if (buf_check(&word, "a hint", err) == 0 &&
	    buf_check(&command, "a hint", err) == 0)
		report_hint("%s", command.data);
	buf_release(&word);
	buf_release(&command);
	return err->code;
}

/* The key of the table, by which its rows will be told apart. */
static int find_key(struct exposure *self, struct table_pair *pair,
		    struct err *err)
{
	const struct option_words all = { .count = 0 };
	struct table_choice choice = {
		.config = &self->tracking->config,
		.database = self->database->database->name,
		.named = &all,
	};
	const struct pair_rules *rules;
	struct pair_rules key_rules = { .key = NULL };

	if (table_choice_rules(&choice, self->table->name, &rules, err) == 0) {
		key_rules.key = rules->key;
		(void)!pair_tables(pair, NULL, self->table, &key_rules,
				   &self->arena, err);
	}
	table_choice_release(&choice);
	return err->code;
}

static bool is_in_key(const struct table_pair *pair, const char *column)
{
	for (size_t i = 0; i < pair->nkey; i++)
		if (name_equal(pair_column(pair, NEW, pair->sides[NEW].key[i])
				       ->name,
			       column))
			return true;
	return false;
}

static int warn_of(struct exposure *self, const struct table_pair *pair,
		   size_t cell, struct err *err)
{
	const char *column = self->table->columns[self->cells[cell]].name;
	const char *by_name = sensitive_name(column);
	const char *by_values = sensitive_found(&self->tallies[cell]);

	if (!by_name && !by_values)
		return 0;
	report_warning("column '%s' of table '%s' looks sensitive: %s, by its "
		       "%s",
		       column, self->table->name,
		       by_values ? by_values : by_name,
		       !by_values	      ? "name"
		       : by_name == by_values ? "name and its values"
					      : "values");
	if (!is_in_key(pair, column))
		return hint_at_mask(self, column, err);
	report_hint("it is in the key, which cannot be masked: set "
		    "table.%s.key to other columns, or do not track the table",
		    self->section);
	return 0;
}

int exposure_warn(struct tracking *tracking,
		  const struct tracking_database *database,
		  const struct table *table, const char *section,
		  struct err *err)
{
	struct exposure self = { .tracking = tracking,
				 .database = database,
				 .table = table,
				 .section = section };
	struct table_pair pair = { .nkey = 0 };

	if (tracking_settings(tracking, &self.settings, database, table->name,
			      err) < 0 ||
	    choose_cells(&self, err) < 0 || look_at_values(&self, err) < 0 ||
	    find_key(&self, &pair, err) < 0)
		goto out;
	for (size_t cell = 0; cell < self.ncells; cell++)
		if (warn_of(&self, &pair, cell, err) < 0)
			break;
out:
	arena_release(&self.arena);
	return err->code;
}
