/*
 * One database: its name, its history, and calls that go through the gate.
 *
 * Promises: run() is one transaction, and the bookmark after it is moved if
 * and only if it changed something.
 */
import { EngineError } from './engine.mjs';
import { deadline, isOutOfTime } from './limits.mjs';
import { sum } from './meta.mjs';
import { isReadOnly, verbOf } from './tokens.mjs';

const OUT_OF_TIME = 'D1 DB storage operation exceeded timeout'
	+ ' which caused object to be reset.';

export class Database {
	#engine;
	#gate;

	constructor({ name, uuid, engine, gate, history }) {
		this.name = name;
		this.uuid = uuid;
		this.history = history;
		this.createdAt = new Date().toISOString();
		this.usage =
			{ readQueries: 0, writeQueries: 0, rowsRead: 0, rowsWritten: 0 };
		this.#engine = engine;
		this.#gate = gate;
	}

	/**
	 * Runs statements ({sql, params}); with a timeLimit (milliseconds) the call
	 * is rolled back if it took longer. Throws EngineError.
	 */
	async run(statements, { timeLimit = 0 } = {}) {
		if (statements.every(({ sql }) => isReadOnly(sql)))
			return this.#gate.shared(() => this.#call(statements, timeLimit));
		if (!this.history.keepsCopies)
			return this.#gate.shared(() => this.#write(statements, timeLimit));
		return this.#gate.exclusive(async () => {
			await this.history.keep();
			return this.#write(statements, timeLimit);
		});
	}

	async dump(options) {
		return this.#gate.shared(() => this.#engine.dump(this.uuid, options));
	}

	/** Throws NoSuchPoint. */
	async restore(bookmark) {
		return this.#gate.exclusive(() => this.history.restore(bookmark));
	}

	async #write(statements, timeLimit) {
		const results = await this.#call(statements, timeLimit);
		if (hasChanged(statements, results))
			await this.history.advance();
		return results;
	}

	async #call(statements, timeLimit) {
		const results = timeLimit
			? await this.#callWithin(statements, timeLimit)
			: await this.#engine.run(this.uuid, statements);
		this.#count(statements, results);
		return results;
	}

	async #callWithin(statements, timeLimit) {
		try {
			const results = await this.#engine.run(this.uuid,
				[...statements, deadline(timeLimit)]);
			return results.slice(0, -1);
		} catch (error) {
			if (isOutOfTime(error))
				throw new EngineError(OUT_OF_TIME, { internal: true });
			throw error;
		}
	}

	#count(statements, results) {
		const reads = statements.filter(({ sql }) => isReadOnly(sql)).length;
		this.usage.readQueries += reads;
		this.usage.writeQueries += statements.length - reads;
		this.usage.rowsRead += sum(results, 'rows_read');
		this.usage.rowsWritten += sum(results, 'rows_written');
	}
}

/*
 * meta.changed_db would not do: it is false for a dropped view, and true for
 * the engine's own housekeeping. A DROP reads what it removes, and writes no
 * row.
 */
function hasChanged(statements, results) {
	return results.some(({ meta }, index) =>
		meta.rows_written > 0 || meta.changes > 0
		|| (meta.rows_read > 0 && verbOf(statements[index].sql) === 'DROP'));
}
