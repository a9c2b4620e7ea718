// Token exchanges at oidc-provider's token endpoint: how the library says who it is
// there is checked by oidc-provider and jose.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import { promisify } from 'node:util';
import Provider from 'oidc-provider';
import { ALGORITHMS, keyPair } from '../support/issuer.mjs';

const LIMIT = { timeout: 30_000 };
const PROGRAM = `${process.env.MCPAUTH_BUILD ?? 'build'}/test/integration/exchanging_program`;
const RESOURCE = 'https://api.example.com/mcp';
const OTHER = 'https://other.example.com';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const EXCHANGE_PARAMETERS = [
	'subject_token', 'subject_token_type', 'requested_token_type', 'audience',
];
// Ed25519 is what RFC 9864 calls EdDSA; jose has both names.
const SIGNING = [...ALGORITHMS, 'Ed25519'];
const SECRET = 'a secret: with a colon & more';

function client(id, more) {
	return {
		client_id: id,
		grant_types: [TOKEN_EXCHANGE, 'client_credentials'],
		redirect_uris: [],
		response_types: [],
		...more,
	};
}

function resourceServer(context, resource) {
	return {
		scope: 'read', audience: resource, accessTokenTTL: 600, accessTokenFormat: 'jwt',
	};
}

function settings(keys) {
	const registered = SIGNING.map((alg) => client(`key ${alg}`, {
		token_endpoint_auth_method: 'private_key_jwt',
		token_endpoint_auth_signing_alg: alg,
		jwks: { keys: [keys.get(alg).publicJwk] },
	}));
	return {
		jwks: { keys: [keys.get('own').privateJwk] },
		clients: [
			...registered,
			client('basic:client', { client_secret: SECRET }),
			client('post client', {
				client_secret: SECRET,
				token_endpoint_auth_method: 'client_secret_post',
			}),
		],
		enabledJWA: { clientAuthSigningAlgValues: SIGNING },
		clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
		features: {
			devInteractions: { enabled: false },
			clientCredentials: { enabled: true },
			resourceIndicators: {
				enabled: true,
				defaultResource: () => undefined,
				getResourceServerInfo: resourceServer,
			},
		},
	};
}

// Whoever gets here has proved to be the client: a token is all that is left to do.
async function exchangeGrant(context) {
	const { client: caller, params, provider } = context.oidc;
	assert.equal(params.subject_token_type, ACCESS_TOKEN);
	assert.equal(params.audience, OTHER);
	const token = new provider.ClientCredentials({ client: caller, scope: 'other' });
	context.body = {
		access_token: await token.save(),
		issued_token_type: ACCESS_TOKEN,
		token_type: 'Bearer',
		expires_in: token.expiration,
	};
}

async function start(keys) {
	const server = http.createServer((request, response) => handler(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${server.address().port}`;
	const provider = new Provider(url, settings(keys));
	provider.registerGrantType(TOKEN_EXCHANGE, exchangeGrant, EXCHANGE_PARAMETERS);
	const reasons = [];
	provider.on('grant.error', (context, error) => reasons.push(error.error_detail));
	const handler = provider.callback();
	return { server, url, reasons };
}

// A caller's token, from the same server.
async function callerToken(url) {
	const credentials = ['basic:client', SECRET].map(encodeURIComponent).join(':');
	const answer = await fetch(`${url}/token`, {
		method: 'POST',
		headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
		body: new URLSearchParams({
			grant_type: 'client_credentials', scope: 'read', resource: RESOURCE,
		}),
	});
	const document = await answer.json();
	assert.ok(answer.ok, JSON.stringify(document));
	return document.access_token;
}

function pem(jwk) {
	return createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' });
}

describe('a client of oidc-provider', () => {
	const keys = new Map();
	let provider;
	let token;

	before(async () => {
		for (const alg of SIGNING) {
			keys.set(alg, await keyPair(alg));
		}
		keys.set('own', await keyPair('RS256', 'own'));
		keys.set('unknown', await keyPair('ES256', 'unknown'));
		provider = await start(keys);
		token = await callerToken(provider.url);
	}, LIMIT);

	after(async () => {
		provider.server.close();
		provider.server.closeAllConnections();
		await once(provider.server, 'close');
	}, LIMIT);

	function exchange(fields) {
		const options = Object.entries({ audience: OTHER, ...fields })
			.map(([name, value]) => `${name}=${value}`);
		return promisify(execFile)(PROGRAM, [
			provider.url, RESOURCE, token, `${provider.url}/token`, ...options,
		]);
	}

	async function expectTwoTokens(fields) {
		const { stdout } = await exchange(fields);
		const tokens = stdout.trim().split('\n');
		assert.equal(tokens.length, 2);
		assert.notEqual(tokens[0], tokens[1]);
	}

	async function expectRefusal(fields, reason) {
		const seen = provider.reasons.length;
		await assert.rejects(exchange(fields), (error) => {
			assert.match(error.stderr, /^MCPAUTH_E_TOKEN_ENDPOINT: .*answered 401: invalid_client/);
			return true;
		});
		assert.deepEqual(provider.reasons.slice(seen), [reason]);
	}

	const signing = (alg, more = {}) => ({
		authentication: 'private_key_jwt',
		client_id: `key ${alg}`,
		private_key: pem(keys.get(alg).privateJwk),
		key_algorithm: alg,
		...more,
	});

	// Twice: an assertion that came again would be refused.
	for (const alg of SIGNING) {
		test(`is_known_by_an_assertion_with_${alg}`, LIMIT, () => expectTwoTokens(signing(alg)));
	}

	test('may_name_the_issuer_as_audience_and_its_key', LIMIT, () => expectTwoTokens(
		signing('ES256', { assertion_audience: provider.url, key_id: 'key-ES256' })));

	test('is_refused_for_another_audience', LIMIT, () => expectRefusal(
		signing('ES256', { assertion_audience: OTHER }),
		'audience (aud) must equal the endpoint url, issuer identifier or token endpoint url'));

	test('is_refused_for_another_algorithm', LIMIT, () => expectRefusal(
		signing('RS256', { key_algorithm: 'PS256' }), 'alg mismatch'));

	test('is_refused_with_an_unknown_key', LIMIT, () => expectRefusal(
		signing('ES256', { private_key: pem(keys.get('unknown').privateJwk) }),
		'signature verification failed'));

	test('is_known_by_client_secret_basic', LIMIT, () => expectTwoTokens({
		client_id: 'basic:client', client_secret: SECRET,
	}));

	test('is_known_by_client_secret_post', LIMIT, () => expectTwoTokens({
		authentication: 'client_secret_post', client_id: 'post client', client_secret: SECRET,
	}));

	test('is_refused_with_another_secret', LIMIT, () => expectRefusal({
		client_id: 'basic:client', client_secret: 'another',
	}, 'invalid secret provided'));
});
