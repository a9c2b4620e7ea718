/* Two resources, each with an issuer of its own, by mcpauth: GET /notes, GET /todos. */
/* authorization: */
#include <mcpauth/mhd.h>
/* the rest: */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **context)
{
	if (*context == NULL || *size > 0) {
		*context = connection;
		*size = 0;
		return MHD_YES;
	}
	/* authorization: */
	const char *name = mcpauth_auth_info_subject(mcpauth_mhd_auth_info(connection));
	name = name != NULL ? name : "";
	/* the rest: */
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(name), (void *)name, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* authorization: */
static void check(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s\n", err->message);
		exit(1);
	}
}

static void add(struct mcpauth *auth, const char *url, const char *named, const char *scopes)
{
	struct mcpauth_error err;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = url;
	resource.scopes_supported = scopes;
	issuer.issuer = named;
	check(mcpauth_add_resource(auth, &resource, &err), &err);
	check(mcpauth_add_issuer(auth, url, &issuer, &err), &err);
}

static void protect(
	struct mcpauth_chain *chain, const char *path, const char *resource, const char *scopes)
{
	struct mcpauth_error err;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.resource = resource;
	policy.scopes = scopes;
	check(mcpauth_chain_protect(chain, path, &policy, &err), &err);
}

static struct mcpauth_chain *protect_all(struct mcpauth **auth)
{
	struct mcpauth_error err;
	struct mcpauth_chain *chain;
	check(mcpauth_new(NULL, auth, &err), &err);
	add(*auth, getenv("NOTES"), getenv("NOTES_ISSUER"), "read:notes");
	add(*auth, getenv("TODOS"), getenv("TODOS_ISSUER"), "read:todos");
	check(mcpauth_chain_new(*auth, NULL, &chain, &err), &err);
	protect(chain, "/notes", getenv("NOTES"), "read:notes");
	protect(chain, "/todos", getenv("TODOS"), "read:todos");
	mcpauth_chain_set_handler(chain, handle, NULL);
	return chain;
}
/* the rest: */

int main(void)
{
	/* authorization: */
	struct mcpauth *auth = NULL;
	struct mcpauth_chain *chain = protect_all(&auth);
	/* the rest: */
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, (uint16_t)atoi(getenv("PORT")),
		NULL, NULL, mcpauth_mhd_handler, chain, MHD_OPTION_ARRAY,
		mcpauth_mhd_options(chain), MHD_OPTION_END);
	if (daemon == NULL) {
		return 1;
	}
	getchar();
	/* authorization: */
	mcpauth_chain_drain(chain, 2000);
	/* the rest: */
	MHD_stop_daemon(daemon);
	/* authorization: */
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	/* the rest: */
	return 0;
}
