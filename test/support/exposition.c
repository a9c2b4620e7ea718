/* A strict reader of Prometheus' text format. */
#include "exposition.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define NAME_SIZE 128

/* The family that is being read. */
struct reading {
	const char *text; /* all of it */
	char family[NAME_SIZE];
	char type[16]; /* "": not yet said */
	size_t samples;
	/* A histogram's. */
	double bound;
	long long in_bucket;
	bool has_infinity;
	bool has_sum;
	bool has_count;
};

struct sample {
	char key[NAME_SIZE]; /* name and labels, as they are written */
	char name[NAME_SIZE];
	char label[NAME_SIZE]; /* of the only one; "": none */
	char value[NAME_SIZE];
	long long number;
};

static bool is_name(const char *text)
{
	size_t length = strlen(text);
	return length > 0 && strspn(text, LETTERS "_" DIGITS) == length
		&& strchr(DIGITS, text[0]) == NULL;
}

static bool is_number(const char *text)
{
	size_t whole = strspn(text, DIGITS);
	if (whole == 0 || text[whole] == '\0') {
		return whole > 0;
	}
	size_t rest = strspn(text + whole + 1, DIGITS);
	return text[whole] == '.' && rest > 0 && text[whole + 1 + rest] == '\0';
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);
	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* How often a line begins so. */
static size_t count_lines(const char *text, const char *start)
{
	size_t count = strncmp(text, start, strlen(start)) == 0;
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
		count += strncmp(at + 1, start, strlen(start)) == 0;
	}
	return count;
}

static const char *end_family(const struct reading *reading)
{
	if (reading->family[0] == '\0') {
		return NULL;
	}
	if (reading->type[0] == '\0' || reading->samples == 0) {
		return "a family without a type, or without samples";
	}
	if (strcmp(reading->type, "histogram") == 0
		&& !(reading->has_infinity && reading->has_sum && reading->has_count)) {
		return "a histogram that lacks a part";
	}
	return NULL;
}

static const char *read_help(struct reading *reading, const char *line)
{
	char start[2 * NAME_SIZE];
	const char *why = end_family(reading);
	const char *blank = strchr(line, ' ');
	if (why != NULL || blank == NULL || blank[1] == '\0'
		|| (size_t)(blank - line) >= NAME_SIZE) {
		return why != NULL ? why : "a HELP without a text";
	}
	*reading = (struct reading){.text = reading->text};
	memcpy(reading->family, line, (size_t)(blank - line));
	snprintf(start, sizeof start, "# HELP %s ", reading->family);
	if (!is_name(reading->family) || count_lines(reading->text, start) != 1) {
		return "no name, or one that was there before";
	}
	return NULL;
}

static const char *read_type(struct reading *reading, const char *line)
{
	size_t length = strlen(reading->family);
	if (strncmp(line, reading->family, length) != 0 || line[length] != ' '
		|| reading->type[0] != '\0') {
		return "a TYPE that does not follow its HELP";
	}
	snprintf(reading->type, sizeof reading->type, "%s", line + length + 1);
	bool is_counter = strcmp(reading->type, "counter") == 0;
	if (!is_counter && strcmp(reading->type, "gauge") != 0
		&& strcmp(reading->type, "histogram") != 0) {
		return "no such type";
	}
	return is_counter == ends_with(reading->family, "_total")
		? NULL
		: "counters end in _total, and nothing else does";
}

static const char *read_bucket(struct reading *reading, const struct sample *sample)
{
	bool is_infinity = strcmp(sample->value, "+Inf") == 0;
	if (strcmp(sample->label, "le") != 0 || reading->has_infinity
		|| (!is_infinity && !is_number(sample->value))) {
		return "no bucket";
	}
	double bound = is_infinity ? 1e300 : strtod(sample->value, NULL);
	if (bound <= reading->bound || sample->number < reading->in_bucket) {
		return "a bucket that is smaller than the one before";
	}
	reading->bound = bound;
	reading->in_bucket = sample->number;
	reading->has_infinity = is_infinity;
	return NULL;
}

static const char *read_part(struct reading *reading, const struct sample *sample)
{
	const char *part = sample->name + strlen(reading->family);
	if (strcmp(part, "_bucket") == 0) {
		return read_bucket(reading, sample);
	}
	reading->has_sum = reading->has_sum || strcmp(part, "_sum") == 0;
	if (strcmp(part, "_count") != 0) {
		return strcmp(part, "_sum") == 0 ? NULL : "no part of a histogram";
	}
	reading->has_count = true;
	return sample->number == reading->in_bucket ? NULL : "a count that is not its buckets'";
}

/* name, or name{label="value"}, a blank, a number. */
static bool split(struct sample *sample, const char *line)
{
	const char *blank = strrchr(line, ' ');
	if (blank == NULL || (size_t)(blank - line) >= NAME_SIZE || !is_number(blank + 1)) {
		return false;
	}
	memcpy(sample->key, line, (size_t)(blank - line));
	sample->number = strtoll(blank + 1, NULL, 10);
	int fields = sscanf(sample->key, "%127[^{]{%127[^=]=\"%127[^\"\\]\"}", sample->name,
		sample->label, sample->value);
	return is_name(sample->name)
		&& (fields == 1
			|| (fields == 3 && is_name(sample->label)
				&& ends_with(sample->key, "\"}")));
}

static const char *read_sample(struct reading *reading, const char *line)
{
	char start[2 * NAME_SIZE];
	struct sample sample = {.number = 0};
	size_t length = strlen(reading->family);
	if (reading->type[0] == '\0' || !split(&sample, line)) {
		return "no sample, or one before its TYPE";
	}
	snprintf(start, sizeof start, "%s ", sample.key);
	if (count_lines(reading->text, start) != 1) {
		return "a sample that is there twice";
	}
	reading->samples++;
	if (strncmp(sample.name, reading->family, length) != 0) {
		return "a sample of another family";
	}
	if (strcmp(reading->type, "histogram") == 0) {
		return read_part(reading, &sample);
	}
	return sample.name[length] == '\0' ? NULL : "a sample of another family";
}

static const char *read_line(struct reading *reading, const char *line)
{
	if (strncmp(line, "# HELP ", 7) == 0) {
		return read_help(reading, line + 7);
	}
	return strncmp(line, "# TYPE ", 7) == 0 ? read_type(reading, line + 7)
						: read_sample(reading, line);
}

const char *exposition_fault(const char *text, size_t length)
{
	struct reading reading = {.text = text};
	const char *why = NULL;
	char line[4 * NAME_SIZE];
	if (length == 0 || strlen(text) != length || text[length - 1] != '\n') {
		return "empty, with a NUL, or without an end";
	}
	for (const char *at = text; why == NULL && *at != '\0'; at = strchr(at, '\n') + 1) {
		size_t taken = strcspn(at, "\n");
		snprintf(line, sizeof line, "%.*s", (int)taken, at);
		why = taken < sizeof line ? read_line(&reading, line) : "a line too long";
	}
	if (why != NULL) {
		fprintf(stderr, "# %s: %s\n", why, line);
		return why;
	}
	return end_family(&reading);
}

long long exposition_value(const char *text, const char *sample)
{
	char searched[2 * NAME_SIZE];
	snprintf(searched, sizeof searched, "\n%s ", sample);
	const char *at = strstr(text, searched);
	return at == NULL ? -1 : strtoll(at + strlen(searched), NULL, 10);
}
