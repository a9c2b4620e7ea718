// A running demo authorization server, and a client that talks to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { before, describe, test } from 'node:test';

const BINARY = `${process.env.MCPAUTH_BUILD ?? 'build'}/examples/authorization-server`;
export const CALLBACK = 'http://127.0.0.1:8123/callback';
export const RESOURCE = 'https://api.example.com/mcp';
export const OTHER_RESOURCE = 'https://other.example.com/mcp';

// One running server: its process and its issuer.
export async function start(...options) {
	const child = spawn(BINARY, ['--port', '0', ...options], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const errors = [];
	child.stderr.on('data', (data) => errors.push(data));
	const lines = createInterface({ input: child.stdout });
	const ended = once(child, 'exit');
	const first = await Promise.race([
		once(lines, 'line').then(([line]) => line),
		ended.then(([code]) => { throw new Error(`exit ${code}: ${Buffer.concat(errors)}`); }),
	]);
	const match = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(first);
	assert.ok(match, first);
	return {
		url: match[1],
		log: () => Buffer.concat(errors).toString(),
		async stop(signal = 'SIGTERM') {
			child.kill(signal);
			const [code] = await ended;
			return code;
		},
	};
}

// A suite with a server of its own. Its end is a test, not a hook: runners leave
// failed hooks out of their counts, and a leak under a sanitizer shows only here.
export function suite(name, options, body) {
	describe(name, () => {
		const server = {};
		before(async () => Object.assign(server, await start(...options)));
		body(server);
		test('ends with exit 0 on SIGTERM', async () => {
			assert.equal(await server.stop(), 0, server.log());
		});
	});
}

export const json = async (response) => ({
	status: response.status,
	headers: response.headers,
	body: await response.json(),
});

export const form = (url, fields, headers = {}) => fetch(url, {
	method: 'POST',
	headers,
	body: new URLSearchParams(fields),
	redirect: 'manual',
});

export const postJson = async (url, body) => json(await fetch(url, {
	method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: typeof body === 'string' ? body : JSON.stringify(body),
}));

export const token = async (server, fields, headers) =>
	json(await form(`${server.url}/token`, fields, headers));

export const basic = (client) => ({
	Authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`)
		.toString('base64')}`,
});

export const PUBLIC = {
	client_name: 'test client',
	redirect_uris: [CALLBACK],
	grant_types: ['authorization_code', 'refresh_token'],
	token_endpoint_auth_method: 'none',
};
export const CONFIDENTIAL = {
	...PUBLIC,
	grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
	token_endpoint_auth_method: 'client_secret_basic',
};

export async function registered(server, metadata = PUBLIC) {
	const { status, body } = await postJson(`${server.url}/register`, metadata);
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}

export function pkce() {
	const verifier = randomBytes(32).toString('base64url');
	const challenge = createHash('sha256').update(verifier).digest('base64url');
	return { verifier, challenge };
}

// The fields of a good authorization request; undefined in change takes one out.
function authorizationFields(client, challenge, change = {}) {
	const fields = {
		response_type: 'code',
		client_id: client.client_id,
		redirect_uri: CALLBACK,
		code_challenge: challenge,
		code_challenge_method: 'S256',
		scope: 'user read:notes',
		state: 'a state & more',
		resource: RESOURCE,
		...change,
	};
	return Object.entries(fields).flatMap(([name, value]) =>
		(value === undefined ? [] : [value].flat().map((one) => [name, one])));
}

const authorizeUrl = (server, client, challenge, change) =>
	`${server.url}/authorize?${new URLSearchParams(authorizationFields(client, challenge, change))}`;

export async function authorize(server, client, challenge, change) {
	return fetch(authorizeUrl(server, client, challenge, change), { redirect: 'manual' });
}

export const answerOf = (response) => {
	assert.equal(response.status, 303);
	return new URL(response.headers.get('location')).searchParams;
};

// A fresh code from a server that approves by itself.
export async function code(server, client, change) {
	const { verifier, challenge } = pkce();
	const answer = answerOf(await authorize(server, client, challenge, change));
	assert.ok(answer.get('code'), answer.toString());
	return {
		grant_type: 'authorization_code',
		client_id: client.client_id,
		code: answer.get('code'),
		code_verifier: verifier,
		redirect_uri: change?.redirect_uri ?? CALLBACK,
	};
}

export async function tokens(server, client, change) {
	const { status, body } = await token(server, await code(server, client, change));
	assert.equal(status, 200, JSON.stringify(body));
	return body;
}

export const refresh = (server, client, refreshToken, change = {}) => token(server, {
	grant_type: 'refresh_token',
	client_id: client.client_id,
	refresh_token: refreshToken,
	...change,
});

export const introspect = async (server, client, accessToken) =>
	(await json(await form(`${server.url}/introspect`, { token: accessToken }, basic(client))))
		.body;

export const part = (jwt, index) => JSON.parse(Buffer.from(jwt.split('.')[index], 'base64url'));

export const refused = ({ status, body, headers }, wantStatus, error) => {
	assert.equal(status, wantStatus, JSON.stringify(body));
	assert.equal(body.error, error, JSON.stringify(body));
	assert.equal(headers.get('cache-control'), 'no-store');
};
