/*
 * The stand-in for Cloudflare's D1 API as a process: starts, listens, ends.
 *
 * Promises: it listens on 127.0.0.1 only; the ready file appears, whole, when
 * requests will be answered; it ends on SIGTERM, SIGINT, or when its owner is
 * gone, and then removes what it made and leaves no engine behind.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Engine } from './engine.mjs';
import { parseOptions, USAGE, UsageError } from './options.mjs';
import { API_PREFIX } from './rest.mjs';
import { StandIn } from './standin.mjs';

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
