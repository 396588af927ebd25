#include "config.h"

#include "workspace/consent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "workspace/report.h"
#include "workspace/workspace.h"

enum { MAX_TEXT = 1 << 16, FEW_ROWS = 10, MANY_ROWS = 100, PART = 10 };

/* ---- the target ---- */

static void say_target(const struct workspace *workspace,
		       const struct side *side)
{
	const struct database *database = side->database;
	const char *account = workspace_account(workspace, side->client);
	struct buf line;

	buf_init(&line, MAX_TEXT);
	buf_add_format(&line, "writing %s: database %s, id %s", side->label,
		       database->database_name ? database->database_name
					       : database->name,
		       side->remote_id);
	if (account)
		buf_add_format(&line, ", account %s", account);
	buf_add_format(&line, ", environment %s",
		       database->environment ? database->environment
					     : "(top level)");
	if (!line.failed)
		report_line(line.data);
	buf_release(&line);
}

/* Asks for the name. */
static int ask_name(const struct side *side, const char *command,
		    struct err *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool same;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		err_set(err, D1_EREFUSED,
			"a remote database is written only if its name is "
			"given");
		if (command)
			return err_hint(err, "name it: %s %s", command,
					side->database->environment
						? side->label
						: side->name);
		return err_hint(err, "name it: %s", side->label);
	}
	fprintf(stderr, "Type the name of the database to write it: ");
	length = getline(&line, &size, stdin);
	while (length > 0 && strchr("\r\n", line[length - 1]))
		line[--length] = '\0';
	same = length > 0 && strcmp(line, side->name) == 0;
	free(line);
	return same ? 0
		    : err_set(err, D1_EREFUSED,
			      "that is not its name; nothing was written");
}

int consent_target(struct workspace *workspace, const struct side *side,
		   const char *command, struct err *err)
{
	bool is_protected;

	say_target(workspace, side);
	if (workspace_is_protected(&is_protected, workspace, side->database,
				   err) < 0)
		return err->code;
	if (is_protected) {
		err_set(err, D1_EREFUSED, "%s is protected", side->label);
		return err_hint(err,
				"it is written by deploys only "
				"(database.%s.protected in .d1config), and "
				"they are taken back by git d1 deploy --undo",
				side->database->binding);
	}
	return side->endpoint.database ? 0 : ask_name(side, command, err);
}

int consent_deploy(const struct workspace *workspace, const struct side *side,
		   bool spelled, struct err *err)
{
	say_target(workspace, side);
	return spelled ? 0 : ask_name(side, "git d1 deploy", err);
}

/* ---- how many rows ---- */

static uint64_t changed_rows(struct changes *changes, size_t table)
{
	return changes_count(changes, table, CHANGE_UPDATE) +
	       changes_count(changes, table, CHANGE_DELETE);
}

/* True if so many rows of a table are much of it. */
static int is_much(bool *much, struct source *source, const char *name,
		   uint64_t changed, struct err *err)
{
	const struct table *table = schema_table(source->schema, name);
	uint64_t rows = 0;

	if (table && source_count(source, &rows, &table, 1, err) < 0)
		return err->code;
	*much = *much || changed > rows / PART;
	return 0;
}

int consent_rows(const struct consent_options *options,
		 struct changes *const *lists, size_t nlists,
		 struct source *source, struct err *err)
{
	uint64_t all = 0;
	bool much = false;

	if (options->no_limit)
		return 0;
	for (size_t l = 0; l < nlists; l++) {
		for (size_t t = 0; t < changes_tables(lists[l]); t++) {
			uint64_t rows = changed_rows(lists[l], t);

			all += rows;
			if (rows > FEW_ROWS &&
			    is_much(&much, source,
				    changes_table(lists[l], t)->name, rows,
				    err) < 0)
				return err->code;
		}
	}
	if (all <= MANY_ROWS && !much)
		return 0;
	if (options->yes >= 0 && (uint64_t)options->yes == all)
		return 0;
	err_set(err, D1_EREFUSED,
		"%llu rows would be updated or deleted; nothing was written",
		(unsigned long long)all);
	return err_hint(err, "--yes=%llu if that is right",
			(unsigned long long)all);
}
