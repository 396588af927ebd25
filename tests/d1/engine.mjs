/*
 * The real D1 engine: workerd, started through the miniflare that wrangler
 * itself depends on.
 *
 * Promises: a call to run() is one transaction; every database lives in the
 * file where wrangler would look for it; no workerd outlives this process.
 * Callers keep copyDatabase() and replaceDatabase() apart from other calls
 * (gate.mjs).
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const requireLikeWrangler = createRequire(
	require.resolve('wrangler/package.json'));
const { Miniflare, NoOpLog } = requireLikeWrangler('miniflare');
const requireLikeMiniflare = createRequire(
	requireLikeWrangler.resolve('miniflare'));

process.env.STANDIN_WORKERD = requireLikeMiniflare('workerd').default;
process.env.MINIFLARE_WORKERD_PATH =
	fileURLToPath(new URL('engine-process.sh', import.meta.url));

const COMPATIBILITY_DATE = '2026-04-01';
const OBJECT_CLASS = 'miniflare-D1DatabaseObject';
/* The -shm file is an index of the -wal file: SQLite makes it again. */
const FILES_WITH_DATA = ['', '-wal'];
const FILES = [...FILES_WITH_DATA, '-shm'];

/** The engine refused or broke off a call; nothing of it was kept. */
export class EngineError extends Error {
	/** internal: not an answer to the SQL, but the engine's own trouble. */
	constructor(message, { internal = false } = {}) {
		super(message);
		this.internal = internal;
	}
}

export class Engine {
	#uuids;
	#directory;
	#miniflare;

	/** stateDirectory is what wrangler calls the persistence directory. */
	constructor({ uuids, stateDirectory }) {
		this.#uuids = uuids;
		this.#directory = join(stateDirectory, 'v3', 'd1');
	}

	async start() {
		await mkdir(this.#directory, { recursive: true });
		const options = this.#miniflareOptions();
		this.#miniflare =
			withoutSignalHandlers(() => new Miniflare(options));
		await this.#miniflare.ready;
	}

	async stop() {
		await this.#miniflare?.dispose();
	}

	/**
	 * Runs statements ({sql, params}) as one transaction.
	 * Returns one {results: {columns, rows}, success, meta} for each.
	 */
	async run(uuid, statements) {
		return this.#request(uuid, statements);
	}

	/** The lossy SQL text that Cloudflare's export makes. */
	async dump(uuid, { noSchema, noData, tables }) {
		const reply = await this.#request(uuid, [{
			sql: 'PRAGMA miniflare_d1_export(?,?,?);',
			params: [Number(noSchema), Number(noData), ...tables],
		}]);
		return reply.results[0].join('\n');
	}

	/** Copies the database's files. No call may be running. */
	async copyDatabase(uuid, directory) {
		await mkdir(directory, { recursive: true });
		await copyFiles(this.#file(uuid), join(directory, 'copy'));
	}

	/** Puts a copy in the database's place. No call may be running. */
	async replaceDatabase(uuid, directory) {
		const file = this.#file(uuid);
		await this.stop();
		for (const suffix of FILES)
			await rm(file + suffix, { force: true });
		await copyFiles(join(directory, 'copy'), file);
		await this.start();
	}

	/* A binding is named like its database, for the Worker to find it. */
	#miniflareOptions() {
		return {
			modules: true,
			script: readFileSync(
				new URL('engine-worker.mjs', import.meta.url), 'utf8'),
			compatibilityDate: COMPATIBILITY_DATE,
			cf: false,
			d1Databases: Object.fromEntries(
				this.#uuids.map((uuid) => [uuid, uuid])),
			d1Persist: this.#directory,
			log: new NoOpLog(),
			handleRuntimeStdio: showErrorsOnly,
		};
	}

	async #request(uuid, statements) {
		const response = await this.#miniflare.dispatchFetch('http://engine/', {
			method: 'POST',
			headers: { 'x-standin-database': uuid },
			body: JSON.stringify(statements),
		});
		const text = await response.text();
		if (!response.ok)
			throw engineTrouble(firstLine(text));
		const reply = JSON.parse(text);
		if (reply.success === false)
			throw new EngineError(reply.error);
		return reply;
	}

	#file(uuid) {
		return join(this.#directory, OBJECT_CLASS, `${objectId(uuid)}.sqlite`);
	}
}

/** The name workerd gives to the object (and file) of a database. */
function objectId(uuid) {
	const key = createHash('sha256').update(OBJECT_CLASS).digest();
	const half = (data) =>
		createHmac('sha256', key).update(data).digest().subarray(0, 16);
	const first = half(uuid);
	return Buffer.concat([first, half(first)]).toString('hex');
}

async function copyFiles(from, to) {
	for (const suffix of FILES_WITH_DATA)
		await copyFile(from + suffix, to + suffix, constants.COPYFILE_FICLONE)
			.catch(ignoreMissing);
}

function ignoreMissing(error) {
	if (error.code !== 'ENOENT')
		throw error;
}

/*
 * Cloudflare tells its clients nothing about an engine's trouble but a
 * reference; a foreign key violated at the end of a transaction is among it.
 */
function engineTrouble(cause) {
	if (cause.startsWith('D1 Export error'))
		return new EngineError(cause);
	console.error(`engine: ${cause}`);
	const reference = randomBytes(16).toString('hex');
	return new EngineError(`internal error; reference = ${reference}`,
		{ internal: true });
}

function firstLine(stackTrace) {
	return stackTrace.split('\n', 1)[0].replace(/^Error: /, '');
}

/*
 * Miniflare ends the process at once on these signals, without letting anybody
 * else clean up. Its handler of the exit, which kills workerd, stays.
 */
function withoutSignalHandlers(construct) {
	const signals = ['SIGINT', 'SIGTERM'];
	const before = new Map(
		signals.map((signal) => [signal, process.listeners(signal)]));
	const made = construct();
	for (const [signal, listeners] of before)
		for (const listener of process.listeners(signal))
			if (!listeners.includes(listener))
				process.off(signal, listener);
	return made;
}

function showErrorsOnly(stdout, stderr) {
	stdout.resume();
	stderr.pipe(process.stderr);
}
