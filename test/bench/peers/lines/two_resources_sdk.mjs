// Two resources, each with an issuer of its own, by the TypeScript SDK.
import express from 'express';
// authorization:
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth }
	from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter }
	from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';
// the rest:

const { PORT, NOTES, NOTES_ISSUER, TODOS, TODOS_ISSUER } = process.env;
const app = express();

// authorization:
function newVerifier(issuer, resource, keys) {
	return {
		async verifyAccessToken(token) {
			try {
				const { payload } = await jwtVerify(token, keys, { issuer, audience: resource });
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
}

async function protect(path, resource, issuer, scope) {
	const resourceServerUrl = new URL(resource);
	const found = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
	const oauthMetadata = await found.json();
	const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
	app.use(mcpAuthMetadataRouter({
		oauthMetadata,
		resourceServerUrl,
		scopesSupported: [scope],
	}));
	app.use(path, requireBearerAuth({
		verifier: newVerifier(issuer, resource, keys),
		requiredScopes: [scope],
		resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
	}));
}

await protect('/notes', NOTES, NOTES_ISSUER, 'read:notes');
await protect('/todos', TODOS, TODOS_ISSUER, 'read:todos');
// the rest:
for (const path of ['/notes', '/todos']) {
	app.get(path, (request, response) => {
		response.send(request.auth.extra.subject);
	});
}
app.listen(Number(PORT), '127.0.0.1');
