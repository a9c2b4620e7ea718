/* Secrets that wait for an answer, are sent or are kept are overwritten when that is over. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/quick_mac.h"
#include "token/inquiry.h"

#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/network.h"

#include <gnutls/crypto.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "neither.shown.nor-kept"

/* The linker puts the second before the first. */
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* What is looked for, and how often it was in what was wiped. */
static const char *wanted;
static atomic_uint found;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	size_t size = strlen(wanted);
	for (size_t i = 0; i + size <= length; i++) {
		if (memcmp((const char *)data + i, wanted, size) == 0) {
			atomic_fetch_add(&found, 1);
			break;
		}
	}
	__real_mcpauth__wipe(data, length);
}

static void look_for(const char *secret)
{
	wanted = secret;
	atomic_store(&found, 0);
}

static const char *drawn; /* instead of random bytes; NULL: none */

/* Stands before the real one. */
int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	int (*draw)(gnutls_rnd_level_t, void *, size_t);
	*(void **)&draw = dlsym(RTLD_NEXT, "gnutls_rnd");
	if (drawn != NULL && length == strlen(drawn)) {
		memcpy(data, drawn, length);
		return 0;
	}
	return draw(level, data, length);
}

static void the_key_of_macs(void **state)
{
	(void)state;
	static const unsigned char zeros[MCPAUTH__QUICK_MAC_LEAST];
	static const struct mcpauth__quick_text text = {zeros, sizeof zeros, zeros};
	struct mcpauth__quick_tag tag;
	look_for("sixteen byte key");
	drawn = wanted;
	struct mcpauth__quick_mac *mac = mcpauth__quick_mac_new();
	drawn = NULL;
	assert_non_null(mac);
	assert_true(mcpauth__quick_mac_tag(mac, &text, &tag));
	assert_int_equal(found, 0);
	mcpauth__quick_mac_free(mac);
	assert_int_equal(found, 1);
}

static void accept(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	mcpauth_inquiry_accept(inquiry, "{}", 2);
}

static void a_token_that_a_program_was_asked_about(void **state)
{
	(void)state;
	struct mcpauth__custom custom = {.verify = accept};
	struct mcpauth_inquiry *inquiry;
	look_for(SECRET);
	CHECK_OK(mcpauth__inquiry_ask(&custom, SECRET, "r", &inquiry, &err));
	assert_int_equal(found, 0);
	mcpauth__inquiry_free(inquiry);
	assert_int_equal(found, 1);
}

static void nobody_wakes(void *user)
{
	(void)user;
}

static void a_token_that_waits_for_its_keys(void **state)
{
	(void)state;
	static const struct fake_token usual;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	char *token = fake_issuer_token(fake, &usual);
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = nobody_wakes;
	fake_issuer_hold(fake);
	look_for(token);
	CHECK_CODE(MCPAUTH_PENDING, mcpauth_verify_start(auth, &request, &info, &pending, &err));
	assert_int_equal(found, 0);
	mcpauth_verification_free(pending);
	assert_int_equal(found, 1);
	fake_issuer_release(fake);
	mcpauth_free(auth);
	fake_issuer_free(fake);
	free(token);
}

static const struct loopback_page pages[] = {{.path = "/token", .status = 200, .body = "{}"}};

/* The line of the header: where it was put together, and where libcurl has it. */
static void a_client_secret_that_was_sent(void **state)
{
	struct network *network;
	struct fetched fetched;
	char url[64];
	(void)state;
	look_for("Authorization: Basic " SECRET);
	network_start((void **)&network, loopback_new(pages, 1));
	snprintf(url, sizeof url, "http://127.0.0.1:%u/token", loopback_port(network->loopback));
	network_begin_post(network,
		&(struct mcpauth__post){
			.to = {.url = url}, .body = "a=b", .authorization = "Basic " SECRET},
		&fetched);
	network_await(&fetched);
	assert_int_equal(fetched.status, 200);
	/* The old worker's thread ends. */
	network_restart(network);
	assert_int_equal(found, 2);
	network_stop((void **)&network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_of_macs),
		cmocka_unit_test(a_token_that_a_program_was_asked_about),
		cmocka_unit_test(a_token_that_waits_for_its_keys),
		cmocka_unit_test(a_client_secret_that_was_sent),
	};
	return cmocka_run_group_tests_name("wiping places", tests, NULL, NULL);
}
