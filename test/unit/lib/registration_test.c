/* Becoming known to an issuer: in which way, as whom, and for how long. */
#include "client/registration/registration.h"

#include "support/applicant.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DOCUMENT "https://app.example/client.json"

/** What identify answers, and whom it was asked about. */
struct asked {
	const char *client_id;
	const char *client_secret;
	bool is_known;
	char issuer[64];
};

static char *copy(const char *text)
{
	char *made = mcpauth__strdup(text);
	assert_true((made == NULL) == (text == NULL));
	return made;
}

static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	struct asked *asked = user;
	assert_true(strlen(issuer) < sizeof asked->issuer);
	strcpy(asked->issuer, issuer);
	identity->client_id = copy(asked->client_id);
	identity->client_secret = copy(asked->client_secret);
	return asked->is_known;
}

static enum mcpauth_code get(const struct applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	*registration = (struct mcpauth__registration){0};
	return mcpauth__registration_get(&applicant->it, registration, err);
}

static void takes_the_first_way_there_is(void **state)
{
	struct applicant applicant;
	const struct mcpauth__applicant *it = &applicant.it;
	(void)state;
	applicant_init(&applicant, "none");
	applicant.config.client_id = "me";
	applicant.config.client_metadata_url = DOCUMENT;
	applicant.config.identify = identify;
	applicant.server.reads_client_documents = true;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_CONFIGURATION);
	applicant.config.client_id = NULL;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_DOCUMENT);
	applicant.server.reads_client_documents = false;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_REGISTRATION);
	applicant.server.reads_client_documents = true;
	applicant.config.client_metadata_url = NULL;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_REGISTRATION);
	applicant.config.never_register = true;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_ASKING);
	applicant.config.never_register = false;
	applicant.server.registration_endpoint = NULL;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_ASKING);
	applicant.config.identify = NULL;
	assert_int_equal(mcpauth__registration_way(it), MCPAUTH__BY_NOTHING);
	applicant_finish(&applicant);
}

static void registers_only_where_it_can_authenticate(void **state)
{
	struct applicant applicant;
	(void)state;
	applicant_init(&applicant, "private_key_jwt tls_client_auth");
	assert_int_equal(mcpauth__registration_way(&applicant.it), MCPAUTH__BY_NOTHING);
	applicant_finish(&applicant);
	applicant_init(&applicant, "private_key_jwt client_secret_post");
	assert_int_equal(mcpauth__registration_way(&applicant.it), MCPAUTH__BY_REGISTRATION);
	applicant_finish(&applicant);
}

static void is_who_the_configuration_says(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	(void)state;
	applicant_init(&applicant, NULL);
	applicant.config.client_id = "me";
	applicant.config.client_secret = "hush";
	applicant.config.authentication = "client_secret_post";
	CHECK_OK(get(&applicant, &got, &err));
	assert_string_equal(got.issuer, APPLICANT_ISSUER);
	assert_string_equal(got.client_id, "me");
	assert_string_equal(got.client_secret, "hush");
	assert_string_equal(got.authentication, "client_secret_post");
	assert_null(got.redirect_uri);
	assert_true(mcpauth__registration_is_good(&got, &applicant.it));
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static void is_known_to_its_own_issuer_alone(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	struct mcpauth_error why = {0};
	(void)state;
	applicant_init(&applicant, NULL);
	applicant.config.client_id = "me";
	applicant.config.issuer = APPLICANT_ISSUER;
	CHECK_OK(get(&applicant, &got, &err));
	assert_true(mcpauth__registration_is_good(&got, &applicant.it));
	applicant.config.issuer = APPLICANT_ISSUER "/";
	assert_false(mcpauth__registration_is_good(&got, &applicant.it));
	mcpauth__registration_finish(&got);
	assert_int_equal(get(&applicant, &got, &why), MCPAUTH_E_ISSUER_MISMATCH);
	assert_string_equal(why.message,
		"client_id is for " APPLICANT_ISSUER
		"/, but the server's tokens come from " APPLICANT_ISSUER);
	assert_null(got.client_id);
	applicant_finish(&applicant);
}

static void is_who_its_document_says(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	(void)state;
	applicant_init(&applicant, "client_secret_basic");
	applicant.config.client_metadata_url = DOCUMENT;
	applicant.config.client_secret = "hush";
	applicant.server.reads_client_documents = true;
	CHECK_OK(get(&applicant, &got, &err));
	assert_string_equal(got.issuer, APPLICANT_ISSUER);
	assert_string_equal(got.client_id, DOCUMENT);
	assert_string_equal(got.authentication, "none");
	assert_null(got.client_secret);
	assert_null(got.redirect_uri);
	mcpauth__registration_finish(&got);
	applicant.config.private_key = "a key";
	CHECK_OK(get(&applicant, &got, &err));
	assert_string_equal(got.authentication, "private_key_jwt");
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static const struct {
	const char *label;
	struct asked asked;
	enum mcpauth_code code;
} identities[] = {
	{"a public client", {"me", NULL, true, ""}, MCPAUTH_OK},
	{"with a secret", {"me", "hush", true, ""}, MCPAUTH_OK},
	{"nobody", {NULL, NULL, false, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"given up halfway", {"me", "hush", false, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"no id", {NULL, "hush", true, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"an empty id", {"", NULL, true, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"an id with a line's end", {"me\n", NULL, true, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"an empty secret", {"me", "", true, ""}, MCPAUTH_E_NOT_REGISTERED},
	{"a secret with a line's end", {"me", "hush\r", true, ""}, MCPAUTH_E_NOT_REGISTERED},
};

static void is_who_the_program_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(identities); i++) {
		struct applicant applicant;
		struct mcpauth__registration got;
		struct asked asked = identities[i].asked;
		const char *label = identities[i].label;
		bool is_good = identities[i].code == MCPAUTH_OK;
		applicant_init(&applicant, NULL);
		applicant.server.registration_endpoint = NULL;
		applicant.config.identify = identify;
		applicant.config.user = &asked;
		CHECK_ROW_CODE(label, identities[i].code, get(&applicant, &got, &err));
		CHECK_ROW(label, strcmp(asked.issuer, APPLICANT_ISSUER) == 0);
		CHECK_ROW(label, (got.client_id != NULL) == is_good);
		CHECK_ROW(label, !is_good || strcmp(got.client_id, "me") == 0);
		CHECK_ROW(label,
			(got.client_secret != NULL) == (is_good && asked.client_secret != NULL));
		CHECK_ROW(label, !is_good || strcmp(got.issuer, APPLICANT_ISSUER) == 0);
		mcpauth__registration_finish(&got);
		applicant_finish(&applicant);
	}
}

static void says_that_there_is_no_way(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	(void)state;
	applicant_init(&applicant, NULL);
	applicant.config.never_register = true;
	CHECK_CODE(MCPAUTH_E_NOT_REGISTERED, get(&applicant, &got, &err));
	assert_null(got.client_id);
	applicant_finish(&applicant);
}

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	static const char body[] = "{\"client_id\":\"new\"}";
	unsigned *asked = user;
	(void)url;
	++*asked;
	mcpauth_fetch_answer(fetch, 201, body, strlen(body));
}

static void is_who_the_issuer_says(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	struct mcpauth__clock clock = {0};
	struct mcpauth__log log = {.clock = &clock};
	unsigned asked = 0;
	(void)state;
	applicant_init(&applicant, "none");
	applicant.asker.worker = mcpauth__worker_new(&(struct mcpauth__worker_config){
		.log = &log, .clock = &clock, .fetch = answer, .fetch_user = &asked});
	assert_non_null(applicant.asker.worker);
	CHECK_OK(get(&applicant, &got, &err));
	assert_int_equal(asked, 1);
	assert_string_equal(got.client_id, "new");
	assert_string_equal(got.redirect_uri, APPLICANT_REDIRECT);
	assert_true(mcpauth__registration_is_good(&got, &applicant.it));
	mcpauth__registration_finish(&got);
	mcpauth__worker_free(applicant.asker.worker);
	applicant_finish(&applicant);
}

/** What was kept, and what the applicant is now. */
struct kept {
	const char *label;
	bool is_good;
	struct mcpauth__registration registration;
	const char *redirect_uri;
	const char *client_id;
	const char *client_secret;
	const char *document;
	const char *authentication;
	bool reads_client_documents;
};

#define KEPT(...) \
	{ \
		.issuer = (char *)APPLICANT_ISSUER, .client_id = (char *)"me", __VA_ARGS__ \
	}
#define SECRET .client_secret = (char *)"hush"
#define REDIRECT .redirect_uri = (char *)APPLICANT_REDIRECT
#define NONE .authentication = (char *)"none"

static const struct kept kept[] = {
	{"registered", true, .registration = KEPT(REDIRECT), .redirect_uri = APPLICANT_REDIRECT},
	{"no redirect is used", true, .registration = KEPT(REDIRECT)},
	{"not registered by ourselves", true, .registration = KEPT(.secret_expires_at = 0),
		.redirect_uri = APPLICANT_REDIRECT},
	{"another redirect is used", false, .registration = KEPT(REDIRECT),
		.redirect_uri = "http://127.0.0.1:33419/callback"},
	{"at another issuer", false,
		.registration = {.issuer = (char *)APPLICANT_ISSUER "/",
			.client_id = (char *)"me"}},
	{"at no issuer", false, .registration = {.client_id = (char *)"me"}},
	{"nobody", false, .registration = {.issuer = (char *)APPLICANT_ISSUER}},
	{"a secret for ever", true, .registration = KEPT(SECRET)},
	{"a secret for a second", true,
		.registration = KEPT(SECRET, .secret_expires_at = APPLICANT_NOW + 1)},
	{"a secret till now", false,
		.registration = KEPT(SECRET, .secret_expires_at = APPLICANT_NOW)},
	{"configured", true, .registration = KEPT(SECRET), .client_id = "me",
		.client_secret = "hush"},
	{"another id", false, .registration = KEPT(SECRET), .client_id = "you",
		.client_secret = "hush"},
	{"another secret", false, .registration = KEPT(SECRET), .client_id = "me",
		.client_secret = "new"},
	{"no secret any more", false, .registration = KEPT(SECRET), .client_id = "me"},
	{"a secret by now", false, .registration = KEPT(.secret_expires_at = 0), .client_id = "me",
		.client_secret = "hush"},
	{"a document", true,
		.registration = {.issuer = (char *)APPLICANT_ISSUER, .client_id = (char *)DOCUMENT},
		.document = DOCUMENT, .reads_client_documents = true},
	{"another document", false,
		.registration = {.issuer = (char *)APPLICANT_ISSUER, .client_id = (char *)DOCUMENT},
		.document = DOCUMENT "2", .reads_client_documents = true},
	{"a document by now", false, .registration = KEPT(REDIRECT), .document = DOCUMENT,
		.reads_client_documents = true},
	{"a document that is not read any more", false,
		.registration = {.issuer = (char *)APPLICANT_ISSUER, .client_id = (char *)DOCUMENT},
		.document = DOCUMENT},
	{"registered beside a document that is not read", true, .registration = KEPT(REDIRECT),
		.document = DOCUMENT},
	{"registered so", true, .registration = KEPT(REDIRECT, NONE), .authentication = "none"},
	{"registered otherwise", false, .registration = KEPT(REDIRECT, NONE),
		.authentication = "client_secret_post"},
};

static void keeps_what_is_still_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kept); i++) {
		struct applicant applicant;
		applicant_init(&applicant, "none");
		applicant.it.redirect_uri = kept[i].redirect_uri;
		applicant.config.client_id = kept[i].client_id;
		applicant.config.client_secret = kept[i].client_secret;
		applicant.config.client_metadata_url = kept[i].document;
		applicant.config.authentication = kept[i].authentication;
		applicant.server.reads_client_documents = kept[i].reads_client_documents;
		CHECK_ROW(kept[i].label,
			mcpauth__registration_is_good(&kept[i].registration, &applicant.it)
				== kept[i].is_good);
		applicant_finish(&applicant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_way_there_is),
		cmocka_unit_test(registers_only_where_it_can_authenticate),
		cmocka_unit_test(is_who_the_configuration_says),
		cmocka_unit_test(is_known_to_its_own_issuer_alone),
		cmocka_unit_test(is_who_its_document_says),
		cmocka_unit_test(is_who_the_program_says),
		cmocka_unit_test(says_that_there_is_no_way),
		cmocka_unit_test(is_who_the_issuer_says),
		cmocka_unit_test(keeps_what_is_still_good),
	};
	return cmocka_run_group_tests_name("registration", tests, NULL, NULL);
}
