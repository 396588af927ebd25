/*
 * One fault: which requests it happens to, and the reply under it.
 *
 * A fault is made from a JSON object:
 *   kind      what happens: one of CANNED, DELIVERIES or EFFECTS
 *   method    a regular expression for the requests it can happen to
 *   path      the same, for the path with the query string
 *   request   the same, for the body
 *   skip      leave the first so many of them alone (0)
 *   times     happen so many times (1); 0 is for ever
 *   when      "before" the request is carried out (default), or "after" it:
 *             then a reply is lost, but not what was done
 * and keys that only some kinds have (README.md).
 */
import { CANNED } from './canned.mjs';
import { textReply } from './http.mjs';

const DEFAULT_MILLISECONDS = 1000;
/** The reply of a request that is not carried out, before it is spoilt. */
export const NO_REPLY = textReply(200, '');

/*
 * Ways to spoil the sending of a reply (delivery.mjs). All but "drop" let the
 * request be carried out, whatever "when" says.
 */
const DELIVERIES = new Set(['drop', 'cut', 'half-json', 'stall']);

/* Things that happen besides; the reply stays. */
const EFFECTS = new Set(['slow', 'hold', 'sql']);

const KINDS = new Set([...Object.keys(CANNED), ...DELIVERIES, ...EFFECTS]);

/* What may stand in a fault, and whether a value makes sense there. */
const KEYS = new Map(Object.entries({
	kind: (value) => KINDS.has(value),
	method: isPattern,
	path: isPattern,
	request: isPattern,
	skip: isCount,
	times: isCount,
	when: (value) => value === 'before' || value === 'after',
	status: isCount,
	headers: (value) => typeof value === 'object',
	body: () => true,
	retry_after: isCount,
	location: isText,
	bytes: isCount,
	ms: isCount,
	database: isText,
	sql: isText,
}));
const NEEDED = { redirect: ['location'], sql: ['database', 'sql'] };

/** Thrown for a fault that makes no sense. */
export class BadFault extends Error {}

export class Fault {
	#description;
	#patterns;
	#toSkip;
	#left;

	constructor(description) {
		checkFault(description);
		const { method, path, request, skip = 0, times = 1 } = description;
		this.#description = description;
		this.#patterns = { method, path, body: request };
		this.#toSkip = skip;
		this.#left = times === 0 ? Infinity : times;
	}

	get kind() {
		return this.#description.kind;
	}

	get when() {
		return this.#description.when ?? 'before';
	}

	get ms() {
		return this.#description.ms ?? DEFAULT_MILLISECONDS;
	}

	get database() {
		return this.#description.database;
	}

	get sql() {
		return this.#description.sql;
	}

	get isEffect() {
		return EFFECTS.has(this.kind);
	}

	get isDelivery() {
		return DELIVERIES.has(this.kind);
	}

	get isOver() {
		return this.#left === 0;
	}

	/** Tells if the fault happens to this request, and counts it. */
	happensTo(request) {
		if (!this.#matches(request))
			return false;
		if (this.#toSkip > 0) {
			this.#toSkip--;
			return false;
		}
		this.#left--;
		return true;
	}

	/** The reply under this fault; carryOut() is called if it says so. */
	async answer(request, carryOut) {
		const spoilsTrueReply = this.isDelivery && this.kind !== 'drop';
		const reply = spoilsTrueReply || this.when === 'after'
			? await carryOut()
			: NO_REPLY;
		if (this.isDelivery)
			return reply;
		return { ...this.#cannedReply(request), rowsRead: reply.rowsRead };
	}

	#matches(request) {
		return Object.entries(this.#patterns).every(([part, pattern]) =>
			pattern === undefined || new RegExp(pattern).test(request[part]));
	}

	#cannedReply(request) {
		const reply = CANNED[this.kind](this.#description, request);
		const { status, headers, body } = this.#description;
		return {
			status: status ?? reply.status,
			headers: { ...reply.headers, ...headers },
			body: body === undefined ? reply.body : asText(body),
		};
	}

	toJSON() {
		const times = this.#left === Infinity ? 0 : this.#left;
		return { ...this.#description, skip: this.#toSkip, times };
	}
}

/** Throws BadFault if a fault makes no sense. */
export function checkFault(description) {
	for (const [key, value] of Object.entries(description)) {
		const makesSense = KEYS.get(key);
		if (!makesSense)
			throw new BadFault(`no such key in a fault: "${key}"`);
		if (!makesSense(value))
			throw new BadFault(`nonsense in a fault: "${key}": "${value}"`);
	}
	const { kind } = description;
	for (const key of ['kind', ...(NEEDED[kind] ?? [])])
		if (!(key in description))
			throw new BadFault(`a fault "${kind}" needs "${key}"`);
}

function isPattern(value) {
	try {
		new RegExp(value);
		return isText(value);
	} catch {
		return false;
	}
}

function isText(value) {
	return typeof value === 'string';
}

function isCount(value) {
	return Number.isInteger(value) && value >= 0;
}

function asText(body) {
	return typeof body === 'string' ? body : JSON.stringify(body);
}
