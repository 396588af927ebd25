#include "config.h"

#include "apply/rowshape.h"

#include "apply/rowdigest.h"

static void begin(struct rowstatement *statement,
		  const struct plan_entry *entry, enum rowstatement_kind kind,
		  bool parked)
{
	const struct plan_table *table = entry->owner;

	*statement = (struct rowstatement){
		.kind = kind,
		.table = parked ? table->own : table->name,
		.identity = table->keys[parked],
		.nidentity = table->nkeys[parked],
		.columns = entry->table->columns,
	};
}

static void add(struct rowstatement *statement, struct rowcell cell)
{
	if (statement->ncells < ROWSTATEMENT_CELLS)
		statement->cells[statement->ncells++] = cell;
}

static bool is_key(const struct plan_entry *entry, size_t cell)
{
	for (size_t i = 0; i < entry->table->nkey; i++)
		if (entry->table->key[i] == cell)
			return true;
	return false;
}

static void add_key(struct rowstatement *statement,
		    const struct plan_entry *entry, int side)
{
	for (size_t i = 0; i < entry->table->nkey; i++)
		add(statement, (struct rowcell){ .cell = entry->table->key[i],
						 .side = side,
						 .key = true });
}

/* The cells of a set that are not of the key. */
static void add_others(struct rowstatement *statement,
		       const struct plan_entry *entry,
		       const struct cell_set *cells, int side)
{
	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(cells, i) && !is_key(entry, i))
			add(statement,
			    (struct rowcell){ .cell = i, .side = side });
}

bool rowshape_split(struct cell_set *part, struct cell_set *rest,
		    const struct plan_entry *entry, bool twice)
{
	size_t room = ROWSHAPE_COLUMNS - entry->table->nkey;
	size_t count = 0;

	*part = (struct cell_set){ { 0, 0 } };
	if (twice)
		room /= 2;
	for (size_t i = 0; i < entry->table->ncolumns && count < room; i++) {
		if (!cell_set_has(rest, i))
			continue;
		cell_set_add(part, i);
		rest->bits[i / 64] &= ~((uint64_t)1 << i % 64);
		count++;
	}
	return count > 0;
}

bool rowshape_is_wide(const struct plan_entry *entry)
{
	return entry->table->ncolumns + entry->table->nkey > ROWSHAPE_COLUMNS;
}

void rowshape_insert(struct rowstatement *statement,
		     const struct plan_entry *entry)
{
	begin(statement, entry, ROWS_INSERT, false);
	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(&entry->written, i))
			add(statement,
			    (struct rowcell){ .cell = i, .side = NEW });
}

void rowshape_update(struct rowstatement *statement,
		     const struct plan_entry *entry,
		     const struct cell_set *changed, bool guarded, bool parked)
{
	const struct table *table = entry->owner->target->table;

	begin(statement, entry, ROWS_UPDATE, parked);
	statement->kept = table->kind == TABLE_VIRTUAL ? table : NULL;
	add_key(statement, entry, OLD);
	if (guarded)
		add_others(statement, entry, changed, OLD);
	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(changed, i))
			add(statement, (struct rowcell){ .cell = i,
							 .side = NEW,
							 .set = true });
}

void rowshape_delete(struct rowstatement *statement,
		     const struct plan_entry *entry, bool guarded, bool parked)
{
	begin(statement, entry, ROWS_DELETE, parked);
	add_key(statement, entry, OLD);
	if (guarded) {
		struct cell_set rest = entry->written;
		struct cell_set part;

		/* a wide row's others are compared beforehand */
		rowshape_split(&part, &rest, entry, false);
		add_others(statement, entry, &part, OLD);
	}
}

static void add_whole(struct rowstatement *statement,
		      const struct plan_entry *entry, int side)
{
	statement->counted = true;
	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(&entry->written, i))
			add(statement,
			    (struct rowcell){ .cell = i, .side = side });
}

void rowshape_delete_counted(struct rowstatement *statement,
			     const struct plan_entry *entry)
{
	begin(statement, entry, ROWS_DELETE_COUNTED, false);
	add_whole(statement, entry, OLD);
}

void rowshape_copy(struct rowstatement *statement,
		   const struct plan_entry *entry, bool keyed, const char *into,
		   const char *copied)
{
	begin(statement, entry, ROWS_COPY, false);
	if (keyed)
		add_key(statement, entry, OLD);
	else
		add_whole(statement, entry, OLD);
	statement->into = into;
	statement->copied = copied;
}

void rowshape_displace(struct rowstatement *statement,
		       const struct plan_entry *entry)
{
	begin(statement, entry, ROWS_SET, false);
	add_key(statement, entry, OLD);
	statement->set = entry->owner->displacement;
}

int rowshape_digest(struct row_digest **digest, const struct plan_entry *entry,
		    const struct cell_set *cells, int side, struct err *err)
{
	size_t places[ROWSHAPE_COLUMNS];
	size_t count = 0;

	*digest = NULL;
	for (size_t i = 0; i < entry->table->ncolumns; i++) {
		if (!cell_set_has(cells, i) || is_key(entry, i))
			continue;
		if (count == ROWSHAPE_COLUMNS)
			return 0;
		places[count++] = i;
	}
	return row_digest_open(digest, entry->table,
			       entry->owner->target->table, places, count, side,
			       err);
}

void rowshape_same(struct rowstatement *statement,
		   const struct plan_entry *entry, struct row_digest *digest,
		   int side, const char *guard)
{
	begin(statement, entry, ROWS_SAME, false);
	add_key(statement, entry, side);
	statement->digest = digest;
	statement->guard = guard;
}

void rowshape_missing(struct rowstatement *statement,
		      const struct plan_entry *entry,
		      const struct cell_set *cells, int side, const char *guard)
{
	begin(statement, entry, ROWS_MISSING, false);
	add_key(statement, entry, side);
	add_others(statement, entry, cells, side);
	statement->guard = guard;
}

void rowshape_present(struct rowstatement *statement,
		      const struct plan_entry *entry, int side,
		      const char *guard)
{
	begin(statement, entry, ROWS_PRESENT, false);
	add_key(statement, entry, side);
	statement->guard = guard;
}

void rowshape_referred(struct rowstatement *statement,
		       const struct plan_entry *entry,
		       const struct target_reference *reference,
		       const char *guard)
{
	begin(statement, entry, ROWS_REFERRED, false);
	add_key(statement, entry, OLD);
	statement->reference = reference;
	statement->guard = guard;
}

void rowshape_fewer(struct rowstatement *statement,
		    const struct plan_entry *entry, int side)
{
	begin(statement, entry, ROWS_FEWER, false);
	statement->exact = side == OLD;
	add_whole(statement, entry, side);
}
