#include "config.h"

#include "diff/policy.h"

/* A bucket, seen from the source. */
enum relation {
	SOURCE_ONLY,
	TARGET_ONLY,
	SOURCE_NEWER,
	TARGET_NEWER,
	CONTENT_DIFFERS,
	SAME,
};

static enum relation relation_of(enum bucket bucket, int source)
{
	switch (bucket) {
	case BUCKET_OLD_ONLY:
		return source == OLD ? SOURCE_ONLY : TARGET_ONLY;
	case BUCKET_NEW_ONLY:
		return source == NEW ? SOURCE_ONLY : TARGET_ONLY;
	case BUCKET_OLD_NEWER:
		return source == OLD ? SOURCE_NEWER : TARGET_NEWER;
	case BUCKET_NEW_NEWER:
		return source == NEW ? SOURCE_NEWER : TARGET_NEWER;
	case BUCKET_CONTENT_DIFFERS:
		return CONTENT_DIFFERS;
	case BUCKET_IDENTICAL:
	case BUCKET_COUNT:
		break;
	}
	return SAME;
}

enum policy_answer policy_decide(enum policy policy, enum bucket bucket,
				 int source, bool deletes)
{
	static const enum policy_answer answers[][POLICY_NEWER_WINS + 1] = {
		[SOURCE_ONLY] = { POLICY_WRITE, POLICY_WRITE, POLICY_WRITE,
				  POLICY_WRITE },
		[TARGET_ONLY] = { POLICY_LEAVE, POLICY_LEAVE, POLICY_LEAVE,
				  POLICY_LEAVE },
		[SOURCE_NEWER] = { POLICY_WRITE, POLICY_WRITE, POLICY_LEAVE,
				   POLICY_WRITE },
		[TARGET_NEWER] = { POLICY_CONFLICT, POLICY_WRITE, POLICY_LEAVE,
				   POLICY_LEAVE },
		[CONTENT_DIFFERS] = { POLICY_CONFLICT, POLICY_WRITE,
				      POLICY_LEAVE, POLICY_CONFLICT },
		[SAME] = { POLICY_LEAVE, POLICY_LEAVE, POLICY_LEAVE,
			   POLICY_LEAVE },
	};
	enum relation relation = relation_of(bucket, source);

	if (relation == TARGET_ONLY && deletes &&
	    (policy == POLICY_ABORT || policy == POLICY_SOURCE_WINS))
		return POLICY_WRITE;
	return answers[relation][policy];
}

int policy_winner(enum policy policy, enum bucket bucket, int source)
{
	enum relation relation = relation_of(bucket, source);
	int target = source == OLD ? NEW : OLD;

	switch (policy) {
	case POLICY_ABORT:
		break;
	case POLICY_SOURCE_WINS:
		return source;
	case POLICY_TARGET_WINS:
		return target;
	case POLICY_NEWER_WINS:
		return relation == SOURCE_NEWER	  ? source
		       : relation == TARGET_NEWER ? target
						  : -1;
	}
	return -1;
}
