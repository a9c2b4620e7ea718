// examples/nginx in front of `whoami`: real clients get through it, and what must not get
// through does not.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Nginx, missing } from '../support/nginx.mjs';
import { ranClient } from '../support/oauth_client.mjs';
import { runningServer } from '../support/servers.mjs';
import { bearer, challengeParameters, exchange, headerLines } from '../support/wire.mjs';
import { AuthorizationServer, PERSON } from './authorization_server.mjs';
import { v1, v2 } from './clients.mjs';
import { HeadlessLogin } from './headless.mjs';

const SCOPE = 'use:whoami';
const LIMIT = { timeout: 30_000 };
const METADATA = '/.well-known/oauth-protected-resource/mcp';
const ALLOWED_AT_ONCE = 60;
const AT_A_TIME = 20;
const ASKED_FOR_MS = 20_000;
const LOG_MS = 5000;
const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {
	protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' },
} });
const JSON_BODY = [['Content-Type', 'application/json'],
	['Accept', 'application/json, text/event-stream']];

describe('behind_nginx', { skip: missing }, () => {
	let issuer;
	let nginx;
	let whoami;
	let resource;
	let token;

	before(async () => {
		nginx = await Nginx.prepare();
		resource = `${nginx.url}/mcp`;
		issuer = await AuthorizationServer.create({ scope: SCOPE });
		whoami = await runningServer('whoami', ['--resource', resource, '--issuer', issuer.url,
			'--scope', SCOPE, '--trust-proxy', '127.0.0.1', '--access-log', '-',
			'--metrics', '/metrics']);
		await nginx.start([new URL(whoami.url).host]);
		tls.setDefaultCACertificates([...tls.getCACertificates('default'), nginx.authority]);
		token = await issuer.machineToken({ resource, scope: SCOPE, algorithm: 'RS256' });
	}, LIMIT);

	after(async () => {
		await nginx?.stop();
		await whoami?.stop();
		await issuer?.close();
	}, LIMIT);

	const post = (headers, body = CALL) =>
		nginx.ask({ method: 'POST', headers: [...JSON_BODY, ...headers], body });

	function expectInvitation(answer) {
		assert.equal(answer.status, 401, answer.text);
		assert.deepEqual(challengeParameters(answer),
			[['resource_metadata', `${nginx.url}${METADATA}`], ['scope', SCOPE]]);
		assert.deepEqual(headerLines(answer, 'cache-control'), ['no-store']);
		assert.equal(typeof JSON.parse(answer.text).message, 'string');
	}

	for (const [name, setup] of Object.entries({ v1, v2 })) {
		test(`a_client_of_sdk_${name}_logs_in_and_calls_a_tool`, LIMIT, async () => {
			const login = new HeadlessLogin();
			const options = { authProvider: login };
			const first = setup.newTransport(new URL(resource), options);
			await assert.rejects(setup.newClient().connect(first), { name: /Unauthorized|Error/ });
			await setup.finish(first, login.callback);
			const client = setup.newClient();
			await client.connect(setup.newTransport(new URL(resource), options));
			const said = await client.callTool({ name: 'whoami', arguments: {} });
			await client.close();
			const claims = JSON.parse(said.content[0].text);
			assert.equal(claims.sub, PERSON);
			assert.deepEqual([claims.aud].flat(), [resource]);
		});
	}

	// It trusts the test's authority if it is told to, and not otherwise.
	test('so_does_oauth_client', LIMIT, async () => {
		const call = (...args) => ranClient(['--headless', '--json', '--tool', 'whoami', ...args,
			resource]);
		const client = await call('--ca-file', nginx.authorityFile);
		assert.equal(client.over.code, 0, client.story);
		assert.deepEqual([JSON.parse(client.said).aud].flat(), [resource]);
		assert.notEqual((await call()).over.code, 0);
	});

	test('the_metadata_names_the_resource_as_the_outside_sees_it', LIMIT, async () => {
		const answer = await nginx.ask({ path: METADATA });
		assert.equal(answer.status, 200);
		const document = JSON.parse(answer.text);
		assert.equal(document.resource, resource);
		assert.deepEqual(document.authorization_servers, [issuer.url]);
	});

	test('the_challenge_arrives_as_it_was_sent', LIMIT, async () => {
		expectInvitation(await nginx.ask());
		const refused = await post(bearer('x.y.z'));
		assert.equal(refused.status, 401);
		assert.equal(challengeParameters(refused)[0][1], 'invalid_token');
	});

	test('a_good_token_gets_through', LIMIT, async () => {
		const answer = await post(bearer(token));
		assert.equal(answer.status, 200, answer.text);
	});

	test('two_tokens_do_not', LIMIT, async () => {
		assert.equal((await post([...bearer(token), ...bearer(token)])).status, 400);
		assert.equal((await post([...bearer('x.y.z'), ...bearer(token)])).status, 400);
	});

	test('nor_does_one_in_the_query', LIMIT, async () => {
		const path = `/mcp?access_token=${token}`;
		expectInvitation(await nginx.ask({ path }));
		assert.equal((await nginx.ask({ path, headers: bearer(token) })).status, 400);
	});

	test('no_header_moves_the_resource', LIMIT, async () => {
		const headers = [['X-Forwarded-Host', 'evil.example'], ['X-Forwarded-Proto', 'http'],
			['X-Forwarded-Port', '81'], ['X-Forwarded-Prefix', '/evil'], ['X-Original-URL', '/open'],
			['X-Rewrite-URL', '/open'], ['Forwarded', 'host=evil.example;proto=http']];
		expectInvitation(await nginx.ask({ headers }));
		const answer = await nginx.ask({ path: METADATA, headers });
		assert.equal(JSON.parse(answer.text).resource, resource);
	});

	test('another_name_is_nobody_here', LIMIT, async () => {
		const answer = await nginx.ask({ host: 'evil.example' });
		assert.equal(answer.status, 421);
	});

	test('what_is_not_public_stays_inside', LIMIT, async () => {
		assert.equal((await exchange(`${whoami.url}/metrics`)).status, 200);
		const paths = ['/metrics', '//metrics', '/metrics/', '/./metrics', '/mcp/../metrics', '/%6detrics',
			'/.well-known/../metrics', '/.well-known/%2e%2e/metrics', '/.well-known/..%2fmetrics',
			'/metrics/../.well-known/x', '/metrics%2f..%2f.well-known/x', '/metrics;/../.well-known/x',
			'/metrics%00/../.well-known/x', '/', '/logout', '/mcp/', '/mcp/x', '/MCP'];
		for (const path of paths) {
			const answer = await nginx.ask({ path, headers: bearer(token) });
			assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
			assert.doesNotMatch(answer.text, /mcpauth_/, path);
		}
	});

	test('the_log_has_the_address_that_nginx_saw', LIMIT, async () => {
		const headers = [['X-Forwarded-For', '203.0.113.9'], ['X-Request-Id', 'from-afar']];
		await nginx.ask({ from: '127.0.0.2', headers });
		// The line is written once the answer was sent.
		const end = Date.now() + LOG_MS;
		while (!whoami.stderr.includes('"address":"127.0.0.2"')) {
			assert.ok(Date.now() < end, whoami.stderr);
			await sleep(10);
		}
		assert.doesNotMatch(whoami.stderr, /203\.0\.113\.9/);
	});

	test('a_long_token_is_judged_by_the_server', LIMIT, async () => {
		const answer = await post(bearer('x'.repeat(15_000)));
		assert.equal(answer.status, 401);
		assert.equal(challengeParameters(answer)[0][1], 'invalid_token');
	});

	test('a_long_body_is_read_and_a_longer_one_is_not', LIMIT, async () => {
		const long = 'x'.repeat(3 * 1024 * 1024);
		expectInvitation(await post([], long));
		assert.equal((await post([], long + long)).status, 413);
	});

	test('who_asks_too_often_waits', LIMIT, async () => {
		const answers = [];
		const count = (status) => answers.filter((answer) => answer.status === status).length;
		const end = Date.now() + ASKED_FOR_MS;
		// Few at a time: it is requests that are counted here, not connections. A machine
		// that is busy otherwise asks hardly faster than is allowed, and so for longer.
		while (answers.length < 3 * ALLOWED_AT_ONCE
			|| (count(429) === 0 && Date.now() < end)) {
			answers.push(...await Promise.all(Array.from({ length: AT_A_TIME },
				() => nginx.ask({ path: METADATA, from: '127.0.0.3' }))));
		}
		assert.ok(count(429) > 0);
		assert.ok(count(200) > 0);
		assert.equal(count(429) + count(200), answers.length);
		assert.equal((await nginx.ask({ path: METADATA, from: '127.0.0.4' })).status, 200);
	});
});

describe('a_stream_behind_nginx', { skip: missing }, () => {
	let nginx;
	let streaming;
	let finish;

	before(async () => {
		nginx = await Nginx.prepare();
		streaming = http.createServer((request, response) => {
			response.writeHead(200, { 'Content-Type': 'text/event-stream' });
			response.write('data: first\n\n');
			finish = () => response.end('data: last\n\n');
		}).listen(0, '127.0.0.1');
		await once(streaming, 'listening');
		await nginx.start([`127.0.0.1:${streaming.address().port}`]);
	}, LIMIT);

	after(async () => {
		await nginx?.stop();
		streaming?.close();
		streaming?.closeAllConnections();
	}, LIMIT);

	// The server ends only once the client has read what came first.
	test('its_events_arrive_before_its_end', LIMIT, async () => {
		const request = https.get({ host: '127.0.0.1', servername: 'localhost', port: nginx.port,
			path: '/mcp', ca: nginx.authority, agent: false,
			headers: { host: `localhost:${nginx.port}` } });
		const [response] = await once(request, 'response');
		response.setEncoding('utf8');
		const [first] = await once(response, 'data');
		assert.equal(first, 'data: first\n\n');
		finish();
		assert.equal((await response.toArray()).join(''), 'data: last\n\n');
	});
});
