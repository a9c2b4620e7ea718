/* The command line: reading it, checking it, explaining it. */
#define _GNU_SOURCE

#include "settings.h"
#include "log.h"
#include "terms.h"
#include "text.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SCOPES \
	"user read:notes create:todos read:todos delete:todos" \
	" openid offline_access"

static const char help[] =
	"Usage: %s [OPTION]...\n"
	"An OAuth 2.1 authorization server to try MCP programs with. It keeps all in\n"
	"memory and knows its users from this command line: not for production.\n"
	"\n"
	"  --port N                      listen on 127.0.0.1:N; 0, the default: a free port\n"
	"  --issuer URL                  issuer identifier; default http://127.0.0.1:PORT\n"
	"  --scope SCOPE                 a scope it knows, repeatable; others are refused\n"
	"                                then. Default: any is granted, and these shown:\n"
	"                                " DEFAULT_SCOPES "\n"
	"  --user NAME:PASSWORD          a user, repeatable; default demo_user:demo_password\n"
	"  --user-scope NAME:SCOPE       keep SCOPE for this user, repeatable; from what\n"
	"                                others ask for it is left out\n"
	"  --introspection-client ID:SECRET\n"
	"                                who may introspect besides registered\n"
	"                                confidential clients, repeatable\n"
	"  --introspection-client-key ID:FILE\n"
	"                                the same by private_key_jwt; the file holds a\n"
	"                                public key as PEM or JWK\n"
	"  --introspection-bearer ID:FILE\n"
	"                                the same by the bearer token in the file\n"
	"  --backchannel-logout-uri URL  where logout tokens for the introspection client\n"
	"                                before it are posted to\n"
	"  --auto-approve                no pages: everyone is the first user and agrees\n"
	"  --no-client-documents         fetch no client metadata documents: clients that\n"
	"                                have one register instead\n"
	"  --algorithm ALG               RS256 (default), PS256, ES256 or EdDSA\n"
	"  --access-token-lifetime SECONDS  1 to 86400; default 3600\n"
	"  --opaque                      access tokens are random text, not JWTs\n"
	"  --threads N                   1 to 64; default 4\n"
	"  --log-level LEVEL             error, warning, info (default) or debug\n"
	"  --help                        this text\n";

enum option_code {
	PORT = 256,
	ISSUER,
	SCOPE,
	USER,
	USER_SCOPE,
	INTROSPECTION_CLIENT,
	INTROSPECTION_CLIENT_KEY,
	INTROSPECTION_BEARER,
	BACKCHANNEL_LOGOUT_URI,
	AUTO_APPROVE,
	NO_CLIENT_DOCUMENTS,
	ALGORITHM,
	LIFETIME,
	OPAQUE,
	THREADS,
	LOG_LEVEL,
	HELP,
};

static const struct option options[] = {
	{"port", required_argument, NULL, PORT},
	{"issuer", required_argument, NULL, ISSUER},
	{"scope", required_argument, NULL, SCOPE},
	{"user", required_argument, NULL, USER},
	{"user-scope", required_argument, NULL, USER_SCOPE},
	{"introspection-client", required_argument, NULL, INTROSPECTION_CLIENT},
	{"introspection-client-key", required_argument, NULL, INTROSPECTION_CLIENT_KEY},
	{"introspection-bearer", required_argument, NULL, INTROSPECTION_BEARER},
	{"backchannel-logout-uri", required_argument, NULL, BACKCHANNEL_LOGOUT_URI},
	{"auto-approve", no_argument, NULL, AUTO_APPROVE},
	{"no-client-documents", no_argument, NULL, NO_CLIENT_DOCUMENTS},
	{"algorithm", required_argument, NULL, ALGORITHM},
	{"access-token-lifetime", required_argument, NULL, LIFETIME},
	{"opaque", no_argument, NULL, OPAQUE},
	{"threads", required_argument, NULL, THREADS},
	{"log-level", required_argument, NULL, LOG_LEVEL},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

static _Noreturn void refuse(const char *option, const char *value)
{
	fprintf(stderr, "authorization-server: --%s does not take '%s'; see --help\n", option,
		value);
	exit(2);
}

static long number(const char *option, const char *text, long least, long most)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most) {
		refuse(option, text);
	}
	return value;
}

static void add_pair(struct pairs *pairs, const char *option, const char *text)
{
	const char *colon = strchr(text, ':');
	if (colon == NULL || colon == text || colon[1] == '\0' || !text_is_clean(text, strlen(text))
		|| pairs->count == SETTINGS_PAIRS) {
		/* Not what was given: it may be a password. */
		fprintf(stderr,
			"authorization-server: --%s wants NAME:VALUE, at most %d; see --help\n",
			option, SETTINGS_PAIRS);
		exit(2);
	}
	struct pair *pair = &pairs->list[pairs->count++];
	pair->name = must(strndup(text, (size_t)(colon - text)));
	pair->secret = text_copy(colon + 1);
}

/* Out of what ps shows. */
static void hide_secret(char *argument)
{
	char *secret = strchr(argument, ':') + 1;
	memset(secret, '*', strlen(secret));
}

/* @param why  NULL if nothing is wrong. Without what was given: it may be a secret */
static void check(const char *option, const char *why)
{
	if (why != NULL) {
		fprintf(stderr, "authorization-server: --%s: %s; see --help\n", option, why);
		exit(2);
	}
}

static void add_scope(struct settings *settings, const char *text)
{
	char *joined;
	if (asprintf(&joined, "%s %s", settings->only_these_scopes ? settings->scopes : "", text)
		< 0) {
		must(NULL);
	}
	free(settings->scopes);
	settings->scopes = scope_normalise(joined);
	settings->only_these_scopes = true;
	free(joined);
	if (settings->scopes == NULL) {
		refuse("scope", text);
	}
}

/* RFC 8414 section 2: no query, no fragment; and nothing this server cannot serve. */
static const char *checked_issuer(const char *text)
{
	static const CURLUPart none[] = {
		CURLUPART_QUERY,
		CURLUPART_FRAGMENT,
		CURLUPART_USER,
		CURLUPART_PASSWORD,
	};
	CURLU *url = must(curl_url());
	char *scheme = NULL;
	bool good = strpbrk(text, "?# \"<>\\%") == NULL
		&& curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK
		&& curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
		&& (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		char *part = NULL;
		if (curl_url_get(url, none[i], &part, 0) == CURLUE_OK) {
			good = false;
		}
		curl_free(part);
	}
	curl_free(scheme);
	curl_url_cleanup(url);
	if (!good) {
		refuse("issuer", text);
	}
	return text;
}

static enum algorithm algorithm_named(const char *text)
{
	static const char *const names[] = {
		[RS256] = "RS256",
		[PS256] = "PS256",
		[ES256] = "ES256",
		[EDDSA] = "EdDSA",
	};
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], text) == 0) {
			return (enum algorithm)i;
		}
	}
	refuse("algorithm", text);
}

static void apply_introspector(struct settings *settings, int code, char *value)
{
	struct introspectors *introspectors = &settings->introspectors;
	if (code == INTROSPECTION_CLIENT) {
		check("introspection-client",
			introspectors_add(introspectors, PROOF_SECRET, value));
		hide_secret(value);
	} else if (code == INTROSPECTION_CLIENT_KEY) {
		check("introspection-client-key",
			introspectors_add(introspectors, PROOF_KEY, value));
	} else if (code == INTROSPECTION_BEARER) {
		check("introspection-bearer",
			introspectors_add(introspectors, PROOF_BEARER, value));
	} else {
		check("backchannel-logout-uri", introspectors_set_logout_uri(introspectors, value));
	}
}

static void apply(struct settings *settings, int code, const char *value)
{
	switch (code) {
	case PORT:
		settings->port = (uint16_t)number("port", value, 0, 65535);
		break;
	case ISSUER:
		settings->issuer = checked_issuer(value);
		break;
	case SCOPE:
		add_scope(settings, value);
		break;
	case USER:
		add_pair(&settings->users, "user", value);
		hide_secret(optarg);
		break;
	case USER_SCOPE:
		add_pair(&settings->user_scopes, "user-scope", value);
		break;
	case INTROSPECTION_CLIENT:
	case INTROSPECTION_CLIENT_KEY:
	case INTROSPECTION_BEARER:
	case BACKCHANNEL_LOGOUT_URI:
		apply_introspector(settings, code, optarg);
		break;
	case AUTO_APPROVE:
		settings->auto_approve = true;
		break;
	case NO_CLIENT_DOCUMENTS:
		settings->no_client_documents = true;
		break;
	case ALGORITHM:
		settings->algorithm = algorithm_named(value);
		break;
	case LIFETIME:
		settings->access_token_lifetime = number("access-token-lifetime", value, 1, 86400);
		break;
	case OPAQUE:
		settings->opaque = true;
		break;
	case THREADS:
		settings->threads = (unsigned)number("threads", value, 1, 64);
		break;
	case LOG_LEVEL:
		if (!log_set_level(value)) {
			refuse("log-level", value);
		}
		break;
	case HELP:
		printf(help, program_invocation_short_name);
		exit(0);
	default:
		exit(2);
	}
}

static bool has_name(const struct pairs *pairs, const char *name)
{
	for (unsigned i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->list[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* After all is read: users may be named later than their scopes. */
static void check_user_scopes(const struct settings *settings)
{
	for (unsigned i = 0; i < settings->user_scopes.count; i++) {
		const struct pair *pair = &settings->user_scopes.list[i];
		char *scope = scope_normalise(pair->secret);
		if (scope == NULL || strchr(scope, ' ') != NULL
			|| strcmp(scope, pair->secret) != 0) {
			refuse("user-scope", pair->secret);
		}
		free(scope);
		if (!has_name(&settings->users, pair->name)) {
			refuse("user-scope", pair->name);
		}
	}
}

void settings_read(struct settings *settings, int argc, char **argv)
{
	*settings = (struct settings){
		.threads = 4,
		.scopes = text_copy(DEFAULT_SCOPES),
		.access_token_lifetime = 3600,
	};
	int code;
	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		apply(settings, code, optarg);
	}
	if (optind < argc) {
		fprintf(stderr, "authorization-server: what is '%s'? See --help\n", argv[optind]);
		exit(2);
	}
	if (settings->users.count == 0) {
		add_pair(&settings->users, "user", "demo_user:demo_password");
	}
	check_user_scopes(settings);
}

static void pairs_finish(struct pairs *pairs)
{
	for (unsigned i = 0; i < pairs->count; i++) {
		free(pairs->list[i].name);
		free(pairs->list[i].secret);
	}
}

void settings_finish(struct settings *settings)
{
	pairs_finish(&settings->users);
	pairs_finish(&settings->user_scopes);
	introspectors_finish(&settings->introspectors);
	free(settings->scopes);
}

static bool may_have(const struct settings *settings, const char *user, const char *scope)
{
	bool kept = false;
	for (unsigned i = 0; i < settings->user_scopes.count; i++) {
		const struct pair *pair = &settings->user_scopes.list[i];
		if (strcmp(pair->secret, scope) != 0) {
			continue;
		}
		if (user != NULL && strcmp(pair->name, user) == 0) {
			return true;
		}
		kept = true;
	}
	return !kept;
}

char *settings_scopes_for(const struct settings *settings, const char *user, const char *scopes)
{
	char *left = must(calloc(strlen(scopes) + 1, 1));
	char *end = left;
	while (*scopes != '\0') {
		char *scope = scope_first(scopes);
		scopes += strlen(scope);
		scopes += *scopes == ' ';
		if (may_have(settings, user, scope)) {
			end = stpcpy(stpcpy(end, end == left ? "" : " "), scope);
		}
		free(scope);
	}
	return left;
}

bool settings_pair_matches(const struct pairs *pairs, const char *name, const char *secret)
{
	uint8_t given[DIGEST_SIZE];
	uint8_t right[DIGEST_SIZE];
	bool found = false;
	text_digest(secret, strlen(secret), given);
	for (unsigned i = 0; i < pairs->count; i++) {
		const struct pair *pair = &pairs->list[i];
		text_digest(pair->secret, strlen(pair->secret), right);
		bool equal = text_digest_equal(given, right);
		found |= equal && strcmp(pair->name, name) == 0;
	}
	return found;
}
