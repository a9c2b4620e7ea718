/* The list of those who may introspect, as the command line gives it. */
#define _POSIX_C_SOURCE 200809L

#include "introspectors.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* A bearer token, without the newline that editors leave. */
static const char *read_token(struct introspector *introspector, const char *path)
{
	gnutls_datum_t file;
	if (gnutls_load_file(path, &file) != 0) {
		return "the file cannot be read";
	}
	size_t length = file.size;
	while (length > 0 && strchr("\r\n", file.data[length - 1]) != NULL) {
		length--;
	}
	bool good = length > 0 && text_is_clean((const char *)file.data, length);
	text_digest(file.data, length, introspector->secret);
	gnutls_memset(file.data, 0, file.size);
	gnutls_free(file.data);
	return good ? NULL : "the file holds no token";
}

static const char *read_proof(struct introspector *introspector, const char *value)
{
	const char *why = NULL;
	switch (introspector->proof) {
	case PROOF_SECRET:
		text_digest(value, strlen(value), introspector->secret);
		break;
	case PROOF_KEY:
		introspector->key = public_key_read(value, &why);
		break;
	case PROOF_BEARER:
		why = read_token(introspector, value);
		break;
	}
	return why;
}

const char *introspectors_add(
	struct introspectors *introspectors, enum introspector_proof proof, const char *text)
{
	const char *colon = strchr(text, ':');
	if (colon == NULL || colon == text || colon[1] == '\0'
		|| !text_is_clean(text, strlen(text))) {
		return "it wants an id, a colon and a value";
	}
	if (introspectors->count == INTROSPECTORS) {
		return "there are too many";
	}
	struct introspector *introspector = &introspectors->list[introspectors->count++];
	introspector->id = must(strndup(text, (size_t)(colon - text)));
	introspector->proof = proof;
	return read_proof(introspector, colon + 1);
}

static bool is_web_url(const char *text)
{
	CURLU *url = must(curl_url());
	char *scheme = NULL;
	char *fragment = NULL;
	bool good = strpbrk(text, " \"<>\\") == NULL
		&& curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK
		&& curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
		&& (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)
		&& curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK;
	curl_free(scheme);
	curl_free(fragment);
	curl_url_cleanup(url);
	return good;
}

const char *introspectors_set_logout_uri(struct introspectors *introspectors, const char *uri)
{
	if (introspectors->count == 0) {
		return "it belongs behind the introspection client whose it is";
	}
	struct introspector *last = &introspectors->list[introspectors->count - 1];
	if (last->logout_uri != NULL) {
		return "an introspection client has one";
	}
	if (!is_web_url(uri)) {
		return "it is no http or https URL without a fragment";
	}
	last->logout_uri = text_copy(uri);
	return NULL;
}

void introspectors_finish(struct introspectors *introspectors)
{
	for (unsigned i = 0; i < introspectors->count; i++) {
		free(introspectors->list[i].id);
		free(introspectors->list[i].logout_uri);
		public_key_free(introspectors->list[i].key);
	}
	introspectors->count = 0;
}

bool introspectors_have(const struct introspectors *introspectors, enum introspector_proof proof)
{
	for (unsigned i = 0; i < introspectors->count; i++) {
		if (introspectors->list[i].proof == proof) {
			return true;
		}
	}
	return false;
}

const struct introspector *introspectors_by_secret(const struct introspectors *introspectors,
	enum introspector_proof proof, const char *id, const char *secret)
{
	uint8_t given[DIGEST_SIZE];
	const struct introspector *found = NULL;
	text_digest(secret, strlen(secret), given);
	for (unsigned i = 0; i < introspectors->count; i++) {
		const struct introspector *one = &introspectors->list[i];
		bool equal = text_digest_equal(given, one->secret);
		if (equal && one->proof == proof && (id == NULL || strcmp(one->id, id) == 0)) {
			found = one;
		}
	}
	return found;
}

const struct introspector *introspectors_by_signature(
	const struct introspectors *introspectors, const char *id, const struct jwt *jwt)
{
	for (unsigned i = 0; i < introspectors->count; i++) {
		const struct introspector *one = &introspectors->list[i];
		if (one->proof == PROOF_KEY && strcmp(one->id, id) == 0
			&& public_key_verifies(one->key, jwt)) {
			return one;
		}
	}
	return NULL;
}
