/* Challenges as a client reads them: whose they are, where each ends, and what they say. */
#include "client/discovery/challenge.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define METADATA "https://api.example/.well-known/oauth-protected-resource/mcp"

/* A NULL is as good as "(none)", to be told apart from "". */
static const char *shown(const char *text)
{
	return text != NULL ? text : "(none)";
}

/* All that was read, in one line. */
static void describe(const struct mcpauth__challenge *challenge, char *line, size_t size)
{
	snprintf(line, size, "%s%s|%s|%s|%s|%s|%s",
		!challenge->is_found ? "-" : (challenge->is_dpop ? "D" : "B"),
		challenge->offers_dpop ? "d" : "", shown(challenge->resource_metadata),
		shown(challenge->scope), shown(challenge->error),
		shown(challenge->error_description), shown(challenge->algs));
}

static void check_answer(
	const char *label, const char *const *values, size_t count, bool was_dpop, const char *want)
{
	struct mcpauth__challenge challenge = {0};
	char line[512];
	CHECK_ROW_CODE(label, MCPAUTH_OK,
		mcpauth__challenge_read(values, count, was_dpop, &challenge, &err));
	describe(&challenge, line, sizeof line);
	if (strcmp(line, want) != 0) {
		print_error("%s: read %s, wanted %s\n", label, line, want);
	}
	CHECK_ROW(label, strcmp(line, want) == 0);
	mcpauth__challenge_finish(&challenge);
	CHECK_ROW(label, !challenge.is_found && challenge.scope == NULL);
}

static void check_values(
	const char *label, const char *const *values, size_t count, const char *want)
{
	check_answer(label, values, count, false, want);
}

struct row {
	const char *label;
	const char *value;
	const char *scope; /* what it is read as; NULL: none */
};

/* What a row's value says of the scope, and that it is a Bearer challenge. */
static void check_scopes(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char want[256];
		snprintf(want, sizeof want, "B|(none)|%s|(none)|(none)|(none)",
			shown(rows[i].scope));
		check_values(rows[i].label, &rows[i].value, 1, want);
	}
}

static void reads_what_a_server_says(void **state)
{
	const char *value = "Bearer error=\"insufficient_scope\", scope=\"a b\", "
			    "resource_metadata=\"" METADATA "\", error_description=\"Too little\"";
	(void)state;
	check_values(
		"all of it", &value, 1, "B|" METADATA "|a b|insufficient_scope|Too little|(none)");
}

static void reads_each_way_to_write_a_parameter(void **state)
{
	static const struct row rows[] = {
		{"a token", "Bearer scope=a", "a"},
		{"each character of tokens", "Bearer scope=aZ09!#$%&'*+-.^_`|~",
			"aZ09!#$%&'*+-.^_`|~"},
		{"quoted", "Bearer scope=\"a b\"", "a b"},
		{"nothing between the quotes", "Bearer scope=\"\"", ""},
		{"a quote", "Bearer scope=\"a\\\"b\"", "a\"b"},
		{"a backslash", "Bearer scope=\"a\\\\\"", "a\\"},
		{"escaped though it need not be", "Bearer scope=\"\\a\\,\\ b\"", "a, b"},
		{"a tab", "Bearer scope=\"a\tb\"", "a\tb"},
		{"a comma", "Bearer scope=\"a, b=\\\"c\"", "a, b=\"c"},
		{"bytes beyond ASCII", "Bearer scope=\"\xc3\xa4\xff\"", "\xc3\xa4\xff"},
		{"blanks around the sign", "Bearer scope \t= \t\"a\"", "a"},
		{"any case", "bEARER sCoPe=\"a\"", "a"},
		{"blanks behind the scheme", "Bearer    scope=\"a\"", "a"},
		{"blanks around all", " \tBearer scope=\"a\" \t", "a"},
		{"another name", "Bearer xscope=a, scopes=b, scop=c", NULL},
		{"among others", "Bearer realm=\"r\", scope=\"a\", x=y", "a"},
	};
	(void)state;
	check_scopes(rows, COUNT(rows));
}

static void reads_lists_with_empty_elements(void **state)
{
	static const struct row rows[] = {
		{"in front", ",, ,Bearer scope=a", "a"},
		{"behind", "Bearer scope=a,, ,", "a"},
		{"within", "Bearer realm=r,\t, ,scope=a", "a"},
		{"the first parameter", "Bearer , scope=a", "a"},
		{"the first, with a tab", "Bearer \t, scope=a", "a"},
		{"no blank behind a comma", "Bearer realm=r,scope=a", "a"},
		{"none but empty ones", "Bearer ,,", NULL},
	};
	(void)state;
	check_scopes(rows, COUNT(rows));
}

static void tells_parameters_from_challenges(void **state)
{
	static const struct row rows[] = {
		{"Bearer alone", "Bearer", NULL},
		{"alone, then another", "Bearer, Basic scope=a", NULL},
		{"behind another", "Basic realm=\"b\", Bearer scope=a", "a"},
		{"behind an empty one", "Negotiate, Bearer scope=a", "a"},
		{"behind a token68", "Negotiate abc/+~==, Bearer scope=a", "a"},
		{"behind a short token68", "Negotiate a=, Bearer scope=a", "a"},
		{"before another", "Bearer scope=a, Basic realm=\"b\", charset=\"UTF-8\"", "a"},
		{"another's parameter", "Bearer realm=r, Digest scope=b", NULL},
		{"another's behind it", "Bearer scope=a, Digest nonce=n, scope=b", "a"},
		{"a challenge in quotes", "Digest realm=\", Bearer scope=b, \", Bearer scope=a",
			"a"},
		{"a token68 of Bearer's", "Bearer abc=", NULL},
		{"a parameter of no challenge", "Bearer abc=, scope=b", NULL},
		{"a parameter without a blank before", "Bearer, scope=b", NULL},
		{"a scheme that is a parameter's name", "Bearer scope = a, scope", "a"},
	};
	(void)state;
	check_scopes(rows, COUNT(rows));
}

static void a_parameter_twice_is_none(void **state)
{
	static const struct row rows[] = {
		{"twice", "Bearer scope=a, scope=b", NULL},
		{"twice the same", "Bearer scope=\"a\", scope=\"a\"", NULL},
		{"in other letters", "Bearer scope=a, SCOPE=b", NULL},
		{"three times", "Bearer scope=a, scope=b, scope=c", NULL},
		{"once, and once in another challenge", "Bearer scope=a, DPoQ scope=b", "a"},
		{"once, and once in a second Bearer", "Bearer scope=a, Bearer scope=b", "a"},
	};
	(void)state;
	check_scopes(rows, COUNT(rows));
}

static void reads_up_to_where_the_syntax_breaks(void **state)
{
	static const struct row rows[] = {
		{"no quote at the end", "Bearer scope=a, error=\"b", "a"},
		{"a backslash at the end", "Bearer scope=a, error=\"b\\", "a"},
		{"a line's end in quotes", "Bearer scope=a, error=\"b\n\"", "a"},
		{"a line's end behind a backslash", "Bearer scope=a, error=\"\\\n\"", "a"},
		{"a DEL", "Bearer scope=a, error=\"\x7f\"", "a"},
		{"no value", "Bearer scope=a, error=, realm=b", "a"},
		{"no name", "Bearer scope=a, =b", "a"},
		{"no comma", "Bearer scope=a realm=b, error=c", NULL},
		{"half a URL", "Bearer scope=https://a.example/, error=b", NULL},
		{"something behind the quote", "Bearer scope=\"a\"b", NULL},
		{"two values", "Bearer scope=\"a\" \"b\"", NULL},
		{"two token68", "Bearer abc def, Bearer scope=b", NULL},
		{"a tab behind the scheme", "Bearer \tscope=b", NULL},
		{"what comes behind it", "Bearer scope=a, \"b\", error=c", "a"},
	};
	(void)state;
	check_scopes(rows, COUNT(rows));
}

static void finds_none_where_there_is_none(void **state)
{
	static const char *const values[] = {
		"",
		",",
		" \t",
		"Basic realm=\"Bearer\"",
		"Bearers scope=a",
		"Beare scope=a",
		"\"Bearer\" scope=a",
		"Bearer\"x\" scope=a",
		"Bearer\tscope=a",
		"Bearer=a, scope=b",
		"scope=a, Bearer scope=b",
		"Basic \", Bearer scope=a",
		"=, Bearer scope=a",
	};
	(void)state;
	check_values("no header", NULL, 0, "-|(none)|(none)|(none)|(none)|(none)");
	for (size_t i = 0; i < COUNT(values); i++) {
		check_values(values[i], &values[i], 1, "-|(none)|(none)|(none)|(none)|(none)");
	}
}

static void the_first_bearer_counts_else_the_first_dpop(void **state)
{
	static const struct {
		const char *label;
		const char *values[3];
		const char *want;
	} rows[] = {
		{"DPoP alone",
			{"DPoP algs=\"ES256 PS256\", scope=s, error=\"use_dpop_nonce\"", "", ""},
			"Dd|(none)|s|use_dpop_nonce|(none)|ES256 PS256"},
		{"two of DPoP", {"dpop algs=\"a\"", "DPoP algs=b, scope=s", ""},
			"Dd|(none)|(none)|(none)|(none)|a"},
		{"both in a value", {"DPoP algs=\"a\", scope=d, Bearer scope=b", "", ""},
			"Bd|(none)|b|(none)|(none)|a"},
		{"both the other way round", {"Bearer scope=b, algs=x, DPoP algs=\"a\"", "", ""},
			"Bd|(none)|b|(none)|(none)|a"},
		{"in two headers", {"DPoP algs=\"a\"", "Basic realm=r", "Bearer scope=b"},
			"Bd|(none)|b|(none)|(none)|a"},
		{"two of Bearer", {"Basic realm=r", "Bearer error=e", "Bearer scope=b"},
			"B|(none)|(none)|e|(none)|(none)"},
		{"a header is broken", {"Basic \"", "Bearer scope=b", "=="},
			"B|(none)|b|(none)|(none)|(none)"},
		{"a challenge ends with its header", {"Bearer", "scope=b", "Bearer scope=c"},
			"B|(none)|(none)|(none)|(none)|(none)"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_values(rows[i].label, rows[i].values, 3, rows[i].want);
	}
}

static void an_error_by_dpop_is_about_the_proof_that_was_sent(void **state)
{
	static const struct {
		const char *label;
		const char *value;
		const char *bearer; /* what is read where a plain token was sent */
		const char *dpop;   /* where a proof was */
	} rows[] = {
		{"a nonce is wanted", "Bearer, DPoP error=\"use_dpop_nonce\", algs=a",
			"Bd|(none)|(none)|(none)|(none)|a",
			"Dd|(none)|(none)|use_dpop_nonce|(none)|a"},
		{"more is wanted",
			"DPoP error=\"insufficient_scope\", scope=\"d\", error_description=\"t\", "
			"Bearer scope=b, realm=r",
			"Bd|(none)|b|(none)|(none)|(none)",
			"Dd|(none)|d|insufficient_scope|t|(none)"},
		{"each says something", "Bearer error=e, scope=b, DPoP error=f",
			"Bd|(none)|b|e|(none)|(none)", "Dd|(none)|b|f|(none)|(none)"},
		{"Bearer alone says where",
			"Bearer resource_metadata=\"" METADATA "\", DPoP error=f",
			"Bd|" METADATA "|(none)|(none)|(none)|(none)",
			"Dd|" METADATA "|(none)|f|(none)|(none)"},
		{"both say where", "Bearer resource_metadata=b, DPoP error=f, resource_metadata=d",
			"Bd|b|(none)|(none)|(none)|(none)", "Dd|d|(none)|f|(none)|(none)"},
		{"no error by DPoP", "Bearer error=e, scope=b, DPoP algs=a, scope=d",
			"Bd|(none)|b|e|(none)|a", "Bd|(none)|b|e|(none)|a"},
		{"two errors by DPoP", "Bearer error=e, DPoP error=f, error=g",
			"Bd|(none)|(none)|e|(none)|(none)", "Bd|(none)|(none)|e|(none)|(none)"},
		{"no DPoP", "Bearer error=e", "B|(none)|(none)|e|(none)|(none)",
			"B|(none)|(none)|e|(none)|(none)"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_answer(rows[i].label, &rows[i].value, 1, false, rows[i].bearer);
		check_answer(rows[i].label, &rows[i].value, 1, true, rows[i].dpop);
	}
}

/* A challenge and a filler of `length` bytes behind it. */
static bool is_found_beside(size_t length)
{
	struct mcpauth__challenge challenge = {0};
	char *filler = calloc(1, length + 1);
	assert_non_null(filler);
	memset(filler, ',', length);
	const char *const values[] = {"Bearer", filler};
	CHECK_OK(mcpauth__challenge_read(values, 2, false, &challenge, &err));
	bool is_found = challenge.is_found;
	mcpauth__challenge_finish(&challenge);
	free(filler);
	return is_found;
}

static void reads_so_many_bytes_and_no_more(void **state)
{
	(void)state;
	assert_true(is_found_beside(MCPAUTH__CHALLENGE_LIMIT - strlen("Bearer")));
	assert_false(is_found_beside(MCPAUTH__CHALLENGE_LIMIT - strlen("Bearer") + 1));
	assert_false(is_found_beside(4 * MCPAUTH__CHALLENGE_LIMIT));
}

static void says_when_there_is_no_memory(void **state)
{
	const char *value = "DPoP algs=a, scope=s, Bearer scope=b, error=\"e\"";
	struct mcpauth__challenge challenge;
	bool failed = true;
	unsigned number = 1;
	(void)state;
	for (; failed; number++) {
		struct mcpauth_error err = {0};
		scarce_memory_begin(number);
		enum mcpauth_code code = mcpauth__challenge_read(&value, 1, true, &challenge, &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_int_equal(err.code, code);
		assert_int_equal(challenge.is_found, !failed);
		mcpauth__challenge_finish(&challenge);
	}
	assert_int_equal(number, 1 + 4 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_server_says),
		cmocka_unit_test(reads_each_way_to_write_a_parameter),
		cmocka_unit_test(reads_lists_with_empty_elements),
		cmocka_unit_test(tells_parameters_from_challenges),
		cmocka_unit_test(a_parameter_twice_is_none),
		cmocka_unit_test(reads_up_to_where_the_syntax_breaks),
		cmocka_unit_test(finds_none_where_there_is_none),
		cmocka_unit_test(the_first_bearer_counts_else_the_first_dpop),
		cmocka_unit_test(an_error_by_dpop_is_about_the_proof_that_was_sent),
		cmocka_unit_test(reads_so_many_bytes_and_no_more),
		cmocka_unit_test(says_when_there_is_no_memory),
	};
	return cmocka_run_group_tests_name("challenge_read", tests, NULL, NULL);
}
