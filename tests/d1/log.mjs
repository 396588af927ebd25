/*
 * The log of requests, one JSON object a line.
 *
 * Promises: a request is in the log before its client sees the reply, and
 * credentials stand there in clear, so that tests can look for them elsewhere.
 * The file gets every entry; memory keeps the latest.
 */
import { appendFileSync } from 'node:fs';

const MOST_ENTRIES = 2000;

export class RequestLog {
	#file;
	#mostBodyBytes;
	#lines = [];

	/** file may be null. */
	constructor({ file, mostBodyBytes }) {
		this.#file = file;
		this.#mostBodyBytes = mostBodyBytes;
	}

	/**
	 * Adds one exchange: request {method, path, headers, body}, and what became
	 * of it {status, body, rowsRead, faults}: body is what will be sent, status
	 * is null if nothing will.
	 */
	add(request, { status, body, rowsRead, faults }, started) {
		const { headers } = request;
		const line = JSON.stringify({
			time: new Date(started).toISOString(),
			ms: Date.now() - started,
			method: request.method,
			path: request.path,
			authorization: headers.authorization ?? null,
			auth_email: headers['x-auth-email'] ?? null,
			auth_key: headers['x-auth-key'] ?? null,
			content_type: headers['content-type'] ?? null,
			user_agent: headers['user-agent'] ?? null,
			request_bytes: request.body.length,
			request: this.#shorten(request.body),
			status,
			reply_bytes: body.length,
			reply: this.#shorten(body),
			rows_read: rowsRead ?? null,
			faults,
		});
		this.#lines.push(line);
		if (this.#lines.length > MOST_ENTRIES)
			this.#lines.shift();
		if (this.#file)
			appendFileSync(this.#file, `${line}\n`);
	}

	text() {
		return this.#lines.map((line) => `${line}\n`).join('');
	}

	clear() {
		this.#lines = [];
	}

	#shorten(body) {
		return body.subarray(0, this.#mostBodyBytes).toString();
	}
}
