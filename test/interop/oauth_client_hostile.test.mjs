// `oauth-client` at a server that means no good: whatever it says of itself, of its
// authorization server or of a login, there is one clear error, soon, and no secret in it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { ranClient } from '../support/oauth_client.mjs';

const LIMIT = { timeout: 40_000 };
const TOKEN = 'a-token-that-nobody-sees';
const SOON_MS = 5_000;
const ESCAPE = '\x1b]0;mine\x07';
const BIG = 'x'.repeat(2 * 1024 * 1024);

// MCP server and authorization server in one, honest but for what `lies` replaces.
class Server {
	asked = [];

	static async create(lies) {
		const self = new Server();
		self.lies = lies;
		self.server = http.createServer((request, response) => {
			self.#answer(request, response).catch(() => response.destroy());
		});
		self.server.listen(0, '127.0.0.1');
		await once(self.server, 'listening');
		self.url = `http://127.0.0.1:${self.server.address().port}`;
		return self;
	}

	close() {
		this.server.close();
		this.server.closeAllConnections();
	}

	count(path) {
		return this.asked.filter((asked) => asked === path).length;
	}

	async #answer(request, response) {
		let body = '';
		for await (const part of request) {
			body += part;
		}
		const url = new URL(request.url, this.url);
		this.asked.push(url.pathname);
		const known = this.#routes()[url.pathname];
		const told = known === undefined ? { status: 404 }
			: await known({ url, body, headers: request.headers, response });
		if (told !== undefined) {
			const text = told.text ?? JSON.stringify(told.json ?? {});
			response.writeHead(told.status ?? 200,
				{ 'content-type': 'application/json', ...told.headers }).end(text);
		}
	}

	#routes() {
		const lie = (name, truth) => (ask) => {
			const said = this.lies[name]?.(this, ask, truth);
			return said ?? { json: truth };
		};
		return {
			'/mcp': (ask) => this.lies.mcp?.(this, ask) ?? this.mcp(ask),
			'/.well-known/oauth-protected-resource/mcp': lie('resource', {
				resource: `${this.url}/mcp`, authorization_servers: [this.url],
			}),
			'/.well-known/oauth-authorization-server': lie('issuer', this.metadata),
			'/register': (ask) => lie('register', {
				...JSON.parse(ask.body), client_id: 'client-1',
			})(ask),
			'/authorize': (ask) => this.authorize(ask),
			'/token': lie('token',
				{ access_token: TOKEN, token_type: 'Bearer', expires_in: 600 }),
		};
	}

	get metadata() {
		return {
			issuer: this.url,
			authorization_endpoint: `${this.url}/authorize`,
			token_endpoint: `${this.url}/token`,
			registration_endpoint: `${this.url}/register`,
			response_types_supported: ['code'],
			code_challenge_methods_supported: ['S256'],
			token_endpoint_auth_methods_supported: ['none'],
			authorization_response_iss_parameter_supported: true,
		};
	}

	authorize({ url }) {
		const asked = url.searchParams;
		const back = new URL(asked.get('redirect_uri'));
		back.search = new URLSearchParams({
			code: 'a-code', state: asked.get('state'), iss: this.url,
			...this.lies.redirect?.(this, asked),
		});
		return { status: 302, headers: { location: back.href } };
	}

	challenge(status, more = '') {
		const metadata = `${this.url}/.well-known/oauth-protected-resource/mcp`;
		return { status, headers: {
			'www-authenticate': `Bearer ${more}resource_metadata="${metadata}"`,
		} };
	}

	mcp({ body, headers }) {
		if (headers.authorization !== `Bearer ${TOKEN}`) {
			return this.challenge(401);
		}
		const { id, method } = JSON.parse(body);
		const result = method === 'initialize'
			? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'one' } }
			: { content: [{ type: 'text', text: `done${ESCAPE}` }] };
		return id === undefined ? { status: 202, text: '' }
			: { json: { jsonrpc: '2.0', id, result } };
	}
}

async function visit(context, lies, args = ['--json']) {
	const server = await Server.create(lies);
	context.after(() => server.close());
	const began = Date.now();
	const client = await ranClient(['--headless', ...args, '--tool', 'one', `${server.url}/mcp`]);
	return { server, client, took: Date.now() - began };
}

test('an_honest_server_is_used_but_does_not_reach_the_terminal', LIMIT, async (context) => {
	const { client } = await visit(context, {}, ['--verbose']);
	assert.equal(client.over.code, 0, client.story);
	assert.match(client.stdout, /^done/);
	for (const text of [client.stdout, client.stderr]) {
		assert.ok(!text.includes('\x1b') && !text.includes(TOKEN), client.story);
	}
});

const json = (more) => (server, ask, truth) => ({ json: { ...truth, ...more(server) } });
const text = (told) => () => ({ text: told });

// A byte now and then, for ever.
function trickle(server, { response }) {
	response.writeHead(200, { 'content-type': 'application/json' });
	const drip = setInterval(() => response.write(' '), 200);
	response.on('close', () => clearInterval(drip));
	return new Promise((resolve) => {
		response.on('close', resolve);
	});
}

// A new scope each time.
function wantMore(server, { headers }) {
	server.wants = (server.wants ?? 0) + 1;
	return headers.authorization === undefined ? undefined
		: server.challenge(403, `error="insufficient_scope", scope="s${server.wants}", `);
}

const REFUSALS = {
	metadata_of_another_resource: ['MCPAUTH_E_RESOURCE_MISMATCH',
		{ resource: json(() => ({ resource: 'https://other.example.com/mcp' })) }],
	metadata_of_another_issuer: ['MCPAUTH_E_ISSUER_MISMATCH',
		{ issuer: json(() => ({ issuer: 'https://other.example.com' })) }],
	an_issuer_at_a_private_address: ['MCPAUTH_E_ADDRESS_REFUSED',
		{ resource: json(() => ({ authorization_servers: ['https://10.0.0.1'] })) }],
	a_script_as_authorization_url: ['MCPAUTH_E_INVALID_METADATA',
		{ issuer: json(() => ({ authorization_endpoint: 'javascript:alert(1)' })) }],
	a_file_as_token_endpoint: ['MCPAUTH_E_INVALID_METADATA',
		{ issuer: json(() => ({ token_endpoint: 'file:///etc/passwd' })) }],
	no_pkce: ['MCPAUTH_E_NO_PKCE',
		{ issuer: json(() => ({ code_challenge_methods_supported: ['plain'] })) }],
	metadata_of_2_MiB: ['MCPAUTH_E_TOO_LARGE', { issuer: text(`{"x":"${BIG}"}`) }],
	a_token_answer_of_2_MiB: ['MCPAUTH_E_TOO_LARGE', { token: text(`{"x":"${BIG}"}`) }],
	metadata_that_says_a_name_twice: ['MCPAUTH_E_INVALID_JSON',
		{ issuer: text('{"issuer":"a","issuer":"b"}') }],
	a_login_of_another_issuer: ['MCPAUTH_E_ISSUER_MISMATCH',
		{ redirect: () => ({ iss: 'https://other.example.com' }) }],
	an_error_of_another_issuer: ['MCPAUTH_E_ISSUER_MISMATCH', { redirect: () => ({
		iss: 'https://other.example.com', error: 'access_denied', error_description: 'call me',
	}) }],
	a_token_with_a_line_end: ['MCPAUTH_E_TOKEN_ENDPOINT',
		{ token: json(() => ({ access_token: `${TOKEN}\r\nX: y` })) }],
	a_401_for_ever: ['MCPAUTH_E_STILL_REFUSED', { mcp: (server) => server.challenge(401) }],
	a_403_for_ever: ['MCPAUTH_E_STILL_REFUSED', { mcp: wantMore }],
};

for (const [name, [code, lies]] of Object.entries(REFUSALS)) {
	test(`it_says_no_to_${name}`, LIMIT, async (context) => {
		const { server, client, took } = await visit(context, lies);
		assert.equal(client.over.code, 2, client.story);
		assert.deepEqual(client.named('error').map((error) => error.code), [code], client.story);
		assert.ok(took < SOON_MS, `${took} ms`);
		assert.ok(server.count('/mcp') <= 6, server.asked.join(' '));
		for (const secret of [TOKEN, 'a-code', 'call me', 'alert']) {
			assert.ok(!JSON.stringify(client.named('error')).includes(secret), client.story);
		}
	});
}

test('it_waits_ten_seconds_for_metadata_that_drip', LIMIT, async (context) => {
	const { client, took } = await visit(context, { issuer: trickle });
	assert.equal(client.over.code, 2, client.story);
	assert.equal(client.named('error')[0].code, 'MCPAUTH_E_TIMEOUT', client.story);
	assert.ok(took > 9_000 && took < 15_000, `${took} ms`);
});
