/* Vectors of which the library and the file do not say the same, one by one. */
#include "known.h"

#include <string.h>

static const char double_token[] = "the token and the key of 357, which is called valid; HMAC";
static const char question_mark[] = "called valid with a ? in it (RFC 7515 section 2); HMAC";
static const char other_alg[] = "the key is for PS256, the token says PS384";
static const char no_alg[] = "ES521, the key's alg, does not exist (RFC 7518 section 3.1)";
static const char doubling[] = "valid; Nettle 3.8 cannot add a point to itself, which no honest "
			       "signer's token asks for";

static const struct known known[] = {
	{"json_web_signature", 346, KNOWN_GOOD_WITHOUT_ALG, other_alg},
	{"json_web_signature", 347, KNOWN_GOOD_WITHOUT_ALG, no_alg},
	{"json_web_signature", 350, KNOWN_GOOD_WITHOUT_ALG, other_alg},
	{"json_web_signature", 351, KNOWN_GOOD_WITHOUT_ALG, no_alg},
	{"json_web_signature", 367, KNOWN_REFUSED, double_token},
	{"json_web_signature", 370, KNOWN_REFUSED, double_token},
	{"json_web_signature", 372, KNOWN_REFUSED, question_mark},
	{"json_web_signature", 373, KNOWN_REFUSED, question_mark},
	{"ecdsa_secp256r1_sha256_p1363", 204, KNOWN_REFUSED_BY_NETTLE, doubling},
	{"ecdsa_secp384r1_sha384_p1363", 228, KNOWN_REFUSED_BY_NETTLE, doubling},
	{"ecdsa_secp521r1_sha512_p1363", 269, KNOWN_REFUSED_BY_NETTLE, doubling},
};

const struct known *wycheproof_known(const struct vector_file *file, int id)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i].id == id && strcmp(known[i].file, file->name) == 0) {
			return &known[i];
		}
	}
	return NULL;
}
