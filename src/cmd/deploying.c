#include "config.h"

#include "cmd/deploying.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util/child.h"
#include "util/interrupt.h"
#include "util/progress.h"
#include "workspace/applying.h"
#include "workspace/commitrows.h"
#include "workspace/report.h"
#include "workspace/spool.h"

static const char command_name[] = "git d1 deploy";

const char *deploying_step_name(enum deploy_step step)
{
	static const char *const names[DEPLOY_STEPS] = {
		[DEPLOY_CHECK] = "check",
		[DEPLOY_BOOKMARK] = "bookmark",
		[DEPLOY_MIGRATIONS] = "migrations",
		[DEPLOY_DATA] = "data",
		[DEPLOY_VERIFY] = "verify",
		[DEPLOY_COMMAND] = "command",
	};

	return names[step];
}

/*
 * What is done as the steps go, on standard output; not with --json. Each line
 * is a fact, whatever becomes of the next.
 */
PRINTF_LIKE(3, 4)
static void say(const struct deployment *self, enum deploy_step step,
		const char *format, ...)
{
	va_list arguments;

	if (self->options->json)
		return;
	printf("%s: ", deploying_step_name(step));
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

bool deploying_has_written(const struct deployment *self)
{
	return (self->migrating.written || self->wrote_rows ||
		self->is_unknown) &&
	       !self->taken_back;
}

/* ---- the bookmark ---- */

int deploying_read_bookmark(char **bookmark, const struct deployment *self,
			    struct err *err)
{
	const struct side *side = &self->checking.view.side;

	*bookmark = NULL;
	if (d1_bookmark(bookmark, side->client, side->remote_id, err) < 0 &&
	    err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int take_bookmark(struct deployment *self, struct err *err)
{
	if (deploying_read_bookmark(&self->bookmark, self, err) < 0)
		return err->code;
	self->steps[DEPLOY_BOOKMARK] =
		self->bookmark ? DEPLOY_DONE : DEPLOY_NOTHING;
	say(self, DEPLOY_BOOKMARK, "%s",
	    self->bookmark ? self->bookmark : "there is no Time Travel");
	return deploying_note(self, err);
}

/* ---- migrations ---- */

/*
 * Where our last write left the database. Whoever wrote in the moment since is
 * taken for us: nothing tells them apart.
 */
static int note_place(struct deployment *self, struct err *err)
{
	struct err unseen = ERR_INIT;
	char *now = NULL;

	if (!self->migrating.written)
		return err->code;
	if (deploying_read_bookmark(&now, self, &unseen) == 0) {
		free(self->left_at);
		self->left_at = now;
		(void)!deploying_note_left(self, &unseen);
	}
	if (unseen.code && !err->code)
		*err = unseen;
	return err->code;
}

static int apply_pending(struct deployment *self, struct err *err)
{
	for (size_t i = 0; i < self->npending; i++) {
		const char *name = self->pending[i];
		bool done;

		if (migrating_run(&self->migrating, name, &done, err) < 0)
			break;
		self->applied++;
		say(self, DEPLOY_MIGRATIONS, "applied %s%s", name,
		    done ? "" : ", by somebody else just now");
		self->alone = self->alone && done;
		if (note_place(self, err) < 0)
			return err->code;
	}
	return err->code;
}

/* What was compared is what the migrations find, if nobody wrote since. */
static int begin_migrations(struct deployment *self, struct err *err)
{
	struct migrating *migrating = &self->migrating;

	if (deploying_read_migrations(self, err) < 0 ||
	    source_verify(self->checking.view.source, &self->alone, err) < 0)
		return err->code;
	migrating->consented = true;
	return migrating_begin(migrating, &self->checking.view, command_name,
			       err);
}

static int migrate(struct deployment *self, struct err *err)
{
	struct migrating *migrating = &self->migrating;
	struct err unsettled = ERR_INIT;

	if (self->npending == 0) {
		self->steps[DEPLOY_MIGRATIONS] = DEPLOY_NOTHING;
		say(self, DEPLOY_MIGRATIONS, "nothing to apply");
		return 0;
	}
	if (begin_migrations(self, err) == 0)
		(void)!apply_pending(self, err);
	self->is_unknown = migrating->unknown;
	if (migrating_settle(migrating, &unsettled) < 0 && !err->code)
		*err = unsettled;
	return err->code;
}

/* ---- rows ---- */

/* Nobody wrote from the check on but our migrations. */
static int trust_migrations(struct deployment *self, struct err *err)
{
	char *now = NULL;

	prior_rows_distrust(self->prior);
	if (!self->alone || !self->left_at)
		return 0;
	if (deploying_read_bookmark(&now, self, err) == 0 && now &&
	    strcmp(now, self->left_at) == 0)
		prior_rows_trust(self->prior, self->texts.data);
	free(now);
	return err->code;
}

/* What the migrations left of the differences, and made anew. */
static int compare_again(struct deployment *self, struct err *err)
{
	struct application *application = &self->application;
	struct commit_rows rows = { .workspace = self->workspace,
				    .side = &self->commit_side,
				    .target = application->source,
				    .label = application->side->label,
				    .base = self->options->base,
				    .changes = application->changes,
				    .explains = prior_rows_explain,
				    .explains_context = self->prior };
	unsigned long long others;

	if (trust_migrations(self, err) < 0 ||
	    commit_rows_compare(&rows, err) < 0)
		return err->code;
	others = rows.counts.rows[BEHIND_DRIFT] +
		 rows.counts.rows[BEHIND_TOO_SHORT];
	if (rows.counts.lacking > 0)
		return err_set(err, D1_ERROR,
			       "%s lacks tables of the snapshot after its "
			       "migrations",
			       application->side->label);
	if (others == 0)
		return 0;
	err_set(err, D1_ECONFLICT,
		"after the migrations %llu row%s of %s %s as no commit has %s",
		others, others == 1 ? "" : "s", application->side->label,
		others == 1 ? "is" : "are", others == 1 ? "it" : "them");
	return err_hint(err, "git d1 check --only=data shows them");
}

/* Rows that came since would go without anybody having seen them. */
static int check_effects(struct deployment *self, struct err *err)
{
	char digest[SHA256_HEX_SIZE];

	if (!self->options->expected ||
	    deploying_hash_effects(digest, self, self->application.effects,
				   err) < 0 ||
	    strcmp(digest, self->effects_digest) == 0)
		return err->code;
	err_set(err, D1_EREFUSED,
		"what foreign keys do besides is not what the plan says");
	return err_hint(err, "git d1 deploy --plan shows what it is now");
}

static int begin_rows(struct deployment *self, struct err *err)
{
	struct application *application = &self->application;

	*application = (struct application){
		.workspace = self->workspace,
		.side = &self->checking.view.side,
		.command = command_name,
		.consented = true,
		/* it was given for the plan, before the first write */
		.consent = { .no_limit = true },
	};
	if (self->applied == 0) {
		application->changes = self->changes;
		self->changes = NULL;
	}
	if (application_begin(application, err) < 0 ||
	    (self->applied > 0 && compare_again(self, err) < 0) ||
	    application_foresee(application, err) < 0)
		return err->code;
	return check_effects(self, err);
}

/* Where it ended, and whether that is known. */
static void note_rows(struct deployment *self)
{
	const struct d1_written *written = &self->application.written;

	self->wrote_rows = *self->application.id != '\0';
	if (self->wrote_rows && written->fate == D1_UNKNOWN)
		self->is_unknown = true;
	if (!written->bookmark_after)
		return;
	free(self->left_at);
	self->left_at = strdup(written->bookmark_after);
}

static int write_rows(struct deployment *self, struct err *err)
{
	struct application *application = &self->application;

	if (spool_show(application->listing, stderr, err) < 0)
		return err->code;
	interrupt_begin(INTERRUPT_SERVER, application->side->label,
			application->id);
	progress_begin("writing", NULL, 0);
	(void)!application_write(application, err);
	progress_end();
	interrupt_end();
	note_rows(self);
	/* that they changed since is for the next step to say */
	if (err->code && err->code != D1_EUNPLANNED)
		return err->code;
	self->steps[DEPLOY_DATA] = DEPLOY_DONE;
	if (!self->options->json) {
		struct err unseen = ERR_INIT;

		say(self, DEPLOY_DATA, "written");
		(void)!applying_print_rows(application, &unseen);
		fflush(stdout);
	}
	return err->code;
}

static void say_own(const struct deployment *self)
{
	unsigned long long own = self->checking.counts.rows[BEHIND_OWN];

	if (own > 0)
		say(self, DEPLOY_DATA, "%llu row%s of its own %s left alone",
		    own, own == 1 ? "" : "s", own == 1 ? "is" : "are");
}

static int bring_rows(struct deployment *self, struct err *err)
{
	say_own(self);
	if (self->has_snapshot && begin_rows(self, err) < 0)
		return err->code;
	if (!self->has_snapshot || application_is_empty(&self->application)) {
		self->steps[DEPLOY_DATA] = DEPLOY_NOTHING;
		say(self, DEPLOY_DATA, "%s",
		    self->has_snapshot ? "nothing to write"
				       : "no table is tracked");
		return 0;
	}
	return write_rows(self, err);
}

static int verify(struct deployment *self, struct err *err)
{
	unsigned long long rows = self->application.written.read_back;

	(void)err;
	if (!self->wrote_rows) {
		self->steps[DEPLOY_VERIFY] = DEPLOY_NOTHING;
		return 0;
	}
	say(self, DEPLOY_VERIFY, "%llu row%s read%s back as the commit has %s",
	    rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "",
	    rows == 1 ? "it" : "them");
	return 0;
}

/* ---- the command ---- */

static void wait_on(int number)
{
	(void)number;
}

/* A signal of the terminal is the command's, and then its end is ours. */
static int run_child(const struct child *child, struct child_result *result,
		     struct err *err)
{
	const struct sigaction ours = { .sa_handler = wait_on };
	struct sigaction interrupt, quit;

	sigaction(SIGINT, &ours, &interrupt);
	sigaction(SIGQUIT, &ours, &quit);
	(void)!child_run(child, result, err);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return err->code;
}

static int run_command(struct deployment *self, struct err *err)
{
	const struct child child = {
		.argv = (const char *const *)self->command->words,
		.inherit_input = true,
		.output_to_errors = self->options->json,
	};
	struct child_result result = { .status = -1 };

	if (self->command->count == 0) {
		self->steps[DEPLOY_COMMAND] = DEPLOY_NOTHING;
		return 0;
	}
	say(self, DEPLOY_COMMAND, "%s", child.argv[0]);
	if (run_child(&child, &result, err) < 0)
		return err->code;
	self->command_status = result.status;
	if (result.status == 0)
		return 0;
	if (result.signal)
		return err_set(err, D1_ERROR, "'%s' was ended by signal %d",
			       child.argv[0], result.signal);
	return err_set(err, D1_ERROR, "'%s' ended with exit status %d",
		       child.argv[0], result.status);
}

/* ---- all of it ---- */

static int run_steps(struct deployment *self, struct err *err)
{
	static int (*const steps[DEPLOY_STEPS])(struct deployment * self,
						struct err * err) = {
		[DEPLOY_BOOKMARK] = take_bookmark,
		[DEPLOY_MIGRATIONS] = migrate,
		[DEPLOY_DATA] = bring_rows,
		[DEPLOY_VERIFY] = verify,
		[DEPLOY_COMMAND] = run_command,
	};

	self->steps[DEPLOY_CHECK] = DEPLOY_DONE;
	say(self, DEPLOY_CHECK, "fine");
	for (int step = DEPLOY_BOOKMARK; step < DEPLOY_STEPS; step++) {
		int code =
			deploying_note_step(self, (enum deploy_step)step, err);

		if (code == 0)
			code = steps[step](self, err);
		if (code < 0 && self->steps[step] == DEPLOY_DONE)
			step++; /* what was written is not what is read */
		if (code < 0) {
			self->steps[step] = DEPLOY_FAILED;
			return code;
		}
		if (self->steps[step] == DEPLOY_WAITING)
			self->steps[step] = DEPLOY_DONE;
	}
	return 0;
}

/* Who writes the rows does not know of the migrations. */
static void correct_text(char *text)
{
	static const char rows[] = "no row was written";
	static const char nothing[] = "nothing was written";
	char *rest = text + strlen(nothing);

	if (strncmp(text, nothing, strlen(nothing)) != 0)
		return;
	memcpy(text, rows, strlen(rows));
	memmove(text + strlen(rows), rest, strlen(rest) + 1);
}

/* No code or word may say that nothing was written, if something was. */
static void correct_code(const struct deployment *self, struct err *err)
{
	if (!deploying_has_written(self))
		return;
	correct_text(err->message);
	correct_text(err->hint);
	if (err->code == D1_ECONFLICT || err->code == D1_EREFUSED ||
	    self->steps[DEPLOY_COMMAND] == DEPLOY_FAILED)
		err->code = D1_EUNPLANNED;
}

/* What is done, and what is as it was, is nothing to go on with. */
static void end_record(struct deployment *self, const struct err *err)
{
	struct err stuck = ERR_INIT;
	bool ended = !err->code || self->taken_back ||
		     (!deploying_has_written(self) && !self->goes_on);

	if (ended && deploying_forget(self, &stuck) < 0)
		report_warning_err(&stuck);
}

int deploying_run(struct deployment *self, struct err *err)
{
	struct err stuck = ERR_INIT;

	if (run_steps(self, err) == 0) {
		end_record(self, err);
		return 0;
	}
	if (self->options->undo_on_failure && deploying_has_written(self) &&
	    deploying_take_back(self, &stuck) < 0)
		report_warning("%s: %s",
			       self->back_is_unknown
				       ? "it is not known whether it was taken "
					 "back"
				       : "it is not taken back",
			       stuck.message);
	deploying_report(self);
	correct_code(self, err);
	end_record(self, err);
	return err->code;
}

void deploying_end(struct deployment *self)
{
	struct err ignored = ERR_INIT;

	application_end(&self->application);
	migrating_end(&self->migrating);
	prior_rows_close(self->prior);
	deploy_record_close(self->record);
	buf_release(&self->texts);
	changes_close(self->changes);
	changes_close(self->effects);
	(void)!spool_close(self->plan, &ignored);
	checks_release(&self->checking);
	gate_report_release(&self->report);
	side_release(&self->commit_side);
	side_release(&self->side);
	free(self->pending);
	free(self->bookmark);
	free(self->left_at);
}
