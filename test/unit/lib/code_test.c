/* Codes: each has its own name, and its number is for ever. */
#include "support/check.h"

#include <string.h>

#define ROW(number, code) \
	{ \
		number, code, #code \
	}

static const struct {
	int number;
	enum mcpauth_code code;
	const char *name;
} rows[] = {
	ROW(0, MCPAUTH_OK),
	ROW(1, MCPAUTH_PENDING),
	ROW(100, MCPAUTH_E_NO_MEMORY),
	ROW(101, MCPAUTH_E_INVALID_ARGUMENT),
	ROW(102, MCPAUTH_E_INVALID_URL),
	ROW(103, MCPAUTH_E_DUPLICATE),
	ROW(104, MCPAUTH_E_UNKNOWN_RESOURCE),
	ROW(105, MCPAUTH_E_UNKNOWN_ISSUER),
	ROW(106, MCPAUTH_E_UNSUPPORTED),
	ROW(107, MCPAUTH_E_SYSTEM),
	ROW(108, MCPAUTH_E_INVALID_SETTINGS),
	ROW(109, MCPAUTH_E_FILE),
	ROW(110, MCPAUTH_E_IN_USE),
	ROW(200, MCPAUTH_E_UNREACHABLE),
	ROW(201, MCPAUTH_E_TIMEOUT),
	ROW(202, MCPAUTH_E_TLS),
	ROW(203, MCPAUTH_E_ADDRESS_REFUSED),
	ROW(204, MCPAUTH_E_HTTP_STATUS),
	ROW(205, MCPAUTH_E_TOO_LARGE),
	ROW(206, MCPAUTH_E_OVERLOADED),
	ROW(207, MCPAUTH_E_CANCELLED),
	ROW(208, MCPAUTH_E_BACKING_OFF),
	ROW(300, MCPAUTH_E_INVALID_JSON),
	ROW(301, MCPAUTH_E_INVALID_METADATA),
	ROW(302, MCPAUTH_E_ISSUER_MISMATCH),
	ROW(303, MCPAUTH_E_NO_JWKS_URI),
	ROW(304, MCPAUTH_E_INVALID_KEYS),
	ROW(305, MCPAUTH_E_UNFIT_PROVIDER),
	ROW(306, MCPAUTH_E_TRANSPILE),
	ROW(307, MCPAUTH_E_TOKEN_ENDPOINT),
	ROW(308, MCPAUTH_E_INTROSPECTION),
	ROW(309, MCPAUTH_E_STORE),
	ROW(400, MCPAUTH_E_NO_CREDENTIALS),
	ROW(401, MCPAUTH_E_INVALID_REQUEST),
	ROW(402, MCPAUTH_E_MALFORMED_TOKEN),
	ROW(403, MCPAUTH_E_ENCRYPTED_TOKEN),
	ROW(404, MCPAUTH_E_ALGORITHM),
	ROW(405, MCPAUTH_E_CRITICAL_HEADER),
	ROW(406, MCPAUTH_E_TOKEN_TYPE),
	ROW(407, MCPAUTH_E_UNTRUSTED_ISSUER),
	ROW(408, MCPAUTH_E_UNKNOWN_KEY),
	ROW(409, MCPAUTH_E_BAD_SIGNATURE),
	ROW(410, MCPAUTH_E_EXPIRED),
	ROW(411, MCPAUTH_E_NOT_YET_VALID),
	ROW(412, MCPAUTH_E_INVALID_CLAIM),
	ROW(413, MCPAUTH_E_AUDIENCE),
	ROW(414, MCPAUTH_E_BOUND_TOKEN),
	ROW(415, MCPAUTH_E_INSUFFICIENT_SCOPE),
	ROW(416, MCPAUTH_E_CLAIM_CHECK),
	ROW(417, MCPAUTH_E_INACTIVE),
	ROW(418, MCPAUTH_E_REVOKED),
	ROW(419, MCPAUTH_E_REPLAYED),
};
#define ROWS (sizeof rows / sizeof *rows)

static void keeps_every_number_and_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		CHECK_ROW(rows[i].name, (int)rows[i].code == rows[i].number);
		CHECK_ROW(rows[i].name, strcmp(mcpauth_code_name(rows[i].code), rows[i].name) == 0);
	}
}

static void names_nothing_else(void **state)
{
	(void)state;
	size_t named = 0;
	for (int number = -10; number < 1000; number++) {
		const char *name = mcpauth_code_name((enum mcpauth_code)number);
		named += strcmp(name, "MCPAUTH_E_UNKNOWN") != 0 ? 1 : 0;
	}
	assert_int_equal(named, ROWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_every_number_and_name),
		cmocka_unit_test(names_nothing_else),
	};
	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
