/*
 * One stand-in: its databases, its API, its faults and its log, and which of
 * them a request is for.
 *
 * Promises: every request is answered, and one that is not for the tests' own
 * entrance meets the faults and stands in the log.
 */
import { Access } from './auth.mjs';
import { Control, CONTROL_PREFIX } from './control.mjs';
import { Database } from './database.mjs';
import { deliver, planDelivery } from './delivery.mjs';
import { Export } from './export.mjs';
import { Faults } from './faults.mjs';
import { FILES_PREFIX, SignedFiles } from './files.mjs';
import { Gate } from './gate.mjs';
import { readBody, textReply } from './http.mjs';
import { Import } from './import.mjs';
import { RequestLog } from './log.mjs';
import { Queries } from './query.mjs';
import { API_PREFIX, RestApi } from './rest.mjs';
import { History } from './timetravel.mjs';

export class StandIn {
	#api;
	#control;
	#faults;
	#files = new SignedFiles();
	#log;

	constructor(options, engine, copiesDirectory) {
		const gate = new Gate();
		const databases = options.databases.map(({ name, uuid }) =>
			new Database({
				name, uuid, engine, gate,
				history: new History({
					uuid, engine,
					copiesDirectory:
						options.timeTravel ? copiesDirectory : null,
				}),
			}));
		this.#log = new RequestLog({
			file: options.logFile,
			mostBodyBytes: options.mostLogBodyBytes,
		});
		this.#faults = new Faults({
			runSql: (database, sql) => this.#control.runSql(database, sql),
		});
		this.#faults.add(startingFaults(options));
		this.#control = new Control(
			{ databases, faults: this.#faults, log: this.#log });
		this.#api = this.#restApi(options, databases);
	}

	#restApi(options, databases) {
		const jobs = (Job) => new Map(databases.map((database) => [
			database,
			new Job({
				database,
				files: this.#files,
				activePolls: options.activePolls,
			}),
		]));
		return new RestApi({
			account: options.account,
			access: new Access({
				tokens: options.tokens,
				readOnlyTokens: options.readOnlyTokens,
				keys: options.apiKeys,
				failureStatus: options.authStatus,
			}),
			databases,
			queries: new Queries(options),
			imports: jobs(Import),
			exports: jobs(Export),
		});
	}

	/** Serves a request of node:http. */
	async serve(incoming, response) {
		try {
			const request = await understand(incoming);
			const plan = request.url.pathname.startsWith(CONTROL_PREFIX)
				? planDelivery(await this.#control.handle(request), null)
				: await this.#exchange(request);
			await deliver(response, plan);
		} catch (error) {
			console.error(error);
			response.destroy();
		}
	}

	/* Answers a request under the faults, and logs it. */
	async #exchange(request) {
		const started = Date.now();
		const { reply, delivery, kinds } = await this.#faults
			.answer(request, () => this.#answer(request))
			.catch(ownTrouble);
		const plan = planDelivery(reply, delivery);
		this.#log.add(request, {
			status: plan.status,
			body: Buffer.concat(plan.parts),
			rowsRead: reply.rowsRead,
			faults: kinds,
		}, started);
		return plan;
	}

	async #answer(request) {
		const { pathname } = request.url;
		if (pathname.startsWith(`${API_PREFIX}/`))
			return this.#api.handle(request);
		if (pathname.startsWith(FILES_PREFIX))
			return this.#files.handle(request);
		return textReply(404, 'not found\n');
	}
}

function startingFaults({ latency, faults }) {
	const always = latency ? [{ kind: 'slow', ms: latency, times: 0 }] : [];
	return [...always, ...faults];
}

/* The stand-in itself failed, or the SQL of "another writer" did. */
function ownTrouble(error) {
	console.error(error);
	const reply = textReply(500, `stand-in: ${error.message}\n`);
	return { reply, delivery: null, kinds: [] };
}

async function understand(incoming) {
	const origin = `http://${incoming.headers.host}`;
	return {
		method: incoming.method,
		path: incoming.url,
		url: new URL(incoming.url, origin),
		headers: incoming.headers,
		body: await readBody(incoming),
		origin,
	};
}
