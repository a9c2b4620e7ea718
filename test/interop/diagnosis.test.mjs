// check-provider --token: real tokens, refused for one reason each. It names that reason,
// and a running server refuses the same; a good one meets all rules with both.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as jose from 'jose';
import { Issuer, keyPair, now, signedToken } from '../support/issuer.mjs';
import { RESOURCE, SCOPE, goodClaims, protectedNotes } from '../support/notes.mjs';
import { programPath } from '../support/servers.mjs';
import { bearer, exchange } from '../support/wire.mjs';

const LIMIT = { timeout: 60_000 };
const GOOD = 0;
const REFUSED = 1;
const UNKNOWN = 2;
const RULES = ['form', 'issuer', 'algorithm', 'critical_header', 'key', 'signature', 'type',
	'expiry', 'not_before', 'audience', 'claims', 'binding', 'active', 'program', 'scopes'];

let issuer;
let notes;
let folder;

before(async () => {
	issuer = await Issuer.create({ algorithms: ['RS256', 'ES256'] });
	notes = await protectedNotes(issuer.url);
	folder = await mkdtemp(path.join(tmpdir(), 'diagnosis-'));
}, LIMIT);

after(async () => {
	await notes?.stop();
	await issuer?.down();
	await rm(folder, { recursive: true, force: true });
}, LIMIT);

async function run(args, input = '') {
	const child = spawn(programPath('check-provider'), args, { timeout: 30_000 });
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	const [status] = await once(child, 'close');
	return { status, stdout, stderr };
}

function about(token, more = [], ask = [issuer.url]) {
	return run([...ask, '--token', '-', '--resource', RESOURCE, '--scope', SCOPE, ...more],
		`${token}\n`);
}

async function diagnosis(token, more = [], ask = undefined) {
	const { status, stdout, stderr } = await about(token, ['--json', ...more], ask);
	assert.equal(stderr, '');
	const report = JSON.parse(stdout);
	assert.deepEqual(report.rules.map(({ rule }) => rule), RULES);
	assert.equal(report.good, { [GOOD]: true, [REFUSED]: false, [UNKNOWN]: null }[status]);
	return { status, report, stdout };
}

function claims(changes) {
	return goodClaims(changes);
}

function encoded(object) {
	return Buffer.from(JSON.stringify(object)).toString('base64url');
}

async function signedAnew(header, changes = {}) {
	const key = issuer.keys.get('RS256');
	const all = jose.decodeJwt(await issuer.token(claims(changes)));
	const input = `${encoded({ alg: 'RS256', kid: key.kid, ...header })}.${encoded(all)}`;
	const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey,
		Buffer.from(input));
	return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

// Each: how the token is made; the rule, the code and a word of the advice.
const kinds = {
	expired: {
		token: () => issuer.token(claims({ exp: now() - 4000 })),
		rule: 'expiry', code: 'EXPIRED', advice: /get a new token/, found: /1 h 6 min ago/,
	},
	not_yet_valid: {
		token: () => issuer.token(claims({ nbf: now() + 600 })),
		rule: 'not_before', code: 'NOT_YET_VALID', advice: /NTP/,
	},
	without_an_end: {
		token: () => issuer.token(claims({ exp: undefined })),
		rule: 'expiry', code: 'INVALID_CLAIM', advice: /exp/,
	},
	for_another_audience: {
		token: () => issuer.token(claims({ aud: ['https://a.example', 'https://b.example'] })),
		rule: 'audience', code: 'AUDIENCE', advice: /RFC 8707/,
		found: /aud is "https:\/\/a\.example", "https:\/\/b\.example"; wanted/,
	},
	for_the_server_without_its_path: {
		token: () => issuer.token(claims({ aud: 'https://api.example.com' })),
		rule: 'audience', code: 'AUDIENCE', advice: /with its path/,
	},
	for_no_audience: {
		token: () => issuer.token(claims({ aud: undefined })),
		rule: 'audience', code: 'INVALID_CLAIM', advice: /recipient_claim/,
	},
	of_another_issuer: {
		token: () => issuer.token(claims({ iss: 'https://other.example' })),
		rule: 'issuer', code: 'UNTRUSTED_ISSUER', advice: /issuers/,
	},
	of_its_issuer_with_a_slash: {
		token: () => issuer.token(claims({ iss: `${issuer.url}/` })),
		rule: 'issuer', code: 'UNTRUSTED_ISSUER', advice: /slash/,
	},
	signed_by_a_key_that_is_not_published: {
		token: async () => signedToken(await keyPair('RS256', 'gone'),
			jose.decodeJwt(await issuer.token(claims()))),
		rule: 'key', code: 'UNKNOWN_KEY', advice: /may have been replaced/,
	},
	signed_by_somebody_else: {
		token: async () => signedToken(await keyPair('RS256'),
			jose.decodeJwt(await issuer.token(claims()))),
		rule: 'signature', code: 'BAD_SIGNATURE', advice: /exactly as the provider/,
	},
	changed_behind_its_signature: {
		token: async () => {
			const [head, , signature] = (await issuer.token(claims())).split('.');
			const [, body] = (await issuer.token(claims({ sub: 'root' }))).split('.');
			return `${head}.${body}.${signature}`;
		},
		rule: 'signature', code: 'BAD_SIGNATURE', advice: /it was changed/,
	},
	an_id_token: {
		token: () => issuer.token(claims({ at_hash: 'x', nonce: 'n' }),
			{ header: { typ: 'JWT' } }),
		rule: 'type', code: 'TOKEN_TYPE', advice: /not id_token/,
	},
	a_logout_token: {
		token: () => issuer.token(claims({ events: {} }), { header: { typ: 'logout+jwt' } }),
		rule: 'type', code: 'TOKEN_TYPE', advice: /logout token/,
	},
	without_the_scope: {
		token: () => issuer.token(claims({ scope: 'other:thing' })),
		rule: 'scopes', code: 'INSUFFICIENT_SCOPE', advice: /ask for the missing scopes/,
		found: /granted "other:thing" \(in scope\); needed "read:notes"; missing "read:notes"/,
		status: 403,
	},
	cut: {
		token: async () => (await issuer.token(claims())).split('.').slice(0, 2).join('.'),
		rule: 'form', code: 'MALFORMED_TOKEN', advice: /whole and unchanged/,
	},
	opaque: {
		token: () => '0f8f3c1e9a5b4d7e8c2a',
		rule: 'form', code: 'MALFORMED_TOKEN', advice: /"introspection"/,
	},
	encrypted: {
		token: async () => new jose.EncryptJWT(claims())
			.setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
			.encrypt((await jose.generateKeyPair('RSA-OAEP-256')).publicKey),
		rule: 'form', code: 'ENCRYPTED_TOKEN', advice: /signed and not encrypted/,
	},
	signed_with_a_shared_secret: {
		token: async () => new jose.SignJWT(jose.decodeJwt(await issuer.token(claims())))
			.setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32)),
		rule: 'algorithm', code: 'ALGORITHM', advice: /key pair/,
	},
	not_signed: {
		token: async () => {
			const [, body] = (await issuer.token(claims())).split('.');
			return `${encoded({ alg: 'none' })}.${body}.AAAA`;
		},
		rule: 'algorithm', code: 'ALGORITHM', advice: /anybody can write/,
	},
	with_a_critical_header: {
		token: () => signedAnew({ crit: ['exp'], exp: 1 }),
		rule: 'critical_header', code: 'CRITICAL_HEADER', advice: /crit/,
	},
	bound_to_a_key: {
		token: () => issuer.token(claims({ cnf: { jkt: 'x' } })),
		rule: 'binding', code: 'BOUND_TOKEN', advice: /DPoP/,
	},
	of_a_subject_that_is_no_name: {
		token: () => signedAnew({ typ: 'JWT' }, { sub: 5 }),
		rule: 'claims', code: 'INVALID_CLAIM', advice: /strings/,
	},
};

for (const [name, kind] of Object.entries(kinds)) {
	test(`names_why_a_token_is_refused: ${name}`, LIMIT, async () => {
		const token = await kind.token();
		const { status, report, stdout } = await diagnosis(token);
		assert.equal(status, REFUSED, stdout);
		assert.equal(report.cause, kind.rule, stdout);
		assert.equal(report.code, `MCPAUTH_E_${kind.code}`);
		const ruling = report.rules.find(({ rule }) => rule === kind.rule);
		assert.equal(ruling.verdict, 'failed');
		assert.match(ruling.advice, kind.advice);
		assert.match(ruling.found, kind.found ?? /./);
		const failed = report.rules.filter(({ verdict }) => verdict === 'failed');
		assert.deepEqual(failed.map(({ rule }) => rule), [kind.rule], stdout);
		const signature = token.split('.').at(-1);
		assert.ok(signature.length < 20 || !stdout.includes(signature));

		const answer = await exchange(`${notes.url}/notes`, { headers: bearer(token) });
		assert.equal(answer.status, kind.status ?? 401);
		const text = await about(token);
		assert.equal(text.status, REFUSED);
		assert.match(text.stdout, new RegExp(`^FAIL  ${kind.rule}: .*\\n      to do: `, 'm'));
		assert.match(text.stdout.trimEnd().split('\n').at(-1), new RegExp(
			`^refused, because of ${kind.rule}: .* \\(MCPAUTH_E_${kind.code}\\)$`));
	});
}

test('finds_nothing_wrong_with_a_good_token', LIMIT, async () => {
	const token = await issuer.token(claims());
	const { status, report } = await diagnosis(token);
	assert.equal(status, GOOD);
	assert.equal(report.cause, undefined);
	const passed = report.rules.filter(({ verdict }) => verdict === 'passed')
		.map(({ rule }) => rule);
	assert.deepEqual(passed, RULES.filter((rule) => rule !== 'active' && rule !== 'program'));
	const answer = await exchange(`${notes.url}/notes`, { headers: bearer(token) });
	assert.equal(answer.status, 200);
	const text = await about(token);
	assert.match(text.stdout, /\ngood: every rule is met\n$/);
	assert.doesNotMatch(text.stdout, /FAIL|to do/);
});

test('tells_keys_that_cannot_be_had_from_a_bad_token', LIMIT, async () => {
	const away = await Issuer.create();
	const token = await away.token(claims());
	const { url } = away;
	await away.down();
	const { status, report } = await diagnosis(token, [], [url]);
	assert.equal(status, UNKNOWN);
	assert.equal(report.cause, 'key');
	const key = report.rules.find(({ rule }) => rule === 'key');
	assert.equal(key.verdict, 'open');
	assert.match(key.advice, /curl/);
	const text = await about(token, [], [url]);
	assert.match(text.stdout.trimEnd().split('\n').at(-1), /^could not tell, because of key: /);
});

test('takes_a_token_from_a_file_or_the_command_line', LIMIT, async () => {
	const token = await issuer.token(claims());
	const file = path.join(folder, 'token');
	await writeFile(file, `${token}\n`);
	for (const where of [`@${file}`, token]) {
		const { status } = await run([issuer.url, '--token', where, '--resource', RESOURCE]);
		assert.equal(status, GOOD);
	}
	const missing = await run([issuer.url, '--token', `@${file}.not`, '--resource', RESOURCE]);
	assert.equal(missing.status, UNKNOWN);
	assert.match(missing.stderr, /cannot be read/);
});

test('asks_the_issuer_that_the_token_names_and_says_so', LIMIT, async () => {
	const resource = new URL('/mcp', issuer.url).href;
	const token = await issuer.token(claims({ aud: resource }));
	const args = ['--token', '-', '--resource', resource];
	const { status, stdout } = await run([...args, '--json'], token);
	const report = JSON.parse(stdout);
	assert.equal(status, GOOD);
	assert.equal(report.issuer_from_token, true);
	assert.equal(report.issuer, issuer.url);
	const text = await run(args, token);
	assert.ok(text.stdout.startsWith(
		`no ISSUER was given, so the one that the token names is asked: ${issuer.url}\n`));
});

// Whoever wrote the token would have this machine ask others inside, which he cannot.
test('asks_nobody_inside_on_the_word_of_a_token', LIMIT, async () => {
	let asked = 0;
	const inside = http.createServer((request, response) => {
		asked += 1;
		response.writeHead(404).end();
	}).listen(0, '127.0.0.1');
	await once(inside, 'listening');
	const { port } = inside.address();
	try {
		for (const iss of [`http://127.0.0.1:${port}`, `http://localhost:${port}/admin`,
			`https://127.0.0.1:${port}`, `https://LOCALHOST:${port}`, `https://[::1]:${port}`,
			'https://10.0.0.1', 'http://169.254.169.254/latest', 'http://intranet.example']) {
			const token = await issuer.token(claims({ iss }));
			const { status, stdout } = await run(['--json', '--insecure-allow-http',
				'--token', '-', '--resource', RESOURCE], token);
			const report = JSON.parse(stdout);
			assert.equal(status, UNKNOWN, iss);
			assert.equal(report.code, 'MCPAUTH_E_ADDRESS_REFUSED', iss);
			assert.match(report.message, /give it as ISSUER/);
		}
		assert.equal(asked, 0);
		const iss = `http://127.0.0.1:${port}`;
		await about(await issuer.token(claims({ iss })), [], [iss]);
		assert.ok(asked > 0, 'who is named on the command line is asked');
	} finally {
		inside.close();
		inside.closeAllConnections();
	}
});

test('writes_nothing_of_a_strange_issuer_but_ascii', LIMIT, async () => {
	for (const iss of ['https://\u202eevil.example', 'https://a\u009b31m', 'https://a\u007f',
		'https://a\u001b[31m', 'https://a.example/\nok  issuer: good']) {
		const token = await issuer.token(claims({ iss }));
		for (const more of [['--json'], []]) {
			const { stdout } = await run([...more, '--token', '-', '--resource', RESOURCE],
				token);
			assert.match(stdout, /^[\t\n\x20-\x7e]+$/);
			assert.doesNotMatch(stdout, /^ok {2}issuer: good/m);
		}
	}
	const broken = Buffer.from('{"iss":"https://a\xff"}', 'latin1').toString('base64url');
	const { stdout } = await run(['--json', '--token', '-', '--resource', RESOURCE],
		`${encoded({ alg: 'ES256' })}.${broken}.AAAA`);
	assert.equal(JSON.parse(stdout).cause, 'form');
	assert.match(stdout, /^[\t\n\x20-\x7e]+$/);
});

// Of what is behind a NUL nothing would be judged.
test('takes_no_token_with_a_nul', LIMIT, async () => {
	const token = await issuer.token(claims());
	const args = [issuer.url, '--token', '-', '--resource', RESOURCE];
	const { status, stdout, stderr } = await run(args, `${token}\0more`);
	assert.equal(status, UNKNOWN);
	assert.equal(stdout, '');
	assert.match(stderr, /cannot be read/);
	assert.equal((await run(args, token)).status, GOOD);
});

test('takes_a_token_off_the_list_of_processes', LIMIT, async () => {
	const token = await issuer.token(claims());
	let line = '';
	const slow = http.createServer(async (request, response) => {
		line = await readFile(`/proc/${child.pid}/cmdline`, 'latin1');
		response.writeHead(500).end();
	}).listen(0, '127.0.0.1');
	await once(slow, 'listening');
	const child = spawn(programPath('check-provider'), ['--token', token, '--resource', RESOURCE,
		'--jwks', `http://127.0.0.1:${slow.address().port}/`, issuer.url], { timeout: 30_000 });
	child.stdout.resume();
	await once(child, 'close');
	slow.close();
	assert.match(line, /--resource/);
	assert.ok(!line.includes(token.slice(0, 20)));
});

test('accepts_other_audiences_and_keys_elsewhere', LIMIT, async () => {
	const token = await issuer.token(claims({ aud: 'api://notes' }));
	assert.equal((await diagnosis(token)).report.cause, 'audience');
	const more = ['--audience', 'api://notes', '--jwks', `${issuer.url}/jwks`];
	assert.equal((await diagnosis(token, more)).status, GOOD);
});

test('goes_by_the_settings_of_a_server', LIMIT, async () => {
	const file = path.join(folder, 'settings.json');
	const settings = { resources: [{ resource: RESOURCE,
		issuers: [{ issuer: issuer.url, algorithms: ['ES256'] }] }] };
	await writeFile(file, JSON.stringify(settings));
	const config = ['--config', file];
	const es = await issuer.token(claims(), { alg: 'ES256' });
	const rs = await issuer.token(claims());
	assert.equal((await diagnosis(es, [], config)).status, GOOD);
	assert.equal((await diagnosis(rs, [], config)).report.cause, 'algorithm');
	const alone = await run([...config, '--token', '-'], es);
	assert.equal(alone.status, GOOD, alone.stdout + alone.stderr);
	const other = await run([...config, '--resource', `${RESOURCE}x`, '--token', '-'], es);
	assert.equal(other.status, UNKNOWN, other.stdout + other.stderr);
	assert.match(other.stdout + other.stderr, new RegExp(`that they have is ${RESOURCE}`));
});

async function withRoutes(token, routes, more = [], sections = {}) {
	const file = path.join(folder, 'routes.json');
	await writeFile(file, JSON.stringify({ resources: [{ resource: RESOURCE,
		issuers: [{ issuer: issuer.url }] }], routes, ...sections }));
	const args = ['--config', file, '--token', '-', ...more];
	const { status, stdout } = await run([...args, '--json'], token);
	const lines = await run(args, token);
	assert.equal(lines.status, status, lines.stdout + lines.stderr);
	return { status, report: JSON.parse(stdout), lines: lines.stdout };
}

// What notes itself answers, which demands SCOPE.
test('asks_about_the_scopes_of_the_routes', LIMIT, async () => {
	const without = await issuer.token(claims({ scope: 'other' }));
	const all = [{ path: '/mcp', scopes: [SCOPE] }, { path: '/open', public: true }];
	const refused = await withRoutes(without, all);
	assert.equal((await exchange(`${notes.url}/notes`, { headers: bearer(without) })).status, 403);
	assert.equal(refused.status, REFUSED);
	assert.equal(refused.report.cause, 'scopes');
	assert.equal(refused.report.not_asked, undefined);
	assert.match(refused.lines, /refused, because of scopes: /);
	assert.equal((await withRoutes(await issuer.token(claims()), all)).status, GOOD);
	assert.equal((await withRoutes(without, all, ['--scope', 'other'])).status, REFUSED);
	const elsewhere = `${RESOURCE}x`;
	const two = await withRoutes(without, [{ path: '/a', resource: RESOURCE, scopes: ['other'] },
		{ path: '/b', resource: elsewhere, scopes: ['b'] }], ['--resource', RESOURCE],
	{ resources: [RESOURCE, elsewhere].map((resource) =>
		({ resource, issuers: [{ issuer: issuer.url }] })) });
	assert.equal(two.status, GOOD);
	assert.equal(two.report.not_asked, undefined);
	const none = await withRoutes(without, [{ path: '/mcp' }], ['--scope', 'other']);
	assert.equal(none.status, GOOD);
});

test('asks_about_what_all_routes_want_and_names_the_rest', LIMIT, async () => {
	const good = await issuer.token(claims());
	const files = { path: '/files', prefix: true, resource: RESOURCE, scopes: ['a', SCOPE],
		any_scopes: ['c', 'd'] };
	const post = { path: '/mcp', methods: ['POST', 'PUT'], scopes: [SCOPE, 'w'] };
	const operations = { path: '/get', scopes: [SCOPE], operations: [{ name: 'get' }] };
	const rest = { scopes: ['e', SCOPE] };
	const plain = { path: '/plain', scopes: [SCOPE] };
	const all = [files, plain, post, operations];
	const differ = await withRoutes(good, all, [], { rest });
	assert.equal(differ.status, GOOD);
	assert.deepEqual(differ.report.not_asked, [files, post, operations, rest]);
	assert.ok(differ.lines.endsWith(
		`\nnot asked about: /files and what is below it wants a ${SCOPE}, one of c d; `
		+ `POST PUT /mcp wants ${SCOPE} w; /get wants ${SCOPE}, what its operation needs; `
		+ `any path that no route names wants e ${SCOPE} (name what the call needs with --scope)\n`
		+ 'good: every rule is met\n'), differ.lines);

	// None of them takes a token without the scope that they share.
	const without = await issuer.token(claims({ scope: 'a w e other' }));
	assert.equal((await withRoutes(without, all, [], { rest })).report.cause, 'scopes');
	const named = await withRoutes(without, all, ['--scope', 'other']);
	assert.equal(named.report.cause, 'scopes');
	assert.equal(named.report.not_asked, undefined);
	assert.equal((await withRoutes(good, all, ['--scope', 'other'])).report.cause, 'scopes');

	const open = await withRoutes(without, [{ path: '/a', scopes: ['x'] }, { path: '/b' }]);
	assert.equal(open.status, GOOD);
	assert.deepEqual(open.report.not_asked, [{ path: '/a', scopes: ['x'] }]);
});

test('takes_the_same_scopes_for_the_same_in_any_order', LIMIT, async () => {
	const routes = [{ path: '/a', scopes: ['x', 'y'] }, { path: '/b', scopes: ['y', 'x'] }];
	const one = await withRoutes(await issuer.token(claims({ scope: 'x' })), routes);
	assert.equal(one.report.cause, 'scopes');
	assert.equal(one.report.not_asked, undefined);
	const both = await withRoutes(await issuer.token(claims({ scope: 'x y' })), routes);
	assert.equal(both.status, GOOD);
});

test('refuses_settings_that_no_server_takes', LIMIT, async () => {
	const file = path.join(folder, 'odd.json');
	for (const routes of [5, ['x'], [{ scopes: SCOPE }], [{ methods: [1] }], [{ path: 7 }]]) {
		await writeFile(file, JSON.stringify({ resources: [{ resource: RESOURCE,
			issuers: [{ issuer: issuer.url }] }], routes }));
		const { status, stderr } = await run(['--config', file, '--token', '-'], 'a.b.c');
		assert.equal(status, UNKNOWN);
		assert.match(stderr, /^check-provider: odd.json line 1: .*MCPAUTH_E_INVALID_SETTINGS/);
	}
});

test('says_which_file_it_means', LIMIT, async () => {
	const file = path.join(folder, 'token');
	await writeFile(file, await issuer.token(claims()));
	const forgotten = await run([issuer.url, '--resource', RESOURCE, '--token', file]);
	assert.equal(forgotten.status, UNKNOWN);
	assert.ok(forgotten.stderr.includes(`write @${file}\n`), forgotten.stderr);
	assert.equal((await run([issuer.url, '--resource', RESOURCE, '--token', `@${file}`])).status,
		GOOD);
	const missing = await run([issuer.url, '--resource', RESOURCE, '--token', `@${file}x`]);
	assert.equal(missing.status, UNKNOWN);
	assert.ok(missing.stderr.includes(` from ${file}x: No such file`), missing.stderr);
});

test('explains_a_command_line_that_lacks_something', LIMIT, async () => {
	for (const args of [
		['--token', 'a'],
		[issuer.url, '--resource', RESOURCE],
		[issuer.url, '--token', 'a', '--resource', RESOURCE, '--jwks', 'x', '--oidc'],
	]) {
		const { status, stderr } = await run(args);
		assert.equal(status, UNKNOWN);
		assert.match(stderr, /^check-provider: /);
	}
});
