#include "config.h"

#include "format/datafile.h"

#include "format/dataline.h"
#include "model/literal.h"
#include "model/name.h"
#include "model/sql.h"

static void add_names(struct buf *out, const struct datafile_header *header,
		      const size_t *positions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_string(out, ", ");
		name_add(out, header->columns[positions ? positions[i] : i]);
	}
}

void datafile_add_header(struct buf *out, const struct datafile_header *header)
{
	buf_add_string(out, DATALINE_MAGIC DATALINE_VERSION "\n-- table ");
	sql_add_name(out, header->table);
	buf_add_string(out, " (");
	add_names(out, header, NULL, header->ncolumns);
	buf_add_char(out, ')');
	if (header->nkey > 0) {
		buf_add_string(out, " key ");
		add_names(out, header, header->key, header->nkey);
	}
	if (header->nmasked > 0) {
		buf_add_string(out, " [masked ");
		add_names(out, header, header->masked, header->nmasked);
		buf_add_format(out, " key %s]", header->key_id);
	}
	buf_add_string(out, "\n" DATALINE_PRAGMA "\n");
}

void datafile_add_prefix(struct buf *out, const struct datafile_header *header)
{
	buf_add_string(out, "INSERT INTO ");
	sql_add_name(out, header->table);
	if (header->explicit_columns) {
		for (size_t i = 0; i < header->ncolumns; i++) {
			buf_add_char(out, i > 0 ? ',' : '(');
			sql_add_name(out, header->columns[i]);
		}
		buf_add_char(out, ')');
	}
	buf_add_string(out, " VALUES(");
}

void datafile_add_row(struct buf *out, const struct buf *prefix,
		      const struct row *row)
{
	buf_add(out, prefix->data, prefix->len);
	for (size_t i = 0; i < row->ncells; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		literal_add(out, &row->cells[i]);
	}
	buf_add(out, ");\n", 3);
}
