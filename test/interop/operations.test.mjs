// Requests that lie about their operation, sent to `todo-manager` byte for byte: none runs,
// and the honest twin of each does.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { Issuer } from '../support/issuer.mjs';
import { runningServer } from '../support/servers.mjs';

const LIMIT = { timeout: 30_000 };
const VERSION = '2026-07-28';
const META = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
	+ '"io.modelcontextprotocol/clientCapabilities":{}}';

let issuer;
let server;
let alice; // may create
let bob; // may not
let admin; // sees everybody's

before(async () => {
	issuer = await Issuer.create();
	server = await runningServer('todo-manager', ['--issuer', issuer.url]);
	const token = (sub, scope) => issuer.token({ aud: `${server.url}/mcp`, sub, scope });
	alice = await token('alice', 'create:todos');
	bob = await token('bob', '');
	admin = await token('admin', 'read:todos delete:todos');
}, LIMIT);

after(async () => {
	await server?.stop();
	await issuer?.down();
}, LIMIT);

// The body as these bytes, in one piece or in chunks of one byte each.
async function post(token, body, { name, method = 'tools/call', version = VERSION, drip } = {}) {
	const headers = {
		authorization: `Bearer ${token}`,
		'content-type': 'application/json',
		accept: 'application/json, text/event-stream',
		...version && { 'mcp-protocol-version': version },
		...method && { 'mcp-method': method },
		...name && { 'mcp-name': name },
	};
	const request = http.request(`${server.url}/mcp`, { method: 'POST', headers, timeout: 10_000 });
	request.on('timeout', () => request.destroy(new Error('no answer in time')));
	const bytes = Buffer.from(body);
	if (drip) {
		request.setNoDelay(true);
		for (const byte of bytes) {
			request.write(Buffer.of(byte));
		}
		request.end();
	} else {
		request.end(bytes);
	}
	const [response] = await once(request, 'response');
	let text = '';
	response.setEncoding('utf8');
	for await (const chunk of response) {
		text += chunk;
	}
	return { status: response.statusCode, headers: response.headers, text };
}

// A call; `named` is what stands for "name" and its value in the JSON.
const message = (named, args) =>
	`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${named},"arguments":${args},${META}}}`;

const creation = (named) => message(named, '{"content":"slipped in"}');

async function todos() {
	const answer = await post(admin, message('"name":"get-todos"', '{}'), { name: 'get-todos' });
	assert.equal(answer.status, 200, answer.text);
	return JSON.parse(JSON.parse(answer.text).result.content[0].text);
}

async function created(token = alice) {
	const answer = await post(token, creation('"name":"create-todo"'), { name: 'create-todo' });
	assert.equal(answer.status, 200, answer.text);
	return JSON.parse(JSON.parse(answer.text).result.content[0].text);
}

// Refused, with this JSON-RPC error, and nothing has changed.
async function expectNothing(send, code) {
	const before = await todos();
	const answer = await send();
	assert.equal(answer.status, 400, answer.text);
	assert.equal(JSON.parse(answer.text).error.code, code, answer.text);
	assert.deepEqual(await todos(), before);
}

// Refused for want of the scope, with the challenge that says so.
async function expectChallenge(send) {
	const before = await todos();
	const answer = await send();
	assert.equal(answer.status, 403, answer.text);
	assert.match(answer.headers['www-authenticate'], /error="insufficient_scope"/);
	assert.match(answer.headers['www-authenticate'], /scope="create:todos"/);
	assert.deepEqual(await todos(), before);
}

// The same sent by somebody who may, and said honestly: it runs.
async function expectCreation(send) {
	const before = await todos();
	const answer = await send();
	assert.equal(answer.status, 200, answer.text);
	assert.equal(JSON.parse(answer.text).result.isError, undefined, answer.text);
	assert.equal((await todos()).length, before.length + 1);
}

test('a_header_that_says_get_todos_deletes_nothing', LIMIT, async () => {
	const { id } = await created();
	const deletion = message('"name":"delete-todo"', JSON.stringify({ id }));
	for (const lie of [
		{ name: 'get-todos' },
		{ name: 'Delete-Todo' },
		{ name: 'delete-todo', method: 'tools/list' },
		{ name: 'delete-todo', version: '2025-11-25' },
		{ name: null },
		{ name: 'delete-todo', method: null },
		{ name: 'delete-todo', version: null },
	]) {
		await expectNothing(() => post(alice, deletion, lie), -32020);
	}
	const answer = await post(alice, deletion, { name: 'delete-todo' });
	assert.equal(answer.status, 200, answer.text);
	assert.ok((await todos()).every((todo) => todo.id !== id));
});

test('a_header_that_says_get_todos_creates_nothing_without_the_scope', LIMIT, async () => {
	const body = creation('"name":"create-todo"');
	await expectNothing(() => post(bob, body, { name: 'get-todos' }), -32020);
	await expectNothing(() => post(alice, body, { name: 'get-todos' }), -32020);
	await expectChallenge(() => post(bob, body, { name: 'create-todo' }));
	await expectCreation(() => post(alice, body, { name: 'create-todo' }));
});

test('a_name_that_occurs_twice_is_no_name', LIMIT, async () => {
	for (const named of [
		'"name":"get-todos","name":"create-todo"',
		'"name":"create-todo","name":"get-todos"',
		'"name":"get-todos","n\\u0061me":"create-todo"',
		'"name":"get-todos","Name":"create-todo"',
		'"Name":"create-todo","name":"get-todos"',
		'"name":"get-todos","name\\u0000":"create-todo"',
	]) {
		for (const name of ['get-todos', 'create-todo']) {
			await expectNothing(() => post(bob, creation(named), { name }), -32602);
		}
	}
	await expectCreation(() => post(alice, creation('"name":"create-todo"'),
		{ name: 'create-todo' }));
});

test('a_method_or_params_that_occur_twice_are_none', LIMIT, async () => {
	const call = creation('"name":"create-todo"');
	const params = call.slice(call.indexOf('"params"'), -1);
	for (const body of [
		call.replace('"method"', '"method":"ping","method"'),
		call.replace('"method"', '"method":"ping","m\\u0065thod"'),
		call.replace('"method"', '"Method":"ping","method"'),
		call.replace('"params"', `"params":{"name":"get-todos",${META}},"params"`),
		call.replace('"params"', `"params":{"name":"get-todos",${META}},"Params"`),
		call.replace('"id":1', '"id":1,"id":2'),
		call.replace('"jsonrpc":"2.0"', `"jsonrpc":"2.0",${params}`),
	]) {
		await expectNothing(() => post(alice, body, { name: 'create-todo' }), -32600);
	}
	await expectCreation(() => post(alice, call, { name: 'create-todo' }));
});

test('a_batch_runs_nothing', LIMIT, async () => {
	const call = creation('"name":"create-todo"');
	const list = message('"name":"get-todos"', '{}');
	for (const body of [`[${call}]`, `[${list},${call}]`, ` [ ${call} ]`]) {
		for (const options of [
			{ name: 'create-todo' }, { name: 'get-todos' },
			{ method: null, version: '2025-03-26' },
			{ method: null, version: null },
		]) {
			await expectNothing(() => post(alice, body, options), -32600);
		}
	}
	await expectNothing(() => post(alice, `${call}${call}`, { name: 'create-todo' }), -32700);
	await expectNothing(() => post(alice, `${list}\n${call}`, { name: 'get-todos' }), -32700);
	await expectCreation(() => post(alice, ` ${call}\n`, { name: 'create-todo' }));
});

test('a_body_in_chunks_of_one_byte_is_the_same_body', LIMIT, async () => {
	const call = creation('"name":"create-todo"');
	await expectNothing(() => post(alice, call, { name: 'get-todos', drip: true }), -32020);
	await expectNothing(() => post(bob, creation('"name":"get-todos","name":"create-todo"'),
		{ name: 'get-todos', drip: true }), -32602);
	await expectNothing(() => post(alice, `[${call}]`, { name: 'create-todo', drip: true }), -32600);
	await expectChallenge(() => post(bob, call, { name: 'create-todo', drip: true }));
	await expectCreation(() => post(alice, call, { name: 'create-todo', drip: true }));
});

test('escapes_in_a_name_hide_nothing', LIMIT, async () => {
	const base64 = `=?base64?${Buffer.from('create-todo').toString('base64')}?=`;
	for (const named of [
		'"name":"cre\\u0061te-todo"',
		'"n\\u0061me":"create-todo"',
		'"name":"\\u0063\\u0072\\u0065\\u0061\\u0074\\u0065\\u002D\\u0074\\u006f\\u0064\\u006F"',
	]) {
		await expectNothing(() => post(bob, creation(named), { name: 'get-todos' }), -32020);
		await expectChallenge(() => post(bob, creation(named), { name: 'create-todo' }));
		await expectChallenge(() => post(bob, creation(named), { name: base64 }));
		await expectCreation(() => post(alice, creation(named), { name: 'create-todo' }));
		await expectCreation(() => post(alice, creation(named), { name: base64 }));
	}
	await expectNothing(() => post(bob, creation('"name":"get-todos\\u0000create-todo"'),
		{ name: 'get-todos' }), -32602);
	await expectNothing(() => post(bob, creation('"name":"create-todo\\u0000"'),
		{ name: 'create-todo' }), -32602);
});

// The older clients send none of the headers, or the version alone: the body decides.
test('the_body_alone_decides_for_older_clients', LIMIT, async () => {
	const session = async (token) => {
		const body = '{"jsonrpc":"2.0","id":0,"method":"initialize",'
			+ '"params":{"protocolVersion":"2025-11-25"}}';
		return (await post(token, body, { method: null, version: null }))
			.headers['mcp-session-id'];
	};
	const call = (token, named, id, more = {}) => fetch(`${server.url}/mcp`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${token}`,
			'content-type': 'application/json',
			'mcp-protocol-version': '2025-11-25',
			'mcp-session-id': id,
			...more,
		},
		body: creation(named).replace(`,${META}`, ''),
	}).then(async (answer) => ({
		status: answer.status,
		headers: Object.fromEntries(answer.headers),
		text: await answer.text(),
	}));
	const ids = { alice: await session(alice), bob: await session(bob) };
	await expectChallenge(() => call(bob, '"name":"create-todo"', ids.bob));
	await expectNothing(() => call(bob, '"name":"get-todos","name":"create-todo"', ids.bob), -32602);
	await expectNothing(() => call(bob, '"name":"create-todo"', ids.bob,
		{ 'mcp-name': 'get-todos' }), -32020);
	await expectNothing(() => call(alice, '"name":"create-todo"', ids.alice,
		{ 'mcp-method': 'tools/list' }), -32020);
	await expectCreation(() => call(alice, '"name":"create-todo"', ids.alice));
	// An id is of no use to another principal.
	assert.equal((await call(alice, '"name":"create-todo"', ids.bob)).status, 404);
});

test('a_tool_that_is_not_there_is_no_matter_of_scopes', LIMIT, async () => {
	const answer = await post(bob, message('"name":"drop-table"', '{}'), { name: 'drop-table' });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(JSON.parse(answer.text).error.code, -32602);
	const prompt = message('"name":"p"', '{}').replace('tools/call', 'prompts/get');
	const other = await post(bob, prompt, { name: 'p', method: 'prompts/get' });
	assert.equal(other.status, 404, other.text);
	assert.equal(JSON.parse(other.text).error.code, -32601);
});

test('nobody_gets_a_word_in_without_a_token', LIMIT, async () => {
	const before = await todos();
	const answer = await post('', creation('"name":"create-todo"'), { name: 'create-todo' });
	assert.equal(answer.status, 400);
	const bare = await fetch(`${server.url}/mcp`,
		{ method: 'POST', body: creation('"name":"create-todo"') });
	assert.equal(bare.status, 401);
	assert.deepEqual(await todos(), before);
});

// An id that no double holds, and one that is written oddly, come back as they went.
test('echoes_ids_byte_for_byte_also_with_an_error', LIMIT, async () => {
	for (const id of ['9007199254740993', '"\\u0061"', '1.0e2']) {
		const call = message('"name":"get-todos"', '{}').replace('"id":1', `"id":${id}`);
		const good = await post(bob, call, { name: 'get-todos' });
		assert.ok(good.text.includes(`"id":${id},`), good.text);
		const bad = await post(bob, call, { name: 'delete-todo' });
		assert.equal(bad.status, 400);
		assert.ok(bad.text.includes(`"id":${id},`), bad.text);
	}
});
