/* Proving to a token endpoint who this server is. */
#include "token/client.h"

#include "base/error_int.h"
#include "base/form.h"
#include "base/wipe.h"

#include <gnutls/gnutls.h>

#include <string.h>

static bool is_given(const char *text)
{
	return text != NULL && *text != '\0';
}

enum mcpauth_code mcpauth__client_check(
	const struct mcpauth__client *client, struct mcpauth_error *err)
{
	bool wants_secret = true;
	switch (client->authentication) {
	case MCPAUTH_CLIENT_SECRET_BASIC:
	case MCPAUTH_CLIENT_SECRET_POST:
		break;
	case MCPAUTH_CLIENT_SECRET_NONE:
		wants_secret = false;
		break;
	default:
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"there is no such way of client authentication");
	}
	if (!is_given(client->id)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "client_id is needed");
	}
	if (is_given(client->secret) != wants_secret) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			wants_secret ? "client_secret is needed"
				     : "client_secret is given, but would not be used");
	}
	return MCPAUTH_OK;
}

static bool encode_base64(const struct mcpauth__buf *text, struct mcpauth__buf *out)
{
	const gnutls_datum_t data = {(unsigned char *)text->data, (unsigned)text->length};
	gnutls_datum_t encoded = {0};
	if (gnutls_base64_encode2(&data, &encoded) != 0) {
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
static bool make_basic(const struct mcpauth__client *client, char **authorization)
{
	struct mcpauth__buf pair = {0};
	struct mcpauth__buf value = {0};
	bool good = mcpauth__buf_reserve(&pair,
			    MCPAUTH__FORM_ENCODED(strlen(client->id) + strlen(client->secret)) + 1)
		&& mcpauth__form_encode(&pair, client->id) && mcpauth__buf_append(&pair, ":", 1)
		&& mcpauth__form_encode(&pair, client->secret) && encode_base64(&pair, &value);
	mcpauth__buf_wipe(&pair);
	*authorization = good ? mcpauth__buf_take(&value) : NULL;
	mcpauth__buf_wipe(&value);
	return *authorization != NULL;
}

bool mcpauth__client_authenticate(
	const struct mcpauth__client *client, struct mcpauth__buf *form, char **authorization)
{
	*authorization = NULL;
	if (client->authentication == MCPAUTH_CLIENT_SECRET_BASIC) {
		return make_basic(client, authorization);
	}
	return mcpauth__form_add(form, "client_id", client->id)
		&& mcpauth__form_add(form, "client_secret", client->secret);
}
