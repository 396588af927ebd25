/*
 * Fuzz target for the normal form of definitions (schema/normalise.h).
 *
 * Any bytes: normalising twice is normalising once, and the words of the
 * normal form are those of the text.
 *
 * Seeds are in tests/fuzz/corpus/normalise.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sqltoken.h"
#include "schema/normalise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail_unless(int holds)
{
	if (!holds)
		abort();
}

/* The next word but those that normalising may leave out. */
static int next_word(struct sqltoken *token, struct sqltokens *tokens)
{
	while (sqltoken_next(token, tokens))
		if (!sqltoken_is(token, ";") && !sqltoken_is(token, "IF") &&
		    !sqltoken_is(token, "NOT") && !sqltoken_is(token, "EXISTS"))
			return 1;
	return 0;
}

static void check_same(const struct sqltoken *a, const struct sqltoken *b)
{
	struct buf names[2];

	fail_unless(a->kind == b->kind);
	buf_init(&names[0], a->size + 1);
	buf_init(&names[1], b->size + 1);
	sqltoken_add_name(&names[0], a);
	sqltoken_add_name(&names[1], b);
	fail_unless(names[0].len == names[1].len &&
		    strncasecmp(names[0].data, names[1].data, names[0].len) ==
			    0);
	buf_release(&names[0]);
	buf_release(&names[1]);
}

static void check_words(struct sqltokens before, struct sqltokens after)
{
	struct sqltoken a, b;

	while (next_word(&a, &before)) {
		fail_unless(next_word(&b, &after));
		check_same(&a, &b);
	}
	fail_unless(!next_word(&b, &after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *sql = (const char *)data;
	struct buf once, twice;

	buf_init(&once, 1 << 26);
	buf_init(&twice, 1 << 26);
	normalise_add(&once, sql, size);
	normalise_add(&twice, once.data, once.len);
	fail_unless(!once.failed && !twice.failed && once.len == twice.len &&
		    (once.len == 0 ||
		     memcmp(once.data, twice.data, once.len) == 0));
	check_words((struct sqltokens){ sql, size },
		    (struct sqltokens){ once.data, once.len });
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
