// A loopback authorization server each of whose endpoints can be told to misbehave:
// it counts what it is asked, and notices who follows where it leads them.
import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { keyPair, now, signedToken } from '../../support/issuer.mjs';
import { goodClaims } from '../../support/notes.mjs';
import { MANNERS, send } from './manners.mjs';

const WELL_KNOWN = {
	'/.well-known/oauth-authorization-server': 'oauth',
	'/.well-known/openid-configuration': 'oidc',
};

const made = new Map();

// Made once for all issuers of a process: RSA keys take a while.
function sharedKey(alg, name = alg) {
	if (!made.has(name)) {
		made.set(name, keyPair(alg));
	}
	return made.get(name);
}

export class MisbehavingIssuer {
	#server = null;
	#port = 0;
	#manners = {};
	#places = ['oauth', 'oidc'];
	#attacker;
	#serial = 0;
	#keysPath = '/jwks';
	hits = { keys: 0, metadata: 0, introspection: 0, evil: 0, other: 0 };
	// What is said of a token, as text; of others what is said of good ones.
	answers = new Map();
	keys = [];
	headers = {};

	static async create(algorithms = ['RS256', 'ES256']) {
		const issuer = new MisbehavingIssuer();
		issuer.keys = await Promise.all(algorithms.map((alg) => sharedKey(alg)));
		issuer.#attacker = await sharedKey('RS256', 'attacker');
		await issuer.up();
		return issuer;
	}

	get url() {
		return `http://127.0.0.1:${this.#port}`;
	}

	get keysUrl() {
		return `${this.url}${this.#keysPath}`;
	}

	get introspectionUrl() {
		return `${this.url}/introspect`;
	}

	get documents() {
		return {
			metadata: {
				issuer: this.url,
				jwks_uri: this.keysUrl,
				authorization_endpoint: `${this.url}/authorize`,
				token_endpoint: `${this.url}/token`,
				response_types_supported: ['code'],
				code_challenge_methods_supported: ['S256'],
			},
			keys: { keys: this.keys.map((key) => key.publicJwk) },
			introspection: {
				active: true, iss: this.url, sub: 'alice', client_id: 'client-1',
				exp: now() + 600, ...goodClaims(),
			},
		};
	}

	// From now on, at one endpoint; null: as it should. Of metadata there are two
	// places, and the others answer well.
	misbehave(endpoint, manner, places = ['oauth', 'oidc']) {
		this.#manners[endpoint] = manner;
		this.#places = places;
	}

	async up() {
		this.#server = http.createServer((request, response) => this.#answer(request, response));
		this.#server.listen(this.#port, '127.0.0.1');
		await once(this.#server, 'listening');
		this.#port = this.#server.address().port;
	}

	// Where they were there is nothing any more; the metadata says where they are now.
	moveKeys(path, ...keys) {
		this.#keysPath = path;
		this.keys = keys;
	}

	// As a process that is killed: what is open breaks, whatever it waited for.
	async down() {
		const server = this.#server;
		this.#server = null;
		if (server === null) {
			return;
		}
		const closed = once(server, 'close');
		server.close();
		server.closeAllConnections();
		await closed;
	}

	token(claims, key = this.keys[0], header = {}) {
		this.#serial += 1;
		const all = {
			iss: this.url, sub: 'alice', client_id: 'client-1', jti: `${this.#serial}`,
			iat: now(), exp: now() + 600, ...claims,
		};
		return signedToken(key, all, header);
	}

	// By a key that was never published where keys are, only where nobody is to look.
	forgedToken(claims, kid = this.keys[0].kid) {
		return this.token(claims, this.#attacker, { kid });
	}

	#answer(request, response) {
		const { pathname } = new URL(request.url, this.url);
		response.on('error', () => {});
		if (pathname in WELL_KNOWN) {
			this.hits.metadata += 1;
			const misbehaves = this.#places.includes(WELL_KNOWN[pathname]);
			this.#send(response, 'metadata', misbehaves);
		} else if (pathname === this.#keysPath) {
			this.hits.keys += 1;
			this.#send(response, 'keys', true);
		} else if (pathname === '/introspect') {
			this.hits.introspection += 1;
			this.#introspect(request, response);
		} else if (pathname.startsWith('/evil')) {
			this.hits.evil += 1;
			send(response, JSON.stringify({ keys: [this.#attacker.publicJwk] }));
		} else {
			this.hits.other += 1;
			send(response, '{}', { status: 404 });
		}
	}

	async #introspect(request, response) {
		try {
			const form = new URLSearchParams(await text(request));
			const answer = this.answers.get(form.get('token'));
			if (answer === undefined) {
				this.#send(response, 'introspection', true);
			} else {
				send(response, answer);
			}
		} catch {
			response.destroy();
		}
	}

	#send(response, endpoint, misbehaves) {
		const document = this.documents[endpoint];
		const manner = misbehaves ? this.#manners[endpoint] ?? null : null;
		if (manner === null) {
			send(response, JSON.stringify(document), { headers: this.headers });
		} else {
			MANNERS[endpoint][manner](response, document, { canary: `${this.url}/evil` });
		}
	}
}
