// How protected resources prove to the demo authorization server who they are, and
// what it signs for them.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import {
	start, suite, json, form, basic, registered, tokens, introspect, part, refused, PUBLIC,
	CONFIDENTIAL, RESOURCE,
} from './authorization_server_peer.mjs';
import {
	ALGORITHMS, keyFor, pem, jwt, unsigned, hmac, now, assertionClaims, assertionFields,
} from './signed_jwt.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'mcpauth-keys-'));
after(() => rmSync(folder, { recursive: true }));

function file(name, text) {
	const at = path.join(folder, name);
	writeFileSync(at, text);
	return at;
}

const keys = Object.fromEntries(ALGORITHMS.map((alg) => [alg, keyFor(alg)]));
const second = keyFor('ES256');
const stranger = keyFor('RS256');
const jwk = { ...keys.ES256.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
const keyOptions = [
	...ALGORITHMS.flatMap((alg) => ['--introspection-client-key',
		`${alg}:${file(`${alg}.pem`, pem(keys[alg]))}`]),
	'--introspection-client-key', `named:${file('named.json', JSON.stringify(jwk))}`,
	'--introspection-client-key', `named:${file('second.pem', pem(second))}`,
	'--introspection-client', 'plain:s3cret',
	'--introspection-bearer', `held:${file('bearer', 'a-token-of-its-own\n')}`,
];

const ask = (server, fields, headers) =>
	form(`${server.url}/introspect`, { token: 'x', ...fields }, headers);
const prove = (server, assertion, fields = {}) =>
	ask(server, { ...assertionFields(assertion), ...fields });

suite('private_key_jwt', keyOptions, (server) => {
	for (const alg of ALGORITHMS) {
		test(`takes an assertion signed by ${alg}`, async () => {
			const answer = await prove(server, jwt(keys[alg], assertionClaims(alg, server.url)));
			assert.equal(answer.status, 200, await answer.text());
		});
	}

	const good = [
		['for the endpoint', (server) => ({ aud: `${server.url}/introspect` })],
		['for a list of one', (server) => ({ aud: [server.url] })],
		['good for five minutes', () => ({ exp: now() + 300 })],
		['without iat', () => ({ iat: undefined })],
	];
	for (const [name, change] of good) {
		test(`takes one ${name}`, async () => {
			const claims = assertionClaims('RS256', server.url, change(server));
			assert.equal((await prove(server, jwt(keys.RS256, claims))).status, 200);
		});
	}

	const headers = [
		['JWT', { typ: 'JWT' }, 200],
		['client-authentication+jwt', { typ: 'client-authentication+jwt' }, 200],
		['at+jwt', { typ: 'at+jwt' }, 401],
		['a number', { typ: 1 }, 401],
		['JWT and crit', { typ: 'JWT', crit: ['b64'], b64: true }, 401],
	];
	for (const [name, header, want] of headers) {
		test(`${want === 200 ? 'takes' : 'refuses'} one of typ ${name}`, async () => {
			const claims = assertionClaims('RS256', server.url);
			assert.equal((await prove(server, jwt(keys.RS256, claims, header))).status, want);
		});
	}

	const unfit = [
		['for somebody else', () => ({ aud: 'https://other.example.com' })],
		['for this server and another', () => ({ aud: [server.url, 'https://other.example.com'] })],
		['for the token endpoint', () => ({ aud: `${server.url}/token` })],
		['for nobody', () => ({ aud: undefined })],
		['of another issuer', () => ({ iss: 'ES256' })],
		['without iss', () => ({ iss: undefined })],
		['without sub', () => ({ sub: undefined })],
		['about another client', () => ({ iss: 'ES256', sub: 'ES256' })],
		['about nobody known', () => ({ iss: 'nobody', sub: 'nobody' })],
		['about a client with a secret', () => ({ iss: 'plain', sub: 'plain' })],
		['without exp', () => ({ exp: undefined })],
		['with exp as text', () => ({ exp: String(now() + 60) })],
		['that is over', () => ({ exp: now() - 31 })],
		['good for too long', () => ({ exp: now() + 360 })],
		['from tomorrow', () => ({ iat: now() + 86400 })],
		['that begins tomorrow', () => ({ nbf: now() + 86400 })],
		['without jti', () => ({ jti: undefined })],
		['with an empty jti', () => ({ jti: '' })],
		['with a number for jti', () => ({ jti: 7 })],
		['with an endless jti', () => ({ jti: 'x'.repeat(257) })],
	];
	for (const [name, change] of unfit) {
		test(`refuses one ${name}`, async () => {
			const claims = assertionClaims('RS256', server.url, change());
			const answer = await json(await prove(server, jwt(keys.RS256, claims)));
			refused(answer, 401, 'invalid_client');
			assert.equal(answer.headers.get('www-authenticate'), null);
		});
	}

	test('takes each assertion once', async () => {
		const claims = assertionClaims('RS256', server.url);
		const assertion = jwt(keys.RS256, claims);
		const answers = await Promise.all([1, 2, 3, 4].map(() => prove(server, assertion)));
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401]);
		assert.equal((await prove(server, jwt(keys.RS256, claims))).status, 401);
		const other = assertionClaims('ES256', server.url, { jti: claims.jti });
		assert.equal((await prove(server, jwt(keys.ES256, other))).status, 200);
	});

	test('a refused assertion does not spend its jti', async () => {
		const claims = assertionClaims('RS256', server.url);
		const wrong = jwt(keys.RS256, { ...claims, aud: 'https://other.example.com' });
		assert.equal((await prove(server, wrong)).status, 401);
		assert.equal((await prove(server, jwt(keys.RS256, claims))).status, 200);
	});

	const forged = [
		['another key', (claims) => jwt(stranger, claims)],
		['nobody', unsigned],
		['the public key as a secret', (claims) => hmac(pem(keys.RS256), claims)],
		['an algorithm of another kind', (claims) => jwt(keys.ES256, claims)],
		['a signature cut short', (claims) => jwt(keys.RS256, claims).slice(0, -3)],
		['changed claims', (claims) => {
			const [head, , tail] = jwt(keys.RS256, claims).split('.');
			const changed = Buffer.from(JSON.stringify({ ...claims, jti: 'other' }));
			return [head, changed.toString('base64url'), tail].join('.');
		}],
	];
	for (const [name, forge] of forged) {
		test(`refuses one signed by ${name}`, async () => {
			const claims = assertionClaims('RS256', server.url);
			refused(await json(await prove(server, forge(claims))), 401, 'invalid_client');
		});
	}

	const nonsense = ['', '.', '..', 'a.b', 'a.b.c', 'a.b.c.d', 'eyJ9.e30.', 'x'.repeat(9000)];
	for (const text of nonsense) {
		test(`refuses what is no JWT: ${text.slice(0, 12) || 'nothing'}`, async () => {
			assert.equal((await prove(server, text)).status, 401);
		});
	}

	test('a JWK is bound to its kid and alg, and a client may have two keys', async () => {
		const status = async (key, header) => (await prove(server,
			jwt(key, assertionClaims('named', server.url), header))).status;
		assert.equal(await status(keys.ES256, { kid: 'one' }), 200);
		assert.equal(await status(keys.ES256, {}), 200);
		assert.equal(await status(keys.ES256, { kid: 'two' }), 401);
		assert.equal(await status(second, { kid: 'two' }), 200);
		assert.equal(await status(keys.ES384, {}), 401);
	});

	test('wants one way of proof, and its type', async () => {
		const assertion = () => jwt(keys.RS256, assertionClaims('RS256', server.url));
		assert.equal((await prove(server, assertion(), { client_id: 'RS256' })).status, 200);
		assert.equal((await prove(server, assertion(), { client_id: 'ES256' })).status, 401);
		const secret = { client_id: 'plain', client_secret: 's3cret' };
		assert.equal((await prove(server, assertion(), secret)).status, 400);
		assert.equal((await ask(server, assertionFields(assertion()), basic(secret))).status, 400);
		const type = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
		assert.equal((await prove(server, assertion(), { client_assertion_type: type })).status, 400);
		assert.equal((await ask(server, { client_assertion: assertion() })).status, 400);
	});

	test('a bearer token for the endpoint is taken, others are not', async () => {
		const bearer = async (text) =>
			json(await ask(server, {}, { Authorization: `Bearer ${text}` }));
		assert.equal((await bearer('a-token-of-its-own')).status, 200);
		const other = await bearer('s3cret');
		refused(other, 401, 'invalid_token');
		assert.match(other.headers.get('www-authenticate'), /^Bearer /);
	});

	test('the metadata names the ways', async () => {
		const { body } = await json(await fetch(
			`${server.url}/.well-known/oauth-authorization-server`));
		assert.deepEqual(body.introspection_endpoint_auth_methods_supported,
			['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'Bearer']);
		const algorithms = body.introspection_endpoint_auth_signing_alg_values_supported;
		assert.deepEqual(algorithms, [...ALGORITHMS, 'Ed25519']);
		assert.deepEqual(body.introspection_signing_alg_values_supported, ['RS256']);
	});
});

for (const alg of ['RS256', 'ES256']) {
	suite(`signed answers, ${alg}`, ['--auto-approve', '--opaque', '--algorithm', alg,
		'--introspection-client', 'resource:s3cret'], (server) => {
		const resource = { client_id: 'resource', client_secret: 's3cret' };
		const TYPE = 'application/token-introspection+jwt';
		const signedAnswer = (client, token, accept = TYPE) => form(`${server.url}/introspect`,
			{ token }, { ...basic(client), Accept: accept });

		async function verified(text) {
			const { keys: [key] } = await (await fetch(`${server.url}/jwks`)).json();
			const dot = text.lastIndexOf('.');
			assert.ok(verify('sha256', Buffer.from(text.slice(0, dot)),
				{ key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
				Buffer.from(text.slice(dot + 1), 'base64url')));
			return { header: part(text, 0), claims: part(text, 1) };
		}

		test('an answer is signed for who asked, and says the same', async () => {
			const { access_token } = await tokens(server, await registered(server));
			const answer = await signedAnswer(resource, access_token);
			assert.equal(answer.status, 200);
			assert.equal(answer.headers.get('content-type'), TYPE);
			const { header, claims } = await verified(await answer.text());
			assert.equal(header.typ, 'token-introspection+jwt');
			assert.equal(claims.iss, server.url);
			assert.equal(claims.aud, 'resource');
			assert.ok(Math.abs(claims.iat - now()) < 5);
			assert.deepEqual(Object.keys(claims).sort(),
				['aud', 'iat', 'iss', 'token_introspection']);
			assert.deepEqual(claims.token_introspection,
				await introspect(server, resource, access_token));
			assert.equal(claims.token_introspection.aud, RESOURCE);
		});

		test('so is the answer about a token that is none', async () => {
			const answer = await signedAnswer(resource, 'unknown');
			const { claims } = await verified(await answer.text());
			assert.deepEqual(claims.token_introspection, { active: false });
		});

		test('a registered client is its audience, too', async () => {
			const client = await registered(server, CONFIDENTIAL);
			const answer = await signedAnswer(client, 'unknown');
			assert.equal((await verified(await answer.text())).claims.aud, client.client_id);
		});

		test('who accepts anything gets JSON, and who may not ask an error', async () => {
			for (const accept of ['*/*', 'application/json', 'application/jwt']) {
				const answer = await signedAnswer(resource, 'unknown', accept);
				assert.equal(answer.headers.get('content-type'), 'application/json', accept);
			}
			const both = await signedAnswer(resource, 'unknown', `application/json, ${TYPE};q=1`);
			assert.equal(both.headers.get('content-type'), TYPE);
			const wrong = await signedAnswer({ ...resource, client_secret: 'no' }, 'unknown');
			refused(await json(wrong), 401, 'invalid_client');
			const client = await registered(server, PUBLIC);
			assert.equal((await signedAnswer(client, 'unknown')).status, 401);
		});
	});
}

describe('introspection clients on the command line', () => {
	const bits = (modulusLength) => keyFor('RS256', modulusLength);
	const privateJwk = keys.RS256.privateKey.export({ format: 'jwk' });
	const mistakes = [
		['no value', ['--introspection-client', 'api']],
		['no id', ['--introspection-client', ':s3cret']],
		['no file', ['--introspection-client-key', `api:${folder}/missing.pem`]],
		['a private key', ['--introspection-client-key', `api:${file('private.pem',
			keys.RS256.privateKey.export({ type: 'pkcs8', format: 'pem' }))}`]],
		['a private JWK', ['--introspection-client-key', `api:${file('private.json',
			JSON.stringify(privateJwk))}`]],
		['a secret JWK', ['--introspection-client-key', `api:${file('secret.json',
			JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }))}`]],
		['text', ['--introspection-client-key', `api:${file('text.pem', 'hello')}`]],
		['a key of 1024 bits', ['--introspection-client-key', `api:${file('short.pem',
			pem(bits(1024)))}`]],
		['an empty bearer file', ['--introspection-bearer', `api:${file('empty', '\n')}`]],
		['a logout URI of nobody', ['--backchannel-logout-uri', 'http://127.0.0.1:1/']],
		['a logout URI that is none', ['--introspection-client', 'api:s',
			'--backchannel-logout-uri', 'ftp://127.0.0.1/']],
		['two logout URIs', ['--introspection-client', 'api:s', '--backchannel-logout-uri',
			'http://127.0.0.1:1/', '--backchannel-logout-uri', 'http://127.0.0.1:2/']],
	];
	for (const [name, options] of mistakes) {
		test(`refuses ${name}`, async () => {
			await assert.rejects(start(...options), /exit 2/);
		});
	}

	test('a secret is told to nobody', async () => {
		await assert.rejects(start('--introspection-client', 's3cret'), (error) => {
			assert.doesNotMatch(error.message, /s3cret/);
			return true;
		});
	});
});
