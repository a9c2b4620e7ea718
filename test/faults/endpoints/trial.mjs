// One server and one manner: asked while it knows nothing, once the endpoint is
// well again, and while it misbehaves again. What it then owes whom is checked here.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	RESOURCE, SCOPE, expectNotes, expectUnavailable, goodClaims,
} from '../../support/notes.mjs';
import { runningServer } from '../../support/servers.mjs';
import { bearer, exchange } from '../../support/wire.mjs';
import { peakResident, residentFromHere } from './memory.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';

export const ANSWER_MS = 5500;
export const GROWTH_MB = 8;
const RECOVERY_MS = 35_000;
const STORM = 50;
const STORM_FETCHES = 5;
const POLL_MS = 100;
const ABREAST = 8;
// With --long the trial goes on until what it knows has to be renewed, at the
// shortest that can be configured.
const IS_LONG = process.env.FAULTS_LONG === '1';
const FRESH_SECONDS = 60;
const RENEWAL_SECONDS = 75;

export class LateError extends Error {}

// On a machine that others keep busy the test itself can be what is late: then it is
// done again, once.
export async function onceMoreIfLate(t, work) {
	try {
		await work();
	} catch (error) {
		if (!(error instanceof LateError)) {
			throw error;
		}
		t.diagnostic(`${error.message}: once more`);
		await work();
	}
}

// An answer and how long it took, which is never too long.
export async function ask(notes, token) {
	const start = performance.now();
	const answer = await exchange(`${notes.url}/notes`, { headers: bearer(token) });
	answer.ms = performance.now() - start;
	if (answer.ms > ANSWER_MS) {
		throw new LateError(`answered after ${Math.round(answer.ms)} ms`);
	}
	return answer;
}

export async function milliseconds(work) {
	const start = performance.now();
	await work();
	return Math.round(performance.now() - start);
}

function expectOneOf(answer, statuses) {
	assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`);
	if (answer.status === 503) {
		expectUnavailable(answer);
	}
}

function settings(issuer, endpoint) {
	const found = endpoint === 'keys' ? { jwks_uri: issuer.keysUrl } : {};
	return {
		auth: { fresh_seconds: FRESH_SECONDS, token_cache_seconds: 0 },
		resources: [{ resource: RESOURCE, issuers: [{ issuer: issuer.url, ...found }] }],
		routes: [{ path: '/notes', scopes: [SCOPE] }],
	};
}

// One test a case, most of which wait most of the time. A case has a name, a manner,
// the statuses `cold` that good tokens may get before the endpoint was ever well, and
// of metadata the places that misbehave.
export function tryAll(endpoint, cases) {
	test(endpoint, { concurrency: ABREAST }, async (t) => {
		await Promise.all(cases.map(({ name, ...options }) => t.test(name,
			(step) => onceMoreIfLate(step, () => new Trial(endpoint, options).run(step)))));
	});
}

export class Trial {
	constructor(endpoint, { manner, cold, places }) {
		Object.assign(this, { endpoint, manner, cold, places });
		this.figures = {};
	}

	async run(t) {
		this.folder = await mkdtemp(path.join(os.tmpdir(), 'endpoints-'));
		this.issuer = await MisbehavingIssuer.create();
		try {
			await this.#begin();
			try {
				await this.#knowsNothing();
				await this.#storm();
				await this.#recovers();
				await this.#staysWarm(IS_LONG ? RENEWAL_SECONDS : 0);
				await this.#kept();
			} finally {
				await this.notes.stop();
			}
		} finally {
			await this.issuer.down();
			await rm(this.folder, { recursive: true });
			t.diagnostic(JSON.stringify(this.figures));
		}
	}

	async #begin() {
		const file = path.join(this.folder, 'settings.json');
		await writeFile(file, JSON.stringify(settings(this.issuer, this.endpoint)));
		this.notes = await runningServer('notes', ['--config', file]);
		this.token = await this.issuer.token(goodClaims());
		this.forged = await Promise.all([
			this.issuer.forgedToken(goodClaims()),
			this.issuer.forgedToken(goodClaims(), 'unknown'),
		]);
		// One request before all, so that what it takes by itself is there.
		await exchange(`${this.notes.url}/open`);
		this.base = await residentFromHere(this.notes.pid);
		await this.misbehave();
	}

	async misbehave() {
		if (this.manner === 'down') {
			await this.issuer.down();
		} else {
			this.issuer.misbehave(this.endpoint, this.manner, this.places);
		}
	}

	async behave() {
		if (this.manner === 'down') {
			await this.issuer.up();
		}
		this.issuer.misbehave(this.endpoint, null);
	}

	async #knowsNothing() {
		const [answer, ...others] = await Promise.all(
			[this.token, ...this.forged].map((token) => ask(this.notes, token)));
		this.figures.cold = answer.status;
		this.figures.coldMs = Math.round(answer.ms);
		expectOneOf(answer, this.cold);
		others.forEach((other) => expectOneOf(other, [401, 503]));
	}

	// All at once: a server that asks for each of them, or one after the other, shows.
	async #storm() {
		const before = this.issuer.hits[this.endpoint];
		const key = this.issuer.keys[1];
		const tokens = await Promise.all(Array.from({ length: STORM },
			() => this.issuer.token(goodClaims(), key)));
		const answers = await Promise.all(tokens.map((token) => ask(this.notes, token)));
		answers.forEach((answer) => expectOneOf(answer, this.cold));
		this.figures.fetches = this.issuer.hits[this.endpoint] - before;
		assert.ok(this.figures.fetches <= STORM_FETCHES, `${this.figures.fetches} fetches`);
		assert.equal(this.issuer.hits.evil, 0, 'went where it was led');
	}

	async #recovers() {
		let answer;
		await this.behave();
		this.figures.recoveryMs = await milliseconds(async () => {
			const end = performance.now() + RECOVERY_MS;
			answer = await ask(this.notes, this.token);
			while (answer.status !== 200 && performance.now() < end) {
				await sleep(POLL_MS);
				answer = await ask(this.notes, this.token);
			}
		});
		expectNotes(answer, 'alice');
	}

	// Nothing is remembered of tokens: only the keys that it knows can help.
	async #staysWarm(seconds) {
		await this.misbehave();
		const end = performance.now() + seconds * 1000;
		do {
			for (const key of this.issuer.keys) {
				const token = await this.issuer.token(goodClaims(), key);
				expectNotes(await ask(this.notes, token), 'alice');
			}
			for (const forged of this.forged) {
				expectOneOf(await ask(this.notes, forged), [401, 503]);
			}
			await sleep(POLL_MS);
		} while (performance.now() < end);
	}

	async #kept() {
		const growth = await peakResident(this.notes.pid) - this.base;
		this.figures.grownMb = Number(growth.toFixed(1));
		assert.ok(growth <= GROWTH_MB, `${growth.toFixed(1)} MB more`);
	}
}
