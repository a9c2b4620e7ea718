// An issuer that is killed and started again while requests come in without a pause:
// who has keys notices nothing, who has none is told 503 and served soon after.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { goodClaims, protectedNotes } from '../../support/notes.mjs';
import { bearer, exchange } from '../../support/wire.mjs';
import { peakResident, residentFromHere } from './memory.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';
import { GROWTH_MB } from './trial.mjs';

const CLIENTS = 8;
const TOKENS = 40;
// Others want the machine, too.
const PAUSE_MS = 2;
const ROUNDS = 4;
const DOWN_MS = 1500;
const UP_MS = 1500;
const RECOVERY_MS = 20_000;

// Sends request after request until it is told to end, and counts what comes.
class Load {
	#ended = false;
	#workers;
	statuses = new Map();
	forged = new Map();

	constructor(notes, tokens, forged) {
		const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
		const worker = async (number) => {
			for (let i = number; !this.#ended; i += 1) {
				await this.#one(notes, agent, tokens[i % tokens.length], this.statuses);
				await this.#one(notes, agent, forged[i % forged.length], this.forged);
				await sleep(PAUSE_MS);
			}
		};
		this.#workers = Promise.all(Array.from({ length: CLIENTS }, (_, i) => worker(i)))
			.finally(() => agent.destroy());
		// Whatever fails is told by end().
		this.#workers.catch(() => {});
	}

	async #one(notes, agent, token, counts) {
		const answer = await exchange(`${notes.url}/notes`, { headers: bearer(token), agent });
		counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
	}

	async end() {
		this.#ended = true;
		await this.#workers;
		return {
			good: Object.fromEntries(this.statuses), forged: Object.fromEntries(this.forged),
		};
	}
}

async function loaded(args, work) {
	const issuer = await MisbehavingIssuer.create(['ES256']);
	const notes = await protectedNotes(issuer.url, args);
	const make = (method) => Promise.all(Array.from({ length: TOKENS },
		(_, i) => issuer[method](goodClaims({ sub: `person-${i}` }))));
	try {
		await work(issuer, notes, await make('token'), await make('forgedToken'));
	} finally {
		await notes.stop();
		await issuer.down();
	}
}

async function expectGrownLittle(t, notes, base) {
	const grown = await peakResident(notes.pid) - base;
	t.diagnostic(`${grown.toFixed(1)} MB more`);
	assert.ok(grown <= GROWTH_MB, `${grown.toFixed(1)} MB more`);
}

// Every other time it hangs before it goes, so that a fetch breaks off in the middle.
async function killAndRestart(issuer, round) {
	if (round % 2 === 1) {
		issuer.misbehave('metadata', 'hang');
		issuer.misbehave('keys', 'hang');
		await sleep(UP_MS);
	}
	await issuer.down();
	await sleep(DOWN_MS);
	issuer.misbehave('metadata', null);
	issuer.misbehave('keys', null);
	await issuer.up();
}

const threads = { one_thread: [], four_threads: ['--threads', '4'] };

test('restarts', { concurrency: 4 }, async (t) => {
	const all = [];
	for (const [name, args] of Object.entries(threads)) {
		all.push(t.test(`who_has_keys_notices_nothing_on_${name}`, (step) => {
			return loaded(args, async (issuer, notes, tokens, forged) => {
				await exchange(`${notes.url}/notes`, { headers: bearer(tokens[0]) });
				const base = await residentFromHere(notes.pid);
				const load = new Load(notes, tokens, forged);
				for (let round = 0; round < ROUNDS; round += 1) {
					await sleep(UP_MS);
					await killAndRestart(issuer, round);
				}
				const { good, forged: bad } = await load.end();
				step.diagnostic(JSON.stringify({ good, forged: bad }));
				assert.deepEqual(Object.keys(good), ['200']);
				assert.deepEqual(Object.keys(bad), ['401']);
				await expectGrownLittle(step, notes, base);
			});
		}));
		all.push(t.test(`who_has_none_is_served_soon_after_on_${name}`, (step) => {
			return loaded(args, async (issuer, notes, tokens, forged) => {
				await issuer.down();
				await exchange(`${notes.url}/open`);
				const base = await residentFromHere(notes.pid);
				const load = new Load(notes, tokens, forged);
				await sleep(DOWN_MS);
				await issuer.up();
				const start = performance.now();
				while (!load.statuses.has(200) && performance.now() - start < RECOVERY_MS) {
					await sleep(20);
				}
				step.diagnostic(`served after ${Math.round(performance.now() - start)} ms`);
				await issuer.down();
				await sleep(DOWN_MS);
				const { good, forged: bad } = await load.end();
				step.diagnostic(JSON.stringify({ good, forged: bad }));
				assert.deepEqual(Object.keys(good), ['200', '503']);
				assert.deepEqual(Object.keys(bad), ['401', '503']);
				assert.ok(issuer.hits.keys <= 2, `${issuer.hits.keys} fetches of keys`);
				await expectGrownLittle(step, notes, base);
			});
		}));
	}
	await Promise.all(all);
});
