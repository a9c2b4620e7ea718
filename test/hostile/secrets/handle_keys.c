/* A key of handles in all the shapes in which it may lie about. */
#include "handle_keys.h"

#include "base/hash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#ifdef HAVE_NETTLE
#include <nettle/sha2.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "mcpauth handle 1"
#define PURPOSE "secrets"
#define BLOCK_SIZE 64 /* of SHA-256 */
#define KEPT "handle key, derived"

static void need(bool held, const char *what)
{
	if (!held) {
		fprintf(stderr, "handle keys: %s\n", what);
		abort();
	}
}

#ifdef HAVE_NETTLE
/* What HMAC goes on from once it has read the key: as good as that. */
static void mark_state(struct subject *subject, const char *name, const unsigned char *block)
{
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, BLOCK_SIZE, block);
	subject_mark(subject, name, context.state, sizeof context.state);
}
#else
static void mark_state(struct subject *subject, const char *name, const unsigned char *block)
{
	(void)subject;
	(void)name;
	(void)block;
}
#endif

static void mark_padded(
	struct subject *subject, const char *name, const unsigned char *key, unsigned char pad)
{
	char whole[48];
	unsigned char block[BLOCK_SIZE];
	for (size_t i = 0; i < sizeof block; i++) {
		block[i] = pad ^ (i < MCPAUTH__SHA256_SIZE ? key[i] : 0);
	}
	snprintf(whole, sizeof whole, "%s, %02x", name, pad);
	subject_mark(subject, whole, block, MCPAUTH__SHA256_SIZE);
	snprintf(whole, sizeof whole, "%s, read %02x", name, pad);
	mark_state(subject, whole, block);
}

void handle_keys_mark(struct subject *subject, const char *name, const unsigned char *key)
{
	subject_mark(subject, name, key, MCPAUTH__SHA256_SIZE);
	mark_padded(subject, name, key, 0x36);
	mark_padded(subject, name, key, 0x5c);
}

void handle_keys_use(struct subject *subject, const char *secret)
{
	unsigned char extracted[MCPAUTH__SHA256_SIZE];
	unsigned char derived[MCPAUTH__SHA256_SIZE];
	const struct mcpauth__secret given = {secret, strlen(secret)};
	const gnutls_datum_t datum = {(unsigned char *)secret, (unsigned)given.length};
	const gnutls_datum_t salt = {(unsigned char *)LABEL, sizeof LABEL - 1};
	struct order order = {.what = ORDER_HANDLES, .number = 1, .text = PURPOSE};
	need(gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &datum, &salt, extracted) == 0, "a half");
	need(mcpauth__derive_key(&given, LABEL, PURPOSE, derived), "a key");
	subject_mark(subject, "handle key", secret, given.length);
	handle_keys_mark(subject, "handle key, extracted", extracted);
	handle_keys_mark(subject, KEPT, derived);
	mark_make(&order.mark, "secret", secret, given.length);
	subject_order_mark(subject, &order);
}

bool handle_keys_end(struct subject *subject)
{
	bool is_one_kept = false;
	const struct report *report = subject_order(subject, ORDER_SEARCH, 0, NULL);
	for (size_t i = 0; i < report->count && i < FINDINGS_MAX; i++) {
		const char *name = subject_mark_name(subject, report->places[i].hit.mark);
		fprintf(stderr, "# %s in %s\n", name, report->places[i].where);
		is_one_kept = report->count == 1 && strcmp(name, KEPT) == 0;
	}
	subject_order(subject, ORDER_HANDLES, 0, NULL);
	return is_one_kept;
}
