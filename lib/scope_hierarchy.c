/* Letting scopes of a resource include others. */
#include "auth_int.h"

static const char *name_of(const struct mcpauth *auth, const char *resource)
{
	return resource == NULL && auth->resource_count == 1 ? auth->resources[0]->config.resource
							     : resource;
}

/* The resource's own, made when it is needed first. */
static enum mcpauth_code need_hierarchy(const struct mcpauth *auth, const char *resource,
	struct mcpauth__hierarchy **hierarchy, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(
		auth, name_of(auth, resource), &found, err);
	*hierarchy = NULL;
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (found->trust.hierarchy == NULL) {
		found->trust.hierarchy = mcpauth__hierarchy_new();
	}
	*hierarchy = found->trust.hierarchy;
	return *hierarchy != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_imply_scopes(struct mcpauth *auth, const char *resource,
	const char *scope, const char *implied, struct mcpauth_error *err)
{
	struct mcpauth__hierarchy *hierarchy;
	enum mcpauth_code code = need_hierarchy(auth, resource, &hierarchy, err);
	return code == MCPAUTH_OK ? mcpauth__hierarchy_add(hierarchy, scope, implied, err) : code;
}

enum mcpauth_code mcpauth_set_implies(struct mcpauth *auth, const char *resource,
	mcpauth_implies_fn implies, void *user, struct mcpauth_error *err)
{
	struct mcpauth__hierarchy *hierarchy;
	enum mcpauth_code code = need_hierarchy(auth, resource, &hierarchy, err);
	if (code == MCPAUTH_OK) {
		mcpauth__hierarchy_ask(hierarchy, implies, user);
	}
	return code;
}
