/*
 * The pages of a scan of a D1 database.
 *
 * A page is one SELECT for the rows after the last key that was read. Rows
 * that the text form cannot carry are mended with further SELECTs by key
 * (source/rowtext.h).
 */
#ifndef SOURCE_PAGES_H
#define SOURCE_PAGES_H

#include "cf/d1.h"
#include "source/source.h"

/*
 * A cursor over the rows. A keyed scan delivers them in its order, an unkeyed
 * one in that of the table (a sorter puts them right). `client` and
 * `database_id` are borrowed while it is open.
 */
int pages_open(struct cursor **cursor, struct d1_client *client,
	       const char *database_id, const struct scan *scan,
	       struct err *err) MUST_CHECK;

#endif
