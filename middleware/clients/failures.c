/* A table of leaky buckets, each a single word: whose it is, and when it will be empty. */
#include "clients/failures.h"

#include "base/hash.h"
#include "base/wipe.h"

#include <gnutls/crypto.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Buckets that a key may have: those of one cache line. */
#define WAYS 8
#define CACHE_LINE 64
#define SECRET_SIZE 32
#define TICK_MS 100
#define TICKS_A_SECOND (1000 / TICK_MS)
/* Two buckets' worth, and nothing that is remembered lies further ahead. */
#define TICKS_AHEAD (2 * MCPAUTH__FAILURE_SECONDS * TICKS_A_SECOND)

/* The upper half is a part of the key, the lower one the tick at which the bucket will be
 * empty: how full it is follows from how far that is. So a bucket is read and changed in
 * one step, and one that is empty is a free place, whoever had it. */
typedef _Atomic uint64_t shared_bucket;

struct mcpauth__failures {
	size_t sets; /* of WAYS buckets each; a power of two */
	void *block;
	shared_bucket *buckets; /* in the block, from where a cache line begins */
	/* When all will be empty: while nobody fails, nobody's key need be made. */
	_Atomic uint32_t all_empty;
	unsigned char secret[SECRET_SIZE];
};

enum mcpauth_code mcpauth__failures_new(unsigned entries, struct mcpauth__failures **failures)
{
	*failures = NULL;
	struct mcpauth__failures *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	made->sets = 1;
	while (made->sets * 2 * WAYS <= entries) {
		made->sets *= 2;
	}
	/* Untouched pages cost nothing. */
	made->block = calloc(1, made->sets * WAYS * sizeof(shared_bucket) + CACHE_LINE);
	if (made->block == NULL || gnutls_rnd(GNUTLS_RND_KEY, made->secret, SECRET_SIZE) < 0) {
		enum mcpauth_code code = made->block == NULL ? MCPAUTH_E_NO_MEMORY
							     : MCPAUTH_E_SYSTEM;
		mcpauth__failures_free(made);
		return code;
	}
	uintptr_t start = (uintptr_t)made->block;
	made->buckets = (shared_bucket *)((char *)made->block
		+ (CACHE_LINE - start % CACHE_LINE) % CACHE_LINE);
	*failures = made;
	return MCPAUTH_OK;
}

void mcpauth__failures_free(struct mcpauth__failures *failures)
{
	if (failures != NULL) {
		mcpauth__wipe(failures->secret, sizeof failures->secret);
		free(failures->block);
		free(failures);
	}
}

/** What a key is made of: nothing in it has an end that others could shift. */
struct source {
	unsigned char secret[SECRET_SIZE];
	unsigned char kind;
	unsigned char what[2][MCPAUTH__SHA256_SIZE];
};

enum kind {
	ADDRESS = 'a',
	SUBJECT = 's',
	CLIENT = 'c'
};

static bool make_key(const struct mcpauth__failures *failures, struct source *source, size_t length,
	mcpauth__failure_key *key)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	memcpy(source->secret, failures->secret, sizeof source->secret);
	bool good = mcpauth__sha256(source, offsetof(struct source, what) + length, digest);
	memcpy(key, digest, sizeof *key);
	return good;
}

/* One of IPv4, or behind the prefix by which translators write those in IPv6 (RFC 6052
 * section 2.1): all of its internet would be one there. */
static bool counts_whole(const struct mcpauth__client_address *address)
{
	static const unsigned char translated[12] = {0, 0x64, 0xff, 0x9b};
	return mcpauth__client_address_is_ipv4(address)
		|| memcmp(address->bytes, translated, sizeof translated) == 0;
}

bool mcpauth__failures_key_of_address(const struct mcpauth__failures *failures,
	const struct mcpauth__client_address *address, mcpauth__failure_key *key)
{
	struct source source = {.kind = ADDRESS};
	memcpy(source.what, address->bytes, counts_whole(address) ? sizeof address->bytes : 8);
	return make_key(failures, &source, sizeof address->bytes, key);
}

bool mcpauth__failures_key_of_subject(const struct mcpauth__failures *failures,
	const struct mcpauth_auth_info *info, mcpauth__failure_key *key)
{
	struct source source = {.kind = SUBJECT};
	const char *issuer = mcpauth_auth_info_issuer(info);
	const char *who = mcpauth_auth_info_subject(info);
	if (who == NULL) {
		source.kind = CLIENT;
		who = mcpauth_auth_info_client_id(info);
	}
	return issuer != NULL && who != NULL
		&& mcpauth__sha256(issuer, strlen(issuer), source.what[0])
		&& mcpauth__sha256(who, strlen(who), source.what[1])
		&& make_key(failures, &source, sizeof source.what, key);
}

/* They come round again after years, which nothing notices that ends within months. */
static uint32_t tick_of(int64_t now)
{
	return (uint32_t)((uint64_t)now / TICK_MS);
}

/* What ended before now lies far ahead on its way round. */
static uint32_t ticks_left(uint32_t end, uint32_t now)
{
	uint32_t left = end - now;
	return left <= TICKS_AHEAD ? left : 0;
}

/* Of a key, and of the bucket that it has. */
static uint32_t tag_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t end_of(uint64_t word)
{
	return (uint32_t)word;
}

static shared_bucket *set_of(const struct mcpauth__failures *failures, mcpauth__failure_key key)
{
	return &failures->buckets[((uint32_t)key & (failures->sets - 1)) * WAYS];
}

/** A bucket as it was found. */
struct found {
	shared_bucket *place;
	uint64_t word;
	uint32_t left; /* ticks */
	bool is_its_own;
};

static struct found look(shared_bucket *place, mcpauth__failure_key key, uint32_t now)
{
	uint64_t word = atomic_load_explicit(place, memory_order_relaxed);
	/* Nobody was ever there, whatever the time makes of an end of 0. */
	uint32_t left = word == 0 ? 0 : ticks_left(end_of(word), now);
	return (struct found){place, word, left, left > 0 && tag_of(word) == tag_of(key)};
}

/* Its own bucket, else the one in its place that is the first to be empty. */
static struct found find(
	const struct mcpauth__failures *failures, mcpauth__failure_key key, uint32_t now)
{
	shared_bucket *set = set_of(failures, key);
	struct found best = look(&set[0], key, now);
	for (size_t way = 1; way < WAYS && !best.is_its_own; way++) {
		struct found other = look(&set[way], key, now);
		if (other.is_its_own || other.left < best.left) {
			best = other;
		}
	}
	return best;
}

bool mcpauth__failures_are_forgotten(const struct mcpauth__failures *failures, int64_t now)
{
	uint32_t end = atomic_load_explicit(&failures->all_empty, memory_order_relaxed);
	return ticks_left(end, tick_of(now)) == 0;
}

/* Until one failure is forgotten. */
static uint32_t ticks_a_failure(const struct mcpauth__failure_limit *limit)
{
	return limit->seconds * TICKS_A_SECOND;
}

unsigned mcpauth__failures_wait(const struct mcpauth__failures *failures, mcpauth__failure_key key,
	const struct mcpauth__failure_limit *limit, int64_t now)
{
	struct found found = find(failures, key, tick_of(now));
	uint32_t room = (limit->burst - 1) * ticks_a_failure(limit);
	if (!found.is_its_own || found.left <= room) {
		return 0;
	}
	return (found.left - room + TICKS_A_SECOND - 1) / TICKS_A_SECOND;
}

static void put_off_all_empty(struct mcpauth__failures *failures, uint32_t end, uint32_t now)
{
	uint32_t before = atomic_load_explicit(&failures->all_empty, memory_order_relaxed);
	while (ticks_left(before, now) < end - now
		&& !atomic_compare_exchange_weak_explicit(&failures->all_empty, &before, end,
			memory_order_relaxed, memory_order_relaxed)) {
	}
}

/* Two threads that see a new one first may give it two buckets; the second one is empty
 * after a while, and counts for nobody. */
void mcpauth__failures_count(struct mcpauth__failures *failures, mcpauth__failure_key key,
	const struct mcpauth__failure_limit *limit, int64_t now)
{
	uint32_t tick = tick_of(now);
	uint32_t most = 2 * limit->burst * ticks_a_failure(limit);
	uint32_t end;
	struct found found;
	do {
		found = find(failures, key, tick);
		uint32_t left = (found.is_its_own ? found.left : 0) + ticks_a_failure(limit);
		end = tick + (left < most ? left : most);
	} while (!atomic_compare_exchange_weak_explicit(found.place, &found.word,
		(uint64_t)tag_of(key) << 32 | end, memory_order_relaxed, memory_order_relaxed));
	put_off_all_empty(failures, end, tick);
}
