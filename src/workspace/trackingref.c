#include "config.h"

#include "workspace/trackingref.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

enum { MAX_NAME = 1 << 16 };

/* What the ref pointed to, or nothing. */
static int read_ref(char id[OBJECT_ID_SIZE],
		    const struct repository *repository, const char *ref,
		    struct err *err)
{
	id[0] = '\0';
	if (repository_commit(repository, id, ref, err) < 0 &&
	    err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

int trackingref_update(struct trackingref *tracking,
		       const struct repository *repository,
		       const struct side *side, const char *tree,
		       const char *reason, struct err *err)
{
	struct ref_update change = { .tree = tree, .reason = reason };
	struct buf ref, message;

	memset(tracking, 0, sizeof(*tracking));
	buf_init(&ref, MAX_NAME);
	buf_init(&message, MAX_NAME);
	buf_add_format(&ref, "refs/d1/%s/remote", side->database->name);
	buf_add_format(&message, "Snapshot of %s\n\n" TRAILER_DATABASE ": %s\n",
		       side->label, side->remote_id);
	if (buf_check(&ref, "a ref", err) < 0 ||
	    buf_check(&message, "a message", err) < 0 ||
	    read_ref(tracking->before, repository, ref.data, err) < 0)
		goto out;
	change.ref = ref.data;
	change.message = message.data;
	if (repository_update_ref(repository, &change, &tracking->moved, err) <
		    0 ||
	    read_ref(tracking->after, repository, ref.data, err) < 0)
		goto out;
	tracking->ref = buf_take(&ref);
	if (!tracking->ref)
		err_set_nomem(err);
out:
	buf_release(&ref);
	buf_release(&message);
	return err->code;
}
