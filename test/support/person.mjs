// Somebody with a browser: cookies, a login that is approved by the other side, a
// logout; and what a client does with the code that comes back.
import { createHash, randomBytes } from 'node:crypto';

export const CALLBACK = 'http://127.0.0.1:9/callback';
const HOPS = 10;
const TIMEOUT_MS = 10_000;

const PUBLIC_CLIENT = {
	client_name: 'mcpauth test',
	redirect_uris: [CALLBACK],
	grant_types: ['authorization_code'],
	response_types: ['code'],
	token_endpoint_auth_method: 'none',
	application_type: 'native',
};

export async function metadataOf(issuer) {
	return documentOf(await timedFetch(`${issuer}/.well-known/openid-configuration`));
}

function timedFetch(url, init = {}) {
	return fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
}

async function documentOf(answer) {
	const text = await answer.text();
	if (!answer.ok) {
		throw new Error(`${answer.url}: ${answer.status} ${text}`);
	}
	return JSON.parse(text);
}

function post(url, fields, headers = {}) {
	return timedFetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) });
}

// A client that anybody may register, without a secret.
export async function publicClient(metadata) {
	return documentOf(await timedFetch(metadata.registration_endpoint, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(PUBLIC_CLIENT),
	}));
}

// Sends a form as this client: without a secret, or with one in the way it registered.
function postAs(client, url, fields) {
	const { client_id, client_secret, token_endpoint_auth_method: method } = client;
	if (method !== 'client_secret_basic') {
		const secret = client_secret === undefined ? {} : { client_secret };
		return post(url, { ...fields, client_id, ...secret });
	}
	const pair = [client_id, client_secret].map(encodeURIComponent).join(':');
	return post(url, fields,
		{ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
}

export async function revoke(metadata, client, token) {
	const answer = await postAs(client, metadata.revocation_endpoint, { token });
	if (answer.status !== 200) {
		throw new Error(`not revoked: ${answer.status} ${await answer.text()}`);
	}
}

export class Person {
	#cookies = new Map();

	// The token answer; `resource` undefined asks for none.
	async login(metadata, client, { scope, resource }) {
		const verifier = randomBytes(32).toString('base64url');
		const target = resource === undefined ? {} : { resource };
		const url = new URL(metadata.authorization_endpoint);
		url.search = new URLSearchParams({
			response_type: 'code',
			client_id: client.client_id,
			redirect_uri: CALLBACK,
			code_challenge: createHash('sha256').update(verifier).digest('base64url'),
			code_challenge_method: 'S256',
			scope,
			...target,
		});
		const callback = await this.#follow(url);
		if (!callback.has('code')) {
			throw new Error(`no code: ${callback}`);
		}
		return documentOf(await postAs(client, metadata.token_endpoint, {
			grant_type: 'authorization_code',
			code: callback.get('code'),
			code_verifier: verifier,
			redirect_uri: CALLBACK,
			...target,
		}));
	}

	// Ends the session, also where a page asks first.
	async logout(metadata, idToken) {
		const url = new URL(metadata.end_session_endpoint);
		url.searchParams.set('id_token_hint', idToken);
		const html = await (await this.#fetch(url)).text();
		const form = /<form [^>]*action="([^"]+)"[^>]*>.*name="xsrf" value="([^"]+)"/s.exec(html);
		if (form === null) {
			return;
		}
		const answer = await this.#fetch(form[1], {
			method: 'POST', body: new URLSearchParams({ xsrf: form[2], logout: 'yes' }),
		});
		if (answer.status !== 303) {
			throw new Error(`not logged out: ${answer.status} ${await answer.text()}`);
		}
	}

	async #follow(url) {
		let next = url;
		for (let hop = 0; hop < HOPS; hop += 1) {
			const answer = await this.#fetch(next);
			const location = answer.headers.get('location');
			if (location === null) {
				throw new Error(`${next}: ${answer.status} ${await answer.text()}`);
			}
			next = new URL(location, next);
			if (next.href.startsWith(CALLBACK)) {
				return next.searchParams;
			}
		}
		throw new Error(`no redirect to the client after ${HOPS} hops`);
	}

	async #fetch(url, init = {}) {
		const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
		const answer = await timedFetch(url, { redirect: 'manual', headers: { cookie }, ...init });
		for (const line of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			this.#cookies.set(name, value);
		}
		return answer;
	}
}
