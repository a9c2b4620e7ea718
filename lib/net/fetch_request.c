/* What a fetch sends, and what of its answer counts, for whoever carries it out. */
#include "net/fetch_int.h"

#include <string.h>

const char *mcpauth_fetch_method(const struct mcpauth_fetch *fetch)
{
	return fetch->form != NULL ? "POST" : "GET";
}

const char *mcpauth_fetch_body(const struct mcpauth_fetch *fetch, size_t *length)
{
	*length = fetch->form != NULL ? strlen(fetch->form) : 0;
	return fetch->form;
}

bool mcpauth_fetch_header_at(
	const struct mcpauth_fetch *fetch, size_t index, const char **name, const char **value)
{
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{"Accept", fetch->accept},
		{"Content-Type", fetch->form != NULL ? "application/x-www-form-urlencoded" : NULL},
		{"Authorization", fetch->authorization},
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
	return status / 100 == 2 || (fetch->form != NULL && status / 100 == 4);
}

size_t mcpauth__fetch_limit(const struct mcpauth_fetch *fetch)
{
	return fetch->form != NULL ? MCPAUTH__FORM_ANSWER_LIMIT : MCPAUTH__DOCUMENT_LIMIT;
}

const char *mcpauth__fetch_over_limit(const struct mcpauth_fetch *fetch)
{
	return fetch->form != NULL ? "the answer is over the limit of 128 KiB"
				   : "the answer is over the limit of 1 MiB";
}
