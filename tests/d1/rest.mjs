/*
 * Cloudflare's REST API, as far as D1 and wrangler need it: which request is
 * whose to answer.
 *
 * Promises: credentials are looked at first, then the route, the account, the
 * database, and only then the body.
 */
import { requireWrite } from './auth.mjs';
import { EngineError } from './engine.mjs';
import {
	ApiError, invalidInput, noDatabase, wrongAccount,
} from './errors.mjs';
import { failure, jsonReply, success } from './http.mjs';
import { NoSuchPoint } from './timetravel.mjs';

export const API_PREFIX = '/client/v4';

const DATABASES = '/accounts/:account/d1/database';
const DATABASE = `${DATABASES}/:database`;

const ROUTES = [
	['GET', '/user/tokens/verify', 'verifyToken'],
	['GET', '/accounts', 'listAccounts'],
	['GET', '/memberships', 'listMemberships'],
	['POST', '/graphql', 'graphql'],
	['GET', DATABASES, 'list'],
	['GET', DATABASE, 'get'],
	['POST', `${DATABASE}/query`, 'query'],
	['POST', `${DATABASE}/raw`, 'raw'],
	['POST', `${DATABASE}/import`, 'import'],
	['POST', `${DATABASE}/export`, 'export'],
	['GET', `${DATABASE}/time_travel/bookmark`, 'bookmark'],
	['POST', `${DATABASE}/time_travel/restore`, 'restore'],
].map(([method, pattern, handler]) =>
	({ method, path: toRegExp(pattern), handler }));

export class RestApi {
	#account;
	#access;
	#databases;
	#queries;
	#imports;
	#exports;

	/** imports and exports: Maps from a database to its Import, Export. */
	constructor({ account, access, databases, queries, imports, exports }) {
		this.#account = account;
		this.#access = access;
		this.#databases = databases;
		this.#queries = queries;
		this.#imports = imports;
		this.#exports = exports;
	}

	/** Answers {method, url, headers, body, origin}, below API_PREFIX. */
	async handle(request) {
		try {
			return await this.#answer(request);
		} catch (error) {
			if (error instanceof ApiError)
				return error.reply();
			if (error instanceof EngineError)
				return failure(error.internal ? 500 : 400, 7500, error.message);
			if (error instanceof NoSuchPoint)
				return failure(400, 7500, `Time Travel: ${error.message}`);
			throw error;
		}
	}

	async #answer(request) {
		const path = request.url.pathname.slice(API_PREFIX.length);
		const rights = this.#access.rights(request.headers);
		if (!rights && path === '/user/tokens/verify')
			throw new ApiError(401, 1000, 'Invalid API Token');
		if (!rights)
			throw this.#access.refusal();
		const { handler, names } = findRoute(request.method, path);
		if (names.account !== undefined)
			this.#checkAccount(names.account);
		return this[handler](request, rights, names);
	}

	#checkAccount(account) {
		if (account !== this.#account)
			throw wrongAccount();
	}

	#byUuid(uuid) {
		const database = this.#databases.find((one) => one.uuid === uuid);
		if (!database)
			throw noDatabase(uuid);
		return database;
	}

	verifyToken() {
		return success({ id: 'stand-in', status: 'active' });
	}

	listAccounts() {
		return page([this.#accountSummary()], new URLSearchParams());
	}

	listMemberships() {
		return page([{ id: 'stand-in', account: this.#accountSummary() }],
			new URLSearchParams());
	}

	#accountSummary() {
		return { id: this.#account, name: 'Stand-in account' };
	}

	/* What `wrangler d1 info` asks for: the usage of one database. */
	graphql({ body }) {
		const { variables } = parseJson(body);
		const uuid = variables?.filter?.AND?.[0]?.databaseId;
		const { usage } = this.#byUuid(uuid);
		return jsonReply(200, {
			data: {
				viewer: {
					accounts: [{ d1AnalyticsAdaptiveGroups: [{ sum: usage }] }],
				},
			},
			errors: null,
		});
	}

	list({ url }) {
		const name = url.searchParams.get('name');
		const found = this.#databases
			.filter((database) => name === null || database.name === name);
		return page(found.map(summary), url.searchParams);
	}

	async get({ url }, rights, names) {
		const database =
			this.#databases.find(({ name }) => name === names.database)
			?? this.#byUuid(names.database);
		return success(pick(await details(database),
			url.searchParams.get('fields')));
	}

	async query({ body }, rights, names) {
		return this.#queries.query(
			this.#byUuid(names.database), rights, parseJson(body));
	}

	async raw({ body }, rights, names) {
		return this.#queries.raw(
			this.#byUuid(names.database), rights, parseJson(body));
	}

	async import({ body, origin }, rights, names) {
		const database = this.#byUuid(names.database);
		requireWrite(rights);
		return this.#imports.get(database).handle(parseJson(body), origin);
	}

	async export({ body, origin }, rights, names) {
		const database = this.#byUuid(names.database);
		return this.#exports.get(database).handle(parseJson(body), origin);
	}

	bookmark({ url }, rights, names) {
		const { history } = this.#byUuid(names.database);
		const wanted = wantedBookmark(history, url.searchParams);
		return success({ bookmark: wanted ?? history.bookmark });
	}

	async restore({ url }, rights, names) {
		const database = this.#byUuid(names.database);
		requireWrite(rights);
		const wanted = wantedBookmark(database.history, url.searchParams);
		if (wanted === null)
			throw invalidInput();
		const { bookmark, previous } = await database.restore(wanted);
		return success({
			bookmark,
			previous_bookmark: previous,
			message: `Restored to bookmark ${wanted}.`,
		});
	}
}

function toRegExp(pattern) {
	return new RegExp(`^${pattern.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

function findRoute(method, path) {
	const onPath = ROUTES.filter((route) => route.path.test(path));
	if (onPath.length === 0)
		throw new ApiError(404, 7003, `Could not route to ${path},`
			+ ' perhaps your object identifier is invalid?');
	const route = onPath.find((one) => one.method === method);
	if (!route)
		throw new ApiError(405, 10405, `Method ${method} not allowed`);
	const groups = Object.entries(route.path.exec(path).groups ?? {});
	const names = Object.fromEntries(
		groups.map(([key, text]) => [key, decodeURIComponent(text)]));
	return { handler: route.handler, names };
}

function parseJson(body) {
	try {
		return JSON.parse(body);
	} catch {
		throw invalidInput();
	}
}

function page(items, params) {
	const number = Number(params.get('page') ?? 1);
	const size = Number(params.get('per_page') ?? 20);
	const shown = items.slice((number - 1) * size, number * size);
	return success(shown, {
		result_info: {
			count: shown.length,
			page: number,
			per_page: size,
			total_count: items.length,
		},
	});
}

function summary({ uuid, name, createdAt }) {
	return { uuid, name, version: 'production', created_at: createdAt };
}

async function details(database) {
	const [{ results: { rows }, meta }] = await database.run([{
		sql: `SELECT count(*) FROM sqlite_schema WHERE type = 'table'`
			+ ` AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`,
	}]);
	return {
		...summary(database),
		num_tables: rows[0][0],
		file_size: meta.size_after,
		running_in_region: 'WEUR',
		read_replication: { mode: 'disabled' },
	};
}

function pick(object, fields) {
	if (!fields)
		return object;
	return Object.fromEntries(fields.split(',')
		.filter((key) => key in object)
		.map((key) => [key, object[key]]));
}

/* The bookmark that a request names, by itself or by a time. */
function wantedBookmark(history, params) {
	const timestamp = params.get('timestamp');
	if (timestamp === null)
		return params.get('bookmark');
	const date = new Date(timestamp);
	if (Number.isNaN(date.getTime()))
		throw invalidInput();
	return history.bookmarkAt(date);
}
