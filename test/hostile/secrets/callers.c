/* Who gave memory back with secrets in it: nobody but other libraries, as they are known to. */
#include "callers.h"

#include "support/check.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whose freed memory may hold what, since nobody else can wipe it: SECURITY.md names
 * them, and how often each was seen is printed at the end. */
static struct limit {
	const char *library;
	const char *mark; /* how its name begins; "": any */
	bool over_tls;    /* only then */
	size_t seen;
} limits[] = {
	{"libtasn1", "signature: ", false, 0}, /* R and S of ECDSA, on their way */
	{"libgnutls", "signature: ", false, 0},
	{"libgnutls", "", true, 0},       /* its records */
	{"libgnutls", "key: ", false, 0}, /* what it reads a PEM with */
	/* The requests of an exchange, and answers that were broken off. One that was taken
	 * whole has SECOND in it, which is not here. */
	{"libcurl", "exchanged", false, 0},
	{"libcurl", "good", false, 0},
	{"libcurl", "client secret", false, 0},
	{"libcurl", "assertion", false, 0}, /* of version 8 */
	{"libcurl", "basic", false, 0},
	{"libcurl", "opaque", false, 0},
	/* Requests of an OAuth client. */
	{"libcurl", "sent: ", false, 0},
};

static struct limit *find_limit(const struct watch_finding *caller, const char *mark, bool over_tls)
{
	/* A list of the library's own making. */
	if (strncmp(caller->function, "curl_slist", strlen("curl_slist")) == 0) {
		return NULL;
	}
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct limit *limit = &limits[i];
		if (strncmp(caller->library, limit->library, strlen(limit->library)) == 0
			&& strncmp(mark, limit->mark, strlen(limit->mark)) == 0
			&& (over_tls || !limit->over_tls)) {
			return limit;
		}
	}
	return NULL;
}

void callers_print_limits(void)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		fprintf(stderr, "# known: %s gave \"%s\" back %zu times%s\n", limits[i].library,
			*limits[i].mark != '\0' ? limits[i].mark : "tokens", limits[i].seen,
			limits[i].over_tls ? " over TLS" : "");
	}
}

void callers_check(struct subject *subject, bool over_tls)
{
	size_t strangers = 0;
	const struct report *report = subject_order(subject, ORDER_UNWATCH, 0, NULL);
	assert_true(report->count <= WATCH_MAX);
	for (size_t i = 0; i < report->count; i++) {
		const struct watch_finding *caller = &report->callers[i];
		const char *mark = subject_mark_name(subject, caller->mark);
		struct limit *limit = find_limit(caller, mark, over_tls);
		if (limit != NULL) {
			limit->seen += caller->count;
		} else {
			fprintf(stderr, "# given back by %s %s: %zu times, %zu bytes of %s\n",
				caller->library, caller->function, caller->count, caller->length,
				mark);
			strangers++;
		}
	}
	assert_int_equal(strangers, 0);
}
