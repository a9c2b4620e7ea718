// Three processes of one server behind examples/nginx, each asked in its turn: what holds
// without a store, what a store in Redis adds, and that a restart loses no request.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Issuer } from '../support/issuer.mjs';
import { Nginx, missing } from '../support/nginx.mjs';
import { Redis } from '../support/redis.mjs';
import { runningServer } from '../support/servers.mjs';
import { bearer } from '../support/wire.mjs';
import { v2, v2Legacy } from './clients.mjs';

const LIMIT = { timeout: 60_000 };
const REPLICAS = 3;
const ROUNDS = 4;
const UPSTREAM = 'upstream mcp_server {';
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

// Says of any token that it is good, and counts how often it was asked.
class Introspection {
	asked = 0;

	static async open() {
		const self = new Introspection();
		self.server = http.createServer(async (request, response) => {
			const form = new URLSearchParams((await request.setEncoding('utf8').toArray()).join(''));
			self.asked += 1;
			response.setHeader('Content-Type', 'application/json');
			response.end(JSON.stringify({ active: true, sub: form.get('token'), client_id: 'c',
				aud: self.resource }));
		}).listen(0, '127.0.0.1');
		await once(self.server, 'listening');
		self.url = `http://127.0.0.1:${self.server.address().port}`;
		return self;
	}

	close() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

class Replicas {
	static async start(args, further) {
		const self = new Replicas();
		self.nginx = await Nginx.prepare();
		self.resource = `${self.nginx.url}/mcp`;
		self.args = ['--resource', self.resource, '--trust-proxy', '127.0.0.1', ...args];
		self.all = await Promise.all(Array.from({ length: REPLICAS }, () => self.another()));
		await self.nginx.start(self.hosts(), further);
		tls.setDefaultCACertificates([...tls.getCACertificates('default'), self.nginx.authority]);
		return self;
	}

	another() {
		return runningServer('whoami', this.args);
	}

	hosts() {
		return this.all.map(({ url }) => new URL(url).host);
	}

	// How often each answers is told by the statuses alone: nginx goes round.
	async ask(token, times = REPLICAS * ROUNDS) {
		const statuses = [];
		for (let i = 0; i < times; i += 1) {
			statuses.push((await this.nginx.ask({ headers: bearer(token) })).status);
		}
		return statuses;
	}

	async stop() {
		await this.nginx?.stop();
		await Promise.all((this.all ?? []).map((server) => server.stop()));
	}
}

// What nginx does not repeat by itself.
const post = (token) => ({
	method: 'POST',
	headers: [...bearer(token), ['Content-Type', 'application/json'],
		['Accept', 'application/json, text/event-stream']],
	body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {
		protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } } }),
});

// A GET of `whoami` with a good token is answered 405: it has no streams.
const LET_IN = 405;
const every = (status, count = REPLICAS * ROUNDS) => Array(count).fill(status);
const faster = ['rate=20r/s', 'rate=2000r/s'];

async function callWith(setup, resource, token) {
	const client = setup.newClient();
	const requestInit = { headers: { Authorization: `Bearer ${token}` } };
	await client.connect(setup.newTransport(new URL(resource), { requestInit }));
	for (let i = 0; i < REPLICAS; i += 1) {
		const said = await client.callTool({ name: 'whoami', arguments: {} });
		assert.equal(JSON.parse(said.content[0].text).sub, 'alice');
	}
	await client.close();
}

describe('three_replicas_without_a_store', { skip: missing }, () => {
	let issuer;
	let replicas;
	let token;

	before(async () => {
		issuer = await Issuer.create({ algorithms: ['RS256', 'ES256'] });
		replicas = await Replicas.start(['--issuer', issuer.url], [faster]);
		token = await issuer.token({ aud: replicas.resource });
	}, LIMIT);

	after(async () => {
		await replicas?.stop();
		await issuer?.down();
	}, LIMIT);

	test('each_accepts_a_token_and_fetches_the_keys_once', LIMIT, async () => {
		assert.deepEqual(await replicas.ask(token), every(LET_IN));
		assert.equal(issuer.counts.jwks, REPLICAS);
		assert.deepEqual(await replicas.ask(await issuer.token({ aud: 'https://other.example' })),
			every(401));
		assert.equal(issuer.counts.jwks, REPLICAS);
	});

	test('a_stateless_client_need_not_come_back_to_the_same_one', LIMIT, () =>
		callWith(v2, replicas.resource, token));

	test('a_session_of_an_older_revision_must', LIMIT, async () => {
		await assert.rejects(callWith(v2Legacy, replicas.resource, token));
		await replicas.nginx.change(replicas.hosts(),
			[faster, [UPSTREAM, `${UPSTREAM}\n\thash $remote_addr consistent;`]]);
		try {
			await callWith(v2Legacy, replicas.resource, token);
		} finally {
			await replicas.nginx.change(replicas.hosts(), [faster]);
		}
	});

	// One after the other: taken out of nginx, drained, replaced.
	test('a_rolling_restart_loses_no_request', LIMIT, async () => {
		const seen = [];
		let over = false;
		const caller = async () => {
			while (!over) {
				seen.push((await replicas.nginx.ask(post(token))).status);
			}
		};
		const callers = [caller(), caller(), caller()];
		for (let i = 0; i < REPLICAS; i += 1) {
			const next = await replicas.another();
			const old = replicas.all[i];
			replicas.all[i] = next;
			await replicas.nginx.change(replicas.hosts(), [faster]);
			await old.stop();
		}
		const enough = seen.length + 30;
		while (seen.length < enough) {
			await sleep(10);
		}
		over = true;
		await Promise.all(callers);
		assert.deepEqual(seen.filter((status) => status !== 200), []);
	});

	test('one_that_dies_is_passed_over', LIMIT, async () => {
		process.kill(replicas.all[0].pid, 'SIGKILL');
		assert.deepEqual(await replicas.ask(token), every(LET_IN));
		replicas.all[0] = await replicas.another();
	});
});

for (const shared of [false, true]) {
	const name = shared ? 'with_a_store_in_redis' : 'each_with_its_own_memory';
	const skip = missing || (shared && !hasRedis && 'redis-server is not there');
	describe(`opaque_tokens_at_three_replicas_${name}`, { skip }, () => {
		let folder;
		let introspection;
		let redis;
		let replicas;

		before(async () => {
			folder = await mkdtemp(path.join(tmpdir(), 'replicas-'));
			const secret = path.join(folder, 'secret');
			await writeFile(secret, 'hush-hush-hush');
			introspection = await Introspection.open();
			if (shared) {
				redis = new Redis(folder);
				await redis.start();
			}
			const store = shared ? ['--redis', redis.socket] : [];
			replicas = await Replicas.start(['--issuer', introspection.url, '--jwks',
				`${introspection.url}/jwks`, '--introspection', `${introspection.url}/introspect`,
				'--client-id', 'replica', '--client-secret-file', secret, ...store], [faster]);
			introspection.resource = replicas.resource;
		}, LIMIT);

		after(async () => {
			await replicas?.stop();
			redis?.process.kill('SIGKILL');
			introspection?.close();
			await rm(folder, { recursive: true, force: true });
		}, LIMIT);

		const questions = shared ? 1 : REPLICAS;
		test(`cost_the_issuer_${questions}_${shared ? 'question' : 'questions'}`, LIMIT, async () => {
			assert.deepEqual(await replicas.ask('alice'), every(LET_IN));
			assert.equal(introspection.asked, questions);
		});
	});
}
