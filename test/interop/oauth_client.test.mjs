// `oauth-client` at each of the example servers, through the demo authorization server and
// oidc-provider: every revision, step-up, commands, pasting, tokens that outlive it.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoAuthority, Files, ProviderAuthority } from '../support/introspected.mjs';
import { OauthClient, ranClient } from '../support/oauth_client.mjs';
import { runningServer } from '../support/servers.mjs';
import { AuthorizationServer, PERSON } from './authorization_server.mjs';

const LIMIT = { timeout: 60_000 };
const REVISIONS = ['2025-06-18', '2025-11-25', '2026-07-28'];
const TODOS = ['create:todos', 'read:todos', 'delete:todos'];
const HEADLESS = ['--headless', '--json'];

let files;
before(async () => {
	files = await Files.create();
});
after(() => files?.remove());

// `work` with a running server of that name, which is stopped whatever happens.
async function withServer(name, args, work) {
	const server = await runningServer(name, args);
	try {
		return await work(`${server.url}/mcp`, server);
	} finally {
		await server.stop();
	}
}

function expectEnd(client, code = 0) {
	assert.equal(client.over.code, code, client.story);
	return client;
}

const issuers = {
	async demo_server() {
		const server = await runningServer('authorization-server',
			TODOS.concat('user').flatMap((scope) => ['--scope', scope]));
		return { url: server.url, person: 'demo_user', stop: () => server.stop() };
	},
	async oidc_provider() {
		const server = await AuthorizationServer.create({ scope: [...TODOS, 'user'].join(' ') });
		return { url: server.url, person: PERSON, stop: () => server.close() };
	},
};

for (const [where, newIssuer] of Object.entries(issuers)) {
	describe(`through_${where}`, () => {
		let issuer;
		before(async () => {
			issuer = await newIssuer();
		}, LIMIT);
		after(() => issuer?.stop(), LIMIT);

		for (const revision of REVISIONS) {
			test(`it_reaches_whoami_by_${revision}`, LIMIT, () =>
				withServer('whoami', ['--issuer', issuer.url, '--scope', 'user'], async (url) => {
					const client = expectEnd(await ranClient([...HEADLESS, '--tool', 'whoami',
						'--protocol', revision, url]));
					const claims = JSON.parse(client.said);
					assert.equal(claims.sub, issuer.person);
					assert.equal(claims.iss, issuer.url);
					assert.deepEqual([claims.aud].flat(), [url]);
					assert.deepEqual(client.named('connected').map(({ protocol }) => protocol),
						[revision]);
					assert.deepEqual(client.steps,
						['discover', 'discover', 'register', 'login', 'token']);
				}));
		}

		// The token that came first lacks the scope of the tool that is called.
		test('it_asks_for_the_scope_that_a_tool_of_todo_manager_wants', LIMIT, () =>
			withServer('todo-manager', ['--issuer', issuer.url, '--scope', 'read:todos'],
				async (url) => {
					const client = expectEnd(await ranClient([...HEADLESS, url], {
						input: 'call get-todos\ncall create-todo {"content":"feed the cat"}\n'
							+ 'call get-todos',
					}));
					assert.equal(client.steps.filter((step) => step === 'step_up').length, 1,
						client.story);
					const asked = client.named('login').map((login) =>
						new URL(login.url).searchParams.get('scope').split(' ')
							.filter((scope) => TODOS.includes(scope)).sort());
					assert.deepEqual(asked, [['read:todos'], ['create:todos', 'read:todos']]);
					const [{ content, ownerId }] = JSON.parse(client.said);
					assert.deepEqual([content, ownerId], ['feed the cat', issuer.person]);
				}));
	});
}

for (const [where, Authority] of [['demo_server', DemoAuthority],
	['oidc_provider', ProviderAuthority]]) {
	test(`it_reaches_simple_auth_server_through_${where}`, LIMIT, async (t) => {
		const authority = await Authority.create(files, { scope: 'user' });
		t.after(() => authority.stop());
		await withServer('simple-auth-server',
			['--issuer', authority.url, ...authority.bySecret()], async (url) => {
				const client = expectEnd(await ranClient([...HEADLESS, '--tool', 'get_time', url]));
				assert.equal(JSON.parse(client.said).timezone, 'UTC');
			});
	});
}

describe('at_whoami', () => {
	const running = {};
	before(async () => {
		running.issuer = await runningServer('authorization-server');
		running.whoami = await runningServer('whoami', ['--issuer', running.issuer.url]);
		running.url = `${running.whoami.url}/mcp`;
	}, LIMIT);
	after(async () => {
		await running.whoami?.stop();
		await running.issuer?.stop();
	}, LIMIT);

	const call = (args, options) =>
		ranClient([...HEADLESS, '--tool', 'whoami', ...args, running.url], options);

	test('a_login_outlives_the_program', LIMIT, async () => {
		const kept = ['--tokens', path.join(files.folder, 'kept.json')];
		const first = expectEnd(await call(kept));
		assert.equal(first.named('login').length, 1);
		assert.equal((await stat(kept[1])).mode & 0o777, 0o600);
		const second = expectEnd(await call(kept));
		assert.deepEqual(second.steps, []);
		assert.equal(JSON.parse(second.said).client_id, JSON.parse(first.said).client_id);
	});

	test('without_a_file_nothing_outlives_it', LIMIT, async () => {
		const [first, second] = [await call([]), await call([])];
		assert.equal(expectEnd(second).named('login').length, 1);
		assert.notEqual(JSON.parse(second.said).client_id, JSON.parse(first.said).client_id);
	});

	test('after_a_logout_somebody_logs_in_anew_as_the_same_client', LIMIT, async () => {
		const client = expectEnd(await ranClient([...HEADLESS, running.url], {
			input: 'call whoami\nlogout\ncall whoami\nquit\ncall whoami',
		}));
		assert.equal(client.named('logout').length, 1);
		assert.equal(client.named('login').length, 2);
		const [before_, after_] = client.named('result')
			.map(({ result }) => JSON.parse(result.content[0].text));
		assert.equal(before_.client_id, after_.client_id);
		assert.equal(client.named('result').length, 2, 'none after quit');
	});

	test('a_file_that_others_may_read_is_not_used', LIMIT, async () => {
		const shared = path.join(files.folder, 'shared.json');
		await writeFile(shared, '{}');
		await chmod(shared, 0o644);
		const client = expectEnd(await call(['--tokens', shared]), 2);
		const [error] = client.named('error');
		assert.equal(error.code, 'MCPAUTH_E_TOKEN_STORAGE', client.story);
		assert.match(error.advice, /chmod 600/);
	});

	test('commands_that_make_no_sense_are_told_apart_and_the_next_one_works', LIMIT, async () => {
		const client = expectEnd(await ranClient(['--headless', running.url], {
			input: 'fly\ncall\ncall whoami {\nlist all\n\nlist',
		}), 1);
		for (const said of [/no command fly/, /call what\?/, /no JSON object/, /no more words/]) {
			assert.match(client.stderr, said);
		}
		assert.match(client.stdout, /^whoami +\S/);
	});

	test('only_the_result_goes_to_stdout', LIMIT, async () => {
		const quiet = expectEnd(await ranClient(
			['--headless', '--tool', 'whoami', running.url]));
		assert.equal(quiet.stderr, '');
		assert.equal(JSON.parse(quiet.stdout).sub, 'demo_user');
		const loud = expectEnd(await ranClient(
			['--headless', '--steps', '--tool', 'whoami', running.url]));
		assert.equal(JSON.parse(loud.stdout).sub, 'demo_user');
		for (const said of ['1. Talking to', '<- 401', 'WWW-Authenticate: Bearer',
			'Finding out who gives tokens', 'Registering this client', 'Signing in',
			'Asking for a token', 'Calling the tool whoami']) {
			assert.ok(loud.stderr.includes(said), `${said} in\n${loud.stderr}`);
		}
	});

	test('no_secret_is_shown_even_with_every_detail', LIMIT, async () => {
		const kept = path.join(files.folder, 'secret.json');
		const client = expectEnd(await ranClient(['--headless', '--verbose', '--tokens', kept,
			'--tool', 'whoami', running.url]));
		const text = await readFile(kept, 'utf8');
		const tokens = [...text.matchAll(/"(?:access_token|refresh_token)\\*":\s*\\*"([^"\\]+)/g)];
		assert.ok(tokens.length >= 1, 'the file holds a token');
		for (const [, token] of tokens) {
			assert.ok(!client.stderr.includes(token) && !client.stdout.includes(token));
		}
	});

	test('a_wrong_password_is_told_and_ends_with_2', LIMIT, async () => {
		const client = expectEnd(await ranClient(
			['--headless', '--password', 'wrong', '--tool', 'whoami', running.url]), 2);
		assert.match(client.stderr, /wrong user name or password/);
		assert.match(client.stderr, /What to do: /);
	});

	test('a_tool_that_is_not_there_ends_with_1', LIMIT, async () => {
		const client = expectEnd(await ranClient(
			[...HEADLESS, '--tool', 'nothing', running.url]), 1);
		assert.match(client.named('error')[0].message, /-32602/);
	});

	test('a_client_that_was_registered_before_is_taken_as_it_is', LIMIT, async () => {
		const answer = await fetch(`${running.issuer.url}/register`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({
				redirect_uris: ['http://127.0.0.1/callback'],
				token_endpoint_auth_method: 'client_secret_basic',
			}),
		});
		const known = await answer.json();
		const named = ['--issuer', running.issuer.url, '--client-id', known.client_id,
			'--client-secret-file'];
		const right = await files.write('secret', `${known.client_secret}\n`);
		const client = expectEnd(await call([...named, right]));
		assert.equal(JSON.parse(client.said).client_id, known.client_id);
		assert.ok(!client.steps.includes('register'), client.story);
		const wrong = await files.write('secret', 'wrong\n');
		const refused = expectEnd(await call([...named, wrong]), 2);
		assert.ok(!refused.story.includes('wrong'), refused.story);
	});

	// Where a browser on another machine ends.
	async function redirectFor(url) {
		const page = await fetch(url);
		const cookie = page.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
		const [, transaction] = /name="transaction" value="([^"]+)"/.exec(await page.text());
		const answer = await fetch(new URL('/login', url), {
			method: 'POST', redirect: 'manual', headers: { cookie },
			body: new URLSearchParams({
				transaction, username: 'demo_user', password: 'demo_password',
				decision: 'approve',
			}),
		});
		return answer.headers.get('location');
	}

	test('a_pasted_address_is_the_redirect_once_it_is_the_right_one', LIMIT, async () => {
		const client = new OauthClient(['--paste', '--json', '--tool', 'whoami', running.url]);
		const login = await client.until(() => client.named('login')[0]);
		const redirect = await redirectFor(login.url);
		assert.ok(redirect.startsWith(`${login.redirect_uri}?`));
		const forged = new URL(redirect);
		forged.searchParams.set('state', 'another');
		client.type('http://127.0.0.1:9/callback?code=1&state=2');
		client.type(forged.href);
		await client.until(() => client.stderr.split('That is not it').length === 3);
		client.type(redirect);
		expectEnd(await client.end());
		assert.equal(JSON.parse(client.said).sub, 'demo_user');
		assert.equal(client.named('login').length, 1);
	});

	test('nothing_to_paste_ends_with_2', LIMIT, async () => {
		const client = expectEnd(await ranClient(['--paste', '--json', '--tool', 'whoami',
			running.url]), 2);
		assert.equal(client.named('error').at(-1).code, 'MCPAUTH_E_LOGIN_ABANDONED');
	});

	test('ctrl_c_gives_the_login_up_and_says_so', LIMIT, async () => {
		const client = new OauthClient(['--no-browser', '--json', running.url]);
		await client.until(() => client.named('login')[0]);
		client.kill('SIGINT');
		client.close();
		expectEnd(await client.end(), 2);
		assert.equal(client.named('error').at(-1).code, 'MCPAUTH_E_LOGIN_ABANDONED');
	});
});

// Its tokens last two seconds, and a refresh token that comes twice revokes all.
test('processes_that_refresh_at_once_lose_nothing', LIMIT, async (t) => {
	const issuer = await runningServer('authorization-server',
		['--access-token-lifetime', '2']);
	t.after(() => issuer.stop());
	await withServer('whoami', ['--issuer', issuer.url], async (url) => {
		const kept = path.join(files.folder, 'rotated.json');
		const call = () => ranClient([...HEADLESS, '--tokens', kept, '--tool', 'whoami', url]);
		assert.equal(expectEnd(await call()).named('login').length, 1);
		let refreshes = 0;
		for (let round = 0; round < 3; round += 1) {
			await sleep(2_100);
			for (const client of await Promise.all([call(), call(), call(), call()])) {
				expectEnd(client);
				assert.deepEqual(client.named('login'), [], client.story);
				refreshes += client.steps.filter((step) => step === 'refresh').length;
			}
		}
		assert.ok(refreshes >= 3, `${refreshes} refreshes`);
		assert.doesNotMatch(issuer.stderr, /came back/);
	});
});

// Sessions are gone then; tokens are not.
test('a_server_that_was_restarted_is_greeted_anew', LIMIT, async (t) => {
	const issuer = await runningServer('authorization-server');
	t.after(() => issuer.stop());
	const first = await runningServer('whoami', ['--issuer', issuer.url]);
	const client = new OauthClient([...HEADLESS, `${first.url}/mcp`]);
	client.type('call whoami');
	await client.until(() => client.named('result').length === 1);
	await first.stop();
	const second = await runningServer('whoami',
		['--issuer', issuer.url, '--port', new URL(first.url).port]);
	t.after(() => second.stop());
	client.type('call whoami');
	client.close();
	expectEnd(await client.end());
	assert.equal(client.named('result').length, 2);
	assert.equal(client.named('connected').length, 2);
	assert.equal(client.named('login').length, 1);
});

test('a_scope_that_the_issuer_does_not_give_is_the_servers_to_mend', LIMIT, async (t) => {
	const issuer = await issuers.demo_server();
	t.after(() => issuer.stop());
	await withServer('whoami', ['--issuer', issuer.url, '--scope', 'mail'], async (url) => {
		const client = expectEnd(await ranClient([...HEADLESS, '--tool', 'whoami', url]), 2);
		const { code, message, advice } = client.named('error').at(-1);
		assert.equal(code, 'MCPAUTH_E_LOGIN_REFUSED');
		assert.match(message, /invalid_scope/);
		assert.match(advice, /^tell who runs the server: .*--scope.*--steps/);
	});
});

test('a_server_that_speaks_no_mcp_is_told_so', LIMIT, async (t) => {
	const page = http.createServer((request, response) => response.end('hello'));
	await once(page.listen(0, '127.0.0.1'), 'listening');
	t.after(() => page.close());
	const client = expectEnd(await ranClient(['--headless', '--tool', 'whoami',
		`http://127.0.0.1:${page.address().port}/`]), 1);
	assert.match(client.stderr, /no JSON-RPC reply.*\n *What to do: .*--print-token/);
});

test('a_server_that_is_not_there_is_told_so', LIMIT, async () => {
	const client = expectEnd(await ranClient(
		['--headless', '--tool', 'whoami', 'http://127.0.0.1:9/mcp']), 1);
	assert.match(client.stderr, /^oauth-client: http:\/\/127\.0\.0\.1:9\/mcp: /);
});

// `notes` speaks no MCP.
test('prints_a_token_for_whatever_a_server_speaks', LIMIT, async () => {
	const issuer = await issuers.demo_server();
	const server = await runningServer('notes', ['--issuer', issuer.url, '--scope', 'user']);
	try {
		const url = `${server.url}/notes`;
		const client = expectEnd(await ranClient(['--headless', '--print-token', url]));
		assert.match(client.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
		for (const [token, status] of [[client.stdout.trim(), 200], ['x.y.z', 401]]) {
			const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
			assert.equal(answer.status, status);
		}
		const refused = expectEnd(await ranClient(['--headless', '--print-token',
			'--password', 'wrong', url]), 2);
		assert.equal(refused.stdout, '');
	} finally {
		await server.stop();
		await issuer.stop();
	}
});

test('refuses_a_command_line_that_makes_no_sense', LIMIT, async () => {
	const url = 'http://127.0.0.1:9/mcp';
	const secret = await files.write('whose', 'hush\n');
	for (const [args, said] of [
		[[], /one URL/],
		[['http://example.com/mcp'], /has to be https/],
		[['--protocol', '2024-11-05', url], /--protocol takes/],
		[['--arguments', '[]', url], /JSON object/],
		[['--tokens', 'x', '--keyring', url], /not both/],
		[['--client-secret-file', '/dev/null', url], /no secret/],
		[['--client-id', 'x', '--client-secret-file', secret, url], /--issuer/],
		[['--print-token', '--json', url], /nothing else/],
		[['--print-token', '--tool', 'whoami', url], /nothing else/],
		[['--fly', url], /unrecognized/],
	]) {
		const client = expectEnd(await ranClient(args), 64);
		assert.match(client.stderr, said);
	}
});
