/*
 * What foreign keys would do besides, if changes of rows were carried out: the
 * rows that ON DELETE and ON UPDATE would delete or change, and those that
 * follow from these.
 *
 * A row is not among them if the changes name it, or if they leave another row
 * that it can refer to: it ends as it is.
 */
#ifndef APPLY_EFFECTS_H
#define APPLY_EFFECTS_H

#include "apply/changes.h"
#include "source/source.h"
#include "util/err.h"

/*
 * Finds them in the database that is to be written, a SQLite file or a remote
 * one, which is read through its keys. The caller closes *effects; NULL after
 * an error. D1_EREFUSED for what cannot be foreseen: SET DEFAULT.
 */
int effects_find(struct changes **effects, struct changes *changes,
		 struct source *target, struct err *err) MUST_CHECK;

#endif
