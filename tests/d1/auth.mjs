/*
 * Who is asking, and what they may do.
 *
 * Promises: a request without good credentials is refused as Cloudflare does,
 * and a read-only token can do nothing that writes.
 */
import { authenticationError } from './errors.mjs';

export class Access {
	#tokens;
	#readOnlyTokens;
	#keys;
	#failureStatus;

	/** keys: texts "EMAIL:KEY"; failureStatus: 403 or 401. */
	constructor({ tokens, readOnlyTokens, keys, failureStatus }) {
		this.#tokens = new Set(tokens);
		this.#readOnlyTokens = new Set(readOnlyTokens);
		this.#keys = new Set(keys);
		this.#failureStatus = failureStatus;
	}

	/** Returns {mayWrite}, or null if the credentials are not good. */
	rights(headers) {
		const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
		const key = `${headers['x-auth-email']}:${headers['x-auth-key']}`;
		if (this.#tokens.has(token) || this.#keys.has(key))
			return { mayWrite: true };
		if (this.#readOnlyTokens.has(token))
			return { mayWrite: false };
		return null;
	}

	refusal() {
		return authenticationError(this.#failureStatus);
	}
}

/** Throws unless the rights allow writing. */
export function requireWrite(rights) {
	if (!rights.mayWrite)
		throw authenticationError();
}
