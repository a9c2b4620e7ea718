/* What an issuer's metadata lacks: named once, and refused only where that is wanted. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>
#include <string.h>

#define START \
	"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\"," \
	"\"authorization_endpoint\":\"https://as.example/a\"," \
	"\"token_endpoint\":\"https://as.example/t\"," \
	"\"registration_endpoint\":\"https://as.example/r\"," \
	"\"response_types_supported\":[\"code\"]"

/* Entra ID's gap, and the same server without it. */
static const char without_pkce[] = START "}";
static const char with_pkce[] = START ",\"code_challenge_methods_supported\":[\"S256\"]}";

static const struct fake_token any = {.lifetime = 60};

static struct mcpauth_issuer_config strict(void)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = FAKE_ISSUER;
	config.strict_metadata = true;
	return config;
}

static struct fake_issuer *publishing(const char *document)
{
	struct fake_issuer *fake = fake_issuer_new();
	fake_issuer_publish(fake, FAKE_METADATA, 200, document);
	return fake;
}

static void uses_metadata_without_pkce_and_says_so(void **state)
{
	(void)state;
	struct fake_issuer *fake = publishing(without_pkce);
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	assert_true(fake_issuer_logged(fake,
		"2 MCPAUTH_E_UNFIT_PROVIDER the metadata of " FAKE_ISSUER ": pkce_not_supported"));
	assert_false(fake_issuer_logged(fake, "dynamic_registration_not_supported"));
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void says_nothing_of_what_is_there(void **state)
{
	(void)state;
	struct fake_issuer *fake = publishing(with_pkce);
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	assert_false(fake_issuer_logged(fake, "pkce"));
	assert_false(fake_issuer_logged(fake, "2 MCPAUTH_E_UNFIT_PROVIDER"));
	/* Not loud, but there. */
	assert_true(fake_issuer_logged(fake,
		"3 MCPAUTH_OK the metadata of " FAKE_ISSUER
		": client_id_metadata_document_not_supported"));
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void a_strict_issuer_uses_only_what_is_without_an_error(void **state)
{
	(void)state;
	struct mcpauth_issuer_config config = strict();
	struct fake_issuer *fake = publishing(without_pkce);
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, &config);
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, fake_issuer_try(fake, auth, &any, &err));
	fake_issuer_publish(fake, FAKE_METADATA, 200, with_pkce);
	fake_issuer_advance_ms(fake, 60000);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static enum mcpauth_code add_by_hand(bool is_strict, const char *metadata)
{
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config config = strict();
	config.strict_metadata = is_strict;
	config.metadata = metadata;
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	enum mcpauth_code code = mcpauth_add_issuer(auth, FAKE_RESOURCE, &config, NULL);
	mcpauth_free(auth);
	return code;
}

static void metadata_by_hand_is_refused_when_it_is_added(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, add_by_hand(true, without_pkce));
	CHECK_CODE(MCPAUTH_OK, add_by_hand(true, with_pkce));
	CHECK_CODE(MCPAUTH_OK, add_by_hand(false, without_pkce));
}

/* Nothing but the program's leave tells the two apart. */
static void plain_http_is_an_error_unless_it_is_allowed(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		struct fake_issuer *fake = publishing(
			START ",\"userinfo_endpoint\":\"http://as.example/u\"}");
		config.insecure_allow_http = allowed == 1;
		struct mcpauth *auth = fake_issuer_auth(fake, &config, NULL);
		CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
		assert_true(fake_issuer_logged(fake, "pkce_not_supported"));
		assert_int_equal(fake_issuer_logged(fake, "insecure_endpoint"), allowed == 0);
		mcpauth_free(auth);
		fake_issuer_free(fake);
	}
}

static unsigned times;

static void count(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)level, (void)code, (void)request, (void)user;
	times += strstr(message, "pkce_not_supported") != NULL;
}

static void names_each_thing_once_however_often_it_is_fetched(void **state)
{
	(void)state;
	struct fake_issuer *fake = publishing(without_pkce);
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	fake_issuer_configure(fake, &config);
	config.log = count;
	times = 0;
	resource.resource = FAKE_RESOURCE;
	issuer.issuer = FAKE_ISSUER;
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
	for (int i = 0; i < 5; i++) {
		CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
		fake_issuer_advance_ms(fake, 700000);
	}
	assert_true(fake_issuer_fetches(fake, FAKE_METADATA) >= 5);
	assert_int_equal(times, 1);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses_metadata_without_pkce_and_says_so),
		cmocka_unit_test(says_nothing_of_what_is_there),
		cmocka_unit_test(a_strict_issuer_uses_only_what_is_without_an_error),
		cmocka_unit_test(metadata_by_hand_is_refused_when_it_is_added),
		cmocka_unit_test(plain_http_is_an_error_unless_it_is_allowed),
		cmocka_unit_test(names_each_thing_once_however_often_it_is_fetched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
