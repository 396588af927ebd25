/*
 * What a SELECT gives, in a definition that is written anew: what it computes
 * without a name is called as its text is, so that this stays as it stands.
 */
#ifndef SCHEMA_SELECTLIST_H
#define SCHEMA_SELECTLIST_H

#include <stdbool.h>

#include "schema/normaltext.h"

/* Writes the word SELECT, and the first thing after it if that stays. */
void selectlist_add_select(struct normaltext *self,
			   const struct sqltoken *token);

/*
 * Behind a comma of the list: writes a thing whose text is its name, which ends
 * where the next word begins; any other is left to be written.
 */
void selectlist_add_item(struct normaltext *self);

/*
 * Reads the next thing of a list, up to the comma or what ends the list. True
 * if its text is its name; that goes from *from up to *to, with the comments
 * behind it.
 */
bool selectlist_read_item(struct sqltokens *tokens, const char **from,
			  const char **to);

/*
 * True if the word ends the list; `last` is the word before it, `rest` what
 * follows. Not IS DISTINCT FROM, not WITHIN GROUP(.
 */
bool selectlist_ends(const struct sqltoken *token, const struct sqltoken *last,
		     struct sqltokens rest);

#endif
