/*
 * Rows of a data file loaded into the database of the snapshot's definitions:
 * SQLite itself judges whether the table takes them.
 */
#ifndef APPLY_ROWLOAD_H
#define APPLY_ROWLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/checkedfile.h"

struct rowload;

/*
 * Sets *needed if only SQLite can judge the rows of the file, which fits its
 * definition, or foreign keys refer to them. Loading takes longer than all
 * other checks: where it is not needed, the columns by themselves and the order
 * of the keys tell as much.
 */
int rowload_is_needed(bool *needed, const struct checkedfile *file,
		      const struct checkedschema *definitions,
		      struct err *err) MUST_CHECK;

/*
 * Begins to load rows of the file's table. Everything is borrowed until it is
 * closed; NULL may be closed. One at a time is open over the definitions.
 */
int rowload_open(struct rowload **load, const struct checkedfile *file,
		 const struct checkedschema *definitions,
		 struct err *err) MUST_CHECK;
void rowload_close(struct rowload *load);

enum rowload_verdict {
	ROWLOAD_TAKEN,
	ROWLOAD_REPEATED, /* a UNIQUE column or key has these values already */
	ROWLOAD_UNFIT,	  /* a column does not take its value: type, NOT NULL */
	ROWLOAD_REFUSED,  /* by something else: CHECK */
};

/*
 * Loads a row, which stands in that line. If it is not taken, *reason is what
 * SQLite says, valid until the next call. CHECK is not looked at where values
 * are left out or masked.
 */
int rowload_add(struct rowload *load, const struct row *row, uint64_t line,
		enum rowload_verdict *verdict, const char **reason,
		struct err *err) MUST_CHECK;

#endif
