// Writes oidc-provider/: what oidc-provider, installed by ../interop/setup, says
// of itself and puts into a token, under an issuer that a proxy would give it.
import http from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import Provider from '../interop/node_modules/oidc-provider/lib/index.js';

const HOST = 'login.example.com';
const RESOURCE = 'https://mcp.example.com/mcp';
const TIMES = ['iat', 'exp'];
const server = { scope: 'read:notes', audience: RESOURCE, accessTokenTTL: 3600, accessTokenFormat: 'jwt' };

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const provider = new Provider(`https://${HOST}`, {
	jwks: { keys: [{ ...jwk, kid: 'oidc-provider-key', alg: 'RS256', use: 'sig' }] },
	clients: [{
		client_id: 'example-client',
		redirect_uris: ['https://client.example.com/callback'],
		token_endpoint_auth_method: 'none',
	}],
	scopes: ['openid', 'offline_access', 'read:notes'],
	features: {
		devInteractions: { enabled: false },
		registration: { enabled: true },
		resourceIndicators: { enabled: true, getResourceServerInfo: () => server },
	},
});
provider.proxy = true;

async function discovered() {
	const listener = http.createServer(provider.callback());
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const request = http.get({
		host: '127.0.0.1',
		port: listener.address().port,
		path: '/.well-known/openid-configuration',
		agent: false,
		headers: { host: HOST, 'x-forwarded-host': HOST, 'x-forwarded-proto': 'https' },
	});
	const [answer] = await once(request, 'response');
	const text = (await answer.toArray()).join('');
	listener.close();
	return JSON.parse(text);
}

async function issued() {
	const token = new provider.AccessToken({
		accountId: 'alice',
		client: await provider.Client.find('example-client'),
		grantId: 'example-grant',
		scope: server.scope,
	});
	token.resourceServer = new provider.ResourceServer(RESOURCE, server);
	const [header, claims] = (await token.save()).split('.')
		.slice(0, 2)
		.map((part) => JSON.parse(Buffer.from(part, 'base64url')));
	const now = claims.iat;
	for (const name of TIMES) {
		claims[name] -= now;
	}
	return { header, claims };
}

async function write(name, document) {
	const text = `${JSON.stringify(document, null, 2)}\n`;
	await writeFile(new URL(`oidc-provider/${name}`, import.meta.url), text);
}

await write('metadata.json', await discovered());
await write('token.json', await issued());
