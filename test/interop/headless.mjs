// What stands in for a browser and for a network trace in the client tests.
import { randomUUID } from 'node:crypto';

const REDIRECT = 'http://127.0.0.1:9/callback';
const HOPS = 10;
const TIMEOUT_MS = 10_000;

// A fetch that remembers every request with its answer.
export class RecordedFetch {
	steps = [];

	fetch = async (input, init = {}) => {
		const request = new Request(input, init);
		const step = {
			method: request.method,
			url: request.url,
			requestHeaders: request.headers,
			body: init.body === undefined ? undefined : String(init.body),
		};
		const answer = await fetch(input, init);
		step.status = answer.status;
		step.headers = answer.headers;
		step.document = await jsonOf(answer);
		this.steps.push(step);
		return answer;
	};

	only(method, url) {
		const found = this.steps.filter((step) => step.method === method
			&& step.url === url);
		if (found.length !== 1) {
			const seen = this.steps.map((s) => `${s.method} ${s.url} ${s.status}`);
			throw new Error(`${found.length} of ${method} ${url} in:\n`
				+ seen.join('\n'));
		}
		return found[0];
	}
}

// Only what is JSON gets copied: a client that cancels the body of a copied
// answer waits until the copy is read, too.
async function jsonOf(answer) {
	const type = answer.headers.get('content-type') ?? '';
	const isJson = /^application\/(.*\+)?json/.test(type);
	return isJson ? answer.clone().json() : undefined;
}

// An OAuthClientProvider of either SDK whose person follows the authorization
// URL at once, up to the redirect back to the client.
export class HeadlessLogin {
	#cookies = new Map();
	#state = randomUUID();
	#verifier;

	// How often the person was sent to the authorization server.
	authorizations = 0;

	get redirectUrl() {
		return REDIRECT;
	}

	get clientMetadata() {
		return {
			client_name: 'mcpauth interop',
			redirect_uris: [REDIRECT],
			grant_types: ['authorization_code'],
			response_types: ['code'],
			token_endpoint_auth_method: 'none',
			application_type: 'native',
		};
	}

	state() {
		return this.#state;
	}

	clientInformation() {
		return this.information;
	}

	saveClientInformation(information) {
		this.information = information;
	}

	tokens() {
		return this.saved;
	}

	saveTokens(tokens) {
		this.saved = tokens;
	}

	saveCodeVerifier(verifier) {
		this.#verifier = verifier;
	}

	codeVerifier() {
		return this.#verifier;
	}

	discoveryState() {
		return this.discovered;
	}

	saveDiscoveryState(state) {
		this.discovered = state;
	}

	async redirectToAuthorization(url) {
		this.authorizations += 1;
		this.authorizationUrl = url;
		let next = url;
		for (let hop = 0; hop < HOPS; hop += 1) {
			next = await this.#redirection(next);
			if (next.href.startsWith(REDIRECT)) {
				this.callback = next.searchParams;
				return;
			}
		}
		throw new Error(`no redirect to the client after ${HOPS} hops`);
	}

	async #redirection(url) {
		const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
		const answer = await fetch(url, {
			redirect: 'manual',
			headers: { cookie },
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		for (const line of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			this.#cookies.set(name, value);
		}
		const location = answer.headers.get('location');
		if (location === null) {
			throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
		}
		return new URL(location, url);
	}
}
