/*
 * Plans for the cases of cases.sql, one by one: each is applied in one
 * transaction with foreign keys enforced to a database with rows, and judged
 * without the code that made it. The file says what its marks mean.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "judge.h"
#include "schema/blueprint.h"
#include "schema/renames.h"
#include "schema/schemaplan.h"
#include "util/buf.h"
#include "util/file.h"

enum { MAX_LIST = 8, MAX_TEXT = 1 << 24 };

struct list {
	char *items[MAX_LIST];
	size_t count;
};

struct example {
	char *name;
	struct buf before, after, rows, wanted;
	struct list refused, renames, allowed, has, lacks, checks;
	bool converts, empty;
	size_t line;
};

static size_t failures;

static void fail_case(const struct example *example, const char *what,
		      const char *detail)
{
	print_error("%s: %s%s%s\n", example->name, what, detail ? ": " : "",
		    detail ? detail : "");
	failures++;
}

/* ---- reading the file ---- */

static void add(struct list *list, const char *text, size_t size)
{
	assert_true(list->count < MAX_LIST);
	list->items[list->count++] = strndup(text, size);
}

static void clear_list(struct list *list)
{
	while (list->count > 0)
		free(list->items[--list->count]);
}

static void clear(struct example *example)
{
	buf_release(&example->before);
	buf_release(&example->after);
	buf_release(&example->rows);
	buf_release(&example->wanted);
	clear_list(&example->refused);
	clear_list(&example->renames);
	clear_list(&example->allowed);
	clear_list(&example->has);
	clear_list(&example->lacks);
	clear_list(&example->checks);
	free(example->name);
	memset(example, 0, sizeof(*example));
	buf_init(&example->before, MAX_TEXT);
	buf_init(&example->after, MAX_TEXT);
	buf_init(&example->rows, MAX_TEXT);
	buf_init(&example->wanted, MAX_TEXT);
}

/* A mark with what follows it; *into is where the next lines go. */
static void read_mark(struct example *example, struct buf **into,
		      const char *line, size_t size)
{
	struct {
		const char *mark;
		struct list *list;
	} const lists[] = {
		{ "%refused ", &example->refused },
		{ "%rename ", &example->renames },
		{ "%allow ", &example->allowed },
		{ "%has ", &example->has },
		{ "%lacks ", &example->lacks },
		{ "%check ", &example->checks },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t length = strlen(lists[i].mark);

		if (strncmp(line, lists[i].mark, length) == 0) {
			add(lists[i].list, line + length, size - length);
			return;
		}
	}
	if (strncmp(line, "%before", 7) == 0)
		*into = &example->before;
	else if (strncmp(line, "%after", 6) == 0)
		*into = &example->after;
	else if (strncmp(line, "%wanted", 7) == 0)
		*into = &example->wanted;
	else if (strncmp(line, "%rows", 5) == 0)
		*into = &example->rows;
	else if (strncmp(line, "%converts", 9) == 0)
		example->converts = true;
	else if (strncmp(line, "%empty", 6) == 0)
		example->empty = true;
	else
		fail_msg("no such mark: %.*s", (int)size, line);
}

/* ---- one case ---- */

static int make_plan(const struct example *example, struct schemaplan *plan,
		     struct blueprint *from, struct blueprint *to,
		     struct err *err)
{
	struct renames renames = { .count = 0 };
	const struct schemaplan_options options = {
		.renames = &renames,
		.drops = (const char *const *)example->allowed.items,
		.ndrops = example->allowed.count,
	};

	blueprint_init(from, "before.sql");
	blueprint_init(to, "after.sql");
	for (size_t i = 0; i < example->renames.count && !err->code; i++)
		(void)!renames_add_option(&renames, example->renames.items[i],
					  err);
	if (!err->code &&
	    blueprint_add_text(from,
			       example->before.data ? example->before.data : "",
			       example->before.len, "before.sql", err) == 0 &&
	    blueprint_finish(from, err) == 0 &&
	    blueprint_add_text(to,
			       example->after.data ? example->after.data : "",
			       example->after.len, "after.sql", err) == 0 &&
	    blueprint_finish(to, err) == 0 &&
	    renames_add_text(&renames,
			     example->after.data ? example->after.data : "",
			     example->after.len, err) == 0)
		(void)!schemaplan_make(plan, from, to, &options, err);
	renames_release(&renames);
	return err->code;
}

static bool plan_has(const struct schemaplan *plan, const char *text)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strstr(plan->steps[i].sql, text))
			return true;
	return false;
}

static void check_statements(const struct example *example,
			     const struct schemaplan *plan)
{
	for (size_t i = 0; i < example->has.count; i++)
		if (!plan_has(plan, example->has.items[i]))
			fail_case(example, "lacks", example->has.items[i]);
	for (size_t i = 0; i < example->lacks.count; i++)
		if (plan_has(plan, example->lacks.items[i]))
			fail_case(example, "has", example->lacks.items[i]);
	if (example->empty && plan->count > 0)
		fail_case(example, "is not empty", plan->steps[0].sql);
}

static void apply_and_judge(const struct example *example,
			    const struct schemaplan *plan)
{
	struct judged judged = {
		.before = example->before.data ? example->before.data : "",
		.after = example->wanted.data  ? example->wanted.data
			 : example->after.data ? example->after.data
					       : "",
		.rows = example->rows.data,
		.renames = (const char *const *)example->renames.items,
		.nrenames = example->renames.count,
		.checks = (const char *const *)example->checks.items,
		.nchecks = example->checks.count,
		.converts = example->converts,
		.cosmetic = example->empty,
	};
	char *why = judge_plan(&judged, plan);

	if (why)
		fail_case(example, why, NULL);
	free(why);
}

static void try_case(const struct example *example)
{
	struct blueprint from, to;
	struct schemaplan plan = { .count = 0 };
	struct err err = ERR_INIT;

	if (make_plan(example, &plan, &from, &to, &err) < 0) {
		if (example->refused.count == 0)
			fail_case(example, "was refused", err.message);
		for (size_t i = 0; i < example->refused.count; i++)
			if (!strstr(err.message, example->refused.items[i]) &&
			    !strstr(err.hint, example->refused.items[i]))
				fail_case(example, "says", err.message);
		if (err.code != D1_EREFUSED)
			fail_case(example, "is no refusal", err.message);
	} else if (example->refused.count > 0) {
		fail_case(example, "was not refused",
			  plan.count ? plan.steps[0].sql : "empty");
	} else {
		check_statements(example, &plan);
		apply_and_judge(example, &plan);
	}
	schemaplan_release(&plan);
	blueprint_release(&from);
	blueprint_release(&to);
}

static void test_cases(void **state)
{
	const char *top = getenv("TOP_SRCDIR");
	struct err err = ERR_INIT;
	struct example example = { .name = NULL };
	struct buf *into = NULL;
	struct buf text;
	size_t count = 0;
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/schema/cases.sql",
		 top ? top : "..");
	buf_init(&text, MAX_TEXT);
	assert_int_equal(file_read(&text, path, 0, &err), 0);
	clear(&example);
	for (const char *at = text.data; *at;) {
		size_t size = strcspn(at, "\n");

		if (strncmp(at, "%case ", 6) == 0) {
			if (example.name)
				try_case(&example);
			clear(&example);
			example.name = strndup(at + 6, size - 6);
			into = NULL;
			count++;
		} else if (*at == '%' && example.name) {
			read_mark(&example, &into, at, size);
		} else if (into) {
			buf_add(into, at, size);
			buf_add_char(into, '\n');
		}
		at += size + (at[size] == '\n');
	}
	if (example.name)
		try_case(&example);
	clear(&example);
	buf_release(&text);
	print_message("%zu cases, %zu failures\n", count, failures);
	assert_true(count > 60);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
