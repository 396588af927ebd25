/*
 * The only Worker in the engine: hands a list of statements to a D1 database.
 *
 * A D1 binding wraps a fetcher, and its prepare/batch/exec all end in one
 * request on that fetcher. Making that request here gives what the binding
 * hides: rows with their columns, and one transaction for the whole list.
 */
const RUN = 'http://d1/query?resultsFormat=ROWS_AND_COLUMNS';

export default {
	fetch(request, env) {
		const binding = env[request.headers.get('x-standin-database')];
		return binding.fetcher.fetch(RUN, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: request.body,
		});
	},
};
