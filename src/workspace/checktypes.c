#include "config.h"

#include <stdlib.h>

#include "diff/typelint.h"
#include "workspace/checkparts.h"
#include "workspace/typefindings.h"

enum { MAX_TEXT = 1 << 24 };

static int add_finding(struct checking *checking, struct gate_check *check,
		       const struct typelint_finding *found, struct err *err)
{
	struct buf message, details;

	buf_init(&message, MAX_TEXT);
	buf_init(&details, MAX_TEXT);
	typefindings_add_message(&message, found);
	if (checking->show_values)
		typefindings_add_values(&details, found);
	if (buf_check(&message, "a finding", err) == 0 &&
	    buf_check(&details, "a finding", err) == 0)
		(void)!gate_add_finding(checking->report, check,
					&(struct gate_finding){
						.kind = GATE_WARNING,
						.message = message.data,
						.details = details.data },
					err);
	buf_release(&message);
	buf_release(&details);
	return err->code;
}

static int read_rows(struct typelint *lint, struct checking *checking,
		     struct err *err)
{
	struct side side = { .name = NULL };
	struct source *source = NULL;

	if (workspace_resolve(checking->workspace, &side, checking->snapshot,
			      err) == 0 &&
	    workspace_open(checking->workspace, &side, &source, err) == 0)
		for (size_t i = 0; i < source->schema->ntables; i++)
			if (typelint_table(lint, source,
					   &source->schema->tables[i], NULL,
					   err) < 0)
				break;
	source_close(source);
	side_release(&side);
	return err->code;
}

int check_types(struct checking *checking, struct gate_check *check,
		struct err *err)
{
	struct err failure = ERR_INIT;
	struct typelint lint;

	typelint_init(&lint);
	if (read_rows(&lint, checking, &failure) == D1_ENOTFOUND)
		(void)!gate_set_state(checking->report, check, GATE_SKIPPED,
				      failure.message, failure.hint, err);
	else if (failure.code)
		(void)!check_fail(checking, check, &failure, err);
	for (size_t i = 0; i < lint.count && !err->code; i++)
		(void)!add_finding(checking, check, &lint.findings[i], err);
	typelint_release(&lint);
	return err->code;
}
