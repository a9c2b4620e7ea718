/* Fuzz target: a diagnosis. It ends as verification does, and its rules say why. */
#include "common/fuzz.h"
#include "common/known.h"
#include "support/rulings.h"

#include <stdlib.h>
#include <string.h>

/* What a token says, as a program's own verifier would vouch for it. */
struct claims {
	const char *text;
	size_t length;
};

static struct claims claims;

static void vouch(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	mcpauth_inquiry_accept(inquiry, claims.text, claims.length);
}

static void check(struct mcpauth *auth, const char *token)
{
	struct rulings_told told;
	struct mcpauth_error err;
	struct mcpauth_auth_info *info;
	enum mcpauth_code verified = mcpauth_verify(auth, KNOWN_RESOURCE, token, &info, NULL);
	enum mcpauth_code code = rulings_ask(auth, KNOWN_RESOURCE, token, NULL, &told, &err);
	fuzz_check_error(code, &err);
	MUST(code == verified);
	MUST(rulings_fault(&told, code, token) == NULL);
	mcpauth_auth_info_free(info);
	/* With a scope that it may lack nothing else becomes of the rest. */
	enum mcpauth_code scoped = rulings_ask(auth, KNOWN_RESOURCE, token, "write", &told, &err);
	MUST(scoped == code || (code == MCPAUTH_OK && scoped == MCPAUTH_E_INSUFFICIENT_SCOPE));
	MUST(rulings_fault(&told, scoped, token) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mcpauth *vouched;
	char *token = fuzz_text(data, size);
	if (vouched == NULL) {
		vouched = known_auth_with(vouch, NULL);
	}
	token[strcspn(token, "\n")] = '\0';
	claims = (struct claims){size > 0 ? (const char *)data : "", size};
	check(known_auth(), token);
	check(vouched, "opaque");
	free(token);
	return 0;
}
