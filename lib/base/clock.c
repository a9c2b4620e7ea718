/* The system's clocks, or those that a program put in their place. */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

int64_t mcpauth__clock_real(const struct mcpauth__clock *clock)
{
	int64_t real = 0;
	int64_t monotonic = 0;
	if (clock->now != NULL) {
		clock->now(&real, &monotonic, clock->user);
		return real;
	}
	return (int64_t)time(NULL);
}

#ifdef CLOCK_MONOTONIC_COARSE
#define COARSE_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define COARSE_CLOCK CLOCK_MONOTONIC
#endif

static int64_t monotonic_of(const struct mcpauth__clock *clock, clockid_t id)
{
	int64_t real = 0;
	int64_t monotonic = 0;
	struct timespec now;
	if (clock->now != NULL) {
		clock->now(&real, &monotonic, clock->user);
		return monotonic;
	}
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t mcpauth__clock_monotonic(const struct mcpauth__clock *clock)
{
	return monotonic_of(clock, CLOCK_MONOTONIC);
}

int64_t mcpauth__clock_coarse(const struct mcpauth__clock *clock)
{
	return monotonic_of(clock, COARSE_CLOCK);
}

int64_t mcpauth__clock_microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void mcpauth__clock_read(const struct mcpauth__clock *clock, int64_t *real, int64_t *coarse)
{
	*real = 0;
	*coarse = 0;
	if (clock->now != NULL) {
		clock->now(real, coarse, clock->user);
		return;
	}
	*real = (int64_t)time(NULL);
	*coarse = monotonic_of(clock, COARSE_CLOCK);
}
