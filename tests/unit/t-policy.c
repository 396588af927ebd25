/* The table of diff/policy.h, cell by cell, for both directions. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diff/policy.h"
#include "util/compiler.h"

#define W POLICY_WRITE
#define L POLICY_LEAVE
#define C POLICY_CONFLICT

/* A row of the table: the same bucket with each side as the source. */
struct line {
	enum bucket buckets[2]; /* if the source is OLD, if it is NEW */
	bool deletes;
	/* abort, source-wins, target-wins, newer-wins */
	enum policy_answer answers[4];
};

static const struct line lines[] = {
	{ { BUCKET_OLD_ONLY, BUCKET_NEW_ONLY }, false, { W, W, W, W } },
	{ { BUCKET_OLD_ONLY, BUCKET_NEW_ONLY }, true, { W, W, W, W } },
	{ { BUCKET_NEW_ONLY, BUCKET_OLD_ONLY }, false, { L, L, L, L } },
	{ { BUCKET_NEW_ONLY, BUCKET_OLD_ONLY }, true, { W, W, L, L } },
	{ { BUCKET_OLD_NEWER, BUCKET_NEW_NEWER }, false, { W, W, L, W } },
	{ { BUCKET_OLD_NEWER, BUCKET_NEW_NEWER }, true, { W, W, L, W } },
	{ { BUCKET_NEW_NEWER, BUCKET_OLD_NEWER }, false, { C, W, L, L } },
	{ { BUCKET_NEW_NEWER, BUCKET_OLD_NEWER }, true, { C, W, L, L } },
	{ { BUCKET_CONTENT_DIFFERS, BUCKET_CONTENT_DIFFERS },
	  false,
	  { C, W, L, C } },
	{ { BUCKET_CONTENT_DIFFERS, BUCKET_CONTENT_DIFFERS },
	  true,
	  { C, W, L, C } },
	{ { BUCKET_IDENTICAL, BUCKET_IDENTICAL }, false, { L, L, L, L } },
	{ { BUCKET_IDENTICAL, BUCKET_IDENTICAL }, true, { L, L, L, L } },
};

static void test_every_cell(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		for (int source = OLD; source <= NEW; source++)
			for (int policy = 0; policy < 4; policy++)
				assert_int_equal(
					policy_decide((enum policy)policy,
						      lines[i].buckets[source],
						      source, lines[i].deletes),
					lines[i].answers[policy]);
}

static void test_who_wins_a_conflict(void **state)
{
	static const enum bucket untimed[] = { BUCKET_OLD_ONLY, BUCKET_NEW_ONLY,
					       BUCKET_CONTENT_DIFFERS };

	(void)state;
	for (int source = OLD; source <= NEW; source++) {
		for (int b = 0; b < BUCKET_COUNT; b++) {
			enum bucket bucket = (enum bucket)b;

			assert_int_equal(policy_winner(POLICY_ABORT, bucket,
						       source),
					 -1);
			assert_int_equal(policy_winner(POLICY_SOURCE_WINS,
						       bucket, source),
					 source);
			assert_int_equal(policy_winner(POLICY_TARGET_WINS,
						       bucket, source),
					 !source);
		}
		assert_int_equal(policy_winner(POLICY_NEWER_WINS,
					       BUCKET_OLD_NEWER, source),
				 OLD);
		assert_int_equal(policy_winner(POLICY_NEWER_WINS,
					       BUCKET_NEW_NEWER, source),
				 NEW);
		for (size_t i = 0; i < ARRAY_SIZE(untimed); i++)
			assert_int_equal(policy_winner(POLICY_NEWER_WINS,
						       untimed[i], source),
					 -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_who_wins_a_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
