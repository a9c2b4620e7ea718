/* From a JSON number to a double, exactly as cJSON does it in the C locale. */
#include "base/json_number.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Whole numbers of so many digits are below 2^53: each has a double of its own. */
#define EXACT_DIGITS 15
/* No 63 digits reach from here back to a number other than 0 and infinity. */
#define FAR_EXPONENT 10000

static double read_short(const unsigned char *at, const unsigned char *end)
{
	bool negative = *at == '-';
	int64_t whole = 0;
	for (at += negative ? 1 : 0; at < end; at++) {
		whole = whole * 10 + (*at - '0');
	}
	/* Not -whole: -0 is a number of its own. */
	return negative ? -(double)whole : (double)whole;
}

static int read_exponent(const unsigned char *at, const unsigned char *end)
{
	bool negative = *at == '-';
	int exponent = 0;
	for (at += *at == '-' || *at == '+' ? 1 : 0; at < end && exponent < FAR_EXPONENT; at++) {
		exponent = exponent * 10 + (*at - '0');
	}
	return negative ? -exponent : exponent;
}

/* strtod() wants the decimal point of whatever locale the program runs in. So it
 * gets none: 12.5e3 is 125e2. */
static double read_long(const unsigned char *at, const unsigned char *end)
{
	char text[MCPAUTH__JSON_NUMBER_LIMIT + 16];
	size_t length = 0;
	int behind_point = 0;
	int exponent = 0;
	bool point = false;
	for (; at < end; at++) {
		if (*at == 'e' || *at == 'E') {
			exponent = read_exponent(at + 1, end);
			break;
		}
		if (*at == '.') {
			point = true;
			continue;
		}
		behind_point += point ? 1 : 0;
		text[length++] = (char)*at;
	}
	snprintf(text + length, sizeof text - length, "e%d", exponent - behind_point);
	return strtod(text, NULL);
}

void mcpauth__json_set_number(cJSON *node, const struct mcpauth__json_lexeme *number)
{
	const unsigned char *end = number->text + number->length;
	double value = number->plain && number->length <= EXACT_DIGITS
		? read_short(number->text, end)
		: read_long(number->text, end);
	node->type = cJSON_Number;
	node->valuedouble = value;
	node->valueint = value >= INT_MAX ? INT_MAX : value <= INT_MIN ? INT_MIN : (int)value;
}
