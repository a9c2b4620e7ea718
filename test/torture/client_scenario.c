/* Scenario: an OAuth client logs in, refreshes, steps up and logs out. */
#include "scenario.h"

#include "support/fake_provider.h"

#include <stdio.h>
#include <string.h>

/* Of all that the provider gives out, in whatever number. */
static const char *const secrets[] = {"at-", "rt-", "code-"};

/** A client, and whom it talks to. */
struct encounter {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct mcpauth_client *client;
};

static void check_silence(struct encounter *it, const struct mcpauth_error *err)
{
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		need(strstr(err->message, secrets[i]) == NULL, "an error with a secret");
		need(!fake_provider_logged(it->fake, secrets[i]), "a line with a secret");
	}
}

static bool may_fail_silently(struct encounter *it, enum mcpauth_code code,
	const struct mcpauth_error *err, const char *what)
{
	char text[160];
	check_silence(it, err);
	snprintf(text, sizeof text, "%s (%.100s)", what, err->message);
	return may_fail(code, text);
}

static bool begin(struct encounter *it)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_client_config wanted = fake_provider_client(it->fake);
	struct mcpauth_error err = {0};
	fake_provider_configure(it->fake, &config);
	if (!may_fail_silently(it, mcpauth_new(&config, &it->auth, &err), &err, "the library")) {
		return false;
	}
	enum mcpauth_code code = mcpauth_client_new(it->auth, &wanted, &it->client, &err);
	need((it->client != NULL) == (code == MCPAUTH_OK), "a client, but no success");
	return may_fail_silently(it, code, &err, "a client");
}

/* Whoever says that all went well has the server's own answer. */
static bool ask(struct encounter *it, const char *what)
{
	struct mcpauth_error err = {0};
	unsigned status;
	enum mcpauth_code code = fake_provider_request(it->fake, it->client, &status, &err);
	need(code != MCPAUTH_OK || status == 200, what);
	return may_fail_silently(it, code, &err, what);
}

static bool log_out(struct encounter *it)
{
	struct mcpauth_error err = {0};
	return may_fail_silently(it, mcpauth_client_logout(it->client, &err), &err, "a logout");
}

/* A token is refreshed, then one is asked for with another scope. */
static bool use(struct encounter *it)
{
	static const struct provider_manners strict = {.needed = "read write"};
	static const struct provider_manners mild = {0};
	fake_provider_set(it->fake, &mild);
	bool good = ask(it, "a login");
	fake_provider_advance(it->fake, 3590);
	good = ask(it, "a refresh") && good;
	fake_provider_set(it->fake, &strict);
	good = ask(it, "a step-up") && good;
	return log_out(it) && good;
}

/* Once logged out, all is as if it were the first time. Of a refresh whose answer got
 * lost the old token is tried once more, which is no good. */
static void use_again(struct encounter *it)
{
	unsigned lost = torture_failed() ? 1 : 0;
	need(log_out(it), "the next logout");
	struct provider_counts before = fake_provider_counts(it->fake);
	need(use(it), "the next requests");
	struct provider_counts after = fake_provider_counts(it->fake);
	need(after.logins > before.logins, "a logout that kept the token");
	need(after.refreshes == before.refreshes + 1, "a token that was not refreshed");
	need(after.revoked == before.revoked + 2, "tokens that were not revoked");
	need(after.stolen <= lost, "a refresh token that was used twice");
}

static void end(struct encounter *it)
{
	mcpauth_client_free(it->client);
	mcpauth_free(it->auth);
	it->client = NULL;
	it->auth = NULL;
}

static bool attempt(unsigned long number)
{
	struct encounter it = {.fake = fake_provider_new()};
	torture_begin(number);
	bool good = begin(&it) && use(&it);
	torture_end();
	if (it.client == NULL) {
		end(&it);
		need(begin(&it), "the next client");
	}
	use_again(&it);
	end(&it);
	fake_provider_free(it.fake);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
