/* Checks of the program's own: when they are asked, and what their word comes to. */
#include "support/check.h"
#include "support/posting.h"

#include <string.h>

/** What a check says, and what it saw. */
struct opinion {
	enum mcpauth_code code;
	const char *scopes; /* NULL: none */
	unsigned asked;
	bool knew_somebody;
	char arguments[32];
};

static enum mcpauth_code give_opinion(const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, const char **scopes, void *user)
{
	struct opinion *opinion = user;
	size_t length;
	const char *arguments = mcpauth_message_param(message, "arguments", &length);
	/* The next one that is asked finds the place empty again. */
	static _Thread_local char said[64];
	assert_null(*scopes);
	assert_true(length < sizeof opinion->arguments);
	memset(opinion->arguments, 0, sizeof opinion->arguments);
	memcpy(opinion->arguments, length > 0 ? arguments : "", length);
	opinion->asked++;
	opinion->knew_somebody = who != NULL;
	if (opinion->scopes != NULL) {
		strcpy(said, opinion->scopes);
		*scopes = said;
	}
	return opinion->code;
}

static void list(struct posting *posting, const char *name, struct opinion *opinion)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = name;
	operation.scopes = strcmp(name, "open") == 0 ? NULL : "write";
	operation.allow_anonymous = strcmp(name, "open") == 0;
	operation.check = give_opinion;
	operation.check_user = opinion;
	posting_list_entry(posting, &operation);
}

#define NEEDS(scopes) "scope=\"" scopes "\""

static const struct {
	const char *label;
	struct opinion opinion;
	unsigned status;
	const char *challenge;
} words[] = {
	{"nothing against it", {.code = MCPAUTH_OK}, 0, NULL},
	{"a scope that was granted", {.scopes = "write"}, 0, NULL},
	{"no scope after all", {.scopes = "  "}, 0, NULL},
	{"a scope that was not", {.scopes = "own:7"}, 403, NEEDS("read write own:7")},
	{"several, one of which was not", {.scopes = "extra own:7"}, 403,
		NEEDS("read write extra own:7")},
	{"no, without a scope", {.code = MCPAUTH_E_INSUFFICIENT_SCOPE}, 403, NEEDS("read write")},
	{"no, with a scope that was granted",
		{.code = MCPAUTH_E_INSUFFICIENT_SCOPE, .scopes = "extra"}, 403,
		NEEDS("read write extra")},
	{"not for anybody", {.code = MCPAUTH_E_NOT_LISTED, .scopes = "own:7"}, 403, "none"},
	{"another's handle", {.code = MCPAUTH_E_UNKNOWN_HANDLE}, 404, "none"},
	{"a token that is not good enough", {.code = MCPAUTH_E_CLAIM_CHECK}, 401, NEEDS("read")},
	{"it could not ask", {.code = MCPAUTH_E_UNREACHABLE}, 503, "none"},
	{"no memory", {.code = MCPAUTH_E_NO_MEMORY}, 503, "none"},
	{"later, which it cannot", {.code = MCPAUTH_PENDING}, 500, "none"},
	{"what is no scope", {.scopes = "a\"b"}, 500, "none"},
	{"what is no scope, as a refusal", {.code = MCPAUTH_E_INSUFFICIENT_SCOPE, .scopes = "a\nb"},
		500, "none"},
};

static void decides_with_the_scopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct posting posting;
		struct opinion opinion = words[i].opinion;
		const char *label = words[i].label;
		posting_start(&posting);
		list(&posting, "create", &opinion);
		posting_protect(&posting, "read", false);
		unsigned status = posting_call(
			&posting, "read write extra", POSTING_CALL("create"));
		CHECK_ROW(label, status == words[i].status);
		CHECK_ROW(label, opinion.asked == 1 && opinion.knew_somebody);
		CHECK_ROW(label, strcmp(opinion.arguments, "{\"a\":1}") == 0);
		CHECK_ROW(label,
			status == 0
				|| strcmp(posting_challenge_scope(&posting), words[i].challenge)
					== 0);
		CHECK_ROW(label,
			fake_server_logged(&posting.server, "operation refused: tools/call create")
				== (status != 0));
		posting_stop(&posting);
	}
}

static const struct {
	const char *label;
	const char *granted;
	const char *body;
	unsigned asked;
} askings[] = {
	{"whoever has the scopes", "read write", POSTING_CALL("create"), 1},
	{"not who lacks the operation's", "read", POSTING_CALL("create"), 0},
	{"not who lacks the route's", "write", POSTING_CALL("create"), 0},
	{"not about another operation", "read write", POSTING_CALL("other"), 0},
	{"not about what is no message", "read write", "[]", 0},
	{"not without a token", NULL, POSTING_CALL("create"), 0},
};

static void is_asked_about_whoever_has_the_scopes(void **state)
{
	(void)state;
	struct posting posting;
	struct opinion opinion = {0};
	posting_start(&posting);
	list(&posting, "create", &opinion);
	posting_list(&posting, "other", NULL);
	posting_protect(&posting, "read", false);
	for (size_t i = 0; i < sizeof askings / sizeof *askings; i++) {
		opinion.asked = 0;
		posting_call(&posting, askings[i].granted, askings[i].body);
		CHECK_ROW(askings[i].label, opinion.asked == askings[i].asked);
	}
	posting_stop(&posting);
}

static void is_not_asked_while_everybody_is_allowed(void **state)
{
	(void)state;
	struct posting posting;
	struct opinion opinion = {.code = MCPAUTH_E_NOT_LISTED};
	posting_start(&posting);
	list(&posting, "create", &opinion);
	posting_protect(&posting, NULL, false);
	mcpauth_chain_insecure_allow_everybody(posting.server.chain);
	assert_int_equal(posting_call(&posting, NULL, POSTING_CALL("create")), 0);
	assert_int_equal(opinion.asked, 0);
	posting_stop(&posting);
}

static const struct {
	const char *label;
	struct opinion first;
	struct opinion second;
	unsigned status;
	const char *challenge;
} pairs[] = {
	{"both agree", {.code = MCPAUTH_OK}, {.code = MCPAUTH_OK}, 0, NULL},
	{"both want a scope", {.scopes = "a"}, {.scopes = "b"}, 403, NEEDS("write a b")},
	{"the first wants one", {.scopes = "a"}, {.code = MCPAUTH_OK}, 403, NEEDS("write a")},
	{"the second wants one", {.scopes = "write"}, {.scopes = "b"}, 403, NEEDS("write b")},
	{"no scope would help", {.scopes = "a"}, {.code = MCPAUTH_E_NOT_LISTED}, 403, "none"},
	{"no scope would help the first", {.code = MCPAUTH_E_NOT_LISTED}, {.scopes = "b"}, 403,
		"none"},
};

static void all_that_speak_of_it_are_heard(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct posting posting;
		struct opinion first = pairs[i].first;
		struct opinion second = pairs[i].second;
		const char *label = pairs[i].label;
		posting_start(&posting);
		list(&posting, "create", &first);
		list(&posting, "cr*", &second);
		posting_protect(&posting, NULL, false);
		unsigned status = posting_call(&posting, "write", POSTING_CALL("create"));
		CHECK_ROW(label, status == pairs[i].status);
		CHECK_ROW(label,
			status == 0
				|| strcmp(posting_challenge_scope(&posting), pairs[i].challenge)
					== 0);
		posting_stop(&posting);
	}
}

static const struct {
	const char *label;
	struct opinion opinion;
	unsigned status;
	const char *challenge;
} strangers[] = {
	{"nothing against it", {.code = MCPAUTH_OK}, 0, NULL},
	{"a scope", {.scopes = "own:7"}, 401, NEEDS("read own:7")},
	{"no scope after all", {.scopes = " "}, 0, NULL},
	{"no, as if there were a token", {.code = MCPAUTH_E_INSUFFICIENT_SCOPE}, 401,
		NEEDS("read")},
	{"somebody must be known", {.code = MCPAUTH_E_NO_CREDENTIALS}, 401, NEEDS("read")},
	{"not for anybody", {.code = MCPAUTH_E_NOT_LISTED}, 403, "none"},
};

static void is_asked_about_nobody_where_nobody_need_be_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		struct posting posting;
		struct opinion opinion = strangers[i].opinion;
		const char *label = strangers[i].label;
		posting_start(&posting);
		list(&posting, "open", &opinion);
		posting_protect(&posting, "read", true);
		unsigned status = posting_call(&posting, NULL, POSTING_CALL("open"));
		CHECK_ROW(label, status == strangers[i].status);
		CHECK_ROW(label, opinion.asked == 1 && !opinion.knew_somebody);
		CHECK_ROW(label,
			status == 0
				|| strcmp(posting_challenge_scope(&posting), strangers[i].challenge)
					== 0);
		posting_stop(&posting);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_with_the_scopes),
		cmocka_unit_test(is_asked_about_whoever_has_the_scopes),
		cmocka_unit_test(is_not_asked_while_everybody_is_allowed),
		cmocka_unit_test(all_that_speak_of_it_are_heard),
		cmocka_unit_test(is_asked_about_nobody_where_nobody_need_be_known),
	};
	return cmocka_run_group_tests_name("operations_check", tests, NULL, NULL);
}
