/*
 * The /query and /raw calls.
 *
 * Promises: the whole body is one transaction; what does not fit Cloudflare's
 * schema (string parameters above all) or its documented limits is refused.
 */
import { invalidInput, sqlError } from './errors.mjs';
import { success } from './http.mjs';
import { checkParameters, checkValues } from './limits.mjs';
import { productionMeta, sum } from './meta.mjs';
import { requireWrite } from './auth.mjs';
import { splitExactly, splitLikeProduction } from './split.mjs';
import { isReadOnly } from './tokens.mjs';

export class Queries {
	#split;
	#lenientParameters;
	#enforceLimits;
	#timeLimit;

	/** timeLimit in milliseconds, 0 for none. */
	constructor({
		productionSplitter, lenientParameters, enforceLimits, timeLimit,
	}) {
		this.#split = productionSplitter ? splitLikeProduction : splitExactly;
		this.#lenientParameters = lenientParameters;
		this.#enforceLimits = enforceLimits;
		this.#timeLimit = timeLimit;
	}

	async raw(database, rights, body) {
		const results = await this.#run(database, rights, body);
		return reply(results, (rowsAndColumns) => rowsAndColumns);
	}

	async query(database, rights, body) {
		const results = await this.#run(database, rights, body);
		return reply(results, toObjects);
	}

	async #run(database, rights, body) {
		const statements = this.#statements(body);
		if (!statements.every(({ sql }) => isReadOnly(sql)))
			requireWrite(rights);
		const results =
			await database.run(statements, { timeLimit: this.#timeLimit });
		if (this.#enforceLimits)
			checkValues(results);
		return results;
	}

	#statements(body) {
		const items = Array.isArray(body?.batch) ? body.batch : [body];
		if (items.length === 0)
			throw invalidInput();
		return items.flatMap((item) => this.#statementsOf(item));
	}

	#statementsOf(item) {
		const params = this.#checkedParameters(item?.params ?? []);
		if (typeof item?.sql !== 'string')
			throw invalidInput();
		const texts = this.#split(item.sql);
		if (texts.length === 0)
			throw sqlError('SQL code did not contain a statement.');
		if (texts.length > 1 && params.length > 0)
			throw sqlError('Parameters need a single statement.');
		return texts.map((sql) => ({ sql, params }));
	}

	#checkedParameters(params) {
		if (!Array.isArray(params))
			throw invalidInput();
		const allowed = this.#lenientParameters ? isScalar : isString;
		if (!params.every(allowed))
			throw invalidInput();
		if (this.#enforceLimits)
			checkParameters(params);
		return params.map(withoutBoolean);
	}
}

function reply(results, convert) {
	const converted = results.map((one) => ({
		results: convert(one.results),
		success: one.success,
		meta: productionMeta(one.meta),
	}));
	return { ...success(converted), rowsRead: sum(results, 'rows_read') };
}

/* Of columns with the same name the last wins, as in production. */
function toObjects({ columns, rows }) {
	return rows.map((row) => Object.fromEntries(
		columns.map((name, index) => [name, row[index]])));
}

function isString(value) {
	return typeof value === 'string';
}

function isScalar(value) {
	return value === null
		|| ['string', 'number', 'boolean'].includes(typeof value);
}

/* The engine takes no booleans; a Worker's binding sends them as numbers. */
function withoutBoolean(value) {
	return typeof value === 'boolean' ? Number(value) : value;
}
