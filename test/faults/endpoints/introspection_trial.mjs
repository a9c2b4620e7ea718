// One server, and one manner of the endpoint that it asks about opaque tokens: what it
// says meanwhile, what it remembers of it, what that costs, and when all is well again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectNotes, expectUnavailable, protectedNotes } from '../../support/notes.mjs';
import { programPath } from '../../support/servers.mjs';
import { exchange } from '../../support/wire.mjs';
import { peakResident, residentFromHere } from './memory.mjs';
import { ask, milliseconds, onceMoreIfLate } from './trial.mjs';

const CLIENT_ID = 'notes';
const GROWTH_MB = 4;
const RECOVERY_MS = 3000;
const POLL_MS = 100;
const TOGETHER = 10;
const OPEN_REQUESTS = 1000;
// What is open meanwhile, beside a question that is not answered.
const OPEN_ABREAST = 4;

export const opaqueToken = () => `opaque-${randomBytes(16).toString('base64url')}`;

// Under a sanitizer memory is not what it is otherwise.
const countsMemory = !(await readFile(programPath('notes'))).includes('__asan_init');

export function introspectingNotes(server, secretFile, args = []) {
	return protectedNotes(server.url, [
		'--introspection', server.introspectionUrl, '--client-id', CLIENT_ID,
		'--client-secret-file', secretFile, ...args,
	]);
}

// A `server` has url, introspectionUrl, hits(), canary(), misbehave(manner), where
// null is none, and close(). Of a case: its name, how a server of it is made, the
// manner, the status that tokens get meanwhile, and whether the answer is `withheld`
// long enough to see who else has to wait.
export async function tryOne(t, { create, manner, status, withheld = false }, secretFile) {
	await onceMoreIfLate(t, async () => {
		const server = await create();
		try {
			await new Trial(server, { manner, status, withheld }).run(t, secretFile);
		} finally {
			await server.close();
		}
	});
}

class Trial {
	constructor(server, { manner, status, withheld }) {
		Object.assign(this, { server, manner, status, withheld });
		this.figures = {};
	}

	async run(t, secretFile) {
		this.notes = await introspectingNotes(this.server, secretFile);
		try {
			await this.#begin();
			await this.#misbehaves();
			await this.#recovers();
			await this.#kept();
		} finally {
			// Not ended with 0: whatever a sanitizer says when all is released.
			await this.notes.stop();
			t.diagnostic(JSON.stringify(this.figures));
		}
	}

	// One that is known before, and stays so.
	async #begin() {
		this.known = opaqueToken();
		expectNotes(await ask(this.notes, this.known), 'alice');
		this.base = await residentFromHere(this.notes.pid);
		await this.server.misbehave(this.manner);
	}

	#expect(answer) {
		assert.equal(answer.status, this.status, answer.text);
		if (answer.status === 503) {
			expectUnavailable(answer);
		}
	}

	// Many bring the same token: that is one question. Another token is another one.
	async #misbehaves() {
		const before = await this.server.hits();
		this.token = opaqueToken();
		const other = opaqueToken();
		const open = this.withheld ? this.#isOpen() : null;
		const answers = await Promise.all([
			...Array.from({ length: TOGETHER }, () => ask(this.notes, this.token)),
			ask(this.notes, other),
		]);
		this.figures.status = answers[0].status;
		this.figures.ms = Math.round(Math.max(...answers.map((answer) => answer.ms)));
		answers.forEach((answer) => this.#expect(answer));
		expectNotes(await ask(this.notes, this.known), 'alice');
		if (open !== null) {
			this.figures.openMs = await open;
			assert.ok(this.figures.openMs < this.figures.ms, 'who needs no token had to wait');
		}
		// A server that is down counts nothing, and one more may have come late, after
		// the failure was over that the first ones were told.
		// One too long to be kept is asked for by each who comes when it has been read.
		const most = this.manner === 'largest-answer' ? TOGETHER + 1 : 3;
		this.figures.questions = await this.server.hits() - before;
		assert.ok(this.figures.questions <= most, `${this.figures.questions} questions`);
	}

	#isOpen() {
		const agent = new http.Agent({ maxSockets: OPEN_ABREAST });
		const one = async (count) => {
			for (let i = 0; i < count; i++) {
				const answer = await exchange(`${this.notes.url}/open`, { agent });
				assert.equal(answer.status, 200, answer.text);
			}
		};
		return milliseconds(() => Promise.all(Array.from({ length: OPEN_ABREAST },
			() => one(OPEN_REQUESTS / OPEN_ABREAST)))).finally(() => agent.destroy());
	}

	// What nobody asked about yet, at once; what was, when the failure is forgotten.
	async #recovers() {
		await this.server.misbehave(null);
		expectNotes(await ask(this.notes, opaqueToken()), 'alice');
		let answer = await ask(this.notes, this.token);
		this.figures.recoveryMs = await milliseconds(async () => {
			const end = performance.now() + RECOVERY_MS;
			while (answer.status !== 200 && performance.now() < end) {
				this.#expect(answer);
				await sleep(POLL_MS);
				answer = await ask(this.notes, this.token);
			}
		});
		expectNotes(answer, 'alice');
	}

	async #kept() {
		assert.equal(await this.server.canary(), 0, 'went where it was led');
		const growth = await peakResident(this.notes.pid) - this.base;
		this.figures.grownMb = Number(growth.toFixed(1));
		assert.ok(!countsMemory || growth <= GROWTH_MB, `${growth.toFixed(1)} MB more`);
	}
}
