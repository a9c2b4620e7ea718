// What the pages of browser_page.test.mjs run: the public TypeScript client, which the
// test drives through `window.page`. What it must remember over the login is the tab's.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const CALLBACK = new URL('/callback', location.href);
CALLBACK.hostname = 'localhost';

const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? 'null') ?? undefined;
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));

const login = {
	get redirectUrl() {
		return CALLBACK.href;
	},
	get clientMetadata() {
		return {
			client_name: 'a page',
			redirect_uris: [CALLBACK.href],
			grant_types: ['authorization_code'],
			response_types: ['code'],
			token_endpoint_auth_method: 'none',
		};
	},
	clientInformation: () => kept('client'),
	saveClientInformation: (client) => keep('client', client),
	tokens: () => kept('tokens'),
	saveTokens: (tokens) => keep('tokens', tokens),
	codeVerifier: () => kept('verifier'),
	saveCodeVerifier: (verifier) => keep('verifier', verifier),
	discoveryState: () => kept('discovery'),
	saveDiscoveryState: (discovery) => keep('discovery', discovery),
	redirectToAuthorization: (url) => location.assign(url),
};

const transportTo = (url) => new StreamableHTTPClientTransport(new URL(url),
	{ authProvider: login });

async function connected(url) {
	const client = new Client({ name: 'a page', version: '1.0.0' },
		{ versionNegotiation: { mode: 'auto' } });
	await client.connect(transportTo(url));
	return client;
}

const nameOf = (error) => error.constructor.name;

window.page = {
	// What a script sees of one request: an answer, or the name of an error.
	async ask(url, init) {
		try {
			const answer = await fetch(url, init);
			return {
				status: answer.status,
				challenge: answer.headers.get('www-authenticate'),
				text: await answer.text(),
			};
		} catch (error) {
			return { error: nameOf(error) };
		}
	},

	// Leaves for the login page, if it may read where that is.
	async connect(url) {
		try {
			await connected(url);
			return 'connected';
		} catch (error) {
			return nameOf(error);
		}
	},

	// Back from it: whatever came with the redirect becomes a token.
	finish: (url) => transportTo(url).finishAuth(new URLSearchParams(location.search)),

	async call(url, name, args) {
		const client = await connected(url);
		const result = await client.callTool({ name, arguments: args });
		await client.close();
		return result;
	},
};
document.title = 'ready';
