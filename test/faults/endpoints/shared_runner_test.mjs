// The runner of key endpoint faults that is kept beside the project, all its modes: in
// parts side by side, for they wait most of the time, and with our own, lower limit of
// memory. It has the last word on what each mode owes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { programPath } from '../../support/servers.mjs';
import { GROWTH_MB, LateError, onceMoreIfLate } from './trial.mjs';

const RUNNER = fileURLToPath(new URL('../../../../shared/hostile/run_faults.mjs',
	import.meta.url));
const MODES = [
	'emptykeys', 'hang', 'drip', 'slow3', 'gzipbomb', 'wronglength', 'huge', 'deep',
	'hugecount', 'down', '500', '503', '404', '401', 'reset', 'garbage', 'html', 'empty',
	'notobject', 'json-array', 'keys-object', 'nokeys', 'nullkeys', 'dupkeys', 'badtype',
	'truncated', 'redirect-evil', 'redirect-file', 'redirect-loop',
];
const PARTS = 5;

// Below those that the system gives to whoever wants any: between the look and the
// runner's own bind nobody gets it by chance.
async function freePort() {
	for (;;) {
		const server = net.createServer().listen(randomInt(20000, 32000), '127.0.0.1');
		try {
			await once(server, 'listening');
		} catch {
			continue;
		}
		const { port } = server.address();
		server.close();
		await once(server, 'close');
		return port;
	}
}

async function rowsOf(modes) {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'endpoints-'));
	const out = path.join(folder, 'rows.json');
	// The runner's shell fills in what is behind a dollar.
	const command = `'${programPath('notes')}' --port $PORT --resource $RESOURCE`
		+ ' --audience $AUDIENCE --scope $REQUIRED_SCOPE --issuer $ISSUER --jwks $JWKS_URI';
	const child = spawn(process.execPath, [
		RUNNER, '--spawn', command, '--modes', modes.join(), '--out', out,
		'--target-port', await freePort(), '--as-port', await freePort(),
	], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (data) => { said = (said + data).slice(-4000); });
	try {
		await once(child, 'close');
		assert.ok(existsSync(out), `the runner ended without a result: ${said}`);
		return JSON.parse(await readFile(out, 'utf8'));
	} finally {
		await rm(folder, { recursive: true });
	}
}

// The first takes half a minute by itself; the others are dealt out.
function part(number) {
	return number === 0 ? MODES.slice(0, 1)
		: MODES.slice(1).filter((mode, i) => i % (PARTS - 1) === number - 1);
}

function check(step, row) {
	step.diagnostic(JSON.stringify(row));
	if (/^FAIL slow \d+ ms$/.test(row.verdict)) {
		throw new LateError(row.verdict);
	}
	assert.equal(row.verdict, 'ok');
	assert.ok(row.mem_MB <= GROWTH_MB, `${row.mem_MB} MB more`);
}

const skip = existsSync(RUNNER) ? false : 'run_faults.mjs is not beside this clone';

test('shared runner', { concurrency: PARTS, skip }, async (t) => {
	await Promise.all(Array.from({ length: PARTS }, async (_, number) => {
		const modes = part(number);
		const rows = rowsOf(modes);
		await Promise.all(modes.map((mode) => t.test(`key endpoint: ${mode}`, async (step) => {
			let known = rows;
			await onceMoreIfLate(step, async () => {
				const found = await (known ?? rowsOf([mode]));
				known = null;
				check(step, found.find((row) => row.mode === mode));
			});
		})));
	}));
});
