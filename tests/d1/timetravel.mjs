/*
 * The history of one database: bookmarks, and the states behind them.
 *
 * Promises: the bookmark moves exactly when the database changes, and later
 * bookmarks sort after earlier ones. (The engine's own moves with every call,
 * reads too.) A restore brings back the very bytes of the state.
 *
 * A state is copied only when something is about to write over it, as the
 * database's files: an SQL dump would not be exact. Copies are made only if
 * asked for, because each costs the size of the database. The history begins
 * when the stand-in starts, and its oldest points are forgotten.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_POINTS = 64;
const SECONDS_PER_DAY = 86_400;

/** Thrown when a wanted state is not there. */
export class NoSuchPoint extends Error {}

export class History {
	#uuid;
	#engine;
	#copiesDirectory;
	#started = Math.floor(Date.now() / 1000);
	#count = 0;
	#points = [];

	/** copiesDirectory: where to keep states; null to keep none. */
	constructor({ uuid, engine, copiesDirectory }) {
		this.#uuid = uuid;
		this.#engine = engine;
		this.#copiesDirectory = copiesDirectory;
		this.#points.push(this.#newPoint());
	}

	get keepsCopies() {
		return this.#copiesDirectory !== null;
	}

	get bookmark() {
		return this.#current.bookmark;
	}

	/** The bookmark that was the current one at a time. */
	bookmarkAt(date) {
		const point = this.#points.findLast(({ since }) => since <= date);
		if (!point)
			throw new NoSuchPoint(
				`no history before ${this.#points[0].since.toISOString()}`);
		return point.bookmark;
	}

	/** Says that the database has changed. */
	async advance() {
		this.#points.push(this.#newPoint());
		if (this.#points.length > MOST_POINTS)
			await this.#forget(this.#points.shift());
	}

	/** Keeps the current state. Nothing else may be using the engine. */
	async keep() {
		const point = this.#current;
		if (point.copy)
			return;
		const copy = join(this.#copiesDirectory, point.bookmark);
		await this.#engine.copyDatabase(this.#uuid, copy);
		point.copy = copy;
	}

	/**
	 * Brings back the state at a bookmark, under a new bookmark; what was there
	 * before stays restorable. Nothing else may be using the engine.
	 * Returns {bookmark, previous}.
	 */
	async restore(bookmark) {
		if (!this.keepsCopies)
			throw new NoSuchPoint('no states are kept: see --time-travel');
		const wanted = this.#points.find((one) => one.bookmark === bookmark);
		if (!wanted)
			throw new NoSuchPoint(`bookmark ${bookmark} is not in the history`);
		const previous = this.bookmark;
		await this.keep();
		await this.#engine.replaceDatabase(this.#uuid, wanted.copy);
		await this.advance();
		return { bookmark: this.bookmark, previous };
	}

	get #current() {
		return this.#points.at(-1);
	}

	#newPoint() {
		const days = Math.floor(Date.now() / 1000 / SECONDS_PER_DAY);
		const fields = [this.#started, this.#count++, days]
			.map((number) => number.toString(16).padStart(8, '0'));
		const bookmark = [...fields, randomBytes(16).toString('hex')].join('-');
		return { bookmark, since: new Date(), copy: null };
	}

	async #forget(point) {
		if (point.copy)
			await rm(point.copy, { recursive: true });
	}
}
