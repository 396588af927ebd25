/*
 * Columns that look as if they held personal data or secrets: a guess, to be
 * pointed out before rows go into git for good.
 *
 * Names are taken apart into words at `_`, blanks, digits and changes of
 * letter case: userEmail, e_mail and EMAIL2 speak of e-mail, `emailing` does
 * not. The words are those of English, Dutch, French, German, Italian,
 * Portuguese and Spanish.
 */
#ifndef MODEL_SENSITIVE_H
#define MODEL_SENSITIVE_H

#include <stddef.h>

#include "model/value.h"

/* What the name says, such as "e-mail address"; NULL: nothing. */
const char *sensitive_name(const char *column);

enum sensitive_kind {
	SENSITIVE_NOTHING,
	SENSITIVE_EMAIL,
	SENSITIVE_PASSWORD, /* a hash of one: bcrypt, argon2, scrypt */
	SENSITIVE_PRIVATE_KEY,
	SENSITIVE_JWT,
	SENSITIVE_TOKEN, /* with the prefix of a service that issues them */
	SENSITIVE_IBAN,
	SENSITIVE_CARD,
	SENSITIVE_KINDS,
};

/*
 * What a value looks like. Only texts and integers look like anything, and of
 * a long text the beginning is looked at.
 */
enum sensitive_kind sensitive_value(const struct value *value);

/* Values of one column that were looked at. Zeroed, it is empty. */
struct sensitive_tally {
	size_t count; /* NULL is no value */
	size_t kinds[SENSITIVE_KINDS];
};

void sensitive_add(struct sensitive_tally *tally, const struct value *value);

/*
 * What the values are, such as "e-mail address"; NULL: nothing. One value is
 * enough, but for card numbers: one number in ten passes for one.
 */
const char *sensitive_found(const struct sensitive_tally *tally);

#endif
