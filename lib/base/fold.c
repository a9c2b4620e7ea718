/* Compares texts as parsers do that do not mind the case of letters. */
#include "base/fold.h"

#include <string.h>

/* A text while it is read letter by letter. */
struct letters {
	const char *at;
	const char *end;
};

/* Beyond ASCII: the letters that upper or lower case, or Unicode's folding, make one of
 * ASCII. Go's encoding/json takes "param\u017f" for "params". */
static int fold_foreign(struct letters *letters)
{
	static const struct {
		const char *bytes;
		size_t length;
		char letter;
	} foreign[] = {
		{"\xc4\xb0", 2, 'i'},
		{"\xc4\xb1", 2, 'i'},
		{"\xc5\xbf", 2, 's'},
		{"\xe2\x84\xaa", 3, 'k'},
	};
	size_t left = (size_t)(letters->end - letters->at);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		if (left >= foreign[i].length
			&& memcmp(letters->at, foreign[i].bytes, foreign[i].length) == 0) {
			letters->at += foreign[i].length;
			return foreign[i].letter;
		}
	}
	return (unsigned char)*letters->at++;
}

/* The next letter as it is compared; -1 behind the last one. */
static int next_letter(struct letters *letters)
{
	if (letters->at == letters->end) {
		return -1;
	}
	unsigned char letter = (unsigned char)*letters->at;
	if (letter >= 0x80) {
		return fold_foreign(letters);
	}
	letters->at++;
	return letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;
}

int mcpauth__fold_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	struct letters left = {a, a + a_length};
	struct letters right = {b, b + b_length};
	int left_letter;
	int right_letter;
	do {
		left_letter = next_letter(&left);
		right_letter = next_letter(&right);
	} while (left_letter == right_letter && left_letter >= 0);
	return left_letter - right_letter;
}
