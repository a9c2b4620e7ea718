/* Taking a compact JWS apart, refusing whatever could be read in two ways. */
#include "jose/jws.h"

#include "base/base64url.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/wipe.h"

#include <string.h>

#define HEADER_LIMIT ((size_t)8 * 1024)
#define SEGMENTS_LIMIT 5

struct segment {
	const char *text;
	size_t length;
};

static enum mcpauth_code malformed(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail_as(err, MCPAUTH_E_MALFORMED_TOKEN, why);
}

/* How many there are; SEGMENTS_LIMIT + 1 stands for any more. */
static size_t split(const char *token, size_t length, struct segment segments[SEGMENTS_LIMIT])
{
	size_t count = 0;
	const char *end = token + length;
	while (count < SEGMENTS_LIMIT) {
		const char *dot = memchr(token, '.', (size_t)(end - token));
		const char *stop = dot != NULL ? dot : end;
		segments[count++] = (struct segment){token, (size_t)(stop - token)};
		if (dot == NULL) {
			return count;
		}
		token = dot + 1;
	}
	return count + 1;
}

/* Whatever can be told from lengths alone. */
static enum mcpauth_code take_shape(const char *token, size_t length,
	struct segment segments[SEGMENTS_LIMIT], struct mcpauth_error *err)
{
	if (length > MCPAUTH__TOKEN_LIMIT) {
		return malformed(err, "the token is over the limit");
	}
	size_t count = split(token, length, segments);
	if (count == 5) {
		return mcpauth__fail_as(err, MCPAUTH_E_ENCRYPTED_TOKEN,
			"encrypted token; ask the provider for a signed one");
	}
	if (count != 3) {
		return malformed(err, "a signed token has three parts");
	}
	if (segments[0].length > HEADER_LIMIT) {
		return malformed(err, "the header is over the limit");
	}
	for (size_t i = 0; i < count; i++) {
		if (segments[i].length % 4 == 1) {
			return malformed(err, "a part is not base64url");
		}
	}
	return MCPAUTH_OK;
}

/* "{" fills the first character and a third of the second. */
bool mcpauth__jws_is_meant(const char *token, size_t length)
{
	static const char seconds[] = "wxyz0123456789-_+/";
	struct segment segments[SEGMENTS_LIMIT];
	return split(token, length, segments) == 3 && segments[0].length >= 2
		&& segments[0].text[0] == 'e'
		&& memchr(seconds, segments[0].text[1], sizeof seconds - 1) != NULL;
}

enum mcpauth_code mcpauth__jws_check_shape(
	const char *token, size_t length, struct mcpauth_error *err)
{
	struct segment segments[SEGMENTS_LIMIT];
	return take_shape(token, length, segments, err);
}

static bool decode(const struct segment *segment, unsigned char *out)
{
	return mcpauth__base64url_decode(segment->text, segment->length, out);
}

/* What the token is to be believed by lies together: the signature and behind it
 * the header's text. */
static enum mcpauth_code decode_all(const struct segment *segments, struct mcpauth__jws *jws,
	struct mcpauth__json_text *header, struct mcpauth_error *err)
{
	size_t header_length = MCPAUTH__BASE64URL_DECODED(segments[0].length);
	size_t payload_length = MCPAUTH__BASE64URL_DECODED(segments[1].length);
	size_t signature_length = MCPAUTH__BASE64URL_DECODED(segments[2].length);
	size_t secret_size = signature_length + header_length;
	size_t room = secret_size + MCPAUTH__JSON_ROOM(header_length)
		+ MCPAUTH__JWS_ROOM(payload_length);
	char *payload = NULL;
	if (mcpauth__arena_reserve(&jws->arena, room)) {
		payload = mcpauth__arena_take_text(&jws->arena, payload_length + 1 + secret_size);
	}
	if (payload == NULL) {
		return mcpauth__no_memory(err);
	}
	jws->secret = (unsigned char *)payload + payload_length + 1;
	jws->secret_size = secret_size;
	if (!decode(&segments[0], jws->secret + signature_length)
		|| !decode(&segments[1], (unsigned char *)payload)
		|| !decode(&segments[2], jws->secret)) {
		return malformed(err, "a part is not base64url");
	}
	payload[payload_length] = '\0';
	header->text = (const char *)jws->secret + signature_length;
	header->length = header_length;
	jws->payload_text = payload;
	jws->payload_length = payload_length;
	jws->content.signature = jws->secret;
	jws->content.signature_length = signature_length;
	jws->content.data = (const unsigned char *)segments[0].text;
	jws->content.length = segments[0].length + 1 + segments[1].length;
	return MCPAUTH_OK;
}

static enum mcpauth_code parse_header(const struct mcpauth__json_text *header,
	struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__json_read(&jws->arena, header, &jws->header, err);
	return code == MCPAUTH_E_INVALID_JSON
		? malformed(err, "the header is not a strict JSON object")
		: code;
}

enum mcpauth_code mcpauth__jws_read_payload(struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	struct mcpauth__json_text payload = {jws->payload_text, jws->payload_length, true};
	return mcpauth__json_read(&jws->arena, &payload, &jws->payload, err);
}

static enum mcpauth_code parse_payload(struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__jws_read_payload(jws, err);
	return code == MCPAUTH_E_INVALID_JSON
		? malformed(err, "the payload is not a strict JSON object")
		: code;
}

/* A member that must be a string if it is there at all. */
static bool take_string(const cJSON *object, const char *name, const char **text)
{
	*text = mcpauth__json_string(object, name);
	return *text != NULL || !mcpauth__json_has(object, name);
}

enum mcpauth_code mcpauth__jws_check_critical(
	const struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	/* RFC 7515 section 4.1.11: extensions that must be understood, and none
	 * is. RFC 7797 `b64` would change what was signed. */
	if (mcpauth__json_has(jws->header, "crit") || mcpauth__json_has(jws->header, "b64")) {
		return mcpauth__fail(err, MCPAUTH_E_CRITICAL_HEADER, "the header has crit or b64");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__jws_read_algorithm(struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	const char *name = mcpauth__json_string(jws->header, "alg");
	jws->algorithm = name != NULL ? mcpauth__algorithm_of(name) : MCPAUTH__ALGORITHM_UNKNOWN;
	if (jws->algorithm == MCPAUTH__ALGORITHM_UNKNOWN) {
		return mcpauth__fail(
			err, MCPAUTH_E_ALGORITHM, "alg is missing or not one that is supported");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__jws_open(
	const char *token, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	struct segment segments[SEGMENTS_LIMIT];
	struct mcpauth__json_text header = {0};
	*jws = (struct mcpauth__jws){0};
	enum mcpauth_code code = take_shape(token, length, segments, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = decode_all(segments, jws, &header, err);
	return code == MCPAUTH_OK ? parse_header(&header, jws, err) : code;
}

enum mcpauth_code mcpauth__jws_read_rest(struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	if (!take_string(jws->header, "kid", &jws->kid)
		|| !take_string(jws->header, "typ", &jws->type)) {
		return malformed(err, "kid or typ is not a string");
	}
	if (jws->content.signature_length == 0) {
		return malformed(err, "the token is not signed");
	}
	return parse_payload(jws, err);
}

enum mcpauth_code mcpauth__jws_parse(
	const char *token, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__jws_open(token, length, jws, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__jws_check_critical(jws, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__jws_read_algorithm(jws, err);
	}
	return code == MCPAUTH_OK ? mcpauth__jws_read_rest(jws, err) : code;
}

enum mcpauth_code mcpauth__jws_from_claims(
	const char *claims, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	*jws = (struct mcpauth__jws){0};
	if (mcpauth__arena_reserve(&jws->arena, MCPAUTH__JWS_ROOM(length))) {
		jws->payload_text = mcpauth__arena_copy(&jws->arena, claims, length);
	}
	if (jws->payload_text == NULL) {
		return mcpauth__no_memory(err);
	}
	jws->payload_length = length;
	return mcpauth__jws_read_payload(jws, err);
}

static void wipe_secret(struct mcpauth__jws *jws)
{
	if (jws->secret != NULL) {
		mcpauth__wipe(jws->secret, jws->secret_size);
	}
}

struct mcpauth__arena mcpauth__jws_hand_over(struct mcpauth__jws *jws)
{
	struct mcpauth__arena arena = jws->arena;
	wipe_secret(jws);
	*jws = (struct mcpauth__jws){0};
	return arena;
}

void mcpauth__jws_finish(struct mcpauth__jws *jws)
{
	wipe_secret(jws);
	mcpauth__arena_finish(&jws->arena);
	*jws = (struct mcpauth__jws){0};
}
