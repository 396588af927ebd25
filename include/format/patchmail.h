/*
 * The header of a mail that a patch comes in (format/patch.h), line by line.
 * A line that begins with a blank goes on with the one before.
 */
#ifndef FORMAT_PATCHMAIL_H
#define FORMAT_PATCHMAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/patch.h"
#include "util/arena.h"

struct patch_mail_reader {
	const char *name; /* of the patch */
	struct patch_mail *mail;
	struct arena *arena;
	struct buf field; /* the last one, which may go on */
	uint64_t line;	  /* where it began */
	size_t size;	  /* of all fields */
	size_t cap;	  /* of mail->tables */
	bool is_mail;	  /* a field was read that only a mail has */
};

/* True if the line begins a mail in an mbox: "From <who> <date>". */
bool patch_is_mbox_line(const char *text, size_t size);

/* True if the line is a field of a header, or goes on with one. */
bool patch_is_field(const char *text, size_t size, bool after_field);

/* What stands in `mail` is forgotten. The caller releases the reader. */
void patch_mail_init(struct patch_mail_reader *reader, struct patch_mail *mail,
		     struct arena *arena, const char *name);
void patch_mail_release(struct patch_mail_reader *reader);

/* Takes a line for which patch_is_field() is true. */
int patch_mail_read(struct patch_mail_reader *reader, const char *text,
		    size_t size, uint64_t line, struct err *err) MUST_CHECK;

/*
 * Ends the header. A body that is written in another form (base64,
 * quoted-printable, parts) is an error that says what to do.
 */
int patch_mail_end(struct patch_mail_reader *reader,
		   struct err *err) MUST_CHECK;

#endif
