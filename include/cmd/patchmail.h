/* The mail around a patch, and the name of its file. */
#ifndef CMD_PATCHMAIL_H
#define CMD_PATCHMAIL_H

#include "git/author.h"
#include "util/buf.h"
#include "util/err.h"

#define PATCHMAIL_PREFIX "[D1 PATCH] "

/*
 * What a person says of the patch: a subject, and what stands under it. Both
 * are in the message that was given, which is changed.
 */
struct patch_message {
	const char *subject; /* one line */
	const char *body;    /* "" if there is none; else it ends in LF */
};

/*
 * Takes a message apart as git does: the subject is what stands before the
 * first empty line. D1_EUSAGE for one without, and for lines that whoever reads
 * the mail would take for the patch.
 */
int patchmail_split(struct patch_message *message, struct buf *text,
		    struct err *err) MUST_CHECK;

/* Appends the fields From, Date and Subject, encoded as RFC 2047 has it. */
void patchmail_add_fields(struct buf *out, const struct author *author,
			  const char *subject);

/*
 * Appends a name for a field of the header: as in a patch, but all that is not
 * ASCII is escaped, since a mail may lose it.
 */
void patchmail_add_name(struct buf *out, const char *name);

/* Appends "0001-fix-bus-lines.patch", by git's own rule. */
void patchmail_add_file(struct buf *out, const char *subject);

#endif
