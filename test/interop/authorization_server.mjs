// oidc-provider on a free loopback port, as the authorization server that MCP
// clients register and log in at; its person logs in and consents at once.
import http from 'node:http';
import { once } from 'node:events';
import Provider, { errors } from 'oidc-provider';
import { ALGORITHMS, keyPair } from '../support/issuer.mjs';

export const PERSON = 'alice';
const MACHINE = { id: 'machine', secret: 'a-secret-for-tests-only' };
const LIFETIME_S = 600;
const INTERACTION = /^\/interaction\//;

export class AuthorizationServer {
	#server;
	#provider;
	#algorithm = 'RS256';

	// Who logs in next, and what they agree to: `scopes`, or all that is asked for.
	visitor = { accountId: PERSON };

	// `scope` is what every resource of this server may grant.
	static async create({ scope }) {
		const self = new AuthorizationServer();
		self.#server = http.createServer((request, response) => {
			self.#answer(request, response).catch((error) => {
				response.writeHead(500).end(error.stack);
			});
		});
		self.#server.listen(0, '127.0.0.1');
		await once(self.#server, 'listening');
		self.url = `http://127.0.0.1:${self.#server.address().port}`;
		self.#provider = new Provider(self.url, await self.#settings(scope));
		return self;
	}

	async close() {
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.#server.closeAllConnections();
		await closed;
	}

	// A token of the client itself (RFC 6749 section 4.4) for one resource.
	async machineToken({ resource, scope, algorithm }) {
		this.#algorithm = algorithm;
		const secret = Buffer.from(`${MACHINE.id}:${MACHINE.secret}`);
		const answer = await fetch(`${this.url}/token`, {
			method: 'POST',
			headers: { authorization: `Basic ${secret.toString('base64')}` },
			body: new URLSearchParams({
				grant_type: 'client_credentials', resource, scope,
			}),
			signal: AbortSignal.timeout(10_000),
		});
		const document = await answer.json();
		if (!answer.ok) {
			throw new Error(`no token: ${JSON.stringify(document)}`);
		}
		return document.access_token;
	}

	async #settings(scope) {
		const keys = await Promise.all(ALGORITHMS.map((alg) => keyPair(alg)));
		return {
			jwks: { keys: keys.map((key) => key.privateJwk) },
			clients: [machineClient()],
			scopes: ['openid', 'offline_access', ...scope.split(' ')],
			cookies: { keys: ['cookie-key-for-tests-only'] },
			pkce: { required: () => true },
			ttl: {
				Interaction: LIFETIME_S,
				Session: LIFETIME_S,
				Grant: LIFETIME_S,
				AccessToken: LIFETIME_S,
				ClientCredentials: LIFETIME_S,
			},
			findAccount: (context, id) => ({
				accountId: id, claims: () => ({ sub: id }),
			}),
			interactions: {
				url: (context, interaction) => `/interaction/${interaction.uid}`,
			},
			features: {
				devInteractions: { enabled: false },
				clientCredentials: { enabled: true },
				registration: { enabled: true },
				resourceIndicators: this.#resourceIndicators(scope),
			},
		};
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
					accessTokenFormat: 'jwt',
					jwt: { sign: { alg: this.#algorithm } },
				};
			},
		};
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
			? { login: { accountId: this.visitor.accountId } }
			: { consent: { grantId: await this.#consent(details) } };
		await this.#provider.interactionFinished(request, response, result, {
			mergeWithLastSubmission: true,
		});
	}

	// What was agreed to before stays; a client may come back for more.
	async #consent({ params, session, prompt, grantId }) {
		const { Grant } = this.#provider;
		const grant = await (grantId && Grant.find(grantId)) || new Grant({
			accountId: session.accountId, clientId: params.client_id,
		});
		const asked = prompt.details;
		if (asked.missingOIDCScope) {
			grant.addOIDCScope(asked.missingOIDCScope.join(' '));
		}
		const resources = Object.entries(asked.missingResourceScopes ?? {});
		for (const [resource, scopes] of resources) {
			const agreed = scopes.filter((scope) => this.visitor.scopes?.includes(scope) ?? true);
			const refused = scopes.filter((scope) => !agreed.includes(scope));
			grant.addResourceScope(resource, agreed.join(' '));
			grant.rejectResourceScope(resource, refused.join(' '));
		}
		return grant.save();
	}
}

function machineClient() {
	return {
		client_id: MACHINE.id,
		client_secret: MACHINE.secret,
		grant_types: ['client_credentials'],
		redirect_uris: [],
		response_types: [],
	};
}
