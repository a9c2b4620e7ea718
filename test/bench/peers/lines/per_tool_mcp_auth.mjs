// A scope for each tool of an MCP server, by MCP Auth for Node.js: tools look themselves.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport }
	from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
// authorization:
import { MCPAuth, MCPAuthBearerAuthError } from 'mcp-auth';
// the rest:

const { PORT, RESOURCE, ISSUER } = process.env;
// authorization:
const mcpAuth = new MCPAuth({
	protectedResources: {
		metadata: {
			resource: RESOURCE,
			authorizationServers: [{ issuer: ISSUER, type: 'oidc' }],
			scopesSupported: ['read:todos', 'create:todos'],
		},
	},
});

function need(scope, authInfo) {
	if (!authInfo?.scopes.includes(scope)) {
		throw new MCPAuthBearerAuthError('missing_required_scopes', { missingScopes: [scope] });
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
		return { content: [{ type: 'text', text: authInfo.subject }] };
	});
	return server;
}

const app = express();
// authorization:
app.use(mcpAuth.protectedResourceMetadataRouter());
app.use('/mcp', mcpAuth.bearerAuth('jwt', { resource: RESOURCE, audience: RESOURCE }));
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
