// Opaque tokens at `notes` and `simple-auth-server`: the demo authorization server and
// oidc-provider are asked whose they are, and say so only as long as it is true.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import {
	StreamableHTTPClientTransport as TransportV1,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
	Client as ClientV2, StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import {
	DemoAuthority, Files, ProviderAuthority, freePort, keyInFile,
} from '../support/introspected.mjs';
import {
	RESOURCE, SCOPE, expectInvitation, expectNotes, expectRefusal, expectUnavailable,
	protectedNotes,
} from '../support/notes.mjs';
import { revoke } from '../support/person.mjs';
import { runningServer } from '../support/servers.mjs';
import { bearer, exchange } from '../support/wire.mjs';
import { HeadlessLogin } from './headless.mjs';

const LIMIT = { timeout: 30_000 };
const MCP_SCOPE = 'user';
const SCOPES = `${SCOPE} ${MCP_SCOPE}`;
const CACHE_S = 2;
const MARGIN_MS = 1500;
const OTHER = 'https://other.example.com/mcp';
const GOOD = { scope: SCOPE, resource: RESOURCE };

let files;
before(async () => {
	files = await Files.create();
});
after(() => files?.remove());

const ask = (server, token) =>
	exchange(`${server.url}/notes`, { headers: bearer(token) });

// `notes` with these options, for the time of one test.
async function withNotes(authority, args, use) {
	const notes = await protectedNotes(authority.url, args);
	try {
		await use(notes);
	} finally {
		await notes.stop();
	}
}

async function refusedWithin(seconds, attempt) {
	const end = Date.now() + seconds * 1000;
	let answer = await attempt();
	while (answer.status === 200 && Date.now() < end) {
		await sleep(100);
		answer = await attempt();
	}
	return answer;
}

const expectInactive = (answer) => expectRefusal(answer, 401, 'invalid_token');

const IDENTITY = { name: 'mcpauth-interop', version: '1.0.0' };
const sdks = {
	v1: {
		Transport: TransportV1,
		newClient: () => new ClientV1(IDENTITY),
		finish: (transport, callback) => transport.finishAuth(callback.get('code')),
	},
	v2: {
		Transport: TransportV2,
		newClient: () => new ClientV2(IDENTITY, { versionNegotiation: { mode: 'auto' } }),
		finish: (transport, callback) => transport.finishAuth(callback),
	},
};

const peers = [
	['demo_server', DemoAuthority],
	['oidc_provider', ProviderAuthority],
];

for (const [name, Authority] of peers) {
	describe(`notes_asks_${name}`, () => {
		let authority;
		before(async () => {
			authority = await Authority.create(files, { scope: SCOPES });
		}, LIMIT);
		after(() => authority?.stop(), LIMIT);

		const token = async (what = GOOD) => (await authority.login(what)).access_token;

		for (const way of ['bySecret', 'byKey']) {
			test(`${way}_and_lets_the_owner_in`, LIMIT, async () => {
				await withNotes(authority, authority[way](), async (notes) => {
					expectNotes(await ask(notes, await token()), authority.person);
					expectInactive(await ask(notes, 'unknown'));
					expectInvitation(await exchange(`${notes.url}/notes`));
				});
			});
		}

		test('and_lets_nobody_in_whose_token_is_for_another_resource', LIMIT, async () => {
			for (const args of [[], ['--accept-active-as-audience']]) {
				await withNotes(authority, [...authority.bySecret(), ...args], async (notes) => {
					const other = await token({ scope: SCOPE, resource: OTHER });
					expectInactive(await ask(notes, other));
					expectNotes(await ask(notes, await token()), authority.person);
				});
			}
		});

		test('and_wants_the_scope', LIMIT, async () => {
			await withNotes(authority, authority.bySecret(), async (notes) => {
				const other = await token({ scope: MCP_SCOPE, resource: RESOURCE });
				expectRefusal(await ask(notes, other), 403, 'insufficient_scope');
			});
		});

		test('with_a_wrong_secret_and_cannot_tell', LIMIT, async () => {
			const wrong = await files.write(`${name}-wrong`, 'wrong');
			await withNotes(authority, authority.bySecret(wrong), async (notes) => {
				expectUnavailable(await ask(notes, await token()));
			});
		});

		test('with_a_wrong_key_and_cannot_tell', LIMIT, async () => {
			const stranger = await keyInFile(files, 'ES256');
			await withNotes(authority, authority.byKey(stranger.file), async (notes) => {
				expectUnavailable(await ask(notes, await token()));
			});
		});

		test('and_believes_it_no_longer_than_it_keeps_answers', LIMIT, async () => {
			const args = [...authority.bySecret(), '--token-cache', String(CACHE_S)];
			await withNotes(authority, args, async (notes) => {
				const mine = await token();
				expectNotes(await ask(notes, mine), authority.person);
				await authority.revoke(mine);
				expectNotes(await ask(notes, mine), authority.person);
				await sleep(CACHE_S * 1000 + MARGIN_MS);
				expectInactive(await ask(notes, mine));
				expectNotes(await ask(notes, await token()), authority.person);
			});
		});

		test('each_time_if_it_keeps_nothing', LIMIT, async () => {
			const args = [...authority.bySecret(), '--token-cache', '0'];
			await withNotes(authority, args, async (notes) => {
				const mine = await token();
				expectNotes(await ask(notes, mine), authority.person);
				await authority.revoke(mine);
				expectInactive(await ask(notes, mine));
			});
		});
	});

	describe(`notes_hears_of_logouts_at_${name}`, () => {
		let authority;
		let port;
		before(async () => {
			port = await freePort();
			authority = await Authority.create(files,
				{ scope: SCOPES, logoutUri: `http://127.0.0.1:${port}/logout` });
		}, LIMIT);
		after(() => authority?.stop(), LIMIT);

		async function expectOwner(notes, { access_token }) {
			const answer = await ask(notes, access_token);
			assert.equal(answer.status, 200, answer.text);
			assert.equal(JSON.parse(answer.text).sub, authority.person);
		}

		test('and_forgets_the_session_at_once', LIMIT, async () => {
			const args = [...authority.bySecret(), '--token-cache', '60',
				'--logout-path', '/logout', '--port', String(port)];
			await withNotes(authority, args, async (notes) => {
				const what = { scope: `openid ${SCOPE}`, resource: RESOURCE };
				const mine = await authority.session(what);
				const other = await authority.session(what);
				await expectOwner(notes, mine);
				await expectOwner(notes, other);
				await mine.person.logout(authority.metadata, mine.id_token);
				const answer = await refusedWithin(5, () => ask(notes, mine.access_token));
				expectInactive(answer);
				await expectOwner(notes, other);
			});
		});
	});

	describe(`simple_auth_server_with_${name}`, () => {
		const ADMIN = 'an-admin-token-for-tests-only';
		let authority;
		let server;
		before(async () => {
			authority = await Authority.create(files, { scope: SCOPES });
			server = await runningServer('simple-auth-server', [
				'--issuer', authority.url, ...authority.bySecret(), '--oauth-strict',
				'--token-cache', '60',
				'--admin-token-file', await files.write('admin', `${ADMIN}\n`),
			]);
		}, LIMIT);
		after(async () => {
			await server?.stop();
			await authority?.stop();
		}, LIMIT);

		const transport = (sdk, login) => new sdk.Transport(
			new URL(`${server.url}/mcp`), { authProvider: login });

		// Connects, is sent to log in, logs in.
		async function loggedIn(sdk = sdks.v1) {
			const login = new HeadlessLogin();
			const first = transport(sdk, login);
			await assert.rejects(sdk.newClient().connect(first),
				(error) => error.constructor.name === 'UnauthorizedError');
			await sdk.finish(first, login.callback);
			return login;
		}

		async function time(login, sdk = sdks.v1) {
			const client = sdk.newClient();
			await client.connect(transport(sdk, login));
			const result = await client.callTool({ name: 'get_time', arguments: {} });
			await client.close();
			assert.notEqual(result.isError, true);
			return JSON.parse(result.content[0].text);
		}

		const status = async (login) => (await exchange(`${server.url}/mcp`, {
			method: 'POST',
			headers: [...bearer(login.saved.access_token), ['Content-Type', 'application/json'],
				['Accept', 'application/json, text/event-stream']],
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
		})).status;

		const forget = async (what, secret = ADMIN) => exchange(`${server.url}/admin/forget`, {
			method: 'POST',
			headers: [...bearer(secret), ['Content-Type', 'application/json']],
			body: JSON.stringify(what),
		});

		for (const [version, sdk] of Object.entries(sdks)) {
			test(`the_official_client_${version}_logs_in_and_is_told_the_time`, LIMIT, async () => {
				const login = await loggedIn(sdk);
				assert.doesNotMatch(login.saved.access_token, /\./);
				const told = await time(login, sdk);
				assert.ok(Math.abs(told.timestamp - Date.now() / 1000) < 5,
					JSON.stringify(told));
			});
		}

		test('a_revoked_token_works_until_it_is_forgotten', LIMIT, async () => {
			const login = await loggedIn();
			const token = login.saved.access_token;
			await time(login);
			await revoke(authority.metadata, login.information, token);
			assert.notEqual(await status(login), 401);
			assert.equal((await forget({ token }, 'wrong')).status, 401);
			assert.notEqual(await status(login), 401);
			const answer = await forget({ token });
			assert.equal(answer.status, 200, answer.text);
			assert.ok(JSON.parse(answer.text).forgotten >= 1, answer.text);
			assert.equal(await status(login), 401);
		});

		test('so_do_all_of_a_subject', LIMIT, async () => {
			const login = await loggedIn();
			await time(login);
			await revoke(authority.metadata, login.information, login.saved.access_token);
			const answer = await forget({ issuer: authority.url, subject: authority.person });
			assert.equal(answer.status, 200, answer.text);
			assert.equal(await status(login), 401);
		});
	});
}

describe('what_one_of_the_two_alone_can_show', () => {
	test('a_token_for_nobody_in_particular_needs_the_option', LIMIT, async () => {
		const authority = await ProviderAuthority.create(files, { scope: SCOPES });
		try {
			const { access_token } = await authority.login({ scope: SCOPE });
			await withNotes(authority, authority.bySecret(), async (notes) => {
				expectInactive(await ask(notes, access_token));
			});
			const args = [...authority.bySecret(), '--accept-active-as-audience'];
			await withNotes(authority, args, async (notes) => {
				expectNotes(await ask(notes, access_token), authority.person);
			});
		} finally {
			await authority.stop();
		}
	});

	test('a_revoked_jwt_is_seen_to_be_where_jwts_are_asked_about', LIMIT, async () => {
		const authority = await DemoAuthority.create(files, { args: [] });
		try {
			const { access_token } = await authority.login(GOOD);
			assert.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
			const asks = [...authority.bySecret(), '--introspect-jwts', '--token-cache', '0'];
			await withNotes(authority, asks, async (notes) => {
				expectNotes(await ask(notes, access_token), authority.person);
				await authority.revoke(access_token);
				expectInactive(await ask(notes, access_token));
			});
			await withNotes(authority, authority.bySecret(), async (notes) => {
				expectNotes(await ask(notes, access_token), authority.person);
			});
		} finally {
			await authority.stop();
		}
	});
});
