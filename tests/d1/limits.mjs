/*
 * What D1 documents as limits and the local engine does not enforce itself.
 *
 * The engine's own limits are left to it: 100,000 bytes a statement, 100
 * columns, ?1 to ?100, and its message comes back. One thing cannot be
 * enforced from outside: a value above the limit that a statement computes and
 * stores without returning it.
 */
import { sqlError } from './errors.mjs';

const MOST_PARAMETERS = 100;
const MOST_VALUE_BYTES = 2_000_000;
const TOO_MANY_PARAMETERS = 'too many SQL variables: SQLITE_ERROR';
const TOO_BIG = 'string or blob too big: SQLITE_TOOBIG';

const OUT_OF_TIME = 'stand-in: out of time';

/** Throws if a statement's parameters are too many or too big. */
export function checkParameters(params) {
	if (params.length > MOST_PARAMETERS)
		throw sqlError(TOO_MANY_PARAMETERS);
	if (params.some(isTooBig))
		throw sqlError(TOO_BIG);
}

/** Throws if a value in the engine's results is too big. */
export function checkValues(results) {
	const rows = results.flatMap((one) => one.results.rows);
	if (rows.some((row) => row.some(isTooBig)))
		throw sqlError(TOO_BIG);
}

/**
 * A last statement for a call, which makes the whole call fail, and so roll
 * back, if it took longer than it may.
 */
export function deadline(milliseconds) {
	const last = (Date.now() + milliseconds) / 1000;
	return {
		sql: `SELECT iif(unixepoch('now', 'subsec') > CAST(?1 AS REAL),`
			+ ` json_extract('{}', ?2), 1)`,
		params: [String(last), OUT_OF_TIME],
	};
}

export function isOutOfTime(error) {
	return error.message.includes(OUT_OF_TIME);
}

/* A UTF-16 unit is three bytes at most: short strings need no counting. */
function isTooBig(value) {
	if (typeof value === 'string')
		return value.length * 3 > MOST_VALUE_BYTES
			&& Buffer.byteLength(value) > MOST_VALUE_BYTES;
	return Array.isArray(value) && value.length > MOST_VALUE_BYTES;
}
