/*
 * What the gate, `git d1 check`, found, and the forms in which people and
 * services read it. A check is made of one database or of the repository; it
 * has findings, each with what mends it.
 *
 * Messages, reasons and details may hold names and values as they are: each
 * form escapes what it must. A path is below the top of the worktree.
 */
#ifndef RENDER_GATE_H
#define RENDER_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum gate_kind {
	GATE_FAULT,   /* wrong, wherever it is deployed */
	GATE_DRIFT,   /* production is no state that git knows */
	GATE_PENDING, /* the commit brings it, production lacks it */
	GATE_WARNING, /* worth a look; never blocks */
	GATE_KINDS,
};

struct gate_finding {
	enum gate_kind kind;
	const char *message; /* in the style of util/err.h */
	const char *remedy;  /* a command, or what to do; NULL */
	const char *path;    /* of the file it is in; NULL: none */
	uint64_t line;	     /* from 1 on; 0: the file as a whole */
	const char *details; /* lines that each end in LF; NULL: none */
	struct gate_finding *next;
};

enum gate_state {
	GATE_MADE,
	GATE_SKIPPED, /* there was nothing to check, or it was not asked for */
	GATE_FAILED,  /* it could not be made: that blocks */
};

struct gate_check {
	const char *database; /* logical name; NULL: the repository */
	const char *name;     /* "schema", "migrations", ... */
	enum gate_state state;
	const char *reason; /* why it is not GATE_MADE; else NULL */
	const char *hint;   /* what to do about that; NULL */
	struct gate_finding *findings;
	struct gate_finding **last;
	struct gate_check *next;
};

struct gate_report {
	struct arena arena;
	struct gate_check *checks;
	struct gate_check **last;
	bool pending_is_fine; /* --pending=ok */
};

void gate_report_init(struct gate_report *report);
void gate_report_release(struct gate_report *report);

/* ---- filling it ---- */

/* Adds a check, which belongs to the report; NULL after an error. */
struct gate_check *gate_add_check(struct gate_report *report,
				  const char *database, const char *name,
				  struct err *err) MUST_CHECK;

/* Adds a copy of the finding to the check. */
int gate_add_finding(struct gate_report *report, struct gate_check *check,
		     const struct gate_finding *finding,
		     struct err *err) MUST_CHECK;

/* Gives all findings of that kind the same remedy, which is copied. */
int gate_set_remedies(struct gate_report *report, struct gate_check *check,
		      enum gate_kind kind, const char *remedy,
		      struct err *err) MUST_CHECK;

/*
 * Says why the check was not made. The texts are copied; `hint` may be NULL.
 */
int gate_set_state(struct gate_report *report, struct gate_check *check,
		   enum gate_state state, const char *reason, const char *hint,
		   struct err *err) MUST_CHECK;

/* ---- what came out ---- */

/* "fault", "drift", "pending", "warning" */
const char *gate_kind_name(enum gate_kind kind);

/* True if such a finding lets the gate stay closed. */
bool gate_kind_blocks(const struct gate_report *report, enum gate_kind kind);

/* "fine", "blocked", "skipped", "failed": of a check. */
const char *gate_check_verdict(const struct gate_report *report,
			       const struct gate_check *check);

/* True if a finding blocks, or a check could not be made. */
bool gate_is_closed(const struct gate_report *report);

/*
 * Appends the verdict and what mends the worst of it: "blocked: 1 fault, 2
 * pending; next: git d1 snapshot shop". Without LF.
 */
void gate_add_verdict(struct buf *out, const struct gate_report *report);

/* ---- forms ---- */

/* Escape sequences, "" without colour. */
struct gate_colors {
	const char *good;
	const char *bad;
	const char *reset;
};

/*
 * Appends a finding: a line "drift: d1/shop/schema.sql:3: MESSAGE", and below
 * it the details and what mends it, all of it indented.
 */
void gate_add_lines(struct buf *out, const struct gate_report *report,
		    const struct gate_finding *finding,
		    const struct gate_colors *colors);

/*
 * Each writes the report. A write error is found by whoever owns the stream,
 * when it is flushed; D1_ENOMEM is the error here.
 */

/* For a terminal or a log; the verdict is the last line. */
int gate_write_text(FILE *out, const struct gate_report *report,
		    const struct gate_colors *colors,
		    struct err *err) MUST_CHECK;

int gate_write_json(FILE *out, const struct gate_report *report,
		    struct err *err) MUST_CHECK;

/*
 * One test case for each check, in the XML that GitLab, Jenkins and others
 * read: https://docs.gitlab.com/ci/testing/unit_test_reports/
 */
int gate_write_junit(FILE *out, const struct gate_report *report,
		     struct err *err) MUST_CHECK;

/*
 * Markdown of at most `max` bytes, which are 1,000 at least: what does not fit
 * is left out, and that is said.
 */
int gate_write_markdown(FILE *out, const struct gate_report *report, size_t max,
			struct err *err) MUST_CHECK;

/*
 * Workflow commands of GitHub Actions, of which it shows ten errors and ten
 * warnings of a step; the last of each says how many more there are.
 */
int gate_write_annotations(FILE *out, const struct gate_report *report,
			   struct err *err) MUST_CHECK;

/*
 * A report for GitLab's merge requests:
 * https://docs.gitlab.com/ci/testing/code_quality/
 */
int gate_write_codequality(FILE *out, const struct gate_report *report,
			   struct err *err) MUST_CHECK;

#endif
