#include "config.h"

#include "cmd/hookpush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hooks/push.h"
#include "util/compiler.h"
#include "workspace/report.h"

enum {
	MAX_INPUT = 1 << 24,
	MAX_OUTPUT = 1 << 16,
	AT_ONCE = 500, /* ids on git's command line */
	CHECKED = 20,  /* commits of a push that are looked into */
};

/* A push while it is looked at. */
struct pushing {
	struct hook_run *run;
	struct push push;
	const char *remote; /* its name; NULL: only a URL is known */
	char main[OBJECT_ID_SIZE];
	struct pushed_commit *commits; /* that have something for us */
	size_t count;
};

/* ---- what git says ---- */

/* The pre-commit framework keeps standard input, and tells of one ref. */
static void add_from_environment(struct buf *input)
{
	const char *from = getenv("PRE_COMMIT_FROM_REF");
	const char *to = getenv("PRE_COMMIT_TO_REF");
	const char *branch = getenv("PRE_COMMIT_REMOTE_BRANCH");

	if (!to || !*to)
		return;
	buf_add_format(input, "HEAD %s %s %s\n", to,
		       branch && *branch ? branch : "refs/heads/HEAD",
		       from && *from ? from : "0");
}

static int read_push(struct pushing *self, struct err *err)
{
	const struct option_words *arguments = &self->run->arguments;
	struct buf input;

	buf_init(&input, MAX_INPUT);
	if (hook_read_input(&input, err) < 0)
		goto out;
	if (input.len == 0)
		add_from_environment(&input);
	if (arguments->count > 0 &&
	    (arguments->count < 2 ||
	     strcmp(arguments->words[0], arguments->words[1]) != 0))
		self->remote = arguments->words[0];
	else if (arguments->count == 0)
		self->remote = getenv("PRE_COMMIT_REMOTE_NAME");
	(void)!push_read(&self->push, input.data, input.len, err);
out:
	buf_release(&input);
	return err->code;
}

/* ---- what the remote has ---- */

/* The ref that keeps what was last seen of the remote's, in *id. */
static int find_tracking(const struct pushing *self, char id[OBJECT_ID_SIZE],
			 const char *branch, struct err *err)
{
	char *ref = NULL;

	*id = '\0';
	if (!self->remote)
		return 0;
	if (asprintf(&ref, "refs/remotes/%s/%s", self->remote, branch) < 0)
		return err_set_nomem(err);
	(void)!repository_ref(self->run->repository, id, ref, err);
	free(ref);
	return err->code;
}

/* The branch that others start from. */
static int find_main(struct pushing *self, struct err *err)
{
	static const char *const names[] = { "HEAD", "main", "master" };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !*self->main; i++)
		if (find_tracking(self, self->main, names[i], err) < 0)
			return err->code;
	return 0;
}

static const char branches[] = "refs/heads/";

/* The id that the remote named may be of a commit that is not here. */
static int find_theirs(const struct pushing *self, char id[OBJECT_ID_SIZE],
		       const struct push_ref *ref, struct err *err)
{
	struct err absent = ERR_INIT;

	*id = '\0';
	if (!ref->remote_id)
		return 0;
	if (repository_commit(self->run->repository, id, ref->remote_id,
			      &absent) == 0)
		return 0;
	*id = '\0';
	if (strncmp(ref->remote_ref, branches, strlen(branches)) != 0)
		return 0;
	return find_tracking(self, id, ref->remote_ref + strlen(branches), err);
}

/* ---- what there is to look at ---- */

static bool is_known(const struct pushing *self,
		     const struct pushed_commit *commit)
{
	for (size_t i = 0; i < self->count; i++)
		if (strcmp(self->commits[i].id, commit->id) == 0 &&
		    strcmp(self->commits[i].theirs, commit->theirs) == 0)
			return true;
	return false;
}

/* A tag of something else than a commit has no snapshot. */
static int add_ref(struct pushing *self, const struct push_ref *ref,
		   struct err *err)
{
	struct hook_run *run = self->run;
	struct pushed_commit commit = { .remote_ref = ref->remote_ref };
	struct err none = ERR_INIT;
	bool same = false, any;

	if (repository_commit(run->repository, commit.id, ref->local_id,
			      &none) < 0)
		return 0;
	if (hook_run_any(run, commit.id, &any, err) < 0 || !any)
		return err->code;
	if (find_theirs(self, commit.theirs, ref, err) < 0 ||
	    (*commit.theirs &&
	     hook_run_same(run, commit.id, commit.theirs, &same, err) < 0))
		return err->code;
	if (!same && !is_known(self, &commit))
		self->commits[self->count++] = commit;
	return 0;
}

/*
 * Whether a commit among those from `first` on, whose refs are new, leads over
 * one that the remote lacks and that changes a path of ours.
 */
static int ask_for_news(const struct pushing *self, size_t first, size_t count,
			bool *news, struct err *err)
{
	const struct hook_run *run = self->run;
	const char **argv = calloc(count + run->npaths + 8, sizeof(*argv));
	char *remotes = NULL;
	size_t n = 0;
	struct buf output;

	buf_init(&output, MAX_OUTPUT);
	if (!argv || (self->remote &&
		      asprintf(&remotes, "--remotes=%s", self->remote) < 0)) {
		err_set_nomem(err);
		goto out;
	}
	argv[n++] = "git";
	argv[n++] = "rev-list";
	argv[n++] = "--max-count=1";
	for (size_t i = 0; i < count; i++)
		argv[n++] = self->commits[first + i].id;
	if (remotes) {
		argv[n++] = "--not";
		argv[n++] = remotes;
	}
	argv[n++] = "--";
	for (size_t i = 0; i < run->npaths; i++)
		argv[n++] = run->paths[i];
	if (repository_run(run->repository, argv, &output, err) == 0)
		*news = output.len > 0;
out:
	free(argv);
	free(remotes);
	buf_release(&output);
	return err->code;
}

static int order_commits(const void *a, const void *b)
{
	const struct pushed_commit *left = a, *right = b;

	return (*left->theirs != '\0') - (*right->theirs != '\0');
}

/* Drops those whose ref is new, if none of them brings anything. */
static int drop_old_news(struct pushing *self, struct err *err)
{
	size_t fresh = 0;
	bool news = false;

	if (self->count > 1)
		qsort(self->commits, self->count, sizeof(*self->commits),
		      order_commits);
	while (fresh < self->count && !*self->commits[fresh].theirs)
		fresh++;
	for (size_t i = 0; i < fresh && !news; i += AT_ONCE)
		if (ask_for_news(self, i,
				 fresh - i < AT_ONCE ? fresh - i : AT_ONCE,
				 &news, err) < 0)
			return err->code;
	if (!news) {
		self->commits += fresh;
		self->count -= fresh;
	}
	return 0;
}

static int find_commits(struct pushing *self, struct err *err)
{
	self->commits = arena_array(&self->push.arena, self->push.count + 1,
				    sizeof(*self->commits));
	if (!self->commits)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->push.count; i++)
		if (add_ref(self, &self->push.refs[i], err) < 0)
			return err->code;
	return drop_old_news(self, err);
}

/* ---- checking ---- */

/* Where nothing is known of a main branch, each may be it. */
static int compare_with_main(const struct pushing *self,
			     struct pushed_commit *commit, struct err *err)
{
	const char *ref = commit->remote_ref;
	char tracked[OBJECT_ID_SIZE] = "";

	memcpy(commit->main, self->main, sizeof(self->main));
	if (strncmp(ref, branches, strlen(branches)) == 0 &&
	    find_tracking(self, tracked, ref + strlen(branches), err) < 0)
		return err->code;
	commit->is_main = !*self->main || strcmp(tracked, self->main) == 0;
	return 0;
}

/* Two refs may bring one commit to where the remote is not the same. */
static bool is_known_bad(const struct pushing *self, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (self->commits[j].is_bad &&
		    strcmp(self->commits[j].id, self->commits[i].id) == 0)
			return true;
	return false;
}

static int check(struct pushing *self, struct err *err)
{
	struct hook_run *run = self->run;
	char head[OBJECT_ID_SIZE];

	if (find_main(self, err) < 0 ||
	    repository_ref(run->repository, head, "HEAD", err) < 0)
		return err->code;
	for (size_t i = 0; i < self->count && i < CHECKED; i++) {
		struct pushed_commit *commit = &self->commits[i];

		commit->is_bad = is_known_bad(self, i);
		if (compare_with_main(self, commit, err) < 0 ||
		    hook_push_check(run, commit, err) < 0)
			return err->code;
	}
	if (self->count > CHECKED)
		report_warning("%d of the %zu commits that are pushed were "
			       "checked",
			       CHECKED, self->count);
	for (size_t i = 0; i < self->count && !run->blocked; i++) {
		if (strcmp(self->commits[i].id, head) != 0)
			continue;
		if (hook_push_check_local(run, head, err) < 0)
			return err->code;
		break;
	}
	if (run->settings.remote == HOOK_POLICY_OFF || run->blocked)
		return 0;
	return hook_push_ask_remote(run, self->commits[0].id, err);
}

int hook_pre_push(struct hook_run *run, struct err *err)
{
	struct pushing self = { .run = run };

	if (isatty(STDIN_FILENO)) {
		err_set(err, D1_EREFUSED,
			"git runs this hook, and tells it on standard input "
			"what is pushed");
		err_hint(err, "try it with: git push --dry-run");
		hook_run_block(run, err);
		err_clear(err);
		return 0;
	}
	if (read_push(&self, err) < 0 || self.push.count == 0)
		goto out;
	if (hook_run_open(run, err) == 0 && find_commits(&self, err) == 0 &&
	    self.count > 0)
		(void)!check(&self, err);
	if (run->blocked)
		report_hint("git push --no-verify pushes it all the same");
out:
	push_release(&self.push);
	return err->code;
}
