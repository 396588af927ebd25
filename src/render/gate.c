#include "config.h"

#include "render/gate.h"

#include <inttypes.h>

#include "render/name.h"

void gate_report_init(struct gate_report *report)
{
	*report = (struct gate_report){ .checks = NULL };
	report->last = &report->checks;
}

void gate_report_release(struct gate_report *report)
{
	arena_release(&report->arena);
}

/* ---- filling it ---- */

/* Copies a text that may be NULL. */
static int copy(struct gate_report *report, const char **copied,
		const char *text, struct err *err)
{
	*copied = text ? arena_string(&report->arena, text) : NULL;
	return text && !*copied ? err_set_nomem(err) : 0;
}

struct gate_check *gate_add_check(struct gate_report *report,
				  const char *database, const char *name,
				  struct err *err)
{
	struct gate_check *check = arena_alloc(&report->arena, sizeof(*check));

	if (!check) {
		err_set_nomem(err);
		return NULL;
	}
	check->last = &check->findings;
	if (copy(report, &check->database, database, err) < 0 ||
	    copy(report, &check->name, name, err) < 0)
		return NULL;
	*report->last = check;
	report->last = &check->next;
	return check;
}

int gate_add_finding(struct gate_report *report, struct gate_check *check,
		     const struct gate_finding *finding, struct err *err)
{
	struct gate_finding *added =
		arena_alloc(&report->arena, sizeof(*added));

	if (!added)
		return err_set_nomem(err);
	added->kind = finding->kind;
	added->line = finding->line;
	if (copy(report, &added->message, finding->message, err) < 0 ||
	    copy(report, &added->remedy, finding->remedy, err) < 0 ||
	    copy(report, &added->path, finding->path, err) < 0 ||
	    copy(report, &added->details, finding->details, err) < 0)
		return err->code;
	*check->last = added;
	check->last = &added->next;
	return 0;
}

int gate_set_remedies(struct gate_report *report, struct gate_check *check,
		      enum gate_kind kind, const char *remedy, struct err *err)
{
	const char *copied;

	if (copy(report, &copied, remedy, err) < 0)
		return err->code;
	for (struct gate_finding *finding = check->findings; finding;
	     finding = finding->next)
		if (finding->kind == kind)
			finding->remedy = copied;
	return 0;
}

int gate_set_state(struct gate_report *report, struct gate_check *check,
		   enum gate_state state, const char *reason, const char *hint,
		   struct err *err)
{
	check->state = state;
	if (copy(report, &check->reason, reason, err) < 0)
		return err->code;
	return copy(report, &check->hint, hint, err);
}

/* ---- what came out ---- */

const char *gate_kind_name(enum gate_kind kind)
{
	static const char *const names[] = {
		[GATE_FAULT] = "fault",
		[GATE_DRIFT] = "drift",
		[GATE_PENDING] = "pending",
		[GATE_WARNING] = "warning",
	};

	return names[kind];
}

bool gate_kind_blocks(const struct gate_report *report, enum gate_kind kind)
{
	return kind == GATE_FAULT || kind == GATE_DRIFT ||
	       (kind == GATE_PENDING && !report->pending_is_fine);
}

static bool is_blocked(const struct gate_report *report,
		       const struct gate_check *check)
{
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next)
		if (gate_kind_blocks(report, finding->kind))
			return true;
	return false;
}

const char *gate_check_verdict(const struct gate_report *report,
			       const struct gate_check *check)
{
	if (check->state == GATE_FAILED)
		return "failed";
	if (is_blocked(report, check))
		return "blocked";
	return check->state == GATE_SKIPPED ? "skipped" : "fine";
}

bool gate_is_closed(const struct gate_report *report)
{
	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		if (check->state == GATE_FAILED || is_blocked(report, check))
			return true;
	return false;
}

/* What the verdict counts, and the first remedy of each kind. */
struct tally {
	uint64_t kinds[GATE_KINDS];
	const char *remedies[GATE_KINDS];
	uint64_t failed;
	const char *hint; /* of the first check that could not be made */
};

static void count(struct tally *tally, const struct gate_check *check)
{
	if (check->state == GATE_FAILED) {
		tally->failed++;
		if (!tally->hint)
			tally->hint = check->hint;
	}
	for (const struct gate_finding *finding = check->findings; finding;
	     finding = finding->next) {
		tally->kinds[finding->kind]++;
		if (!tally->remedies[finding->kind])
			tally->remedies[finding->kind] = finding->remedy;
	}
}

/* What blocks is mended first, and in the order of the kinds; or NULL. */
static const char *next_remedy(const struct tally *tally,
			       const struct gate_report *report)
{
	for (int blocks = 1; blocks >= 0; blocks--) {
		for (int kind = 0; kind < GATE_KINDS; kind++)
			if (tally->remedies[kind] &&
			    gate_kind_blocks(report, (enum gate_kind)kind) ==
				    blocks)
				return tally->remedies[kind];
		if (blocks && tally->hint)
			return tally->hint;
	}
	return NULL;
}

static void add_count(struct buf *out, const char **before, uint64_t number,
		      const char *one, const char *more)
{
	if (number == 0)
		return;
	buf_add_format(out, "%s%" PRIu64 " %s", *before, number,
		       number == 1 ? one : more);
	*before = ", ";
}

void gate_add_verdict(struct buf *out, const struct gate_report *report)
{
	struct tally tally = { .failed = 0 };
	const char *before = ": ";
	const char *remedy;

	for (const struct gate_check *check = report->checks; check;
	     check = check->next)
		count(&tally, check);
	buf_add_string(out, gate_is_closed(report) ? "blocked" : "fine");
	add_count(out, &before, tally.failed, "check could not be made",
		  "checks could not be made");
	add_count(out, &before, tally.kinds[GATE_FAULT], "fault", "faults");
	add_count(out, &before, tally.kinds[GATE_DRIFT], "drift", "drifts");
	add_count(out, &before, tally.kinds[GATE_PENDING], "pending",
		  "pending");
	add_count(out, &before, tally.kinds[GATE_WARNING], "warning",
		  "warnings");
	remedy = next_remedy(&tally, report);
	if (remedy) {
		buf_add_string(out, "; next: ");
		name_add_text(out, remedy);
	}
}
