/* Starting another server and the library's process, and searching the latter. */
#include "fixture.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int fixture_stop(void **state)
{
	struct fixture *fixture = *state;
	subject_free(fixture->subject);
	loopback_free(fixture->loopback);
	free(fixture);
	return 0;
}

int fixture_start(void **state, const char *program, const char *tunables,
	const struct loopback_page *pages, size_t count)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	*state = fixture;
	fixture->loopback = loopback_new(pages, count);
	fixture->subject = subject_new(program, tunables);
	return 0;
}

void fixture_print_places(struct fixture *fixture, const struct report *report)
{
	for (size_t i = 0; i < report->count && i < FINDINGS_MAX; i++) {
		const struct memory_finding *place = &report->places[i];
		fprintf(stderr, "# %zu bytes from %zu of %s at %#zx in %s\n", place->hit.length,
			place->hit.offset, subject_mark_name(fixture->subject, place->hit.mark),
			place->hit.at, place->where);
	}
}

size_t fixture_search(struct fixture *fixture)
{
	const struct report *report = NULL;
	for (int i = 0; i < FIXTURE_TRIES; i++) {
		report = subject_order(fixture->subject, ORDER_SEARCH, 0, NULL);
		if (report->count == 0) {
			return 0;
		}
		nanosleep(&(struct timespec){0, 20 * 1000000}, NULL);
	}
	fixture_print_places(fixture, report);
	return report->count;
}

void fixture_check_silence(struct fixture *fixture)
{
	assert_int_equal(fixture_search(fixture), 0);
	subject_order(fixture->subject, ORDER_STOP, 0, NULL);
	assert_int_equal(fixture_search(fixture), 0);
	assert_int_equal(subject_leaks(fixture->subject), 0);
}
