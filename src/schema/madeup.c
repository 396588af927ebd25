#include "config.h"

#include "schema/madeup.h"

#include <stdio.h>
#include <string.h>

#include "model/affinity.h"

static bool is_in_key(const struct tabledef *def, const char *column)
{
	for (size_t i = 0; i < def->nconstraints; i++)
		if (def->constraints[i].kind != CONSTRAINT_CHECK &&
		    tabledef_has_column(&def->constraints[i], column))
			return true;
	return false;
}

void madeup_init(struct madeup *self, int row)
{
	snprintf(self->key, sizeof(self->key), "%d", row);
	snprintf(self->other, sizeof(self->other), "v%d'\n x", row);
}

static struct value text_value(const char *text)
{
	return (struct value){ .type = VALUE_TEXT,
			       .data = text,
			       .size = strlen(text) };
}

struct value madeup_value(const struct madeup *self, const struct tabledef *def,
			  const struct tabledef_column *column, int row,
			  int variant)
{
	const struct value integer = { .type = VALUE_INTEGER, .integer = row };
	bool key = is_in_key(def, column->name);
	const char *text = key ? self->key : self->other;

	if (variant == 1 && !key && !column->not_null)
		return (struct value){ .type = VALUE_NULL };
	if (variant == 2)
		return integer;
	if (variant == 3)
		return text_value(text);
	switch (affinity_of_type(column->type)) {
	case AFFINITY_TEXT:
		return text_value(text);
	case AFFINITY_REAL:
		return (struct value){ .type = VALUE_REAL, .real = row + 0.5 };
	default:
		return integer;
	}
}
