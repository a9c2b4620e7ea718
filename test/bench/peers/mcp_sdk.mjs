// The MCP TypeScript SDK's bearer middleware, with a verifier made of jose, as
// jose's documentation shows it: the SDK brings none of its own.
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter }
	from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { application, issuer, notes, resource, serve } from './express.mjs';

const found = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
const oauthMetadata = await found.json();
const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
const resourceServerUrl = new URL(resource);

const verifier = {
	async verifyAccessToken(token) {
		try {
			const { payload } = await jwtVerify(token, keys, { issuer, audience: resource });
			return {
				token,
				clientId: payload.client_id,
				scopes: payload.scope.split(' '),
				expiresAt: payload.exp,
				resource: resourceServerUrl,
			};
		} catch (error) {
			if (error instanceof errors.JOSEError) {
				throw new InvalidTokenError(error.message);
			}
			throw error;
		}
	},
};

const app = application();
app.use(mcpAuthMetadataRouter({
	oauthMetadata, resourceServerUrl, scopesSupported: ['read:notes'],
}));
app.get('/notes', requireBearerAuth({
	verifier,
	requiredScopes: ['read:notes'],
	resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
	expectedResource: resourceServerUrl,
}), notes);
await serve(app);
