// A page in headless Chromium uses `todo-manager` from another origin: it reads the
// challenge, finds the authorization server, lets somebody log in there, calls tools.
// Without a chromium all of it is skipped, and says so.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { runningServer } from '../support/servers.mjs';
import { launched, noBrowser as skip } from './chromium.mjs';

const LIMIT = 60_000;
const PROGRAM = fileURLToPath(new URL('browser_page.mjs', import.meta.url));
const TOOLS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

// The pages' own server. An authorization server lets http redirect to "localhost"
// alone, so that is where codes arrive, and from where they are brought to the page.
async function startPages() {
	const { outputFiles: [script] } = await build({
		entryPoints: [PROGRAM], bundle: true, write: false, format: 'esm',
		platform: 'browser', logLevel: 'error',
	});
	const server = http.createServer((request, response) => {
		const url = new URL(request.url, 'http://localhost');
		if (url.pathname === '/callback') {
			const { port } = server.address();
			const location = `http://app.localhost:${port}/${url.search}`;
			response.writeHead(302, { location }).end();
		} else if (url.pathname === '/page.js') {
			response.writeHead(200, { 'content-type': 'text/javascript' }).end(script.text);
		} else {
			response.writeHead(200, { 'content-type': 'text/html' })
				.end('<!doctype html><title>page</title><script type="module" src="/page.js"></script>');
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return server;
}

const running = {};

before(async () => {
	if (skip) {
		return;
	}
	running.pages = await startPages();
	running.port = running.pages.address().port;
	running.issuer = await runningServer('authorization-server');
	running.todos = await runningServer('todo-manager',
		['--issuer', running.issuer.url, '--allow-origin', 'http://app.localhost:*']);
	running.url = `${running.todos.url}/mcp`;
	running.browser = await launched();
}, { timeout: LIMIT });

after(async () => {
	await running.browser?.close();
	await running.todos?.stop();
	await running.issuer?.stop();
	running.pages?.close();
	running.pages?.closeAllConnections();
});

// A tab of its own, with nobody logged in, that shows a page of this host.
async function openPage(context, host) {
	const visit = await running.browser.newContext();
	context.after(() => visit.close());
	const tab = await visit.newPage();
	await tab.goto(`http://${host}:${running.port}/`);
	await tab.waitForFunction(() => document.title === 'ready');
	return tab;
}

const ask = (tab, init) => tab.evaluate(([url, given]) => window.page.ask(url, given),
	[running.url, init]);

const call = (tab, name, args) => tab.evaluate(
	([url, tool, given]) => window.page.call(url, tool, given), [running.url, name, args]);

test('a_script_reads_the_challenge_of_another_origin', { skip, timeout: LIMIT },
	async (context) => {
		const tab = await openPage(context, 'app.localhost');
		const { status, challenge, text } = await ask(tab,
			{ method: 'POST', headers: TOOLS, body: '{}' });
		assert.equal(status, 401);
		assert.match(challenge, /^Bearer resource_metadata="/);
		assert.equal(JSON.parse(text).error, undefined);
	});

test('a_page_goes_through_the_login_and_calls_tools', { skip, timeout: LIMIT },
	async (context) => {
		const tab = await openPage(context, 'app.localhost');
		const leaving = tab.waitForURL(`${running.issuer.url}/authorize?**`);
		tab.evaluate((url) => { window.page.connect(url); }, running.url);
		await leaving;
		await tab.fill('#username', 'demo_user');
		await tab.fill('#password', 'demo_password');
		await tab.click('button[value=approve]');
		await tab.waitForURL(`http://app.localhost:${running.port}/?*code=*`);
		await tab.waitForFunction(() => document.title === 'ready');
		await tab.evaluate((url) => window.page.finish(url), running.url);
		const made = await call(tab, 'create-todo', { content: 'from a page' });
		assert.equal(made.isError ?? false, false, JSON.stringify(made));
		const listed = JSON.parse((await call(tab, 'get-todos', {})).content[0].text);
		assert.deepEqual(listed.map((todo) => [todo.content, todo.ownerId]),
			[['from a page', 'demo_user']]);
	});

test('a_page_that_is_not_allowed_is_refused', { skip, timeout: LIMIT }, async (context) => {
	const tab = await openPage(context, 'other.localhost');
	const headers = { ...TOOLS, authorization: 'Bearer x' };
	for (const init of [{ method: 'POST', headers, body: '{}' }, { method: 'GET' },
		{ method: 'POST', body: '{}' }]) {
		assert.deepEqual(await ask(tab, init), { error: 'TypeError' });
	}
	assert.notEqual(await tab.evaluate((url) => window.page.connect(url), running.url),
		'connected');
	assert.equal(new URL(tab.url()).hostname, 'other.localhost');
	const origin = `http://other.localhost:${running.port}`;
	const answer = await fetch(running.url, { headers: { origin } });
	assert.equal(answer.status, 403);
	assert.equal(answer.headers.get('access-control-allow-origin'), null);
});
