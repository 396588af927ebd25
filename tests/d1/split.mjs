/*
 * One SQL text cut into statements.
 *
 * splitExactly() promises the cuts SQLite itself would make.
 * splitLikeProduction() makes the mistakes reported from Cloudflare's server:
 * it takes only an upper-case BEGIN before a blank or a line feed for the start
 * of a trigger's body, and any END (also of a CASE) for its end.
 * Both leave out the semicolons and texts of blanks and comments only.
 */
import { tokens } from './tokens.mjs';

const TRIGGER =
	/^(EXPLAIN (QUERY PLAN )?)?CREATE (TEMP |TEMPORARY )?TRIGGER$/;
const LONGEST_TRIGGER_HEAD = 6;

export function splitExactly(text) {
	return split(text, new TriggerRule());
}

export function splitLikeProduction(text) {
	return split(text, new NaiveRule(text));
}

/* A rule sees each token that is not blank, and says which ';' is a cut. */
function split(text, rule) {
	const statements = [];
	let start = 0;
	let empty = true;
	for (const { token, end, blank } of tokens(text)) {
		if (blank)
			continue;
		if (token === ';' && rule.isCut()) {
			if (!empty)
				statements.push(text.slice(start, end - 1).trim());
			start = end;
			empty = true;
			rule.restart();
		} else {
			rule.see(token, end);
			empty = false;
		}
	}
	if (!empty)
		statements.push(text.slice(start).trim());
	return statements;
}

/* As sqlite3_complete() has it: "; END ;" ends a trigger, and nothing else. */
class TriggerRule {
	constructor() {
		this.restart();
	}

	restart() {
		this.head = [];
		this.inTrigger = false;
		this.last = '';
		this.beforeLast = '';
	}

	see(token) {
		this.beforeLast = this.last;
		this.last = token.toUpperCase();
		if (this.head.length >= LONGEST_TRIGGER_HEAD)
			return;
		this.head.push(this.last);
		this.inTrigger ||= TRIGGER.test(this.head.join(' '));
	}

	isCut() {
		return !this.inTrigger
			|| (this.last === 'END' && this.beforeLast === ';');
	}
}

class NaiveRule {
	constructor(text) {
		this.text = text;
		this.restart();
	}

	restart() {
		this.inBody = false;
	}

	see(token, end) {
		if (token === 'BEGIN' && /[ \n]/.test(this.text.charAt(end)))
			this.inBody = true;
		else if (token.toUpperCase() === 'END')
			this.inBody = false;
	}

	isCut() {
		return !this.inBody;
	}
}
