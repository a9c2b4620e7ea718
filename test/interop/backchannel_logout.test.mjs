// oidc-provider ends a person's session and tells notes, as OpenID Connect
// Back-Channel Logout 1.0 wants it: notes believes it, once, and nobody else.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Provider from 'oidc-provider';
import { keyPair } from '../support/issuer.mjs';
import { RESOURCE } from '../support/notes.mjs';
import { runningServer } from '../support/servers.mjs';
import { bearer, exchange } from '../support/wire.mjs';

const CLIENT = { id: 'notes-server', secret: 'a-secret-for-tests-only' };
const REDIRECT = 'http://127.0.0.1/callback';
const LOGOUT_PATH = '/backchannel-logout';
const LIFETIME_S = 600;
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'];

// The provider, whose person logs in and consents at once, and what it posted.
class SessionKeeper {
	posted = [];
	failures = [];

	static async listen() {
		const self = new SessionKeeper();
		self.server = http.createServer((request, response) => {
			self.#answer(request, response).catch((error) => {
				response.writeHead(500).end(error.stack);
			});
		});
		self.server.listen(0, '127.0.0.1');
		await once(self.server, 'listening');
		self.url = `http://127.0.0.1:${self.server.address().port}`;
		return self;
	}

	async tell(logoutUri) {
		const key = await keyPair('RS256');
		this.provider = new Provider(this.url, {
			jwks: { keys: [key.privateJwk] },
			clients: [{
				client_id: CLIENT.id,
				client_secret: CLIENT.secret,
				redirect_uris: [REDIRECT],
				application_type: 'native',
				backchannel_logout_uri: logoutUri,
				backchannel_logout_session_required: true,
			}],
			cookies: { keys: ['cookie-key-for-tests-only'] },
			ttl: { Interaction: LIFETIME_S, Session: LIFETIME_S, Grant: LIFETIME_S },
			findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
			interactions: { url: (context, { uid }) => `/interaction/${uid}` },
			features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
			// Its own way of fetching does not go to loopback.
			fetch: (url, { method, headers, body, redirect, signal }) => {
				this.posted.push(body.get('logout_token'));
				return fetch(url, { method, headers, body, redirect, signal });
			},
		});
		this.provider.on('backchannel.error', (context, error) => this.failures.push(error));
	}

	async #answer(request, response) {
		if (!request.url.startsWith('/interaction/')) {
			await this.provider.callback()(request, response);
			return;
		}
		const details = await this.provider.interactionDetails(request, response);
		const result = details.prompt.name === 'login'
			? { login: { accountId: 'alice' } }
			: { consent: { grantId: await this.#consent(details) } };
		await this.provider.interactionFinished(request, response, result, {
			mergeWithLastSubmission: true,
		});
	}

	async #consent({ params, session }) {
		const grant = new this.provider.Grant({
			accountId: session.accountId, clientId: params.client_id,
		});
		grant.addOIDCScope('openid');
		return grant.save();
	}

	async close() {
		const closed = once(this.server, 'close');
		this.server.close();
		this.server.closeAllConnections();
		await closed;
	}
}

// A browser, as far as a session needs one.
class Browser {
	#cookies = new Map();

	async ask(url, options = {}) {
		const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
		const answer = await fetch(url, {
			...options, redirect: 'manual', headers: { cookie },
			signal: AbortSignal.timeout(10_000),
		});
		for (const line of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			this.#cookies.set(name, value);
		}
		return answer;
	}

	// Up to the redirect that leaves the provider.
	async follow(url) {
		let next = url;
		for (let i = 0; i < 10 && !next.startsWith(REDIRECT); i++) {
			const answer = await this.ask(next);
			const location = answer.headers.get('location');
			assert.ok(location, `${next}: ${answer.status} ${await answer.text()}`);
			next = new URL(location, next).href;
		}
		return new URL(next);
	}
}

let keeper;
let folder;
let notes;

before(async () => {
	keeper = await SessionKeeper.listen();
	folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-logout-'));
	const file = path.join(folder, 'settings.json');
	await writeFile(file, JSON.stringify({
		resources: [{ resource: RESOURCE, issuers: [{ issuer: keeper.url }] }],
		logout: { path: LOGOUT_PATH, client_id: CLIENT.id },
	}));
	notes = await runningServer('notes', ['--config', file, '--log-level', 'info']);
	await keeper.tell(notes.url + LOGOUT_PATH);
});

after(async () => {
	await notes?.stop();
	await keeper?.close();
	await rm(folder, { recursive: true });
});

// Log in; the ID token comes along.
async function loggedIn(browser) {
	const verifier = randomBytes(32).toString('base64url');
	const query = new URLSearchParams({
		client_id: CLIENT.id,
		redirect_uri: REDIRECT,
		response_type: 'code',
		scope: 'openid',
		code_challenge: createHash('sha256').update(verifier).digest('base64url'),
		code_challenge_method: 'S256',
	});
	const code = (await browser.follow(`${keeper.url}/auth?${query}`)).searchParams.get('code');
	const secret = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
	const answer = await fetch(`${keeper.url}/token`, {
		method: 'POST',
		headers: { authorization: `Basic ${secret}` },
		body: new URLSearchParams({
			grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier,
		}),
		signal: AbortSignal.timeout(10_000),
	});
	const document = await answer.json();
	assert.ok(document.id_token, JSON.stringify(document));
	return document.id_token;
}

async function logOut(browser) {
	const page = await (await browser.ask(`${keeper.url}/session/end`)).text();
	const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1];
	assert.ok(xsrf, page);
	const answer = await browser.ask(`${keeper.url}/session/end/confirm`, {
		method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }),
	});
	assert.equal(answer.status, 303);
}

function post(token) {
	return exchange(notes.url + LOGOUT_PATH, {
		method: 'POST', headers: [FORM], body: `logout_token=${token}`,
	});
}

test('a session that ends is told of, and believed once', { timeout: 60_000 }, async () => {
	const browser = new Browser();
	const idToken = await loggedIn(browser);
	assert.equal((await post(idToken)).status, 400);
	await logOut(browser);
	assert.deepEqual(keeper.failures, []);
	assert.equal(keeper.posted.length, 1);
	const [token] = keeper.posted;
	const again = await post(token);
	assert.equal(again.status, 400);
	assert.equal(JSON.parse(again.text).error, 'invalid_request');
	assert.equal(again.headers['cache-control'], 'no-store');
	assert.match(notes.stderr, /logout refused: a logout token counts once/);
	const asAccess = await exchange(`${notes.url}/notes`, { headers: bearer(token) });
	assert.equal(asAccess.status, 401);
});

test('each session has a token of its own', { timeout: 60_000 }, async () => {
	const before = keeper.posted.length;
	const browsers = [new Browser(), new Browser()];
	for (const browser of browsers) {
		await loggedIn(browser);
	}
	await Promise.all(browsers.map(logOut));
	assert.deepEqual(keeper.failures, []);
	assert.equal(new Set(keeper.posted.slice(before)).size, 2);
});

test('what somebody else signed is not believed', { timeout: 60_000 }, async () => {
	const [header, payload] = keeper.posted[0].split('.');
	const forged = `${header}.${payload}.${randomBytes(256).toString('base64url')}`;
	assert.equal((await post(forged)).status, 400);
	const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
	assert.equal((await post(unsigned)).status, 400);
});
