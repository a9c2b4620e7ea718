/* A program that wants to be a client of an issuer's. */
#include "support/applicant.h"

#include "support/check.h"

void applicant_init(struct applicant *applicant, const char *methods)
{
	static char issuer[] = APPLICANT_ISSUER;
	static char endpoint[] = APPLICANT_ENDPOINT;
	static char source[] = APPLICANT_ISSUER "/.well-known/oauth-authorization-server";
	*applicant = (struct applicant){
		.config = MCPAUTH_CLIENT_CONFIG_INIT,
		.server = {.issuer = issuer, .source = source, .registration_endpoint = endpoint},
		.asker = {.timeout_ms = 10000},
	};
	applicant->config.client_name = "mcpauth client";
	applicant->it = (struct mcpauth__applicant){
		.config = &applicant->config,
		.asker = &applicant->asker,
		.server = &applicant->server,
		.redirect_uri = APPLICANT_REDIRECT,
		.now = APPLICANT_NOW,
	};
	assert_true(methods == NULL
		|| mcpauth__words_split(&applicant->server.authentication_methods, methods));
}

void applicant_finish(struct applicant *applicant)
{
	mcpauth__words_finish(&applicant->server.authentication_methods);
	mcpauth__words_finish(&applicant->server.assertion_algorithms);
}
