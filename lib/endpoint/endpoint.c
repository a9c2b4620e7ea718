/* The status of an OAuth endpoint's answer, why it refused, and how long a failure counts. */
#include "endpoint/endpoint.h"

#include "base/error_int.h"
#include "base/json.h"

#include <string.h>

#define ERROR_MAX 40
#define FAILED_MS 1000

/* RFC 6749 section 5.2. The codes are lower-case words. Of anything else that an
 * endpoint may write there nothing is told: it could quote a token. Nor is
 * error_description, for the same reason. */
bool mcpauth__endpoint_is_error(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t length = text != NULL ? strspn(text, plain) : 0;
	return length > 0 && length <= ERROR_MAX && text[length] == '\0';
}

static enum mcpauth_code tell_refusal(const struct mcpauth__response *response,
	enum mcpauth_code refused, struct mcpauth_error *err)
{
	cJSON *json = NULL;
	mcpauth__json_parse_object(response->body, response->length, &json, NULL);
	const char *error = mcpauth__json_string(json, "error");
	bool is_code = mcpauth__endpoint_is_error(error);
	mcpauth__fail(err, refused, "%s%s%s", response->message, is_code ? ": " : "",
		is_code ? error : "");
	mcpauth__json_delete_wiped(json);
	return refused;
}

enum mcpauth_code mcpauth__endpoint_check(const struct mcpauth__response *response,
	enum mcpauth_code refused, struct mcpauth_error *err)
{
	unsigned status = response->status;
	if (response->code != MCPAUTH_OK) {
		return mcpauth__fail(err, response->code, "%s", response->message);
	}
	if (status == 200) {
		return MCPAUTH_OK;
	}
	/* 408 and 429 say "later", as a 5xx does. */
	if (status / 100 == 4 && status != 408 && status != 429) {
		return tell_refusal(response, refused, err);
	}
	return mcpauth__fail(err, MCPAUTH_E_HTTP_STATUS, "%s%s", response->message,
		status / 100 == 3 ? ", and redirects are not followed" : "");
}

int64_t mcpauth__endpoint_failure_ms(enum mcpauth_code code)
{
	switch (code) {
	case MCPAUTH_E_NO_MEMORY:
	case MCPAUTH_E_SYSTEM:
	case MCPAUTH_E_OVERLOADED:
	case MCPAUTH_E_CANCELLED:
		return 0;
	default:
		return FAILED_MS;
	}
}
