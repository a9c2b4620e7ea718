// A loopback authorization server of keys and metadata only: it counts what it
// is asked, can hold its key answer back, and can be down for a while.
import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as jose from '../interop/node_modules/jose/dist/webapi/index.js';

export const ALGORITHMS = [
	'RS256', 'RS384', 'RS512',
	'PS256', 'PS384', 'PS512',
	'ES256', 'ES384', 'ES512',
	'EdDSA',
];

export async function keyPair(alg, kid = `key-${alg}`) {
	const pair = await jose.generateKeyPair(alg, { extractable: true });
	const labels = { kid, alg, use: 'sig' };
	return {
		alg,
		kid,
		privateKey: pair.privateKey,
		publicKey: pair.publicKey,
		publicJwk: { ...await jose.exportJWK(pair.publicKey), ...labels },
		privateJwk: { ...await jose.exportJWK(pair.privateKey), ...labels },
	};
}

export function now() {
	return Math.floor(Date.now() / 1000);
}

// Claims and headers given as undefined are left out.
export async function signedToken(key, claims, header = {}) {
	return new jose.SignJWT(withoutUndefined(claims))
		.setProtectedHeader(withoutUndefined({
			alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header,
		}))
		.sign(key.privateKey);
}

export function withoutUndefined(object) {
	const given = Object.entries(object).filter(([, v]) => v !== undefined);
	return Object.fromEntries(given);
}

export class Issuer {
	#server = null;
	#held = null;
	#port = 0;
	counts = { jwks: 0, discovery: 0, other: 0 };
	keys = new Map();

	static async create({ algorithms = ['RS256'] } = {}) {
		const issuer = new Issuer();
		for (const alg of algorithms) {
			issuer.keys.set(alg, await keyPair(alg));
		}
		await issuer.up();
		return issuer;
	}

	get url() {
		return `http://127.0.0.1:${this.#port}`;
	}

	get metadata() {
		return {
			issuer: this.url,
			authorization_endpoint: `${this.url}/authorize`,
			token_endpoint: `${this.url}/token`,
			jwks_uri: `${this.url}/jwks`,
			userinfo_endpoint: `${this.url}/userinfo`,
			response_types_supported: ['code'],
			grant_types_supported: ['authorization_code'],
			code_challenge_methods_supported: ['S256'],
			subject_types_supported: ['public'],
			id_token_signing_alg_values_supported: ['RS256'],
		};
	}

	get jwks() {
		return { keys: [...this.keys.values()].map((key) => key.publicJwk) };
	}

	// Listens; after down() on the same port as before.
	async up() {
		const server = http.createServer((request, response) => {
			this.#answer(request.url, response);
		});
		server.listen(this.#port, '127.0.0.1');
		await once(server, 'listening');
		this.#port = server.address().port;
		this.#server = server;
	}

	async down() {
		const server = this.#server;
		this.#server = null;
		this.release();
		if (server === null) {
			return;
		}
		const closed = once(server, 'close');
		server.close();
		server.closeAllConnections();
		await closed;
	}

	// Key answers wait from now on until release().
	hold() {
		this.#held ??= [];
	}

	release() {
		const waiting = this.#held ?? [];
		this.#held = null;
		for (const send of waiting) {
			send();
		}
	}

	async token(claims = {}, { alg = 'RS256', header = {} } = {}) {
		const all = {
			iss: this.url,
			sub: 'alice',
			client_id: 'client-1',
			jti: randomUUID(),
			iat: now(),
			exp: now() + 600,
			...claims,
		};
		return signedToken(this.keys.get(alg), all, header);
	}

	#answer(url, response) {
		if (url === '/jwks') {
			this.counts.jwks += 1;
			const send = () => sendJson(response, 200, this.jwks);
			this.#held ? this.#held.push(send) : send();
			return;
		}
		if (url === '/.well-known/openid-configuration'
			|| url === '/.well-known/oauth-authorization-server') {
			this.counts.discovery += 1;
			sendJson(response, 200, this.metadata);
			return;
		}
		this.counts.other += 1;
		sendJson(response, 404, { error: 'not_found' });
	}
}

function sendJson(response, status, document) {
	const body = JSON.stringify(document);
	response.writeHead(status, {
		'content-type': 'application/json',
		'content-length': Buffer.byteLength(body),
	});
	response.end(body);
}
