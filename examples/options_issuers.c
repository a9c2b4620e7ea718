/* Issuers on the command line, and how they are asked about tokens. */
#define _GNU_SOURCE

#include "options_issuers.h"

#include <string.h>

enum {
	KEY_ISSUER = 0x180,
	KEY_JWKS,
	KEY_INTROSPECTION,
	KEY_CLIENT_ID,
	KEY_CLIENT_SECRET_FILE,
	KEY_CLIENT_SECRET_POST,
	KEY_PRIVATE_KEY_FILE,
	KEY_KEY_ID,
	KEY_ACCEPT_ACTIVE,
	KEY_INTROSPECT_JWTS,
	KEY_REQUIRE_SIGNED
};

static const struct argp_option table[] = {
	{"issuer", KEY_ISSUER, "URL", 0,
		"Accept this authorization server's tokens; "
		"may be repeated",
		1},
	{"jwks", KEY_JWKS, "URL", 0,
		"The keys of the --issuer before it are here: "
		"nothing is discovered",
		1},
	{NULL, 0, NULL, 0, "Asking the --issuer before them, else the first, about tokens:", 2},
	{"introspection", KEY_INTROSPECTION, "URL", 0,
		"Its introspection endpoint; default: what its metadata names", 2},
	{"client-id", KEY_CLIENT_ID, "ID", 0, "What this server is called there", 2},
	{"client-secret-file", KEY_CLIENT_SECRET_FILE, "FILE", 0, "Holds the secret that proves it",
		2},
	{"client-secret-post", KEY_CLIENT_SECRET_POST, NULL, 0,
		"Send it in the form (client_secret_post) instead of HTTP Basic", 2},
	{"private-key-file", KEY_PRIVATE_KEY_FILE, "FILE", 0,
		"Holds a private key that proves it instead (PEM, PKCS #8): private_key_jwt", 2},
	{"key-id", KEY_KEY_ID, "ID", 0, "That key's `kid` there", 2},
	{"accept-active-as-audience", KEY_ACCEPT_ACTIVE, NULL, 0,
		"A token of which it does not say for whom it is, is for this server", 2},
	{"introspect-jwts", KEY_INTROSPECT_JWTS, NULL, 0,
		"Ask about JWTs too, instead of checking their signatures", 2},
	{"require-signed-answers", KEY_REQUIRE_SIGNED, NULL, 0,
		"Believe only answers that it signed (RFC 9701)", 2},
	{0},
};

static void append_issuer(
	struct argp_state *state, struct example_options *options, const char *value)
{
	options_refuse_empty(state, value);
	options_refuse_more(state, options->issuer_count);
	options->issuers[options->issuer_count++].url = value;
}

/* The one before the option; what comes before any is about the first. */
static struct options_issuer *current_issuer(struct example_options *options)
{
	size_t count = options->issuer_count;
	return &options->issuers[count > 0 ? count - 1 : 0];
}

/* Where a text about an issuer goes; NULL for other options. */
static const char **issuer_text(struct options_issuer *issuer, int key)
{
	switch (key) {
	case KEY_JWKS:
		return &issuer->jwks;
	case KEY_INTROSPECTION:
		return &issuer->introspection.endpoint;
	case KEY_CLIENT_ID:
		return &issuer->introspection.client_id;
	case KEY_CLIENT_SECRET_FILE:
		return &issuer->introspection.client_secret_file;
	case KEY_PRIVATE_KEY_FILE:
		return &issuer->introspection.private_key_file;
	case KEY_KEY_ID:
		return &issuer->introspection.key_id;
	default:
		return NULL;
	}
}

bool options_introspect(const struct options_issuer *issuer)
{
	return issuer->introspection.client_secret_file != NULL
		|| issuer->introspection.private_key_file != NULL;
}

const char *options_client_id(const struct example_options *options)
{
	for (size_t i = 0; i < options->issuer_count; i++) {
		if (options->issuers[i].introspection.client_id != NULL) {
			return options->issuers[i].introspection.client_id;
		}
	}
	return NULL;
}

static bool says_how_to_introspect(const struct options_issuer *issuer)
{
	const struct options_introspection *how = &issuer->introspection;
	return options_introspect(issuer) || how->endpoint != NULL || how->client_secret_post
		|| how->key_id != NULL || how->accept_active_as_audience || how->introspect_jwts
		|| how->require_signed_answers;
}

static void check_introspection(struct argp_state *state, const struct options_issuer *issuer)
{
	const struct options_introspection *how = &issuer->introspection;
	if (how->client_secret_file != NULL && how->private_key_file != NULL) {
		argp_error(state,
			"--client-secret-file or --private-key-file, but not both for one "
			"--issuer");
	}
	if (how->client_secret_post && how->client_secret_file == NULL) {
		argp_error(state, "--client-secret-post is for --client-secret-file");
	}
	if (how->key_id != NULL && how->private_key_file == NULL) {
		argp_error(state, "--key-id is for --private-key-file");
	}
	if (says_how_to_introspect(issuer)
		&& (how->client_id == NULL || !options_introspect(issuer))) {
		argp_error(state,
			"who asks? Introspection needs --client-id, and --client-secret-file or "
			"--private-key-file");
	}
}

/* Logout tokens of all issuers are for the same `aud`. */
static void check_client_ids(struct argp_state *state, const struct example_options *options)
{
	const char *id = options_client_id(options);
	if (options->logout_path != NULL && id == NULL) {
		argp_error(state, "--logout-path needs the --client-id that is logged out from");
		return;
	}
	for (size_t i = 0; i < options->issuer_count; i++) {
		const struct options_issuer *issuer = &options->issuers[i];
		const char *other = issuer->introspection.client_id;
		if (options->logout_path != NULL && other != NULL && strcmp(other, id) != 0) {
			argp_error(state, "with --logout-path all issuers know one --client-id");
		}
		if (options->logout_path == NULL && other != NULL && !options_introspect(issuer)) {
			argp_error(state,
				"--client-id is for --client-secret-file, --private-key-file or "
				"--logout-path");
		}
	}
}

/* Issuers, and what is said of those who come after it. */
bool options_name_issuers(const struct example_options *options)
{
	const struct options_issuer *first = &options->issuers[0];
	return options->issuer_count > 0 || first->introspection.client_id != NULL
		|| says_how_to_introspect(first);
}

static void check(struct argp_state *state, const struct example_options *options)
{
	bool introspects = false;
	if (options->config != NULL) {
		return; /* then all of this is one mistake */
	}
	if (options->issuer_count == 0 && options_name_issuers(options)) {
		argp_error(state, "introspection is of the tokens of an --issuer");
	}
	for (size_t i = 0; i < options->issuer_count; i++) {
		check_introspection(state, &options->issuers[i]);
		introspects |= options_introspect(&options->issuers[i]);
	}
	if (options->token_cache != 0 && !introspects) {
		argp_error(state, "--token-cache is for --introspection");
	}
	check_client_ids(state, options);
}

static void take_text(struct argp_state *state, const char **place, const char *value)
{
	options_refuse_empty(state, value);
	if (*place != NULL) {
		argp_error(state, "\"%s\" is one too many for one --issuer", value);
	}
	*place = value;
}

static error_t take(int key, char *value, struct argp_state *state)
{
	struct example_options *options = state->input;
	struct options_issuer *issuer = current_issuer(options);
	const char **place = issuer_text(issuer, key);
	if (key == KEY_JWKS && options->issuer_count == 0) {
		argp_error(state, "--jwks comes after the --issuer whose keys they are");
	}
	if (place != NULL) {
		take_text(state, place, value);
		return 0;
	}
	switch (key) {
	case KEY_ISSUER:
		append_issuer(state, options, value);
		return 0;
	case KEY_CLIENT_SECRET_POST:
		issuer->introspection.client_secret_post = true;
		return 0;
	case KEY_ACCEPT_ACTIVE:
		issuer->introspection.accept_active_as_audience = true;
		return 0;
	case KEY_INTROSPECT_JWTS:
		issuer->introspection.introspect_jwts = true;
		return 0;
	case KEY_REQUIRE_SIGNED:
		issuer->introspection.require_signed_answers = true;
		return 0;
	case ARGP_KEY_END:
		check(state, options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp options_issuers = {.options = table, .parser = take};
