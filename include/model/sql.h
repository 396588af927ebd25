/* Names in SQL: the one place that quotes them. Values are bound instead. */
#ifndef MODEL_SQL_H
#define MODEL_SQL_H

#include "util/buf.h"

/* Appends the name as "name", with any " in it doubled. */
void sql_add_name(struct buf *sql, const char *name);

#endif
