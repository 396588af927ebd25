#include "config.h"

#include "apply/definitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/ledger.h"

static int run_file(struct sqlite_target *target, struct filetree *files,
		    const char *label, const char *path,
		    enum execute_rights rights, struct err *err)
{
	struct stream *stream = NULL;
	struct script *script = NULL;
	char *name = NULL;

	if (asprintf(&name, "%s/%s", label, path) < 0)
		return err_set_nomem(err);
	if (filetree_open(files, path, &stream, err) == 0 &&
	    script_open(&script, stream, name, err) == 0)
		(void)!sqlite_target_run(target, script, rights, err);
	script_close(script);
	free(name);
	return err->code;
}

int definitions_migrate(struct sqlite_target *target, struct filetree *files,
			const char *label, const char *name, const char *ledger,
			struct err *err)
{
	if (run_file(target, files, label, name, EXECUTE_MIGRATION, err) < 0)
		return err->code;
	return ledger_record(sqlite_target_database(target), ledger, name, err);
}

int definitions_make(struct sqlite_target *target, struct filetree *snapshot,
		     const char *label, struct err *err)
{
	if (run_file(target, snapshot, label, "schema.sql", EXECUTE_DEFINITIONS,
		     err) < 0)
		return err->code;
	if (run_file(target, snapshot, label, "triggers.sql",
		     EXECUTE_DEFINITIONS, err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}
