/* Fuzz target: percent-encoded text and forms, written and read, beside libcurl. */
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

/* A slower reading: cut at "&", then at the first "=", each part by itself. */
static bool is_part(const char *part, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool is_escape = part[i] == '%';
		if (is_escape
			&& (length - i < 3 || strspn(part + i + 1, "0123456789abcdefABCDEF") < 2
				|| strncmp(part + i, "%00", 3) == 0)) {
			return false;
		}
		if (part[i] < '!' || part[i] > '~') {
			return false;
		}
	}
	return true;
}

static char *decoded(const char *part, size_t length)
{
	char *copy = fuzz_text((const uint8_t *)part, length);
	for (char *plus = copy; (plus = strchr(plus, '+')) != NULL; *plus = ' ') {
	}
	char *made = mcpauth__percent_decode(copy, length);
	MUST(made != NULL);
	free(copy);
	return made;
}

/* @param[out] value  the last one of the name; @return how often it is there, or -1 */
static int count_parameter(const char *form, const char *name, char **value)
{
	int count = 0;
	*value = NULL;
	for (const char *at = form; *form != '\0'; at += strcspn(at, "&") + 1) {
		size_t length = strcspn(at, "&");
		size_t named = strcspn(at, "&=");
		if (named == length || !is_part(at, length)) {
			return -1;
		}
		char *found = decoded(at, named);
		if (strcmp(found, name) == 0) {
			free(*value);
			*value = decoded(at + named + 1, length - named - 1);
			count++;
		}
		free(found);
		if (at[length] == '\0') {
			break;
		}
	}
	return count;
}

static void check_reading(const char *form)
{
	static const enum mcpauth__form_outcome outcomes[] = {
		MCPAUTH__FORM_MALFORMED, MCPAUTH__FORM_ABSENT, MCPAUTH__FORM_FOUND};
	char *want;
	char *got;
	int count = count_parameter(form, "t", &want);
	enum mcpauth__form_outcome outcome = mcpauth__form_find(form, strlen(form), "t", &got);
	MUST(outcome == (count > 1 ? MCPAUTH__FORM_REPEATED : outcomes[count + 1]));
	MUST((got != NULL) == (count == 1) && (got == NULL || strcmp(got, want) == 0));
	free(want);
	free(got);
}

static void check_reading_back(const char *text)
{
	struct mcpauth__buf form = {0};
	char *value;
	MUST(mcpauth__form_add(&form, "a", text) && mcpauth__form_add(&form, "t", text));
	MUST(mcpauth__form_find(form.data, form.length, "t", &value) == MCPAUTH__FORM_FOUND);
	MUST(strcmp(value, text) == 0);
	free(value);
	mcpauth__buf_finish(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	check_form(text);
	/* A length of 0 asks libcurl to count, which comes to the same. */
	check_decoding(text);
	check_reading(text);
	check_reading_back(text);
	free(text);
	return 0;
}
