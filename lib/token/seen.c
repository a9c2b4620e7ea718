/* A short list under a lock: so few names come, and only from issuers that sign them. */
#include "token/seen.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	int64_t until;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
};

struct mcpauth__seen {
	pthread_mutex_t lock; /* for all that follows */
	size_t count;
	struct entry entries[MCPAUTH__SEEN_LIMIT];
};

struct mcpauth__seen *mcpauth__seen_new(void)
{
	struct mcpauth__seen *made = calloc(1, sizeof *made);
	if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
		free(made);
		return NULL;
	}
	return made;
}

void mcpauth__seen_free(struct mcpauth__seen *seen)
{
	if (seen != NULL) {
		pthread_mutex_destroy(&seen->lock);
		free(seen);
	}
}

static bool has(const struct mcpauth__seen *seen, const unsigned char *digest, int64_t now)
{
	for (size_t i = 0; i < seen->count; i++) {
		const struct entry *entry = &seen->entries[i];
		if (entry->until > now
			&& memcmp(entry->digest, digest, sizeof entry->digest) == 0) {
			return true;
		}
	}
	return false;
}

/* What has ended stays until its place is needed: a clock that is set back finds it
 * again. */
static struct entry *place(struct mcpauth__seen *seen)
{
	if (seen->count < MCPAUTH__SEEN_LIMIT) {
		return &seen->entries[seen->count++];
	}
	struct entry *first = &seen->entries[0];
	for (size_t i = 1; i < seen->count; i++) {
		if (seen->entries[i].until < first->until) {
			first = &seen->entries[i];
		}
	}
	return first;
}

bool mcpauth__seen_add(struct mcpauth__seen *seen, const unsigned char digest[MCPAUTH__SHA256_SIZE],
	int64_t now, int64_t until)
{
	pthread_mutex_lock(&seen->lock);
	bool is_new = !has(seen, digest, now);
	if (is_new) {
		struct entry *entry = place(seen);
		entry->until = until;
		memcpy(entry->digest, digest, sizeof entry->digest);
	}
	pthread_mutex_unlock(&seen->lock);
	return is_new;
}
