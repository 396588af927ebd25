/*
 * The /export call of one database: the first request starts it, the next one
 * with the bookmark of the first gets the address of the dump.
 *
 * Promises: the dump is the engine's own, as lossy as Cloudflare's.
 */
import { EngineError } from './engine.mjs';
import { invalidInput } from './errors.mjs';
import { success } from './http.mjs';

export class Export {
	#database;
	#files;
	#activePolls;
	#job = null;

	/** activePolls: how many polls find the job still active. */
	constructor({ database, files, activePolls }) {
		this.#database = database;
		this.#files = files;
		this.#activePolls = activePolls;
	}

	async handle(body, origin) {
		if (body?.output_format !== 'polling')
			throw invalidInput();
		if (body.current_bookmark === undefined)
			return this.#start(body.dump_options ?? {});
		return this.#poll(body.current_bookmark, origin);
	}

	#start(options) {
		this.#job = {
			bookmark: this.#database.history.bookmark,
			activePolls: this.#activePolls,
			options,
		};
		return active(this.#job);
	}

	async #poll(bookmark, origin) {
		const job = this.#job;
		if (!job || job.bookmark !== bookmark)
			return success({
				success: false,
				error: 'Not currently exporting anything.',
			});
		if (job.activePolls-- > 0)
			return active(job);
		this.#job = null;
		try {
			return this.#complete(job, await this.#dump(job.options), origin);
		} catch (error) {
			if (error instanceof EngineError)
				return failed(error.message);
			throw error;
		}
	}

	async #dump({ no_schema = false, no_data = false, tables = [] }) {
		const text = await this.#database.dump(
			{ noSchema: no_schema, noData: no_data, tables });
		return Buffer.from(text);
	}

	#complete(job, content, origin) {
		const filename = `${job.bookmark}.sql`;
		const path = this.#files.create(filename, content);
		return success({
			success: true,
			type: 'export',
			at_bookmark: job.bookmark,
			messages: ['Uploaded part 1'],
			status: 'complete',
			result: { filename, signed_url: `${origin}${path}` },
		});
	}
}

function active(job) {
	return success({
		success: true,
		type: 'export',
		at_bookmark: job.bookmark,
		messages: ['Generating export'],
		status: 'active',
	});
}

function failed(message) {
	return success({
		success: false,
		type: 'export',
		status: 'error',
		error: message,
		messages: [],
	});
}
