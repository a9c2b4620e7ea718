/* What a verification carries from one look at its token to the next. */
#ifndef MCPAUTH_TOKEN_PROGRESS_H
#define MCPAUTH_TOKEN_PROGRESS_H

#include "base/hash.h"
#include "endpoint/introspector.h"
#include "token/inquiry.h"

/** A token's SHA-256. */
struct mcpauth__token_digest {
	unsigned char bytes[MCPAUTH__SHA256_SIZE];
};

/** Starts as {0}. One thread at a time. */
struct mcpauth__progress {
	struct mcpauth_inquiry *inquiry;              /* of the resource's own verifier */
	struct mcpauth__introspection *introspection; /* of the issuer that is asked now */
	size_t asked;  /* so many of the resource's issuers did not know the token */
	bool inactive; /* one of them said so */
	struct mcpauth_error *failure; /* why the first of them could not be asked */
	bool has_shape;                /* of a JWS: the token's parts were counted */
	bool has_digest;               /* of the token: it was hashed, or known again */
	struct mcpauth__token_digest digest;
	bool begun;
	bool judged;      /* somebody looked at the token: it was not just remembered */
	uint64_t forgets; /* the verifier's, when its judges were first asked */
};

/** The issuer that was asked does not know the token, or cannot say: the next one. */
void mcpauth__progress_advance(struct mcpauth__progress *progress);

/** Keep the first failure. @return false without memory */
bool mcpauth__progress_note_failure(
	struct mcpauth__progress *progress, const struct mcpauth_error *failure);

/** Who is waited for, as a message's subject. A constant. */
const char *mcpauth__progress_awaited(const struct mcpauth__progress *progress);

/** Release it; it is {0} again. */
void mcpauth__progress_finish(struct mcpauth__progress *progress);

#endif
