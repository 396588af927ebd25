#include "config.h"

#include "model/schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/compiler.h"

const struct table *schema_table(const struct schema *schema, const char *name)
{
	size_t low = 0;
	size_t high = schema->ntables;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, schema->tables[middle].name);

		if (order == 0)
			return &schema->tables[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct table *schema_find_table(const struct schema *schema,
				      const char *name)
{
	for (size_t i = 0; i < schema->ntables; i++)
		if (strcasecmp(schema->tables[i].name, name) == 0)
			return &schema->tables[i];
	return NULL;
}

size_t table_column(const struct table *table, const char *name)
{
	size_t at = 0;

	while (at < table->ncolumns &&
	       strcasecmp(table->columns[at].name, name) != 0)
		at++;
	return at;
}

const struct key *table_primary_key(const struct table *table)
{
	return table->nkeys && table->keys[0].primary ? &table->keys[0] : NULL;
}

/* The place of the column in the key, or key->count. */
static size_t find_in_key(const struct key *key, size_t column)
{
	size_t at = 0;

	while (at < key->count && key->columns[at] != column)
		at++;
	return at;
}

static bool has_all(const struct key *key, const size_t *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (find_in_key(key, columns[i]) == key->count)
			return false;
	return key->count == count;
}

void table_key_collations(const struct table *table, const size_t *columns,
			  size_t count, enum collation *collations)
{
	for (size_t i = 0; i < count; i++)
		collations[i] = COLLATION_BINARY;
	for (size_t k = 0; k < table->nkeys; k++) {
		const struct key *key = &table->keys[k];

		if (!has_all(key, columns, count))
			continue;
		for (size_t i = 0; i < count; i++)
			collations[i] =
				key->collations[find_in_key(key, columns[i])];
		return;
	}
	if (count > 1)
		for (size_t i = 0; i < count; i++)
			table_key_collations(table, &columns[i], 1,
					     &collations[i]);
}

void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	arena_release(&schema->arena);
	free(schema);
}
