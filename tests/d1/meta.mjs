/*
 * What is told about statements besides their rows: the engine's meta, as
 * Cloudflare shows it.
 */

/** Adds up one number of the meta of many results. */
export function sum(results, key) {
	return results.reduce((total, { meta }) => total + meta[key], 0);
}

/** The meta of one statement of /query or /raw. */
export function productionMeta(meta) {
	return {
		...meta,
		served_by: 'v3-prod',
		served_by_region: 'WEUR',
		served_by_primary: true,
		timings: { sql_duration_ms: meta.duration },
		total_attempts: 1,
	};
}

/** The meta of all statements of an import. */
export function totalMeta(results) {
	const { last_row_id, size_after } = results.at(-1).meta;
	return {
		served_by: 'v3-prod',
		duration: sum(results, 'duration'),
		changes: sum(results, 'changes'),
		last_row_id,
		changed_db: results.some(({ meta }) => meta.changed_db),
		size_after,
		rows_read: sum(results, 'rows_read'),
		rows_written: sum(results, 'rows_written'),
	};
}
