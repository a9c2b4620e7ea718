/* Which headers are a traceparent. */
#include "support/check.h"

#include "monitoring/trace_context.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"
#define GOOD "00-" TRACE "-" PARENT "-01"

static const struct {
	const char *label;
	const char *value;
	bool is_valid;
} rows[] = {
	{"as it should be", GOOD, true},
	{"no flag", "00-" TRACE "-" PARENT "-00", true},
	{"flags that nobody knows", "00-" TRACE "-" PARENT "-ff", true},
	{"ids of one digit and zeros", "00-00000000000000000000000000000001-1000000000000000-01",
		true},
	{"empty", "", false},
	{"a version alone", "00", false},
	{"cut short by one", "00-" TRACE "-" PARENT "-0", false},
	{"cut in an id", "00-0af7651916cd43dd8448", false},
	{"one character more", GOOD "0", false},
	{"a field more", GOOD "-00", false},
	{"a dash more", GOOD "-", false},
	{"a capital in the trace", "00-0AF7651916cd43dd8448eb211c80319c-" PARENT "-01", false},
	{"a capital in the parent", "00-" TRACE "-B7ad6b7169203331-01", false},
	{"a capital in the version", "0A-" TRACE "-" PARENT "-01", false},
	{"a capital in the flags", "00-" TRACE "-" PARENT "-0A", false},
	{"no trace", "00-00000000000000000000000000000000-" PARENT "-01", false},
	{"no parent", "00-" TRACE "-0000000000000000-01", false},
	{"version ff", "ff-" TRACE "-" PARENT "-01", false},
	{"version fe", "fe-" TRACE "-" PARENT "-01", true},
	{"version 01", "01-" TRACE "-" PARENT "-01", true},
	{"version 01 and more", "01-" TRACE "-" PARENT "-01-what.the-future?holds", true},
	{"version 01 and a dash", "01-" TRACE "-" PARENT "-01-", true},
	{"version 01 and no dash", "01-" TRACE "-" PARENT "-01.more", false},
	{"version 01, too short", "01-" TRACE "-" PARENT "-0", false},
	{"version 01 without a trace", "01-00000000000000000000000000000000-" PARENT "-01", false},
	{"version 0g", "0g-" TRACE "-" PARENT "-01", false},
	{"underscores", "00_" TRACE "_" PARENT "_01", false},
	{"another mark behind the trace", "00-" TRACE "." PARENT "-01", false},
	{"another mark behind the parent", "00-" TRACE "-" PARENT ".01", false},
	{"a blank before", " " GOOD, false},
	{"two in one", GOOD "," GOOD, false},
};

static void takes_what_the_recommendation_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label,
			mcpauth__traceparent_is_valid(rows[i].value) == rows[i].is_valid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_the_recommendation_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
