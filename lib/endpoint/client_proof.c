/* Proving to an authorization server's endpoint who this program is. */
#include "endpoint/client_proof.h"

#include "base/b64token.h"
#include "base/base64url.h"
#include "base/error_int.h"
#include "base/form.h"
#include "base/json.h"
#include "base/wipe.h"
#include "base/words.h"
#include "jose/signer.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_SECONDS 60
#define JTI_SIZE 16

#define METHOD(name) (1u << MCPAUTH_##name)
#define SECRETS (METHOD(CLIENT_SECRET_BASIC) | METHOD(CLIENT_SECRET_POST))
#define KEYS METHOD(PRIVATE_KEY_JWT)
#define BEARERS METHOD(CLIENT_BEARER_TOKEN)
#define NAMED (SECRETS | METHOD(CLIENT_SECRET_NONE) | KEYS)

struct mcpauth__client_proof {
	struct mcpauth__buf form; /* what is the same in each request */
	char *authorization;
	struct mcpauth__signer *signer;
	char *header;               /* of an assertion */
	struct mcpauth__buf claims; /* likewise, those that never change */
};

static enum mcpauth_code invalid(struct mcpauth_error *err, const char *what, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "%s %s", what, why);
}

static const char *given(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static enum mcpauth_code check(
	const struct mcpauth__client_identity *client, struct mcpauth_error *err)
{
	const struct {
		const char *name;
		const char *value;
		unsigned needed; /* by these methods */
		unsigned used;
	} fields[] = {
		{"client_id", client->id, NAMED, NAMED | BEARERS},
		{"client_secret", client->secret, SECRETS, SECRETS},
		{"private_key", client->private_key, KEYS, KEYS},
		{"key_id", client->key_id, 0, KEYS},
		{"key_algorithm", client->key_algorithm, 0, KEYS},
		{"assertion_audience", client->assertion_audience, 0, KEYS},
		{"bearer_token", client->bearer_token, BEARERS, BEARERS},
	};
	if ((unsigned)client->authentication > MCPAUTH_CLIENT_BEARER_TOKEN) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"there is no such way of client authentication");
	}
	unsigned method = 1u << client->authentication;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		bool is_given = given(fields[i].value) != NULL;
		if (!is_given && (fields[i].needed & method) != 0) {
			return invalid(err, fields[i].name, "is needed");
		}
		if (is_given && (fields[i].used & method) == 0) {
			return invalid(err, fields[i].name, "is given, but would not be used");
		}
	}
	return MCPAUTH_OK;
}

/* Nothing is left behind by a buffer that grew: there is room from the beginning. */
static bool append_basic(const struct mcpauth__buf *text, struct mcpauth__buf *out)
{
	const gnutls_datum_t data = {(unsigned char *)text->data, (unsigned)text->length};
	gnutls_datum_t encoded = {0};
	int result = gnutls_base64_encode2(&data, &encoded);
	/* It encodes 48 bytes at a time, on its stack. */
	mcpauth__wipe_stack_of_hash();
	if (result != 0) {
		return false;
	}
	bool good = mcpauth__buf_reserve(out, encoded.size + sizeof "Basic ")
		&& mcpauth__buf_puts(out, "Basic ")
		&& mcpauth__buf_append(out, encoded.data, encoded.size);
	mcpauth__wipe(encoded.data, encoded.size);
	gnutls_free(encoded.data);
	return good;
}

/* Both parts are encoded before they are joined: a colon in the id would end it. */
static bool make_basic(const struct mcpauth__client_identity *client, struct mcpauth__buf *value)
{
	struct mcpauth__buf pair = {0};
	bool good = mcpauth__buf_reserve(&pair,
			    MCPAUTH__FORM_ENCODED(strlen(client->id) + strlen(client->secret)) + 1)
		&& mcpauth__form_encode(&pair, client->id) && mcpauth__buf_append(&pair, ":", 1)
		&& mcpauth__form_encode(&pair, client->secret) && append_basic(&pair, value);
	mcpauth__buf_wipe(&pair);
	return good;
}

/* Anything else could end the header's line. */
static enum mcpauth_code make_bearer(const struct mcpauth__client_identity *client,
	struct mcpauth__buf *value, struct mcpauth_error *err)
{
	if (!mcpauth__is_b64token(client->bearer_token)) {
		return invalid(err, "bearer_token", "is none (RFC 6750 section 2.1)");
	}
	bool good = mcpauth__buf_reserve(value, strlen(client->bearer_token) + sizeof "Bearer ")
		&& mcpauth__buf_puts(value, "Bearer ")
		&& mcpauth__buf_puts(value, client->bearer_token);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

struct member {
	const char *name;
	const char *value; /* NULL: left out */
};

/* An object of strings. */
static char *print_object(const struct member *members, size_t count)
{
	cJSON *json = cJSON_CreateObject();
	bool good = json != NULL;
	for (size_t i = 0; i < count && good; i++) {
		good = members[i].value == NULL
			|| cJSON_AddStringToObject(json, members[i].name, members[i].value) != NULL;
	}
	char *text = good ? mcpauth__json_print(json) : NULL;
	cJSON_Delete(json);
	return text;
}

static bool is_utf8(const char *json)
{
	return mcpauth__json_is_valid(json, strlen(json), 1);
}

/* RFC 7523 section 3: of an assertion what no request changes. */
static enum mcpauth_code make_assertion_texts(struct mcpauth__client_proof *made,
	const struct mcpauth__client_identity *client, struct mcpauth_error *err)
{
	const char *audience = given(client->assertion_audience);
	const struct member header[] = {
		{"alg", mcpauth__signer_algorithm(made->signer)},
		{"typ", "JWT"},
		{"kid", given(client->key_id)},
	};
	const struct member claims[] = {
		{"iss", client->id},
		{"sub", client->id},
		{"aud", audience != NULL ? audience : client->default_audience},
	};
	enum mcpauth_code code = MCPAUTH_OK;
	char *text = print_object(claims, sizeof claims / sizeof *claims);
	made->header = print_object(header, sizeof header / sizeof *header);
	if (text == NULL || made->header == NULL
		|| !mcpauth__buf_append(&made->claims, text, strlen(text) - 1)) {
		code = mcpauth__no_memory(err);
	} else if (!is_utf8(text) || !is_utf8(made->header)) {
		code = invalid(err, "client_id, key_id or assertion_audience", "is not UTF-8");
	}
	free(text);
	return code;
}

static enum mcpauth_code make_signer(struct mcpauth__client_proof *made,
	const struct mcpauth__client_identity *client, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__signer_new(
		client->private_key, given(client->key_algorithm), &made->signer, err);
	return code == MCPAUTH_OK ? make_assertion_texts(made, client, err) : code;
}

static enum mcpauth_code add_to_form(
	struct mcpauth__buf *form, const char *name, const char *value, struct mcpauth_error *err)
{
	return mcpauth__form_add(form, name, value) ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* RFC 6749 section 2.3.1, RFC 7521 section 4.2. */
static enum mcpauth_code make_form(struct mcpauth__buf *form,
	const struct mcpauth__client_identity *client, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (client->authentication != MCPAUTH_CLIENT_SECRET_BASIC
		&& client->authentication != MCPAUTH_CLIENT_BEARER_TOKEN) {
		code = add_to_form(form, "client_id", client->id, err);
	}
	if (code == MCPAUTH_OK && client->authentication == MCPAUTH_CLIENT_SECRET_POST) {
		code = add_to_form(form, "client_secret", client->secret, err);
	}
	if (code == MCPAUTH_OK && client->authentication == MCPAUTH_PRIVATE_KEY_JWT) {
		code = add_to_form(form, "client_assertion_type", ASSERTION_TYPE, err);
	}
	return code;
}

/* What proves it, unless that lies in the form. */
static enum mcpauth_code make_credentials(struct mcpauth__client_proof *made,
	const struct mcpauth__client_identity *client, struct mcpauth_error *err)
{
	struct mcpauth__buf value = {0};
	enum mcpauth_code code = MCPAUTH_OK;
	switch (client->authentication) {
	case MCPAUTH_PRIVATE_KEY_JWT:
		return make_signer(made, client, err);
	case MCPAUTH_CLIENT_SECRET_BASIC:
		code = make_basic(client, &value) ? MCPAUTH_OK : mcpauth__no_memory(err);
		break;
	case MCPAUTH_CLIENT_BEARER_TOKEN:
		code = make_bearer(client, &value, err);
		break;
	default:
		return MCPAUTH_OK;
	}
	if (code == MCPAUTH_OK) {
		made->authorization = mcpauth__buf_take(&value);
	}
	mcpauth__buf_wipe(&value);
	return code;
}

enum mcpauth_code mcpauth__client_proof_new(const struct mcpauth__client_identity *client,
	struct mcpauth__client_proof **proof, struct mcpauth_error *err)
{
	*proof = NULL;
	enum mcpauth_code code = check(client, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__client_proof *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	code = make_credentials(made, client, err);
	if (code == MCPAUTH_OK) {
		code = make_form(&made->form, client, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__client_proof_free(made);
		return code;
	}
	*proof = made;
	return MCPAUTH_OK;
}

void mcpauth__client_proof_free(struct mcpauth__client_proof *proof)
{
	if (proof == NULL) {
		return;
	}
	if (proof->authorization != NULL) {
		mcpauth__wipe(proof->authorization, strlen(proof->authorization));
	}
	free(proof->authorization);
	mcpauth__buf_wipe(&proof->form);
	mcpauth__signer_free(proof->signer);
	free(proof->header);
	mcpauth__buf_finish(&proof->claims);
	free(proof);
}

const char *mcpauth__client_proof_authorization(const struct mcpauth__client_proof *proof)
{
	return proof->authorization;
}

/* RFC 7523 section 3: good for one request, so that who sees it can do nothing with it. */
static enum mcpauth_code make_claims(const struct mcpauth__client_proof *proof, int64_t now,
	struct mcpauth__buf *claims, struct mcpauth_error *err)
{
	unsigned char number[JTI_SIZE];
	char jti[MCPAUTH__BASE64URL_ENCODED(JTI_SIZE) + 1];
	if (gnutls_rnd(GNUTLS_RND_RANDOM, number, sizeof number) < 0) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "randomness is not to be had");
	}
	mcpauth__base64url_encode(number, sizeof number, jti);
	bool good = mcpauth__buf_append(claims, proof->claims.data, proof->claims.length)
		&& mcpauth__buf_printf(claims,
			",\"jti\":\"%s\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}", jti, now,
			now + ASSERTION_SECONDS);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code add_assertion(const struct mcpauth__client_proof *proof, int64_t now,
	struct mcpauth__buf *form, struct mcpauth_error *err)
{
	struct mcpauth__buf claims = {0};
	struct mcpauth__buf assertion = {0};
	enum mcpauth_code code = make_claims(proof, now, &claims, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__signer_sign(
			proof->signer, proof->header, claims.data, &assertion, err);
	}
	if (code == MCPAUTH_OK) {
		code = add_to_form(form, "client_assertion", assertion.data, err);
	}
	mcpauth__buf_finish(&claims);
	mcpauth__buf_wipe(&assertion);
	return code;
}

static bool append_form(struct mcpauth__buf *form, const struct mcpauth__buf *part)
{
	return part->length == 0
		|| (mcpauth__buf_append(form, "&", form->length > 0 ? 1 : 0)
			&& mcpauth__buf_append(form, part->data, part->length));
}

enum mcpauth_code mcpauth__client_proof_add(const struct mcpauth__client_proof *proof, int64_t now,
	struct mcpauth__buf *form, struct mcpauth_error *err)
{
	if (!append_form(form, &proof->form)) {
		return mcpauth__no_memory(err);
	}
	return proof->signer != NULL ? add_assertion(proof, now, form, err) : MCPAUTH_OK;
}
