/*
 * Fuzz target for schemas that are read from texts: schema/blueprint.h,
 * schema/tabledef.h, schema/renames.h, and the differences of one with itself.
 *
 * Any bytes: what can be read at all differs in nothing from itself, and a
 * table's columns and constraints lie within its text.
 *
 * Seeds are in tests/fuzz/corpus/blueprint.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "schema/blueprint.h"
#include "schema/difference.h"
#include "schema/renames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail_unless(int holds)
{
	if (!holds)
		abort();
}

static int read_blueprint(struct blueprint *blueprint, const char *text,
			  size_t size)
{
	struct err err = ERR_INIT;

	blueprint_init(blueprint, "fuzz");
	return blueprint_add_text(blueprint, text, size, "fuzz", &err) == 0 &&
	       blueprint_finish(blueprint, &err) == 0;
}

static void check_tables(struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->count; i++) {
		struct blueprint_object *object = &blueprint->items[i];
		const char *end = object->sql + object->size;
		const struct tabledef *def;
		struct err err = ERR_INIT;

		if (object->kind != OBJECT_TABLE ||
		    blueprint_def(blueprint, object, &def, &err) < 0)
			continue;
		for (size_t c = 0; c < def->ncolumns; c++) {
			const struct tabledef_column *column = &def->columns[c];

			fail_unless(column->text >= object->sql &&
				    column->text + column->size <= end);
		}
		for (size_t c = 0; c < def->nconstraints; c++)
			fail_unless(def->constraints[c].spelling != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct differences differences;
	struct renames renames = { .count = 0 };
	struct blueprint a, b;
	struct err err = ERR_INIT;

	if (read_blueprint(&a, text, size)) {
		fail_unless(read_blueprint(&b, text, size));
		check_tables(&a);
		if (differences_find(&differences, &a, &b, &err) == 0)
			fail_unless(differences.count == 0);
		differences_release(&differences);
		blueprint_release(&b);
	}
	blueprint_release(&a);
	err_clear(&err);
	(void)!renames_add_text(&renames, text, size, &err);
	renames_release(&renames);
	return 0;
}
