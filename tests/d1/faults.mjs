/*
 * The faults that were asked for: what goes wrong between a client and the
 * engine.
 *
 * Promises: a request meets the faults in the order they were set. Effects let
 * it go on to the next fault; any other fault that happens to it is the last
 * it meets.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { Fault } from './fault.mjs';

export class Faults {
	#faults = [];
	#runSql;

	/** runSql(database, sql): carries out SQL of "another writer". */
	constructor({ runSql }) {
		this.#runSql = runSql;
	}

	/** Adds a fault, or a list of them. Throws BadFault. */
	add(description) {
		const descriptions = [description].flat();
		this.#faults.push(...descriptions.map((one) => new Fault(one)));
	}

	clear() {
		this.#faults = [];
	}

	/** What is still to happen. */
	list() {
		return this.#faults;
	}

	/**
	 * Answers a request ({method, path, body}) that carryOut() would answer.
	 * Returns {reply, delivery, kinds}: the fault that spoils the delivery, or
	 * null; and the kinds of all faults met.
	 */
	async answer(request, carryOut) {
		const met = this.#meet(request);
		const last = met.find((fault) => !fault.isEffect);
		await this.#cause(met, 'before');
		const reply = last
			? await last.answer(request, carryOut)
			: await carryOut();
		await this.#cause(met, 'after');
		return {
			reply,
			delivery: last?.isDelivery ? last : null,
			kinds: met.map(({ kind }) => kind),
		};
	}

	/* The faults that happen to a request, counted down. */
	#meet(request) {
		const met = [];
		for (const fault of this.#faults) {
			if (!fault.happensTo(request))
				continue;
			met.push(fault);
			if (!fault.isEffect)
				break;
		}
		this.#faults = this.#faults.filter((fault) => !fault.isOver);
		return met;
	}

	async #cause(met, when) {
		for (const fault of met.filter((one) => one.when === when)) {
			if (fault.kind === 'slow')
				await sleep(fault.ms);
			if (fault.kind === 'sql')
				await this.#runSql(fault.database, fault.sql);
		}
	}
}
