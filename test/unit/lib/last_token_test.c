/* A connection's last token: what knowing it again spares, and that it decides nothing. */
#define _GNU_SOURCE /* RTLD_NEXT, memmem */

#include "support/check.h"
#include "support/fake_issuer.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 8
#define VISITORS 8
#define VISITS 500

static atomic_uint hashes;
static bool refuses_ciphers;

/* Stand before the real ones. */
int gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *text, size_t length, void *digest)
{
	int (*hash)(gnutls_digest_algorithm_t, const void *, size_t, void *);
	*(void **)&hash = dlsym(RTLD_NEXT, "gnutls_hash_fast");
	atomic_fetch_add(&hashes, 1);
	return hash(algorithm, text, length, digest);
}

int gnutls_aead_cipher_init(gnutls_aead_cipher_hd_t *handle, gnutls_cipher_algorithm_t cipher,
	const gnutls_datum_t *key)
{
	int (*init)(gnutls_aead_cipher_hd_t *, gnutls_cipher_algorithm_t, const gnutls_datum_t *);
	*(void **)&init = dlsym(RTLD_NEXT, "gnutls_aead_cipher_init");
	return refuses_ciphers ? GNUTLS_E_UNKNOWN_CIPHER_TYPE : init(handle, cipher, key);
}

/** A library, and one connection that shows it tokens. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_last_token last;
	char *token;
};

static void start(struct fixture *fixture)
{
	const struct fake_token usual = {0};
	*fixture = (struct fixture){.fake = fake_issuer_new()};
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->token = fake_issuer_token(fixture->fake, &usual);
	/* So that all keys are there. */
	CHECK_OK(fake_issuer_try(fixture->fake, fixture->auth, &usual, &err));
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void never_called(void *user)
{
	(void)user;
	fail();
}

static enum mcpauth_code show_request(struct fixture *fixture,
	const struct mcpauth_verification_request *request, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	atomic_store(&hashes, 0);
	enum mcpauth_code code = mcpauth_verify_start(fixture->auth, request, &info, &pending, err);
	assert_null(pending);
	assert_true((code == MCPAUTH_OK) == (info != NULL));
	if (info != NULL) {
		assert_string_equal(mcpauth_auth_info_token(info), request->token);
	}
	mcpauth_auth_info_free(info);
	return code;
}

static struct mcpauth_verification_request request_of(
	const char *token, struct mcpauth_last_token *last)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = never_called;
	request.last = last;
	return request;
}

static enum mcpauth_code show(struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	const struct mcpauth_verification_request request = request_of(token, &fixture->last);
	return show_request(fixture, &request, err);
}

/* Show it until it is known again. */
static void make_known(struct fixture *fixture, const char *token)
{
	for (int i = 0; i < 3; i++) {
		CHECK_OK(show(fixture, token, &err));
	}
	assert_int_equal(hashes, 0);
}

static void one_that_comes_again_and_again_is_hashed_twice(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(show(&fixture, fixture.token, &err));
		assert_int_equal(hashes, 1);
	}
	for (int i = 0; i < 10; i++) {
		CHECK_OK(show(&fixture, fixture.token, &err));
		assert_int_equal(hashes, 0);
	}
	stop(&fixture);
}

static void without_it_each_is_hashed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	const struct mcpauth_verification_request request = request_of(fixture.token, NULL);
	for (int i = 0; i < 4; i++) {
		CHECK_OK(show_request(&fixture, &request, &err));
		assert_int_equal(hashes, 1);
	}
	stop(&fixture);
}

static void another_one_takes_its_place(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *other = fake_issuer_token(fixture.fake, &(struct fake_token){0});
	assert_int_equal(strlen(other), strlen(fixture.token));
	CHECK_OK(show(&fixture, other, &err));
	make_known(&fixture, fixture.token);
	CHECK_OK(show(&fixture, other, &err));
	assert_int_equal(hashes, 1);
	CHECK_OK(show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 1);
	make_known(&fixture, other);
	make_known(&fixture, fixture.token);
	free(other);
	stop(&fixture);
}

static bool grants(struct fixture *fixture, const char *token, const char *scope)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	const struct mcpauth_verification_request request = request_of(token, &fixture->last);
	CHECK_OK(mcpauth_verify_start(fixture->auth, &request, &info, &pending, &err));
	bool granted = strcmp(mcpauth_auth_info_scope_at(info, 0), scope) == 0;
	mcpauth_auth_info_free(info);
	return granted;
}

/* In all orders: each of two that have one length is itself, however often it came. */
static void each_stays_itself_in_every_order(void **state)
{
	(void)state;
	struct fixture fixture;
	char *tokens[2];
	start(&fixture);
	for (int i = 0; i < 2; i++) {
		tokens[i] = fake_issuer_token(fixture.fake,
			&(struct fake_token){
				.claims = i == 0 ? ",\"scope\":\"a\"" : ",\"scope\":\"b\""});
	}
	assert_int_equal(strlen(tokens[0]), strlen(tokens[1]));
	for (unsigned order = 0; order < 1u << 10; order++) {
		fixture.last = (struct mcpauth_last_token){0};
		for (int turn = 0; turn < 10; turn++) {
			int which = order >> turn & 1;
			assert_true(grants(&fixture, tokens[which], which == 0 ? "a" : "b"));
		}
	}
	free(tokens[0]);
	free(tokens[1]);
	stop(&fixture);
}

/* Each is of the same length as the good one, which is known. */
static void none_that_differs_in_one_character_is_taken_for_it(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (char *at = fixture.token; *at != '\0'; at++) {
		char former = *at;
		make_known(&fixture, fixture.token);
		*at = former == 'A' ? 'B' : 'A';
		struct mcpauth_error err;
		/* The last character of a signature has bits that stand for nothing, and
		 * that must be zeros. */
		assert_int_not_equal(show(&fixture, fixture.token, &err), MCPAUTH_OK);
		*at = former;
	}
	stop(&fixture);
}

static void neither_a_longer_nor_a_shorter_one_is_taken_for_it(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[4096];
	struct mcpauth_error err;
	start(&fixture);
	make_known(&fixture, fixture.token);
	strcat(strcpy(text, fixture.token), "A");
	assert_int_not_equal(show(&fixture, text, &err), MCPAUTH_OK);
	make_known(&fixture, fixture.token);
	text[strlen(fixture.token) - 1] = '\0';
	assert_int_not_equal(show(&fixture, text, &err), MCPAUTH_OK);
	stop(&fixture);
}

static void one_that_ended_is_refused_though_it_is_known(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	fake_issuer_set_real(fixture.fake, FAKE_NOW + 1000);
	for (int i = 0; i < 3; i++) {
		CHECK_CODE(MCPAUTH_E_EXPIRED, show(&fixture, fixture.token, &err));
		assert_int_equal(hashes, 0);
	}
	stop(&fixture);
}

static void one_whose_key_is_gone_is_refused_though_it_is_known(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 120 * 1000);
	CHECK_OK(fake_issuer_try(
		fixture.fake, fixture.auth, &(struct fake_token){.number = 1, .kid = "k1"}, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 0);
	stop(&fixture);
}

static void a_refusal_stays_what_it_was(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error first;
	struct mcpauth_error again;
	start(&fixture);
	char *token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.audience = "https://other.example"});
	enum mcpauth_code code = show(&fixture, token, &first);
	assert_int_equal(code, MCPAUTH_E_AUDIENCE);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(show(&fixture, token, &again), code);
		assert_string_equal(first.message, again.message);
		assert_int_equal(hashes, i == 0 ? 1 : 0);
	}
	free(token);
	stop(&fixture);
}

static void what_is_kept_holds_no_piece_of_the_token(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	for (const char *at = fixture.token; at[PIECE - 1] != '\0'; at++) {
		assert_null(memmem(&fixture.last, sizeof fixture.last, at, PIECE));
	}
	stop(&fixture);
}

/* Each has a key of its own. */
static void what_one_library_noted_is_nothing_to_another(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	struct mcpauth *first = fixture.auth;
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &(struct fake_token){0}, &err));
	CHECK_OK(show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 1);
	make_known(&fixture, fixture.token);
	mcpauth_free(first);
	stop(&fixture);
}

/* As two threads would leave it that may not. */
static void a_note_of_two_halves_fits_neither(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *other = fake_issuer_token(
		fixture.fake, &(struct fake_token){.audience = "https://api.example/mcX"});
	assert_int_equal(strlen(other), strlen(fixture.token));
	for (size_t words = 0; words < sizeof fixture.last / sizeof fixture.last.parts[0];
		words++) {
		fixture.last = (struct mcpauth_last_token){0};
		for (int i = 0; i < 3; i++) {
			CHECK_CODE(MCPAUTH_E_AUDIENCE, show(&fixture, other, &err));
		}
		struct mcpauth_last_token refused = fixture.last;
		make_known(&fixture, fixture.token);
		memcpy(&refused, &fixture.last, words * sizeof refused.parts[0]);
		fixture.last = refused;
		CHECK_OK(show(&fixture, fixture.token, &err));
		fixture.last = refused;
		CHECK_CODE(MCPAUTH_E_AUDIENCE, show(&fixture, other, &err));
	}
	free(other);
	stop(&fixture);
}

static void a_text_that_is_no_token_is_refused_and_not_noted(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "a b", "a\tb", "=", "a=b", "\"a\"", "a,b", "a\xc3"};
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct mcpauth_verification_request request = request_of(texts[i], NULL);
		CHECK_CODE(MCPAUTH_E_INVALID_REQUEST, show(&fixture, texts[i], &err));
		CHECK_CODE(MCPAUTH_E_INVALID_REQUEST, show_request(&fixture, &request, &err));
		assert_int_equal(hashes, 0);
	}
	CHECK_OK(show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 0);
	stop(&fixture);
}

/* What has no shape of a JWT is not hashed, and takes nobody's place. */
static void a_malformed_one_takes_no_place(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, show(&fixture, "a.b", &err));
	CHECK_OK(show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 0);
	stop(&fixture);
}

/* Noted at a resource where it need not be a JWT; where it must be one it is refused as
 * ever, before anybody hashes it. */
static void an_opaque_one_is_no_jwt_elsewhere(void **state)
{
	(void)state;
	struct fixture fixture = {.fake = fake_issuer_new()};
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	char token[200] = "";
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	memset(token, 'a', sizeof token - 1);
	second.resource = "https://api.example/second";
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(mcpauth_add_static_token(
		fixture.auth, second.resource, token, "{\"sub\":\"a\"}", &err));
	struct mcpauth_verification_request request = request_of(token, &fixture.last);
	struct mcpauth_statistics before = MCPAUTH_STATISTICS_INIT;
	struct mcpauth_statistics after = MCPAUTH_STATISTICS_INIT;
	request.resource = second.resource;
	for (int i = 0; i < 3; i++) {
		CHECK_OK(show_request(&fixture, &request, &err));
	}
	assert_int_equal(hashes, 1); /* the static tokens' own */
	request.resource = FAKE_RESOURCE;
	mcpauth_statistics_read(fixture.auth, &before);
	for (int i = 0; i < 3; i++) {
		CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, show_request(&fixture, &request, &err));
		assert_int_equal(hashes, 0);
	}
	mcpauth_statistics_read(fixture.auth, &after);
	assert_int_equal(after.rejected - before.rejected, 3);
	assert_int_equal(after.refused, before.refused);
	mcpauth_free(fixture.auth);
	fake_issuer_free(fixture.fake);
}

/* Key and tag would give it away. */
static void a_short_one_is_hashed_each_time(void **state)
{
	(void)state;
	struct fixture fixture = {.fake = fake_issuer_new()};
	char token[128] = "";
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	memset(token, 'a', sizeof token - 1);
	CHECK_OK(mcpauth_add_static_token(
		fixture.auth, FAKE_RESOURCE, token, "{\"sub\":\"a\"}", &err));
	for (int i = 0; i < 4; i++) {
		CHECK_OK(show(&fixture, token, &err));
		assert_int_equal(hashes, 2); /* and the static tokens' own */
	}
	mcpauth_free(fixture.auth);
	fake_issuer_free(fixture.fake);
}

/* One that is made while others have all that it takes changes nothing. */
static void a_tag_stays_while_none_can_be_made(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	make_known(&fixture, fixture.token);
	struct mcpauth *first = fixture.auth;
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &(struct fake_token){0}, &err));
	refuses_ciphers = true;
	CHECK_OK(show(&fixture, fixture.token, &err));
	refuses_ciphers = false;
	assert_int_equal(hashes, 1);
	mcpauth_free(fixture.auth);
	fixture.auth = first;
	CHECK_OK(show(&fixture, fixture.token, &err));
	assert_int_equal(hashes, 0);
	stop(&fixture);
}

static void its_length_may_be_told(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[4096];
	start(&fixture);
	struct mcpauth_verification_request request = request_of(fixture.token, &fixture.last);
	request.token_length = strlen(fixture.token);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(show_request(&fixture, &request, &err));
	}
	assert_int_equal(hashes, 0);
	/* A NUL within it is no character of a token. */
	size_t length = strlen(fixture.token);
	memcpy(text, fixture.token, length + 1);
	memcpy(text + length + 1, "abc", 4);
	request.token = text;
	request.token_length = length + 4;
	CHECK_CODE(MCPAUTH_E_INVALID_REQUEST, show_request(&fixture, &request, &err));
	stop(&fixture);
}

/* Else a part would be judged, and the whole told. */
static void its_length_is_that_of_the_whole(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[4096];
	start(&fixture);
	size_t length = strlen(fixture.token);
	strcat(strcpy(text, fixture.token), "abc");
	struct mcpauth_verification_request request = request_of(text, &fixture.last);
	request.token_length = length;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, show_request(&fixture, &request, &err));
	text[length] = '\0';
	CHECK_OK(show_request(&fixture, &request, &err));
	stop(&fixture);
}

static void without_a_cipher_each_is_hashed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	refuses_ciphers = true;
	for (int i = 0; i < 4; i++) {
		CHECK_OK(show(&fixture, fixture.token, &err));
		assert_int_equal(hashes, 1);
	}
	refuses_ciphers = false;
	CHECK_OK(show(&fixture, fixture.token, &err));
	make_known(&fixture, fixture.token);
	stop(&fixture);
}

/* A connection of its own each, with a token of its own, all of one library. */
struct visitor {
	struct fixture fixture;
	char *token;
	char scope[2];
	unsigned right;
};

static void *visit(void *user)
{
	struct visitor *visitor = user;
	const struct mcpauth_verification_request request = request_of(
		visitor->token, &visitor->fixture.last);
	for (int i = 0; i < VISITS; i++) {
		struct mcpauth_auth_info *info;
		struct mcpauth_verification *pending;
		enum mcpauth_code code = mcpauth_verify_start(
			visitor->fixture.auth, &request, &info, &pending, NULL);
		visitor->right += code == MCPAUTH_OK
			&& strcmp(mcpauth_auth_info_scope_at(info, 0), visitor->scope) == 0;
		mcpauth_auth_info_free(info);
	}
	return NULL;
}

static void connections_are_strangers_to_each_other(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[VISITORS];
	struct visitor visitors[VISITORS];
	start(&fixture);
	for (int i = 0; i < VISITORS; i++) {
		char claims[32];
		visitors[i] = (struct visitor){.fixture = fixture, .scope = {(char)('a' + i)}};
		snprintf(claims, sizeof claims, ",\"scope\":\"%s\"", visitors[i].scope);
		visitors[i].token = fake_issuer_token(
			fixture.fake, &(struct fake_token){.claims = claims});
	}
	for (int i = 0; i < VISITORS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
	}
	for (int i = 0; i < VISITORS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(visitors[i].right, VISITS);
		free(visitors[i].token);
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_again_and_again_is_hashed_twice),
		cmocka_unit_test(without_it_each_is_hashed),
		cmocka_unit_test(another_one_takes_its_place),
		cmocka_unit_test(each_stays_itself_in_every_order),
		cmocka_unit_test(none_that_differs_in_one_character_is_taken_for_it),
		cmocka_unit_test(neither_a_longer_nor_a_shorter_one_is_taken_for_it),
		cmocka_unit_test(one_that_ended_is_refused_though_it_is_known),
		cmocka_unit_test(one_whose_key_is_gone_is_refused_though_it_is_known),
		cmocka_unit_test(a_refusal_stays_what_it_was),
		cmocka_unit_test(what_is_kept_holds_no_piece_of_the_token),
		cmocka_unit_test(what_one_library_noted_is_nothing_to_another),
		cmocka_unit_test(a_note_of_two_halves_fits_neither),
		cmocka_unit_test(a_text_that_is_no_token_is_refused_and_not_noted),
		cmocka_unit_test(a_malformed_one_takes_no_place),
		cmocka_unit_test(an_opaque_one_is_no_jwt_elsewhere),
		cmocka_unit_test(a_short_one_is_hashed_each_time),
		cmocka_unit_test(a_tag_stays_while_none_can_be_made),
		cmocka_unit_test(its_length_may_be_told),
		cmocka_unit_test(its_length_is_that_of_the_whole),
		cmocka_unit_test(without_a_cipher_each_is_hashed),
		cmocka_unit_test(connections_are_strangers_to_each_other),
	};
	return cmocka_run_group_tests_name("last_token", tests, NULL, NULL);
}
