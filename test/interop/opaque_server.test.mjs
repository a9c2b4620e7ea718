// oidc-provider as the tests of introspection use it: each way in which a protected
// resource may ask, what is answered, and who is told of a logout.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import * as jose from 'jose';
import { keyPair, now } from '../support/issuer.mjs';
import { OpaqueServer, PERSON } from '../support/opaque_server.mjs';
import { CALLBACK, Person, metadataOf, publicClient, revoke } from '../support/person.mjs';

const LIMIT = { timeout: 30_000 };
const SCOPE = 'read:notes';
const RESOURCE = 'https://api.example.com/notes';
const SIGNED = 'application/token-introspection+jwt';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

let server;
let metadata;
let client;
const resources = {};
const keys = {};

before(async () => {
	server = await OpaqueServer.create({ scope: SCOPE });
	metadata = await metadataOf(server.url);
	client = await publicClient(metadata);
	for (const way of ['client_secret_basic', 'client_secret_post']) {
		resources[way] = await server.register(way, { token_endpoint_auth_method: way });
	}
	for (const alg of ['RS256', 'ES256', 'EdDSA']) {
		keys[alg] = await keyPair(alg);
		resources[alg] = await server.register(alg, {
			token_endpoint_auth_method: 'private_key_jwt',
			jwks: { keys: [keys[alg].publicJwk] },
		});
	}
}, LIMIT);

after(() => server?.close(), LIMIT);

function ask(token, fields, headers) {
	return fetch(metadata.introspection_endpoint, {
		method: 'POST', headers, body: new URLSearchParams({ token, ...fields }),
	});
}

function basic({ client_id, client_secret }) {
	const pair = [client_id, client_secret].map(encodeURIComponent).join(':');
	return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function assertion(alg, audience = server.url) {
	return {
		client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
		client_assertion: await new jose.SignJWT({ jti: randomUUID() })
			.setProtectedHeader({ alg, kid: keys[alg].kid })
			.setIssuer(alg).setSubject(alg).setAudience(audience)
			.setIssuedAt().setExpirationTime('60s')
			.sign(keys[alg].privateKey),
	};
}

const freshToken = async (resource = RESOURCE) => (await new Person().login(metadata, client,
	{ scope: SCOPE, resource })).access_token;

async function expectOwner(answer) {
	assert.equal(answer.status, 200);
	const body = await answer.json();
	assert.equal(body.active, true);
	assert.equal(body.iss, server.url);
	assert.equal(body.sub, PERSON);
	assert.equal(body.aud, RESOURCE);
	assert.equal(body.scope, SCOPE);
	assert.equal(body.client_id, client.client_id);
	assert.equal(body.token_type, 'Bearer');
	assert.ok(body.exp > now());
}

test('answers_who_authenticates_by_secret', LIMIT, async () => {
	const token = await freshToken();
	assert.doesNotMatch(token, /\./);
	const posts = resources.client_secret_post;
	await expectOwner(await ask(token, {}, basic(resources.client_secret_basic)));
	await expectOwner(await ask(token,
		{ client_id: posts.client_id, client_secret: posts.client_secret }));
});

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
	test(`answers_who_authenticates_by_an_${alg}_assertion`, LIMIT, async () => {
		await expectOwner(await ask(await freshToken(), await assertion(alg)));
	});
}

test('wants_an_assertion_for_itself_and_once', LIMIT, async () => {
	const token = await freshToken();
	const good = await assertion('ES256');
	await expectOwner(await ask(token, good));
	assert.equal((await ask(token, good)).status, 401);
	const foreign = await assertion('ES256', 'https://other.example.com');
	assert.equal((await ask(token, foreign)).status, 401);
});

test('refuses_who_does_not_authenticate', LIMIT, async () => {
	const token = await freshToken();
	const wrong = { ...resources.client_secret_basic, client_secret: 'wrong' };
	assert.equal((await ask(token, {}, basic(wrong))).status, 401);
	assert.equal((await ask(token, {})).status, 400);
});

test('signs_its_answer_for_who_asks_for_that', LIMIT, async () => {
	const token = await freshToken();
	const answer = await ask(token, {},
		{ ...basic(resources.client_secret_basic), accept: SIGNED });
	assert.match(answer.headers.get('content-type'), new RegExp(`^${SIGNED.replace('+', '\\+')}`));
	const verified = await jose.jwtVerify(await answer.text(),
		jose.createRemoteJWKSet(new URL(metadata.jwks_uri)), { issuer: server.url });
	assert.equal(verified.protectedHeader.typ, 'token-introspection+jwt');
	assert.equal(verified.payload.aud, 'client_secret_basic');
	assert.equal(verified.payload.token_introspection.sub, PERSON);
	assert.equal(verified.payload.token_introspection.aud, RESOURCE);
});

test('says_no_audience_of_a_token_for_no_resource', LIMIT, async () => {
	const issued = await new Person().login(metadata, client, { scope: 'openid' });
	const answer = await ask(issued.access_token, {}, basic(resources.client_secret_basic));
	const body = await answer.json();
	assert.equal(body.active, true);
	assert.ok(!('aud' in body));
});

test('says_nothing_of_a_revoked_or_unknown_token', LIMIT, async () => {
	const token = await freshToken();
	const how = basic(resources.client_secret_basic);
	await expectOwner(await ask(token, {}, how));
	await revoke(metadata, client, token);
	assert.deepEqual(await (await ask(token, {}, how)).json(), { active: false });
	assert.deepEqual(await (await ask('unknown', {}, how)).json(), { active: false });
});

test('tells_the_client_of_a_logout', LIMIT, async () => {
	const heard = [];
	const listener = http.createServer(async (request, response) => {
		let text = '';
		for await (const chunk of request) {
			text += chunk;
		}
		heard.push(new URLSearchParams(text).get('logout_token'));
		response.end();
	});
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const told = await server.register('told', {
		redirect_uris: [CALLBACK],
		grant_types: ['authorization_code'],
		response_types: ['code'],
		token_endpoint_auth_method: 'client_secret_post',
		application_type: 'native',
		backchannel_logout_uri: `http://127.0.0.1:${listener.address().port}/`,
		backchannel_logout_session_required: true,
	});
	const person = new Person();
	const issued = await person.login(metadata, told,
		{ scope: `openid ${SCOPE}`, resource: RESOURCE });
	const before = await (await ask(issued.access_token, {},
		basic(resources.client_secret_basic))).json();
	await person.logout(metadata, issued.id_token);
	listener.close();
	assert.deepEqual(server.logouts, [{ client: 'told' }]);
	const { payload, protectedHeader } = await jose.jwtVerify(heard[0],
		jose.createRemoteJWKSet(new URL(metadata.jwks_uri)),
		{ issuer: server.url, audience: 'told' });
	assert.equal(protectedHeader.typ, 'logout+jwt');
	assert.equal(payload.sub, PERSON);
	assert.deepEqual(payload.events, { [EVENT]: {} });
	assert.ok(!('nonce' in payload));
	assert.equal(typeof payload.jti, 'string');
	assert.equal(payload.sid, jose.decodeJwt(issued.id_token).sid);
	assert.equal(payload.sid, before.sid);
	const answer = await ask(issued.access_token, {}, basic(resources.client_secret_basic));
	assert.deepEqual(await answer.json(), { active: false });
});
