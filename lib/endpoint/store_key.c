/* The names that things have in a store: hashes, so that no token or person can be read
 * from them, and of one length, whatever goes in. */
#include "endpoint/store_key.h"

#include "base/buf.h"

#include <stdio.h>

#define DIGEST_TEXT (2 * MCPAUTH__SHA256_SIZE + 1)

static void write_hex(char *text, const unsigned char *digest, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	}
}

/* Each with its NUL: no two lists of strings make the same bytes. */
static bool hash(const char *const *parts, size_t count, unsigned char *digest)
{
	struct mcpauth__buf joined = {0};
	for (size_t i = 0; i < count; i++) {
		mcpauth__buf_puts(&joined, parts[i] != NULL ? parts[i] : "");
		mcpauth__buf_append(&joined, "", 1);
	}
	bool good = !joined.failed && mcpauth__sha256(joined.data, joined.length, digest);
	mcpauth__buf_finish(&joined);
	return good;
}

static bool make_key(
	struct mcpauth__store_key *key, const char *kind, const char *issuer, const char *name)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	char hex[DIGEST_TEXT];
	const char *parts[] = {issuer, name};
	if (!hash(parts, 2, digest)) {
		return false;
	}
	write_hex(hex, digest, sizeof digest);
	snprintf(key->text, sizeof key->text, "mcpauth:%s:%s", kind, hex);
	return true;
}

bool mcpauth__store_section_make(
	struct mcpauth__store_section *section, const struct mcpauth__store_scope *scope)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	const char *parts[] = {scope->issuer, scope->endpoint, scope->client_id,
		scope->signed_answers ? "signed" : ""};
	if (!hash(parts, sizeof parts / sizeof *parts, digest)) {
		return false;
	}
	write_hex(section->text, digest, (sizeof section->text - 1) / 2);
	return true;
}

void mcpauth__store_key_of_answer(struct mcpauth__store_key *key,
	const struct mcpauth__store_section *section, const unsigned char *digest)
{
	char hex[DIGEST_TEXT];
	write_hex(hex, digest, MCPAUTH__SHA256_SIZE);
	snprintf(key->text, sizeof key->text, "mcpauth:introspection:%s:%s", section->text, hex);
}

bool mcpauth__store_key_of_jti(struct mcpauth__store_key *key, const char *issuer, const char *jti)
{
	return make_key(key, "jti", issuer, jti);
}

void mcpauth__store_key_of_forgotten_token(
	struct mcpauth__store_key *key, const unsigned char *digest)
{
	char hex[DIGEST_TEXT];
	write_hex(hex, digest, MCPAUTH__SHA256_SIZE);
	snprintf(key->text, sizeof key->text, "mcpauth:forgotten:token:%s", hex);
}

bool mcpauth__store_key_of_forgotten_subject(
	struct mcpauth__store_key *key, const char *issuer, const char *subject)
{
	return make_key(key, "forgotten:subject", issuer, subject);
}

bool mcpauth__store_key_of_forgotten_session(
	struct mcpauth__store_key *key, const char *issuer, const char *session)
{
	return make_key(key, "forgotten:session", issuer, session);
}
