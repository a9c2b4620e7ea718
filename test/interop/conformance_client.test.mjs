// The official conformance suite's client scenarios, with the library's client in the
// small program of conformance-client/. No check may fail or warn, and each scenario has
// to end as it should: the suite itself takes a client that did nothing for a careful one.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import os from 'node:os';
import path from 'node:path';

const LIMIT = { timeout: 110_000 };
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLIENT = path.resolve(ROOT, process.env.MCPAUTH_BUILD ?? 'build',
	'test/interop/conformance-client/conformance-client');
const SUITE = fileURLToPath(new URL(
	'node_modules/@modelcontextprotocol/conformance/dist/index.js',
	import.meta.url));

// How a scenario ends that does not end with MCPAUTH_OK.
const ENDS = {
	'auth/scope-retry-limit': 'MCPAUTH_E_STILL_REFUSED',
	'auth/resource-mismatch': 'MCPAUTH_E_RESOURCE_MISMATCH',
	'auth/metadata-issuer-mismatch': 'MCPAUTH_E_ISSUER_MISMATCH',
	'auth/iss-supported-missing': 'MCPAUTH_E_ISSUER_MISMATCH',
	'auth/iss-wrong-issuer': 'MCPAUTH_E_ISSUER_MISMATCH',
	'auth/iss-unexpected': 'MCPAUTH_E_ISSUER_MISMATCH',
	'auth/iss-normalized': 'MCPAUTH_E_ISSUER_MISMATCH',
};

// Arguments, scenarios, checks that must pass at least: as many as there were.
const RUNS = {
	auth: [['--suite', 'auth'], 14, 237],
	'auth of 2026-07-28': [
		['--suite', 'auth', '--spec-version', '2026-07-28'], 14, 239],
	'requirements of 2026-07-28': [['--requirements', '2026-07-28'], 39, 478],
	extensions: [['--suite', 'extensions'], 6, 59],
	'2025-03-26': [['--suite', 'backcompat'], 2, 19],
};

// Resolves with the exit status and both outputs together.
function suite(args, folder, clientArgs = '') {
	const words = ['client', '--command', `"${CLIENT}"${clientArgs}`, '--timeout', '60000',
		'--output-dir', folder, ...args];
	return new Promise((resolve) => {
		execFile(process.execPath, [SUITE, ...words],
			{ timeout: 100_000, maxBuffer: 64 * 1024 * 1024 },
			(error, stdout, stderr) => resolve({
				status: error?.code ?? 0, output: stdout + stderr,
			}));
	});
}

async function inFolder(use) {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'mcpauth-conformance-'));
	try {
		return await use(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

// What a scenario left behind in its folder, which is named after it and the time.
async function resultIn(folder, file) {
	const name = path.dirname(file).replace(/-\d{4}-\d{2}-\d{2}T[-\dZ]+$/, '');
	const checks = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
	const said = path.join(folder, path.dirname(file), 'stdout.txt');
	const [ended] = (await readFile(said, 'utf8')).trimEnd().split('\n').at(-1).split(':');
	return { name, checks, ended };
}

async function resultsIn(folder) {
	const files = await readdir(folder, { recursive: true });
	return Promise.all(files.filter((file) => path.basename(file) === 'checks.json')
		.map((file) => resultIn(folder, file)));
}

function withStatus(results, ...statuses) {
	return results.flatMap(({ name, checks }) => checks
		.filter((check) => statuses.includes(check.status))
		.map((check) => ({ name, ...check })));
}

function told({ name, id, errorMessage, description }) {
	return `${name}: ${id}: ${errorMessage ?? description}`;
}

for (const [run, [args, scenarios, least]] of Object.entries(RUNS)) {
	test(`client_passes_${run.replaceAll(' ', '_')}`, LIMIT, (t) => inFolder(async (folder) => {
		const { status, output } = await suite(args, folder);
		const results = await resultsIn(folder);
		const passed = withStatus(results, 'SUCCESS');
		const bad = withStatus(results, 'FAILURE', 'WARNING');
		t.diagnostic(`${run}: ${passed.length}/${passed.length + bad.length} checks, `
			+ `${results.length} scenarios`);
		assert.deepEqual(bad.map(told), []);
		assert.equal(status, 0, output);
		assert.equal(results.length, scenarios, output);
		assert.ok(passed.length >= least, `${passed.length} checks passed, ${least} wanted`);
		for (const { name, ended } of results) {
			assert.equal(ended, ENDS[name] ?? 'MCPAUTH_OK', name);
		}
		// What a sanitizer finds ends a client otherwise than it says.
		const failed = [...output.matchAll(/Client exited with code (\d+)/g)];
		assert.deepEqual(failed.map(([, code]) => code),
			results.filter(({ ended }) => ended !== 'MCPAUTH_OK').map(() => '1'), output);
	}));
}

// The suite hands these out without a scenario of their own.
for (const [jwt, check] of [
	['expired_jwt', 'wif-assertion-expired'],
	['wrong_audience_jwt', 'wif-assertion-audience'],
]) {
	test(`workload_gives_up_at_once_with_${jwt}`, LIMIT, () => inFolder(async (folder) => {
		const { output } = await suite(
			['--scenario', 'auth/wif-jwt-bearer'], folder, ` --workload-jwt ${jwt}`);
		const results = await resultsIn(folder);
		const bad = withStatus(results, 'FAILURE', 'WARNING');
		assert.deepEqual(bad.map(({ id }) => id), [check], output);
		assert.equal(results[0].ended, 'MCPAUTH_E_TOKEN_ENDPOINT', output);
	}));
}
