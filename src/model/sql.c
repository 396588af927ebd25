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

size_t sql_read_name(struct buf *out, const char *sql, size_t size)
{
	size_t start = out->len;

	for (size_t at = 1; at < size && sql[0] == '"' && sql[at]; at++) {
		if (sql[at] == '"') {
			at++;
			if ((at == size || sql[at] != '"') && !out->failed)
				return at;
			if (at == size)
				break;
		}
		buf_add_char(out, sql[at]);
	}
	buf_truncate(out, start);
	return 0;
}
