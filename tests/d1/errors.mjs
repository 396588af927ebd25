/*
 * The errors of Cloudflare's API that are thrown here, by name.
 */
import { failure } from './http.mjs';

/** Thrown by a handler whose answer is an error. */
export class ApiError extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}

	reply() {
		return failure(this.status, this.code, this.message);
	}
}

/** The body does not fit the schema. */
export function invalidInput() {
	return new ApiError(400, 7400, 'Invalid input');
}

/** The credentials are wrong, or do not allow this. */
export function authenticationError(status = 403) {
	return new ApiError(status, 10000, 'Authentication error');
}

export function wrongAccount() {
	return new ApiError(403, 7403, 'The given account is not valid or'
		+ ' is not authorized to access this service');
}

export function noDatabase(uuid) {
	return new ApiError(404, 7404, `The database ${uuid} could not be found`);
}

/** What SQLite, or the engine in its name, has to say. */
export function sqlError(message) {
	return new ApiError(400, 7500, message);
}
