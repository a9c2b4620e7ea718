/* What a fetch sends, and what of its answer counts, for whoever carries it out. */
#include "net/fetch_int.h"

#include <string.h>

const char *mcpauth_fetch_method(const struct mcpauth_fetch *fetch)
{
	return fetch->body != NULL ? "POST" : "GET";
}

const char *mcpauth_fetch_body(const struct mcpauth_fetch *fetch, size_t *length)
{
	*length = fetch->body != NULL ? strlen(fetch->body) : 0;
	return fetch->body;
}

bool mcpauth_fetch_header_at(
	const struct mcpauth_fetch *fetch, size_t index, const char **name, const char **value)
{
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{"Accept", fetch->accept},
		{"Content-Type", fetch->content_type},
		{"Authorization", fetch->authorization},
		{"DPoP", fetch->dpop},
	};
	*name = NULL;
	*value = NULL;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		if (headers[i].value != NULL && index-- == 0) {
			*name = headers[i].name;
			*value = headers[i].value;
			return true;
		}
	}
	return false;
}

bool mcpauth__fetch_wants_body(const struct mcpauth_fetch *fetch, unsigned status)
{
	return status / 100 == 2 || (fetch->body != NULL && status / 100 == 4);
}

/* RFC 9449 section 8.1. What is no nonce cannot be put into a proof. */
void mcpauth__fetch_take_nonce(struct mcpauth_fetch *fetch, const char *nonce, size_t length)
{
	bool is_nonce = length > 0 && length < sizeof fetch->nonce;
	for (size_t i = 0; is_nonce && i < length; i++) {
		is_nonce = nonce[i] > 0x20 && nonce[i] < 0x7f && nonce[i] != '"'
			&& nonce[i] != '\\';
	}
	if (is_nonce) {
		memcpy(fetch->nonce, nonce, length);
		fetch->nonce[length] = '\0';
	}
}

const char *mcpauth__fetch_nonce(const struct mcpauth_fetch *fetch)
{
	return *fetch->nonce != '\0' ? fetch->nonce : NULL;
}

size_t mcpauth__fetch_limit(const struct mcpauth_fetch *fetch)
{
	return fetch->body != NULL ? MCPAUTH__FORM_ANSWER_LIMIT : MCPAUTH__DOCUMENT_LIMIT;
}

const char *mcpauth__fetch_over_limit(const struct mcpauth_fetch *fetch)
{
	return fetch->body != NULL ? "the answer is over the limit of 128 KiB"
				   : "the answer is over the limit of 1 MiB";
}
