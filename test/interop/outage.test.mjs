// An authorization server that is down, and one that is slow: `notes` stays
// answerable, says 503 where it must, and asks for the keys once.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Issuer } from '../support/issuer.mjs';
import {
	METADATA_PATH, RESOURCE, expectInvitation, expectNotes, expectUnavailable,
	goodClaims, protectedNotes,
} from '../support/notes.mjs';
import { bearer, exchange } from '../support/wire.mjs';

const LIMIT = { timeout: 60_000 };
const RECOVERY_MS = 20_000;
const POLL_MS = 250;
const CROWD = 200;
const OPEN_REQUESTS = 1000;
const OPEN_CONNECTIONS = 10;

async function expectMetadata(notes, issuer) {
	const answer = await exchange(`${notes.url}${METADATA_PATH}`);
	assert.equal(answer.status, 200, answer.text);
	const document = JSON.parse(answer.text);
	assert.equal(document.resource, RESOURCE);
	assert.deepEqual(document.authorization_servers, [issuer.url]);
}

async function milliseconds(work) {
	const start = performance.now();
	await work();
	return performance.now() - start;
}

// Asks with a token until it is no longer told 503, and how long that took.
async function recovery(ask) {
	let answer;
	const took = await milliseconds(async () => {
		const end = performance.now() + RECOVERY_MS;
		do {
			await sleep(POLL_MS);
			answer = await ask();
		} while (answer.status === 503 && performance.now() < end);
	});
	return { answer, took };
}

test('recovers_by_itself_from_a_server_down_at_the_start', LIMIT, async (t) => {
	const issuer = await Issuer.create();
	const headers = bearer(await issuer.token(goodClaims()));
	await issuer.down();
	const notes = await protectedNotes(issuer.url);
	const ask = () => exchange(`${notes.url}/notes`, { headers });
	try {
		await t.test('serves_the_metadata_document_while_it_is_down',
			() => expectMetadata(notes, issuer));
		await t.test('answers_a_token_with_503_while_it_is_down', async () => {
			expectUnavailable(await ask());
			expectUnavailable(await ask());
		});
		await t.test('invites_who_has_no_token_while_it_is_down', async () => {
			expectInvitation(await exchange(`${notes.url}/notes`));
		});
		await t.test('takes_the_same_token_once_it_is_up', async (step) => {
			await issuer.up();
			const { answer, took } = await recovery(ask);
			step.diagnostic(`recovered after ${Math.round(took)} ms`);
			expectNotes(answer, 'alice');
			assert.ok(took <= RECOVERY_MS);
		});
	} finally {
		await notes.stop();
		await issuer.down();
	}
});

// `count` GETs of /open over a few connections that are kept.
async function openAnswers(url, count) {
	const agent = new http.Agent({
		keepAlive: true, maxSockets: OPEN_CONNECTIONS,
	});
	const statuses = [];
	const worker = async () => {
		for (let i = 0; i < count / OPEN_CONNECTIONS; i += 1) {
			const answer = await exchange(`${url}/open`, { agent });
			statuses.push(answer.status);
		}
	};
	await Promise.all(Array.from({ length: OPEN_CONNECTIONS }, worker));
	agent.destroy();
	return statuses;
}

async function firstFetch(issuer) {
	const end = performance.now() + 4_000;
	while (issuer.counts.jwks === 0 && performance.now() < end) {
		await sleep(5);
	}
	assert.equal(issuer.counts.jwks, 1, 'the first request fetches the keys');
}

// Everyone asks at once, each with a token of its own; the key answer is held
// until all of /open was answered.
async function expectCrowdServed(t, issuer, notes) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: CROWD });
	const people = Array.from({ length: CROWD }, (_, i) => `person-${i}`);
	const tokens = await Promise.all(people.map(
		(sub) => issuer.token(goodClaims({ sub }))));
	let done = 0;
	issuer.hold();
	const crowd = Promise.all(tokens.map(async (token) => {
		const headers = bearer(token);
		const answer = await exchange(`${notes.url}/notes`, { headers, agent });
		done += 1;
		return answer;
	}));
	await firstFetch(issuer);
	let statuses;
	const took = await milliseconds(async () => {
		statuses = await openAnswers(notes.url, OPEN_REQUESTS);
	});
	const early = done;
	issuer.release();
	t.diagnostic(`${OPEN_REQUESTS} open answers in ${Math.round(took)} ms`);
	const answers = await crowd;
	agent.destroy();
	assert.deepEqual(statuses, Array(OPEN_REQUESTS).fill(200));
	assert.equal(early, 0, 'answered before the keys were there');
	answers.forEach((answer, i) => expectNotes(answer, people[i]));
	assert.equal(issuer.counts.jwks, 1, 'key fetches');
}

const daemons = { one_thread: [], four_threads: ['--threads', '4'] };

for (const [name, args] of Object.entries(daemons)) {
	const claim = `serves_${CROWD}_first_requests_with_one_key_fetch_on_${name}`;
	test(claim, LIMIT, async (t) => {
		const issuer = await Issuer.create();
		const notes = await protectedNotes(issuer.url, args);
		try {
			await expectCrowdServed(t, issuer, notes);
		} finally {
			await notes.stop();
			await issuer.down();
		}
	});
}
