// check-provider against real servers that are fit, against broken ones of every
// kind, and against such as give no answer: what it says, and its exit status.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Issuer } from '../support/issuer.mjs';
import { programPath, runningServer } from '../support/servers.mjs';
import { AuthorizationServer } from './authorization_server.mjs';

const LIMIT = { timeout: 60_000 };
const DEADLINE_MS = 5_000;
const FIT = 0;
const UNFIT = 1;
const UNKNOWN = 2;

function run(args) {
	return new Promise((resolve) => {
		execFile(programPath('check-provider'), args, { timeout: 30_000 },
			(error, stdout, stderr) => {
				resolve({ status: error?.code ?? 0, stdout, stderr });
			});
	});
}

// The JSON report and, of a second run, the text; both must agree.
async function check(issuer, args = []) {
	const asJson = await run([issuer, '--json', ...args]);
	const asText = await run([issuer, ...args]);
	assert.equal(asJson.stderr, '');
	assert.equal(asText.status, asJson.status, asText.stdout);
	const report = JSON.parse(asJson.stdout);
	assert.equal(report.issuer, issuer);
	const verdict = { [FIT]: true, [UNFIT]: false, [UNKNOWN]: null };
	assert.equal(report.fit, verdict[asJson.status], asJson.stdout);
	const lines = asText.stdout.trimEnd().split('\n');
	assert.deepEqual(lines.slice(0, -1), report.findings.map(expectedLine));
	return { status: asJson.status, report, verdict: lines.at(-1) };
}

function expectedLine({ name, passed, severity, message }) {
	const marks = { passed: 'ok  ', warning: 'warn', error: 'FAIL' };
	assert.equal(passed, severity === 'passed');
	return `${marks[severity]}  ${name}: ${message}`;
}

function named(report, severity) {
	return report.findings.filter((finding) => finding.severity === severity)
		.map((finding) => finding.name);
}

function expectFit({ status, report, verdict }) {
	assert.equal(status, FIT, JSON.stringify(report, null, 1));
	assert.deepEqual(named(report, 'error'), []);
	assert.match(verdict, /^fit for MCP: 0 errors, \d+ warnings?$/);
	for (const name of ['metadata_found', 'server_metadata_valid',
		'issuer_matches', 'endpoints_secure', 'code_response_type_supported',
		'authorization_code_grant_supported', 'pkce_supported',
		's256_code_challenge_method_supported', 'jwks_uri_present',
		'dynamic_registration_supported', 'keys_usable']) {
		assert.ok(named(report, 'passed').includes(name), name);
	}
}

test('calls_oidc_provider_fit', LIMIT, async () => {
	const server = await AuthorizationServer.create({ scope: 'read:notes' });
	try {
		expectFit(await check(server.url));
		expectFit(await check(server.url, ['--oidc']));
	} finally {
		await server.close();
	}
});

test('calls_the_demo_server_fit', LIMIT, async () => {
	const server = await runningServer('authorization-server');
	try {
		const answer = await check(server.url);
		expectFit(answer);
		assert.deepEqual(named(answer.report, 'warning'),
			['resource_indicators_not_supported']);
		expectFit(await check(server.url, ['--oauth']));
		expectFit(await check(server.url, ['--oidc']));
	} finally {
		await server.stop();
	}
});

// What it writes at a terminal. exec: no shell of script's own stands between.
function atTerminal(url, env) {
	const command = `exec '${programPath('check-provider')}' '${url}'`;
	return new Promise((resolve) => {
		execFile('script', ['-qec', command, '/dev/null'],
			{ timeout: 30_000, env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env } },
			(error, stdout) => resolve({ status: error?.code ?? 0, stdout }));
	});
}

test('colours_are_for_a_terminal_that_wants_them', LIMIT, async (context) => {
	const server = await runningServer('authorization-server');
	try {
		for (const [env, coloured] of [[{}, true], [{ NO_COLOR: 'x' }, false],
			[{ TERM: 'dumb' }, false], [{ TERM: '' }, false]]) {
			const { status, stdout } = await atTerminal(server.url, env);
			if (status === 'ENOENT') {
				context.skip('no script(1) in PATH: no terminal was tried');
				return;
			}
			assert.equal(status, FIT, stdout);
			assert.equal(stdout.includes('\x1b'), coloured, JSON.stringify(env));
		}
		assert.ok(!(await run([server.url])).stdout.includes('\x1b'));
	} finally {
		await server.stop();
	}
});

// Serves these pages: a path to { status, text }, or to a function of its own.
async function servedPages(pages) {
	const server = http.createServer((request, response) => {
		const page = pages[request.url] ?? { status: 404, text: '' };
		if (page.hang) {
			return;
		}
		response.writeHead(page.status ?? 200, page.headers).end(page.text);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		async close() {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

const METADATA = '/.well-known/oauth-authorization-server';

// A fit document, its keys, and what one kind of fault makes of them.
async function withServer(breakIt, use) {
	const keys = await Issuer.create();
	const pages = {};
	const server = await servedPages(pages);
	const document = {
		issuer: server.url,
		authorization_endpoint: `${server.url}/authorize`,
		token_endpoint: `${server.url}/token`,
		jwks_uri: `${server.url}/jwks`,
		registration_endpoint: `${server.url}/register`,
		response_types_supported: ['code'],
		grant_types_supported: ['authorization_code'],
		code_challenge_methods_supported: ['S256'],
		client_id_metadata_document_supported: true,
		authorization_response_iss_parameter_supported: true,
		resource_indicators_supported: true,
	};
	const parts = { document, jwks: keys.jwks, pages, url: server.url };
	breakIt(parts);
	pages[METADATA] ??= { text: JSON.stringify(document) };
	pages['/jwks'] ??= { text: JSON.stringify(parts.jwks) };
	await keys.down();
	try {
		await use(server.url);
	} finally {
		await server.close();
	}
}

test('calls_a_server_without_a_fault_fit', LIMIT, async () => {
	await withServer(() => {}, async (url) => {
		const answer = await check(url);
		expectFit(answer);
		assert.equal(answer.verdict, 'fit for MCP: 0 errors, 0 warnings');
	});
});

const faults = {
	no_document: {
		errors: ['metadata_not_found'],
		breakIt: ({ pages }) => {
			pages[METADATA] = { status: 404, text: 'no' };
		},
	},
	a_redirect: {
		errors: ['metadata_not_found'],
		breakIt: ({ pages, url }) => {
			const headers = { location: `${url}/document` };
			pages[METADATA] = { status: 302, headers, text: '' };
		},
	},
	a_page_of_html: {
		errors: ['invalid_server_metadata'],
		breakIt: ({ pages }) => {
			pages[METADATA] = { text: '<!doctype html><p>Log in</p>' };
		},
	},
	a_name_twice: {
		errors: ['invalid_server_metadata'],
		breakIt: ({ pages, url }) => {
			const text = `{"issuer":"${url}","issuer":"${url}"}`;
			pages[METADATA] = { text };
		},
	},
	no_token_endpoint: {
		errors: ['invalid_server_metadata'],
		breakIt: ({ document }) => {
			delete document.token_endpoint;
		},
	},
	a_list_that_is_a_string: {
		errors: ['invalid_server_metadata'],
		breakIt: ({ document }) => {
			document.scopes_supported = 'openid';
		},
	},
	another_issuer: {
		errors: ['issuer_mismatch'],
		breakIt: ({ document }) => {
			document.issuer += '/';
		},
	},
	an_endpoint_in_the_clear: {
		errors: ['insecure_endpoint'],
		breakIt: ({ document }) => {
			document.token_endpoint = 'http://login.example.com/token';
		},
	},
	no_code_response_type: {
		errors: ['code_response_type_not_supported'],
		breakIt: ({ document }) => {
			document.response_types_supported = ['token', 'id_token token'];
		},
	},
	no_authorization_code_grant: {
		errors: ['authorization_code_grant_not_supported'],
		breakIt: ({ document }) => {
			document.grant_types_supported = ['client_credentials'];
		},
	},
	no_word_of_pkce: {
		errors: ['pkce_not_supported'],
		breakIt: ({ document }) => {
			delete document.code_challenge_methods_supported;
		},
	},
	only_plain_pkce: {
		errors: ['s256_code_challenge_method_not_supported'],
		breakIt: ({ document }) => {
			document.code_challenge_methods_supported = ['plain'];
		},
	},
	no_jwks_uri: {
		errors: ['missing_jwks_uri'],
		breakIt: ({ document }) => {
			delete document.jwks_uri;
		},
	},
	keys_that_are_not_there: {
		errors: ['no_usable_keys'],
		breakIt: ({ pages }) => {
			pages['/jwks'] = { status: 404, text: '' };
		},
	},
	keys_that_are_secrets: {
		errors: ['no_usable_keys'],
		breakIt: (parts) => {
			parts.jwks = { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] };
		},
	},
	keys_on_a_private_host: {
		errors: ['no_usable_keys'],
		breakIt: ({ document }) => {
			document.jwks_uri = 'https://10.1.2.3/jwks';
		},
	},
	several_faults_at_once: {
		errors: ['invalid_server_metadata', 'issuer_mismatch',
			'authorization_code_grant_not_supported', 'pkce_not_supported',
			'missing_jwks_uri'],
		breakIt: ({ document }) => {
			delete document.authorization_endpoint;
			delete document.jwks_uri;
			document.issuer = 'https://login.example.com';
			document.grant_types_supported = [];
			document.code_challenge_methods_supported = [];
		},
	},
};

for (const [kind, { errors, breakIt }] of Object.entries(faults)) {
	test(`names_the_fault_${kind}`, LIMIT, async () => {
		await withServer(breakIt, async (url) => {
			const { status, report, verdict } = await check(url);
			assert.equal(status, UNFIT, JSON.stringify(report, null, 1));
			assert.deepEqual(named(report, 'error'), errors);
			assert.match(verdict, /^not fit for MCP: \d+ errors?, \d+ warnings?$/);
		});
	});
}

const warnings = {
	dynamic_registration_not_supported: 'registration_endpoint',
	client_id_metadata_document_not_supported:
		'client_id_metadata_document_supported',
	iss_parameter_not_supported:
		'authorization_response_iss_parameter_supported',
	resource_indicators_not_supported: 'resource_indicators_supported',
};

for (const [warning, member] of Object.entries(warnings)) {
	test(`warns_of_${warning}_and_calls_it_fit`, LIMIT, async () => {
		const breakIt = ({ document }) => {
			delete document[member];
		};
		await withServer(breakIt, async (url) => {
			const { status, report } = await check(url);
			assert.equal(status, FIT);
			assert.deepEqual(named(report, 'warning'), [warning]);
		});
	});
}

function expectUnknown({ status, report, verdict }, code) {
	assert.equal(status, UNKNOWN);
	assert.equal(report.error, code);
	assert.equal(typeof report.error_description, 'string');
	assert.ok(verdict.startsWith('could not tell: '), verdict);
	assert.ok(verdict.endsWith(`(${code})`), verdict);
}

test('checks_every_issuer_of_a_settings_file_and_the_worst_counts', LIMIT, async () => {
	const fit = await Issuer.create();
	const unfit = await servedPages({});
	const folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-check-'));
	const file = path.join(folder, 'settings.json');
	const issuers = (urls) => writeFile(file, JSON.stringify({
		resources: [{
			resource: 'https://mcp.example.com/mcp',
			issuers: urls.map((issuer) => ({ issuer })),
		}],
	}));
	try {
		await issuers([fit.url]);
		assert.equal((await run(['--config', file])).status, FIT);
		await issuers([fit.url, unfit.url]);
		const both = await run(['--config', file, '--json']);
		assert.equal(both.status, UNFIT, both.stdout);
		assert.deepEqual(JSON.parse(both.stdout).map(({ issuer, fit: is }) => [issuer, is]),
			[[fit.url, true], [unfit.url, false]]);
		await issuers([]);
		assert.equal((await run(['--config', file])).status, UNKNOWN);
		await writeFile(file, '{"rutes": []}');
		const mistaken = await run(['--config', file]);
		assert.equal(mistaken.status, UNKNOWN);
		assert.match(mistaken.stderr, /line 1.*rutes/);
		assert.equal((await run(['--config', file, fit.url])).status, UNKNOWN);
	} finally {
		await rm(folder, { recursive: true });
		await unfit.close();
		await fit.down();
	}
});

test('cannot_tell_of_a_dead_port', LIMIT, async () => {
	const server = await servedPages({});
	await server.close();
	const answer = await check(server.url);
	expectUnknown(answer, 'MCPAUTH_E_UNREACHABLE');
	assert.deepEqual(answer.report.findings, []);
});

test('cannot_tell_of_a_server_that_hangs_and_gives_up_in_time', LIMIT,
	async () => {
		const server = await servedPages({ [METADATA]: { hang: true } });
		try {
			const start = performance.now();
			const { status, stdout } = await run([server.url, '--json']);
			const took = performance.now() - start;
			assert.equal(status, UNKNOWN, stdout);
			assert.equal(JSON.parse(stdout).error, 'MCPAUTH_E_TIMEOUT');
			assert.ok(took > DEADLINE_MS - 500 && took < DEADLINE_MS + 3_000,
				`took ${took} ms`);
		} finally {
			await server.close();
		}
	});

test('cannot_tell_of_a_server_in_trouble', LIMIT, async () => {
	const breakIt = ({ pages }) => {
		pages[METADATA] = { status: 503, text: '' };
	};
	await withServer(breakIt, async (url) => {
		expectUnknown(await check(url), 'MCPAUTH_E_HTTP_STATUS');
	});
});

test('cannot_tell_when_only_the_keys_are_in_trouble', LIMIT, async () => {
	const breakIt = ({ pages }) => {
		pages['/jwks'] = { status: 500, text: '' };
	};
	await withServer(breakIt, async (url) => {
		const answer = await check(url);
		expectUnknown(answer, 'MCPAUTH_E_HTTP_STATUS');
		assert.ok(named(answer.report, 'passed').includes('pkce_supported'));
	});
});

test('cannot_tell_of_a_server_that_speaks_no_tls', LIMIT,
	async () => {
		const server = await servedPages({});
		try {
			const url = server.url.replace('http:', 'https:');
			expectUnknown(await check(url), 'MCPAUTH_E_TLS');
		} finally {
			await server.close();
		}
	});

test('looks_where_it_is_told_to', LIMIT, async () => {
	const breakIt = ({ pages, document }) => {
		pages['/elsewhere'] = { text: JSON.stringify(document) };
		pages[METADATA] = { status: 404, text: '' };
	};
	await withServer(breakIt, async (url) => {
		const args = ['--metadata-url', `${url}/elsewhere`];
		expectFit(await check(url, args));
		assert.equal((await check(url)).status, UNFIT);
	});
});

test('calls_a_command_line_without_sense_unknown', LIMIT, async () => {
	for (const args of [[], ['a', 'b'], ['--no-such-option'],
		['https://a.example', '--oauth', '--oidc']]) {
		const { status, stdout, stderr } = await run(args);
		assert.equal(status, UNKNOWN, args.join(' '));
		assert.equal(stdout, '');
		assert.match(stderr, /check-provider: .*\n/);
	}
	expectUnknown(await check('http://login.example.com'),
		'MCPAUTH_E_INVALID_URL');
	const { status, stdout } = await run(['--help']);
	assert.equal(status, 0);
	assert.match(stdout, /--json[^]*--metadata-url[^]*Exit status: 0 fit/);
});
