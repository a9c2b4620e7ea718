/* Client secrets that came from an issuer, or from the program, leave no copy behind. */
#include "client/registration/registration_request.h"

#include "base/wipe.h"
#include "support/applicant.h"
#include "support/check.h"

#include <string.h>

#define SECRET "only-for-the-issuer"
#define ANSWER(more) "{\"client_id\":\"new\",\"client_secret\":\"" SECRET "\"" more "}"

/* The linker puts the second before the first. */
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

static unsigned found; /* how often the secret was in what was wiped */

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	const size_t size = strlen(SECRET);
	for (size_t i = 0; i + size <= length; i++) {
		if (memcmp((const char *)data + i, SECRET, size) == 0) {
			found++;
			break;
		}
	}
	__real_mcpauth__wipe(data, length);
}

/* How often it was wiped while the answer was read. */
static unsigned read_answer(unsigned status, const char *text, struct mcpauth__registration *got)
{
	struct applicant applicant;
	const struct mcpauth__buf body = {.data = (char *)text, .length = strlen(text)};
	applicant_init(&applicant, NULL);
	*got = (struct mcpauth__registration){0};
	found = 0;
	enum mcpauth_code code = mcpauth__registration_answer_read(
		&applicant.it, status, &body, got, NULL);
	assert_int_equal(code, status == 201 ? MCPAUTH_OK : MCPAUTH_E_REGISTRATION);
	applicant_finish(&applicant);
	return found;
}

static void an_answer_that_was_read(void **state)
{
	struct mcpauth__registration got;
	(void)state;
	assert_int_equal(read_answer(201, ANSWER(""), &got), 1);
	assert_string_equal(got.client_secret, SECRET);
	mcpauth__registration_finish(&got);
	assert_int_equal(found, 2);
}

static void a_secret_that_is_not_used(void **state)
{
	struct mcpauth__registration got;
	(void)state;
	assert_int_equal(
		read_answer(201, ANSWER(",\"token_endpoint_auth_method\":\"none\""), &got), 2);
	assert_null(got.client_secret);
	mcpauth__registration_finish(&got);
}

static void a_refusal_that_was_read(void **state)
{
	struct mcpauth__registration got;
	(void)state;
	assert_int_equal(read_answer(400, ANSWER(""), &got), 1);
	assert_null(got.client_secret);
}

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	(void)url;
	(void)user;
	mcpauth_fetch_answer(fetch, 201, ANSWER(""), strlen(ANSWER("")));
}

/* Twice: as it came, and taken apart. */
static void an_answer_that_came(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got = {0};
	struct mcpauth__clock clock = {0};
	struct mcpauth__log log = {.clock = &clock};
	(void)state;
	applicant_init(&applicant, NULL);
	applicant.asker.worker = mcpauth__worker_new(
		&(struct mcpauth__worker_config){.log = &log, .clock = &clock, .fetch = answer});
	assert_non_null(applicant.asker.worker);
	found = 0;
	CHECK_OK(mcpauth__registration_request_send(&applicant.it, &got, &err));
	assert_int_equal(found, 2);
	mcpauth__worker_free(applicant.asker.worker);
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	(void)issuer;
	identity->client_id = mcpauth__strdup("me");
	identity->client_secret = mcpauth__strdup(SECRET);
	assert_true(identity->client_id != NULL && identity->client_secret != NULL);
	return *(bool *)user;
}

static void a_secret_of_the_program(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got = {0};
	bool is_known = true;
	(void)state;
	applicant_init(&applicant, NULL);
	applicant.config.never_register = true;
	applicant.config.identify = identify;
	applicant.config.user = &is_known;
	found = 0;
	CHECK_OK(mcpauth__registration_get(&applicant.it, &got, &err));
	assert_int_equal(found, 1);
	mcpauth__registration_finish(&got);
	assert_int_equal(found, 2);
	is_known = false;
	CHECK_CODE(MCPAUTH_E_NOT_REGISTERED, mcpauth__registration_get(&applicant.it, &got, &err));
	assert_int_equal(found, 3);
	applicant_finish(&applicant);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_that_was_read),
		cmocka_unit_test(a_secret_that_is_not_used),
		cmocka_unit_test(a_refusal_that_was_read),
		cmocka_unit_test(an_answer_that_came),
		cmocka_unit_test(a_secret_of_the_program),
	};
	return cmocka_run_group_tests_name("registration_wiping", tests, NULL, NULL);
}
