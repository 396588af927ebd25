#include "config.h"

#include "workspace/effectlist.h"

#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "util/buf.h"

enum { MAX_LISTED = 20, MAX_LINE = 1 << 24 };

struct effect_list {
	FILE *out;
	const struct changed_table *table;
	uint64_t told;
};

void effectlist_add_key(struct buf *line, const struct changed_table *table,
			const struct row *row)
{
	for (size_t i = 0; i < table->nkey; i++) {
		const struct value *value = &row->cells[table->key[i]];
		size_t start;

		buf_add_char(line, ' ');
		name_add(line, table->columns[table->key[i]]);
		buf_add_char(line, '=');
		start = line->len;
		literal_add(line, value);
		abbrev_literal(line, start, value, NULL);
	}
}

static int write_line(struct effect_list *self, struct buf *line,
		      struct err *err)
{
	buf_add_char(line, '\n');
	if (buf_check(line, "a line", err) == 0)
		fwrite(line->data, 1, line->len, self->out);
	buf_release(line);
	return err->code;
}

static int tell(void *context, const struct row_change *change, struct err *err)
{
	struct effect_list *self = context;
	struct buf line;

	if (self->told++ >= MAX_LISTED)
		return 0;
	buf_init(&line, MAX_LINE);
	buf_add_string(&line, "besides: ");
	name_add(&line, self->table->name);
	if (change->keyed)
		effectlist_add_key(&line, self->table, change->old);
	else
		buf_add_format(&line, ": %llu row%s",
			       (unsigned long long)change->count,
			       change->count == 1 ? "" : "s");
	buf_add_format(&line, " %s %s by a foreign key",
		       change->count == 1 ? "is" : "are",
		       change->op == CHANGE_DELETE ? "deleted" : "changed");
	return write_line(self, &line, err);
}

int effectlist_write(FILE *out, struct changes *effects, struct err *err)
{
	for (size_t i = 0; i < changes_tables(effects); i++) {
		struct effect_list self = { .out = out,
					    .table =
						    changes_table(effects, i) };
		struct buf line;

		if (changes_each_row(effects, i, tell, &self, err) < 0)
			return err->code;
		if (self.told <= MAX_LISTED)
			continue;
		buf_init(&line, MAX_LINE);
		buf_add_string(&line, "besides: ");
		name_add(&line, self.table->name);
		buf_add_format(&line, ": %llu more rows",
			       (unsigned long long)(self.told - MAX_LISTED));
		if (write_line(&self, &line, err) < 0)
			return err->code;
	}
	return 0;
}
