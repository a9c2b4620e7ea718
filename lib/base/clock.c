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

int64_t mcpauth__clock_monotonic(const struct mcpauth__clock *clock)
{
	int64_t real = 0;
	int64_t monotonic = 0;
	struct timespec now;
	if (clock->now != NULL) {
		clock->now(&real, &monotonic, clock->user);
		return monotonic;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
