#include "config.h"

#include "workspace/keyvalues.h"

#include <string.h>

#include "model/literal.h"

/* Reads one value and returns how many bytes it took. */
static size_t read_value(struct value *value, const char *text,
			 struct arena *arena)
{
	size_t size = strlen(text);
	size_t taken = literal_read(value, text, size, arena);

	if (taken > 0 && (text[taken] == '\0' || text[taken] == ','))
		return taken;
	*value = (struct value){ .type = VALUE_TEXT };
	value->data = text;
	value->size = strcspn(text, ",");
	return value->size;
}

int key_values_read(struct key_values *key, const char *text, struct err *err)
{
	for (;;) {
		struct value *value = &key->values[key->count];
		struct value *spelling = &key->texts[key->count];
		size_t size;

		if (key->count == KEY_VALUES_MAX)
			return err_set(err, D1_EUSAGE,
				       "a key of more than %d "
				       "values",
				       KEY_VALUES_MAX);
		size = read_value(value, text, &key->arena);
		*spelling = *value;
		if (value->type == VALUE_INTEGER || value->type == VALUE_REAL) {
			*spelling = (struct value){ .type = VALUE_TEXT };
			spelling->data = text;
			spelling->size = size;
		}
		key->count++;
		text += size;
		if (*text == '\0')
			return 0;
		text++;
	}
}

void key_values_release(struct key_values *key)
{
	arena_release(&key->arena);
}
