/* Handles, byte for byte; when what they are made with fails; what is wiped of their keys. */
#include "base/base64url.h"
#include "base/hash.h"

#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/principal.h"
#include "support/scarce_memory.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define LABEL "mcpauth handle 1"
#define ALICE "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"app\"}"

/* The linker puts the second before the first. */
int __real_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
int __real_gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *data, size_t length, void *digest);
int __wrap_gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *data, size_t length, void *digest);
int __real_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_length,
	const void *data, size_t length, void *digest);
int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_length,
	const void *data, size_t length, void *digest);
int __real_gnutls_hkdf_expand(gnutls_mac_algorithm_t algorithm, const gnutls_datum_t *key,
	const gnutls_datum_t *info, void *output, size_t length);
int __wrap_gnutls_hkdf_expand(gnutls_mac_algorithm_t algorithm, const gnutls_datum_t *key,
	const gnutls_datum_t *info, void *output, size_t length);
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* Which of them fails; that random numbers are 0, 1, 2... */
static struct {
	bool rnd;
	bool hash;
	bool hmac;
	bool hkdf;
	bool counts;
} faults;

static gnutls_rnd_level_t last_level;
static const unsigned char *wanted; /* 32 bytes that are to be wiped */
static unsigned wiped;
static unsigned char half[MCPAUTH__SHA256_SIZE]; /* from which a key was expanded */

int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	last_level = level;
	if (faults.rnd) {
		return GNUTLS_E_RANDOM_FAILED;
	}
	for (size_t i = 0; faults.counts && i < length; i++) {
		((unsigned char *)data)[i] = (unsigned char)i;
	}
	return faults.counts ? 0 : __real_gnutls_rnd(level, data, length);
}

int __wrap_gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *data, size_t length, void *digest)
{
	return faults.hash ? GNUTLS_E_INTERNAL_ERROR
			   : __real_gnutls_hash_fast(algorithm, data, length, digest);
}

int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_length,
	const void *data, size_t length, void *digest)
{
	return faults.hmac
		? GNUTLS_E_INTERNAL_ERROR
		: __real_gnutls_hmac_fast(algorithm, key, key_length, data, length, digest);
}

int __wrap_gnutls_hkdf_expand(gnutls_mac_algorithm_t algorithm, const gnutls_datum_t *key,
	const gnutls_datum_t *info, void *output, size_t length)
{
	assert_int_equal(key->size, sizeof half);
	memcpy(half, key->data, sizeof half);
	wanted = half;
	return faults.hkdf ? GNUTLS_E_INTERNAL_ERROR
			   : __real_gnutls_hkdf_expand(algorithm, key, info, output, length);
}

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	if (wanted != NULL && length == MCPAUTH__SHA256_SIZE && memcmp(data, wanted, length) == 0) {
		wiped++;
	}
	__real_mcpauth__wipe(data, length);
}

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_handles *handles;
	struct principal alice;
	char handle[MCPAUTH_HANDLE_SIZE];
};

static enum mcpauth_code make_handles(struct fixture *it, const char *key, const char *purpose,
	unsigned lifetime, struct mcpauth_error *err)
{
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.key = key;
	config.key_length = key != NULL ? strlen(key) : 0;
	config.purpose = purpose;
	config.lifetime = lifetime;
	mcpauth_handles_free(it->handles);
	return mcpauth_handles_new(it->auth, &config, &it->handles, err);
}

static int start(void **state)
{
	struct fixture *it = calloc(1, sizeof *it);
	it->fake = fake_issuer_new();
	it->auth = fake_issuer_auth(it->fake, NULL, NULL);
	principal_init(&it->alice, ALICE, "token");
	CHECK_OK(make_handles(it, KEY, "session", 0, &err));
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	*state = it;
	return 0;
}

static int stop(void **state)
{
	struct fixture *it = *state;
	memset(&faults, 0, sizeof faults);
	wanted = NULL;
	principal_finish(&it->alice);
	mcpauth_handles_free(it->handles);
	mcpauth_free(it->auth);
	fake_issuer_free(it->fake);
	free(it);
	return 0;
}

/* Reckoned elsewhere, so that processes of different versions know each other's. */
static const struct {
	const char *claims;
	const char *purpose;
	unsigned lifetime;
	const char *handle;
} known[] = {
	{ALICE, "session", 0,
		"AAECAwQFBgcICQoLDA0ODwAAAABrSeAQQlpSi0LjgkY5nKjcZkqhFyg5tWGn7fW_5meu2EmGRRc"},
	{"{\"iss\":\"https://as.example\"}", "session", 3600,
		"AAECAwQFBgcICQoLDA0ODwAAAABrSeAQbfHiKgN141eA7c-YDP9-bDyNs_9VOrYuuC7NaQm1mqg"},
	{NULL, NULL, MCPAUTH_NONE,
		"AAECAwQFBgcICQoLDA0OD3__________TlYePR_HDRzOiTYGCPEDx42xPtMcXbryZExCSdNZ0SI"},
};

static void is_the_same_in_every_version(void **state)
{
	struct fixture *it = *state;
	struct principal who;
	faults.counts = true;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		principal_init(&who, known[i].claims, "token");
		CHECK_OK(make_handles(it, KEY, known[i].purpose, known[i].lifetime, &err));
		CHECK_OK(mcpauth_handle_make(it->handles, who.info, it->handle, &err));
		assert_string_equal(it->handle, known[i].handle);
		CHECK_OK(mcpauth_handle_check(it->handles, who.info, known[i].handle, &err));
		principal_finish(&who);
	}
}

static void without_random_numbers_there_is_none(void **state)
{
	struct fixture *it = *state;
	faults.rnd = true;
	memset(it->handle, 'x', sizeof it->handle);
	CHECK_CODE(MCPAUTH_E_SYSTEM,
		mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	assert_string_equal(it->handle, "");
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	faults.rnd = false;
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	assert_int_equal(last_level, GNUTLS_RND_NONCE);
	faults.rnd = true;
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
}

static void without_random_numbers_there_is_no_key(void **state)
{
	struct fixture *it = *state;
	faults.rnd = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, make_handles(it, NULL, NULL, 0, &err));
	assert_null(it->handles);
	CHECK_OK(make_handles(it, KEY, NULL, 0, &err));
	faults.rnd = false;
	CHECK_OK(make_handles(it, NULL, NULL, 0, &err));
	assert_int_equal(last_level, GNUTLS_RND_KEY);
}

static void where_no_seal_is_made_none_is_good(void **state)
{
	struct fixture *it = *state;
	bool *const failing[] = {&faults.hash, &faults.hmac};
	char other[MCPAUTH_HANDLE_SIZE];
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
		*failing[i] = true;
		CHECK_CODE(MCPAUTH_E_SYSTEM,
			mcpauth_handle_make(it->handles, it->alice.info, other, &err));
		assert_string_equal(other, "");
		CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
			mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
		/* Nor one whose seal is what stood there before. */
		CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
			mcpauth_handle_check(it->handles, it->alice.info,
				"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
				"AAAAAAAAA",
				&err));
		*failing[i] = false;
		CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	}
}

static void where_no_key_is_derived_there_are_no_handles(void **state)
{
	struct fixture *it = *state;
	faults.hkdf = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, make_handles(it, KEY, "session", 0, &err));
	assert_null(it->handles);
	faults.hkdf = false;
	CHECK_OK(make_handles(it, KEY, "session", 0, &err));
}

static void asks_for_memory_only_once(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_handles *handles;
	scarce_memory_begin(1);
	enum mcpauth_code code = mcpauth_handles_new(it->auth, NULL, &handles, NULL);
	assert_true(scarce_memory_end());
	assert_int_equal(code, MCPAUTH_E_NO_MEMORY);
	assert_null(handles);
	scarce_memory_begin(1);
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	assert_false(scarce_memory_end());
}

static void wipes_its_key(void **state)
{
	struct fixture *it = *state;
	const struct mcpauth__secret secret = {KEY, strlen(KEY)};
	unsigned char key[MCPAUTH__SHA256_SIZE];
	assert_true(mcpauth__derive_key(&secret, LABEL, "session", key));
	wanted = key;
	wiped = 0;
	mcpauth_handles_free(it->handles);
	it->handles = NULL;
	assert_int_equal(wiped, 1);
}

static void wipes_what_its_key_was_made_from(void **state)
{
	struct fixture *it = *state;
	wiped = 0;
	CHECK_OK(make_handles(it, KEY, "session", 0, &err));
	assert_int_equal(wiped, 1);
	faults.hkdf = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, make_handles(it, KEY, "session", 0, &err));
	assert_int_equal(wiped, 2);
}

static void wipes_the_seal_that_it_wanted(void **state)
{
	struct fixture *it = *state;
	unsigned char bytes[56];
	assert_true(mcpauth__base64url_decode(it->handle, strlen(it->handle), bytes));
	wanted = bytes + 24;
	wiped = 0;
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	assert_int_equal(wiped, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_the_same_in_every_version),
		TEST(without_random_numbers_there_is_none),
		TEST(without_random_numbers_there_is_no_key),
		TEST(where_no_seal_is_made_none_is_good),
		TEST(where_no_key_is_derived_there_are_no_handles),
		TEST(asks_for_memory_only_once),
		TEST(wipes_its_key),
		TEST(wipes_what_its_key_was_made_from),
		TEST(wipes_the_seal_that_it_wanted),
	};
	return cmocka_run_group_tests_name("handle_faults", tests, NULL, NULL);
}
