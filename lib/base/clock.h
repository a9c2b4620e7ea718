/* The two clocks: real time for claims, a steady one for caches. */
#ifndef MCPAUTH_BASE_CLOCK_H
#define MCPAUTH_BASE_CLOCK_H

#include <stdint.h>

/** Where the time comes from; {0} is the system's clocks. Same shape as mcpauth_clock_fn. */
struct mcpauth__clock {
	void (*now)(int64_t *real, int64_t *monotonic, void *user);
	void *user;
};

/** Seconds since 1970. */
int64_t mcpauth__clock_real(const struct mcpauth__clock *clock);

/** Milliseconds that never step back. */
int64_t mcpauth__clock_monotonic(const struct mcpauth__clock *clock);

/** The same, up to some milliseconds late, for a fraction of the price: for what is
 * kept for seconds. One time is to be compared with times of the same kind only. */
int64_t mcpauth__clock_coarse(const struct mcpauth__clock *clock);

/** The system's microseconds that never step back, for how long something took. */
int64_t mcpauth__clock_microseconds(void);

/** Seconds since 1970, and the cheap milliseconds, at once. */
void mcpauth__clock_read(const struct mcpauth__clock *clock, int64_t *real, int64_t *coarse);

#endif
