/*
 * Replies that take the place of the true one, by the kind of fault.
 *
 * Each is a function of the fault's JSON and the request.
 */
import {
	ApiError, authenticationError, noDatabase, wrongAccount,
} from './errors.mjs';
import { textReply } from './http.mjs';

const DEFAULT_HUGE_BYTES = 64 * 1024 * 1024;

export const CANNED = {
	'rate-limited': ({ retry_after = 1 }) => withHeader(
		new ApiError(429, 971,
			'Please wait and consider throttling your request speed').reply(),
		'retry-after', String(retry_after)),
	'overloaded': () => new ApiError(429, 7500,
		'D1 DB is overloaded. Requests queued for too long.').reply(),
	'internal-error': () => new ApiError(500, 7500,
		'internal error; reference = 0123456789abcdef0123456789abcdef').reply(),
	'gateway-timeout': () => html(504, '504 Gateway Time-out'),
	'html': () => html(200, 'Welcome'),
	'challenge': () => withHeader(
		html(403, 'Just a moment...'), 'cf-mitigated', 'challenge'),
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
	'redirect': ({ location }, { path }) => withHeader(
		textReply(302, ''), 'location', absolute(location, path)),
	'unauthorized': () => authenticationError(401).reply(),
	'forbidden': () => authenticationError(403).reply(),
	'forbidden-permission': () => new ApiError(403, 10000,
		'Authentication error: the token lacks the permission "D1 Write"')
		.reply(),
	'no-account': () => wrongAccount().reply(),
	'no-database': () => noDatabase('asked for').reply(),
	'reply': () => textReply(200, '', 'application/json'),
};

function withHeader(reply, name, value) {
	return { ...reply, headers: { ...reply.headers, [name]: value } };
}

function html(status, title) {
	const page = `<html><head><title>${title}</title></head>`
		+ `<body><h1>${title}</h1></body></html>\n`;
	return textReply(status, page, 'text/html; charset=UTF-8');
}

/* A location of only HOST:PORT keeps the path. */
function absolute(location, path) {
	return /^https?:/.test(location) ? location : `http://${location}${path}`;
}
