/*
 * The /import call of one database: init, upload, ingest, poll.
 *
 * Promises: a file is carried out as one transaction, starting when ingest is
 * called, or at once by an init that names a file already uploaded; its
 * outcome is told to one poll, and after that nothing is known of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { invalidInput } from './errors.mjs';
import { md5 } from './files.mjs';
import { success } from './http.mjs';
import { sum, totalMeta } from './meta.mjs';
import { splitExactly } from './split.mjs';

/* Longer than a short import takes on a busy machine: one poll sees its end. */
const HOLD_MILLISECONDS = 30_000;

export class Import {
	#database;
	#files;
	#activePolls;
	#job = null;

	/** activePolls: how many polls find the job still active, at least. */
	constructor({ database, files, activePolls }) {
		this.#database = database;
		this.#files = files;
		this.#activePolls = activePolls;
	}

	async handle(body, origin) {
		switch (body?.action) {
		case 'init':
			return this.#init(body, origin);
		case 'ingest':
			return this.#ingest(body);
		case 'poll':
			return this.#poll(body);
		default:
			throw invalidInput();
		}
	}

	#init({ etag }, origin) {
		if (!/^[0-9a-f]{32}$/.test(etag))
			throw invalidInput();
		const filename = `${this.#database.uuid}.${etag}.sql`;
		const uploaded = this.#files.content(filename);
		if (uploaded)
			return this.#start(uploaded);
		const path = this.#files.create(filename);
		return success({ filename, upload_url: `${origin}${path}` });
	}

	#ingest({ filename, etag }) {
		const content = this.#files.content(filename);
		if (!content || md5(content) !== etag)
			return refusal(`No upload ${filename} with etag ${etag}.`);
		return this.#start(content);
	}

	async #poll({ current_bookmark: bookmark }) {
		const job = this.#job;
		if (!job || job.bookmark !== bookmark)
			return refusal('Not currently importing anything.');
		const reply = await Promise.race([job.reply, sleep(HOLD_MILLISECONDS)]);
		if (!reply || job.activePolls-- > 0)
			return active(job);
		this.#job = null;
		return reply;
	}

	#start(content) {
		if (this.#job?.running)
			return refusal('Already importing.');
		const job = {
			bookmark: this.#database.history.bookmark,
			activePolls: this.#activePolls,
			running: true,
		};
		job.reply = this.#carryOut(content, job)
			.finally(() => { job.running = false; });
		this.#job = job;
		return active(job);
	}

	async #carryOut(content, job) {
		const statements = splitExactly(content.toString())
			.map((sql) => ({ sql }));
		try {
			const results = await this.#database.run(statements);
			return this.#complete(results, job);
		} catch (error) {
			return failed(error.message);
		}
	}

	#complete(results, job) {
		return {
			...success({
				success: true,
				type: 'import',
				at_bookmark: job.bookmark,
				messages: ['Execution complete.'],
				status: 'complete',
				result: {
					final_bookmark: this.#database.history.bookmark,
					num_queries: results.length,
					meta: totalMeta(results),
				},
			}),
			rowsRead: sum(results, 'rows_read'),
		};
	}
}

function active(job) {
	return success({
		success: true,
		type: 'import',
		at_bookmark: job.bookmark,
		messages: ['Execution started.'],
		status: 'active',
	});
}

function failed(message) {
	return success({
		success: false,
		type: 'import',
		status: 'error',
		error: message,
		errors: [message],
		messages: [],
	});
}

function refusal(error) {
	return success({ success: false, error });
}
