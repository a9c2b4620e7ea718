// The public TypeScript clients use `todo-manager` as two people with three sets
// of scopes, each after a login of their own at oidc-provider.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { runningServer } from '../support/servers.mjs';
import { AuthorizationServer } from './authorization_server.mjs';
import { v1, v2 } from './clients.mjs';
import { HeadlessLogin } from './headless.mjs';

const SCOPES = ['create:todos', 'read:todos', 'delete:todos'];
const LIMIT = { timeout: 60_000 };
const UNKNOWN_ID = 'aaaaaaaaaaaa';

// A client that was sent to log in, logged in as this person with these scopes,
// and is connected. What it got is asserted, as all that follows hangs on it.
async function visit({ setup, issuer, url }, accountId, scopes) {
	issuer.visitor = { accountId, scopes };
	const login = new HeadlessLogin();
	const first = setup.newTransport(url, { authProvider: login });
	await assert.rejects(setup.newClient().connect(first),
		(error) => error.constructor.name === 'UnauthorizedError');
	await setup.finish(first, login.callback);
	assert.deepEqual(login.authorizationUrl.searchParams.get('scope').split(' ')
		.filter((scope) => scope !== 'offline_access'), SCOPES);
	assert.deepEqual(claimsOf(login.saved.access_token),
		{ sub: accountId, scope: scopes.join(' ') });
	const client = setup.newClient();
	await client.connect(setup.newTransport(url, { authProvider: login }));
	return Object.assign(client, { token: login.saved.access_token });
}

function claimsOf(token) {
	const { sub, scope } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
	return { sub, scope: scope ?? '' };
}

async function textOf(client, name, args, isError) {
	const result = await client.callTool({ name, arguments: args });
	assert.equal(result.content.length, 1);
	assert.equal(result.isError ?? false, isError, result.content[0].text);
	return result.content[0].text;
}

const answer = async (client, name, args = {}) =>
	JSON.parse(await textOf(client, name, args, false));

const refusal = (client, name, args = {}) => textOf(client, name, args, true);

const contents = async (client) =>
	(await answer(client, 'get-todos')).map((todo) => todo.content);

function expectTodo(todo, content, ownerId) {
	assert.deepEqual(Object.keys(todo), ['id', 'content', 'ownerId', 'createdAt']);
	assert.match(todo.id, /^[a-z2-9]{12}$/);
	assert.equal(todo.content, content);
	assert.equal(todo.ownerId, ownerId);
	assert.match(todo.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	assert.ok(Math.abs(Date.parse(todo.createdAt) - Date.now()) < 30_000);
}

// One story per client; every step stands on what those before it left behind.
const steps = [
	['lists_the_tools_with_what_they_require', async ({ bob }) => {
		const { tools } = await bob.listTools();
		const required = tools.map((tool) => [tool.name, tool.inputSchema.required ?? []]);
		assert.deepEqual(Object.fromEntries(required),
			{ 'create-todo': ['content'], 'get-todos': [], 'delete-todo': ['id'] });
	}],
	['hides_the_tool_from_who_may_not_call_it', async ({ bare, admin }) => {
		const names = async (client) => (await client.listTools()).tools.map(({ name }) => name);
		assert.deepEqual(await names(bare), ['get-todos', 'delete-todo']);
		assert.deepEqual(await names(admin), ['create-todo', 'get-todos', 'delete-todo']);
	}],
	['creates_todos_that_belong_to_who_asked', async (people) => {
		const { admin, bob, made } = people;
		made.alices = await answer(admin, 'create-todo', { content: 'feed the cat' });
		made.bobs = await answer(bob, 'create-todo', { content: 'wash \u00fc "x"\n' });
		made.bobsSecond = await answer(bob, 'create-todo', { content: 'sleep' });
		expectTodo(made.alices, 'feed the cat', 'alice');
		expectTodo(made.bobs, 'wash \u00fc "x"\n', 'bob');
	}],
	['shows_bob_his_own_todos_only', async ({ bob, made }) => {
		assert.deepEqual(await answer(bob, 'get-todos'), [made.bobs, made.bobsSecond]);
	}],
	['shows_bob_his_own_todos_without_any_scope', async ({ bare, made }) => {
		assert.deepEqual(await answer(bare, 'get-todos'), [made.bobs, made.bobsSecond]);
	}],
	['shows_alice_everybody_s_todos', async ({ admin, made }) => {
		assert.deepEqual(await answer(admin, 'get-todos'),
			[made.alices, made.bobs, made.bobsSecond]);
	}],
	['creates_nothing_without_the_scope', async ({ server, bare, admin }) => {
		await expectChallenge(await callAlone(server, bare.token, 'create-todo', { content: 'x' }));
		assert.equal((await contents(admin)).length, 3);
	}],
	['says_what_is_missing_before_it_looks_at_arguments', async ({ server, bare }) => {
		await expectChallenge(await callAlone(server, bare.token, 'create-todo', {}));
	}],
	['tells_bob_the_same_of_alice_s_todo_and_of_none', async ({ bob, bare, admin, made }) => {
		for (const client of [bob, bare]) {
			const foreign = await refusal(client, 'delete-todo', { id: made.alices.id });
			const unknown = await refusal(client, 'delete-todo', { id: UNKNOWN_ID });
			assert.equal(foreign, unknown);
			assert.match(foreign, /^not_found: .*\bdelete:todos\b/);
		}
		assert.ok((await contents(admin)).includes('feed the cat'));
	}],
	['lets_bob_delete_his_own_without_any_scope', async ({ bare, admin, made }) => {
		assert.deepEqual(await answer(bare, 'delete-todo', { id: made.bobsSecond.id }),
			{ id: made.bobsSecond.id, deleted: true });
		assert.deepEqual(await answer(admin, 'get-todos'), [made.alices, made.bobs]);
	}],
	['lets_alice_delete_bob_s', async ({ admin, bob, made }) => {
		assert.deepEqual(await answer(admin, 'delete-todo', { id: made.bobs.id }),
			{ id: made.bobs.id, deleted: true });
		assert.deepEqual(await answer(bob, 'get-todos'), []);
		assert.deepEqual(await answer(admin, 'get-todos'), [made.alices]);
	}],
	['tells_alice_that_a_todo_is_gone', async ({ admin, made }) => {
		assert.match(await refusal(admin, 'delete-todo', { id: made.bobs.id }), /^not_found: /);
	}],
	['says_which_arguments_it_wants', async ({ admin }) => {
		const wrong = [
			['create-todo', {}, /content/],
			['create-todo', { content: 1 }, /content/],
			['create-todo', { content: 'x', id: 'y' }, /content/],
			['create-todo', { content: '' }, /1 to 4096 bytes/],
			['create-todo', { content: '\u00fc'.repeat(2049) }, /1 to 4096 bytes/],
			['delete-todo', {}, /\bid\b/],
			['delete-todo', { id: null }, /\bid\b/],
			['get-todos', { owner: 'bob' }, /no arguments/],
		];
		for (const [name, args, reason] of wrong) {
			const text = await refusal(admin, name, args);
			assert.match(text, /^invalid_arguments: /, name);
			assert.match(text, reason);
		}
		const longest = '\u00fc'.repeat(2048);
		assert.equal((await answer(admin, 'create-todo', { content: longest })).content, longest);
	}],
];

for (const [name, setup] of [['sdk_v1', v1], ['client_v2', v2]]) {
	test(`${name}_uses_todo_manager_with_three_sets_of_scopes`, LIMIT, async (t) => {
		const issuer = await AuthorizationServer.create({ scope: SCOPES.join(' ') });
		t.after(() => issuer.close());
		const server = await runningServer('todo-manager', ['--issuer', issuer.url]);
		t.after(() => server.stop());
		const where = { setup, issuer, url: new URL(`${server.url}/mcp`) };
		const people = {
			admin: await visit(where, 'alice', SCOPES),
			bob: await visit(where, 'bob', ['create:todos']),
			bare: await visit(where, 'bob', []),
			made: {},
			server,
		};
		for (const [step, check] of steps) {
			await t.test(step, () => check(people));
		}
		await Promise.all([people.admin, people.bob, people.bare].map((one) => one.close()));
	});
}

// A tool call that needs no session, with a token that needs no person.
function callAlone(server, token, name, args) {
	return fetch(`${server.url}/mcp`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${token}`,
			'content-type': 'application/json',
			accept: 'application/json, text/event-stream',
			'mcp-protocol-version': '2026-07-28',
			'mcp-method': 'tools/call',
			'mcp-name': name,
		},
		body: JSON.stringify({
			jsonrpc: '2.0',
			id: 1,
			method: 'tools/call',
			params: {
				name,
				arguments: args,
				_meta: {
					'io.modelcontextprotocol/protocolVersion': '2026-07-28',
					'io.modelcontextprotocol/clientCapabilities': {},
				},
			},
		}),
	});
}

async function resultAlone(server, token, name, args) {
	const answered = await callAlone(server, token, name, args);
	assert.equal(answered.status, 200);
	return (await answered.json()).result;
}

// What a client needs to come back with a token that opens the tool.
async function expectChallenge(answered) {
	assert.equal(answered.status, 403);
	assert.match(answered.headers.get('www-authenticate'), new RegExp('^Bearer '
		+ 'error="insufficient_scope", error_description="[^"]+", scope="create:todos", '
		+ 'resource_metadata="http://127\\.0\\.0\\.1:\\d+/\\.well-known/oauth-protected-resource/mcp"$'));
	const { error, scope } = await answered.json();
	assert.deepEqual([error, scope], ['insufficient_scope', 'create:todos']);
}

test('the_same_subject_of_another_issuer_is_somebody_else', LIMIT, async (t) => {
	const scope = 'create:todos';
	const issuers = await Promise.all([1, 2].map(() => AuthorizationServer.create({ scope })));
	t.after(() => Promise.all(issuers.map((issuer) => issuer.close())));
	const server = await runningServer('todo-manager',
		issuers.flatMap((issuer) => ['--issuer', issuer.url]));
	t.after(() => server.stop());
	const [one, other] = await Promise.all(issuers.map((issuer) => issuer.machineToken({
		resource: `${server.url}/mcp`, scope, algorithm: 'RS256',
	})));
	assert.equal(claimsOf(one).sub, claimsOf(other).sub);
	const made = await resultAlone(server, one, 'create-todo', { content: 'mine' });
	const { id } = JSON.parse(made.content[0].text);
	const seen = await resultAlone(server, other, 'get-todos', {});
	assert.deepEqual(JSON.parse(seen.content[0].text), []);
	const taken = await resultAlone(server, other, 'delete-todo', { id });
	assert.equal(taken.isError, true);
	const kept = await resultAlone(server, one, 'delete-todo', { id });
	assert.deepEqual(JSON.parse(kept.content[0].text), { id, deleted: true });
});

test('metadata_names_the_scopes_that_nothing_requires', LIMIT, async (t) => {
	const server = await runningServer('todo-manager', ['--issuer', 'http://127.0.0.1:9']);
	t.after(() => server.stop());
	const strict = await runningServer('todo-manager',
		['--issuer', 'http://127.0.0.1:9', '--scope', 'read:todos', '--scope', 'staff']);
	t.after(() => strict.stop());
	for (const [where, supported, required] of [
		[server.url, SCOPES, ''],
		[strict.url, [...SCOPES, 'staff'], ', scope="read:todos staff"'],
	]) {
		const metadata = `${where}/.well-known/oauth-protected-resource/mcp`;
		const { scopes_supported } = await (await fetch(metadata)).json();
		assert.deepEqual(scopes_supported, supported);
		const { status, headers } = await fetch(`${where}/mcp`, { method: 'POST', body: '{}' });
		assert.equal(status, 401);
		assert.equal(headers.get('www-authenticate'),
			`Bearer resource_metadata="${metadata}"${required}`);
	}
});
