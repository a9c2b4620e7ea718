// The MCP Inspector walks through `whoami` and `todo-manager` with somebody who logs in on
// the demo authorization server's page, in both of its protocol eras: on its own page in
// headless Chromium, and on the command line. Without a chromium the first half is skipped,
// and says so. With INSPECTOR_SCREENSHOTS naming a folder, what it showed is kept there.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { runningServer } from '../../support/servers.mjs';
import { metadataOf, Person, publicClient } from '../../support/person.mjs';
import { chromiumPath, command, freePort, Home, Page } from './inspector.mjs';

const LIMIT = 120_000;
const STEP_MS = 30_000;
const BROWSER = chromiumPath();
const PICTURES = process.env.INSPECTOR_SCREENSHOTS;
const skip = BROWSER === undefined
	? 'no chromium in PATH (Debian package chromium): no page was walked' : false;
const ERAS = { legacy: '2025-11-25', modern: '2026-07-28' };
// What to ask for: what the 401 says, or what examples/connect has in its configuration.
const MORE = { legacy: {}, modern: { oauth: { scopes: 'read:todos' } } };
const TODO = 'feed the cat';

const running = {};

// The second issuer has no pages: for the command line.
before(async () => {
	running.issuer = await runningServer('authorization-server', ['--user', 'alice:apple']);
	running.prompt = await runningServer('authorization-server',
		['--auto-approve', '--user', 'alice:apple']);
	for (const name of ['issuer', 'prompt']) {
		const { url } = running[name];
		running[`${name}Whoami`] = await runningServer('whoami', ['--issuer', url]);
		running[`${name}Todos`] = await runningServer('todo-manager',
			['--issuer', url, '--scope', 'read:todos', '--list', 'all']);
	}
	if (!skip) {
		running.browser = await chromium.launch({
			executablePath: BROWSER, args: ['--no-sandbox', '--disable-dev-shm-usage'],
		});
	}
}, { timeout: LIMIT });

after(async () => {
	await running.browser?.close();
	for (const name of ['Whoami', 'Todos', '']) {
		await running[`prompt${name}`]?.stop();
		await running[`issuer${name}`]?.stop();
	}
});

// One Inspector and one browser, with nobody logged in yet.
class Walk {
	static async start(context, era, more = {}) {
		const walk = new Walk();
		walk.home = await Home.create();
		context.after(() => walk.home.remove());
		const entry = (name) => ({
			type: 'http', url: `${running[name].url}/mcp`, protocolEra: era,
		});
		const config = await walk.home.write('inspector.json', JSON.stringify({ mcpServers: {
			whoami: entry('issuerWhoami'),
			todos: { ...entry('issuerTodos'), ...more },
		} }));
		walk.inspector = await Page.start(walk.home, config);
		context.after(() => walk.inspector.stop());
		const visit = await running.browser.newContext({ viewport: { width: 1280, height: 640 } });
		context.after(() => visit.close());
		walk.tab = await visit.newPage();
		walk.tab.setDefaultTimeout(STEP_MS);
		await walk.tab.goto(walk.inspector.url);
		return walk;
	}

	shows(text) {
		return this.tab.getByText(text).first().waitFor();
	}

	// The server's switch; the 401 leads to the login page.
	async connect(server) {
		const order = ['whoami', 'todos'].indexOf(server);
		await this.shows('todos');
		await this.tab.getByRole('switch').nth(order).click({ force: true });
		await this.#atLogin();
	}

	#atLogin() {
		return this.tab.waitForURL(`${running.issuer.url}/authorize?**`);
	}

	get scopes() {
		return new URL(this.tab.url()).searchParams.get('scope').split(' ')
			.filter((scope) => scope !== 'offline_access');
	}

	async login(decision = 'approve') {
		await this.tab.fill('#username', 'alice');
		await this.tab.fill('#password', 'apple');
		await this.tab.click(`button[value=${decision}]`);
		await this.tab.waitForURL(`${this.inspector.url}**`);
	}

	async openTool(name) {
		await this.tab.getByText('Tools', { exact: true }).first().click();
		await this.tab.getByText(name, { exact: true }).last().click();
		await this.tab.getByRole('button', { name: 'Execute Tool' }).waitFor();
	}

	execute() {
		return this.tab.getByRole('button', { name: 'Execute Tool' }).click();
	}

	async stepUp() {
		const dialog = this.tab.getByRole('dialog', { name: 'Additional permissions required' });
		await dialog.waitFor();
		const [told, listed] = await Promise.all([dialog.innerText(),
			dialog.getByRole('listitem').allInnerTexts()]);
		await this.picture('step-up');
		await dialog.getByRole('button', { name: 'Authorize' }).click();
		await this.#atLogin();
		return { told, listed: listed.map((item) => item.toLowerCase().split(/\s+/)) };
	}

	// Once what moves has come to rest.
	async picture(name) {
		if (PICTURES === undefined || !this.keepsPictures) {
			return;
		}
		await this.tab.waitForTimeout(1000);
		await this.tab.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
	}
}

for (const [era, revision] of Object.entries(ERAS)) {
	test(`a_page_logs_in_and_calls_whoami_${era}`, { skip, timeout: LIMIT }, async (context) => {
		const walk = await Walk.start(context, era);
		walk.keepsPictures = era === 'modern';
		await walk.picture('servers');
		await walk.connect('whoami');
		await walk.picture('login');
		await walk.login();
		await walk.shows('Authentication succeeded.');
		await walk.shows(`MCP ${revision}`);
		await walk.openTool('whoami');
		await walk.execute();
		await walk.shows(/"sub":\s*"alice"/);
		await walk.picture('whoami');
	});

	test(`a_page_steps_up_and_creates_a_todo_${era}`, { skip, timeout: LIMIT }, async (context) => {
		const walk = await Walk.start(context, era, MORE[era]);
		walk.keepsPictures = era === 'modern';
		await walk.connect('todos');
		assert.deepEqual(walk.scopes, ['read:todos']);
		await walk.login();
		await walk.shows(`MCP ${revision}`);
		await walk.openTool('create-todo');
		await walk.tab.getByRole('textbox', { name: 'content' }).fill(TODO);
		await walk.execute();
		const { told, listed } = await walk.stepUp();
		assert.match(told, /create:todos/);
		assert.deepEqual(listed, [['read:todos', 'already', 'granted'],
			['offline_access', 'already', 'granted'], ['create:todos', 'new']]);
		assert.deepEqual(walk.scopes, ['read:todos', 'create:todos']);
		await walk.login();
		await walk.shows('Step-up authorization succeeded. Retry your action.');
		await walk.execute();
		await walk.shows(new RegExp(`"content":\\s*"${TODO}"`));
		await walk.picture('done');
	});
}

test('a_page_says_that_the_login_was_refused', { skip, timeout: LIMIT }, async (context) => {
	const walk = await Walk.start(context, 'legacy');
	await walk.connect('whoami');
	await walk.login('deny');
	await walk.shows(/access_denied/);
});

const url = (name) => ['--server-url', `${running[name].url}/mcp`];
const call = (name, ...args) => ['--method', 'tools/call', '--tool-name', name, ...args];
const CREATE = call('create-todo', '--tool-arg', `content=${TODO}`);

async function emptyHome(context) {
	const home = await Home.create();
	context.after(() => home.remove());
	return home;
}

async function tokenFor(name, scope) {
	const metadata = await metadataOf(running.prompt.url);
	const { access_token } = await new Person().login(metadata, await publicClient(metadata),
		{ scope, resource: `${running[name].url}/mcp` });
	return ['--header', `Authorization: Bearer ${access_token}`];
}

const resultOf = ({ code, stdout, stderr }) => {
	assert.equal(code, 0, stderr);
	return JSON.parse(stdout).result;
};
const textOf = (answer) => resultOf(answer).content[0].text;
const errorOf = ({ stderr }) => JSON.parse(stderr.trim().split('\n').at(-1)).error;

test('a_command_with_a_token_lists_and_calls', { timeout: LIMIT }, async (context) => {
	const home = await emptyHome(context);
	const token = await tokenFor('promptTodos', 'read:todos create:todos');
	for (const [era, revision] of Object.entries(ERAS)) {
		const ask = (...args) => command(home,
			[...url('promptTodos'), ...token, '--protocol-era', era, ...args]);
		assert.equal(resultOf(await ask('--method', 'initialize')).protocolVersion, revision);
		const { tools } = resultOf(await ask('--method', 'tools/list'));
		assert.deepEqual(tools.map(({ name }) => name),
			['create-todo', 'get-todos', 'delete-todo']);
		const { ownerId, content } = JSON.parse(textOf(await ask(...CREATE)));
		assert.deepEqual([ownerId, content], ['alice', TODO]);
	}
});

test('a_command_is_told_what_its_token_lacks', { timeout: LIMIT }, async (context) => {
	const home = await emptyHome(context);
	const token = await tokenFor('promptTodos', 'read:todos');
	const refused = await command(home, [...url('promptTodos'), ...token, ...CREATE]);
	assert.notEqual(refused.code, 0);
	assert.match(errorOf(refused).message, /\bcreate:todos\b/);
	for (const args of [[], ['--header', 'Authorization: Bearer nonsense'],
		await tokenFor('promptWhoami', 'read:todos')]) {
		const strange = await command(home,
			[...url('promptTodos'), ...args, '--stored-auth-only', '--method', 'tools/list']);
		assert.equal(strange.code, 3, strange.stderr);
		assert.equal(errorOf(strange).code, 'auth_required');
	}
});

// What it opens is the login page, which the issuer without pages answers at once. It asks
// for all of `scopes_supported`, unless it is told for what.
async function logInFrom(home) {
	const browser = await home.write('browser',
		`#!${process.execPath}\nfetch(process.argv[2]);\n`, 0o700);
	const config = await home.write('inspector.json', JSON.stringify({ mcpServers: {
		todos: { type: 'http', url: `${running.promptTodos.url}/mcp`, oauth: { scopes: 'read:todos' } },
	} }));
	const env = {
		MCP_AUTO_OPEN_ENABLED: 'true',
		MCP_OAUTH_CALLBACK_URL: `http://127.0.0.1:${await freePort()}/oauth/callback`,
		BROWSER: browser,
	};
	return {
		whoami: () => command(home, [...url('promptWhoami'), ...call('whoami')], { env }),
		create: (typed) => command(home, ['--config', config, '--server', 'todos', ...CREATE],
			{ env, typed }),
	};
}

test('a_command_logs_in_and_steps_up_if_told_to', { timeout: LIMIT }, async (context) => {
	const { whoami, create } = await logInFrom(await emptyHome(context));
	assert.equal(JSON.parse(textOf(await whoami())).sub, 'alice');
	const declined = await create('n\n');
	assert.equal(declined.code, 1, declined.stdout);
	assert.match(declined.stderr, /Step-up authorization declined/);
	const agreed = await create('y\n');
	assert.match(agreed.stderr, /needs additional scope: create:todos/);
	assert.equal(JSON.parse(textOf(agreed)).content, TODO);
});
