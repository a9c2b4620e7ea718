// `oauth-client` where somebody sits: a browser comes back to the library's listener, and
// lines are typed at a terminal. What is not installed is skipped, and says so.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Files } from '../support/introspected.mjs';
import { OauthClient } from '../support/oauth_client.mjs';
import { programPath, runningServer } from '../support/servers.mjs';
import { inPath, launched, noBrowser as skip } from './chromium.mjs';

const LIMIT = 60_000;
const SCRIPT = inPath('script');

const running = {};

before(async () => {
	running.files = await Files.create();
	running.issuer = await runningServer('authorization-server');
	running.whoami = await runningServer('whoami', ['--issuer', running.issuer.url]);
	running.url = `${running.whoami.url}/mcp`;
	if (!skip) {
		running.browser = await launched();
	}
}, { timeout: LIMIT });

after(async () => {
	await running.browser?.close();
	await running.whoami?.stop();
	await running.issuer?.stop();
	await running.files?.remove();
});

// What BROWSER names: it leaves the address where the test finds it.
async function desktop() {
	const opened = await running.files.write('opened', '');
	const script = await running.files.write('browser',
		`#!/bin/sh\nprintf '%s\\n' "$1" >>'${opened}'\n`);
	fs.chmodSync(script, 0o700);
	return { script, opened: () => lineIn(opened) };
}

async function lineIn(file) {
	let text = '';
	while (!text.endsWith('\n')) {
		await sleep(20);
		text = await readFile(file, 'utf8');
	}
	return text.trim();
}

// A tab at the page that the program opened.
async function openTab(context, opened) {
	const visit = await running.browser.newContext();
	context.after(() => visit.close());
	const tab = await visit.newPage();
	await tab.goto(await opened());
	return tab;
}

async function answerForm(tab, decision) {
	await tab.fill('#username', 'demo_user');
	await tab.fill('#password', 'demo_password');
	await tab.click(`button[value=${decision}]`);
	await tab.waitForURL('http://127.0.0.1:*/callback?*');
	return tab.textContent('body');
}

test('a_browser_comes_back_to_the_program_which_goes_on', { skip, timeout: LIMIT },
	async (context) => {
		const { script, opened } = await desktop();
		const client = new OauthClient(['--json', '--tool', 'whoami', running.url],
			{ env: { BROWSER: script } });
		const tab = await openTab(context, opened);
		const said = await answerForm(tab, 'approve');
		assert.match(said, /close/i);
		assert.ok(!said.includes(new URL(tab.url()).searchParams.get('code')));
		await client.end();
		assert.equal(client.over.code, 0, client.story);
		assert.equal(JSON.parse(client.said).sub, 'demo_user');
		assert.equal(client.named('login')[0].url, await opened());
	});

test('a_person_who_says_no_is_told_so_and_so_is_the_program', { skip, timeout: LIMIT },
	async (context) => {
		const { script, opened } = await desktop();
		const client = new OauthClient(['--json', '--tool', 'whoami', running.url],
			{ env: { BROWSER: script } });
		const tab = await openTab(context, opened);
		await answerForm(tab, 'deny');
		await client.end();
		assert.equal(client.over.code, 2, client.story);
		assert.equal(client.named('error').at(-1).code, 'MCPAUTH_E_LOGIN_REFUSED');
	});

function ldd() {
	return spawnSync('ldd', [programPath('oauth-client')], { encoding: 'utf8' }).stdout ?? '';
}

const noTerminal = SCRIPT === undefined ? 'no script(1) in PATH: no terminal was tried' : false;
const noEditing = noTerminal
	|| (/libedit/.test(ldd()) ? false : 'built without libedit: no line was edited');

// At a terminal: everything that is drawn comes to stdout.
// exec: a shell that stays would be what Ctrl-C ends, where SHELL is dash or unset.
function atTerminal(args, env = {}) {
	const command = 'exec ' + [programPath('oauth-client'), ...args, running.url]
		.map((word) => `'${word}'`).join(' ');
	return new OauthClient([], {
		command: [SCRIPT, '-qec', command, '/dev/null'],
		env: { TERM: 'xterm', ...env },
	});
}

const screen = (client, text) => client.until(() => client.stdout.includes(text));

test('a_terminal_shows_each_step_and_a_prompt', { skip: noTerminal, timeout: LIMIT }, async () => {
	const client = atTerminal(['--headless']);
	await screen(client, 'mcp> ');
	for (const line of ['looking for whoever gives tokens', 'registering this client',
		'signing in', 'asking for a token', 'connected to']) {
		assert.ok(client.stdout.includes(line), `${line} in\n${client.stdout}`);
	}
	client.type('quit');
	await client.end();
	assert.equal(client.over.code, 0, client.story);
});

test('a_terminal_turns_something_while_a_browser_is_waited_for_until_ctrl_c',
	{ skip: noTerminal, timeout: LIMIT }, async () => {
		const client = atTerminal(['--no-browser']);
		await screen(client, '/authorize?');
		for (const sign of ['|', '/', '-']) {
			await screen(client, `${sign} waiting for the browser, `);
		}
		await screen(client, ' waiting for the browser, 1 s ');
		client.type('\x03');
		await client.end();
		assert.equal(client.over.code, 2, client.story);
		assert.ok(client.stdout.includes('What to do: '), client.story);
	});

test('no_color_means_none', { skip: noTerminal, timeout: LIMIT }, async () => {
	const bold = '\x1b[1m';
	for (const [env, shown] of [[{ NO_COLOR: '1' }, false], [{ NO_COLOR: '' }, true]]) {
		const client = atTerminal(['--headless', '--steps', '--tool', 'whoami'], env);
		await client.end();
		assert.equal(client.over.code, 0, client.story);
		assert.equal(client.stdout.includes(bold), shown, client.stdout);
	}
});

test('a_terminal_without_a_cursor_gets_lines_alone', { skip: noTerminal, timeout: LIMIT },
	async () => {
		for (const TERM of ['dumb', '']) {
			const client = atTerminal(['--headless', '--steps', '--tool', 'whoami'], { TERM });
			await client.end();
			assert.equal(client.over.code, 0, client.story);
			assert.ok(!client.stdout.includes('\x1b'), client.stdout);
		}
	});

test('a_line_comes_back_from_the_history', { skip: noEditing, timeout: LIMIT }, async () => {
	const history = path.join(running.files.folder, 'history');
	for (const typed of [['list', 'quit'], ['\x1b[A\x1b[A', 'quit']]) {
		const client = atTerminal(['--headless', '--history', history]);
		await screen(client, 'mcp> ');
		client.type(typed[0]);
		await client.until(() => /^whoami +\S/m.test(client.stdout));
		client.type(typed[1]);
		await client.end();
		assert.equal(client.over.code, 0, client.story);
		assert.match(await readFile(history, 'utf8'), /^list$/m);
		assert.equal((await stat(history)).mode & 0o077, 0);
	}
});

const RUN = inPath('dbus-run-session');
const KEYRING = inPath('gnome-keyring-daemon');
const noKeyring = RUN === undefined || KEYRING === undefined
	? 'no dbus-run-session or gnome-keyring-daemon in PATH: no keyring was tried' : false;

// In a session and a home of its own, with a keyring that a password opened.
test('a_login_in_the_keyring_outlives_the_program', { skip: noKeyring, timeout: LIMIT },
	async (context) => {
		const home = path.join(running.files.folder, 'home');
		fs.mkdirSync(home, { mode: 0o700 });
		const command = `'${programPath('oauth-client')}' --headless --json --keyring`
			+ ` --tool whoami '${running.url}'`;
		const session = new OauthClient([], {
			command: [RUN, '--', 'sh', '-c', `printf password | '${KEYRING}' --unlock `
				+ `--components=secrets --daemonize >/dev/null && ${command} && ${command}`],
			env: { HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: home },
		});
		await session.end();
		if (session.named('error')[0]?.code === 'MCPAUTH_E_UNSUPPORTED') {
			context.skip('built without libsecret: no keyring was tried');
			return;
		}
		assert.equal(session.over.code, 0, session.story);
		assert.equal(session.named('result').length, 2);
		assert.equal(session.named('login').length, 1, session.story);
	});
