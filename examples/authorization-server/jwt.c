/* Takes a compact signed JWT apart (RFC 7515 section 7.1). */
#include "jwt.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define JWT_LENGTH ((size_t)8 * 1024)

static cJSON *object_of(const char *text, size_t length)
{
	size_t size;
	char *bytes = text_unbase64url(text, length, &size);
	cJSON *object = bytes == NULL ? NULL : json_parse(bytes, size);
	free(bytes);
	return object;
}

bool jwt_read(struct jwt *jwt, const char *text)
{
	*jwt = (struct jwt){.text = text};
	size_t first = strcspn(text, ".");
	size_t second = text[first] == '\0' ? 0 : strcspn(text + first + 1, ".");
	const char *rest = text + first + 1 + second;
	if (strlen(text) > JWT_LENGTH || second == 0 || *rest != '.') {
		return false;
	}
	jwt->signed_length = first + 1 + second;
	jwt->header = object_of(text, first);
	jwt->claims = object_of(text + first + 1, second);
	jwt->signature = (uint8_t *)text_unbase64url(
		rest + 1, strlen(rest + 1), &jwt->signature_length);
	return jwt->header != NULL && jwt->claims != NULL && jwt->signature != NULL;
}

void jwt_finish(struct jwt *jwt)
{
	cJSON_Delete(jwt->header);
	cJSON_Delete(jwt->claims);
	free(jwt->signature);
	*jwt = (struct jwt){0};
}
