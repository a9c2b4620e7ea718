/* The auth info that applications read. */
#include "token/auth_info_int.h"

#include "base/json.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

struct mcpauth_auth_info {
	struct mcpauth__identity *identity;
	const char *token;
	bool in_room; /* the caller's, not counted, the token borrowed */
};

_Static_assert(sizeof(struct mcpauth_auth_info) <= sizeof(struct mcpauth_auth_info_room),
	"an info fits into its room");
_Static_assert(_Alignof(struct mcpauth_auth_info) <= _Alignof(struct mcpauth_auth_info_room),
	"and may lie there");

/* One on the heap, with a token of its own. */
struct kept {
	struct mcpauth_auth_info info;
	atomic_uint refs;
	size_t token_length;
	char token[];
};

struct mcpauth_auth_info *mcpauth__auth_info_new(
	struct mcpauth__identity *identity, const char *token)
{
	size_t length = strlen(token);
	struct kept *kept = malloc(sizeof *kept + length + 1);
	if (kept == NULL) {
		mcpauth__identity_free(identity);
		return NULL;
	}
	atomic_init(&kept->refs, 1);
	kept->token_length = length;
	memcpy(kept->token, token, length + 1);
	kept->info = (struct mcpauth_auth_info){identity, kept->token, false};
	return &kept->info;
}

struct mcpauth_auth_info *mcpauth__auth_info_init(
	struct mcpauth_auth_info_room *room, struct mcpauth__identity *identity, const char *token)
{
	struct mcpauth_auth_info *info = (void *)room;
	*info = (struct mcpauth_auth_info){identity, token, true};
	return info;
}

struct mcpauth_auth_info *mcpauth_auth_info_ref(const struct mcpauth_auth_info *info)
{
	if (info == NULL) {
		return NULL;
	}
	if (info->in_room) {
		return mcpauth__auth_info_new(mcpauth__identity_ref(info->identity), info->token);
	}
	/* The counter is the one part that changes; all else stays as it is. */
	struct kept *kept = (struct kept *)info;
	atomic_fetch_add_explicit(&kept->refs, 1, memory_order_relaxed);
	return &kept->info;
}

static void free_kept(struct kept *kept)
{
	if (atomic_fetch_sub(&kept->refs, 1) == 1) {
		mcpauth__wipe(kept->token, kept->token_length);
		mcpauth__identity_free(kept->info.identity);
		free(kept);
	}
}

void mcpauth_auth_info_free(struct mcpauth_auth_info *info)
{
	if (info == NULL) {
		return;
	}
	if (info->in_room) {
		mcpauth__identity_free(info->identity);
	} else {
		free_kept((struct kept *)info);
	}
}

const char *mcpauth_auth_info_token(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->token;
}

const char *mcpauth_auth_info_issuer(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->issuer;
}

const char *mcpauth_auth_info_resource(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->resource;
}

const char *mcpauth_auth_info_subject(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->subject;
}

const char *mcpauth_auth_info_client_id(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->client_id;
}

int64_t mcpauth_auth_info_expires_at(const struct mcpauth_auth_info *info)
{
	return info == NULL ? 0 : info->identity->expires_at;
}

const struct mcpauth__identity *mcpauth__auth_info_identity(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity;
}

int64_t mcpauth__auth_info_end(const struct mcpauth_auth_info *info)
{
	return info == NULL ? 0 : info->identity->end;
}

static const char *word_at(const struct mcpauth__words *words, size_t index)
{
	return index < words->count ? words->items[index] : NULL;
}

const char *mcpauth_auth_info_scope_at(const struct mcpauth_auth_info *info, size_t index)
{
	return info == NULL ? NULL : word_at(&info->identity->scopes, index);
}

const char *mcpauth_auth_info_audience_at(const struct mcpauth_auth_info *info, size_t index)
{
	return info == NULL ? NULL : word_at(&info->identity->audiences, index);
}

bool mcpauth_auth_info_has_scopes(const struct mcpauth_auth_info *info, const char *scopes)
{
	size_t length;
	const char *scope;
	if (info == NULL) {
		return false;
	}
	while ((scope = mcpauth__word_next(&scopes, &length)) != NULL) {
		if (!mcpauth__identity_has_scope(info->identity, scope, length)) {
			return false;
		}
	}
	return true;
}

const struct cJSON *mcpauth_auth_info_claims(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->claims;
}

const char *mcpauth_auth_info_claims_json(const struct mcpauth_auth_info *info)
{
	return info == NULL ? NULL : info->identity->claims_json;
}

const char *mcpauth_auth_info_claim_string(const struct mcpauth_auth_info *info, const char *name)
{
	return info == NULL ? NULL : mcpauth__json_string(info->identity->claims, name);
}
