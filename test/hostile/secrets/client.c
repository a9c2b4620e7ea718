/* An OAuth client under orders, and the person and the platform that vouch for it. */
#include "client.h"

#include "random.h"

#include "base/buf.h"
#include "base/wipe.h"
#include "base/words.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_SIZE 64
#define KEPT_SIZE 16384

static struct {
	struct mcpauth *auth;
	struct mcpauth_client *client;
	struct mark secret;
	struct mark proof;
	struct mark random;
	char server[SERVER_SIZE];
	char issuer[SERVER_SIZE];
	char kept[KEPT_SIZE]; /* of a storage of the program's own */
	size_t kept_length;
	int browser; /* its connection; 0: none */
	int log;
} held;

/** The words of "start". */
struct kind {
	unsigned port;
	char grant[16];
	char authentication[32];
	char storage[64];
	char binding[8];
	char redirect[16];
};

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "client: %s failed\n", what);
		abort();
	}
}

static void say(const char *what, const char *message)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	int length = snprintf(line, sizeof line, "%s: %s\n", what, message);
	need(write(held.log, line, (size_t)length) == length, "the log");
}

static void on_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)level;
	(void)request;
	(void)user;
	say(mcpauth_code_name(code), message);
}

static void on_step(enum mcpauth_client_step step, const char *detail, void *user)
{
	(void)step;
	(void)user;
	say("step", detail);
}

/* The library wipes it. */
static char *give_proof(void)
{
	char text[MARK_SIZE + 1];
	mark_show(&held.proof, text);
	char *copy = mcpauth__strdup(text);
	mcpauth__wipe(text, sizeof text);
	return copy;
}

static char *give_id_token(void *user)
{
	(void)user;
	return give_proof();
}

static char *give_jwt(const char *issuer, void *user)
{
	(void)issuer;
	(void)user;
	return give_proof();
}

/* As a browser does that is sent back; nobody waits for the page. */
static void browse(const char *redirect_uri, const struct mcpauth__buf *target)
{
	unsigned port;
	struct mcpauth__buf request = {0};
	need(sscanf(redirect_uri, "http://127.0.0.1:%u", &port) == 1, "reading the address");
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	mcpauth__buf_puts(&request, "GET ");
	mcpauth__buf_puts(&request, strchr(target->data + strlen("http://"), '/'));
	mcpauth__buf_printf(&request, " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", port);
	held.browser = socket(AF_INET, SOCK_STREAM, 0);
	need(connect(held.browser, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
	need(write(held.browser, request.data, request.length) == (ssize_t)request.length,
		"a redirect");
	mcpauth__buf_wipe(&request);
}

static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	enum mcpauth_code code = MCPAUTH_OK;
	struct mcpauth__buf target = {0};
	const char *redirect_uri = mcpauth_login_redirect_uri(login);
	const char *state = strstr(mcpauth_login_url(login), "state=");
	(void)user;
	need(state != NULL, "finding the state");
	char *proof = give_proof();
	mcpauth__buf_puts(&target, redirect_uri);
	mcpauth__buf_puts(&target, "?");
	mcpauth__buf_append(&target, state, strcspn(state, "&"));
	mcpauth__buf_puts(&target, "&code=");
	mcpauth__buf_puts(&target, proof);
	mcpauth__wipe(proof, strlen(proof));
	free(proof);
	if (strncmp(redirect_uri, "http:", 5) == 0) {
		browse(redirect_uri, &target);
	} else {
		code = mcpauth_login_redirected(login, target.data, err);
	}
	mcpauth__buf_wipe(&target);
	return code;
}

static void know(const char *name, const struct mark *mark)
{
	struct mark *place = strcmp(name, "secret") == 0 ? &held.secret
		: strcmp(name, "proof") == 0             ? &held.proof
							 : &held.random;
	*place = *mark;
}

/* What a program keeps itself is masked, lest it be found. */
static void mask(char *to, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		to[i] = (char)(from[i] ^ 0x55);
	}
}

static bool save_own(const char *key, const char *text, void *user)
{
	(void)key;
	(void)user;
	held.kept_length = text != NULL ? strlen(text) : 0;
	need(held.kept_length <= sizeof held.kept, "room");
	mask(held.kept, text, held.kept_length);
	return true;
}

static bool load_own(const char *key, char **text, void *user)
{
	(void)key;
	(void)user;
	*text = held.kept_length > 0 ? calloc(1, held.kept_length + 1) : NULL;
	if (*text != NULL) {
		mask(*text, held.kept, held.kept_length);
	}
	return true;
}

static struct mcpauth_token_storage *open_storage(const char *path)
{
	struct mcpauth_token_storage *storage;
	struct mcpauth_token_storage_config own = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	own.load = load_own;
	own.save = save_own;
	held.kept_length = 0;
	enum mcpauth_code code = strcmp(path, "memory") == 0
		? mcpauth_token_storage_new_memory(&storage, NULL)
		: strcmp(path, "program") == 0
		? mcpauth_token_storage_new(&own, &storage, NULL)
		: mcpauth_token_storage_new_file(path, &storage, NULL);
	need(code == MCPAUTH_OK, "a storage");
	return storage;
}

/* As a program does that asks a person. */
static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	char secret[MARK_SIZE + 1];
	(void)issuer;
	(void)user;
	mark_show(&held.secret, secret);
	identity->client_id = mcpauth__strdup("server");
	identity->client_secret = mcpauth__strdup(secret);
	mcpauth__wipe(secret, sizeof secret);
	return true;
}

static void choose(struct mcpauth_client_config *config, const struct kind *kind)
{
	static const char *const grants[] = {"code", "credentials", "enterprise", "workload"};
	for (int i = 0; i < 4; i++) {
		if (strcmp(kind->grant, grants[i]) == 0) {
			config->grant = (enum mcpauth_client_grant)i;
		}
	}
	config->server = held.server;
	config->step = on_step;
	config->dpop = strcmp(kind->binding, "dpop") == 0 ? MCPAUTH_DPOP_ALWAYS
							  : MCPAUTH_DPOP_NEVER;
	if (config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE) {
		config->login = log_in;
		config->redirect_uri = strcmp(kind->redirect, "own") == 0
			? "com.example.client:/callback"
			: NULL;
	}
}

/* @param secret  shown for the call */
static void choose_identity(
	struct mcpauth_client_config *config, const struct kind *kind, const char *secret)
{
	if (strcmp(kind->authentication, "registered") == 0) {
		return;
	}
	if (strcmp(kind->authentication, "identified") == 0) {
		config->never_register = true;
		config->identify = identify;
		return;
	}
	config->issuer = held.issuer;
	config->client_id = "server";
	config->authentication = kind->authentication;
	if (strcmp(kind->authentication, "private_key_jwt") == 0) {
		config->private_key = secret;
	} else if (strcmp(kind->authentication, "none") != 0) {
		config->client_secret = secret;
	}
}

static void add_grant(const struct kind *kind, const char *secret, struct report *report)
{
	char endpoint[96];
	struct mcpauth_error err = {0};
	struct mcpauth_enterprise_config config = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/id-jag", kind->port);
	config.token_endpoint = endpoint;
	config.client_id = "server";
	config.client_secret = secret;
	config.id_token = give_id_token;
	if (strcmp(kind->grant, "enterprise") == 0) {
		report->code = mcpauth_client_set_enterprise(held.client, &config, &err);
	} else if (strcmp(kind->grant, "workload") == 0) {
		report->code = mcpauth_client_set_workload(held.client, give_jwt, NULL, &err);
	}
	say("grant", err.message);
}

static void make_client(const struct kind *kind, const char *secret, struct report *report)
{
	struct mcpauth_error err = {0};
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	choose(&config, kind);
	choose_identity(&config, kind, secret);
	config.storage = open_storage(kind->storage);
	report->code = mcpauth_client_new(held.auth, &config, &held.client, &err);
	mcpauth_token_storage_free(config.storage);
	memcpy(report->message, err.message, sizeof report->message);
	if (report->code == MCPAUTH_OK) {
		add_grant(kind, secret, report);
	}
}

static void start(const char *text, struct report *report)
{
	char secret[MARK_SIZE + 1];
	struct kind kind;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	need(sscanf(text, "start %u %15s %31s %63s %7s %15s", &kind.port, kind.grant,
		     kind.authentication, kind.storage, kind.binding, kind.redirect)
			== 6,
		"reading an order");
	config.log = on_line;
	config.insecure_allow_http = true;
	need(mcpauth_new(&config, &held.auth, NULL) == MCPAUTH_OK, "the library");
	snprintf(held.issuer, sizeof held.issuer, "http://127.0.0.1:%u", kind.port);
	snprintf(held.server, sizeof held.server, "http://127.0.0.1:%u/mcp", kind.port);
	mark_show(&held.secret, secret);
	make_client(&kind, secret, report);
	mcpauth__wipe(secret, sizeof secret);
}

static enum mcpauth_code send_request(
	struct mcpauth_client_request *request, unsigned status, struct mcpauth_error *err)
{
	const char *challenge = status == 401
		? "Bearer"
		: "Bearer error=\"insufficient_scope\", scope=\"read more\"";
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	enum mcpauth_code code = mcpauth_client_request_prepare(request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	answer.status = status;
	answer.challenges = &challenge;
	answer.challenge_count = status != 200 ? 1 : 0;
	return mcpauth_client_request_answered(request, &answer, err);
}

static void ask(unsigned status, struct report *report)
{
	unsigned char random[MARK_SIZE + 1];
	struct mcpauth_error err = {0};
	struct mcpauth_client_request *request;
	mark_show(&held.random, (char *)random);
	need(mcpauth_client_request_new(held.client, "POST", NULL, &request, NULL) == MCPAUTH_OK,
		"a request");
	/* The one before is the state. */
	random_set(random, 2);
	report->code = send_request(request, status, &err);
	report->number = random_is_used();
	random_set(NULL, 0);
	mcpauth__wipe(random, sizeof random);
	if (report->code == MCPAUTH_RETRY) {
		report->code = send_request(request, 200, &err);
	}
	mcpauth_client_request_free(request);
	if (held.browser != 0) {
		close(held.browser);
		held.browser = 0;
	}
	say("request", err.message);
	memcpy(report->message, err.message, sizeof report->message);
}

static void end(void)
{
	mcpauth_client_free(held.client);
	mcpauth_free(held.auth);
	held.client = NULL;
	held.auth = NULL;
}

void client_obey(const struct order *order, struct report *report, int log)
{
	const char *text = order->text;
	held.log = log;
	if (strncmp(text, "know ", 5) == 0) {
		know(text + 5, &order->mark);
	} else if (strncmp(text, "start ", 6) == 0) {
		start(text, report);
	} else if (strncmp(text, "request ", 8) == 0) {
		ask((unsigned)atoi(text + 8), report);
	} else if (strcmp(text, "logout") == 0) {
		report->code = mcpauth_client_logout(held.client, NULL);
	} else {
		end();
	}
}
