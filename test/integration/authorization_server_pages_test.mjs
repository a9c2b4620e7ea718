// What the demo authorization server promises about its pages, look-ups and options.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import {
	start, suite, json, form, basic, registered, pkce, authorize, answerOf, tokens,
	refresh, introspect, part, refused, token, CALLBACK, RESOURCE, PUBLIC,
} from './authorization_server_peer.mjs';

// Times are whole seconds, so a token of two may end after one.
suite('looking up and revoking', ['--auto-approve', '--opaque', '--access-token-lifetime', '2',
	'--introspection-client', 'resource:s3cret'], (server) => {
	const resource = { client_id: 'resource', client_secret: 's3cret' };

	test('an opaque token is told apart by introspection only', async () => {
		const client = await registered(server);
		const { access_token } = await tokens(server, client);
		assert.doesNotMatch(access_token, /\./);
		const answer = await introspect(server, resource, access_token);
		assert.equal(answer.active, true);
		assert.equal(answer.aud, RESOURCE);
		assert.equal(answer.sub, 'demo_user');
		assert.equal(answer.scope, 'user read:notes');
		assert.equal(answer.client_id, client.client_id);
		assert.equal(answer.iss, server.url);
	});

	test('a token ends with its lifetime', async () => {
		const { access_token } = await tokens(server, await registered(server));
		await new Promise((resolve) => { setTimeout(resolve, 3100); });
		assert.deepEqual(await introspect(server, resource, access_token), { active: false });
	});

	test('a refresh token is not an active token to a resource', async () => {
		const { refresh_token } = await tokens(server, await registered(server));
		assert.deepEqual(await introspect(server, resource, refresh_token), { active: false });
	});

	test('nobody introspects without a secret', async () => {
		const client = await registered(server);
		const ask = (fields, headers) => form(`${server.url}/introspect`,
			{ token: 'x', ...fields }, headers);
		assert.equal((await ask({})).status, 401);
		assert.equal((await ask({ client_id: client.client_id })).status, 401);
		assert.equal((await ask({}, basic({ ...resource, client_secret: 'no' }))).status, 401);
		assert.equal((await ask({}, basic(resource))).status, 200);
		assert.equal((await ask(resource)).status, 200);
	});

	test('a client revokes its own tokens only', async () => {
		const client = await registered(server);
		const other = await registered(server);
		const revoke = ({ client_id }, text) => form(`${server.url}/revoke`,
			{ client_id, token: text });
		const { access_token, refresh_token } = await tokens(server, client);
		assert.equal((await revoke(other, access_token)).status, 400);
		assert.equal((await introspect(server, resource, access_token)).active, true);
		assert.equal((await revoke(client, refresh_token)).status, 200);
		assert.equal((await introspect(server, resource, access_token)).active, false);
		refused(await refresh(server, client, refresh_token), 400, 'invalid_grant');
		assert.equal((await revoke(client, 'unknown')).status, 200);
	});

	test('userinfo answers for a live token with openid', async () => {
		const client = await registered(server);
		const ask = (text) => fetch(`${server.url}/userinfo`,
			{ headers: { Authorization: `Bearer ${text}` } });
		const { access_token } = await tokens(server, client, { scope: 'openid' });
		assert.equal((await (await ask(access_token)).json()).sub, 'demo_user');
		assert.equal((await ask((await tokens(server, client)).access_token)).status, 403);
		assert.equal((await ask('unknown')).status, 401);
	});
});

suite('the login page', ['--user', 'ann:a&b', '--user', 'bob:c',
	'--user-scope', 'ann:delete:todos'], (server) => {
	// The page as a browser gets it: what to send back, and its cookie.
	async function open(client, change, challenge = pkce().challenge) {
		const response = await authorize(server, client, challenge, change);
		const html = await response.text();
		return {
			response,
			html,
			cookie: response.headers.get('set-cookie')?.split(';')[0],
			transaction: /name="transaction" value="([^"]+)"/.exec(html)?.[1],
		};
	}

	const submit = ({ transaction, cookie }, fields = {}) => form(`${server.url}/login`,
		{ transaction, username: 'ann', password: 'a&b', decision: 'approve', ...fields },
		cookie === undefined ? {} : { Cookie: cookie });

	test('shows who asks for what, and escapes it', async () => {
		const client = await registered(server, { ...PUBLIC, client_name: '<b>"x" & y' });
		const { html, response } = await open(client, { scope: "a<b 'c'" });
		assert.match(html, /&lt;b&gt;&quot;x&quot; &amp; y/);
		assert.match(html, /a&lt;b/);
		assert.match(html, /&#39;c&#39;/);
		assert.match(html, /127\.0\.0\.1:8123/);
		assert.ok(html.includes(RESOURCE));
		assert.match(html, /FOR TRYING THINGS OUT/);
		assert.match(html, /<label for="username">/);
		assert.match(html, /<label for="password">/);
		assert.doesNotMatch(html, /<b>/);
		const policy = response.headers.get('content-security-policy');
		assert.match(policy, /default-src 'none'/);
		assert.match(policy, /frame-ancestors 'none'/);
		assert.equal(response.headers.get('cache-control'), 'no-store');
		assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
		assert.match(response.headers.get('set-cookie'), /HttpOnly; SameSite=Lax/);
	});

	test('shows the scheme of the program that it sends back to', async () => {
		const redirect_uri = 'com.example.app:/oauth2redirect';
		const client = await registered(server, { ...PUBLIC, redirect_uris: [redirect_uri] });
		const page = await open(client, { redirect_uri });
		assert.ok(page.html.includes(`<bdi>${redirect_uri}</bdi> (a program on this computer)`));
		const location = (await submit(page)).headers.get('location');
		assert.ok(location.startsWith(`${redirect_uri}?iss=`), location);
	});

	test('escapes the user name that comes back after a mistake', async () => {
		const page = await open(await registered(server));
		const html = await (await submit(page, { username: '"><b>&' })).text();
		assert.match(html, /value="&quot;&gt;&lt;b&gt;&amp;"/);
		assert.match(html, /aria-describedby="mistake"/);
		assert.doesNotMatch(html, /<b>&/);
		assert.doesNotMatch(page.html, /mistake/);
	});

	test('names no password that somebody chose', async () => {
		const { html } = await open(await registered(server));
		assert.doesNotMatch(html, /demo_password|a&amp;b/);
	});

	test('is no JSON to a browser that went astray, and no page to a program', async () => {
		const astray = async (path, accept) => {
			const { status, headers } = await fetch(server.url + path, { headers: { accept } });
			assert.equal(headers.get('vary'), 'Accept');
			return [status, headers.get('content-type').split(';')[0], headers.get('allow')];
		};
		const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
		assert.deepEqual(await astray('/nothing', browser), [404, 'text/html', null]);
		assert.deepEqual(await astray('/nothing', '*/*'), [404, 'application/json', null]);
		assert.deepEqual(await astray('/login', browser), [405, 'text/html', 'POST, OPTIONS']);
		assert.deepEqual(await astray('/login', 'application/json'),
			[405, 'application/json', 'POST, OPTIONS']);
	});

	test('logs the named user in, once per page', async () => {
		const page = await open(await registered(server));
		assert.match(page.transaction, /^[\w-]{43}$/);
		const answer = answerOf(await submit(page));
		assert.ok(answer.get('code'));
		assert.equal(answer.get('iss'), server.url);
		assert.equal((await submit(page)).status, 403);
	});

	test('sends access_denied back when the user denies', async () => {
		const page = await open(await registered(server));
		const answer = answerOf(await submit(page, { decision: 'deny', username: '', password: '' }));
		assert.equal(answer.get('error'), 'access_denied');
		assert.equal(answer.get('code'), null);
		assert.equal(answer.get('iss'), server.url);
	});

	test('takes no form from a browser that did not open the page', async () => {
		const client = await registered(server);
		const page = await open(client);
		const stranger = await open(client);
		assert.equal((await submit({ ...page, cookie: undefined })).status, 403);
		assert.equal((await submit({ ...page, cookie: stranger.cookie })).status, 403);
		assert.ok(answerOf(await submit(page)).get('code'));
	});

	test('asks again after a wrong password, and gives up after five', async () => {
		let page = await open(await registered(server));
		const { cookie } = page;
		for (let i = 0; i < 4; i++) {
			const response = await submit(page, { password: 'c' });
			assert.equal(response.status, 403);
			const html = await response.text();
			page = { cookie, transaction: /name="transaction" value="([^"]+)"/.exec(html)[1] };
		}
		const last = answerOf(await submit(page, { password: 'c' }));
		assert.equal(last.get('error'), 'access_denied');
		assert.equal(last.get('code'), null);
	});

	test('a corrected password works', async () => {
		const page = await open(await registered(server));
		const html = await (await submit(page, { username: 'bob' })).text();
		const transaction = /name="transaction" value="([^"]+)"/.exec(html)[1];
		assert.ok(answerOf(await submit({ ...page, transaction })).get('code'));
	});

	test('grants a scope that is kept for one user to that user only', async () => {
		const client = await registered(server);
		const grantedTo = async (credentials, scope) => {
			const { verifier, challenge } = pkce();
			const page = await open(client, { scope }, challenge);
			const answer = answerOf(await submit(page, credentials));
			return answer.get('error') ?? (await token(server, {
				grant_type: 'authorization_code', client_id: client.client_id,
				code: answer.get('code'), code_verifier: verifier, redirect_uri: CALLBACK,
			})).body.scope;
		};
		const ann = { username: 'ann', password: 'a&b' };
		const bob = { username: 'bob', password: 'c' };
		const both = 'create:todos delete:todos';
		assert.equal(await grantedTo(ann, both), both);
		assert.equal(await grantedTo(bob, both), 'create:todos');
		assert.equal(await grantedTo(ann, 'delete:todos'), 'delete:todos');
		assert.equal(await grantedTo(bob, 'delete:todos'), 'access_denied');
	});

	test('cannot be skipped with prompt=none', async () => {
		const client = await registered(server);
		const answer = answerOf(await authorize(server, client, pkce().challenge,
			{ prompt: 'none' }));
		assert.equal(answer.get('error'), 'login_required');
	});
});

suite('client id metadata documents', ['--auto-approve'], (server) => {
	let host;
	const documents = new Map();
	before(async () => {
		host = createServer((request, response) => {
			const [status, type, body] = documents.get(request.url) ?? [404, 'text/plain', ''];
			response.writeHead(status, { 'Content-Type': type, Location: '/good.json' });
			response.end(body);
		});
		host.listen(0, '127.0.0.1');
		await once(host, 'listening');
	});
	after(() => host.close());

	function publish(path, change = {}, status = 200, type = 'application/json') {
		const client_id = `http://127.0.0.1:${host.address().port}${path}`;
		const { token_endpoint_auth_method, ...metadata } = PUBLIC;
		documents.set(path, [status, type, JSON.stringify({ client_id, ...metadata, ...change })]);
		return { client_id };
	}

	test('a document makes its URL a client', async () => {
		const client = publish('/good.json');
		const { access_token, refresh_token } = await tokens(server, client);
		assert.equal(part(access_token, 1).client_id, client.client_id);
		assert.equal((await refresh(server, client, refresh_token)).status, 200);
	});

	const unfit = [
		['another client_id', () => publish('/1.json', { client_id: 'http://127.0.0.1/x' })],
		['a redirect', () => publish('/2.json', {}, 302)],
		['another type', () => publish('/3.json', {}, 200, 'text/html')],
		['too much in it', () => publish('/4.json', { filler: 'x'.repeat(17000) })],
		['a secret', () => publish('/5.json', { client_secret: 'x' })],
		['a method with a secret',
			() => publish('/6.json', { token_endpoint_auth_method: 'client_secret_basic' })],
		['no redirect URIs', () => publish('/7.json', { redirect_uris: [] })],
		['no path', () => publish('/')],
	];
	for (const [name, make] of unfit) {
		test(`refuses a document with ${name}`, async () => {
			const response = await authorize(server, make(), pkce().challenge);
			assert.equal(response.status, 400);
			assert.equal(response.headers.get('location'), null);
		});
	}

	test('does not connect to private addresses over https', async () => {
		let connected = 0;
		const trap = createServer();
		trap.on('connection', (socket) => { connected++; socket.destroy(); });
		trap.listen(0, '127.0.0.1');
		await once(trap, 'listening');
		const { port } = trap.address();
		for (const name of ['127.0.0.1', 'localhost', '2130706433']) {
			const client = { client_id: `https://${name}:${port}/client.json` };
			assert.equal((await authorize(server, client, pkce().challenge)).status, 400);
		}
		trap.close();
		assert.equal(connected, 0);
	});
});

describe('the command line', () => {
	test('--scope closes the list of scopes', async () => {
		const server = await start('--auto-approve', '--scope', 'a', '--scope', 'b');
		try {
			const client = await registered(server);
			const ask = async (scope) => answerOf(
				await authorize(server, client, pkce().challenge, { scope }));
			assert.ok((await ask('a b')).get('code'));
			assert.equal((await ask('a c')).get('error'), 'invalid_scope');
			const { body } = await json(await fetch(
				`${server.url}/.well-known/oauth-authorization-server`));
			assert.deepEqual(body.scopes_supported, ['a', 'b']);
		} finally {
			assert.equal(await server.stop(), 0);
		}
	});

	test('--no-client-documents neither offers nor fetches them', async () => {
		let fetched = 0;
		const host = createServer((request, response) => {
			fetched++;
			response.end();
		});
		host.listen(0, '127.0.0.1');
		await once(host, 'listening');
		const client = { client_id: `http://127.0.0.1:${host.address().port}/client.json` };
		const ask = async (...options) => {
			const server = await start('--auto-approve', ...options);
			const { body } = await json(await fetch(
				`${server.url}/.well-known/oauth-authorization-server`));
			const { status } = await authorize(server, client, pkce().challenge);
			assert.equal(status, 400);
			assert.equal(await server.stop(), 0);
			return [body.client_id_metadata_document_supported, fetched];
		};
		assert.deepEqual(await ask('--no-client-documents'), [false, 0]);
		assert.deepEqual(await ask(), [true, 1]);
		host.close();
	});

	test('an issuer with a path is served at both kinds of well-known URL', async () => {
		const issuer = 'https://login.example.com/tenant';
		const server = await start('--issuer', issuer);
		try {
			for (const path of ['/.well-known/oauth-authorization-server/tenant',
				'/.well-known/openid-configuration/tenant',
				'/tenant/.well-known/openid-configuration']) {
				const { body } = await json(await fetch(server.url + path));
				assert.equal(body.issuer, issuer, path);
				assert.equal(body.token_endpoint, `${issuer}/token`);
			}
			const root = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
			assert.equal(root.status, 404);
		} finally {
			assert.equal(await server.stop(), 0);
		}
	});

	test('ends with exit 0 on SIGINT, even with a connection open', async () => {
		const server = await start();
		const idle = httpRequest(`${server.url}/register`, { method: 'POST' });
		idle.on('error', () => {});
		idle.write('{');
		await once(idle, 'socket').then(([socket]) => once(socket, 'connect'));
		const exit = await server.stop('SIGINT');
		idle.destroy();
		assert.equal(exit, 0, server.log());
	});

	const mistakes = [
		['--port', '65536'], ['--algorithm', 'none'], ['--user', 'nobody'],
		['--issuer', 'ftp://x'], ['--issuer', 'https://x/?q'], ['--scope', 'a"b'],
		['--user-scope', 'demo_user'], ['--user-scope', 'demo_user:a b'],
		['--user-scope', 'demo_user:a '], ['--user-scope', 'stranger:a'],
		['--access-token-lifetime', '0'], ['--nonsense'], ['stray'],
	];
	for (const options of mistakes) {
		test(`refuses ${options.join(' ')}`, async () => {
			await assert.rejects(start(...options), /exit 2/);
		});
	}
});
