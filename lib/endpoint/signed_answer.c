/* Holding a signed introspection answer against its issuer, its reader and its time. */
#include "endpoint/signed_answer.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json_place.h"

#include <stdlib.h>
#include <string.h>

static enum mcpauth_code refuse(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INTROSPECTION, "the signed answer: %s", why);
}

bool mcpauth__is_signed_answer(const char *text, size_t length)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	return length > 0 && text[0] != '\0' && strchr(alphabet, text[0]) != NULL;
}

/* RFC 9701 section 5. Without it an ID token or an access token of the same server
 * could be passed off as an answer (section 8.1). */
static bool has_type(const struct mcpauth__jws *jws)
{
	static const char prefix[] = "application/";
	const char *type = jws->type != NULL ? jws->type : "";
	if (mcpauth__ascii_begins_alike(type, prefix, sizeof prefix - 1)) {
		type += sizeof prefix - 1;
	}
	return mcpauth__ascii_are_alike(type, "token-introspection+jwt");
}

static bool is_text(const cJSON *item, const char *wanted)
{
	return cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0;
}

/* RFC 7519 section 4.1.3: a string, or an array of them. */
static bool is_for(const cJSON *payload, const char *client_id)
{
	const cJSON *audience = mcpauth__json_member(payload, "aud");
	if (client_id == NULL || audience == NULL) {
		return false;
	}
	bool found = is_text(audience, client_id);
	for (const cJSON *item = cJSON_IsArray(audience) ? audience->child : NULL; item != NULL;
		item = item->next) {
		found = found || is_text(item, client_id);
	}
	return found;
}

static enum mcpauth_code check_claims(const cJSON *payload,
	const struct mcpauth__signed_answer *answer, struct mcpauth_error *err)
{
	int64_t issued_at;
	const char *issuer = mcpauth__json_string(payload, "iss");
	if (issuer == NULL || strcmp(issuer, answer->issuer) != 0) {
		return refuse(err, "iss is not the issuer");
	}
	if (!is_for(payload, answer->client_id)) {
		return refuse(err,
			answer->client_id != NULL ? "aud is not this client"
						  : "there is no client_id for aud");
	}
	if (!mcpauth__json_seconds(payload, "iat", &issued_at)) {
		return refuse(err, "iat is missing or no time");
	}
	/* An old one may have been true once. */
	if (issued_at < answer->earliest || issued_at > answer->latest) {
		return refuse(err, "iat is not now");
	}
	if (!cJSON_IsObject(mcpauth__json_member(payload, "token_introspection"))) {
		return refuse(err, "token_introspection is missing or no object");
	}
	return MCPAUTH_OK;
}

/* As it stands in the text: a number that is printed again may be another one. Behind it
 * there is nothing but blanks, and a comma or the brace of the object around it. */
static char *copy_inner(const struct mcpauth__jws *jws)
{
	struct mcpauth__json_place place;
	struct mcpauth__json_place next;
	const char *text = jws->payload_text;
	const cJSON *wanted = mcpauth__json_member(jws->payload, "token_introspection");
	mcpauth__json_locate(text, jws->payload, wanted, &place);
	size_t end = jws->payload_length;
	if (mcpauth__json_locate(text, jws->payload, wanted->next, &next)) {
		end = next.name;
	} else {
		do {
			end--;
		} while (text[end] != '}');
	}
	while (text[end - 1] != '}') {
		end--;
	}
	size_t length = end - place.value;
	char *copy = malloc(length + 1);
	if (copy != NULL) {
		memcpy(copy, text + place.value, length);
		copy[length] = '\0';
	}
	return copy;
}

static enum mcpauth_code parse(const struct mcpauth__signed_answer *answer,
	struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	struct mcpauth_error why = {0};
	enum mcpauth_code code = mcpauth__jws_parse(answer->text, answer->length, jws, &why);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		return refuse(err, why.message);
	}
	if (!has_type(jws)) {
		return refuse(err, "typ is not token-introspection+jwt");
	}
	if ((answer->algorithms & MCPAUTH__ALGORITHM_BIT(jws->algorithm)) == 0) {
		return refuse(err, "alg is not accepted from this issuer");
	}
	/* Nothing here is proved yet, so it may refuse, never accept. */
	return check_claims(jws->payload, answer, err);
}

static enum mcpauth_code verify(const struct mcpauth__jws *jws,
	const struct mcpauth__signed_answer *answer, struct mcpauth__waiter *waiter,
	struct mcpauth_error *err)
{
	uint64_t generation;
	struct mcpauth_error why = {0};
	enum mcpauth_code code = mcpauth__key_source_verify(
		answer->keys, jws, waiter, &generation, &why);
	if (code == MCPAUTH_OK || code == MCPAUTH_PENDING) {
		return code;
	}
	return code == MCPAUTH_E_UNKNOWN_KEY || code == MCPAUTH_E_BAD_SIGNATURE
		? refuse(err, why.message)
		: mcpauth__fail(err, code, "%s", why.message);
}

enum mcpauth_code mcpauth__signed_answer_open(const struct mcpauth__signed_answer *answer,
	struct mcpauth__waiter *waiter, char **inner, struct mcpauth_error *err)
{
	struct mcpauth__jws jws;
	*inner = NULL;
	enum mcpauth_code code = parse(answer, &jws, err);
	if (code == MCPAUTH_OK) {
		code = verify(&jws, answer, waiter, err);
	}
	if (code == MCPAUTH_OK) {
		*inner = copy_inner(&jws);
		code = *inner != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__jws_finish(&jws);
	return code;
}
