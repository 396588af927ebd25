/*
 * SQL text as tokens, and what kind of statement a text is.
 *
 * Promises: the tokens joined are the text; quotes, brackets and comments are
 * one token each, as SQLite reads them, closed or not.
 */

/*
 * A doubled quote needs no rule of its own: 'it''s' is read as two strings
 * side by side, which cuts the text in the same places.
 */
const TOKEN = new RegExp([
	/'[^']*'?/, /"[^"]*"?/, /`[^`]*`?/, /\[[^\]]*\]?/,
	/--[^\n]*/, /\/\*[^]*?(?:\*\/|$)/, /\s+/,
	/[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/, /\d[\w.]*/, /[^]/,
].map((part) => part.source).join('|'), 'gy');

const BLANK = /^(?:\s|--|\/\*)/;
const READING = new Set(['SELECT', 'VALUES', 'EXPLAIN', 'PRAGMA']);
const AFTER_WITH = new Set(
	['SELECT', 'VALUES', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE']);

/** Yields {token, end, blank}; blank is white space or a comment. */
export function* tokens(text) {
	let end = 0;
	for (const [token] of text.matchAll(TOKEN)) {
		end += token.length;
		yield { token, end, blank: BLANK.test(token) };
	}
}

/** The word that says what a statement does, in upper case. */
export function verbOf(statement) {
	let depth = 0;
	let insideWith = false;
	for (const word of words(statement)) {
		if (word === '(')
			depth++;
		if (word === ')')
			depth--;
		if (!insideWith && word !== 'WITH')
			return word;
		insideWith = true;
		if (depth === 0 && AFTER_WITH.has(word))
			return word;
	}
	return '';
}

/** True if the statement cannot write. */
export function isReadOnly(statement) {
	const verb = verbOf(statement);
	return READING.has(verb) && !(verb === 'PRAGMA' && isOptimize(statement));
}

/* The one permitted PRAGMA that writes: it may run ANALYZE. */
function isOptimize(pragma) {
	return [...words(pragma)].includes('OPTIMIZE');
}

function* words(statement) {
	for (const { token, blank } of tokens(statement))
		if (!blank)
			yield token.toUpperCase();
}
