// What makes a page readable: rules, each of which looks at the page in a tab and returns
// what it finds wrong, a line each.
import { fileURLToPath } from 'node:url';

// What a tab has to run in each page, for `axe` to use.
export const axeFile = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));

const PHONE = { width: 360, height: 640 };
const DESKTOP = { width: 1280, height: 800 };
const NARROWEST = { width: 320, height: 640 }; // WCAG 2.2, 1.4.10
const SCHEMES = ['light', 'dark'];
const EDGE_CONTRAST = 3; // WCAG 2.2, 1.4.11
const DARK = 0.1; // luminance
const LIGHT = 0.8;

// The red, green, blue and opacity of a computed colour.
function channels(colour) {
	const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
	return { red, green, blue, alpha };
}

// WCAG 2.2, "relative luminance".
function luminance(colour) {
	const { red, green, blue } = channels(colour);
	const [r, g, b] = [red, green, blue].map((value) => (value / 255 <= 0.04045
		? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
	const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (high + 0.05) / (low + 0.05);
}

// axe-core in both schemes and sizes. What it cannot decide counts as found.
async function axe(tab) {
	const found = [];
	for (const size of [PHONE, DESKTOP]) {
		await tab.setViewportSize(size);
		for (const colorScheme of SCHEMES) {
			await tab.emulateMedia({ colorScheme });
			const { violations, incomplete } = await tab.evaluate(() => window.axe.run({
				resultTypes: ['violations', 'incomplete'],
				rules: { 'target-size': { enabled: true } },
			}));
			found.push(...[...violations, ...incomplete].map(({ id, impact, nodes }) =>
				`${id} (${impact}), ${colorScheme}, ${size.width} wide: ${nodes[0].html}`));
		}
	}
	return found;
}

// A page follows the reader's scheme, and its own style was applied at all.
async function scheme(tab) {
	const found = [];
	for (const colorScheme of SCHEMES) {
		await tab.emulateMedia({ colorScheme });
		const grounds = await tab.evaluate(() => [document.body, document.querySelector('main')]
			.map((element) => getComputedStyle(element).backgroundColor));
		for (const ground of grounds) {
			const light = luminance(ground);
			if (channels(ground).alpha !== 1
				|| (colorScheme === 'dark' ? light > DARK : light < LIGHT)) {
				found.push(`${ground} in the ${colorScheme} scheme`);
			}
		}
	}
	return found;
}

// Where a field or a button begins is seen, too; axe-core looks at text alone.
async function edges(tab) {
	const found = [];
	for (const colorScheme of SCHEMES) {
		await tab.emulateMedia({ colorScheme });
		const controls = await tab.evaluate(() => [...document.querySelectorAll(
			'input:not([type=hidden]), button')].map((element) => ({
			name: element.id || element.textContent,
			edge: getComputedStyle(element).borderTopColor,
			width: parseFloat(getComputedStyle(element).borderTopWidth),
			ground: getComputedStyle(document.querySelector('main')).backgroundColor,
		})));
		found.push(...controls.filter(({ edge, width, ground }) =>
			width < 1 || contrast(edge, ground) < EDGE_CONTRAST)
			.map(({ name, edge, ground }) => `${name}: ${edge} on ${ground}, ${colorScheme}`));
	}
	return found;
}

// What reaches out of the window, or out of its own box.
const overflowing = (tab) => tab.evaluate(() => {
	const { clientWidth, scrollWidth } = document.documentElement;
	const outside = [...document.body.querySelectorAll('*')].filter((element) => {
		const { left, right } = element.getBoundingClientRect();
		return left < -0.5 || right > clientWidth + 0.5
			|| (element.localName !== 'input' && element.clientWidth > 0
				&& element.scrollWidth > element.clientWidth + 1);
	});
	return outside.map((element) => `${element.outerHTML.slice(0, 80)} sticks out`)
		.concat(scrollWidth > clientWidth ? [`${scrollWidth} wide in ${clientWidth}`] : []);
});

async function reflow(tab) {
	await tab.setViewportSize(NARROWEST);
	return overflowing(tab);
}

// Letters twice as large, as a reader sets them; then wide apart as well (1.4.4, 1.4.12).
async function zoom(tab) {
	await tab.setViewportSize(PHONE);
	const small = await tab.evaluate(() => {
		const texts = [...document.body.querySelectorAll('*')].map((element) =>
			[element, parseFloat(getComputedStyle(element).fontSize)]);
		document.documentElement.style.fontSize = '200%';
		return texts.filter(([element, before]) =>
			parseFloat(getComputedStyle(element).fontSize) < before * 1.99)
			.map(([element]) => `${element.outerHTML.slice(0, 80)} keeps its size`);
	});
	const large = await overflowing(tab);
	await tab.evaluate(() => {
		document.documentElement.style.fontSize = '';
		const sheet = new CSSStyleSheet();
		sheet.replaceSync('*{letter-spacing:.12em!important;word-spacing:.16em!important;'
			+ 'line-height:1.5!important}p{margin-bottom:2em!important}');
		document.adoptedStyleSheets = [sheet];
	});
	const wide = await overflowing(tab);
	await tab.evaluate(() => {
		document.adoptedStyleSheets = [];
	});
	return [...small, ...large, ...wide];
}

// What Tab reaches from the page's beginning, and how that is shown.
async function stops(tab, count) {
	const seen = [];
	await tab.evaluate(() => {
		document.body.tabIndex = -1;
		document.body.focus();
		document.body.removeAttribute('tabindex');
	});
	while (seen.length < count) {
		await tab.keyboard.press('Tab');
		seen.push(await tab.evaluate(() => {
			const element = document.activeElement;
			const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
			return {
				index: window.stops.indexOf(element),
				top: element.getBoundingClientRect().top + window.scrollY,
				name: element.id || element.textContent,
				line: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth),
				colour: outlineColor,
				ground: getComputedStyle(document.querySelector('main')).backgroundColor,
			};
		}));
	}
	return seen;
}

// Tab goes through all there is from top to bottom, and shows where it is.
async function focus(tab) {
	await tab.setViewportSize(DESKTOP);
	const found = [];
	const count = await tab.evaluate(() => {
		window.stops = [...document.querySelectorAll(
			'a[href], button, input:not([type=hidden]), [tabindex]')];
		return window.stops.length;
	});
	for (const colorScheme of count === 0 ? [] : SCHEMES) {
		await tab.emulateMedia({ colorScheme });
		const reached = await stops(tab, count);
		const order = reached.map(({ index }) => index);
		if (order.join() !== [...Array(count).keys()].join()) {
			found.push(`Tab goes through ${order} of ${count}`);
		}
		found.push(...reached.filter((stop, i) => i > 0 && stop.top < reached[i - 1].top - 1)
			.map(({ name }) => `${name} is above what comes before it`));
		found.push(...reached.filter(({ line, colour, ground }) =>
			line < 2 || contrast(colour, ground) < EDGE_CONTRAST)
			.map(({ name, line, colour }) => `${name}: focus ${line} px ${colour}, ${colorScheme}`));
	}
	return found;
}

// Nothing moves for whoever asked for that.
async function still(tab) {
	await tab.emulateMedia({ reducedMotion: 'reduce' });
	return tab.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
		const style = getComputedStyle(element);
		return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
			|| style.transitionDuration.split(',').some((time) => parseFloat(time) > 0);
	}).map((element) => `${element.localName} moves`));
}

// No script, and nothing in the page that its policy would have to allow.
const plain = (tab) => tab.evaluate(() => [...document.querySelectorAll('*')].filter((element) =>
	['script', 'img', 'link', 'iframe', 'object'].includes(element.localName)
	|| element.getAttributeNames().some((name) => name === 'style' || name.startsWith('on')))
	.map((element) => element.outerHTML.slice(0, 80)));

// `plain` first: others leave something behind.
export const rules = { plain, scheme, edges, reflow, zoom, focus, still, axe };

// All of them, by their names.
export async function wrongWith(tab) {
	const found = {};
	for (const [name, rule] of Object.entries(rules)) {
		const lines = await rule(tab);
		if (lines.length > 0) {
			found[name] = lines;
		}
	}
	return found;
}

// What the answer's head has to say for any page of a login.
export function wrongWithHead(headers) {
	const policy = headers['content-security-policy'] ?? '';
	const wanted = [
		['content-type', /^text\/html; charset=utf-8$/],
		['cache-control', /^no-store$/],
		['referrer-policy', /^no-referrer$/],
		['x-content-type-options', /^nosniff$/],
		['content-security-policy', /^default-src 'none'; style-src 'sha256-[\w+/-]{43}='; /],
	];
	const directives = ["base-uri 'none'", "frame-ancestors 'none'"];
	return wanted.filter(([name, value]) => !value.test(headers[name] ?? ''))
		.map(([name]) => `${name}: ${headers[name]}`)
		.concat(directives.filter((directive) => !policy.includes(directive)))
		.concat(policy.match(/unsafe-\w+|\*|https?:/g) ?? []);
}
