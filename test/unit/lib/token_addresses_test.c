/* Addresses in a token: whatever a client writes there, nobody is asked at it. */
#include <mcpauth/mcpauth.h>

#include "base/buf.h"
#include "support/check.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L)
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ISSUER "https://as.example.test"
#define RESOURCE "https://api.example.test/mcp"

static atomic_uint resolved;

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

/* This definition comes before the C library's: a name that is looked up is noticed. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	resolve_fn resolve;
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node != NULL && strcmp(node, "127.0.0.1") != 0) {
		atomic_fetch_add(&resolved, 1);
		return EAI_NONAME;
	}
	return resolve(node, service, hints, found);
}

/* Where %s is the canary's address, in a header or in claims. A token of the
 * issuer's own is good in spite of it, since none of it is looked at. */
static const struct {
	const char *header;
	const char *claims;
	bool is_good;
} rows[] = {
	{"", "", true},
	{",\"jku\":\"http://127.0.0.1:%s/keys\"", "", true},
	{",\"jku\":\"https://127.0.0.1:%s/keys\"", "", true},
	{",\"jku\":\"https://canary.test:%s/keys\"", "", true},
	{",\"x5u\":\"http://127.0.0.1:%s/x\"", "", true},
	{",\"x5u\":\"https://canary.test:%s/x\"", "", true},
	{",\"jku\":\"http://127.0.0.1:%s/keys\",\"x5u\":\"http://127.0.0.1:%s/x\"", "", true},
	{",\"jku\":\"file:///etc/passwd\",\"x5u\":\"gopher://127.0.0.1:%s/\"", "", true},
	{",\"kid\":\"http://127.0.0.1:%s/keys\"", "", false},
	{",\"kid\":\"https://canary.test:%s/keys\"", "", false},
	{",\"kid\":\"../../keys@127.0.0.1:%s\"", "", false},
	{",\"iss\":\"http://127.0.0.1:%s\"", "", true},
	{"", ",\"iss\":\"http://127.0.0.1:%s\"", false},
	{"", ",\"iss\":\"https://127.0.0.1:%s\"", false},
	{"", ",\"iss\":\"https://canary.test:%s\"", false},
	{"", ",\"iss\":\"" ISSUER "@127.0.0.1:%s\"", false},
	{"", ",\"aud\":\"http://127.0.0.1:%s\"", false},
	{"", ",\"jku\":\"http://127.0.0.1:%s/keys\",\"jwks_uri\":\"http://127.0.0.1:%s/keys\"",
		true},
	{"", ",\"introspection_endpoint\":\"http://127.0.0.1:%s/\"", true},
	{"", ",\"_claim_sources\":{\"a\":{\"endpoint\":\"http://127.0.0.1:%s/\"}}", true},
};

/* The first of two equal names is left out where a row has one of its own. */
static void put(struct mcpauth__buf *text, const char *usual, const char *row, const char *port)
{
	mcpauth__buf_printf(text, "{%s", usual);
	for (const char *at = row; *at != '\0';) {
		const char *hole = strstr(at, "%s");
		size_t length = hole != NULL ? (size_t)(hole - at) : strlen(at);
		mcpauth__buf_append(text, at, length);
		mcpauth__buf_puts(text, hole != NULL ? port : "");
		at += length + (hole != NULL ? 2 : 0);
	}
	assert_true(mcpauth__buf_puts(text, "}"));
}

static char *sign(size_t i, const char *port)
{
	struct mcpauth__buf header = {0};
	struct mcpauth__buf claims = {0};
	char usual[256];
	snprintf(usual, sizeof usual, "\"alg\":\"ES256\",\"typ\":\"at+jwt\"%s",
		strstr(rows[i].header, "\"kid\"") == NULL ? ",\"kid\":\"k\"" : "");
	put(&header, usual, rows[i].header, port);
	snprintf(usual, sizeof usual, "\"sub\":\"me\",\"exp\":%lld,\"jti\":\"%zu\"%s%s",
		(long long)time(NULL) + 300, i,
		strstr(rows[i].claims, "\"iss\"") == NULL ? ",\"iss\":\"" ISSUER "\"" : "",
		strstr(rows[i].claims, "\"aud\"") == NULL ? ",\"aud\":\"" RESOURCE "\"" : "");
	put(&claims, usual, rows[i].claims, port);
	char *token = test_key_sign(test_key("ES256", 0), header.data, claims.data);
	mcpauth__buf_finish(&header);
	mcpauth__buf_finish(&claims);
	return token;
}

static struct mcpauth *make_auth(unsigned port)
{
	struct mcpauth *auth;
	char jwks_uri[64];
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	snprintf(jwks_uri, sizeof jwks_uri, "http://127.0.0.1:%u/keys", port);
	resource.resource = RESOURCE;
	issuer.issuer = ISSUER;
	issuer.jwks_uri = jwks_uri;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(auth, RESOURCE, &issuer, &err));
	return auth;
}

static void ask_nobody(void **state)
{
	(void)state;
	char *keys = test_key_jwks(test_key("ES256", 0), "k");
	struct loopback_page page = {.path = "/keys", .status = 200, .body = keys};
	struct loopback *issuer = loopback_new(&page, 1);
	struct loopback *canary = loopback_new(&page, 1);
	struct mcpauth *auth = make_auth(loopback_port(issuer));
	char port[8];
	snprintf(port, sizeof port, "%u", loopback_port(canary));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mcpauth_error err = {0};
		struct mcpauth_auth_info *info;
		char *token = sign(i, port);
		enum mcpauth_code code = mcpauth_verify(auth, RESOURCE, token, &info, &err);
		CHECK_ROW(*rows[i].header != '\0' ? rows[i].header : rows[i].claims,
			rows[i].is_good ? code == MCPAUTH_OK : code >= 400);
		mcpauth_auth_info_free(info);
		free(token);
	}
	assert_int_equal(loopback_connections(canary), 0);
	assert_int_equal(atomic_load(&resolved), 0);
	assert_int_equal(loopback_requests(issuer), 1);
	mcpauth_free(auth);
	loopback_free(issuer);
	loopback_free(canary);
	free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ask_nobody),
	};
	return cmocka_run_group_tests_name("token_addresses", tests, NULL, NULL);
}
