// SIGTERM while documents are being fetched and requests wait for them: everybody is
// answered, the program ends with 0 and in time, and (built with a sanitizer) leaves
// nothing behind.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPE, expectUnavailable } from '../../support/notes.mjs';
import { runningServer } from '../../support/servers.mjs';
import { bearer, exchange } from '../../support/wire.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';
import { milliseconds } from './trial.mjs';

const CROWD = 20;
// The servers give 2 s to whoever is still being answered; nobody here needs it.
const STOP_MS = 1500;
const FETCH_MS = 4000;

const SERVERS = {
	'notes': ['notes', '/notes'],
	'notes on four threads': ['notes', '/notes', ['--threads', '4']],
	'whoami': ['whoami', '/mcp'],
	'todo-manager': ['todo-manager', '/mcp'],
};

const CASES = {
	'no answer of keys': ['keys', 'hang'],
	'keys that drip': ['keys', 'drip'],
	'no answer of metadata': ['metadata', 'hang'],
	'metadata that drips': ['metadata', 'drip'],
};

async function underFetch(issuer, endpoint) {
	const end = performance.now() + FETCH_MS;
	while (issuer.hits[endpoint] === 0 && performance.now() < end) {
		await sleep(10);
	}
	assert.equal(issuer.hits[endpoint], 1, 'one fetch for all');
	await sleep(100);
}

async function crowd(url, resource, issuer) {
	const claims = { aud: resource, scope: SCOPE };
	const tokens = await Promise.all(
		Array.from({ length: CROWD }, () => issuer.token(claims)));
	return tokens.map((token) => exchange(url, { headers: bearer(token) }));
}

async function stopsUnderFetch(t, [program, path, args = []], [endpoint, manner]) {
	const issuer = await MisbehavingIssuer.create(['ES256']);
	const resource = `https://api.example.com${path}`;
	const server = await runningServer(program,
		['--resource', resource, '--issuer', issuer.url, '--scope', SCOPE, ...args]);
	try {
		issuer.misbehave(endpoint, manner);
		let early = 0;
		const waiting = Promise.all((await crowd(`${server.url}${path}`, resource, issuer))
			.map((answer) => answer.finally(() => { early += 1; })));
		waiting.catch(() => {});
		await underFetch(issuer, endpoint);
		assert.equal(early, 0, 'answered before it had to stop');
		const took = await milliseconds(() => server.stop());
		const answers = await waiting;
		t.diagnostic(`${CROWD} answered, ended after ${took} ms`);
		answers.forEach(expectUnavailable);
		assert.ok(took <= STOP_MS, `ended after ${took} ms`);
		assert.doesNotMatch(server.stderr, /Sanitizer|runtime error/);
	} finally {
		await server.stop().catch(() => {});
		await issuer.down();
	}
}

test('stopping', { concurrency: 4 }, async (t) => {
	const all = [];
	for (const [name, server] of Object.entries(SERVERS)) {
		for (const [fault, how] of Object.entries(CASES)) {
			all.push(t.test(`${name}: SIGTERM with ${fault}`,
				(step) => stopsUnderFetch(step, server, how)));
		}
	}
	await Promise.all(all);
});
