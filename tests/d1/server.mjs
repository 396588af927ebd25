/*
 * The stand-in for Cloudflare's D1 API: builds the parts, listens, ends.
 *
 * Promises: it listens on 127.0.0.1 only; the ready file appears, whole, when
 * requests will be answered; it ends on SIGTERM, SIGINT, or when its owner is
 * gone, and then removes what it made and leaves no engine behind.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Access } from './auth.mjs';
import { Control, CONTROL_PREFIX } from './control.mjs';
import { Database } from './database.mjs';
import { deliver, planDelivery } from './delivery.mjs';
import { Engine } from './engine.mjs';
import { Export } from './export.mjs';
import { Faults } from './faults.mjs';
import { FILES_PREFIX, SignedFiles } from './files.mjs';
import { Gate } from './gate.mjs';
import { readBody, textReply } from './http.mjs';
import { Import } from './import.mjs';
import { RequestLog } from './log.mjs';
import { parseOptions, USAGE, UsageError } from './options.mjs';
import { Queries } from './query.mjs';
import { API_PREFIX, RestApi } from './rest.mjs';
import { History } from './timetravel.mjs';

const OWNER_CHECK_MILLISECONDS = 500;
/* Longer than any pause in a test: a reused connection must still be open. */
const KEEP_ALIVE_MILLISECONDS = 120_000;

main();

async function main() {
	const options = readOptions();
	const scratch = await mkdtemp(join(tmpdir(), 'git-d1-standin-'));
	try {
		await run(options, scratch);
	} finally {
		await rm(scratch, { recursive: true });
	}
	process.exit();
}

async function run(options, scratch) {
	const engine = new Engine({
		uuids: options.databases.map(({ uuid }) => uuid),
		stateDirectory: options.persist ?? join(scratch, 'state'),
	});
	const standIn = new StandIn(options, engine, join(scratch, 'history'));
	const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS },
		(request, response) => standIn.serve(request, response));
	try {
		await engine.start();
		await listen(server, options.port);
		await announce(server.address().port, options.readyFile);
		await endWanted(options.ownerPid);
	} finally {
		server.close();
		server.closeAllConnections();
		await engine.stop();
	}
	if (options.readyFile)
		await rm(options.readyFile, { force: true });
}

function readOptions() {
	try {
		const options = parseOptions(process.argv.slice(2));
		if (!options.help)
			return options;
		process.stdout.write(USAGE);
		process.exit(0);
	} catch (error) {
		if (!(error instanceof UsageError))
			throw error;
		process.stderr.write(`${error.message}\n${USAGE}`);
		process.exit(2);
	}
}

function listen(server, port) {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
}

async function announce(port, readyFile) {
	console.log(`http://127.0.0.1:${port}${API_PREFIX}`);
	if (!readyFile)
		return;
	await writeFile(`${readyFile}.new`, `PORT=${port}\nPID=${process.pid}\n`);
	await rename(`${readyFile}.new`, readyFile);
}

/* Resolves when it is time to end. */
function endWanted(ownerPid) {
	return new Promise((resolve) => {
		process.once('SIGTERM', resolve);
		process.once('SIGINT', resolve);
		setInterval(() => isAlive(ownerPid) || resolve(),
			OWNER_CHECK_MILLISECONDS);
	});
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

class StandIn {
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

	async serve(incoming, response) {
		const started = Date.now();
		const request = await understand(incoming);
		if (request.url.pathname.startsWith(CONTROL_PREFIX)) {
			const reply = await this.#control.handle(request);
			await deliver(response, planDelivery(reply, null));
			return;
		}
		const { reply, delivery, kinds } = await this.#faults.answer(request,
			() => this.#answer(request));
		const plan = planDelivery(reply, delivery);
		this.#log.add(request, {
			status: plan.status,
			body: Buffer.concat(plan.parts),
			rowsRead: reply.rowsRead,
			faults: kinds,
		}, started);
		await deliver(response, plan);
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
