// What the demo authorization server promises on the way to a token.
import assert from 'node:assert/strict';
import { createPublicKey, verify, constants } from 'node:crypto';
import { test } from 'node:test';
import {
	suite, json, postJson, token, basic, registered, pkce, authorize, answerOf,
	code, tokens, refresh, introspect, part, refused, CALLBACK, RESOURCE,
	OTHER_RESOURCE, PUBLIC, CONFIDENTIAL,
} from './authorization_server_peer.mjs';

suite('the documents', ['--auto-approve'], (server) => {
	test('both metadata documents say the same, with what MCP clients look for', async () => {
		const oauth = await json(await fetch(
			`${server.url}/.well-known/oauth-authorization-server`));
		const oidc = await json(await fetch(`${server.url}/.well-known/openid-configuration`));
		assert.deepEqual(oauth.body, oidc.body);
		assert.equal(oauth.body.issuer, server.url);
		assert.deepEqual(oauth.body.code_challenge_methods_supported, ['S256']);
		assert.equal(oauth.body.authorization_response_iss_parameter_supported, true);
		assert.equal(oauth.body.client_id_metadata_document_supported, true);
		assert.equal(oauth.headers.get('access-control-allow-origin'), '*');
		for (const name of ['authorization', 'token', 'registration', 'introspection',
			'revocation']) {
			assert.ok(oauth.body[`${name}_endpoint`].startsWith(`${server.url}/`), name);
		}
	});

	test('answers preflights for what browsers call, without looking at credentials', async () => {
		const response = await fetch(`${server.url}/token`, {
			method: 'OPTIONS',
			headers: { Origin: 'https://x.example', 'Access-Control-Request-Method': 'POST' },
		});
		assert.equal(response.status, 204);
		assert.equal(response.headers.get('access-control-allow-origin'), '*');
		assert.match(response.headers.get('access-control-allow-methods'), /POST/);
		const page = await fetch(`${server.url}/authorize`, { method: 'OPTIONS' });
		assert.equal(page.headers.get('access-control-allow-origin'), null);
	});

	test('refuses an unknown path, a wrong method and a body over 64 KiB', async () => {
		assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
		const wrong = await fetch(`${server.url}/token`);
		assert.equal(wrong.status, 405);
		assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS');
		const filler = 'x'.repeat(64 * 1024);
		refused(await token(server, { filler }), 413, 'invalid_request');
		refused(await token(server, { filler: filler.slice(10) }), 400, 'invalid_request');
	});

	test('says loudly that it is a demo', async () => {
		assert.match(server.log(), /FOR TRYING THINGS OUT/);
		assert.match(await (await fetch(`${server.url}/`)).text(), /FOR TRYING THINGS OUT/);
	});
});

suite('registration', ['--auto-approve'], (server) => {
	test('gives a public client an id and no secret', async () => {
		const client = await registered(server);
		assert.equal(client.token_endpoint_auth_method, 'none');
		assert.equal(client.client_secret, undefined);
		assert.deepEqual(client.redirect_uris, [CALLBACK]);
		assert.deepEqual(client.grant_types, PUBLIC.grant_types);
	});

	test('gives a secret to a client that names no method', async () => {
		const client = await registered(server, { redirect_uris: [CALLBACK] });
		assert.equal(client.token_endpoint_auth_method, 'client_secret_basic');
		assert.ok(client.client_secret.length >= 32);
		assert.equal(client.client_secret_expires_at, 0);
	});

	const uris = [
		['javascript', 'javascript:alert(1)', 400],
		['data', 'data:text/html,x', 400],
		['plain http elsewhere', 'http://client.example/cb', 400],
		['loopback look-alike', 'http://127.0.0.1.evil.example/cb', 400],
		['loopback as user name', 'http://localhost:80@evil.example/cb', 400],
		['fragment', 'https://client.example/cb#x', 400],
		['user name', 'https://user@client.example/cb', 400],
		['javascript with an authority', 'javascript://x/%0aalert(1)', 400],
		['a file', 'file:///tmp/x', 400],
		['mail', 'mailto:/somebody', 400],
		['an intent of a telephone', 'intent://x/', 400],
		['a share of files', 'smb://evil.example/share', 400],
		['a shell', 'ssh://evil.example/', 400],
		['a blob', 'blob:https://a.example/x', 400],
		['a line end', 'cursor://app/cb\r\nX: y', 400],
		['an upper-case scheme', 'Cursor://anysphere.cursor-mcp/oauth/callback', 400],
		['a scheme of its own without a path', 'com.example.app:callback', 400],
		['a scheme of its own and no more', 'cursor:/', 400],
		['a scheme of its own with a fragment', 'cursor://app/cb#x', 400],
		['https', 'https://client.example/cb', 201],
		['localhost', 'http://localhost/cb', 201],
		['loopback v6', 'http://[::1]:9/cb', 201],
		['a scheme of its own', 'cursor://anysphere.cursor-mcp/oauth/callback', 201],
		['a scheme of its own with a path', 'com.example.app:/oauth2redirect', 201],
	];
	for (const [name, uri, want] of uris) {
		test(`${want === 201 ? 'takes' : 'refuses'} a redirect URI: ${name}`, async () => {
			const { status, body } = await postJson(`${server.url}/register`,
				{ ...PUBLIC, redirect_uris: [uri] });
			assert.equal(status, want, JSON.stringify(body));
			assert.equal(body.error, want === 201 ? undefined : 'invalid_redirect_uri');
		});
	}

	const bodies = [
		['no JSON', '{"client_name":'],
		['an array', '[]'],
		['a name given twice', '{"redirect_uris":["https://a.example/"],"redirect_uris":[]}'],
		['an escaped NUL', '{"redirect_uris":["https://a.example/\\u0000"]}'],
		['a long client name', JSON.stringify({ ...PUBLIC, client_name: 'n'.repeat(101) })],
		['a name that turns text around',
			JSON.stringify({ ...PUBLIC, client_name: 'good\u202eelbat' })],
		['an unknown method', JSON.stringify({ ...PUBLIC,
			token_endpoint_auth_method: 'private_key_jwt' })],
		['client_credentials without a secret', JSON.stringify({ ...PUBLIC,
			grant_types: ['client_credentials'] })],
	];
	for (const [name, body] of bodies) {
		test(`refuses metadata: ${name}`, async () => {
			refused(await postJson(`${server.url}/register`, body), 400,
				'invalid_client_metadata');
		});
	}
});

suite('the authorization endpoint', ['--auto-approve'], (server) => {
	test('redirects with code, state and iss', async () => {
		const client = await registered(server);
		const answer = answerOf(await authorize(server, client, pkce().challenge));
		assert.ok(answer.get('code').length >= 43);
		assert.equal(answer.get('state'), 'a state & more');
		assert.equal(answer.get('iss'), server.url);
	});

	test('never redirects to where the client did not register', async () => {
		const client = await registered(server);
		for (const redirect_uri of [`${CALLBACK}/more`, 'https://evil.example/', `${CALLBACK}?x=1`,
			'http://127.0.0.1:8123@evil.example/callback', 'http://localhost:8123/callback']) {
			const response = await authorize(server, client, pkce().challenge, { redirect_uri });
			assert.equal(response.status, 400, redirect_uri);
			assert.equal(response.headers.get('location'), null);
		}
		const unknown = await authorize(server, { client_id: 'nobody' }, pkce().challenge);
		assert.equal(unknown.status, 400);
	});

	test('lets a loopback client listen on any port', async () => {
		const client = await registered(server);
		const redirect_uri = 'http://127.0.0.1:54321/callback';
		const fields = await code(server, client, { redirect_uri });
		assert.equal((await token(server, fields)).status, 200);
	});

	const errors = [
		['no PKCE', { code_challenge: undefined }, 'invalid_request'],
		['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
		['PKCE without a method', { code_challenge_method: undefined }, 'invalid_request'],
		['a short challenge', { code_challenge: 'abc' }, 'invalid_request'],
		['response_type token', { response_type: 'token' }, 'unsupported_response_type'],
		['a resource with a fragment', { resource: `${RESOURCE}#x` }, 'invalid_target'],
		['a relative resource', { resource: '/mcp' }, 'invalid_target'],
		['a malformed scope', { scope: 'a"b' }, 'invalid_scope'],
		['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
	];
	for (const [name, change, error] of errors) {
		test(`tells the client, with iss and state, about ${name}`, async () => {
			const client = await registered(server);
			const answer = answerOf(await authorize(server, client, pkce().challenge, change));
			assert.equal(answer.get('error'), error);
			assert.equal(answer.get('code'), null);
			assert.equal(answer.get('iss'), server.url);
			assert.equal(answer.get('state'), 'a state & more');
		});
	}

	test('refuses a parameter given twice, but takes several resources', async () => {
		const client = await registered(server);
		const twice = await authorize(server, client, pkce().challenge,
			{ scope: ['user', 'admin'] });
		assert.equal(twice.status, 400);
		const both = await tokens(server, client, { resource: [RESOURCE, OTHER_RESOURCE] });
		assert.deepEqual(part(both.access_token, 1).aud, [RESOURCE, OTHER_RESOURCE]);
	});
});

suite('the token endpoint', ['--auto-approve'], (server) => {
	test('makes RFC 9068 access tokens for the resource', async () => {
		const client = await registered(server);
		const { access_token, token_type, expires_in, scope } = await tokens(server, client);
		const header = part(access_token, 0);
		const claims = part(access_token, 1);
		assert.deepEqual([token_type, expires_in, scope], ['Bearer', 3600, 'user read:notes']);
		assert.equal(header.typ, 'at+jwt');
		assert.equal(claims.iss, server.url);
		assert.equal(claims.sub, 'demo_user');
		assert.equal(claims.aud, RESOURCE);
		assert.equal(claims.client_id, client.client_id);
		assert.equal(claims.scope, 'user read:notes');
		assert.equal(claims.exp - claims.iat, 3600);
		assert.ok(claims.jti);
	});

	test('names itself as audience when no resource was asked for', async () => {
		const client = await registered(server);
		const { access_token } = await tokens(server, client, { resource: undefined });
		assert.equal(part(access_token, 1).aud, server.url);
	});

	test('adds an ID token with the nonce only for openid', async () => {
		const client = await registered(server);
		const without = await tokens(server, client);
		const { id_token } = await tokens(server, client, { scope: 'openid', nonce: 'n1' });
		assert.equal(without.id_token, undefined);
		assert.equal(part(id_token, 0).typ, 'JWT');
		assert.equal(part(id_token, 1).aud, client.client_id);
		assert.equal(part(id_token, 1).nonce, 'n1');
	});

	test('revokes what a code produced when the code comes back', async () => {
		const client = await registered(server);
		const watcher = await registered(server, CONFIDENTIAL);
		const fields = await code(server, client);
		const first = (await token(server, fields)).body;
		assert.equal((await introspect(server, watcher, first.access_token)).active, true);
		refused(await token(server, fields), 400, 'invalid_grant');
		assert.equal((await introspect(server, watcher, first.access_token)).active, false);
		refused(await refresh(server, client, first.refresh_token), 400, 'invalid_grant');
	});

	const wrong = [
		['a wrong verifier', { code_verifier: 'w'.repeat(43) }],
		['no verifier', { code_verifier: '' }],
		['another redirect URI', { redirect_uri: 'http://127.0.0.1:8124/callback' }],
		['no redirect URI', { redirect_uri: '' }],
		['an unknown code', { code: 'x'.repeat(43) }],
	];
	for (const [name, change] of wrong) {
		test(`refuses a code with ${name}`, async () => {
			const client = await registered(server);
			const fields = await code(server, client);
			refused(await token(server, { ...fields, ...change }), 400, 'invalid_grant');
		});
	}

	test('a code is gone after one wrong verifier', async () => {
		const client = await registered(server);
		const fields = await code(server, client);
		refused(await token(server, { ...fields, code_verifier: 'w'.repeat(43) }), 400,
			'invalid_grant');
		refused(await token(server, fields), 400, 'invalid_grant');
	});

	test('refuses a code of another client, which stays usable for its own', async () => {
		const client = await registered(server);
		const thief = await registered(server);
		const fields = await code(server, client);
		refused(await token(server, { ...fields, client_id: thief.client_id }), 400,
			'invalid_grant');
		assert.equal((await token(server, fields)).status, 200);
	});

	test('refuses a resource or scope that was not granted', async () => {
		const client = await registered(server);
		const { refresh_token } = await tokens(server, client);
		refused(await refresh(server, client, refresh_token, { resource: OTHER_RESOURCE }), 400,
			'invalid_target');
		refused(await refresh(server, client, refresh_token, { scope: 'user admin' }), 400,
			'invalid_scope');
		const { status, body } = await refresh(server, client, refresh_token,
			{ scope: 'user', resource: RESOURCE });
		assert.equal(status, 200);
		assert.equal(part(body.access_token, 1).scope, 'user');
		assert.equal(part(body.access_token, 1).aud, RESOURCE);
	});

	test('a narrowed refresh does not narrow the next one', async () => {
		const client = await registered(server);
		const first = await tokens(server, client);
		const second = (await refresh(server, client, first.refresh_token, { scope: 'user' })).body;
		const third = (await refresh(server, client, second.refresh_token)).body;
		assert.equal(third.scope, 'user read:notes');
	});

	test('rotates refresh tokens and revokes the family when an old one comes back', async () => {
		const client = await registered(server);
		const watcher = await registered(server, CONFIDENTIAL);
		const first = await tokens(server, client);
		const second = (await refresh(server, client, first.refresh_token)).body;
		assert.notEqual(second.refresh_token, first.refresh_token);
		refused(await refresh(server, client, first.refresh_token), 400, 'invalid_grant');
		refused(await refresh(server, client, second.refresh_token), 400, 'invalid_grant');
		assert.equal((await introspect(server, watcher, second.access_token)).active, false);
	});

	test('gives no refresh token to a client that did not register for one', async () => {
		const client = await registered(server,
			{ ...PUBLIC, grant_types: ['authorization_code'] });
		assert.equal((await tokens(server, client)).refresh_token, undefined);
	});

	test('gives confidential clients tokens of their own', async () => {
		const client = await registered(server, CONFIDENTIAL);
		const fields = { grant_type: 'client_credentials', scope: 'user', resource: RESOURCE };
		const { status, body } = await token(server, fields, basic(client));
		assert.equal(status, 200);
		assert.equal(part(body.access_token, 1).sub, client.client_id);
		assert.equal(body.refresh_token, undefined);
		const wrongSecret = basic({ ...client, client_secret: 'wrong' });
		const answer = await token(server, fields, wrongSecret);
		refused(answer, 401, 'invalid_client');
		assert.match(answer.headers.get('www-authenticate'), /^Basic /);
	});

	test('holds a client to the authentication method it registered', async () => {
		const post = await registered(server,
			{ ...CONFIDENTIAL, token_endpoint_auth_method: 'client_secret_post' });
		const fields = { grant_type: 'client_credentials', scope: 'user' };
		refused(await token(server, fields, basic(post)), 401, 'invalid_client');
		const { client_id, client_secret } = post;
		assert.equal((await token(server, { ...fields, client_id, client_secret })).status, 200);
		const unsecret = await token(server, { ...fields, client_id });
		refused(unsecret, 401, 'invalid_client');
	});

	const malformed = [
		['a parameter given twice', 'grant_type=refresh_token&grant_type=refresh_token'],
		['a broken escape', 'grant_type=%zz'],
		['a NUL', 'grant_type=a%00b'],
		['bad UTF-8', 'grant_type=%c0%af'],
		['no client', 'grant_type=refresh_token&refresh_token=x'],
	];
	for (const [name, body] of malformed) {
		test(`refuses a form with ${name}`, async () => {
			refused(await json(await fetch(`${server.url}/token`, {
				method: 'POST',
				headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
				body,
			})), 400, 'invalid_request');
		});
	}

	test('refuses an unknown grant type, and a body that is no form', async () => {
		const { client_id } = await registered(server);
		refused(await token(server, { grant_type: 'password', client_id }), 400,
			'unsupported_grant_type');
		refused(await postJson(`${server.url}/token`, { client_id }), 400, 'invalid_request');
	});
});

suite('scopes kept for users', ['--auto-approve', '--user', 'ann:a', '--user', 'bob:b',
	'--user-scope', 'bob:delete:todos', '--user-scope', 'ann:read:todos',
	'--user-scope', 'bob:read:todos'], (server) => {
	test('leaves out what is kept for others, in the token and when it is renewed', async () => {
		const client = await registered(server);
		const first = await tokens(server, client, { scope: 'user read:todos delete:todos' });
		assert.equal(first.scope, 'user read:todos');
		assert.equal(part(first.access_token, 1).scope, 'user read:todos');
		refused(await refresh(server, client, first.refresh_token, { scope: 'delete:todos' }),
			400, 'invalid_scope');
		const { body } = await refresh(server, client, first.refresh_token);
		assert.equal(body.scope, 'user read:todos');
	});

	test('denies a request of which nothing is left', async () => {
		const client = await registered(server);
		const ask = async (scope) => answerOf(
			await authorize(server, client, pkce().challenge, { scope }));
		assert.equal((await ask('delete:todos')).get('error'), 'access_denied');
		assert.ok((await ask('read:todos')).get('code'));
	});

	test('gives none of them to a client that acts for itself', async () => {
		const client = await registered(server, CONFIDENTIAL);
		const ask = (scope) => token(server,
			{ grant_type: 'client_credentials', scope }, basic(client));
		assert.equal((await ask('user read:todos delete:todos')).body.scope, 'user');
		refused(await ask('read:todos'), 400, 'invalid_scope');
	});
});

const SIGNATURES = {
	RS256: {},
	PS256: { padding: constants.RSA_PKCS1_PSS_PADDING,
		saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
	ES256: { dsaEncoding: 'ieee-p1363' },
	EdDSA: {},
};
for (const [algorithm, options] of Object.entries(SIGNATURES)) {
	suite(`signing with ${algorithm}`, ['--auto-approve', '--algorithm', algorithm], (server) => {
		test('the published key verifies the access token, and no altered one', async () => {
			const client = await registered(server);
			const { access_token } = await tokens(server, client);
			const { body } = await json(await fetch(`${server.url}/jwks`));
			const jwk = body.keys.find(({ kid }) => kid === part(access_token, 0).kid);
			assert.equal(jwk.alg, algorithm);
			assert.equal(jwk.d, undefined);
			const [header, claims, signature] = access_token.split('.');
			const check = (text) => verify(algorithm === 'EdDSA' ? null : 'sha256',
				Buffer.from(text), { key: createPublicKey({ key: jwk, format: 'jwk' }), ...options },
				Buffer.from(signature, 'base64url'));
			assert.equal(check(`${header}.${claims}`), true);
			assert.equal(check(`${header}.${claims}x`), false);
		});

		// Of 300 ES256 signatures, two or three have a number that starts with a zero.
		test('each of 300 signatures has the length its algorithm gives it', async () => {
			const client = await registered(server, CONFIDENTIAL);
			const lengths = new Set();
			const one = async () => (await token(server, { grant_type: 'client_credentials' },
				basic(client))).body.access_token;
			for (let i = 0; i < 30; i++) {
				const made = await Promise.all(Array.from({ length: 10 }, one));
				made.forEach((text) => lengths.add(
					Buffer.from(text.split('.')[2], 'base64url').length));
			}
			assert.deepEqual([...lengths], [/^[RP]S/.test(algorithm) ? 256 : 64]);
		});
	});
}
