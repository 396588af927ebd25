/* The checks of a push. For src/cmd/hookpush.c. */
#ifndef CMD_HOOKPUSH_H
#define CMD_HOOKPUSH_H

#include <stdbool.h>

#include "cmd/hookrun.h"

/* A commit that is pushed, and those of the remote that it meets there. */
struct pushed_commit {
	char id[OBJECT_ID_SIZE];
	const char *remote_ref;
	/* where the remote's ref is, as far as is known; "": it is new */
	char theirs[OBJECT_ID_SIZE];
	/* where its main branch is; "": unknown */
	char main[OBJECT_ID_SIZE];
	bool is_main; /* the ref is that branch, as far as is known */
	bool is_bad;  /* its snapshots are malformed, and that is said */
};

/*
 * Blocks a push whose snapshots are malformed, unless that was said of the
 * commit before, or whose migrations clash.
 */
int hook_push_check(struct hook_run *run, struct pushed_commit *commit,
		    struct err *err) MUST_CHECK;

/*
 * Blocks if the local databases hold rows of tracked tables that the commit,
 * which is HEAD, lacks. Without a record of a local database it is not known
 * whose rows are newer: then it is only said.
 */
int hook_push_check_local(struct hook_run *run, const char *id,
			  struct err *err) MUST_CHECK;

/*
 * Asks the remote databases, as `git d1 check` does, whether they hold rows
 * that no commit which leads to this one knows, and acts by d1.prePush.remote.
 */
int hook_push_ask_remote(struct hook_run *run, const char *id,
			 struct err *err) MUST_CHECK;

#endif
