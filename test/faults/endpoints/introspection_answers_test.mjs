// Answers of an introspection endpoint that say what no good one does. A token is refused
// (401) only where the question was understood, and then for what is said of it; else
// nobody knows (503).
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../support/issuer.mjs';
import { expectNotes, expectRefusal, expectUnavailable, goodClaims } from '../../support/notes.mjs';
import { introspectingNotes, opaqueToken } from './introspection_trial.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';
import { ask } from './trial.mjs';

const folder = await mkdtemp(path.join(os.tmpdir(), 'endpoints-'));
const secretFile = path.join(folder, 'secret');
await writeFile(secretFile, 'a secret of the endpoint\n');
after(() => rm(folder, { recursive: true }));

const FAR = 2 ** 40;

// What each answer changes in a good one (undefined leaves it out), and what is owed.
const ANSWERS = {
	'as it should be': [{}, 200],
	'active is "true"': [{ active: 'true' }, 503],
	'active is 1': [{ active: 1 }, 503],
	'active is null': [{ active: null }, 503],
	'active is an array': [{ active: [true] }, 503],
	'active is missing': [{ active: undefined }, 503],
	'active is false': [{ active: false }, 401],
	'active is false, and nothing else fits': [{ active: false, iss: 5, aud: {}, exp: 'x' }, 401],
	'aud is another': [{ aud: 'https://other.example.com/' }, 401],
	'aud begins as ours': [{ aud: 'https://api.example.com/notes2' }, 401],
	'aud is among others': [{ aud: ['https://other.example.com/', goodClaims().aud] }, 200],
	'aud is empty': [{ aud: '' }, 401],
	'aud is an empty array': [{ aud: [] }, 401],
	'aud is null': [{ aud: null }, 401],
	'aud holds a number': [{ aud: [5, goodClaims().aud] }, 401],
	'aud is missing': [{ aud: undefined }, 401, 200],
	'iss is another': [{ iss: 'https://evil.example.com' }, 401],
	'iss is a number': [{ iss: 5 }, 401],
	'iss is null': [{ iss: null }, 401],
	'iss is missing': [{ iss: undefined }, 200],
	'exp is past': [{ exp: now() - 3600 }, 401],
	'exp is a string': [{ exp: `${now() + 600}` }, 401],
	'exp is null': [{ exp: null }, 401],
	'exp is negative': [{ exp: -1 }, 401],
	'exp is missing': [{ exp: undefined }, 200],
	'exp is far away': [{ exp: FAR }, 200],
	'exp is beyond all numbers': ['"exp":1e400', 401],
	'exp is more than 64 bits': ['"exp":36893488147419103232', 401],
	'nbf is ahead': [{ nbf: now() + 3600 }, 401],
	'nbf is a string': [{ nbf: '0' }, 401],
	'iat is ahead': [{ iat: now() + 3600 }, 401],
	'scope is missing': [{ scope: undefined }, 403],
	'scope is another': [{ scope: 'read:notes2' }, 403],
	'scope is an array': [{ scope: [goodClaims().scope] }, 200],
	'scope is a number': [{ scope: 5 }, 403],
	'it is bound to a key': [{ cnf: { jkt: 'x' } }, 401],
	'cnf is null': [{ cnf: null }, 401],
	'token_type is Bearer': [{ token_type: 'bearer' }, 200],
	'token_type is DPoP': [{ token_type: 'DPoP' }, 401],
	'token_type is refresh_token': [{ token_type: 'refresh_token' }, 401],
	'token_type is null': [{ token_type: null }, 401],
	'token_use is refresh': [{ token_use: 'refresh' }, 401],
	'sub is a number': [{ sub: 5 }, 401],
	'sub is missing': [{ sub: undefined }, 200],
	'client_id is a number': [{ client_id: 5 }, 401],
	'client_id is missing': [{ client_id: undefined }, 200],
	'active is there twice': ['"active":false', 503],
	'active is there twice, once escaped': ['"\\u0061ctive":false', 503],
	'aud is there twice': ['"aud":"https://other.example.com/"', 503],
	'a NUL is written': ['"more":"\\u0000"', 503],
	'a NUL byte is in it': ['"more":"\0"', 503],
	'no UTF-8': [Buffer.from('"more":"\xff"', 'latin1'), 503],
};

function answerText(url, change) {
	const good = {
		active: true, iss: url, sub: 'alice', client_id: 'client-1', exp: now() + 600,
		...goodClaims(),
	};
	if (typeof change === 'string' || Buffer.isBuffer(change)) {
		if (change.includes('"exp"')) {
			delete good.exp;
		}
		return Buffer.concat([Buffer.from(JSON.stringify(good).slice(0, -1)),
			Buffer.from(','), Buffer.from(change), Buffer.from('}')]);
	}
	return JSON.stringify({ ...good, ...change });
}

const AROUND = {
	'a BOM before it': [(text) => `\ufeff${text}`, 503],
	'a brace behind it': [(text) => `${text}}`, 503],
	'another answer behind it': [(text) => `${text}${text}`, 503],
	'a NUL byte behind it': [(text) => `${text}\0`, 503],
	'blanks around it': [(text) => ` \r\n\t${text}\n `, 200],
	'UTF-16': [(text) => Buffer.from(text, 'utf16le'), 503],
	'a comma at its end': [(text) => text.replace(/}$/, ',}'), 503],
	'single quotes': [(text) => text.replaceAll('"', "'"), 503],
};

function expectAnswer(answer, status) {
	assert.equal(answer.status, status, answer.text);
	if (status === 401) {
		expectRefusal(answer, 401, 'invalid_token');
	} else if (status === 403) {
		expectRefusal(answer, 403, 'insufficient_scope');
	} else if (status === 503) {
		expectUnavailable(answer);
	}
}

async function hear({ issuer, notes }, text, status) {
	const token = opaqueToken();
	issuer.answers.set(token, text);
	expectAnswer(await ask(notes, token), status);
	// What it said of another one has no part in this.
	expectNotes(await ask(notes, opaqueToken()), 'alice');
	expectAnswer(await ask(notes, token), status);
}

// Of each the endpoint thinks better at once. Who is refused for what he is himself is
// asked about again as soon as that is over; a failure is one for a second.
const FORGOTTEN = {
	'active is false': [{ active: false }, 401, 5000],
	'exp is past': [{ exp: now() - 3600 }, 401, 0],
	'active is missing': [{ active: undefined }, 503, 1000],
};
const LATE_MS = 1500;

async function isForgotten({ issuer, notes }, [change, status, most]) {
	const token = opaqueToken();
	issuer.answers.set(token, answerText(issuer.url, change));
	expectAnswer(await ask(notes, token), status);
	issuer.answers.delete(token);
	const start = performance.now();
	let answer = await ask(notes, token);
	while (answer.status !== 200 && performance.now() - start < most + LATE_MS) {
		expectAnswer(answer, status);
		await sleep(100);
		answer = await ask(notes, token);
	}
	expectNotes(answer, 'alice');
}

async function tryAnswers(t, name, args, column) {
	const issuer = await MisbehavingIssuer.create(['ES256']);
	const notes = await introspectingNotes(issuer, secretFile, args);
	const world = { issuer, notes };
	const one = (what, text, status) => t.test(`${name}: ${what}`, () => hear(world, text, status));
	try {
		for (const [what, row] of Object.entries(ANSWERS)) {
			await one(what, answerText(issuer.url, row[0]), row[column] ?? row[1]);
		}
		for (const [what, [change, status]] of Object.entries(AROUND)) {
			await one(what, change(answerText(issuer.url, {})), status);
		}
		await Promise.all(Object.entries(FORGOTTEN).map(([what, row]) => t.test(
			`${name}: ${what}, and then it is good`, () => isForgotten(world, row))));
	} finally {
		await notes.stop();
		await issuer.down();
	}
}

test('answers', (t) => tryAnswers(t, 'answer', [], 1));
test('answers of who says "active" only of our tokens',
	(t) => tryAnswers(t, 'answer, active is enough', ['--accept-active-as-audience'], 2));
