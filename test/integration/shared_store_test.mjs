// Two processes of one server that share a store in a real Redis: an issuer is asked once,
// logs people out once, and what one process forgets the other does not find. And what
// they do without it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RESOURCE, protectedNotes } from '../support/notes.mjs';
import { Redis } from '../support/redis.mjs';
import { bearer, exchange } from '../support/wire.mjs';
import { jwt, keyFor, now } from './signed_jwt.mjs';

const LIMIT = { timeout: 30_000 };
const CLIENT = 'notes';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const CACHE_SECONDS = 3;
const STORE_MS = 1000;
const PAUSE_MS = 2100;

const sleep = (ms) => new Promise((wake) => { setTimeout(wake, ms); });

// An issuer of opaque tokens: one is `name.anything`, and good for its subject `name`
// until that is in `revoked`.
class Issuer {
	asked = 0;
	revoked = new Set();
	#key = keyFor('ES256');

	static async open() {
		const self = new Issuer();
		self.server = createServer((request, response) => self.#answer(request, response));
		self.server.listen(0, '127.0.0.1');
		await once(self.server, 'listening');
		self.url = `http://127.0.0.1:${self.server.address().port}`;
		return self;
	}

	async #answer(request, response) {
		let text = '';
		for await (const chunk of request) {
			text += chunk;
		}
		const body = request.url === '/introspect'
			? this.#introspect(new URLSearchParams(text).get('token'))
			: { keys: [{ ...this.#key.publicKey.export({ format: 'jwk' }), kid: 'k' }] };
		response.setHeader('Content-Type', 'application/json');
		response.end(JSON.stringify(body));
	}

	#introspect(token) {
		const [sub] = token.split('.');
		this.asked += 1;
		return this.revoked.has(sub) ? { active: false }
			: { active: true, sub, client_id: 'c', scope: 'read:notes', aud: RESOURCE };
	}

	logoutToken(sub) {
		return jwt(this.#key, {
			iss: this.url, aud: CLIENT, iat: now(), jti: randomUUID(), sub, events: { [EVENT]: {} },
		}, { kid: 'k', typ: 'logout+jwt' });
	}

	async close() {
		this.server.close();
		this.server.closeAllConnections();
		await once(this.server, 'close');
	}
}

describe('two processes', () => {
	let folder;
	let issuer;
	let redis;
	let one;
	let two;

	before(async () => {
		folder = await mkdtemp(path.join(tmpdir(), 'shared-'));
		const secret = path.join(folder, 'secret');
		await writeFile(secret, 'hush-hush-hush');
		issuer = await Issuer.open();
		redis = new Redis(folder);
		await redis.start();
		const start = () => protectedNotes(issuer.url, ['--jwks', `${issuer.url}/keys`,
			'--introspection', `${issuer.url}/introspect`, '--client-id', CLIENT,
			'--client-secret-file', secret, '--token-cache', String(CACHE_SECONDS),
			'--logout-path', '/logout', '--redis', redis.socket]);
		[one, two] = await Promise.all([start(), start()]);
	}, LIMIT);

	after(async () => {
		await one?.stop();
		await two?.stop();
		redis?.process.kill('SIGKILL');
		await issuer?.close();
		await rm(folder, { recursive: true, force: true });
	}, LIMIT);

	const status = async (server, token) => (
		await exchange(`${server.url}/notes`, { headers: bearer(token) })).status;

	async function logOut(server, token) {
		const answer = await exchange(`${server.url}/logout`, {
			method: 'POST',
			headers: [['Content-Type', 'application/x-www-form-urlencoded']],
			body: new URLSearchParams({ logout_token: token }).toString(),
		});
		return answer.status;
	}

	async function expectAsked(count, ask) {
		const before = issuer.asked;
		await ask();
		assert.equal(issuer.asked - before, count);
	}

	test('ask_once', LIMIT, () => expectAsked(1, async () => {
		assert.equal(await status(one, 'alice.1'), 200);
		assert.equal(await status(two, 'alice.1'), 200);
	}));

	test('ask_each_about_what_is_not_good', LIMIT, () => expectAsked(2, async () => {
		issuer.revoked.add('mallory');
		assert.equal(await status(one, 'mallory.1'), 401);
		assert.equal(await status(two, 'mallory.1'), 401);
	}));

	// Another token of hers than the one that the second process remembers.
	test('forget_together', LIMIT, async () => {
		assert.equal(await status(one, 'bob.1'), 200);
		assert.equal(await status(one, 'bob.2'), 200);
		assert.equal(await status(two, 'bob.1'), 200);
		issuer.revoked.add('bob');
		assert.equal(await logOut(one, issuer.logoutToken('bob')), 200);
		assert.equal(await status(one, 'bob.1'), 401);
		assert.equal(await status(two, 'bob.2'), 401);
		assert.equal(await status(two, 'bob.1'), 200);
		await sleep((CACHE_SECONDS + 1) * 1000);
		assert.equal(await status(two, 'bob.1'), 401);
	});

	test('take_a_logout_token_once', LIMIT, async () => {
		const token = issuer.logoutToken('alice');
		const all = await Promise.all(Array.from({ length: 40 },
			(_, i) => logOut(i % 2 === 0 ? one : two, token)));
		assert.equal(all.filter((code) => code === 200).length, 1);
		assert.equal(all.filter((code) => code === 400).length, 39);
	});

	async function timed(server, token) {
		const begin = Date.now();
		assert.equal(await status(server, token), 200);
		return Date.now() - begin;
	}

	// Stopped, it takes connections and answers nothing.
	test('do_not_wait_long_for_a_store_that_hangs', LIMIT, async () => {
		await redis.signal('SIGSTOP');
		try {
			const first = await timed(one, 'carol.1');
			assert.ok(first < STORE_MS + 500, `${first} ms`);
			const next = await Promise.all(
				Array.from({ length: 20 }, (_, i) => timed(one, `carol.${i + 2}`)));
			assert.ok(Math.min(...next) < 300, `${Math.min(...next)} ms`);
			assert.equal(await logOut(one, issuer.logoutToken('carol')), 503);
		} finally {
			await redis.signal('SIGCONT');
		}
	});

	test('serve_by_asking_when_it_is_gone_and_share_again_when_it_is_back', LIMIT, async () => {
		await sleep(PAUSE_MS);
		await redis.signal('SIGKILL');
		await expectAsked(2, async () => {
			assert.equal(await status(one, 'dave.1'), 200);
			assert.equal(await status(two, 'dave.1'), 200);
		});
		assert.equal(await logOut(one, issuer.logoutToken('dave')), 503);
		await redis.start();
		await sleep(PAUSE_MS);
		// The first could not tell the store whom it forgot, and believes for a minute
		// nothing that it finds there: it is the one that asks.
		await expectAsked(1, async () => {
			assert.equal(await status(one, 'erin.1'), 200);
			assert.equal(await status(two, 'erin.1'), 200);
		});
		assert.equal(await logOut(two, issuer.logoutToken('dave')), 200);
	});
});
