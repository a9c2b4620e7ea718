// The programs whose lines are counted in examples/from-mcp-auth.md do what they are counted
// for: ours, MCP Auth's and the SDK's. The Python ones are not run.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Files, freePort } from '../support/introspected.mjs';
import { Issuer } from '../support/issuer.mjs';
import { programPath } from '../support/servers.mjs';
import { bearer, exchange, headerLines } from '../support/wire.mjs';
import { v1 } from './clients.mjs';

const LIMIT = { timeout: 60_000 };
const START_MS = 10_000;
const PEERS = fileURLToPath(new URL('../bench/peers', import.meta.url));
const LINES = path.join(PEERS, 'lines');
const run = promisify(execFile);

// How a program of each kind is started, and how it refuses a tool.
const KINDS = {
	mcpauth: { command: (task) => ourProgram(task), refusal: /403|scope/ },
	mcpauth_with_settings: {
		command: (task) => ourProgram(task === 'per_tool' ? 'per_tool_settings' : 'routes_settings'),
		settings: true,
		refusal: /403|scope/,
	},
	mcp_auth: { command: (task) => nodeProgram(`${task}_mcp_auth.mjs`) },
	sdk: { command: (task) => nodeProgram(`${task}_sdk.mjs`) },
};

function ourProgram(name) {
	return [path.resolve(programPath(''), '../test/bench/peers/lines', `lines_${name}`)];
}

function nodeProgram(name) {
	return [process.execPath, path.join(LINES, name)];
}

async function listens(port) {
	const socket = connect(port, '127.0.0.1');
	const good = await once(socket, 'connect').then(() => true, () => false);
	socket.destroy();
	return good;
}

// Our programs end with their input, the others when they are told to.
class Program {
	static async start([file, ...args], port, env) {
		const self = new Program();
		self.child = spawn(file, args, { stdio: ['pipe', 'ignore', 'pipe'],
			env: { ...process.env, ...env, PORT: String(port) } });
		process.once('exit', () => self.child.kill('SIGKILL'));
		let said = '';
		self.child.stderr.on('data', (text) => {
			said += text;
		});
		const end = Date.now() + START_MS;
		while (!await listens(port)) {
			assert.ok(Date.now() < end && self.child.exitCode === null, `${file}: ${said}`);
			await sleep(20);
		}
		self.url = `http://127.0.0.1:${port}`;
		return self;
	}

	async stop() {
		const ended = once(this.child, 'close');
		this.child.stdin.end('\n');
		if (this.child.spawnfile === process.execPath) {
			this.child.kill('SIGTERM');
		}
		await ended;
	}
}

before(async () => {
	if (!existsSync(path.join(PEERS, 'node_modules/mcp-auth'))) {
		await run('npm', ['ci', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: PEERS });
	}
}, { timeout: 110_000 });

let files;
let issuer;
let other;
before(async () => {
	files = await Files.create();
	issuer = await Issuer.create();
	other = await Issuer.create();
}, LIMIT);
after(async () => {
	await issuer?.down();
	await other?.down();
	await files?.remove();
}, LIMIT);

// The settings of a task, with what `env` says in place of the names.
async function settingsFile(folder, task, env) {
	const text = await readFile(path.join(LINES, `${task}.json`), 'utf8');
	const file = path.join(folder, `${task}.json`);
	await writeFile(file, text.replace(/\$(\w+)/g, (_, name) => env[name]));
	return { SETTINGS: file };
}

for (const [kind, { command, settings, refusal }] of Object.entries(KINDS)) {
	describe(`lines_of_${kind}`, () => {
		let port;
		let program;
		const at = (where) => `http://127.0.0.1:${port}${where}`;
		const ask = async (where, token) => exchange(at(where),
			{ headers: token === undefined ? [] : bearer(token) });

		async function running(task, env, work) {
			port = await freePort();
			const said = settings ? await settingsFile(files.folder, task, env()) : env();
			program = await Program.start(command(task), port, said);
			try {
				await work();
			} finally {
				await program.stop();
			}
		}

		test('one_protected_route', LIMIT, () => running('one_route',
			() => ({ RESOURCE: at('/notes'), ISSUER: issuer.url }), async () => {
				const claims = { aud: at('/notes'), scope: 'read:notes' };
				const invited = await ask('/notes');
				assert.equal(invited.status, 401);
				assert.match(headerLines(invited, 'www-authenticate').join(),
					/resource_metadata="[^"]*\/\.well-known\/oauth-protected-resource\/notes"/);
				const metadata = await ask('/.well-known/oauth-protected-resource/notes');
				assert.equal(JSON.parse(metadata.text).resource, at('/notes'));
				const good = await ask('/notes', await issuer.token(claims));
				assert.deepEqual([good.status, good.text], [200, 'alice']);
				const less = await ask('/notes', await issuer.token({ ...claims, scope: 'x' }));
				assert.equal(less.status, 403);
				const foreign = await issuer.token({ ...claims, aud: 'https://other.example' });
				assert.equal((await ask('/notes', foreign)).status, 401);
			}));

		test('two_resources_with_two_issuers', LIMIT, () => running('two_resources',
			() => ({ NOTES: at('/notes'), NOTES_ISSUER: issuer.url, TODOS: at('/todos'),
				TODOS_ISSUER: other.url }), async () => {
				const notes = { aud: at('/notes'), scope: 'read:notes' };
				const todos = { aud: at('/todos'), scope: 'read:todos' };
				assert.equal((await ask('/notes', await issuer.token(notes))).text, 'alice');
				assert.equal((await ask('/todos', await other.token(todos))).text, 'alice');
				assert.equal((await ask('/todos', await issuer.token(todos))).status, 401);
				assert.equal((await ask('/notes', await other.token(notes))).status, 401);
			}));

		async function withTools(scope, work) {
			const token = await issuer.token({ aud: at('/mcp'), scope });
			const client = v1.newClient();
			await client.connect(v1.newTransport(new URL(at('/mcp')),
				{ requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
			await work((name) => client.callTool({ name, arguments: {} }));
			await client.close();
		}

		// Ours refuse the request, so that a client can ask for more; the others' tools fail.
		async function expectRefusal(called) {
			if (refusal !== undefined) {
				await assert.rejects(called, refusal);
			} else {
				assert.equal((await called).isError, true);
			}
		}

		test('a_scope_for_each_tool', LIMIT, () => running('per_tool',
			() => ({ RESOURCE: at('/mcp'), ISSUER: issuer.url }), async () => {
				assert.equal((await ask('/mcp')).status, 401);
				await withTools('read:todos', async (call) => {
					assert.equal((await call('get-todos')).content[0].text, '[]');
					await expectRefusal(call('create-todo'));
				});
				await withTools('read:todos create:todos', async (call) => {
					assert.equal((await call('create-todo')).content[0].text, 'alice');
				});
			}));
	});
}
