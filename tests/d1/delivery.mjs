/*
 * How a reply goes over the wire: whole, or spoilt by a fault.
 *
 * Promises: what will be sent is known before anything is sent, so that the
 * log can be written first.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Plans the sending of a reply; fault is null or {kind, ms}:
 *   drop       nothing is sent, the connection is closed
 *   cut        half the body, then the connection is closed
 *   half-json  half the body, as if that were all
 *   stall      half the body, a pause of ms, the other half
 */
export function planDelivery(reply, fault) {
	const body = Buffer.from(reply.body);
	const middle = Math.floor(body.length / 2);
	const whole = {
		status: reply.status,
		headers: reply.headers,
		length: body.length,
		parts: [body],
		pause: 0,
		close: false,
	};
	const half = body.subarray(0, middle);
	switch (fault?.kind) {
	case 'drop':
		return { ...whole, status: null, parts: [], close: true };
	case 'cut':
		return { ...whole, parts: [half], close: true };
	case 'half-json':
		return { ...whole, length: middle, parts: [half] };
	case 'stall':
		return {
			...whole, parts: [half, body.subarray(middle)], pause: fault.ms,
		};
	default:
		return whole;
	}
}

/** Sends what was planned on a node:http response. */
export async function deliver(response, plan) {
	if (plan.status === null) {
		response.destroy();
		return;
	}
	response.writeHead(plan.status,
		{ ...plan.headers, 'content-length': plan.length });
	const [first, ...rest] = plan.parts;
	await written(response, first);
	for (const part of rest) {
		await sleep(plan.pause);
		await written(response, part);
	}
	if (plan.close)
		response.destroy();
	else
		response.end();
}

/* Resolves also if the client has gone: that is no fault of ours. */
function written(response, part) {
	return new Promise((resolve) => response.write(part, () => resolve()));
}
