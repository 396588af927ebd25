/*
 * The command line.
 *
 * Promises: what it returns is complete and makes sense, or it throws a
 * UsageError whose message can be printed.
 */
import { parseArgs } from 'node:util';

import { checkFault } from './fault.mjs';

export const USAGE = `usage: node server.mjs --database NAME=UUID ... [options]

Databases
  --database NAME=UUID   serve this database; may be given several times
  --persist DIR          keep them where wrangler would, below DIR
                         (wrangler's .wrangler/state; default: a temporary one)
  --time-travel          keep the states behind bookmarks, so that restore works

Who may ask
  --account ID           the account (acc123)
  --token TOKEN          a token that may write (dummy-token); several times
  --read-only-token T    a token that may not (read-only-token); several times
  --api-key EMAIL:KEY    a key that may write (dev@example.com:dummy-key)
  --auth-status STATUS   status of an authentication error: 403 or 401 (403)

Behaviour
  --lenient-params       take parameters that are not strings
  --no-limits            do not enforce the limits that the engine leaves out
  --time-limit SECONDS   longest /query or /raw call (30); 0: no limit
  --splitter HOW         cut SQL into statements "exact" (default) or with the
                         mistakes of "production"
  --active-polls N       polls of an import or export that find it active (0)

Faults (see README.md)
  --latency MS           wait before each reply
  --fault JSON           set a fault; several times

Running
  --port PORT            listen there (0: any free port)
  --ready-file FILE      write PORT=... and PID=... to FILE when ready
  --owner-pid PID        end when that process is gone (default: the parent)
  --log FILE             append each request to FILE, one JSON object a line
  --log-body BYTES       longest body in the log (16384)
  --help                 print this text
`;

const OPTIONS = {
	'database': { type: 'string', multiple: true, default: [] },
	'persist': { type: 'string' },
	'time-travel': { type: 'boolean', default: false },
	'account': { type: 'string', default: 'acc123' },
	'token': { type: 'string', multiple: true, default: ['dummy-token'] },
	'read-only-token':
		{ type: 'string', multiple: true, default: ['read-only-token'] },
	'api-key': {
		type: 'string', multiple: true, default: ['dev@example.com:dummy-key'],
	},
	'auth-status': { type: 'string', default: '403' },
	'lenient-params': { type: 'boolean', default: false },
	'no-limits': { type: 'boolean', default: false },
	'time-limit': { type: 'string', default: '30' },
	'splitter': { type: 'string', default: 'exact' },
	'active-polls': { type: 'string', default: '0' },
	'latency': { type: 'string', default: '0' },
	'fault': { type: 'string', multiple: true, default: [] },
	'port': { type: 'string', default: '0' },
	'ready-file': { type: 'string' },
	'owner-pid': { type: 'string' },
	'log': { type: 'string' },
	'log-body': { type: 'string', default: '16384' },
	'help': { type: 'boolean', default: false },
};

export class UsageError extends Error {}

export function parseOptions(args) {
	const given = parse(args);
	if (given.help)
		return { help: true };
	return {
		databases: databases(given.database),
		persist: given.persist ?? null,
		timeTravel: given['time-travel'],
		account: given.account,
		tokens: given.token,
		readOnlyTokens: given['read-only-token'],
		apiKeys: given['api-key'],
		authStatus: Number(oneOf(given, 'auth-status', ['403', '401'])),
		lenientParameters: given['lenient-params'],
		enforceLimits: !given['no-limits'],
		timeLimit: number(given, 'time-limit') * 1000,
		productionSplitter:
			oneOf(given, 'splitter', ['exact', 'production']) === 'production',
		activePolls: number(given, 'active-polls'),
		latency: number(given, 'latency'),
		faults: given.fault.map(parseFault),
		port: number(given, 'port'),
		readyFile: given['ready-file'] ?? null,
		ownerPid: given['owner-pid'] === undefined
			? process.ppid : number(given, 'owner-pid'),
		logFile: given.log ?? null,
		mostLogBodyBytes: number(given, 'log-body'),
	};
}

function parse(args) {
	try {
		return parseArgs({ args, options: OPTIONS }).values;
	} catch (error) {
		throw new UsageError(error.message);
	}
}

function databases(texts) {
	if (texts.length === 0)
		throw new UsageError('at least one --database NAME=UUID is needed');
	return texts.map((text) => {
		const [, name, uuid] = /^([^=/]+)=([^=/]+)$/.exec(text) ?? [];
		if (!name)
			throw new UsageError(`--database wants NAME=UUID, not "${text}"`);
		return { name, uuid };
	});
}

function number(given, option) {
	const value = Number(given[option]);
	if (given[option] === '' || !(value >= 0))
		throw new UsageError(`--${option} wants a number`);
	return value;
}

function oneOf(given, option, choices) {
	if (!choices.includes(given[option]))
		throw new UsageError(`--${option} wants ${choices.join(' or ')}`);
	return given[option];
}

function parseFault(text) {
	try {
		const fault = JSON.parse(text);
		checkFault(fault);
		return fault;
	} catch (error) {
		throw new UsageError(`--fault: ${error.message}`);
	}
}
