// oidc-provider with opaque access tokens: it tells protected resources whose a
// token is, signs that if asked to, revokes, and posts logout tokens.
import http from 'node:http';
import { once } from 'node:events';
import Provider, { errors } from '../interop/node_modules/oidc-provider/lib/index.js';
import { keyPair } from './issuer.mjs';

export const PERSON = 'alice';
const LIFETIME_S = 600;
const TIMEOUT_MS = 10_000;
const INTERACTION = /^\/interaction\//;

// Whatever its own check of addresses says: everything here is on loopback.
const plainFetch = (url, { dispatcher, ...options }) => fetch(url, options);

export class OpaqueServer {
	#server;
	#provider;
	#nextId;

	// What has become of the logout tokens that were posted, one entry each.
	logouts = [];

	// `scope` is what every resource of this server may grant.
	static async create({ scope }) {
		const self = new OpaqueServer();
		self.#server = http.createServer((request, response) => {
			self.#answer(request, response).catch((error) => {
				response.writeHead(500).end(error.stack);
			});
		});
		self.#server.listen(0, '127.0.0.1');
		await once(self.#server, 'listening');
		self.url = `http://127.0.0.1:${self.#server.address().port}`;
		self.#provider = new Provider(self.url, await self.#settings(scope));
		self.#watch();
		return self;
	}

	get introspectionEndpoint() {
		return `${this.url}/token/introspection`;
	}

	get revocationEndpoint() {
		return `${this.url}/token/revocation`;
	}

	async close() {
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.#server.closeAllConnections();
		await closed;
	}

	// A client with this id: a protected resource that introspects, or a client that
	// people log in with. Returns what registration answered, a secret among it.
	async register(id, metadata) {
		this.#nextId = id;
		const answer = await fetch(`${this.url}/reg`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({
				grant_types: [], response_types: [], redirect_uris: [], ...metadata,
			}),
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		const document = await answer.json();
		if (answer.status !== 201 || document.client_id !== id) {
			throw new Error(`not registered: ${JSON.stringify(document)}`);
		}
		return document;
	}

	async #settings(scope) {
		const keys = await Promise.all(['RS256', 'ES256'].map((alg) => keyPair(alg)));
		const features = ['clientCredentials', 'introspection', 'jwtIntrospection', 'revocation',
			'backchannelLogout'];
		return {
			jwks: { keys: keys.map((key) => key.privateJwk) },
			scopes: ['openid', 'offline_access', ...scope.split(' ')],
			cookies: { keys: ['cookie-key-for-tests-only'] },
			pkce: { required: () => true },
			fetch: plainFetch,
			ttl: Object.fromEntries(['Interaction', 'Session', 'Grant', 'AccessToken',
				'ClientCredentials'].map((kind) => [kind, LIFETIME_S])),
			findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
			interactions: {
				url: (context, interaction) => `/interaction/${interaction.uid}`,
			},
			clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post',
				'private_key_jwt'],
			features: {
				...Object.fromEntries(features.map((name) => [name, { enabled: true }])),
				devInteractions: { enabled: false },
				registration: { enabled: true, idFactory: () => this.#takeId() },
				resourceIndicators: this.#resourceIndicators(scope),
				rpInitiatedLogout: { enabled: true, logoutSource: logoutPage },
			},
		};
	}

	#takeId() {
		const id = this.#nextId ?? `client-${Date.now()}-${Math.random().toString(36).slice(2)}`;
		this.#nextId = undefined;
		return id;
	}

	#resourceIndicators(scope) {
		return {
			enabled: true,
			defaultResource: () => undefined,
			useGrantedResource: () => true,
			getResourceServerInfo: (context, resource) => {
				if (!URL.canParse(resource)) {
					throw new errors.InvalidTarget();
				}
				return {
					scope,
					audience: resource,
					accessTokenTTL: LIFETIME_S,
					accessTokenFormat: 'opaque',
				};
			},
		};
	}

	#watch() {
		this.#provider.on('backchannel.success', (context, client) => {
			this.logouts.push({ client: client.clientId });
		});
		this.#provider.on('backchannel.error', (context, error, client) => {
			this.logouts.push({ client: client.clientId, error: error.message });
		});
	}

	async #answer(request, response) {
		if (INTERACTION.test(request.url)) {
			await this.#interact(request, response);
			return;
		}
		await this.#provider.callback()(request, response);
	}

	async #interact(request, response) {
		const details = await this.#provider.interactionDetails(request, response);
		const result = details.prompt.name === 'login'
			? { login: { accountId: PERSON } }
			: { consent: { grantId: await this.#consent(details) } };
		await this.#provider.interactionFinished(request, response, result, {
			mergeWithLastSubmission: true,
		});
	}

	async #consent({ params, session, prompt }) {
		const grant = new this.#provider.Grant({
			accountId: session.accountId, clientId: params.client_id,
		});
		const asked = prompt.details;
		if (asked.missingOIDCScope) {
			grant.addOIDCScope(asked.missingOIDCScope.join(' '));
		}
		for (const [resource, scopes] of Object.entries(asked.missingResourceScopes ?? {})) {
			grant.addResourceScope(resource, scopes.join(' '));
		}
		return grant.save();
	}
}

function logoutPage(context, form) {
	context.body = `<!doctype html><title>Log out?</title>${form}`;
}
