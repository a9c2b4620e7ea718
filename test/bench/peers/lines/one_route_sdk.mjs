// One route for callers with a scope, by the TypeScript SDK, which verifies no token itself.
import express from 'express';
// authorization:
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
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
// the rest:
const app = express();
// authorization:
app.use(mcpAuthMetadataRouter({
	oauthMetadata,
	resourceServerUrl,
	scopesSupported: ['read:notes'],
}));
app.use('/notes', requireBearerAuth({
	verifier,
	requiredScopes: ['read:notes'],
	resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
}));
// the rest:
app.get('/notes', (request, response) => {
	response.send(request.auth.extra.subject);
});
app.listen(Number(PORT), '127.0.0.1');
