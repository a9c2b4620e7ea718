/* Who decides about a token: the order that introspection.h tells, row by row. */
#include "support/check.h"
#include "support/fake_introspector.h"
#include "support/fake_issuer.h"
#include "support/rulings.h"
#include "support/test_key.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "https://first.example"
#define SECOND "https://second.example"
#define OPAQUE "opaque"
#define ACTIVE(more) "{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\"" more "}"
#define INACTIVE "{\"active\":false}"
#define OWN \
	"{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" FAKE_RESOURCE "\",\"exp\":1800000300," \
	"\"sub\":\"own\"}"

/** What is shown: an opaque token, or what looks like a JWT. */
enum shown {
	PLAIN = 0,
	DOTTED,    /* three parts, but no JWT */
	ENCRYPTED, /* five */
	GOOD_JWT,
	FORGED_JWT,
	STRANGE_JWT, /* of an issuer that nobody knows */
	HMAC_JWT,    /* of one that is known, but signed as it is not accepted */
	FIRST_JWT,   /* of the first one that can be asked */
	FIRST_HMAC_JWT,
	MANGLED_JWT /* one more character than the issuer wrote */
};

/** What the program's verifier says. */
enum own {
	NONE = 0,
	ACCEPTS,
	REFUSES,
	PASSES
};

/** One row: who says what, who is asked, and what comes of it. */
struct row {
	const char *label;
	enum shown shown;
	enum own own;
	bool last;
	bool is_static;
	bool jwts; /* the first is asked about its JWTs, too */
	const char *first;
	const char *second;
	enum mcpauth_code fails; /* the first's */
	enum mcpauth_code want;
	const char *subject;
	const char *asked; /* of own, first, second those that were asked: "12" */
};

static const struct row rows[] = {
	{.label = "static before all",
		.is_static = true,
		.own = REFUSES,
		.first = INACTIVE,
		.subject = "written",
		.asked = ""},
	{.label = "a JWT may be written down",
		.shown = STRANGE_JWT,
		.is_static = true,
		.subject = "written",
		.asked = ""},
	{.label = "own accepts", .own = ACCEPTS, .first = INACTIVE, .subject = "own", .asked = "0"},
	{.label = "own refuses",
		.own = REFUSES,
		.first = ACTIVE(""),
		.asked = "0",
		.want = MCPAUTH_E_CLAIM_CHECK},
	{.label = "own refuses a JWT",
		.own = REFUSES,
		.shown = GOOD_JWT,
		.asked = "0",
		.want = MCPAUTH_E_CLAIM_CHECK},
	{.label = "own passes",
		.own = PASSES,
		.first = ACTIVE(",\"sub\":\"f\""),
		.subject = "f",
		.asked = "01"},
	{.label = "own passes a JWT",
		.own = PASSES,
		.shown = GOOD_JWT,
		.subject = "alice",
		.asked = "0"},
	{.label = "own passes, alone",
		.own = PASSES,
		.asked = "0",
		.want = MCPAUTH_E_MALFORMED_TOKEN},
	{.label = "a JWT of a known issuer",
		.shown = GOOD_JWT,
		.first = INACTIVE,
		.subject = "alice",
		.asked = ""},
	{.label = "a forged one",
		.shown = FORGED_JWT,
		.first = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.asked = "",
		.want = MCPAUTH_E_BAD_SIGNATURE},
	{.label = "one of another algorithm",
		.shown = HMAC_JWT,
		.first = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.asked = "",
		.want = MCPAUTH_E_ALGORITHM},
	{.label = "a JWT of nobody here",
		.shown = STRANGE_JWT,
		.first = ACTIVE(""),
		.second = ACTIVE(""),
		.asked = "",
		.want = MCPAUTH_E_UNTRUSTED_ISSUER},
	{.label = "that the program knows",
		.shown = STRANGE_JWT,
		.first = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.subject = "own",
		.asked = "0"},
	{.label = "a JWT by keys that there are not",
		.shown = FIRST_JWT,
		.first = ACTIVE(""),
		.asked = "",
		.want = MCPAUTH_E_HTTP_STATUS},
	{.label = "a JWT that is asked about",
		.shown = FIRST_JWT,
		.jwts = true,
		.first = ACTIVE(",\"sub\":\"f\""),
		.second = ACTIVE(""),
		.subject = "f",
		.asked = "1"},
	{.label = "whatever its algorithm",
		.shown = FIRST_HMAC_JWT,
		.jwts = true,
		.first = ACTIVE(",\"sub\":\"f\""),
		.second = ACTIVE(""),
		.subject = "f",
		.asked = "1"},
	{.label = "nobody else is asked about it",
		.shown = FIRST_JWT,
		.jwts = true,
		.first = INACTIVE,
		.second = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.asked = "1",
		.want = MCPAUTH_E_INACTIVE},
	{.label = "nor if he cannot be asked",
		.shown = FIRST_JWT,
		.jwts = true,
		.fails = MCPAUTH_E_TLS,
		.second = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.asked = "1",
		.want = MCPAUTH_E_TLS},
	{.label = "the first",
		.first = ACTIVE(",\"sub\":\"f\""),
		.second = ACTIVE(""),
		.subject = "f",
		.asked = "1"},
	{.label = "the second",
		.first = INACTIVE,
		.second = ACTIVE(",\"sub\":\"s\""),
		.subject = "s",
		.asked = "12"},
	{.label = "three parts are not a JWT",
		.shown = DOTTED,
		.first = INACTIVE,
		.second = ACTIVE(",\"sub\":\"s\""),
		.subject = "s",
		.asked = "12"},
	{.label = "nor are five",
		.shown = ENCRYPTED,
		.first = ACTIVE(",\"sub\":\"f\""),
		.subject = "f",
		.asked = "1"},
	{.label = "a mangled one is no opaque token",
		.shown = MANGLED_JWT,
		.jwts = true,
		.first = ACTIVE(""),
		.second = ACTIVE(""),
		.asked = "",
		.want = MCPAUTH_E_MALFORMED_TOKEN},
	{.label = "the first down",
		.fails = MCPAUTH_E_UNREACHABLE,
		.second = ACTIVE(",\"sub\":\"s\""),
		.subject = "s",
		.asked = "12"},
	{.label = "the first too soon",
		.fails = MCPAUTH_E_BACKING_OFF,
		.second = ACTIVE(",\"sub\":\"s\""),
		.subject = "s",
		.asked = "12"},
	{.label = "the first of no use",
		.first = "{\"active\":1}",
		.second = ACTIVE(",\"sub\":\"s\""),
		.subject = "s",
		.asked = "12"},
	{.label = "down, and inactive",
		.fails = MCPAUTH_E_HTTP_STATUS,
		.second = INACTIVE,
		.asked = "12",
		.want = MCPAUTH_E_HTTP_STATUS},
	{.label = "inactive, and of no use",
		.first = INACTIVE,
		.second = "[]",
		.asked = "12",
		.want = MCPAUTH_E_INTROSPECTION},
	{.label = "both of no use, for two reasons",
		.fails = MCPAUTH_E_TIMEOUT,
		.second = "[]",
		.asked = "12",
		.want = MCPAUTH_E_TIMEOUT},
	{.label = "both inactive",
		.first = INACTIVE,
		.second = INACTIVE,
		.asked = "12",
		.want = MCPAUTH_E_INACTIVE},
	{.label = "the one that knows it refuses",
		.first = ACTIVE(",\"exp\":1"),
		.second = ACTIVE(""),
		.own = ACCEPTS,
		.last = true,
		.asked = "1",
		.want = MCPAUTH_E_EXPIRED},
	{.label = "another kind of token",
		.first = ACTIVE(",\"token_type\":\"DPoP\""),
		.second = ACTIVE(""),
		.asked = "1",
		.want = MCPAUTH_E_TOKEN_TYPE},
	{.label = "own last, not needed",
		.own = ACCEPTS,
		.last = true,
		.first = ACTIVE(",\"sub\":\"f\""),
		.subject = "f",
		.asked = "1"},
	{.label = "own last, for a JWT",
		.own = ACCEPTS,
		.last = true,
		.shown = GOOD_JWT,
		.subject = "alice",
		.asked = ""},
	{.label = "own last, needed",
		.own = ACCEPTS,
		.last = true,
		.first = INACTIVE,
		.second = INACTIVE,
		.subject = "own",
		.asked = "012"},
	{.label = "own last, the first down",
		.own = ACCEPTS,
		.last = true,
		.fails = MCPAUTH_E_TIMEOUT,
		.subject = "own",
		.asked = "01"},
	{.label = "own last refuses",
		.own = REFUSES,
		.last = true,
		.first = INACTIVE,
		.asked = "01",
		.want = MCPAUTH_E_CLAIM_CHECK},
	{.label = "own last passes",
		.own = PASSES,
		.last = true,
		.first = INACTIVE,
		.asked = "01",
		.want = MCPAUTH_E_INACTIVE},
	{.label = "own last passes, one down",
		.own = PASSES,
		.last = true,
		.fails = MCPAUTH_E_TIMEOUT,
		.second = INACTIVE,
		.asked = "012",
		.want = MCPAUTH_E_TIMEOUT},
	{.label = "own last, alone", .own = ACCEPTS, .last = true, .subject = "own", .asked = "0"},
};

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	const struct row *row;
	atomic_uint own_asked;
	struct fake_introspector first;
	struct fake_introspector second;
	struct fake_introspector *endpoints[2];
	size_t endpoint_count;
};

static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->own_asked, 1);
	if (fixture->row->own == PASSES) {
		mcpauth_inquiry_pass(inquiry);
	} else if (fixture->row->own == ACCEPTS) {
		mcpauth_inquiry_accept(inquiry, OWN, strlen(OWN));
	} else {
		mcpauth_inquiry_refuse(inquiry, MCPAUTH_E_CLAIM_CHECK, NULL);
	}
}

static char *sign(const char *issuer, const char *algorithm, unsigned number)
{
	char header[80];
	char claims[256];
	snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"k0\",\"typ\":\"at+jwt\"}",
		algorithm);
	snprintf(claims, sizeof claims,
		"{\"iss\":\"%s\",\"aud\":\"" FAKE_RESOURCE
		"\",\"exp\":1800000300,\"sub\":\"alice\"}",
		issuer);
	return test_key_sign(test_key("ES256", number), header, claims);
}

static char *mangle(char *token)
{
	size_t length = strlen(token);
	char *mangled = realloc(token, length + 2);
	assert_non_null(mangled);
	memcpy(mangled + length, "=", 2);
	return mangled;
}

static char *make_token(enum shown shown)
{
	switch (shown) {
	case DOTTED:
		return strdup("abcd.efgh.ijkl");
	case ENCRYPTED:
		return strdup("eyJhbGciOiJkaXIifQ.a.b.c.d");
	case GOOD_JWT:
		return sign(FAKE_ISSUER, "ES256", 0);
	case FORGED_JWT:
		return sign(FAKE_ISSUER, "ES256", 1);
	case STRANGE_JWT:
		return sign("https://nobody.example", "ES256", 0);
	case HMAC_JWT:
		return sign(FAKE_ISSUER, "HS256", 0);
	case FIRST_JWT:
		return sign(FIRST, "ES256", 0);
	case FIRST_HMAC_JWT:
		return sign(FIRST, "HS256", 0);
	case MANGLED_JWT:
		return mangle(sign(FIRST, "ES256", 0));
	default:
		return strdup(OPAQUE);
	}
}

static void add_endpoint(struct fixture *fixture, struct fake_introspector *endpoint,
	const char *issuer, const char *says)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = issuer;
	CHECK_OK(mcpauth_add_issuer(fixture->auth, FAKE_RESOURCE, &config, &err));
	*endpoint = (struct fake_introspector){
		.issuer = issuer,
		.config = {.cache_seconds = 60,
			.inactive_seconds = 5,
			.introspect_jwts = fixture->row->jwts},
		.says = says,
		.kept_ms = 60000,
		.auth = fixture->auth,
	};
	fixture->endpoints[fixture->endpoint_count++] = endpoint;
}

static void start(struct fixture *fixture, const struct row *row)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->row = row;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	if (row->first != NULL || row->fails != MCPAUTH_OK) {
		add_endpoint(fixture, &fixture->first, FIRST, row->first);
		fixture->first.fails = row->fails;
	}
	if (row->second != NULL) {
		add_endpoint(fixture, &fixture->second, SECOND, row->second);
	}
	fake_introspectors_set(fixture->endpoints, fixture->endpoint_count);
	if (row->own != NONE) {
		struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
		verifier.verify = judge;
		verifier.user = fixture;
		verifier.last = row->last;
		CHECK_OK(mcpauth_set_verifier(fixture->auth, FAKE_RESOURCE, &verifier, &err));
	}
}

static void stop(struct fixture *fixture)
{
	assert_int_equal(fixture->first.live + fixture->second.live, 0);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	fake_introspectors_set(NULL, 0);
}

static void check_who(const struct fixture *fixture)
{
	char asked[4] = "";
	snprintf(asked, sizeof asked, "%s%s%s", fixture->own_asked > 0 ? "0" : "",
		fixture->first.asked > 0 ? "1" : "", fixture->second.asked > 0 ? "2" : "");
	CHECK_ROW(fixture->row->label, strcmp(asked, fixture->row->asked) == 0);
}

static void the_first_who_knows_it_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_auth_info *info;
		start(&fixture, &rows[i]);
		char *token = make_token(rows[i].shown);
		if (rows[i].is_static) {
			CHECK_OK(mcpauth_add_static_token(
				fixture.auth, FAKE_RESOURCE, token, "{\"sub\":\"written\"}", &err));
		}
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
		CHECK_ROW(rows[i].label,
			rows[i].want != MCPAUTH_OK
				|| strcmp(mcpauth_auth_info_subject(info), rows[i].subject) == 0);
		check_who(&fixture);
		mcpauth_auth_info_free(info);
		free(token);
		stop(&fixture);
	}
}

static void a_diagnosis_ends_likewise(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct rulings_told told;
		start(&fixture, &rows[i]);
		char *token = make_token(rows[i].shown);
		if (rows[i].is_static) {
			CHECK_OK(mcpauth_add_static_token(
				fixture.auth, FAKE_RESOURCE, token, "{\"sub\":\"written\"}", &err));
		}
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			rulings_ask(fixture.auth, FAKE_RESOURCE, token, NULL, &told, &err));
		const char *fault = rulings_fault(&told, rows[i].want, token);
		if (fault != NULL) {
			print_error("%s: %s\n", rows[i].label, fault);
		}
		assert_null(fault);
		check_who(&fixture);
		free(token);
		stop(&fixture);
	}
}

static void check(struct fixture *fixture, const char *token, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info;
	CHECK_CODE(want, mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
}

/* What it tells of an endpoint that fails, or else answers this. */
static void check_reason(enum mcpauth_code fails, const char *first, const char *why)
{
	const struct row row = {.fails = fails, .first = first, .second = "[]"};
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_error err = {0};
	start(&fixture, &row);
	assert_int_not_equal(
		mcpauth_verify(fixture.auth, FAKE_RESOURCE, OPAQUE, &info, &err), MCPAUTH_OK);
	assert_string_equal(err.message, why);
	stop(&fixture);
}

static void tells_why_the_first_could_not_be_asked(void **state)
{
	(void)state;
	check_reason(MCPAUTH_E_TIMEOUT, NULL, "the endpoint cannot be asked");
	check_reason(MCPAUTH_OK, "[]",
		FIRST ": the introspection endpoint's answer is no strict JSON object");
	check_reason(MCPAUTH_OK, INACTIVE,
		SECOND ": the introspection endpoint's answer is no strict JSON object");
}

static void a_token_has_some_length(void **state)
{
	(void)state;
	static const struct row row = {.first = ACTIVE("")};
	struct fixture fixture;
	char *token = calloc(1, 16386);
	assert_non_null(token);
	memset(token, 'a', 16385);
	start(&fixture, &row);
	check(&fixture, token, MCPAUTH_E_MALFORMED_TOKEN);
	check(&fixture, "", MCPAUTH_E_INVALID_REQUEST);
	assert_int_equal(fixture.first.asked, 0);
	token[16384] = '\0';
	check(&fixture, token, MCPAUTH_OK);
	check(&fixture, "a", MCPAUTH_OK);
	assert_int_equal(fixture.first.asked, 2);
	stop(&fixture);
	free(token);
}

static void what_is_remembered_is_asked_about_no_more(void **state)
{
	(void)state;
	static const struct row row = {.first = INACTIVE, .second = ACTIVE("")};
	struct fixture fixture;
	start(&fixture, &row);
	check(&fixture, OPAQUE, MCPAUTH_OK);
	check(&fixture, OPAQUE, MCPAUTH_OK);
	assert_int_equal(fixture.first.asked, 1);
	assert_int_equal(fixture.second.asked, 1);
	check(&fixture, "another", MCPAUTH_OK);
	assert_int_equal(fixture.first.asked, 2);
	stop(&fixture);
}

static void a_diagnosis_asks_anew(void **state)
{
	(void)state;
	static const struct row row = {.first = ACTIVE("")};
	struct fixture fixture;
	struct rulings_told told;
	start(&fixture, &row);
	check(&fixture, OPAQUE, MCPAUTH_OK);
	CHECK_OK(rulings_ask(fixture.auth, FAKE_RESOURCE, OPAQUE, NULL, &told, &err));
	assert_null(rulings_fault(&told, MCPAUTH_OK, OPAQUE));
	assert_int_equal(told.rules[MCPAUTH_RULE_ACTIVE].verdict, MCPAUTH_VERDICT_PASSED);
	assert_int_equal(fixture.first.asked, 2);
	stop(&fixture);
}

static void what_nobody_knows_is_asked_about_again(void **state)
{
	(void)state;
	static const struct row row = {.first = INACTIVE};
	struct fixture fixture;
	start(&fixture, &row);
	check(&fixture, OPAQUE, MCPAUTH_E_INACTIVE);
	fixture.first.says = ACTIVE("");
	check(&fixture, OPAQUE, MCPAUTH_OK);
	assert_int_equal(fixture.first.asked, 2);
	stop(&fixture);
}

/* After a pass: how often is it asked in these seconds? */
static unsigned questions(unsigned cache_seconds, unsigned seconds)
{
	static const struct row row = {.first = ACTIVE("")};
	struct fixture fixture;
	struct row own = row;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	start(&fixture, &row);
	own.own = PASSES;
	fixture.row = &own;
	verifier.verify = judge;
	verifier.user = &fixture;
	verifier.cache_seconds = cache_seconds;
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	for (unsigned i = 0; i <= seconds; i++) {
		check(&fixture, OPAQUE, MCPAUTH_OK);
		fake_issuer_advance_ms(fixture.fake, 1000);
	}
	if (cache_seconds == MCPAUTH_NONE) {
		assert_int_equal(fixture.first.asked, 1);
	}
	unsigned asked = fixture.own_asked;
	stop(&fixture);
	return asked;
}

static void who_passed_is_asked_as_often_as_he_wants(void **state)
{
	(void)state;
	assert_int_equal(questions(0, 20), 1);
	assert_int_equal(questions(10, 20), 3);
	assert_int_equal(questions(MCPAUTH_NONE, 20), 21);
}

static void remembers_what_keys_refused(void **state)
{
	(void)state;
	static const struct row row = {.first = ACTIVE("")};
	struct fixture fixture;
	start(&fixture, &row);
	char *token = make_token(FORGED_JWT);
	for (unsigned i = 0; i < 3; i++) {
		check(&fixture, token, MCPAUTH_E_BAD_SIGNATURE);
	}
	assert_int_equal(fixture.first.asked, 0);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	free(token);
	stop(&fixture);
}

static void prefetches_for_keys_alone(void **state)
{
	(void)state;
	static const struct row asked = {.first = INACTIVE, .own = ACCEPTS, .last = true};
	static const struct row own = {.first = INACTIVE, .own = ACCEPTS};
	struct fixture fixture;
	start(&fixture, &asked);
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 1);
	stop(&fixture);
	start(&fixture, &own);
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_who_knows_it_decides),
		cmocka_unit_test(a_diagnosis_ends_likewise),
		cmocka_unit_test(tells_why_the_first_could_not_be_asked),
		cmocka_unit_test(a_token_has_some_length),
		cmocka_unit_test(what_is_remembered_is_asked_about_no_more),
		cmocka_unit_test(a_diagnosis_asks_anew),
		cmocka_unit_test(what_nobody_knows_is_asked_about_again),
		cmocka_unit_test(who_passed_is_asked_as_often_as_he_wants),
		cmocka_unit_test(remembers_what_keys_refused),
		cmocka_unit_test(prefetches_for_keys_alone),
	};
	return cmocka_run_group_tests_name("judges", tests, NULL, NULL);
}
