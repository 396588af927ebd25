/*
 * The tests' own entrance, outside Cloudflare's API: faults, the log, and SQL.
 *
 * Promises: nothing that comes in here meets a fault, needs credentials, or
 * stands in the log.
 */
import { EngineError } from './engine.mjs';
import { BadFault } from './fault.mjs';
import { jsonReply, textReply } from './http.mjs';
import { splitExactly } from './split.mjs';

export const CONTROL_PREFIX = '/__standin/';

export class Control {
	#databases;
	#faults;
	#log;

	constructor({ databases, faults, log }) {
		this.#databases = databases;
		this.#faults = faults;
		this.#log = log;
	}

	/** Answers {method, url, body}, below CONTROL_PREFIX. */
	async handle({ method, url, body }) {
		const what = url.pathname.slice(CONTROL_PREFIX.length);
		switch (`${method} ${what}`) {
		case 'GET faults':
			return jsonReply(200, this.#faults.list());
		case 'POST faults':
			return this.#addFaults(body);
		case 'DELETE faults':
			this.#faults.clear();
			return jsonReply(200, []);
		case 'GET held':
			return jsonReply(200, this.#faults.held());
		case 'DELETE held':
			await this.#faults.release(url.searchParams.has('drop'));
			return jsonReply(200, []);
		case 'GET log':
			return textReply(200, this.#log.text(), 'application/x-ndjson');
		case 'DELETE log':
			this.#log.clear();
			return textReply(200, '');
		case 'POST sql':
			return this.#sql(url.searchParams.get('database'), body);
		default:
			return textReply(404, `no ${method} ${what}\n`);
		}
	}

	/** Runs SQL as one transaction on the database of this name or uuid. */
	async runSql(nameOrUuid, sql) {
		const database = this.#databases.find(({ name, uuid }) =>
			name === nameOrUuid || uuid === nameOrUuid);
		if (!database)
			throw new EngineError(`no database ${nameOrUuid}`);
		return database.run(splitExactly(sql).map((text) => ({ sql: text })));
	}

	#addFaults(body) {
		try {
			this.#faults.add(JSON.parse(body));
			return jsonReply(200, this.#faults.list());
		} catch (error) {
			if (error instanceof BadFault || error instanceof SyntaxError)
				return textReply(400, `${error.message}\n`);
			throw error;
		}
	}

	/* The rows of all statements, one JSON array a line. */
	async #sql(database, body) {
		try {
			const results = await this.runSql(database, body.toString());
			const rows = results.flatMap((one) => one.results.rows);
			return textReply(200,
				rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
				'application/x-ndjson');
		} catch (error) {
			if (error instanceof EngineError)
				return textReply(400, `${error.message}\n`);
			throw error;
		}
	}
}
