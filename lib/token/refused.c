/* The refusals that are remembered, and which ones those are. */
#include "token/refused.h"

#include "base/error_int.h"
#include "base/hash.h"
#include "token/verdict.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES 1024
#define MESSAGE_WORDS (MCPAUTH__REFUSED_MESSAGE_SIZE / sizeof(uint64_t))

_Static_assert(MCPAUTH__REFUSED_MESSAGE_SIZE <= MCPAUTH_ERROR_MESSAGE_SIZE, "a message fits");

/* What a record says behind how long that holds. */
enum {
	SINCE = MCPAUTH__VERDICT_WORDS,
	CODE,
	LENGTH, /* of the message */
	HEAD_WORDS,
	MESSAGE = HEAD_WORDS,
	RECORD_WORDS = MESSAGE + MESSAGE_WORDS
};

struct mcpauth__refused *mcpauth__refused_new(void)
{
	struct mcpauth__refused *refused = calloc(1, sizeof *refused);
	if (refused == NULL) {
		return NULL;
	}
	refused->table = mcpauth__digest_table_new(ENTRIES, HEAD_WORDS, MESSAGE_WORDS);
	if (refused->table == NULL) {
		free(refused);
		return NULL;
	}
	return refused;
}

void mcpauth__refused_free(struct mcpauth__refused *refused)
{
	if (refused != NULL) {
		mcpauth__digest_table_free(refused->table);
		free(refused);
	}
}

/* No more of it than there is: most are short. Straight to its place: a word that was just
 * stored in another is waited for. */
static bool read_message(
	const struct mcpauth__digest_stamp *stamp, size_t length, struct mcpauth_error *err)
{
	return mcpauth__digest_table_read_tail(stamp, err->message, length / sizeof(uint64_t) + 1);
}

static enum mcpauth_code find(struct mcpauth__refused *refused,
	const struct mcpauth__digest_key *key, int64_t now, int64_t real, struct mcpauth_error *err)
{
	uint64_t record[HEAD_WORDS];
	struct mcpauth__digest_stamp stamp;
	if (!mcpauth__digest_table_find(refused->table, key, record, &stamp)
		|| !mcpauth__verdict_holds(record, now) || real < (int64_t)record[SINCE]) {
		return MCPAUTH_OK;
	}
	if (err != NULL && !read_message(&stamp, (size_t)record[LENGTH], err)) {
		return MCPAUTH_OK;
	}
	if (err != NULL) {
		err->code = (enum mcpauth_code)record[CODE];
	}
	return (enum mcpauth_code)record[CODE];
}

static void set_mark(
	struct mcpauth__refused *refused, const struct mcpauth__digest_key *key, uint16_t mark)
{
	atomic_store_explicit(
		&refused->marks[mcpauth__refused_place(key)], mark, memory_order_relaxed);
}

enum mcpauth_code mcpauth__refused_find(struct mcpauth__refused *refused,
	const struct mcpauth__digest_key *key, int64_t now, int64_t real, struct mcpauth_error *err)
{
	enum mcpauth_code code = find(refused, key, now, real, err);
	/* Its keys may have come: then it is a good one, looked for among those first. */
	if (code == MCPAUTH_OK && mcpauth__refused_is_likely(refused, key)) {
		set_mark(refused, key, 0);
	}
	return code;
}

/* Newer keys may fit. */
static bool depends_on_keys(enum mcpauth_code code)
{
	return code == MCPAUTH_E_UNKNOWN_KEY || code == MCPAUTH_E_BAD_SIGNATURE;
}

/* Refused for what the token itself says. Not a token that is not
 * valid yet, nor one that the program's own check may think better of. */
static bool is_final(enum mcpauth_code code)
{
	switch (code) {
	case MCPAUTH_E_MALFORMED_TOKEN:
	case MCPAUTH_E_ENCRYPTED_TOKEN:
	case MCPAUTH_E_ALGORITHM:
	case MCPAUTH_E_CRITICAL_HEADER:
	case MCPAUTH_E_TOKEN_TYPE:
	case MCPAUTH_E_UNTRUSTED_ISSUER:
	case MCPAUTH_E_EXPIRED:
	case MCPAUTH_E_INVALID_CLAIM:
	case MCPAUTH_E_AUDIENCE:
	case MCPAUTH_E_BOUND_TOKEN:
		return true;
	default:
		return false;
	}
}

static int64_t end_of(const struct mcpauth__refused_entry *entry)
{
	int64_t renewable = mcpauth__key_source_renewable_at(
		mcpauth__issuer_key_source(entry->issuer), entry->generation);
	return renewable < entry->until ? renewable : entry->until;
}

void mcpauth__refused_put(
	struct mcpauth__refused *refused, const struct mcpauth__refused_entry *entry)
{
	uint64_t former[RECORD_WORDS];
	uint64_t record[RECORD_WORDS] = {[CODE] = (uint64_t)entry->why->code};
	bool by_keys = depends_on_keys(entry->why->code);
	size_t length = strlen(entry->why->message);
	if (length >= MCPAUTH__REFUSED_MESSAGE_SIZE || !(by_keys || is_final(entry->why->code))) {
		return;
	}
	if (by_keys) {
		record[MCPAUTH__VERDICT_GENERATION] = entry->generation;
		record[MCPAUTH__VERDICT_ISSUER] = (uintptr_t)entry->issuer;
	}
	record[MCPAUTH__VERDICT_UNTIL] = (uint64_t)(by_keys ? end_of(entry) : entry->until);
	/* What had expired by a clock that is set back now may be good. */
	record[SINCE] = (uint64_t)(entry->why->code == MCPAUTH_E_EXPIRED ? entry->since
									 : INT64_MIN);
	record[LENGTH] = length;
	memcpy(&record[MESSAGE], entry->why->message, length);
	mcpauth__digest_table_put(refused->table, &entry->key, record, former);
	set_mark(refused, &entry->key, mcpauth__refused_mark(&entry->key));
}

static bool is_of_token(const struct mcpauth__digest_key *key, const uint64_t *record, void *user)
{
	(void)record;
	return memcmp(key->words, user, MCPAUTH__SHA256_SIZE) == 0;
}

size_t mcpauth__refused_forget(struct mcpauth__refused *refused, const unsigned char *digest)
{
	struct mcpauth__digest_removal removal = {.concerns = is_of_token, .user = (void *)digest};
	return mcpauth__digest_table_remove_all(refused->table, &removal);
}
