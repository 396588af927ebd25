/*
 * Fuzz target for statements that wrangler is to cut right
 * (schema/wranglertext.h).
 *
 * Any bytes: what is written has the words of the text, but for letter case
 * and quotes, wrangler does no more harm to it, and it stays as it is if it is
 * written once more.
 *
 * Seeds are in tests/fuzz/corpus/wranglertext.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/wranglercut.h"
#include "model/sqltoken.h"
#include "schema/wranglertext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail_unless(int holds)
{
	if (!holds)
		abort();
}

static void check_same(const struct sqltoken *a, const struct sqltoken *b)
{
	struct buf names[2];

	buf_init(&names[0], a->size + 1);
	buf_init(&names[1], b->size + 1);
	sqltoken_add_name(&names[0], a);
	sqltoken_add_name(&names[1], b);
	fail_unless(
		names[0].len == names[1].len &&
		(names[0].len == 0 ||
		 strncasecmp(names[0].data, names[1].data, names[0].len) == 0));
	fail_unless(a->kind == b->kind ||
		    (a->kind == SQLTOKEN_WORD && b->kind == SQLTOKEN_NAME));
	buf_release(&names[0]);
	buf_release(&names[1]);
}

static void check_words(struct sqltokens before, struct sqltokens after)
{
	struct sqltoken a, b;

	while (sqltoken_next(&a, &before)) {
		fail_unless(sqltoken_next(&b, &after));
		check_same(&a, &b);
	}
	fail_unless(!sqltoken_next(&b, &after));
}

static enum wranglercut cut_of(const char *sql, size_t size)
{
	struct err err = ERR_INIT;
	enum wranglercut cut;

	fail_unless(wranglercut_check(&cut, sql, size, &err) == 0);
	return cut;
}

static void add(struct buf *out, const char *sql, size_t size)
{
	struct err err = ERR_INIT;
	struct wranglertext left;

	buf_init(out, 1 << 26);
	fail_unless(wranglertext_add(out, &left, sql, size, &err) == 0);
	buf_add(out, "", 0);
	fail_unless(!out->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *sql = (const char *)data;
	struct buf once, twice;

	add(&once, sql, size);
	fail_unless(!wranglercut_is_plain(sql, size) ||
		    cut_of(sql, size) == WRANGLERCUT_RIGHT);
	check_words((struct sqltokens){ sql, size },
		    (struct sqltokens){ once.data, once.len });
	fail_unless(cut_of(once.data, once.len) <= cut_of(sql, size));
	add(&twice, once.data, once.len);
	fail_unless(once.len == twice.len &&
		    memcmp(once.data, twice.data, once.len) == 0);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
