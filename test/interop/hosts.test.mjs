// What well-known MCP hosts register, and where they have the browser sent, as
// examples/connect tells it: the demo authorization server lets each of them in, and
// `todo-manager` takes the token. One that is strange to it is sent nowhere.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { runningServer } from '../support/servers.mjs';

const LIMIT = { timeout: 30_000 };
const SCOPE = 'read:todos';
const CODE = {
	grant_types: ['authorization_code', 'refresh_token'],
	response_types: ['code'],
	token_endpoint_auth_method: 'none',
};

// `back` are redirect URIs of its logins, `strange` are others.
const hosts = [
	{
		name: 'claude_code',
		metadata: {
			...CODE,
			client_name: 'Claude Code (todos)',
			redirect_uris: ['http://localhost:3118/callback'],
		},
		back: ['http://localhost:3118/callback', 'http://localhost:49152/callback'],
		strange: ['http://127.0.0.1:3118/callback', 'http://localhost:3118/'],
	},
	{
		name: 'vs_code',
		metadata: {
			...CODE,
			client_name: 'Visual Studio Code',
			client_uri: 'https://code.visualstudio.com',
			grant_types: [...CODE.grant_types, 'urn:ietf:params:oauth:grant-type:device_code'],
			redirect_uris: ['https://insiders.vscode.dev/redirect',
				'https://vscode.dev/redirect', 'http://127.0.0.1/', 'http://127.0.0.1:33418/'],
			scope: `create:todos ${SCOPE}`,
			application_type: 'native',
		},
		back: ['http://127.0.0.1:33418/', 'http://127.0.0.1:59656/', 'https://vscode.dev/redirect'],
		strange: ['http://localhost:33418/', 'http://127.0.0.1:33418', 'https://vscode.dev:444/redirect'],
	},
	{
		name: 'cursor',
		metadata: {
			...CODE,
			client_name: 'Cursor',
			redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback',
				'https://www.cursor.com/agents/mcp/oauth/callback', 'http://localhost:8787/callback'],
			application_type: 'web',
		},
		back: ['cursor://anysphere.cursor-mcp/oauth/callback',
			'https://www.cursor.com/agents/mcp/oauth/callback', 'http://localhost:8787/callback'],
		strange: ['cursor://anysphere.cursor-mcp/', 'cursor://anysphere.cursor-mcp:1/oauth/callback'],
	},
	{
		name: 'inspector_on_a_page',
		metadata: {
			...CODE,
			client_name: 'MCP Inspector',
			client_uri: 'https://github.com/modelcontextprotocol/inspector',
			redirect_uris: ['http://localhost:6274/oauth/callback'],
		},
		back: ['http://localhost:6274/oauth/callback'],
		strange: ['http://127.0.0.1:6274/oauth/callback'],
	},
	{
		name: 'inspector_in_a_terminal',
		metadata: {
			...CODE,
			client_name: 'MCP Inspector',
			redirect_uris: ['http://127.0.0.1:6276/oauth/callback'],
		},
		back: ['http://127.0.0.1:6276/oauth/callback', 'http://127.0.0.1:40000/oauth/callback'],
		strange: ['http://localhost:6276/oauth/callback'],
	},
];

// A host's document about itself names no ports, for it listens on any.
const DOCUMENT = {
	...CODE,
	client_name: 'Claude Code',
	client_uri: 'https://claude.ai',
	redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
};

const running = {};

before(async () => {
	running.issuer = await runningServer('authorization-server', ['--auto-approve']);
	running.todos = await runningServer('todo-manager', ['--issuer', running.issuer.url]);
	running.pages = http.createServer((request, response) => {
		const client_id = `http://127.0.0.1:${running.pages.address().port}${request.url}`;
		response.writeHead(200, { 'content-type': 'application/json' })
			.end(JSON.stringify({ ...DOCUMENT, client_id }));
	});
	running.pages.listen(0, '127.0.0.1');
	await once(running.pages, 'listening');
});

after(async () => {
	running.pages?.close();
	running.pages?.closeAllConnections();
	await running.todos?.stop();
	await running.issuer?.stop();
});

async function register(metadata) {
	const answer = await fetch(`${running.issuer.url}/register`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(metadata),
	});
	const body = await answer.json();
	assert.equal(answer.status, 201, JSON.stringify(body));
	return body.client_id;
}

function authorize(client_id, redirect_uri, verifier) {
	const url = new URL('/authorize', running.issuer.url);
	url.search = new URLSearchParams({
		response_type: 'code',
		client_id,
		redirect_uri,
		code_challenge: createHash('sha256').update(verifier).digest('base64url'),
		code_challenge_method: 'S256',
		scope: SCOPE,
		state: 'x',
		resource: `${running.todos.url}/mcp`,
	});
	return fetch(url, { redirect: 'manual' });
}

async function login(client_id, redirect_uri) {
	const verifier = randomBytes(32).toString('base64url');
	const sent = await authorize(client_id, redirect_uri, verifier);
	const location = sent.headers.get('location');
	assert.equal(sent.status, 303, await sent.text());
	assert.ok(location.startsWith(`${redirect_uri}?`), location);
	const answer = await fetch(`${running.issuer.url}/token`, {
		method: 'POST',
		body: new URLSearchParams({
			grant_type: 'authorization_code',
			client_id,
			redirect_uri,
			code: new URL(location).searchParams.get('code'),
			code_verifier: verifier,
		}),
	});
	const body = await answer.json();
	assert.equal(answer.status, 200, JSON.stringify(body));
	return body.access_token;
}

// As a host of the revisions up to 2025-11-25 begins: with a session.
async function opens(access_token) {
	const answer = await fetch(`${running.todos.url}/mcp`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${access_token}`,
			'content-type': 'application/json',
			accept: 'application/json, text/event-stream',
		},
		body: JSON.stringify({
			jsonrpc: '2.0',
			id: 0,
			method: 'initialize',
			params: {
				protocolVersion: '2025-11-25',
				capabilities: { roots: { listChanged: true }, elicitation: {} },
				clientInfo: { name: 'a host', version: '1.0.0' },
			},
		}),
	});
	assert.equal(answer.status, 200, await answer.clone().text());
	assert.ok(answer.headers.get('mcp-session-id'));
}

for (const { name, metadata, back, strange } of hosts) {
	test(`${name}_gets_in_by_each_of_its_ways_back`, LIMIT, async () => {
		const client = await register(metadata);
		for (const redirect_uri of back) {
			await opens(await login(client, redirect_uri));
		}
	});

	test(`${name}_is_sent_nowhere_else`, LIMIT, async () => {
		const client = await register(metadata);
		for (const redirect_uri of strange) {
			const answer = await authorize(client, redirect_uri, 'x');
			assert.equal(answer.status, 400, redirect_uri);
			assert.equal(answer.headers.get('location'), null);
		}
	});
}

test('a_document_without_ports_is_for_all_of_them', LIMIT, async () => {
	const client = `http://127.0.0.1:${running.pages.address().port}/client.json`;
	for (const redirect_uri of ['http://localhost:3118/callback', 'http://127.0.0.1:50000/callback']) {
		await opens(await login(client, redirect_uri));
	}
	const answer = await authorize(client, 'http://localhost:3118/', 'x');
	assert.equal(answer.status, 400);
});

// VS Code and the SDKs go on only if the metadata name the URL they were given.
test('the_metadata_name_the_url_that_users_are_told', LIMIT, async () => {
	const url = `${running.todos.url}/mcp`;
	const answer = await fetch(`${running.todos.url}/.well-known/oauth-protected-resource/mcp`);
	assert.equal((await answer.json()).resource, url);
	for (const method of ['GET', 'DELETE']) {
		const refused = await fetch(url, { method });
		assert.equal(refused.status, 401);
		assert.match(refused.headers.get('www-authenticate'), /resource_metadata="/);
	}
});
