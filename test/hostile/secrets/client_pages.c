/* What an OAuth client finds out, and what it is given. */
#include "client_pages.h"

#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX 32

static char server[512];
static char issuer[1536];

static struct loopback_page pages[PAGES_MAX] = {
	{.path = "/.well-known/oauth-protected-resource/mcp", .status = 200, .body = server},
	{.path = "/.well-known/oauth-authorization-server", .status = 200, .body = issuer},
	{.path = "/register",
		.status = 201,
		.body = "{\"client_id\":\"registered\",\"client_secret\":\"" REGISTERED "\","
			"\"client_secret_expires_at\":0,"
			"\"token_endpoint_auth_method\":\"client_secret_post\"}"},
	{.path = "/bearer",
		.status = 200,
		.body = "{\"access_token\":\"" ACCESS "\",\"token_type\":\"Bearer\","
			"\"refresh_token\":\"" REFRESH "\",\"expires_in\":3600}"},
	{.path = "/dpop",
		.status = 200,
		.body = "{\"access_token\":\"" ACCESS "\",\"token_type\":\"DPoP\","
			"\"refresh_token\":\"" REFRESH "\",\"expires_in\":3600}"},
	{.path = "/id-jag",
		.status = 200,
		.body = "{\"access_token\":\"" ID_JAG
			"\",\"token_type\":\"N_A\",\"refresh_token\":\"" REFRESH "\","
			"\"issued_token_type\":"
			"\"urn:ietf:params:oauth:token-type:id-jag\"}"},
	{.path = "/revoke", .status = 200, .body = ""},
};
#define OWN_PAGES 7

const struct loopback_page *client_pages(size_t *count)
{
	size_t more;
	const struct loopback_page *other = secret_pages(&more);
	if (OWN_PAGES + more > PAGES_MAX) {
		abort();
	}
	memcpy(&pages[OWN_PAGES], other, more * sizeof *other);
	*count = OWN_PAGES + more;
	return pages;
}

void client_pages_fill(unsigned port, const char *token_endpoint, bool revokes)
{
	char base[64];
	char revocation[128] = "";
	snprintf(base, sizeof base, "http://127.0.0.1:%u", port);
	if (revokes) {
		snprintf(revocation, sizeof revocation, "\"revocation_endpoint\":\"%s/revoke\",",
			base);
	}
	snprintf(server, sizeof server,
		"{\"resource\":\"%s/mcp\",\"authorization_servers\":[\"%s\"],"
		"\"scopes_supported\":[\"read\"]}",
		base, base);
	snprintf(issuer, sizeof issuer,
		"{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize\",%s"
		"\"token_endpoint\":\"%s%s\",\"registration_endpoint\":\"%s/register\","
		"\"response_types_supported\":[\"code\"],"
		"\"code_challenge_methods_supported\":[\"S256\"],"
		"\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_basic\","
		"\"client_secret_post\",\"private_key_jwt\"],"
		"\"token_endpoint_auth_signing_alg_values_supported\":[\"ES256\"],"
		"\"dpop_signing_alg_values_supported\":[\"ES256\"]}",
		base, base, revocation, base, token_endpoint, base);
}
