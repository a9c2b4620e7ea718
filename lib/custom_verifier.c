/* Letting a verifier of the program's own judge a resource's tokens. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"

static int64_t cache_ms(const struct mcpauth *auth, unsigned seconds)
{
	int64_t most = auth->runtime->verifier.cache_ms;
	int64_t wanted = (int64_t)seconds * 1000;
	if (seconds == 0) {
		return most;
	}
	return seconds == MCPAUTH_NONE ? 0 : wanted < most ? wanted : most;
}

enum mcpauth_code mcpauth_set_verifier(struct mcpauth *auth, const char *resource,
	const struct mcpauth_verifier_config *config, struct mcpauth_error *err)
{
	struct mcpauth_verifier_config read;
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__config_read(&read, sizeof read, config, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (read.verify == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no verifier is given");
	}
	if (found->trust.custom.verify != NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "the resource has a verifier already");
	}
	found->trust.custom = (struct mcpauth__custom){
		.verify = read.verify,
		.user = read.user,
		.cache_ms = cache_ms(auth, read.cache_seconds),
		.last = read.last,
	};
	return MCPAUTH_OK;
}
