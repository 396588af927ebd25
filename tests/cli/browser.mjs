// A headless Chromium, spoken to over a pipe in its DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/). No dependency.

import { spawn } from 'node:child_process';
import { inflateSync } from 'node:zlib';

const SLOW = 60_000; // milliseconds in which anything must have happened

export class Browser {
	#child;
	#session;
	#next = 1;
	#waiting = new Map();
	#listeners = [];

	// Starts the program with a profile of its own, and opens one tab.
	static async start(program, profile) {
		const browser = new Browser();

		browser.#child = spawn(program, [
			'--headless', '--no-sandbox', '--disable-gpu',
			'--disable-dev-shm-usage', '--hide-scrollbars',
			'--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync',
			'--force-color-profile=srgb', '--lang=en',
			`--user-data-dir=${profile}`, '--remote-debugging-pipe',
		], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		browser.#child.on('exit', () => browser.#fail('it ended'));
		browser.#child.on('error', (error) => browser.#fail(error));
		browser.#read(browser.#child.stdio[4]);
		const { targetId } = await browser.#send('Target.createTarget',
			{ url: 'about:blank' });
		const { sessionId } = await browser.#send(
			'Target.attachToTarget', { targetId, flatten: true });
		browser.#session = sessionId;
		return browser;
	}

	#fail(why) {
		for (const { reject } of this.#waiting.values())
			reject(new Error(`chromium: ${why}`));
		this.#waiting.clear();
	}

	#read(stream) {
		let text = '';

		stream.setEncoding('utf8');
		stream.on('data', (chunk) => {
			const messages = (text + chunk).split('\0');

			text = messages.pop();
			for (const message of messages)
				this.#take(JSON.parse(message));
		});
	}

	#take(message) {
		const waiting = this.#waiting.get(message.id);

		if (!message.id) {
			for (const listener of this.#listeners)
				listener(message);
		} else if (waiting) {
			this.#waiting.delete(message.id);
			if (message.error)
				waiting.reject(new Error(message.error.message));
			else
				waiting.resolve(message.result);
		}
	}

	#send(method, params = {}) {
		const id = this.#next++;
		const message = { id, method, params, sessionId: this.#session };

		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiting.delete(id);
				reject(new Error(`chromium: no answer to ${method}`));
			}, SLOW);

			this.#waiting.set(id, {
				resolve: (result) => (clearTimeout(timer),
						      resolve(result)),
				reject: (error) => (clearTimeout(timer),
						    reject(error)),
			});
			this.#child.stdio[3].write(`${JSON.stringify(message)}\0`);
		});
	}

	send(method, params) {
		return this.#send(method, params);
	}

	// Calls `listener` with each event; it has `method` and `params`.
	listen(listener) {
		this.#listeners.push(listener);
	}

	// Until that is true, which it may become with each event.
	async until(isTrue) {
		let told = () => {};
		const late = setTimeout(() => told(new Error(
			'chromium: no event told what it should')), SLOW);

		this.listen(() => told());
		try {
			while (!isTrue()) {
				const error = await new Promise(
					(resolve) => { told = resolve; });

				if (error)
					throw error;
			}
		} finally {
			clearTimeout(late);
		}
	}

	// Until this page is loaded, and not the empty one of before.
	async open(url) {
		const loaded = new Set();

		this.listen(({ method, params }) => {
			if (method === 'Page.lifecycleEvent' && params.name === 'load')
				loaded.add(params.loaderId);
		});
		await this.#send('Page.enable');
		await this.#send('Page.setLifecycleEventsEnabled', { enabled: true });
		const { loaderId } = await this.#send('Page.navigate', { url });
		await this.until(() => loaded.has(loaderId));
	}

	// The value of an expression in the page, and of a promise it makes.
	async evaluate(expression) {
		const { result, exceptionDetails } = await this.#send(
			'Runtime.evaluate',
			{ expression, returnByValue: true, awaitPromise: true });

		if (exceptionDetails)
			throw new Error(`${exceptionDetails.text}: ${expression}`);
		return result.value;
	}

	// Presses keys one after another, as somebody who types does.
	async press(...keys) {
		for (const key of keys) {
			const text = key.length === 1 ? key : undefined;

			await this.#send('Input.dispatchKeyEvent',
				{ type: 'keyDown', key, text });
			await this.#send('Input.dispatchKeyEvent',
				{ type: 'keyUp', key });
		}
	}

	async click(selector) {
		const { x, y } = await this.evaluate(`(() => {
			const element = document.querySelector(
				${JSON.stringify(selector)});
			const box = element.getBoundingClientRect();
			return { x: box.x + box.width / 2,
				 y: box.y + box.height / 2 };
		})()`);

		for (const type of ['mousePressed', 'mouseReleased'])
			await this.#send('Input.dispatchMouseEvent',
				{ type, x, y, button: 'left', clickCount: 1 });
	}

	async screenshot() {
		const { data } = await this.#send('Page.captureScreenshot',
			{ format: 'png' });

		return Buffer.from(data, 'base64');
	}

	async close() {
		const ended = new Promise((resolve) =>
			this.#child.once('exit', resolve));
		const timer = setTimeout(() => this.#child.kill('SIGKILL'),
			5000);

		this.#session = undefined;
		this.#send('Browser.close').catch(() => {});
		await ended;
		clearTimeout(timer);
	}
}

// What a filter of PNG adds to a byte (https://www.w3.org/TR/png/#9Filters).
const predictors = [
	() => 0,
	(left) => left,
	(left, up) => up,
	(left, up) => (left + up) >> 1,
	(left, up, corner) => {
		const guess = left + up - corner;
		const [a, b, c] = [left, up, corner].map(
			(value) => Math.abs(guess - value));

		return a <= b && a <= c ? left : b <= c ? up : corner;
	},
];

// How often each colour "r,g,b" is in a PNG of 8 bits a channel.
export function colorsOf(png) {
	const width = png.readUInt32BE(16);
	const bytes = png[25] === 6 ? 4 : 3; // a pixel, with alpha or without
	const parts = [];
	const colors = new Map();

	for (let at = 8; at < png.length;) {
		const size = png.readUInt32BE(at);

		if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
			parts.push(png.subarray(at + 8, at + 8 + size));
		at += size + 12;
	}
	const data = inflateSync(Buffer.concat(parts));
	const stride = width * bytes;
	let before = Buffer.alloc(stride);

	for (let at = 0; at < data.length; at += stride + 1) {
		const predict = predictors[data[at]];
		const line = data.subarray(at + 1, at + 1 + stride);

		for (let i = 0; i < stride; i++) {
			const inside = i >= bytes;

			line[i] += predict(inside ? line[i - bytes] : 0,
				before[i], inside ? before[i - bytes] : 0);
		}
		for (let i = 0; i < stride; i += bytes) {
			const color = `${line[i]},${line[i + 1]},${line[i + 2]}`;

			colors.set(color, (colors.get(color) ?? 0) + 1);
		}
		before = line;
	}
	return colors;
}
