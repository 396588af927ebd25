#include "config.h"

#include "cf/budget.h"

#include <stdlib.h>

int budget_init(struct budget *budget, size_t limit, int64_t window_ms,
		struct err *err)
{
	*budget = (struct budget){ .limit = limit, .window_ms = window_ms };
	if (!limit)
		return 0;
	budget->sent = calloc(limit, sizeof(*budget->sent));
	return budget->sent ? 0 : err_set_nomem(err);
}

void budget_release(struct budget *budget)
{
	free(budget->sent);
	budget->sent = NULL;
}

int64_t budget_ready(const struct budget *budget)
{
	int64_t ready = budget->blocked_until;

	if (budget->limit && budget->count == budget->limit) {
		int64_t next = budget->sent[budget->oldest] + budget->window_ms;

		if (next > ready)
			ready = next;
	}
	return ready;
}

void budget_spend(struct budget *budget, int64_t now)
{
	if (!budget->limit)
		return;
	if (budget->count < budget->limit) {
		budget->sent[budget->count++] = now;
		return;
	}
	budget->sent[budget->oldest] = now;
	budget->oldest = (budget->oldest + 1) % budget->limit;
}

void budget_block(struct budget *budget, int64_t until)
{
	if (until > budget->blocked_until)
		budget->blocked_until = until;
}
