// A scope for each tool of an MCP server, by the TypeScript SDK: tools look themselves.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport }
	from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
// authorization:
import { InsufficientScopeError, InvalidTokenError }
	from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth }
	from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter }
	from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';
// the rest:

const { PORT, RESOURCE, ISSUER } = process.env;
// authorization:
const resourceServerUrl = new URL(RESOURCE);
const found = await fetch(`${ISSUER}/.well-known/oauth-authorization-server`);
const oauthMetadata = await found.json();
const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
const verifier = {
	async verifyAccessToken(token) {
		try {
			const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE });
			return {
				token,
				clientId: payload.client_id,
				scopes: (payload.scope ?? '').split(' '),
				expiresAt: payload.exp,
				extra: { subject: payload.sub },
			};
		} catch (error) {
			throw new InvalidTokenError(error.message);
		}
	},
};

function need(scope, authInfo) {
	if (!authInfo?.scopes.includes(scope)) {
		throw new InsufficientScopeError(`the scope ${scope} is missing`);
	}
}
// the rest:

function newServer() {
	const server = new McpServer({ name: 'todos', version: '1.0.0' });
	server.registerTool('get-todos', { description: 'Lists todos.' }, ({ authInfo }) => {
		// authorization:
		need('read:todos', authInfo);
		// the rest:
		return { content: [{ type: 'text', text: '[]' }] };
	});
	server.registerTool('create-todo', { description: 'Makes a todo.' }, ({ authInfo }) => {
		// authorization:
		need('create:todos', authInfo);
		// the rest:
		return { content: [{ type: 'text', text: authInfo.extra.subject }] };
	});
	return server;
}

const app = express();
// authorization:
app.use(mcpAuthMetadataRouter({
	oauthMetadata,
	resourceServerUrl,
	scopesSupported: ['read:todos', 'create:todos'],
}));
app.use('/mcp', requireBearerAuth({
	verifier,
	resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
}));
// the rest:
app.use(express.json());
app.post('/mcp', async (request, response) => {
	const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
	const server = newServer();
	response.on('close', () => server.close());
	await server.connect(transport);
	await transport.handleRequest(request, response, request.body);
});
app.listen(Number(PORT), '127.0.0.1');
