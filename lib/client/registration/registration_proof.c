/* Choosing how the client proves to a token endpoint who it is. */
#include "client/registration/registration_request.h"

#include "base/error_int.h"

#include <string.h>

/* By their names in metadata (RFC 7591 section 2), the ones with a secret in the order in
 * which they are preferred (RFC 6749 section 2.3.1). */
static const struct {
	const char *name;
	enum mcpauth_client_authentication method;
	bool has_secret;
	bool has_key;
} methods[] = {
	{"client_secret_basic", MCPAUTH_CLIENT_SECRET_BASIC, true, false},
	{"client_secret_post", MCPAUTH_CLIENT_SECRET_POST, true, false},
	{"private_key_jwt", MCPAUTH_PRIVATE_KEY_JWT, false, true},
	{"none", MCPAUTH_CLIENT_SECRET_NONE, false, false},
};

#define COUNT (sizeof methods / sizeof *methods)

static size_t find(const char *name)
{
	size_t i = 0;
	while (i < COUNT && strcmp(methods[i].name, name) != 0) {
		i++;
	}
	return i;
}

/* A secret is this issuer's own, a key perhaps the program's for others. */
static size_t choose(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant)
{
	bool has_secret = registration->client_secret != NULL;
	bool has_key = !has_secret && applicant->config->private_key != NULL;
	if (!has_secret && !has_key) {
		return find("none");
	}
	size_t i = 0;
	while (i < COUNT
		&& (methods[i].has_secret != has_secret || methods[i].has_key != has_key
			|| !mcpauth__registration_supports(applicant, methods[i].name))) {
		i++;
	}
	return i;
}

static enum mcpauth_code check_algorithm(
	const struct mcpauth__applicant *applicant, struct mcpauth_error *err)
{
	const struct mcpauth__words *supported = &applicant->server->assertion_algorithms;
	const char *algorithm = applicant->config->key_algorithm;
	if (algorithm == NULL || supported->count == 0
		|| mcpauth__words_contain(supported, algorithm, strlen(algorithm))) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
		"%s does not take client assertions signed with %.20s", applicant->server->issuer,
		algorithm);
}

/* RFC 7523 section 3 allows the token endpoint as the audience, too; the issuer alone is
 * safe where another server could have named that endpoint as its own. */
static enum mcpauth_code prove(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant, size_t chosen,
	struct mcpauth__client_proof **proof, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = applicant->config;
	struct mcpauth__client_identity identity = {
		.authentication = methods[chosen].method,
		.id = registration->client_id,
		.default_audience = applicant->server->issuer,
	};
	if (methods[chosen].has_secret) {
		identity.secret = registration->client_secret;
	}
	if (methods[chosen].has_key) {
		identity.private_key = config->private_key;
		identity.key_id = config->key_id;
		identity.key_algorithm = config->key_algorithm;
		enum mcpauth_code code = check_algorithm(applicant, err);
		if (code != MCPAUTH_OK) {
			return code;
		}
	}
	return mcpauth__client_proof_new(&identity, proof, err);
}

enum mcpauth_code mcpauth__registration_proof(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant, struct mcpauth__client_proof **proof,
	struct mcpauth_error *err)
{
	const char *said = applicant->config->authentication != NULL
		? applicant->config->authentication
		: registration->authentication;
	*proof = NULL;
	size_t chosen = said != NULL ? find(said) : choose(registration, applicant);
	if (chosen == COUNT && said != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"clients do not authenticate with %.40s here", said);
	}
	if (chosen == COUNT) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"%s takes neither the secret nor the key that the client has",
			applicant->server->issuer);
	}
	return prove(registration, applicant, chosen, proof, err);
}
