#include "config.h"

#include "schema/livelook.h"

#include <inttypes.h>
#include <string.h>

#include "schema/liverows.h"

bool livelook_is_old(const struct tabledef *a,
		     const struct tabledef_constraint *constraint)
{
	for (size_t i = 0; i < a->nconstraints; i++)
		if (a->constraints[i].kind == constraint->kind &&
		    strcmp(a->constraints[i].spelling, constraint->spelling) ==
			    0)
			return true;
	return false;
}

static void refuse_found(const struct livelook *look,
			 const struct liverows *rows, const char *what,
			 const char *remedy, struct err *err)
{
	err_set(err, D1_EREFUSED, "%s in %" PRIu64 " row%s of table '%s': %s%s",
		what, rows->count, rows->count == 1 ? "" : "s", look->table,
		rows->first, rows->count > rows->listed ? ", ..." : "");
	err_hint(err, "%s", remedy);
}

int livelook_refuse(const struct livelook *look, struct buf *where,
		    const char *what, const char *remedy, struct err *err)
{
	struct liverows rows;

	if (buf_check(where, "a condition", err) == 0 &&
	    liverows_find(&rows, look->planner, look->table, look->a,
			  where->data, err) == 0 &&
	    rows.count > 0)
		refuse_found(look, &rows, what, remedy, err);
	buf_release(where);
	return err->code;
}

int livelook_refuse_next(const struct livelook *look, struct buf *where,
			 const char *what, const char *remedy, struct err *err)
{
	struct liverows rows;

	if (buf_check(where, "a condition", err) == 0) {
		if (nextrows_find(&rows, look->next, where->data, err) ==
		    D1_ERROR)
			err_clear(err);
		else if (!err->code && rows.count > 0)
			refuse_found(look, &rows, what, remedy, err);
	}
	buf_release(where);
	return err->code;
}
