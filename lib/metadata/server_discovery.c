/* What an issuer's configuration says about finding and reading its metadata. */
#include "metadata/server_discovery.h"

#include "base/error_int.h"
#include "base/words.h"
#include "metadata/server_metadata.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

static bool has_path(const char *issuer)
{
	const char *authority = strstr(issuer, "://");
	const char *path = authority == NULL ? NULL : strchr(authority + 3, '/');
	return path != NULL && path[1] != '\0';
}

enum mcpauth_code mcpauth__discovery_url(const char *issuer, enum mcpauth_discovery discovery,
	unsigned attempt, char **url, struct mcpauth_error *err)
{
	static const char oauth[] = "oauth-authorization-server";
	static const char oidc[] = "openid-configuration";
	*url = NULL;
	switch (discovery) {
	case MCPAUTH_DISCOVERY_OAUTH:
		return attempt > 0 ? MCPAUTH_OK
				   : mcpauth__url_well_known_inserted(issuer, oauth, url, err);
	case MCPAUTH_DISCOVERY_OIDC:
		return attempt > 0 ? MCPAUTH_OK
				   : mcpauth__url_well_known_appended(issuer, oidc, url, err);
	case MCPAUTH_DISCOVERY_AUTO:
		break;
	}
	if (attempt == 0) {
		return mcpauth__url_well_known_inserted(issuer, oauth, url, err);
	}
	if (attempt == 1 && has_path(issuer)) {
		return mcpauth__url_well_known_inserted(issuer, oidc, url, err);
	}
	if (attempt == (has_path(issuer) ? 2u : 1u)) {
		return mcpauth__url_well_known_appended(issuer, oidc, url, err);
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__server_locate(const struct mcpauth_issuer_config *config,
	unsigned attempt, char **url, struct mcpauth_error *err)
{
	*url = NULL;
	if (config->metadata_url == NULL) {
		return mcpauth__discovery_url(config->issuer, config->discovery, attempt, url, err);
	}
	if (attempt > 0) {
		return MCPAUTH_OK;
	}
	*url = mcpauth__strdup(config->metadata_url);
	return *url != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__server_host(
	const struct mcpauth_issuer_config *config, char **host, struct mcpauth_error *err)
{
	struct mcpauth__url url;
	enum mcpauth_code code = mcpauth__url_parse(
		config->metadata_url != NULL ? config->metadata_url : config->issuer, &url, err);
	*host = url.host;
	url.host = NULL;
	mcpauth__url_finish(&url);
	return code;
}

enum mcpauth_code mcpauth__server_transpile(const struct mcpauth_issuer_config *config,
	const char **text, size_t *length, char **changed, struct mcpauth_error *err)
{
	struct mcpauth__transpiler transpiler = {config->transpile, config->transpile_user};
	*changed = NULL;
	if (transpiler.transpile == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__server_metadata_transpile(
		&transpiler, *text, *length, changed, err);
	*text = *changed;
	*length = *changed != NULL ? strlen(*changed) : 0;
	return code;
}
