// mcp-auth for Node.js, as its documentation shows it.
import { MCPAuth, fetchServerConfig } from 'mcp-auth';
import { application, issuer, notes, resource, serve } from './express.mjs';

const mcpAuth = new MCPAuth({
	protectedResources: [{
		metadata: {
			resource,
			authorizationServers: [await fetchServerConfig(issuer, { type: 'oidc' })],
			scopesSupported: ['read:notes'],
		},
	}],
});
const app = application();
app.use(mcpAuth.protectedResourceMetadataRouter());
app.get('/notes', mcpAuth.bearerAuth('jwt', {
	resource,
	audience: resource,
	requiredScopes: ['read:notes'],
}), notes);
await serve(app);
