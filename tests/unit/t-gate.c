/*
 * The gate's report in all its forms: what people read, what services parse,
 * and that nothing in a name or a value breaks either.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/gate.h"

static const struct gate_colors colorless = { "", "", "" };

/* ---- reports ---- */

static struct gate_check *add_check(struct gate_report *report,
				    const char *database, const char *name)
{
	struct err err = ERR_INIT;
	struct gate_check *check = gate_add_check(report, database, name, &err);

	assert_non_null(check);
	return check;
}

static void add(struct gate_report *report, struct gate_check *check,
		const struct gate_finding *finding)
{
	struct err err = ERR_INIT;

	assert_int_equal(gate_add_finding(report, check, finding, &err), 0);
}

static void set(struct gate_report *report, struct gate_check *check,
		enum gate_state state, const char *reason, const char *hint)
{
	struct err err = ERR_INIT;

	assert_int_equal(gate_set_state(report, check, state, reason, hint,
					&err),
			 0);
}

/* A report with one of everything. */
static void fill(struct gate_report *report)
{
	struct gate_check *check;

	gate_report_init(report);
	add_check(report, "shop", "schema");
	check = add_check(report, "shop", "migrations");
	add(report, check,
	    &(struct gate_finding){ .kind = GATE_PENDING,
				    .message = "'0002_x.sql' is pending",
				    .remedy = "git d1 migrations apply "
					      "shop/remote" });
	add(report, check,
	    &(struct gate_finding){ .kind = GATE_FAULT,
				    .message = "two have the number 2",
				    .remedy = "git mv",
				    .path = "migrations/0002_y.sql",
				    .line = 3 });
	check = add_check(report, "shop", "data");
	add(report, check,
	    &(struct gate_finding){ .kind = GATE_WARNING,
				    .message = "a\033[31m <b> | `x` %: ,",
				    .details = "one\n::error::two\n" });
	check = add_check(report, NULL, "types");
	set(report, check, GATE_SKIPPED, "not asked for", NULL);
	check = add_check(report, "crm", "data");
	set(report, check, GATE_FAILED, "no network", "try again");
}

typedef int write_fn(FILE *out, const struct gate_report *report,
		     struct err *err);

static char *written(const struct gate_report *report, write_fn *write)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(write(out, report, &err), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_written(const struct gate_report *report, write_fn *write,
			  const char *expected)
{
	char *text = written(report, write);

	assert_string_equal(text, expected);
	free(text);
}

static int write_text(FILE *out, const struct gate_report *report,
		      struct err *err)
{
	return gate_write_text(out, report, &colorless, err);
}

static int write_markdown(FILE *out, const struct gate_report *report,
			  struct err *err)
{
	return gate_write_markdown(out, report, 65536, err);
}

static int write_short_markdown(FILE *out, const struct gate_report *report,
				struct err *err)
{
	return gate_write_markdown(out, report, 1000, err);
}

/* ---- verdicts ---- */

static void check_verdict(const struct gate_report *report,
			  const char *expected)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	gate_add_verdict(&text, report);
	assert_false(text.failed);
	assert_string_equal(text.data, expected);
	buf_release(&text);
}

static void test_verdict(void **state)
{
	struct gate_report report;
	struct gate_check *check;

	(void)state;
	gate_report_init(&report);
	check_verdict(&report, "fine");
	check = add_check(&report, "shop", "data");
	check_verdict(&report, "fine");
	add(&report, check,
	    &(struct gate_finding){
		    .kind = GATE_WARNING, .message = "w", .remedy = "look" });
	check_verdict(&report, "fine: 1 warning; next: look");
	assert_false(gate_is_closed(&report));
	add(&report, check,
	    &(struct gate_finding){
		    .kind = GATE_PENDING, .message = "p", .remedy = "deploy" });
	check_verdict(&report, "blocked: 1 pending, 1 warning; next: deploy");
	assert_true(gate_is_closed(&report));
	report.pending_is_fine = true;
	check_verdict(&report, "fine: 1 pending, 1 warning; next: deploy");
	assert_false(gate_is_closed(&report));
	add(&report, check,
	    &(struct gate_finding){ .kind = GATE_DRIFT, .message = "d" });
	check_verdict(&report,
		      "blocked: 1 drift, 1 pending, 1 warning; next: deploy");
	add(&report, check,
	    &(struct gate_finding){
		    .kind = GATE_FAULT, .message = "f", .remedy = "mend" });
	check_verdict(&report, "blocked: 1 fault, 1 drift, 1 pending, "
			       "1 warning; next: mend");
	gate_report_release(&report);
}

static void test_check_verdicts(void **state)
{
	static const char *const verdicts[] = { "fine", "blocked", "fine",
						"skipped", "failed" };
	struct gate_report report;
	size_t i = 0;

	(void)state;
	fill(&report);
	for (const struct gate_check *check = report.checks; check;
	     check = check->next)
		assert_string_equal(gate_check_verdict(&report, check),
				    verdicts[i++]);
	check_verdict(&report, "blocked: 1 check could not be made, 1 fault, "
			       "1 pending, 1 warning; next: git mv");
	gate_report_release(&report);
}

/* ---- forms ---- */

static void test_text(void **state)
{
	struct gate_report report;

	(void)state;
	fill(&report);
	check_written(
		&report, write_text,
		"shop schema: fine\n"
		"shop migrations: blocked\n"
		"  pending: '0002_x.sql' is pending\n"
		"    -> git d1 migrations apply shop/remote\n"
		"  fault: migrations/0002_y.sql:3: two have the number 2\n"
		"    -> git mv\n"
		"shop data: fine\n"
		"  warning: \"a\\033[31m <b> | `x` %: ,\"\n"
		"    one\n"
		"    ::error::two\n"
		"types: skipped: not asked for\n"
		"crm data: failed: no network\n"
		"    -> try again\n"
		"blocked: 1 check could not be made, 1 fault, 1 pending, "
		"1 warning; next: git mv\n");
	gate_report_release(&report);
}

static void test_json(void **state)
{
	struct gate_report report;

	(void)state;
	fill(&report);
	check_written(
		&report, gate_write_json,
		"{\"version\":1,\"verdict\":\"blocked\",\"checks\":[\n"
		"{\"verdict\":\"fine\",\"database\":\"shop\",\"name\":"
		"\"schema\",\"reason\":null,\"hint\":null,\"findings\":[]},\n"
		"{\"verdict\":\"blocked\",\"database\":\"shop\",\"name\":"
		"\"migrations\",\"reason\":null,\"hint\":null,\"findings\":[\n"
		"{\"kind\":\"pending\",\"blocks\":true,\"message\":"
		"\"'0002_x.sql' is pending\",\"remedy\":\"git d1 migrations "
		"apply shop/remote\",\"file\":null,\"line\":null,\"details\":"
		"null},\n"
		"{\"kind\":\"fault\",\"blocks\":true,\"message\":\"two have "
		"the number 2\",\"remedy\":\"git mv\",\"file\":"
		"\"migrations/0002_y.sql\",\"line\":3,\"details\":null}]},\n"
		"{\"verdict\":\"fine\",\"database\":\"shop\",\"name\":"
		"\"data\",\"reason\":null,\"hint\":null,\"findings\":[\n"
		"{\"kind\":\"warning\",\"blocks\":false,\"message\":"
		"\"a\\u001b[31m <b> | `x` %: ,\",\"remedy\":null,\"file\":null,"
		"\"line\":null,\"details\":\"one\\n::error::two\\n\"}]},\n"
		"{\"verdict\":\"skipped\",\"database\":null,\"name\":"
		"\"types\",\"reason\":\"not asked for\",\"hint\":null,"
		"\"findings\":[]},\n"
		"{\"verdict\":\"failed\",\"database\":\"crm\",\"name\":"
		"\"data\",\"reason\":\"no network\",\"hint\":\"try again\","
		"\"findings\":[]}]}\n");
	gate_report_release(&report);
}

static void test_junit(void **state)
{
	struct gate_report report;

	(void)state;
	fill(&report);
	check_written(
		&report, gate_write_junit,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n"
		"<testsuite name=\"git d1 check\" tests=\"5\" failures=\"1\" "
		"errors=\"1\" skipped=\"1\">\n"
		"<testcase classname=\"shop\" name=\"schema\">\n"
		"<system-out></system-out>\n</testcase>\n"
		"<testcase classname=\"shop\" name=\"migrations\">\n"
		"<failure message=\"&#39;0002_x.sql&#39; is pending\">"
		"pending: &#39;0002_x.sql&#39; is pending\n"
		"-&#62; git d1 migrations apply shop/remote\n"
		"fault: migrations/0002_y.sql:3: two have the number 2\n"
		"-&#62; git mv\n"
		"</failure>\n"
		"<system-out></system-out>\n</testcase>\n"
		"<testcase classname=\"shop\" name=\"data\">\n"
		"<system-out>warning: a\\033[31m &#60;b&#62; | `x` %: ,\n"
		"one&#10;::error::two&#10;</system-out>\n</testcase>\n"
		"<testcase classname=\"repository\" name=\"types\">\n"
		"<skipped message=\"not asked for\"/>\n"
		"<system-out></system-out>\n</testcase>\n"
		"<testcase classname=\"crm\" name=\"data\">\n"
		"<error message=\"no network\">try again</error>\n"
		"<system-out></system-out>\n</testcase>\n"
		"</testsuite>\n</testsuites>\n");
	gate_report_release(&report);
}

static void test_annotations(void **state)
{
	struct gate_report report;

	(void)state;
	fill(&report);
	check_written(&report, gate_write_annotations,
		      "::error title=git d1 check shop migrations::pending: "
		      "'0002_x.sql' is pending%0A-> git d1 migrations apply "
		      "shop/remote\n"
		      "::error title=git d1 check shop migrations,"
		      "file=migrations/0002_y.sql,line=3::fault: two have the "
		      "number 2%0A-> git mv\n"
		      "::error title=git d1 check crm data::no network\n"
		      "::warning title=git d1 check shop data::warning: "
		      "a\\033[31m <b> | `x` %25: ,%0Aone%0A::error::two%0A\n");
	gate_report_release(&report);
}

/* GitHub drops what comes after ten, so the tenth says how many there are. */
static void check_many(int findings, const char *last)
{
	struct gate_report report;
	struct gate_check *check;
	char *text, *line;
	int lines = 0;

	gate_report_init(&report);
	check = add_check(&report, "a,b:c", "data");
	for (int i = 0; i < findings; i++)
		add(&report, check,
		    &(struct gate_finding){ .kind = GATE_DRIFT,
					    .message = "m" });
	text = written(&report, gate_write_annotations);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		lines++;
		if (lines == 10)
			assert_string_equal(line, last);
	}
	assert_int_equal(lines, 10);
	free(text);
	gate_report_release(&report);
}

static void test_many_annotations(void **state)
{
	(void)state;
	check_many(10, "::error title=git d1 check a%2Cb%3Ac data::drift: m\n");
	check_many(11, "::error::git d1 check: 2 more\n");
	check_many(500, "::error::git d1 check: 491 more\n");
}

static void test_codequality(void **state)
{
	struct gate_report report;
	char *text;

	(void)state;
	fill(&report);
	text = written(&report, gate_write_codequality);
	assert_non_null(
		strstr(text,
		       "{\"description\":\"two have the number 2 (git mv)\","
		       "\"check_name\":\"git-d1/migrations\","
		       "\"fingerprint\":\""));
	assert_non_null(
		strstr(text, "\"severity\":\"critical\",\"location\":{\"path\":"
			     "\"migrations/0002_y.sql\",\"lines\":{\"begin\":3"
			     "}}}"));
	assert_non_null(strstr(text,
			       "\"severity\":\"info\",\"location\":{\"path\":"
			       "\".d1config\",\"lines\":{\"begin\":1}}}]\n"));
	free(text);
	gate_report_release(&report);
}

static void test_nothing_found(void **state)
{
	struct gate_report report;

	(void)state;
	gate_report_init(&report);
	check_written(&report, write_text, "fine\n");
	check_written(&report, gate_write_codequality, "[]\n");
	check_written(&report, gate_write_annotations, "");
	gate_report_release(&report);
}

static void test_markdown(void **state)
{
	struct gate_report report;

	(void)state;
	fill(&report);
	report.pending_is_fine = true;
	check_written(
		&report, write_markdown,
		"### git d1 check\n\n"
		"```text\n"
		"blocked: 1 check could not be made, 1 fault, 1 pending, "
		"1 warning; next: git mv\n"
		"```\n\n"
		"| check | verdict | |\n|:--|:--|:--|\n"
		"| `shop` schema | fine |  |\n"
		"| `shop` migrations | blocked |  |\n"
		"| `shop` data | fine |  |\n"
		"| types | skipped | `not asked for` |\n"
		"| `crm` data | failed | `no network` |\n"
		"\n`shop` migrations:\n\n"
		"```text\n"
		"  pending: '0002_x.sql' is pending\n"
		"    -> git d1 migrations apply shop/remote\n"
		"```\n"
		"```text\n"
		"  fault: migrations/0002_y.sql:3: two have the number 2\n"
		"    -> git mv\n"
		"```\n"
		"\n`shop` data:\n\n"
		"```text\n"
		"  warning: \"a\\033[31m <b> | `x` %: ,\"\n"
		"    one\n"
		"    ::error::two\n"
		"```\n");
	gate_report_release(&report);
}

static void test_markdown_that_is_too_long(void **state)
{
	struct gate_report report;
	struct gate_check *check;
	char fence[512];
	char *text;

	(void)state;
	memset(fence, '`', sizeof(fence) - 1);
	fence[sizeof(fence) - 1] = '\0';
	gate_report_init(&report);
	check = add_check(&report, "shop", "data");
	add(&report, check,
	    &(struct gate_finding){ .kind = GATE_DRIFT, .message = "short" });
	add(&report, check,
	    &(struct gate_finding){ .kind = GATE_DRIFT, .message = fence });
	text = written(&report, write_short_markdown);
	assert_true(strlen(text) <= 1000);
	assert_non_null(strstr(text, "drift: short\n"));
	assert_null(strstr(text, "`````"));
	assert_non_null(strstr(text, "\n**Left out** to stay within 1000 bytes:"
				     " 0 checks and 1 finding.\n"));
	free(text);
	gate_report_release(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_check_verdicts),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_annotations),
		cmocka_unit_test(test_many_annotations),
		cmocka_unit_test(test_codequality),
		cmocka_unit_test(test_nothing_found),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_markdown_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
