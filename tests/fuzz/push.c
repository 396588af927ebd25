/*
 * Fuzz target for what git tells a pre-push hook (hooks/push.h).
 *
 * Any bytes: refs that were read have four words, and ids of digits that are
 * not all zeros.
 *
 * Seeds are in tests/fuzz/corpus/push.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hooks/push.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(const char *word)
{
	if (!*word || strpbrk(word, " \n"))
		abort();
}

static void check_id(const char *id)
{
	check_word(id);
	if (id[strspn(id, "0")] == '\0' ||
	    id[strspn(id, "0123456789abcdef")] != '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct push push;

	if (push_read(&push, (const char *)data, size, &err) == 0)
		for (size_t i = 0; i < push.count; i++) {
			check_word(push.refs[i].local_ref);
			check_word(push.refs[i].remote_ref);
			check_id(push.refs[i].local_id);
			if (push.refs[i].remote_id)
				check_id(push.refs[i].remote_id);
		}
	push_release(&push);
	return 0;
}
