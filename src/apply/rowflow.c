#include "config.h"

#include "apply/rowflow.h"

#include <stdio.h>

#include "apply/parking.h"
#include "apply/rowdigest.h"
#include "apply/survey.h"

static int take_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct row_flow *flow = context;
	const struct plan_entry *entry = flow->entry;
	uint64_t n = flow->n++;
	bool parked = false;

	if (change->keyed != flow->keyed)
		return 0;
	if (flow->grouped && !survey_is_of_group(entry, flow->group, change))
		return 0;
	if (!flow->either) {
		if (entry->owner->parked + entry->owner->displaced > 0 &&
		    change->keyed && flow->op != CHANGE_INSERT &&
		    parking_has(flow->writing->plan->parking, &parked,
				entry->number, flow->op, n, err) < 0)
			return err->code;
		if (parked != flow->parked)
			return 0;
	}
	if (flow->digest &&
	    row_digest_takes(flow->digest, change) == flow->rest) {
		flow->left++;
		return 0;
	}
	return packer_add(&flow->packer, change, err);
}

int row_flow_send(struct row_flow *flow, const struct rowstatement *statement,
		  bool counted, struct err *err)
{
	struct writing *writing = flow->writing;
	const struct plan_entry *entry = flow->entry;
	char guard[64];

	if (changes_count(entry->changes, entry->place, flow->op) == 0)
		return 0;
	snprintf(guard, sizeof(guard), "git-d1 guard %zu.%d", entry->number,
		 flow->op);
	flow->n = flow->left = 0;
	if (packer_init(&flow->packer, writing->sink, &writing->stage,
			statement, counted ? guard : NULL, err) == 0 &&
	    changes_each(entry->changes, entry->place, flow->op, take_row, flow,
			 err) == 0)
		(void)!packer_end(&flow->packer, err);
	packer_release(&flow->packer);
	return err->code;
}

int row_flow_send_digested(struct row_flow *flow,
			   const struct rowstatement *whole,
			   const struct rowstatement *brief, bool counted,
			   struct err *err)
{
	if (!brief->digest)
		return row_flow_send(flow, whole, counted, err);
	flow->digest = brief->digest;
	if (row_flow_send(flow, brief, counted, err) == 0 && flow->left > 0) {
		flow->rest = true;
		(void)!row_flow_send(flow, whole, counted, err);
	}
	row_digest_close(flow->digest);
	flow->digest = NULL;
	flow->rest = false;
	return err->code;
}
