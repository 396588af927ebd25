/*
 * A value as an SQL expression that every engine reads exactly, and that holds
 * no byte of a text or blob but as hexadecimal digits.
 */
#ifndef SOURCE_EXACTSQL_H
#define SOURCE_EXACTSQL_H

#include "model/value.h"
#include "util/buf.h"

/* Bytes that exact_sql_add() appends at most. */
size_t exact_sql_size(const struct value *value);

void exact_sql_add(struct buf *sql, const struct value *value);

#endif
