/* What the next migration is called. */
#ifndef MIGRATE_NEXTNAME_H
#define MIGRATE_NEXTNAME_H

#include "migrate/files.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Appends the name for a migration that is about `subject`, as wrangler makes
 * it: the next number in four digits, and `_` for blanks, "0003_add_color.sql".
 * Where `pattern` (migrations_list(); NULL: "*.sql") has a folder, that is
 * numbered: "0003_add_color/migration.sql". D1_EUSAGE for a subject that is no
 * part of a path, D1_ERROR for a pattern that leaves more than one name open.
 */
int migrations_next_name(struct buf *name, const struct migrations *migrations,
			 const char *pattern, const char *subject,
			 struct err *err) MUST_CHECK;

/* Makes *highest the number at the start of the name, if that is higher. */
void migrations_raise(unsigned long long *highest, const char *name);

#endif
