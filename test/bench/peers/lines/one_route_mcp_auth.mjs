// One route for callers with a scope, by MCP Auth for Node.js.
import express from 'express';
// authorization:
import { MCPAuth } from 'mcp-auth';
// the rest:

const { PORT, RESOURCE, ISSUER } = process.env;
// authorization:
const mcpAuth = new MCPAuth({
	protectedResources: {
		metadata: {
			resource: RESOURCE,
			authorizationServers: [{ issuer: ISSUER, type: 'oidc' }],
			scopesSupported: ['read:notes'],
		},
	},
});
// the rest:
const app = express();
// authorization:
app.use(mcpAuth.protectedResourceMetadataRouter());
app.use('/notes', mcpAuth.bearerAuth('jwt', {
	resource: RESOURCE,
	audience: RESOURCE,
	requiredScopes: ['read:notes'],
}));
// the rest:
app.get('/notes', (request, response) => {
	response.send(request.auth.subject);
});
app.listen(Number(PORT), '127.0.0.1');
