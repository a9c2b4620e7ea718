/* Names of signature algorithms: exact, and never one without a public key. */
#include "jose/algorithm.h"

#include "support/check.h"

#include <string.h>

#define BIT(name) MCPAUTH__ALGORITHM_BIT(MCPAUTH__##name)

static const struct {
	const char *name;
	enum mcpauth__algorithm algorithm;
} names[] = {
	{"RS256", MCPAUTH__RS256},
	{"RS384", MCPAUTH__RS384},
	{"RS512", MCPAUTH__RS512},
	{"PS256", MCPAUTH__PS256},
	{"PS384", MCPAUTH__PS384},
	{"PS512", MCPAUTH__PS512},
	{"ES256", MCPAUTH__ES256},
	{"ES384", MCPAUTH__ES384},
	{"ES512", MCPAUTH__ES512},
	{"EdDSA", MCPAUTH__EDDSA},
	{"Ed25519", MCPAUTH__ED25519},
};

static const char *const strangers[] = {
	"",
	"none",
	"None",
	"NONE",
	"nOnE",
	"none ",
	"HS256",
	"HS384",
	"HS512",
	"rs256",
	"Rs256",
	"RS256 ",
	" RS256",
	"RS2560",
	"RS25",
	"RS1",
	"ES256K",
	"ES521",
	"EDDSA",
	"eddsa",
	"Ed448",
	"ed25519",
	"RSA-OAEP",
	"dir",
	"PBES2-HS256+A128KW",
	"ML-DSA-44",
	"\xd0\xa0S256",
	"*",
};

static void knows_each_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CHECK_ROW(
			names[i].name, mcpauth__algorithm_of(names[i].name) == names[i].algorithm);
	}
}

static void knows_no_other_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		CHECK_ROW(strangers[i],
			mcpauth__algorithm_of(strangers[i]) == MCPAUTH__ALGORITHM_UNKNOWN);
	}
}

static void gives_each_algorithm_a_bit_of_all(void **state)
{
	(void)state;
	unsigned bits = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bits += MCPAUTH__ALGORITHM_BIT(names[i].algorithm);
	}
	assert_int_equal(bits, MCPAUTH__ALGORITHMS_ALL);
	assert_int_equal(bits & MCPAUTH__ALGORITHM_BIT(MCPAUTH__ALGORITHM_UNKNOWN), 0);
}

static const struct {
	const char *label;
	const char *text;
	unsigned bits;
} lists[] = {
	{"no list", NULL, MCPAUTH__ALGORITHMS_ALL},
	{"an empty one", "", MCPAUTH__ALGORITHMS_ALL},
	{"blanks", "  ", MCPAUTH__ALGORITHMS_ALL},
	{"one", "RS256", BIT(RS256)},
	{"several", "RS256 ES256  PS512 ", BIT(RS256) | BIT(ES256) | BIT(PS512)},
	{"one twice", "RS256 RS256", BIT(RS256)},
	{"EdDSA means Ed25519 too", "EdDSA", BIT(EDDSA) | BIT(ED25519)},
	{"Ed25519 means EdDSA too", "Ed25519", BIT(EDDSA) | BIT(ED25519)},
};

static void reads_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		unsigned bits = 0x10000;
		CHECK_ROW_CODE(lists[i].label, MCPAUTH_OK,
			mcpauth__algorithms_parse(lists[i].text, &bits, &err));
		CHECK_ROW(lists[i].label, bits == lists[i].bits);
	}
}

static const char *const bad_lists[] = {
	"none",
	"HS256",
	"RS256 none",
	"none RS256",
	"RS256,ES256",
	"rs256",
	"RS256\tES256",
};

static void refuses_lists_with_any_other_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++) {
		unsigned bits = 0x10000;
		CHECK_ROW_CODE(bad_lists[i], MCPAUTH_E_UNSUPPORTED,
			mcpauth__algorithms_parse(bad_lists[i], &bits, &err));
		CHECK_ROW(bad_lists[i], bits == 0);
	}
}

static void names_the_first_that_is_unknown(void **state)
{
	(void)state;
	unsigned bits;
	struct mcpauth_error err;
	mcpauth__algorithms_parse("RS256 HS256 none", &bits, &err);
	assert_non_null(strstr(err.message, "HS256"));
	assert_null(strstr(err.message, "none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_name),
		cmocka_unit_test(knows_no_other_name),
		cmocka_unit_test(gives_each_algorithm_a_bit_of_all),
		cmocka_unit_test(reads_lists),
		cmocka_unit_test(refuses_lists_with_any_other_name),
		cmocka_unit_test(names_the_first_that_is_unknown),
	};
	return cmocka_run_group_tests_name("algorithm", tests, NULL, NULL);
}
