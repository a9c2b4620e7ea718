/* Issuer, subject and session of a token, compared with those to be forgotten. */
#include "endpoint/owner.h"

#include "base/json.h"

#include <string.h>

struct mcpauth__owner mcpauth__owner_read(
	const cJSON *claims, const struct mcpauth__words *subjects, const char *issuer)
{
	return (struct mcpauth__owner){
		.issuer = mcpauth__json_has(claims, "iss") ? mcpauth__json_string(claims, "iss")
							   : issuer,
		.subject = cJSON_GetStringValue(mcpauth__json_first(claims, subjects)),
		.session = mcpauth__json_string(claims, "sid"),
	};
}

static bool is_said(const char *said, const char *named)
{
	return said != NULL && strcmp(said, named) == 0;
}

bool mcpauth__owner_is(const struct mcpauth__owner *owner, const struct mcpauth__owner *named)
{
	return is_said(owner->issuer, named->issuer)
		&& (named->subject == NULL || is_said(owner->subject, named->subject))
		&& (named->session == NULL || is_said(owner->session, named->session));
}
