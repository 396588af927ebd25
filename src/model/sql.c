#include "config.h"

#include "model/sql.h"

void sql_add_name(struct buf *sql, const char *name)
{
	buf_add_char(sql, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_add_char(sql, '"');
		buf_add_char(sql, *name);
	}
	buf_add_char(sql, '"');
}
