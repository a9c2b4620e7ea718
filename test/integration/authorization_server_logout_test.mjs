// What the demo authorization server ends when somebody logs out, and whom it tells.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import {
	start, form, registered, pkce, authorize, answerOf, tokens, introspect, token, refresh, part,
	suite, CALLBACK, CONFIDENTIAL,
} from './authorization_server_peer.mjs';
import { now } from './signed_jwt.mjs';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const WAIT_MS = 5000;

// A place to which logout tokens are posted.
class Listener {
	heard = [];
	#waiting = [];

	static async open() {
		const self = new Listener();
		self.server = createServer((request, response) => self.#take(request, response));
		self.server.listen(0, '127.0.0.1');
		await once(self.server, 'listening');
		self.url = `http://127.0.0.1:${self.server.address().port}/logout`;
		return self;
	}

	async #take(request, response) {
		let text = '';
		for await (const chunk of request) {
			text += chunk;
		}
		this.heard.push({ method: request.method, type: request.headers['content-type'],
			fields: new URLSearchParams(text) });
		response.end();
		this.#waiting.splice(0).forEach((wake) => wake());
	}

	async first(count) {
		const end = Date.now() + WAIT_MS;
		while (this.heard.length < count) {
			assert.ok(Date.now() < end, `${this.heard.length} of ${count} logout tokens came`);
			await Promise.race([
				new Promise((wake) => { this.#waiting.push(wake); }),
				new Promise((wake) => { setTimeout(wake, WAIT_MS); }),
			]);
		}
		return this.heard.slice(0, count);
	}

	async close() {
		this.server.close();
		this.server.closeAllConnections();
		await once(this.server, 'close');
	}
}

describe('logging out', () => {
	const resource = { client_id: 'one', client_secret: 'a' };
	let one;
	let two;
	let server;
	before(async () => {
		[one, two] = await Promise.all([Listener.open(), Listener.open()]);
		server = await start('--auto-approve', '--user', 'ann:a', '--introspection-client', 'one:a',
			'--backchannel-logout-uri', one.url, '--introspection-client', 'quiet:b',
			'--introspection-client', 'two:c', '--backchannel-logout-uri', two.url);
	});
	after(() => Promise.all([one.close(), two.close()]));

	const active = async (text) => (await introspect(server, resource, text)).active;
	const endSession = (fields) => form(`${server.url}/end_session`, fields);

	test('a token, its ID token and its introspection name the session', async () => {
		const issued = await tokens(server, await registered(server), { scope: 'openid' });
		const { sid } = part(issued.access_token, 1);
		assert.match(sid, /^[\w-]{43}$/);
		assert.equal(part(issued.id_token, 1).sid, sid);
		assert.equal((await introspect(server, resource, issued.access_token)).sid, sid);
	});

	test('a client that acts for itself has none', async () => {
		const { client_id, client_secret } = await registered(server, CONFIDENTIAL);
		const { body } = await token(server, { grant_type: 'client_credentials' },
			{ Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`)
				.toString('base64')}` });
		assert.equal(part(body.access_token, 1).sid, undefined);
		const answer = await introspect(server, resource, body.access_token);
		assert.equal(answer.active, true);
		assert.equal(answer.sid, undefined);
	});

	test('an ID token ends its session alone, and who wants to know is told', async () => {
		const client = await registered(server);
		const mine = await tokens(server, client, { scope: 'openid' });
		const other = await tokens(server, client, { scope: 'openid' });
		const answer = await endSession({ id_token_hint: mine.id_token });
		assert.equal(answer.status, 200);
		assert.match(await answer.text(), /Logged out/);
		assert.equal(await active(mine.access_token), false);
		assert.equal(await active(other.access_token), true);
		assert.equal((await refresh(server, client, mine.refresh_token)).status, 400);
		assert.equal((await endSession({ id_token_hint: mine.id_token })).status, 400);
		assert.equal((await endSession({ id_token_hint: mine.access_token })).status, 400);
		await expectToken(one, 'one', part(mine.access_token, 1));
		await expectToken(two, 'two', part(mine.access_token, 1));
	});

	async function expectToken(listener, audience, { sub, sid }) {
		const [{ method, type, fields }] = await listener.first(1);
		const text = fields.get('logout_token');
		const { keys: [key] } = await (await fetch(`${server.url}/jwks`)).json();
		const dot = text.lastIndexOf('.');
		assert.deepEqual([method, type, [...fields.keys()]],
			['POST', 'application/x-www-form-urlencoded', ['logout_token']]);
		assert.ok(verify('sha256', Buffer.from(text.slice(0, dot)),
			createPublicKey({ key, format: 'jwk' }),
			Buffer.from(text.slice(dot + 1), 'base64url')));
		assert.equal(part(text, 0).typ, 'logout+jwt');
		const { iat, exp, jti, ...claims } = part(text, 1);
		assert.deepEqual(claims, { iss: server.url, aud: audience, sub, sid, events: { [EVENT]: {} } });
		assert.ok(Math.abs(iat - now()) < 5);
		assert.equal(exp, iat + 120);
		assert.match(jti, /^[\w-]{43}$/);
	}

	test('the metadata says so', async () => {
		const body = await (await fetch(
			`${server.url}/.well-known/openid-configuration`)).json();
		assert.equal(body.end_session_endpoint, `${server.url}/end_session`);
		assert.equal(body.backchannel_logout_supported, true);
		assert.equal(body.backchannel_logout_session_supported, true);
	});

	test('a listener that hangs does not keep it from ending', async () => {
		const silent = createServer(() => {});
		silent.listen(0, '127.0.0.1');
		await once(silent, 'listening');
		const peer = await start('--auto-approve', '--introspection-client', 'one:a',
			'--backchannel-logout-uri', `http://127.0.0.1:${silent.address().port}/`);
		const issued = await tokens(peer, await registered(peer), { scope: 'openid' });
		const asked = once(silent, 'request');
		const answer = await form(`${peer.url}/end_session`, { id_token_hint: issued.id_token });
		assert.equal(answer.status, 200);
		await asked;
		assert.equal(await peer.stop(), 0, peer.log());
		silent.closeAllConnections();
		silent.close();
	});

	test('ends with exit 0 on SIGTERM', async () => {
		assert.equal(await server.stop(), 0, server.log());
	});
});

suite('the logout page', ['--user', 'ann:a', '--introspection-client', 'one:a'], (server) => {
	const resource = { client_id: 'one', client_secret: 'a' };

	// Logs in at the page; the browser is its cookie.
	async function visit(cookie) {
		const client = await registered(server);
		const { verifier, challenge } = pkce();
		const page = await fetch(`${server.url}/authorize?${new URLSearchParams({
			response_type: 'code', client_id: client.client_id, redirect_uri: CALLBACK,
			code_challenge: challenge, code_challenge_method: 'S256', scope: 'user',
		})}`, { headers: cookie === undefined ? {} : { Cookie: cookie } });
		const browser = page.headers.get('set-cookie').split(';')[0];
		const transaction = /name="transaction" value="([^"]+)"/.exec(await page.text())[1];
		const answer = answerOf(await form(`${server.url}/login`, { transaction, username: 'ann',
			password: 'a', decision: 'approve' }, { Cookie: browser }));
		const { body } = await token(server, { grant_type: 'authorization_code',
			client_id: client.client_id, code: answer.get('code'), code_verifier: verifier,
			redirect_uri: CALLBACK });
		return { browser, access_token: body.access_token };
	}

	const ask = async (cookie) => (await fetch(`${server.url}/end_session`,
		{ headers: cookie === undefined ? {} : { Cookie: cookie } })).text();
	const confirmOf = (html) => /name="confirm" value="([^"]+)"/.exec(html)?.[1];
	const leave = (cookie, confirm) => form(`${server.url}/end_session`,
		confirm === undefined ? {} : { confirm }, { Cookie: cookie });
	const active = async ({ access_token }) =>
		(await introspect(server, resource, access_token)).active;

	test('one browser has one session, another has another', async () => {
		const first = await visit();
		const again = await visit(first.browser);
		const elsewhere = await visit();
		const sid = ({ access_token }) => part(access_token, 1).sid;
		assert.equal(sid(again), sid(first));
		assert.notEqual(sid(elsewhere), sid(first));
	});

	test('asks first, and ends what this browser began', async () => {
		const mine = await visit();
		const other = await visit();
		const html = await ask(mine.browser);
		assert.match(html, /Log out, ann\?/);
		assert.equal(await active(mine), true);
		const answer = await leave(mine.browser, confirmOf(html));
		assert.match(await answer.text(), /Logged out/);
		assert.equal(await active(mine), false);
		assert.equal(await active(other), true);
		assert.match(await ask(mine.browser), /Nobody is logged in/);
	});

	test('takes no answer that another page or browser made up', async () => {
		const mine = await visit();
		const other = await visit();
		const foreign = confirmOf(await ask(other.browser));
		for (const confirm of [undefined, 'x', foreign]) {
			assert.match(await (await leave(mine.browser, confirm)).text(), /Log out, ann\?/);
		}
		assert.equal(await active(mine), true);
		assert.match(await ask(undefined), /Nobody is logged in/);
	});
});
