/* Logout tokens, signed with the test keys. */
#include "support/logout_tokens.h"

#include "support/test_key.h"

#include <stdio.h>

static const char *with_default(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

char *logout_token_sign(const struct logout_token *token)
{
	char payload[1024];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"%s\",\"aud\":\"%s\",\"iat\":%lld,\"jti\":\"%s\"%s}", token->issuer,
		with_default(token->audience, LOGOUT_CLIENT), (long long)token->issued_at,
		with_default(token->id, "j"),
		with_default(token->claims, ",\"sub\":\"alice\"," LOGOUT_EVENTS));
	return test_key_sign(test_key("ES256", token->number),
		with_default(
			token->header, "{\"alg\":\"ES256\",\"kid\":\"k0\",\"typ\":\"logout+jwt\"}"),
		payload);
}
