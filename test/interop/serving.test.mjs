// What the example servers do besides asking for tokens, each by its option; and that a
// settings file that is read again leaves the operations of the program in force.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Issuer } from '../support/issuer.mjs';
import { programPath, runningServer } from '../support/servers.mjs';

const LIMIT = { timeout: 30_000 };
const PAGE = 'https://app.example.com';
const VERSION = '2026-07-28';

let issuer;
let folder;

before(async () => {
	issuer = await Issuer.create();
	folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-serving-'));
}, LIMIT);

after(async () => {
	await issuer?.down();
	await rm(folder, { recursive: true });
}, LIMIT);

async function withServer(args, work) {
	const server = await runningServer('todo-manager', args);
	try {
		return await work(server);
	} finally {
		await server.stop();
	}
}

const protectedBy = (args, work) => withServer(['--issuer', issuer.url, ...args], work);

const tokenFor = (server, scope, sub = 'alice') =>
	issuer.token({ aud: `${server.url}/mcp`, sub, scope });

// `name` undefined asks for the list.
function ask(server, token, name, headers = {}, args = {}) {
	const method = name === undefined ? 'tools/list' : 'tools/call';
	return fetch(`${server.url}/mcp`, {
		method: 'POST',
		headers: {
			...token && { authorization: `Bearer ${token}` },
			'content-type': 'application/json',
			'mcp-protocol-version': VERSION,
			'mcp-method': method,
			...name && { 'mcp-name': name },
			...headers,
		},
		body: JSON.stringify({
			jsonrpc: '2.0',
			id: 1,
			method,
			params: {
				...name && { name, arguments: args },
				_meta: {
					'io.modelcontextprotocol/protocolVersion': VERSION,
					'io.modelcontextprotocol/clientCapabilities': {},
				},
			},
		}),
	});
}

async function toolNames(server, token) {
	const { result } = await (await ask(server, token)).json();
	return result.tools.map(({ name }) => name);
}

test('an_access_log_has_a_line_per_request_and_no_token', LIMIT, () => {
	const file = path.join(folder, 'access.log');
	return protectedBy(['--access-log', file, '--trust-proxy', '127.0.0.1'], async (server) => {
		const token = await tokenFor(server, '');
		const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };
		assert.equal((await ask(server, token, 'get-todos', forwarded)).status, 200);
		assert.equal((await ask(server, token, 'create-todo')).status, 403);
		assert.equal((await ask(server, undefined, 'create-todo')).status, 401);
		const text = await lines(file, 3);
		const entries = text.trim().split('\n').map((line) => JSON.parse(line));
		assert.deepEqual(entries.map(({ status }) => status), [200, 403, 401]);
		assert.deepEqual(entries.map(({ name }) => name), ['get-todos', 'create-todo', undefined]);
		assert.equal(entries[0].address, '198.51.100.7');
		assert.equal(entries[1].address, '127.0.0.1');
		assert.equal(entries[1].reason, 'insufficient_scope');
		assert.equal(entries[0].issuer, issuer.url);
		assert.ok(!text.includes(token.split('.')[1]));
		assert.equal((await stat(file)).mode & 0o077, 0);
	});
});

// The line of a request is written when it has ended, which its client need not wait for.
async function lines(file, count) {
	for (let tries = 0; tries < 500; tries += 1) {
		const text = await readFile(file, 'utf8');
		if (text.split('\n').length > count) {
			return text;
		}
		await sleep(10);
	}
	throw new Error(`fewer than ${count} lines`);
}

test('an_access_log_may_go_to_stderr', LIMIT, () =>
	protectedBy(['--access-log', '-'], async (server) => {
		assert.equal((await ask(server, undefined, 'get-todos')).status, 401);
		for (let tries = 0; tries < 500 && !server.stderr.includes('"status":401'); tries += 1) {
			await sleep(10);
		}
		assert.match(server.stderr, /^\{.*"status":401.*\}$/m);
	}));

test('metrics_are_shown_at_their_path', LIMIT, () =>
	protectedBy(['--metrics', '/numbers'], async (server) => {
		const token = await tokenFor(server, '');
		assert.equal((await ask(server, token, 'get-todos')).status, 200);
		assert.equal((await ask(server, token, 'create-todo')).status, 403);
		const answer = await fetch(`${server.url}/numbers`);
		assert.equal(answer.status, 200);
		const text = await answer.text();
		assert.match(text, /^mcpauth_requests_total\{outcome="insufficient_scope"\} 1$/m);
		assert.match(text, /^mcpauth_requests_total\{outcome="passed"\} [1-9]/m);
		assert.notEqual((await fetch(`${server.url}/metrics`)).status, 200);
	}));

test('a_rate_limit_ends_guessing', LIMIT, () =>
	protectedBy(['--rate-limit'], async (server) => {
		let status = 401;
		let tries = 0;
		for (; tries < 100 && status === 401; tries += 1) {
			({ status } = await ask(server, 'guessed', 'get-todos'));
		}
		assert.equal(status, 429);
		assert.ok(tries > 10, `after ${tries}`);
	}).then(() => protectedBy([], async (server) => {
		for (let tries = 0; tries < 60; tries += 1) {
			assert.equal((await ask(server, 'guessed', 'get-todos')).status, 401);
		}
	})));

test('a_page_that_is_allowed_reads_answers', LIMIT, () =>
	protectedBy(['--allow-origin', PAGE], async (server) => {
		const preflight = await fetch(`${server.url}/mcp`, {
			method: 'OPTIONS',
			headers: {
				origin: PAGE,
				'access-control-request-method': 'POST',
				'access-control-request-headers': 'authorization, mcp-name',
			},
		});
		assert.equal(preflight.headers.get('access-control-allow-origin'), PAGE);
		for (const [token, status] of [[undefined, 401], [await tokenFor(server, ''), 200]]) {
			const answer = await ask(server, token, 'get-todos', { origin: PAGE });
			assert.equal(answer.status, status);
			assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
			assert.match(answer.headers.get('access-control-expose-headers'), /WWW-Authenticate/i);
		}
		const other = await ask(server, undefined, 'get-todos', { origin: 'https://evil.example' });
		assert.equal(other.status, 403);
		assert.equal(other.headers.get('access-control-allow-origin'), null);
	}));

class Configured {
	constructor(resource) {
		this.file = path.join(folder, 'settings.json');
		this.resource = resource;
	}

	write(scopes) {
		return writeFile(this.file, JSON.stringify({
			resources: [{ resource: this.resource, issuers: [{ issuer: issuer.url }] }],
			routes: [{ path: '/mcp', ...scopes && { scopes } }],
		}));
	}

	async reload(server, scopes) {
		await this.write(scopes);
		process.kill(server.pid, 'SIGHUP');
		for (let tries = 0; tries < 500; tries += 1) {
			if (server.stderr.includes('settings reloaded')) {
				return;
			}
			await sleep(10);
		}
		throw new Error(`not reloaded: ${server.stderr}`);
	}
}

async function expectRules(server, token, opens) {
	const has = await token(`${opens} create:todos`);
	const lacks = await token(opens);
	assert.equal((await ask(server, has, 'create-todo', {}, { content: 'x' })).status, 200);
	const refused = await ask(server, lacks, 'create-todo');
	assert.equal(refused.status, 403);
	const wanted = [opens, 'create:todos'].filter((scope) => scope !== '').join(' ');
	assert.match(refused.headers.get('www-authenticate'), new RegExp(`scope="${wanted}"`));
	assert.equal((await ask(server, lacks, 'get-todos')).status, 200);
	assert.deepEqual(await toolNames(server, lacks), ['get-todos', 'delete-todo']);
	assert.deepEqual(await toolNames(server, has), ['create-todo', 'get-todos', 'delete-todo']);
}

test('a_file_says_what_opens_the_path_and_the_program_what_tools_need', LIMIT, async () => {
	const resource = 'https://todos.example.com/mcp';
	const configured = new Configured(resource);
	const token = (scope) => issuer.token({ aud: resource, sub: 'alice', scope });
	await configured.write();
	await withServer(['--config', configured.file], async (server) => {
		await expectRules(server, token, '');
		await configured.reload(server, ['staff']);
		await expectRules(server, token, 'staff');
		assert.equal((await ask(server, await token('create:todos'), 'get-todos')).status, 403);
	});
});

test('names_the_port_that_is_taken', LIMIT, () => protectedBy([], async (server) => {
	const { port } = new URL(server.url);
	const second = spawn(programPath('todo-manager'), ['--port', port, '--issuer', issuer.url],
		{ timeout: 10_000, stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	second.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
	const [status] = await once(second, 'close');
	assert.equal(status, 1, said);
	assert.ok(said.includes(`cannot listen on 127.0.0.1:${port}: Address already in use`), said);
}));
