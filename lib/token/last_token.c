/* What is kept of a connection's last token: its digest, and a tag to know it by. */
#include "token/last_token.h"

#include "base/quick_mac.h"

#include <string.h>

/* Without gaps: it is copied into the caller's words and out again. */
struct note {
	uint64_t length; /* 0: of none */
	struct mcpauth__token_digest digest;
	uint64_t has_tag;
	struct mcpauth__quick_tag tag;
};

_Static_assert(sizeof(struct note) == sizeof(struct mcpauth_last_token), "a note fits, whole");

static struct note read_note(const struct mcpauth_last_token *last)
{
	struct note note;
	memcpy(&note, last, sizeof note);
	return note;
}

bool mcpauth__last_token_recall(const struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented)
{
	struct mcpauth__quick_tag tag;
	struct note note = read_note(last);
	if (note.has_tag == 0 || note.length != presented->length || verifier->macs == NULL
		|| !mcpauth__quick_mac_tag(
			verifier->macs, presented->token, presented->length, &tag)
		|| !mcpauth__quick_tags_are_equal(&tag, &note.tag)) {
		return false;
	}
	presented->progress->digest = note.digest;
	presented->progress->has_digest = true;
	return true;
}

void mcpauth__last_token_note(struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented)
{
	const struct mcpauth__progress *progress = presented->progress;
	if (!progress->has_digest || verifier->macs == NULL) {
		return;
	}
	struct note note = {.length = presented->length, .digest = progress->digest};
	struct note former = read_note(last);
	if (former.length == note.length
		&& memcmp(&former.digest, &note.digest, sizeof note.digest) == 0) {
		note.has_tag = mcpauth__quick_mac_tag(
			verifier->macs, presented->token, presented->length, &note.tag);
	}
	memcpy(last, &note, sizeof note);
}
