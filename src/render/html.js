'use strict';

(() => {
	const find = (id) => document.getElementById(id);
	const text = find('text');
	const select = find('table');
	const count = find('count');
	const help = find('help');
	const main = document.querySelector('main');
	const tables = [...document.getElementsByClassName('table')];
	const hiddenKinds = new Set();
	const contents = new WeakMap();
	let changes = null; /* found when first needed */
	let current = null;

	/* ---- filters ---- */

	const kindOf = (change) => change.dataset.op;

	const contentOf = (change) => {
		let content = contents.get(change);

		if (content === undefined) {
			content = change.textContent.toLowerCase();
			contents.set(change, content);
		}
		return content;
	};

	/* Hides what is not wanted in a table; returns what is left. */
	const filterTable = (table, needle) => {
		let shown = 0;

		for (const change of table.getElementsByClassName('change')) {
			change.hidden = hiddenKinds.has(kindOf(change)) ||
				!contentOf(change).includes(needle);
			shown += !change.hidden;
		}
		return shown;
	};

	const filter = () => {
		const needle = text.value.trim().toLowerCase();
		const filtered = needle !== '' || hiddenKinds.size > 0;
		let shown = 0;

		for (const table of tables) {
			const wanted = !select.value || table.id === select.value;
			const left = wanted ? filterTable(table, needle) : 0;

			table.hidden = !wanted || (filtered && left === 0);
			shown += left;
		}
		count.textContent = shown === 1 ? '1 change'
			: `${shown.toLocaleString('en')} changes`;
	};

	let timer = 0;
	text.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(filter, 120);
	});
	select.addEventListener('change', filter);
	for (const button of document.querySelectorAll('.ops button'))
		button.addEventListener('click', () => {
			const kind = kindOf(button);
			const hide = !hiddenKinds.has(kind);

			if (hide)
				hiddenKinds.add(kind);
			else
				hiddenKinds.delete(kind);
			button.setAttribute('aria-pressed', String(!hide));
			filter();
		});

	/* ---- moving and folding ---- */

	const fold = (change) => {
		const folded = change.classList.toggle('folded');

		change.querySelector('.fold')
			.setAttribute('aria-expanded', String(!folded));
	};

	const choose = (change) => {
		if (current) {
			current.classList.remove('current');
			current.removeAttribute('aria-current');
		}
		current = change;
		change.classList.add('current');
		change.setAttribute('aria-current', 'true');
	};

	const isVisible = (change) => {
		const table = change.closest('.table');

		return !change.hidden && !table.hidden && table.open;
	};

	const move = (step) => {
		changes ??= [...document.getElementsByClassName('change')];
		let at = current ? changes.indexOf(current) + step
			: step > 0 ? 0 : -1;

		while (changes[at] && !isVisible(changes[at]))
			at += step;
		if (!changes[at])
			return;
		choose(changes[at]);
		current.tabIndex = -1;
		current.focus({ preventScroll: true });
		current.scrollIntoView({ block: 'nearest' });
	};

	const foldTable = () => {
		const table = current?.closest('.table') ?? tables[0];

		if (table)
			table.open = !table.open;
	};

	main.addEventListener('click', (event) => {
		const button = event.target.closest('.fold');

		if (button)
			fold(button.closest('.change'));
	});
	main.addEventListener('focusin', (event) => {
		const change = event.target.closest('.change');

		if (change)
			choose(change);
	});

	/* ---- keys ---- */

	const actions = {
		j: () => move(1),
		k: () => move(-1),
		o: () => current && fold(current),
		O: foldTable,
		'/': () => text.focus(),
		'?': () => help.showModal(),
	};

	document.addEventListener('keydown', (event) => {
		const inField = event.target.closest?.('input, select');

		if (event.ctrlKey || event.metaKey || event.altKey || help.open)
			return;
		if (inField) {
			if (event.key === 'Escape' || event.key === 'Enter')
				event.target.blur();
			return;
		}
		if (Object.hasOwn(actions, event.key)) {
			event.preventDefault();
			actions[event.key]();
		}
	});
	find('help-open').addEventListener('click', () => help.showModal());
	find('help-close').addEventListener('click', () => help.close());
	find('tools').hidden = false;
})();
