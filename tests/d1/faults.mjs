/*
 * Faults on request: what goes wrong between a client and the engine.
 *
 * A fault is a JSON object:
 *   kind      what happens, a key of CANNED or DELIVERIES or EFFECTS below
 *   method    regular expression; which requests it matches,
 *   path      regular expression;   path with the query string
 *   skip      leave the first so many matching requests alone (0)
 *   times     happen so many times (1); 0 is for ever
 *   when      "before" the request is carried out (default), or "after" it:
 *             then the reply is lost, but not what was done
 *   ...       more keys, by kind
 *
 * A request meets the faults in the order they were set. Effects let it go on
 * to the next fault; any other fault that happens is the last it meets.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { failure, textReply } from './http.mjs';

const DEFAULT_HUGE_BYTES = 64 * 1024 * 1024;
const DEFAULT_MILLISECONDS = 1000;

/* Replies that take the place of the true one. */
const CANNED = {
	'rate-limited': ({ retry_after = 1 }) => ({
		...failure(429, 971,
			'Please wait and consider throttling your request speed'),
		headers: {
			'content-type': 'application/json',
			'retry-after': String(retry_after),
		},
	}),
	'overloaded': () => failure(429, 7500,
		'D1 DB is overloaded. Requests queued for too long.'),
	'internal-error': () => failure(500, 7500,
		'internal error; reference = 0123456789abcdef0123456789abcdef'),
	'gateway-timeout': () => html(504, '504 Gateway Time-out'),
	'html': () => html(200, 'Welcome'),
	'challenge': () => ({
		...html(403, 'Just a moment...'),
		headers: {
			'content-type': 'text/html; charset=UTF-8',
			'cf-mitigated': 'challenge',
		},
	}),
	'empty': () => textReply(200, '', 'application/json'),
	'garbage': () => ({
		...textReply(200, '', 'application/json'),
		body: Buffer.from('00ff1f8bc0af7b227265', 'hex'),
	}),
	'huge': ({ bytes = DEFAULT_HUGE_BYTES }) => ({
		...textReply(200, '', 'application/json'),
		body: Buffer.concat([
			Buffer.from('{"result":"'), Buffer.alloc(bytes, 'x'),
			Buffer.from('","success":true,"errors":[],"messages":[]}'),
		]),
	}),
	'redirect': ({ location }, { path }) => ({
		...textReply(302, ''),
		headers: { location: absolute(location, path) },
	}),
	'unauthorized': () => failure(401, 10000, 'Authentication error'),
	'forbidden': () => failure(403, 10000, 'Authentication error'),
	'forbidden-permission': () => failure(403, 10000, 'Authentication error:'
		+ ' the token lacks the permission "D1 Write"'),
	'no-account': () => failure(403, 7403, 'The given account is not valid or'
		+ ' is not authorized to access this service'),
	'no-database': () => failure(404, 7404,
		'The database could not be found'),
	'reply': () => textReply(200, '', 'application/json'),
};

/* Ways to spoil the sending of a reply (delivery.mjs). */
const DELIVERIES = new Set(['drop', 'cut', 'half-json', 'stall']);

/* Things that happen besides; the reply stays. */
const EFFECTS = new Set(['slow', 'sql']);

const KEYS = new Set([
	'kind', 'method', 'path', 'skip', 'times', 'when',
	'status', 'headers', 'body', 'retry_after', 'location', 'bytes', 'ms',
	'database', 'sql',
]);

/** Thrown for a fault that makes no sense. */
export class BadFault extends Error {}

export class Faults {
	#faults = [];
	#runSql;

	/** runSql(database, sql): carries out SQL of "another writer". */
	constructor({ runSql }) {
		this.#runSql = runSql;
	}

	/** Adds a fault, or a list of them. Throws BadFault. */
	add(description) {
		const descriptions = [description].flat();
		this.#faults.push(...descriptions.map((one) => new Fault(one)));
	}

	clear() {
		this.#faults = [];
	}

	/** What is still to happen. */
	list() {
		return this.#faults;
	}

	/**
	 * Answers a request ({method, path}) that carryOut() would answer.
	 * Returns {reply, delivery, kinds}: the fault that spoils the delivery, or
	 * null; and the kinds of all faults met.
	 */
	async answer(request, carryOut) {
		const met = this.#meet(request);
		const last = met.find((fault) => !fault.isEffect);
		await this.#cause(met, 'before');
		const reply = last
			? await last.answer(request, carryOut)
			: await carryOut();
		await this.#cause(met, 'after');
		return {
			reply,
			delivery: last?.isDelivery ? last : null,
			kinds: met.map(({ kind }) => kind),
		};
	}

	/* The faults that happen to a request, counted down. */
	#meet(request) {
		const met = [];
		for (const fault of this.#faults) {
			if (!fault.happensTo(request))
				continue;
			met.push(fault);
			if (!fault.isEffect)
				break;
		}
		this.#faults = this.#faults.filter((fault) => !fault.isOver);
		return met;
	}

	async #cause(met, when) {
		for (const fault of met.filter((one) => one.when === when)) {
			if (fault.kind === 'slow')
				await sleep(fault.ms);
			if (fault.kind === 'sql')
				await this.#runSql(fault.database, fault.sql);
		}
	}
}

class Fault {
	#description;
	#method;
	#path;
	#toSkip;
	#left;

	constructor(description) {
		checkFault(description);
		const { method = '', path = '', skip = 0, times = 1 } = description;
		this.#description = description;
		this.#method = new RegExp(method);
		this.#path = new RegExp(path);
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
	happensTo({ method, path }) {
		if (!this.#method.test(method) || !this.#path.test(path))
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
		const makesReply = !this.isDelivery;
		const needsTrueReply = this.isDelivery && this.kind !== 'drop';
		const carriedOut = needsTrueReply || this.when === 'after'
			? await carryOut()
			: textReply(200, '');
		if (!makesReply)
			return carriedOut;
		return { ...this.#cannedReply(request), rowsRead: carriedOut.rowsRead };
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
	const {
		kind, method, path, when = 'before', location, database, sql,
	} = description;
	if (!(kind in CANNED || DELIVERIES.has(kind) || EFFECTS.has(kind)))
		throw new BadFault(`unknown kind of fault: ${kind}`);
	const unknown = Object.keys(description).find((key) => !KEYS.has(key));
	if (unknown)
		throw new BadFault(`unknown key of a fault: ${unknown}`);
	if (when !== 'before' && when !== 'after')
		throw new BadFault(`"when" is "before" or "after", not "${when}"`);
	for (const pattern of [method, path])
		checkPattern(pattern);
	if (kind === 'redirect' && !location)
		throw new BadFault('a redirect needs a "location"');
	if (kind === 'sql' && !(database && sql))
		throw new BadFault('"sql" needs a "database" and "sql"');
}

function checkPattern(pattern) {
	try {
		new RegExp(pattern);
	} catch (error) {
		throw new BadFault(error.message);
	}
}

function html(status, title) {
	return textReply(status, `<html><head><title>${title}</title></head>`
		+ `<body><h1>${title}</h1></body></html>\n`, 'text/html; charset=UTF-8');
}

/* A location of only HOST:PORT keeps the path. */
function absolute(location, path) {
	return /^https?:/.test(location) ? location : `http://${location}${path}`;
}

function asText(body) {
	return typeof body === 'string' ? body : JSON.stringify(body);
}
