// Keys that change while a server serves, by the clock on the wall: a new key is known
// in half a minute, and a removed one is refused no later than its set is renewed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPair } from '../../support/issuer.mjs';
import { expectNotes, expectRefusal, goodClaims, protectedNotes } from '../../support/notes.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';
import { ask } from './trial.mjs';

const IS_LONG = process.env.FAULTS_LONG === '1';
const COOLDOWN_MS = 30_000;
const POLL_MS = 100;
const SLACK_MS = 1500;

async function withNotes(args, work) {
	const issuer = await MisbehavingIssuer.create(['ES256']);
	const notes = await protectedNotes(issuer.url, args);
	try {
		await work(issuer, notes);
	} finally {
		await notes.stop();
		await issuer.down();
	}
}

// Milliseconds until tokens of a key, each a new one, get that status; before they get
// the other, and nothing else.
async function until(notes, makeToken, status, before, most) {
	const start = performance.now();
	let answer;
	do {
		answer = await ask(notes, await makeToken());
		assert.ok([status, before].includes(answer.status), `${answer.status} ${answer.text}`);
		await sleep(POLL_MS);
	} while (answer.status !== status && performance.now() - start < most + SLACK_MS);
	assert.equal(answer.status, status, `still ${answer.status} after ${most} ms`);
	return Math.round(performance.now() - start);
}

const threads = { one_thread: [], four_threads: ['--threads', '4'] };

test('rotation', { concurrency: 8 }, async (t) => {
	const all = [];
	for (const [name, args] of Object.entries(threads)) {
		all.push(t.test(`a_new_key_in_place_of_the_old_one_on_${name}`, (step) => {
			return withNotes(args, async (issuer, notes) => {
				const [old] = issuer.keys;
				const token = await issuer.token(goodClaims(), old);
				expectNotes(await ask(notes, token), 'alice');
				issuer.keys = [await keyPair('ES256', 'new')];
				const make = () => issuer.token(goodClaims(), issuer.keys[0]);
				const took = await until(notes, make, 200, 401, COOLDOWN_MS);
				step.diagnostic(`known after ${took} ms`);
				// The old one ends with that fetch, also where it is remembered.
				expectRefusal(await ask(notes, token), 401, 'invalid_token');
				assert.equal(issuer.hits.keys, 2);
			});
		}));
	}
	all.push(t.test('keys_that_moved_to_another_place', (step) => {
		return withNotes([], async (issuer, notes) => {
			expectNotes(await ask(notes, await issuer.token(goodClaims())), 'alice');
			issuer.moveKeys('/elsewhere', await keyPair('ES256', 'new'));
			const make = () => issuer.token(goodClaims());
			const start = performance.now();
			let answer;
			do {
				answer = await ask(notes, await make());
				await sleep(POLL_MS);
			} while (answer.status !== 200 && performance.now() - start < 2 * COOLDOWN_MS);
			expectNotes(answer, 'alice');
			step.diagnostic(`followed after ${Math.round(performance.now() - start)} ms`);
			assert.ok(issuer.hits.keys <= 6, `${issuer.hits.keys} fetches of keys`);
			assert.ok(issuer.hits.metadata <= 4, `${issuer.hits.metadata} of metadata`);
		});
	}));
	all.push(t.test('a_removed_key_without_a_successor', { skip: !IS_LONG && '--long' },
		(step) => withNotes([], async (issuer, notes) => {
			issuer.headers = { 'cache-control': 'max-age=60' };
			const [old] = issuer.keys;
			const make = () => issuer.token(goodClaims(), old);
			expectNotes(await ask(notes, await make()), 'alice');
			issuer.keys = [];
			const took = await until(notes, make, 401, 200, 60_000);
			step.diagnostic(`refused after ${took} ms`);
		})));
	await Promise.all(all);
});
