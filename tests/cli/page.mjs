// usage: node page.mjs CHROMIUM PAGE FOLDER
//
// Opens a page of `git d1 diff --html` in a browser, uses it as a reviewer
// does, and prints what is seen, one line a fact. FOLDER gets the profile of
// the browser and the screenshots light.png and dark.png.

import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser, colorsOf } from './browser.mjs';

const [program, page, folder] = process.argv.slice(2);
const url = pathToFileURL(resolve(page)).href;

mkdirSync(folder, { recursive: true });
const browser = await Browser.start(program, resolve(folder, 'profile'));

const say = (fact, value) => console.log(`${fact}: ${value}`);
const ask = async (fact, expression) =>
	say(fact, await browser.evaluate(expression));

// What the browser tells of its own accord.
const requests = new Set();
const violations = [];
const errors = [];

browser.listen(({ method, params }) => {
	if (method === 'Network.requestWillBeSent')
		requests.add(params.request.url);
	if (method === 'Audits.issueAdded')
		violations.push(params.issue.code);
	if (method === 'Log.entryAdded')
		errors.push(params.entry.text);
	if (method === 'Runtime.exceptionThrown')
		errors.push(params.exceptionDetails.text);
	if (method === 'Page.javascriptDialogOpening')
		errors.push(`dialog ${params.message}`);
});

const shown = `[...document.querySelectorAll('.change')].filter(
	(change) => change.checkVisibility()).length`;
const currentKey = `document.querySelector('.current .key')?.textContent`;
const settled = `new Promise((done) => setTimeout(done, 400))`;

// For how many seconds the page has kept its thread at work so far; what else
// the machine does meanwhile does not count.
async function worked() {
	const { metrics } = await browser.send('Performance.getMetrics');

	return metrics.find(({ name }) => name === 'TaskDuration').value;
}

async function isOurs() {
	await ask('title', 'document.title');
	await ask('scripts', 'document.scripts.length');
	await ask('elements', `[...new Set([...document.querySelectorAll('*')]
		.map((element) => element.localName))].sort().join(' ')`);
	await ask('handlers', `[...document.querySelectorAll('*')].filter(
		(element) => element.getAttributeNames().some(
			(name) => /^on|^style$/.test(name))).length`);
	await ask('addresses', `[...document.querySelectorAll('[href], [src]')]
		.filter((element) => !/^#t\\d+$/.test(
			element.getAttribute('href'))).length`);
	say('requests', [...requests].join(' ') === url ? 'the page' :
		[...requests].join(' '));
	say('violations', violations.length + errors.length === 0 ? 'none' :
		[...violations, ...errors].join('; '));
}

// The policy is there, and works: what a value could not do, nothing can.
async function isGuarded() {
	await ask('a script that is put in', `(() => {
		const script = document.createElement('script');
		script.textContent = 'window.ran = true';
		document.body.append(script);
		const image = document.createElement('img');
		image.setAttribute('onerror', 'window.ran = true');
		image.src = 'data:,x';
		document.body.append(image);
		return ${settled}.then(() => {
			script.remove();
			image.remove();
			return window.ran ? 'runs' : 'does not run';
		});
	})()`);
	await browser.until(() =>
		violations.includes('ContentSecurityPolicyIssue'));
	say('violations then', 'told');
}

async function filters() {
	await ask('changes', shown);
	await browser.press('/');
	await ask('/ goes to', 'document.activeElement.id');
	await browser.send('Input.insertText', { text: 'NEEDLE' });
	await browser.evaluate(settled);
	await ask('changes with the text', shown);
	await ask('counted', `document.getElementById('count').textContent`);
	await ask('tables then', `[...document.querySelectorAll('.table')]
		.filter((table) => table.checkVisibility()).length`);
	await browser.press('j');
	await ask('a letter there is a letter',
		`document.getElementById('text').value`);
	await browser.evaluate(`(() => {
		const text = document.getElementById('text');
		text.value = '';
		text.dispatchEvent(new Event('input'));
		text.blur();
		return ${settled};
	})()`);
	await ask('changes again', shown);
	await browser.click('.ops [data-op="insert"]');
	await ask('without insertions', shown);
	await ask('pressed', `document.querySelector('.ops [data-op="insert"]')
		.getAttribute('aria-pressed')`);
	await browser.click('.ops [data-op="insert"]');
	await ask('of one table', `(() => {
		const select = document.getElementById('table');
		select.value = 't2';
		select.dispatchEvent(new Event('change'));
		const shown = ${shown};
		select.value = '';
		select.dispatchEvent(new Event('change'));
		return shown;
	})()`);
}

async function keys() {
	for (const key of ['j', 'j', 'j', 'k']) {
		await browser.press(key);
		await ask(key, currentKey);
	}
	await ask('focus', `document.activeElement.matches('.change.current')`);
	await browser.press('o');
	await ask('o', `document.querySelector('.current').className`);
	await ask('expanded', `document.querySelector('.current .fold')
		.getAttribute('aria-expanded')`);
	await browser.press('o');
	await ask('o again', `document.querySelector('.current').className`);
	await browser.press('O');
	await ask('O', `document.querySelector('.current')
		.closest('.table').open`);
	await browser.press('j');
	await ask('j goes to the next table', currentKey);
	await browser.press('k', 'O', '?');
	await ask('?', `document.getElementById('help').open`);
	await browser.click('#help-close');
	await ask('closed', `!document.getElementById('help').open`);
}

// How light a colour is, 0 to 1 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio).
const contrast = `(() => {
	const parse = (text) => text.match(/[\\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) =>
		c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
	const behind = (element) => {
		for (; element; element = element.parentElement) {
			const color = getComputedStyle(element).backgroundColor;
			if (!/, 0\\)$/.test(color))
				return parse(color);
		}
		return parse(getComputedStyle(document.body).backgroundColor);
	};
	let least = 21;
	for (const element of document.querySelectorAll('body *')) {
		const own = [...element.childNodes].some((node) =>
			node.nodeType === 3 && node.data.trim());
		if (!own || !element.checkVisibility())
			continue;
		const a = light(parse(getComputedStyle(element).color)) + .05;
		const b = light(behind(element)) + .05;
		least = Math.min(least, Math.max(a, b) / Math.min(a, b));
	}
	return least;
})()`;

async function looks(mode, background) {
	await browser.send('Emulation.setDeviceMetricsOverride', {
		width: 1280, height: 1600, deviceScaleFactor: 1, mobile: false });
	await browser.send('Emulation.setEmulatedMedia', { features: [
		{ name: 'prefers-color-scheme', value: mode }] });
	await browser.evaluate(`scrollTo(0, 0), ${settled}`);
	const png = await browser.screenshot();
	const colors = colorsOf(png);
	const [[most]] = [...colors].sort((a, b) => b[1] - a[1]);

	writeFileSync(resolve(folder, `${mode}.png`), png);
	say(`${mode} background`, most === background ? background
		: `${most}, not ${background}`);
	say(`${mode} colours`, colors.size > 100 ? 'many' : colors.size);
	const least = await browser.evaluate(contrast);
	say(`${mode} contrast`, least >= 4.5 ? 'enough' : least.toFixed(2));
}

try {
	for (const domain of ['Network', 'Audits', 'Log', 'Runtime'])
		await browser.send(`${domain}.enable`);
	await browser.send('Performance.enable', { timeDomain: 'threadTicks' });
	const start = await worked();
	await browser.open(url);
	if (process.env.PAGE_TIMES) {
		const loaded = await worked();
		const changes = await browser.evaluate(
			`document.getElementsByClassName('change').length`);
		await browser.press('/');
		const before = await worked();
		await browser.send('Input.insertText', { text: 'needle' });
		await browser.evaluate(settled);
		await ask('changes with the text', shown);
		const after = await worked();
		say('changes', changes);
		say('loaded within 10 s', loaded - start < 10);
		say('filtered within 5 s', after - before < 5);
		console.error(`load ${(loaded - start).toFixed(3)} s, filter ` +
			`${(after - before).toFixed(3)} s`);
	} else {
		await isOurs();
		await filters();
		await keys();
		await looks('light', '255,255,255');
		await looks('dark', '20,23,26');
		await isGuarded();
	}
} finally {
	await browser.close();
}
