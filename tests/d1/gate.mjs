/*
 * A gate that lets many through at once, or one alone.
 *
 * Promises: exclusive() runs when nothing else is inside; whoever comes later
 * waits behind it, so that neither side can starve the other.
 */
export class Gate {
	#inside = new Set();
	#lastExclusive = Promise.resolve();

	async shared(action) {
		return this.#enter(this.#lastExclusive.then(() => action()));
	}

	async exclusive(action) {
		const everyoneBefore = Promise.allSettled(
			[this.#lastExclusive, ...this.#inside]);
		const done = everyoneBefore.then(() => action());
		this.#lastExclusive = done.catch(() => {});
		return this.#enter(done);
	}

	#enter(visit) {
		this.#inside.add(visit);
		const leave = () => this.#inside.delete(visit);
		visit.then(leave, leave);
		return visit;
	}
}
