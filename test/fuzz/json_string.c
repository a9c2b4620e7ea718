/* Fuzz target: strings of JSON and their escapes, beside cJSON and UTF-8's own table. */
#include "common/fuzz.h"

#include "base/json_lex.h"

#include <stdlib.h>
#include <string.h>

/* RFC 3629 section 4, by decoding: overlong forms and surrogates show in the code. */
static bool is_utf8(const unsigned char *at)
{
	while (*at != '\0') {
		size_t more = *at < 0x80 ? 0 : *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
		static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
		unsigned code = more == 0 ? *at : *at & (0x3fu >> more);
		if ((*at >= 0x80 && *at < 0xc0) || *at > 0xf7) {
			return false;
		}
		at++;
		for (size_t i = 0; i < more; i++, at++) {
			if ((*at & 0xc0) != 0x80) {
				return false;
			}
			code = code << 6 | (*at & 0x3f);
		}
		if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
			return false;
		}
	}
	return true;
}

static void check_meaning(const struct mcpauth__json_lexeme *word, bool has_nul)
{
	char *meaning = malloc(word->length + 1);
	char *quoted = malloc(word->length + 3);
	MUST(meaning != NULL && quoted != NULL);
	size_t length = mcpauth__json_unescape(word, meaning);
	MUST(length <= word->length);
	meaning[length] = '\0';
	MUST(strlen(meaning) == length && is_utf8((const unsigned char *)meaning));
	MUST(!word->plain || (length == word->length && memcmp(meaning, word->text, length) == 0));
	memcpy(quoted + 1, word->text, word->length);
	quoted[0] = '"';
	quoted[word->length + 1] = '"';
	quoted[word->length + 2] = '\0';
	cJSON *theirs = cJSON_Parse(quoted);
	/* cJSON cuts at a NUL where we put U+FFFD. */
	MUST(has_nul || (theirs != NULL && strcmp(theirs->valuestring, meaning) == 0));
	cJSON_Delete(theirs);
	free(quoted);
	free(meaning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__json_lexeme word;
	struct mcpauth__json_lexeme strict_word;
	unsigned char *text = malloc(size + 1);
	MUST(text != NULL);
	text[0] = '"';
	if (size > 0) {
		memcpy(text + 1, data, size);
	}
	struct mcpauth__json_lexer lexer = {.at = text, .end = text + size + 1, .allow_nul = true};
	struct mcpauth__json_lexer strict = {.at = text, .end = text + size + 1};
	bool good = mcpauth__json_take_string(&lexer, &word);
	bool strictly = mcpauth__json_take_string(&strict, &strict_word);
	MUST(good || (!strictly && lexer.at == text));
	if (good) {
		MUST(word.text == text + 1 && lexer.at == word.text + word.length + 1);
		MUST(lexer.at[-1] == '"');
		MUST(memchr(word.text, '\n', word.length) == NULL);
		check_meaning(&word, !strictly);
	}
	free(text);
	return 0;
}
