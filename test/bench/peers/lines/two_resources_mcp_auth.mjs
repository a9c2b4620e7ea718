// Two resources, each with an issuer of its own, by MCP Auth for Node.js.
import express from 'express';
// authorization:
import { MCPAuth } from 'mcp-auth';
// the rest:

const { PORT, NOTES, NOTES_ISSUER, TODOS, TODOS_ISSUER } = process.env;
// authorization:
const mcpAuth = new MCPAuth({
	protectedResources: [
		{
			metadata: {
				resource: NOTES,
				authorizationServers: [{ issuer: NOTES_ISSUER, type: 'oidc' }],
				scopesSupported: ['read:notes'],
			},
		},
		{
			metadata: {
				resource: TODOS,
				authorizationServers: [{ issuer: TODOS_ISSUER, type: 'oidc' }],
				scopesSupported: ['read:todos'],
			},
		},
	],
});
// the rest:
const app = express();
// authorization:
app.use(mcpAuth.protectedResourceMetadataRouter());
app.use('/notes', mcpAuth.bearerAuth('jwt', {
	resource: NOTES,
	audience: NOTES,
	requiredScopes: ['read:notes'],
}));
app.use('/todos', mcpAuth.bearerAuth('jwt', {
	resource: TODOS,
	audience: TODOS,
	requiredScopes: ['read:todos'],
}));
// the rest:
for (const path of ['/notes', '/todos']) {
	app.get(path, (request, response) => {
		response.send(request.auth.subject);
	});
}
app.listen(Number(PORT), '127.0.0.1');
