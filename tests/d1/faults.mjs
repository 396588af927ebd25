/*
 * The faults that were asked for: what goes wrong between a client and the
 * engine.
 *
 * Promises: a request meets the faults in the order they were set. Effects let
 * it go on to the next fault; any other fault that happens to it is the last
 * it meets. Whoever lets go of requests that a fault "hold" keeps waiting hears
 * of it when they are answered: nothing of them is left to happen.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { Fault, NO_REPLY } from './fault.mjs';

/* How the reply to a request that is not to go on is delivered. */
const DROP = { kind: 'drop' };

export class Faults {
	#faults = [];
	#held = [];
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

	/** The faults because of which requests wait now. */
	held() {
		return this.#held.map(({ fault }) => fault);
	}

	/**
	 * Lets go of the requests that wait; if `isDropped`, they go no further, and
	 * their connections are closed. Resolves when all are answered.
	 */
	async release(isDropped) {
		const held = this.#held;
		this.#held = [];
		for (const { letGo } of held)
			letGo(isDropped);
		await Promise.allSettled(held.map(({ turn }) => turn.answer));
	}

	/**
	 * Answers a request ({method, path, body}) that carryOut() would answer.
	 * Returns {reply, delivery, kinds}: the fault that spoils the delivery, or
	 * null; and the kinds of all faults met.
	 */
	async answer(request, carryOut) {
		const turn = { met: this.#meet(request), isDropped: false };
		turn.answer = this.#answerIn(turn, request, carryOut);
		return turn.answer;
	}

	async #answerIn(turn, request, carryOut) {
		const kinds = turn.met.map(({ kind }) => kind);
		const last = turn.met.find((fault) => !fault.isEffect);
		await this.#cause(turn, 'before');
		if (turn.isDropped)
			return { reply: NO_REPLY, delivery: DROP, kinds };
		const reply = last
			? await last.answer(request, carryOut)
			: await carryOut();
		await this.#cause(turn, 'after');
		if (turn.isDropped)
			return { reply, delivery: DROP, kinds };
		return { reply, delivery: last?.isDelivery ? last : null, kinds };
	}

	/* The faults that happen to a request, counted down. */
	#meet(request) {
		const met = [];
		for (const fault of this.#faults) {
			if (fault.kind === 'hold' &&
			    met.some(({ kind }) => kind === 'hold'))
				continue;
			if (!fault.happensTo(request))
				continue;
			met.push(fault);
			if (!fault.isEffect)
				break;
		}
		this.#faults = this.#faults.filter((fault) => !fault.isOver);
		return met;
	}

	async #cause(turn, when) {
		for (const fault of turn.met.filter((one) => one.when === when)) {
			if (fault.kind === 'slow')
				await sleep(fault.ms);
			if (fault.kind === 'hold')
				await this.#hold(turn, fault);
			if (turn.isDropped)
				return;
			if (fault.kind === 'sql')
				await this.#runSql(fault.database, fault.sql);
		}
	}

	#hold(turn, fault) {
		return new Promise((resolve) => {
			const letGo = (isDropped) => {
				turn.isDropped = isDropped;
				resolve();
			};
			this.#held.push({ fault, turn, letGo });
		});
	}
}
