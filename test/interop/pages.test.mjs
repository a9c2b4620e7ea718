// The pages a person sees during a login: readable on a phone, in the dark, with large
// letters, by keyboard alone, by a screen reader, without script. axe-core looks in
// headless Chromium, page_rules.mjs at what axe-core leaves out.
// Without a chromium all of it is skipped, and says so.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { OauthClient } from '../support/oauth_client.mjs';
import { runningServer } from '../support/servers.mjs';
import { launched, noBrowser as skip } from './chromium.mjs';
import { axeFile, rules, wrongWith, wrongWithHead } from './page_rules.mjs';

const LIMIT = 60_000;
const TITLE = ' - Demo authorization server';
// Where to leave a picture of each page, to be looked at; none if it is not set.
const PICTURES = process.env.MCPAUTH_PICTURES;
const RESOURCE = 'https://notes.example.com/mcp';
const ELSEWHERE = 'elsewhere.example.com'; // a name that somebody made to mean this machine
const NAME = 'A client whose name is long, with averyveryveryverylongword in its middle, or so';

const running = { clients: [], tabs: {} };

before(async () => {
	if (skip) {
		return;
	}
	running.callback = http.createServer((request, response) => {
		response.writeHead(200, { 'content-type': 'text/plain' }).end('back at the client');
	});
	running.callback.listen(0, '127.0.0.1');
	await once(running.callback, 'listening');
	running.redirectUri = `http://127.0.0.1:${running.callback.address().port}/callback`;
	running.issuer = await runningServer('authorization-server');
	running.whoami = await runningServer('whoami', ['--issuer', running.issuer.url]);
	running.browser = await launched(`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`);
	running.client = await registered(NAME);
}, { timeout: LIMIT });

after(async () => {
	await running.browser?.close();
	running.clients.forEach((client) => client.kill('SIGKILL'));
	await Promise.all(running.clients.map((client) => client.end()));
	await running.whoami?.stop();
	await running.issuer?.stop();
	running.callback?.close();
	running.callback?.closeAllConnections();
});

async function registered(name) {
	const answer = await fetch(`${running.issuer.url}/register`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			client_name: name, redirect_uris: [running.redirectUri],
			grant_types: ['authorization_code'], token_endpoint_auth_method: 'none',
		}),
	});
	assert.equal(answer.status, 201);
	return (await answer.json()).client_id;
}

function authorizeUrl(change = {}) {
	const url = new URL('/authorize', running.issuer.url);
	url.search = new URLSearchParams({
		response_type: 'code',
		client_id: running.client,
		redirect_uri: running.redirectUri,
		code_challenge: createHash('sha256').update('verifier').digest('base64url'),
		code_challenge_method: 'S256',
		scope: 'read:notes create:notes delete:notes-of-everybody-in-the-organisation',
		resource: RESOURCE,
		...change,
	});
	return url.href;
}

// Remembers what was loaded, and what the page's policy refused.
async function newTab(options) {
	const visit = await running.browser.newContext(options);
	const tab = await visit.newPage();
	await tab.addInitScript({ path: axeFile });
	tab.on('request', (request) => tab.loaded.push(request));
	tab.on('console', (message) => {
		if (/content security policy/i.test(message.text())) {
			tab.complaints.push(message.text());
		}
	});
	return tab;
}

// The tab of all tests, as a new one takes a second; nobody is logged in there.
async function openTab({ javaScriptEnabled = true } = {}) {
	running.tabs[javaScriptEnabled] ??= await newTab({ javaScriptEnabled });
	const tab = running.tabs[javaScriptEnabled];
	await tab.context().clearCookies();
	await tab.goto('about:blank');
	return Object.assign(tab, { loaded: [], complaints: [] });
}

async function fill(tab, password = 'demo_password', decision = 'approve') {
	await tab.fill('#username', 'demo_user');
	await tab.fill('#password', password);
	const [answer] = await Promise.all([tab.waitForNavigation(),
		tab.click(`button[value=${decision}]`)]);
	return answer;
}

async function logIn(tab) {
	await tab.goto(authorizeUrl());
	await fill(tab);
	assert.match(tab.url(), /code=/);
}

// A form that posts to there, from another page.
async function post(tab, url) {
	await tab.setContent(`<form method="post" action="${url}"><button>go</button></form>`);
	const [answer] = await Promise.all([tab.waitForNavigation(), tab.click('button')]);
	return answer;
}

// Each way of the authorization server's to end in a page: its title, and how to get there.
const served = {
	'the login page': ['Allow access?', (tab) => tab.goto(authorizeUrl())],
	'the login page without a name or resource': ['Allow access?', async (tab) => tab.goto(
		authorizeUrl({ client_id: await registered('  '), resource: '' }))],
	'the login page after a mistake': ['Error: Allow access?', async (tab) => {
		await tab.goto(authorizeUrl());
		return fill(tab, 'wrong');
	}],
	'the page of a mistaken client': ['This cannot go on',
		(tab) => tab.goto(authorizeUrl({ client_id: 'nobody' }))],
	'the page of a form that was used': ['This cannot go on', async (tab) => {
		await tab.goto(authorizeUrl());
		const form = tab.url();
		await fill(tab);
		await tab.goto(form);
		await tab.locator('[name=transaction]').evaluate((input) => {
			input.value = 'used';
		});
		return fill(tab);
	}],
	'the page where there is nothing': ['This cannot go on',
		(tab) => tab.goto(`${running.issuer.url}/nothing`)],
	'the page of a form that is opened by hand': ['This cannot go on',
		(tab) => tab.goto(`${running.issuer.url}/login`)],
	'the front page': ['Nothing to do here', (tab) => tab.goto(`${running.issuer.url}/`)],
	'the page before a logout': ['Log out?', async (tab) => {
		await logIn(tab);
		return tab.goto(`${running.issuer.url}/end_session`);
	}],
	'the page after a logout': ['Logged out', async (tab) => {
		await logIn(tab);
		await tab.goto(`${running.issuer.url}/end_session`);
		const [answer] = await Promise.all([tab.waitForNavigation(), tab.click('button')]);
		return answer;
	}],
	'the page of who is not logged in': ['Nobody is logged in',
		(tab) => tab.goto(`${running.issuer.url}/end_session`)],
};

// A client that listens for the end of its login: where, and with which state.
async function listening() {
	const client = new OauthClient(
		['--json', '--no-browser', '--tool', 'whoami', `${running.whoami.url}/mcp`]);
	running.clients.push(client);
	const [login] = await client.until(() => client.named('login')[0] && client.named('login'));
	const asked = new URL(login.url).searchParams;
	return (answer) => {
		const url = new URL(asked.get('redirect_uri'));
		url.search = new URLSearchParams(
			{ state: asked.get('state'), iss: running.issuer.url, ...answer });
		return url;
	};
}

const withQuery = (answer) => (tab, redirect) => tab.goto(redirect(answer).href);

// The same of the library's listener on loopback, where it goes on afterwards.
const told = {
	'the page of another login': ['Not the login that is awaited',
		withQuery({ code: 'x', state: 'other' })],
	'the page beside the redirect': ['Nothing here',
		(tab, redirect) => tab.goto(new URL('/else', redirect({})).href)],
	'the page under another name': ['Another name', (tab, redirect) => {
		const url = redirect({});
		url.hostname = ELSEWHERE;
		return tab.goto(url.href);
	}],
	'the page of another method': ['Not this way', (tab, redirect) => post(tab, redirect({}).href)],
	'the page of a long request': ['Too long',
		withQuery({ code: 'x'.repeat(20_000) })],
};
// And where it ends.
const toldLast = {
	'the page of a login that came': ['Login received', withQuery({ code: 'x' })],
	'the page of a login that was refused': ['Not logged in',
		withQuery({ error: 'access_denied' })],
	'the page of another issuer': ['Login stopped',
		withQuery({ code: 'x', iss: 'https://other.example.com' })],
};

async function picture(tab, name) {
	if (PICTURES === undefined) {
		return;
	}
	await mkdir(PICTURES, { recursive: true });
	for (const [colorScheme, width] of [['light', 360], ['dark', 360], ['light', 1280],
		['dark', 1280]]) {
		await tab.setViewportSize({ width, height: width === 360 ? 640 : 800 });
		await tab.emulateMedia({ colorScheme });
		const file = `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`;
		await tab.screenshot({ path: path.join(PICTURES, file), fullPage: true,
			caret: 'initial' });
	}
}

async function checkPage(tab, answer, title) {
	const headers = await answer.allHeaders();
	assert.deepEqual(wrongWithHead(headers), []);
	assert.equal(await tab.title(), title);
	assert.deepEqual(await wrongWith(tab), {});
	assert.deepEqual(tab.complaints, []);
	const others = tab.loaded.filter((request) => !request.isNavigationRequest());
	assert.deepEqual(others.map((request) => request.url()), []);
}

for (const [name, [title, open]] of Object.entries(served)) {
	test(`${name.replaceAll(' ', '_')}_is_for_everybody`, { skip, timeout: LIMIT },
		async () => {
			const tab = await openTab();
			const answer = await open(tab);
			await picture(tab, name);
			await checkPage(tab, answer, title + TITLE);
		});
}

for (const [name, [title, open]] of Object.entries({ ...told, ...toldLast })) {
	test(`${name.replaceAll(' ', '_')}_is_for_everybody`, { skip, timeout: LIMIT },
		async () => {
			const tab = await openTab();
			running.redirect ??= await listening();
			const answer = await open(tab, running.redirect);
			if (name in toldLast) {
				running.redirect = undefined;
			}
			await picture(tab, name);
			await checkPage(tab, answer, title);
		});
}

// What a screen reader is told, in its order.
test('a_login_page_is_heard_as_it_is_seen', { skip, timeout: LIMIT }, async () => {
	const tab = await openTab();
	const client_id = await registered('Notes');
	await tab.goto(authorizeUrl({ client_id, scope: 'read write' }));
	const heard = await tab.locator('body').ariaSnapshot();
	assert.equal(heard, `- banner:
  - paragraph: "DEMO SERVER: FOR TRYING THINGS OUT ONLY"
- main:
  - heading "“Notes” wants access" [level=1]
  - paragraph: "If you allow it, it acts in your name, within these limits:"
  - term: Where it may act (resource)
  - definition: ${RESOURCE}
  - term: What it may do (scopes)
  - definition:
    - list:
      - listitem: read
      - listitem: write
  - term: Where you go next
  - definition: ${new URL(running.redirectUri).host} (a program on this computer)
  - term: Who it is (client id; its name is its own choice)
  - definition: ${client_id}
  - heading "Log in to allow it" [level=2]
  - paragraph:
    - text: You log in at
    - strong: ${running.issuer.url}
    - text: ". To try it:"
    - strong: demo_user
    - text: with the password
    - strong: demo_password
    - text: .
  - form "Log in to allow it":
    - text: User name
    - textbox "User name"
    - text: Password
    - textbox "Password"
    - button "Log in and allow"
    - button "Deny"`);
});

async function typed(tab, ...keys) {
	for (const key of keys) {
		await (key.length > 1 && /^[A-Z]/.test(key) ? tab.keyboard.press(key)
			: tab.keyboard.type(key));
	}
}

const focused = (tab) => tab.evaluate(() => document.activeElement.id
	|| document.activeElement.textContent);

test('a_keyboard_without_script_is_enough_to_log_in_and_agree', { skip, timeout: LIMIT },
	async () => {
		const tab = await openTab({ javaScriptEnabled: false });
		await tab.goto(authorizeUrl());
		assert.match(await focused(tab), /^\s*DEMO SERVER/);
		await typed(tab, 'Tab');
		assert.equal(await focused(tab), 'username');
		await typed(tab, 'demo_user', 'Tab');
		assert.equal(await focused(tab), 'password');
		await typed(tab, 'demo_password', 'Tab');
		assert.equal(await focused(tab), 'Log in and allow');
		await Promise.all([tab.waitForURL(`${running.redirectUri}?*code=*`), typed(tab, 'Enter')]);
	});

test('a_keyboard_without_script_is_enough_to_deny', { skip, timeout: LIMIT },
	async () => {
		const tab = await openTab({ javaScriptEnabled: false });
		await tab.goto(authorizeUrl());
		await typed(tab, 'Tab', 'Tab', 'Tab', 'Tab');
		assert.equal(await focused(tab), 'Deny');
		await Promise.all([tab.waitForURL(`${running.redirectUri}?*error=access_denied*`),
			typed(tab, 'Space')]);
	});

test('a_keyboard_without_script_is_enough_to_log_out', { skip, timeout: LIMIT },
	async () => {
		const tab = await openTab({ javaScriptEnabled: false });
		await logIn(tab);
		await tab.goto(`${running.issuer.url}/`);
		await typed(tab, 'Tab');
		await Promise.all([tab.waitForURL('**/end_session'), typed(tab, 'Enter')]);
		await typed(tab, 'Tab');
		await Promise.all([tab.waitForNavigation(), typed(tab, 'Enter')]);
		assert.equal(await tab.textContent('h1'), 'Logged out');
	});

test('a_mistake_is_told_where_it_is_to_be_mended', { skip, timeout: LIMIT }, async () => {
	const tab = await openTab({ javaScriptEnabled: false });
	await tab.goto(authorizeUrl());
	await typed(tab, 'Tab', 'demo_user', 'Tab', 'wrong');
	await Promise.all([tab.waitForNavigation(), typed(tab, 'Enter')]);
	const mistake = 'User name or password is not right. Tries left: 4.';
	assert.equal(await tab.getByRole('alert').textContent(), mistake);
	assert.equal(await focused(tab), 'password');
	for (const name of ['User name', 'Password']) {
		const field = tab.getByRole('textbox', { name, description: mistake });
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
	}
	assert.equal(await tab.inputValue('#username'), 'demo_user');
	assert.equal(await tab.inputValue('#password'), '');
	await Promise.all([tab.waitForURL(`${running.redirectUri}?*code=*`),
		typed(tab, 'demo_password', 'Enter')]);
});

test('a_password_manager_knows_the_fields', { skip, timeout: LIMIT }, async () => {
	const tab = await openTab();
	await tab.goto(authorizeUrl());
	const attributes = (id) => tab.locator(id).evaluate((input) => [input.type,
		input.autocomplete, input.labels[0].textContent, input.required]);
	assert.deepEqual(await attributes('#username'), ['text', 'username', 'User name', true]);
	assert.deepEqual(await attributes('#password'),
		['password', 'current-password', 'Password', true]);
});

test('what_others_write_stays_text', { skip, timeout: LIMIT }, async () => {
	const evil = '"><img src=x onerror="document.title=1"><script>';
	const tab = await openTab();
	const client_id = await registered(`\u05d0${evil}`);
	await tab.goto(authorizeUrl({ client_id, scope: "a<img>b 'c'&amp;" }));
	assert.equal(await tab.textContent('h1'), `“\u05d0${evil}” wants access`);
	assert.deepEqual(await tab.locator('li').allTextContents(), ['a<img>b', "'c'&amp;"]);
	await tab.fill('#username', evil);
	await tab.fill('#password', 'x');
	await Promise.all([tab.waitForNavigation(), tab.click('button[value=approve]')]);
	assert.equal(await tab.inputValue('#username'), evil);
	assert.deepEqual(await rules.plain(tab), []);
	// Hebrew letters turn what is beside them around, unless they are kept apart.
	const name = tab.locator('h1 bdi');
	assert.equal(await name.evaluate((element) => getComputedStyle(element).unicodeBidi), 'isolate');
});

test('what_is_for_programs_is_no_page', { skip, timeout: LIMIT }, async () => {
	for (const where of ['/', '/mcp', '/nothing', '/.well-known/oauth-protected-resource/mcp']) {
		const { headers } = await fetch(running.whoami.url + where,
			{ headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
		assert.equal(headers.get('content-type'), 'application/json', where);
	}
});

// What the rules are there for: each one, its breakage, and what it has to say then.
const breakages = [
	['plain', () => { document.body.setAttribute('style', ''); }, /<body/],
	['scheme', () => { document.body.style.background = '#fff'; }, /dark/],
	['edges', () => { document.querySelector('#username').style.borderColor = '#c8ccd4'; },
		/username.*light/],
	['reflow', () => { document.querySelector('dl').style.minWidth = '20rem'; }, /sticks out/],
	['reflow', () => { document.querySelector('h1').style.overflowWrap = 'normal'; },
		/sticks out/],
	['zoom', () => { document.querySelector('dt').style.fontSize = '14px'; }, /keeps its size/],
	['zoom', () => { document.querySelector('button').style.whiteSpace = 'nowrap'; },
		/sticks out/],
	['focus', () => { document.querySelector('#password').style.outline = 'none'; },
		/password: focus 0 px/],
	['focus', () => { document.querySelector('#password').tabIndex = 1; }, /goes through/],
	['focus', () => { document.querySelector('form').style.cssText
		= 'display:flex;flex-direction:column-reverse'; }, /is above/],
	['still', () => { document.querySelector('button').style.transition = 'color 1s'; },
		/button moves/],
	['axe', () => {
		document.querySelector('label').remove();
		document.querySelector('p').style.color = '#999';
		document.documentElement.lang = '';
		document.title = '';
		document.querySelector('#password').autocomplete = 'the-password';
		document.querySelector('main').outerHTML = document.querySelector('main').innerHTML;
	}, /^label \(critical\)/, /^color-contrast \(serious\), light/, /^html-has-lang \(serious\)/,
	/^document-title \(serious\)/, /^autocomplete-valid \(serious\)/, /^landmark-one-main/],
	['axe', () => { document.querySelector('header').style.color = '#555'; },
		/^color-contrast \(serious\), dark, 360/, /^color-contrast \(serious\), dark, 1280/],
];

test('a_page_that_is_broken_is_found_out', { skip, timeout: LIMIT }, async () => {
	const tab = await openTab();
	for (const [rule, breakage, ...expected] of breakages) {
		await tab.goto(authorizeUrl());
		await tab.evaluate(breakage);
		const found = await rules[rule](tab);
		for (const wanted of expected) {
			assert.ok(found.some((line) => wanted.test(line)), `${wanted} in ${rule}: ${found}`);
		}
	}
});

test('a_head_that_is_weakened_is_found_out', () => {
	const headers = {
		'content-type': 'text/html; charset=utf-8',
		'cache-control': 'no-store',
		'referrer-policy': 'no-referrer',
		'x-content-type-options': 'nosniff',
		'content-security-policy': `default-src 'none'; style-src 'sha256-${'x'.repeat(43)}='; `
			+ "base-uri 'none'; frame-ancestors 'none'",
	};
	assert.deepEqual(wrongWithHead(headers), []);
	for (const name of Object.keys(headers)) {
		assert.equal(wrongWithHead({ ...headers, [name]: 'x' }).length > 0, true, name);
	}
	const policy = headers['content-security-policy'];
	for (const weaker of [policy.replace('frame', 'x'), policy.replace('base', 'x'),
		`${policy}; script-src 'unsafe-inline'`, `${policy}; img-src *`]) {
		assert.equal(wrongWithHead({ ...headers, 'content-security-policy': weaker }).length, 1);
	}
});
