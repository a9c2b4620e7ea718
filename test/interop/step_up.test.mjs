// The public TypeScript clients meet the 403 of a tool that needs one scope more, come back
// with a token that has it, and call the tool: one authorization, no scope lost.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { runningServer } from '../support/servers.mjs';
import { AuthorizationServer } from './authorization_server.mjs';
import { v1, v2, v2Legacy } from './clients.mjs';
import { HeadlessLogin, RecordedFetch } from './headless.mjs';

const LIMIT = { timeout: 60_000 };
const READ = 'read:todos';
const CREATE = 'create:todos';
const TOOLS = { 'create-todo': CREATE, 'get-todos': null, 'delete-todo': null };

// Where the person logs in. oidc-provider holds a client that registered itself to the
// scopes of the first challenge, with which the TypeScript clients register: there it was
// registered before, for whatever scopes.
const issuers = {
	async oidc_provider() {
		const issuer = await AuthorizationServer.create({ scope: `${READ} ${CREATE} delete:todos` });
		return { url: issuer.url, registration: `${issuer.url}/reg`, stop: () => issuer.close() };
	},
	async demo_authorization_server() {
		const issuer = await runningServer('authorization-server', [
			'--auto-approve', '--user', 'alice:apple',
			...[READ, CREATE, 'delete:todos'].flatMap((scope) => ['--scope', scope]),
		]);
		return { url: issuer.url, stop: () => issuer.stop() };
	},
};

const setups = { sdk_v1: v1, client_v2_legacy: v2Legacy, client_v2_modern: v2 };

async function newLogin({ registration }) {
	const login = new HeadlessLogin();
	if (registration !== undefined) {
		const answer = await fetch(registration, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(login.clientMetadata),
		});
		assert.equal(answer.status, 201);
		login.information = await answer.json();
	}
	return login;
}

class Visit {
	wire = new RecordedFetch();

	static async start(setup, issuer, server, afterLogin = () => {}) {
		const it = new Visit();
		it.setup = setup;
		it.url = `${server.url}/mcp`;
		it.login = await newLogin(issuer);
		const options = { authProvider: it.login, fetch: it.wire.fetch };
		const first = setup.newTransport(new URL(it.url), options);
		await rejectsUnauthorized(setup.newClient().connect(first));
		await setup.finish(first, it.login.callback);
		await afterLogin();
		it.transport = setup.newTransport(new URL(it.url), options);
		it.client = setup.newClient();
		await it.client.connect(it.transport);
		return it;
	}

	get scopes() {
		const [, claims] = this.login.saved.access_token.split('.');
		return JSON.parse(Buffer.from(claims, 'base64url')).scope.split(' ').sort();
	}

	// The calls of this tool that went out, by their answers' status.
	statuses(tool) {
		return this.#posts(tool).map(({ status }) => status);
	}

	challenge(tool) {
		const { headers } = this.#posts(tool).find(({ status }) => status === 403);
		return headers.get('www-authenticate');
	}

	tokenRequests() {
		return this.wire.steps.filter(({ method, document }) =>
			method === 'POST' && document?.access_token !== undefined).length;
	}

	#posts(tool) {
		return this.wire.steps.filter(({ url, body }) => url === this.url
			&& body !== undefined && JSON.parse(body).params?.name === tool);
	}

	async call(name, args = {}) {
		const result = await this.client.callTool({ name, arguments: args });
		assert.notEqual(result.isError, true, result.content[0].text);
		return JSON.parse(result.content[0].text);
	}

	async names() {
		return (await this.client.listTools()).tools.map(({ name }) => name);
	}
}

async function rejectsUnauthorized(promise) {
	await assert.rejects(promise, (error) => {
		assert.equal(error.constructor.name, 'UnauthorizedError', error.stack);
		return true;
	});
}

// `challenged` are the scopes of the challenge.
async function expectStepUp(visit, challenged) {
	assert.deepEqual(visit.scopes, [READ]);
	assert.equal(visit.login.authorizations, 1);
	assert.deepEqual(await visit.names(), ['get-todos', 'delete-todo']);
	assert.deepEqual(await visit.call('get-todos'), []);

	// The client goes to the authorization server by itself, and says so.
	await rejectsUnauthorized(visit.call('create-todo', { content: 'feed the cat' }));
	assert.deepEqual(visit.statuses('create-todo'), [403]);
	assert.match(visit.challenge('create-todo'), /^Bearer error="insufficient_scope", /);
	assert.ok(visit.challenge('create-todo').includes(`, scope="${challenged}", `),
		visit.challenge('create-todo'));
	await visit.setup.finish(visit.transport, visit.login.callback);

	const made = await visit.call('create-todo', { content: 'feed the cat' });
	assert.equal(made.content, 'feed the cat');
	assert.equal(visit.login.authorizations, 2, 'one besides the login');
	assert.equal(visit.tokenRequests(), 2, 'one token besides the first');
	assert.deepEqual(visit.statuses('create-todo'), [403, 200]);
	assert.deepEqual(visit.scopes, [CREATE, READ]);
	assert.deepEqual(await visit.call('get-todos'), [made]);
	assert.deepEqual(await visit.names(), Object.keys(TOOLS));
	assert.equal(visit.login.authorizations, 2);
}

for (const [where, newIssuer] of Object.entries(issuers)) {
	test(`step_up_at_${where}`, LIMIT, async (t) => {
		const issuer = await newIssuer();
		t.after(() => issuer.stop());
		for (const [name, setup] of Object.entries(setups)) {
			await t.test(`${name}_gets_one_scope_more_and_keeps_those_it_had`, LIMIT, async (t) => {
				const server = await runningServer('todo-manager',
					['--issuer', issuer.url, '--scope', READ]);
				t.after(() => server.stop());
				const visit = await Visit.start(setup, issuer, server);
				await expectStepUp(visit, `${READ} ${CREATE}`);
				await visit.client.close();
			});
		}
	});
}

// Here only the token knows of `read:todos`: no route and no tool asks for it. Clients of the
// older revisions ask for what the challenge names, and would lose it; the newer one keeps
// it by itself, and is told what the tool needs, and no more.
const KEPT = {
	sdk_v1: `${CREATE} ${READ}`, client_v2_legacy: `${CREATE} ${READ}`, client_v2_modern: CREATE,
};

test('step_up_keeps_a_scope_that_nothing_demands', LIMIT, async (t) => {
	const issuer = await issuers.oidc_provider();
	t.after(() => issuer.stop());
	for (const [name, setup] of Object.entries(setups)) {
		await t.test(name, LIMIT, async (t) => {
			const strict = await runningServer('todo-manager',
				['--issuer', issuer.url, '--scope', READ]);
			// The same server, where it was, that demands nothing any more.
			const demandNothing = async () => {
				await strict.stop();
				const server = await runningServer('todo-manager',
					['--issuer', issuer.url, '--port', new URL(strict.url).port]);
				t.after(() => server.stop());
			};
			const visit = await Visit.start(setup, issuer, strict, demandNothing);
			await expectStepUp(visit, KEPT[name]);
			await visit.client.close();
		});
	}
});

// A list that shows all tools says which scopes the others need, so that a client may ask
// before it is refused.
test('a_marked_list_names_the_scopes_of_tools_out_of_reach', LIMIT, async (t) => {
	const issuer = await issuers.oidc_provider();
	t.after(() => issuer.stop());
	const server = await runningServer('todo-manager',
		['--issuer', issuer.url, '--scope', READ, '--list', 'all']);
	t.after(() => server.stop());
	const visit = await Visit.start(v2, issuer, server);
	const { tools } = await visit.client.listTools();
	assert.deepEqual(Object.fromEntries(tools.map((tool) =>
		[tool.name, tool._meta?.['mcpauth/scopes'] ?? null])), TOOLS);
	await visit.client.close();
});
