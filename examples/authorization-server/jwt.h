/* A compact signed JWT, taken apart. */
#ifndef AUTHORIZATION_SERVER_JWT_H
#define AUTHORIZATION_SERVER_JWT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing in it is to be believed before a key has verified it. */
struct jwt {
	const char *text;     /* borrowed from who gave it */
	size_t signed_length; /* of the text: header, dot and claims */
	cJSON *header;
	cJSON *claims;
	uint8_t *signature;
	size_t signature_length;
};

/** Take one apart; jwt_finish() is due either way. @param text borrowed until then */
bool jwt_read(struct jwt *jwt, const char *text);
void jwt_finish(struct jwt *jwt);

#endif
