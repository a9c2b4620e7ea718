/* Tokens that were refused a moment ago, so that showing one again and again costs little. */
#ifndef MCPAUTH_TOKEN_REFUSED_H
#define MCPAUTH_TOKEN_REFUSED_H

#include "token/digest_table.h"
#include "token/issuer_int.h"

#include <mcpauth/error.h>

#include <stdatomic.h>

/** Room for the reason, with its NUL. */
#define MCPAUTH__REFUSED_MESSAGE_SIZE 104

#define MCPAUTH__REFUSED_MARKS 2048

/** Apart from the verified ones, so that no flood of the one pushes out the other.
 * Bounded; any thread. */
struct mcpauth__refused {
	/* Of the tokens that were refused last sixteen bits each, where their key
	 * says; the next one overwrites them. */
	_Atomic uint16_t marks[MCPAUTH__REFUSED_MARKS];
	struct mcpauth__digest_table *table;
};

/** The mark of a key, which is as good as random where this looks. */
static inline uint16_t mcpauth__refused_mark(const struct mcpauth__digest_key *key)
{
	return (uint16_t)(key->words[1] >> 48);
}

/** Its place among the marks. */
static inline size_t mcpauth__refused_place(const struct mcpauth__digest_key *key)
{
	return (size_t)key->words[1] % MCPAUTH__REFUSED_MARKS;
}

/** Is it worth looking here first? A guess: a good token pays next to nothing for it,
 * and one that is shown again and again is spared the look among the verified ones. */
static inline bool mcpauth__refused_is_likely(
	const struct mcpauth__refused *refused, const struct mcpauth__digest_key *key)
{
	return atomic_load_explicit(
		       &refused->marks[mcpauth__refused_place(key)], memory_order_relaxed)
		== mcpauth__refused_mark(key);
}

/** One token that was refused: for what it says, or because no key fits. */
struct mcpauth__refused_entry {
	struct mcpauth__digest_key key;
	struct mcpauth__issuer *issuer; /* of a token that got as far as the keys */
	uint64_t generation;            /* of the keys that did not fit */
	int64_t until;                  /* as mcpauth__clock_coarse(); at the latest */
	int64_t since;                  /* when it was refused, in seconds since 1970 */
	const struct mcpauth_error *why;
};

/** NULL without memory. */
struct mcpauth__refused *mcpauth__refused_new(void);

/** While nobody uses it. NULL is accepted. */
void mcpauth__refused_free(struct mcpauth__refused *refused);

/**
 * Look a token up, without a lock. One that had expired is not found by a clock
 * that was set back.
 *
 * @param key       whose issuers live: the trust in it is the caller's
 * @param now       as mcpauth__clock_coarse(), which the entry's until is compared with
 * @param real      seconds since 1970
 * @param[out] err  optional; the reason once more
 * @return why it was refused; MCPAUTH_OK if that is not remembered
 */
enum mcpauth_code mcpauth__refused_find(struct mcpauth__refused *refused,
	const struct mcpauth__digest_key *key, int64_t now, int64_t real,
	struct mcpauth_error *err);

/**
 * Remember one, if the same token would be refused again in that time for sure. Of
 * keys that did not fit that is so only until newer ones may be asked for: the token
 * that asks for them must not be held back. One whose reason has no room is not
 * remembered either.
 */
void mcpauth__refused_put(
	struct mcpauth__refused *refused, const struct mcpauth__refused_entry *entry);

/**
 * Forget a token, whoever's trust judged it. One that is refused meanwhile may be
 * remembered again: its signature and claims say today what they said before.
 *
 * @param digest  its SHA-256
 * @return how many refusals were forgotten
 */
size_t mcpauth__refused_forget(struct mcpauth__refused *refused, const unsigned char *digest);

#endif
