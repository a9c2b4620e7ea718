/* Fuzz target: percent-encoded text and forms, there and back, beside libcurl. */
#include "common/fuzz.h"

#include "base/form.h"
#include "base/percent.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>

static void check_form(const char *text)
{
	struct mcpauth__buf form = {0};
	MUST(mcpauth__form_add(&form, "a", text) && mcpauth__form_add(&form, "b", text));
	char *amp = strchr(form.data, '&');
	MUST(form.length <= 2 * MCPAUTH__FORM_ENCODED(strlen(text)) + 5);
	MUST(strncmp(form.data, "a=", 2) == 0 && amp != NULL && strncmp(amp, "&b=", 3) == 0);
	MUST(strpbrk(amp + 3, "&=# ;\"") == NULL && fuzz_is_line(form.data));
	MUST(strncmp(form.data + 2, amp + 3, strlen(amp + 3)) == 0);
	for (char *plus = amp; (plus = strchr(plus, '+')) != NULL; *plus = ' ') {
	}
	char *back = mcpauth__percent_decode(amp + 3, strlen(amp + 3));
	MUST(back != NULL && strcmp(back, text) == 0);
	free(back);
	mcpauth__buf_finish(&form);
}

/* libcurl leaves what is no escape as it is, too. */
static void check_decoding(const char *text)
{
	int length = 0;
	char *ours = mcpauth__percent_decode(text, strlen(text));
	char *theirs = curl_easy_unescape(NULL, text, (int)strlen(text), &length);
	MUST(ours != NULL && theirs != NULL);
	/* Both end at an escaped NUL for whoever reads strings. */
	MUST(strcmp(ours, theirs) == 0 && strlen(ours) <= strlen(text));
	curl_free(theirs);
	free(ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	check_form(text);
	/* A length of 0 asks libcurl to count, which comes to the same. */
	check_decoding(text);
	free(text);
	return 0;
}
