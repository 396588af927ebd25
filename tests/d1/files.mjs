/*
 * The object storage that uploads go to and exports come from.
 *
 * Promises: a URL works only with its signature and without any other
 * credentials, as a presigned URL does. Files live in memory.
 */
import { createHash, randomBytes } from 'node:crypto';

import { textReply } from './http.mjs';

export const FILES_PREFIX = '/storage/';

export class SignedFiles {
	#files = new Map();

	/** Makes a place for a file; returns its path with the signature. */
	create(name, content = null) {
		const signature = randomBytes(16).toString('hex');
		this.#files.set(name, { signature, content });
		return `${FILES_PREFIX}${encodeURIComponent(name)}`
			+ `?signature=${signature}`;
	}

	/** The content of a file, or null if there is none (yet). */
	content(name) {
		return this.#files.get(name)?.content ?? null;
	}

	/** Answers a request below FILES_PREFIX. */
	handle({ method, url, headers, body }) {
		const name =
			decodeURIComponent(url.pathname.slice(FILES_PREFIX.length));
		const file = this.#files.get(name);
		if (headers.authorization)
			return refusal(400, 'Only one authentication mechanism allowed');
		if (file?.signature !== url.searchParams.get('signature'))
			return refusal(403, 'SignatureDoesNotMatch');
		if (method === 'PUT')
			return store(file, body);
		if (method === 'GET' && file.content)
			return textReply(200, file.content, 'application/sql');
		return refusal(404, 'NoSuchKey');
	}
}

export function md5(content) {
	return createHash('md5').update(content).digest('hex');
}

function store(file, content) {
	file.content = content;
	return {
		...textReply(200, ''),
		headers: { ETag: `"${md5(content)}"` },
	};
}

function refusal(status, reason) {
	return textReply(status,
		`<?xml version="1.0"?><Error><Code>${reason}</Code></Error>`,
		'application/xml');
}
