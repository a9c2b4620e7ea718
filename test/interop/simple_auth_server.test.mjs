// `simple-auth-server` and the demo authorization server, as the SDK's simple-auth
// pair: the public TypeScript clients log in, tokens are opaque, and one that was
// revoked stops working.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/introspected.mjs';
import { programPath, runningServer } from '../support/servers.mjs';
import { bearer, challengeParameters, exchange } from '../support/wire.mjs';
import { v1, v2 } from './clients.mjs';
import { HeadlessLogin } from './headless.mjs';

const LIMIT = { timeout: 30_000 };
const SECRET = randomBytes(16).toString('hex');
const ADMIN = randomBytes(32).toString('hex');
const VERSION = '2026-07-28';
const MCP_HEADERS = [
	['Content-Type', 'application/json'],
	['Accept', 'application/json, text/event-stream'],
	['MCP-Protocol-Version', VERSION],
	['Mcp-Method', 'tools/call'],
];

let folder;
let issuer;
let issuerKnowsKeys;

const fileOf = (name) => path.join(folder, name);

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-simple-auth-'));
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	await writeFile(fileOf('secret'), `${SECRET}\n`);
	await writeFile(fileOf('admin'), `${ADMIN}\n`);
	await writeFile(fileOf('short'), 'short\n');
	await writeFile(fileOf('key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
	await writeFile(fileOf('key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
	issuer = await runningServer('authorization-server', [
		'--auto-approve', '--opaque', '--introspection-client', `simple-auth:${SECRET}`,
	]);
}, LIMIT);

after(async () => {
	await issuer?.stop();
	await issuerKnowsKeys?.stop();
	await rm(folder, { recursive: true });
}, LIMIT);

const withSecret = (server) => [
	'--issuer', server.url, '--client-id', 'simple-auth', '--client-secret-file', fileOf('secret'),
];

// `work` with a running server of that name, which is stopped whatever happens.
async function withServer(name, args, work) {
	const server = await runningServer(name, args);
	try {
		return await work(server);
	} finally {
		await server.stop();
	}
}

const withSimpleAuth = (args, work) =>
	withServer('simple-auth-server', [...withSecret(issuer), ...args], work);

function toolCall(server, token, name = 'get_time') {
	return exchange(`${server.url}/mcp`, {
		method: 'POST',
		headers: [...bearer(token), ...MCP_HEADERS, ['Mcp-Name', name]],
		body: JSON.stringify({
			jsonrpc: '2.0',
			id: 1,
			method: 'tools/call',
			params: {
				name,
				_meta: {
					'io.modelcontextprotocol/protocolVersion': VERSION,
					'io.modelcontextprotocol/clientCapabilities': {},
				},
			},
		}),
	});
}

async function expectCall(server, token, status, name) {
	const answer = await toolCall(server, token, name);
	assert.equal(answer.status, status, `${answer.text}\n${server.stderr}`);
	return answer;
}

// A client that met the 401, logged in and is connected; `login` has its token.
async function visit(setup, server) {
	const url = new URL(`${server.url}/mcp`);
	const login = new HeadlessLogin();
	const first = setup.newTransport(url, { authProvider: login });
	await assert.rejects(setup.newClient().connect(first),
		(error) => error.constructor.name === 'UnauthorizedError');
	await setup.finish(first, login.callback);
	const client = setup.newClient();
	await client.connect(setup.newTransport(url, { authProvider: login }));
	return { client, login, token: login.saved.access_token };
}

function expectTime(result) {
	assert.notEqual(result.isError, true);
	assert.equal(result.content.length, 1);
	const said = JSON.parse(result.content[0].text);
	assert.deepEqual(Object.keys(said), ['current_time', 'timezone', 'timestamp', 'formatted']);
	assert.match(said.current_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.equal(said.timezone, 'UTC');
	assert.equal(Date.parse(said.current_time), Math.round(said.timestamp * 1000));
	assert.ok(Math.abs(said.timestamp * 1000 - Date.now()) < 10_000);
	assert.equal(said.formatted, said.current_time.slice(0, 19).replace('T', ' '));
}

async function expectVisit(setup, server) {
	const { client, login, token } = await visit(setup, server);
	assert.equal(login.authorizationUrl.searchParams.get('scope').split(' ')[0], 'user');
	assert.doesNotMatch(token, /\./, 'the token is no JWT');
	const { tools } = await client.listTools();
	assert.deepEqual(tools.map((tool) => tool.name), ['get_time']);
	expectTime(await client.callTool({ name: 'get_time', arguments: {} }));
	await client.close();
}

for (const [name, setup] of [['sdk_v1', v1], ['client_v2', v2]]) {
	test(`${name}_gets_the_time_with_a_token_that_only_the_issuer_understands`, LIMIT,
		() => withSimpleAuth([], (server) => expectVisit(setup, server)));
}

test('asks_with_a_private_key_as_well', LIMIT, async () => {
	issuerKnowsKeys = await runningServer('authorization-server', [
		'--auto-approve', '--opaque',
		'--introspection-client-key', `simple-auth:${fileOf('key.pub')}`,
	]);
	const args = ['--issuer', issuerKnowsKeys.url, '--client-id', 'simple-auth',
		'--private-key-file', fileOf('key')];
	await withServer('simple-auth-server', args, (server) => expectVisit(v2, server));
});

// As it stands in the repository, but for the places, which are other ones here.
async function exampleFile(port) {
	const example = new URL('../../examples/simple-auth/server.json', import.meta.url);
	const said = await readFile(example, 'utf8');
	const places = [
		['http://127.0.0.1:8001', `http://127.0.0.1:${port}`],
		['http://127.0.0.1:9000', issuer.url],
		['"client_secret_file": "secret"', `"client_secret_file": "${fileOf('secret')}"`],
	];
	const changed = places.reduce((text, [from, to]) => {
		assert.equal(text.split(from).length, 2, from);
		return text.replace(from, to);
	}, said);
	await writeFile(fileOf('server.json'), changed);
	return fileOf('server.json');
}

test('asks_as_the_example_settings_file_says', LIMIT, async () => {
	const port = await freePort();
	const args = ['--port', String(port), '--config', await exampleFile(port)];
	await withServer('simple-auth-server', args, async (server) => {
		await expectVisit(v2, server);
		await expectCall(server, 'unknown', 401);
		const logout = await exchange(`${server.url}/logout`, {
			method: 'POST',
			headers: [['Content-Type', 'application/x-www-form-urlencoded']],
			body: 'logout_token=x',
		});
		assert.equal(logout.status, 400);
	});
});

test('believes_signed_answers_alone_where_they_are_required', LIMIT, async () => {
	await withSimpleAuth(['--require-signed-answers'], (server) => expectVisit(v2, server));
	await withEndpoint({ active: true, sub: 'alice', scope: 'user' }, async (endpoint) => {
		const args = [...endpoint.args, '--require-signed-answers'];
		await withServer('simple-auth-server', args,
			(server) => expectCall(server, 'opaque', 503));
	});
});

async function revoke({ login, token }) {
	const answer = await fetch(`${issuer.url}/revoke`, {
		method: 'POST',
		body: new URLSearchParams({ client_id: login.information.client_id, token }),
	});
	assert.equal(answer.status, 200, await answer.text());
}

function forget(server, body, headers = bearer(ADMIN)) {
	return exchange(`${server.url}/admin/forget`, {
		method: 'POST',
		headers: [...headers, ['Content-Type', 'application/json']],
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
}

async function expectForgotten(server, body) {
	const answer = await forget(server, body);
	assert.equal(answer.status, 200, answer.text);
	const said = JSON.parse(answer.text);
	assert.deepEqual(Object.keys(said), ['forgotten']);
	return said.forgotten;
}

test('a_revoked_token_stops_working_within_the_cache_time', LIMIT, async () => {
	await withSimpleAuth(['--token-cache', '2'], async (server) => {
		const visitor = await visit(v1, server);
		await expectCall(server, visitor.token, 200);
		await revoke(visitor);
		await sleep(2_100);
		const answer = await expectCall(server, visitor.token, 401);
		assert.equal(new Map(challengeParameters(answer)).get('error'), 'invalid_token');
		await visitor.client.close();
	});
});

// The long cache shows that it is the call that ends it; the request in between,
// that there was something to forget.
for (const [how, body] of [
	['by_the_token', ({ token }) => ({ token })],
	['by_its_subject', () => ({ issuer: issuer.url, subject: 'demo_user' })],
]) {
	test(`a_revoked_token_stops_working_at_once_when_forgotten_${how}`, LIMIT, async () => {
		const args = ['--token-cache', '60', '--admin-token-file', fileOf('admin')];
		await withSimpleAuth(args, async (server) => {
			const visitor = await visit(v1, server);
			await expectCall(server, visitor.token, 200);
			await revoke(visitor);
			await expectCall(server, visitor.token, 200);
			assert.ok(await expectForgotten(server, body(visitor)) > 0);
			await expectCall(server, visitor.token, 401);
			await visitor.client.close();
		});
	});
}

test('a_forgotten_token_that_is_still_good_is_asked_about_anew', LIMIT, async () => {
	await withSimpleAuth(['--admin-token-file', fileOf('admin')], async (server) => {
		const { client, token } = await visit(v1, server);
		await expectCall(server, token, 200);
		assert.ok(await expectForgotten(server, { token }) > 0);
		assert.equal(await expectForgotten(server, { token: `${token}x` }), 0);
		await expectCall(server, token, 200);
		await client.close();
	});
});

// An introspection endpoint that says the same of every token, counts, and keeps the
// last question.
class Endpoint {
	asked = 0;

	static async saying(said) {
		const it = new Endpoint();
		it.server = http.createServer((request, response) => {
			it.asked += 1;
			text(request).then((body) => {
				it.last = { headers: request.headers, form: new URLSearchParams(body) };
				response.setHeader('Content-Type', 'application/json');
				response.end(JSON.stringify(said));
			});
		});
		it.server.listen(0, '127.0.0.1');
		await once(it.server, 'listening');
		it.url = `http://127.0.0.1:${it.server.address().port}`;
		it.named = ['--issuer', it.url, '--introspection', `${it.url}/introspect`,
			'--client-id', 'simple-auth'];
		it.args = [...it.named, '--client-secret-file', fileOf('secret')];
		return it;
	}

	close() {
		this.server.closeAllConnections();
		this.server.close();
	}
}

async function withEndpoint(said, work) {
	const endpoint = await Endpoint.saying(said);
	try {
		return await work(endpoint);
	} finally {
		endpoint.close();
	}
}

const RESOURCE = 'https://api.example.com/mcp';
const TOLERANT = '--accept-active-as-audience';
const audiences = [
	['simple-auth-server', [], undefined, 200],
	['simple-auth-server', [], RESOURCE, 200],
	['simple-auth-server', [], 'https://other.example.com/mcp', 401],
	['simple-auth-server', ['--oauth-strict'], undefined, 401],
	['simple-auth-server', ['--oauth-strict'], RESOURCE, 200],
	['simple-auth-server', ['--oauth-strict'], 'https://other.example.com/mcp', 401],
	['whoami', ['--scope', 'user'], undefined, 401],
	['whoami', ['--scope', 'user'], RESOURCE, 200],
	['whoami', ['--scope', 'user', TOLERANT], undefined, 200],
	['whoami', ['--scope', 'user', TOLERANT], 'https://other.example.com/mcp', 401],
];

for (const [name, args, aud, status] of audiences) {
	const label = [name, ...args.filter((arg) => arg.startsWith('--o') || arg === TOLERANT)];
	test(`${label.join(' ')} answers ${status} to aud ${aud}`, LIMIT, async () => {
		const said = { active: true, sub: 'alice', scope: 'user', aud };
		await withEndpoint(said, async (endpoint) => {
			const all = [...endpoint.args, '--resource', RESOURCE, ...args];
			await withServer(name, all, async (server) => {
				const tool = name === 'whoami' ? 'whoami' : 'get_time';
				await expectCall(server, 'opaque', status, tool);
				assert.equal(endpoint.asked, 1);
			});
		});
	});
}

for (const [args, asked] of [[[], 1], [['--token-cache', '0'], 3]]) {
	test(`three requests ask ${asked} times with "${args.join(' ')}"`, LIMIT, async () => {
		const said = { active: true, sub: 'alice', scope: 'user' };
		await withEndpoint(said, async (endpoint) => {
			await withServer('simple-auth-server', [...endpoint.args, ...args], async (server) => {
				for (let i = 0; i < 3; i += 1) {
					await expectCall(server, 'opaque', 200);
				}
				assert.equal(endpoint.asked, asked);
			});
		});
	});
}

const basic = `Basic ${Buffer.from(`simple-auth:${SECRET}`).toString('base64')}`;

function expectAssertion({ form }, url) {
	const [header, claims] = form.get('client_assertion').split('.').slice(0, 2)
		.map((part) => JSON.parse(Buffer.from(part, 'base64url')));
	assert.equal(form.get('client_assertion_type'),
		'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
	assert.equal(header.alg, 'EdDSA');
	assert.equal(header.kid, '7');
	assert.equal(claims.sub, 'simple-auth');
	assert.equal(claims.aud, url);
}

for (const [name, args, expectProof] of [
	['a_secret_in_a_header', () => ['--client-secret-file', fileOf('secret')],
		({ headers }) => assert.equal(headers.authorization, basic)],
	['a_secret_in_the_form',
		() => ['--client-secret-file', fileOf('secret'), '--client-secret-post'],
		({ form }) => assert.equal(form.get('client_secret'), SECRET)],
	['a_signed_assertion', () => ['--private-key-file', fileOf('key'), '--key-id', '7'],
		expectAssertion],
]) {
	test(`${name}_goes_with_the_question`, LIMIT, async () => {
		const said = { active: true, sub: 'alice', scope: 'user' };
		await withEndpoint(said, (endpoint) =>
			withServer('simple-auth-server', [...endpoint.named, ...args()], async (server) => {
				await expectCall(server, 'opaque', 200);
				assert.equal(endpoint.last.form.get('token'), 'opaque');
				expectProof(endpoint.last, endpoint.url);
			}));
	});
}

test('a_token_without_the_scope_is_told_which_one_to_ask_for', LIMIT, async () => {
	const said = { active: true, sub: 'alice', scope: 'other' };
	await withEndpoint(said, (endpoint) =>
		withServer('simple-auth-server', endpoint.args, async (server) => {
			const answer = await expectCall(server, 'opaque', 403);
			const told = new Map(challengeParameters(answer));
			assert.equal(told.get('error'), 'insufficient_scope');
			assert.ok(told.get('scope').split(' ').includes('user'));
		}));
});

const withAdmin = (work) => withSimpleAuth(['--admin-token-file', fileOf('admin')], work);

test('the_admin_path_opens_to_the_operator_alone', LIMIT, () => withAdmin(async (server) => {
	const body = { token: 'unknown' };
	const refused = [
		[],
		bearer(`${ADMIN}0`),
		bearer(ADMIN.slice(0, -1)),
		bearer(''),
		[['Authorization', `Basic ${ADMIN}`]],
		[...bearer(ADMIN), ...bearer(ADMIN)],
	];
	for (const headers of refused) {
		const answer = await forget(server, body, headers);
		assert.equal(answer.status, 401, JSON.stringify(headers));
		assert.equal(answer.headers['www-authenticate'], 'Bearer realm="admin"');
		assert.equal(answer.headers['cache-control'], 'no-store');
	}
	assert.equal(typeof await expectForgotten(server, body), 'number');
	assert.equal((await forget(server, body, [['Authorization', `bearer ${ADMIN}`]])).status, 200);
}));

test('the_admin_path_takes_what_it_understands', LIMIT, () => withAdmin(async (server) => {
	const wrong = ['', '{', '[]', '{}', '{"token":1}', '{"subject":"alice"}', '{"all":true}'];
	for (const body of wrong) {
		const answer = await forget(server, body);
		assert.equal(answer.status, 400, body);
		assert.equal(JSON.parse(answer.text).error, 'invalid_request');
	}
	const url = `${server.url}/admin/forget`;
	const got = await exchange(url, { headers: bearer(ADMIN) });
	assert.equal(got.status, 405);
	assert.equal(got.headers.allow, 'POST');
	assert.equal((await forget(server, { token: 'x'.repeat(33_000) })).status, 413);
	for (const body of [
		{ token: 'x'.repeat(16_384) },
		{ issuer: issuer.url, subject: 'alice' },
		{ issuer: issuer.url, session: 'one' },
	]) {
		assert.equal(typeof await expectForgotten(server, body), 'number');
	}
}));

test('without_a_token_file_the_admin_path_is_not_there', LIMIT, () =>
	withSimpleAuth([], async (server) => {
		const answer = await forget(server, { token: 'unknown' }, []);
		assert.equal(answer.status, 401);
		assert.ok(new Map(challengeParameters(answer)).has('resource_metadata'));
	}));

test('a_reload_keeps_the_admin_path_open', LIMIT, async () => {
	await writeFile(fileOf('settings'), JSON.stringify({
		resources: [{ resource: RESOURCE, issuers: [{ issuer: issuer.url }] }],
		routes: [{ path: '/mcp', scopes: ['user'] }],
	}));
	const args = ['--config', fileOf('settings'), '--admin-token-file', fileOf('admin')];
	await withServer('simple-auth-server', args, async (server) => {
		assert.equal(await expectForgotten(server, { token: 'unknown' }), 0);
		process.kill(server.pid, 'SIGHUP');
		while (!server.stderr.includes('settings reloaded')) {
			await sleep(5);
		}
		assert.equal(await expectForgotten(server, { token: 'unknown' }), 0);
		await expectCall(server, 'unknown', 401);
	});
});

test('the_operator_s_token_opens_nothing_else', LIMIT, () => withAdmin(async (server) => {
	await expectCall(server, ADMIN, 401);
}));

function postLogout(server, token) {
	return exchange(`${server.url}/logout`, {
		method: 'POST',
		headers: [['Content-Type', 'application/x-www-form-urlencoded']],
		body: new URLSearchParams({ logout_token: token }).toString(),
	});
}

test('logout_tokens_are_taken_where_the_command_line_says', LIMIT, async () => {
	await withSimpleAuth(['--logout-path', '/logout'], async (server) => {
		const answer = await postLogout(server, 'nonsense');
		assert.equal(answer.status, 400, answer.text);
		assert.ok(JSON.parse(answer.text).error);
	});
	await withSimpleAuth([], async (server) => {
		assert.equal((await postLogout(server, 'nonsense')).status, 401);
	});
});

// Each with what would have been right.
test('refuses_a_command_line_that_leaves_something_open', LIMIT, async () => {
	const run = (args) => spawnSync(programPath('simple-auth-server'),
		['--port', '0', ...args], { encoding: 'utf8', timeout: 5_000 });
	const asks = withSecret(issuer);
	const rows = [
		[['--issuer', issuer.url], /whom is this server to ask/],
		[[...asks, '--private-key-file', fileOf('key')], /not both/],
		[[...asks, '--admin-token-file', fileOf('nothing')], /No such file/],
		[[...asks, '--admin-token-file', fileOf('short')], /16 to 4096 bytes/],
		[['--config', fileOf('nothing'), '--oauth-strict'], /the file says what/],
		[[...asks.slice(0, -1), fileOf('nothing')], /nothing/],
	];
	for (const [args, said] of rows) {
		const end = run(args);
		assert.equal(end.status, 2, `${args.join(' ')}: ${end.stderr}`);
		assert.match(end.stderr, said);
	}
	await withServer('simple-auth-server', [...asks, '--admin-token-file', fileOf('admin')],
		(server) => assert.match(server.url, /^http:/));
});
