/*
 * Replies in the shapes of Cloudflare's API.
 *
 * A reply is {status, headers, body}, body a string or a Buffer. It may carry
 * rowsRead, which goes to the log and not to the client.
 */

export function jsonReply(status, value) {
	return {
		status,
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(value),
	};
}

export function success(result, more = {}) {
	return jsonReply(200,
		{ result, success: true, errors: [], messages: [], ...more });
}

export function failure(status, code, message) {
	return jsonReply(status, {
		result: null,
		success: false,
		errors: [{ code, message }],
		messages: [],
	});
}

export function textReply(status, body, type = 'text/plain; charset=utf-8') {
	return { status, headers: { 'content-type': type }, body };
}

export async function readBody(request) {
	const chunks = [];
	for await (const chunk of request)
		chunks.push(chunk);
	return Buffer.concat(chunks);
}
