/* Scenario: a client registers with an issuer, is asked who it is, and proves it. */
#include "scenario.h"

#include "client/registration/registration.h"

#include <stdlib.h>
#include <string.h>

#define REDIRECT "http://127.0.0.1:33418/callback"
#define ANSWER \
	"{\"client_id\":\"new\",\"client_secret\":\"hush\",\"client_secret_expires_at\":0," \
	"\"redirect_uris\":[\"" REDIRECT "\"]}"

/** All that a client needs to be one. */
struct client {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth_client_config config;
	struct mcpauth__authorization_server server;
	struct mcpauth__asker asker;
	struct mcpauth__applicant applicant;
};

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	(void)url;
	(void)user;
	mcpauth_fetch_answer(fetch, 201, ANSWER, strlen(ANSWER));
}

/* Without memory for one of the strings it knows nobody. */
static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	(void)issuer;
	(void)user;
	identity->client_id = mcpauth__strdup("new");
	identity->client_secret = mcpauth__strdup("hush");
	return identity->client_id != NULL && identity->client_secret != NULL;
}

static bool begin(struct client *client)
{
	static char issuer[] = ISSUER;
	static char endpoint[] = ISSUER "/register";
	*client = (struct client){
		.clock = {.now = scenario_clock},
		.config = MCPAUTH_CLIENT_CONFIG_INIT,
		.server = {.issuer = issuer, .registration_endpoint = endpoint},
		.asker = {.timeout_ms = 10000},
	};
	client->config.identify = identify;
	client->log.clock = &client->clock;
	client->applicant = (struct mcpauth__applicant){
		.config = &client->config,
		.asker = &client->asker,
		.server = &client->server,
		.redirect_uri = REDIRECT,
		.now = 1800000000,
	};
	client->asker.worker = mcpauth__worker_new(&(struct mcpauth__worker_config){
		.log = &client->log, .clock = &client->clock, .fetch = answer});
	return client->asker.worker != NULL;
}

/* What is there is whole, and what is not there is no client. */
static bool become(struct client *client, bool registers, bool tortured)
{
	struct mcpauth__registration got = {0};
	struct mcpauth__client_proof *proof = NULL;
	client->config.never_register = !registers;
	enum mcpauth_code code = mcpauth__registration_get(&client->applicant, &got, NULL);
	if (tortured && code == MCPAUTH_E_NOT_REGISTERED) {
		need(torture_failed() && !registers, "nobody knows who the client is");
	} else {
		may_fail(code, "a registration");
	}
	if (code == MCPAUTH_OK) {
		need(mcpauth__registration_is_good(&got, &client->applicant)
				&& strcmp(got.client_id, "new") == 0
				&& strcmp(got.client_secret, "hush") == 0
				&& (got.redirect_uri != NULL) == registers,
			"the registration is not what was answered");
		code = mcpauth__registration_proof(&got, &client->applicant, &proof, NULL);
		may_fail(code, "a proof");
		need((proof != NULL) == (code == MCPAUTH_OK), "a proof");
	}
	mcpauth__client_proof_free(proof);
	mcpauth__registration_finish(&got);
	return code == MCPAUTH_OK;
}

static bool attempt(unsigned long number)
{
	struct client client;
	torture_begin(number);
	bool good = begin(&client);
	need(good || torture_failed(), "a worker");
	if (good) {
		good = become(&client, true, true);
		good = become(&client, false, true) && good;
	}
	torture_end();
	need(client.asker.worker != NULL || begin(&client), "the next worker");
	need(become(&client, true, false), "the next registration");
	need(become(&client, false, false), "the next client that is known");
	mcpauth__worker_free(client.asker.worker);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
