// A settings file that changes under load: no request fails, new scopes are in
// force, and a file with a mistake changes nothing.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Issuer } from '../support/issuer.mjs';
import { runningServer } from '../support/servers.mjs';
import { RESOURCE, goodClaims } from '../support/notes.mjs';
import { bearer, exchange } from '../support/wire.mjs';

const LIMIT = { timeout: 90_000 };
const RELOADS = 100;
const RELOAD_MS = 5_000;

function settings(issuer, scopes, changes = {}) {
	return {
		resources: [{
			resource: RESOURCE,
			scopes_supported: scopes,
			issuers: [{ issuer: issuer.url }],
		}],
		routes: [{ path: '/notes', scopes }],
		...changes,
	};
}

class Configured {
	static async start(issuer, scopes) {
		const it = new Configured();
		it.folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-reload-'));
		it.file = path.join(it.folder, 'settings.json');
		await it.write(settings(issuer, scopes));
		it.server = await runningServer('notes', ['--config', it.file]);
		return it;
	}

	write(content) {
		const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
		return writeFile(this.file, text);
	}

	// The program says on stderr when a reload is through.
	async reload(content, outcome = 'settings reloaded') {
		const before = this.server.stderr.split(outcome).length;
		await this.write(content);
		process.kill(this.server.pid, 'SIGHUP');
		const end = performance.now() + RELOAD_MS;
		while (this.server.stderr.split(outcome).length === before) {
			assert.ok(performance.now() < end, `no "${outcome}": ${this.server.stderr}`);
			await sleep(2);
		}
	}

	async stop() {
		await this.server.stop();
		await rm(this.folder, { recursive: true });
	}
}

// wrk in a process of its own. Resolves with what it printed.
function load(url, headers, seconds) {
	const child = spawn('wrk', ['-t', '1', '-c', '8', '-d', `${seconds}s`,
		'-H', headers.map(([name, value]) => `${name}: ${value}`).join(), url]);
	let text = '';
	child.stdout.on('data', (data) => {
		text += data;
	});
	return once(child, 'close').then(([code]) => {
		assert.equal(code, 0, text);
		return text;
	});
}

async function withBoth(scopes, work) {
	const issuer = await Issuer.create();
	const notes = await Configured.start(issuer, scopes);
	try {
		await work(issuer, notes);
	} finally {
		await notes.stop();
		await issuer.down();
	}
}

test('reloads_a_hundred_times_under_load_without_a_failed_request', LIMIT, async (t) => {
	await withBoth(['read:notes'], async (issuer, notes) => {
		const claims = goodClaims({ scope: 'read:notes list:notes' });
		const headers = bearer(await issuer.token(claims));
		const url = `${notes.server.url}/notes`;
		assert.equal((await exchange(url, { headers })).status, 200);
		const running = load(url, headers, 8);
		for (let i = 0; i < RELOADS; i++) {
			await notes.reload(settings(issuer,
				[i % 2 === 0 ? 'list:notes' : 'read:notes']));
			await sleep(40);
		}
		const report = await running;
		t.diagnostic(report.replace(/\s+/g, ' '));
		const requests = Number(/(\d+) requests in/.exec(report)[1]);
		assert.ok(requests > RELOADS * 5, report);
		assert.doesNotMatch(report, /Non-2xx or 3xx responses/);
		assert.doesNotMatch(report, /Socket errors/);
		// The keys were fetched once: they outlive what they were fetched for.
		assert.equal(issuer.counts.jwks, 1);
	});
});

test('puts_new_scopes_in_force', LIMIT, async () => {
	await withBoth(['read:notes'], async (issuer, notes) => {
		const headers = bearer(await issuer.token(goodClaims()));
		const ask = () => exchange(`${notes.server.url}/notes`, { headers });
		assert.equal((await ask()).status, 200);
		await notes.reload(settings(issuer, ['write:notes']));
		const refused = await ask();
		assert.equal(refused.status, 403, refused.text);
		assert.equal(JSON.parse(refused.text).scope.includes('write:notes'), true);
		await notes.reload(settings(issuer, ['read:notes']));
		assert.equal((await ask()).status, 200);
		assert.equal((await exchange(`${notes.server.url}/open`)).status, 200);
	});
});

test('keeps_the_old_settings_when_the_file_has_a_mistake', LIMIT, async () => {
	await withBoth(['read:notes'], async (issuer, notes) => {
		const headers = bearer(await issuer.token(goodClaims()));
		const ask = () => exchange(`${notes.server.url}/notes`, { headers });
		const stays = 'the old settings stay in force';
		await notes.reload('{\n  "resources": [\n', stays);
		assert.equal((await ask()).status, 200);
		await notes.reload(settings(issuer, ['write:notes'], { rutes: [] }), stays);
		assert.match(notes.server.stderr, /line \d+.*rutes/);
		assert.equal((await ask()).status, 200);
		await notes.reload(settings(issuer, ['write:notes'], {
			routes: [{ path: 'no slash' }],
		}), stays);
		assert.equal((await ask()).status, 200);
		await notes.reload(settings(issuer, ['write:notes']));
		assert.equal((await ask()).status, 403);
	});
});

test('an_issuer_that_is_taken_away_opens_nothing_any_more', LIMIT, async () => {
	await withBoth(['read:notes'], async (issuer, notes) => {
		const other = await Issuer.create();
		const ask = (headers) => exchange(`${notes.server.url}/notes`, { headers });
		const old = bearer(await issuer.token(goodClaims()));
		const fresh = bearer(await other.token(goodClaims()));
		assert.equal((await ask(old)).status, 200);
		assert.equal((await ask(fresh)).status, 401);
		await notes.reload(settings(other, ['read:notes']));
		assert.equal((await ask(old)).status, 401);
		assert.equal((await ask(fresh)).status, 200);
		await other.down();
	});
});

test('no_auth_needs_no_issuer_in_the_file_and_its_twin_does', LIMIT, async () => {
	const folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-reload-'));
	const file = path.join(folder, 'settings.json');
	try {
		await writeFile(file, JSON.stringify({ resources: [{ resource: RESOURCE }] }));
		await assert.rejects(runningServer('notes', ['--config', file]), /has no issuer/);
		const open = await runningServer('notes', ['--config', file, '--no-auth']);
		const answer = await exchange(`${open.url}/notes`);
		await open.stop();
		assert.equal(answer.status, 200, answer.text);
	} finally {
		await rm(folder, { recursive: true });
	}
});
