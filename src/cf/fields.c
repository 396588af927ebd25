#include "config.h"

#include "cf/fields.h"

#include <stdbool.h>

static const struct field *find_field(const struct field *fields, size_t count,
				      const struct json_token *key)
{
	for (size_t i = 0; i < count; i++)
		if (json_is(key, fields[i].name))
			return &fields[i];
	return NULL;
}

static int set_field(const struct field *field, const struct json_token *value,
		     void *target, struct arena *arena, struct err *err)
{
	void *place = (char *)target + field->offset;
	bool flag = value->type == JSON_TRUE || value->type == JSON_FALSE;

	if (field->type == FIELD_TEXT && value->type == JSON_STRING) {
		char *copy = arena_copy(arena, value->data, value->size);

		if (!copy)
			return err_set_nomem(err);
		*(const char **)place = copy;
	} else if (field->type == FIELD_INTEGER) {
		(void)json_int64(place, value);
	} else if (field->type == FIELD_REAL && value->type == JSON_NUMBER) {
		return json_double(place, value, err);
	} else if (field->type == FIELD_FLAG && flag) {
		*(int *)place = value->type == JSON_TRUE;
	}
	return 0;
}

int fields_read(struct json *json, const struct json_token *first,
		const struct field *fields, size_t count, void *target,
		struct arena *arena, struct err *err)
{
	if (first->type != JSON_OBJECT)
		return json_skip(json, first, err);
	for (;;) {
		const struct field *field;
		struct json_token token;

		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_OBJECT_END)
			return 0;
		field = find_field(fields, count, &token);
		if (json_next(json, &token, err))
			return err->code;
		if (field && set_field(field, &token, target, arena, err))
			return err->code;
		if (json_skip(json, &token, err))
			return err->code;
	}
}
