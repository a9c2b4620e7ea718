/* What is kept of a connection's last token: its digest, and a tag to know both by. */
#include "token/last_token.h"

#include "base/quick_mac.h"

#include <string.h>

/* Copied into the caller's words and out again. Two threads that did so at once, against
 * the rule, would leave a mixture that no tag fits. */
struct note {
	uint64_t length; /* another one needs no tag to be told apart */
	struct mcpauth__token_digest digest;
	struct mcpauth__quick_tag tag;
	uint32_t has_tag;
	uint32_t has_shape;
};

_Static_assert(sizeof(struct note) <= sizeof(struct mcpauth_last_token), "a note fits");

static struct note read_note(const struct mcpauth_last_token *last)
{
	struct note note;
	memcpy(&note, last, sizeof note);
	return note;
}

static bool make_tag(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, const struct note *note,
	struct mcpauth__quick_tag *tag)
{
	const struct mcpauth__quick_text text = {
		presented->token, presented->length, note->digest.bytes};
	return verifier->macs != NULL && mcpauth__quick_mac_tag(verifier->macs, &text, tag);
}

bool mcpauth__last_token_recall(const struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented)
{
	struct mcpauth__quick_tag tag;
	struct note note = read_note(last);
	if (note.has_tag == 0 || note.length != presented->length
		|| !make_tag(verifier, presented, &note, &tag)
		|| !mcpauth__quick_tags_are_equal(&tag, &note.tag)) {
		return false;
	}
	presented->progress->digest = note.digest;
	presented->progress->has_digest = true;
	presented->progress->has_shape = note.has_shape != 0;
	return true;
}

void mcpauth__last_token_note(struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented)
{
	const struct mcpauth__progress *progress = presented->progress;
	if (!progress->has_digest) {
		return;
	}
	struct note former = read_note(last);
	struct note note = {
		.length = presented->length,
		.digest = progress->digest,
		.has_shape = progress->has_shape,
	};
	if (mcpauth__equal_bytes(&former.digest, &note.digest, sizeof note.digest)) {
		note.has_tag = make_tag(verifier, presented, &note, &note.tag);
		if (note.has_tag == 0) {
			return; /* what there was may do the next time */
		}
	}
	memcpy(last, &note, sizeof note);
}
