/**
 * @file
 * What a few noisy measurements say of the thing measured.
 */
#ifndef MCPAUTH_BENCH_STATISTICS_H
#define MCPAUTH_BENCH_STATISTICS_H

#include <stddef.h>

/** Of a sample: its middle, its least, and where the true median lies. */
struct statistics {
	double median;
	double min;
	double low; /* with high: at least 95 % sure, by order statistics */
	double high;
};

/** Values that a sample may have at most. */
#define STATISTICS_LIMIT 1000

/**
 * Nothing is assumed of how the values are spread. Below 6 of them no interval
 * is that sure: it is then all of them.
 *
 * @param values  at least one, at most STATISTICS_LIMIT; they are sorted
 */
struct statistics statistics_of(double *values, size_t count);

/**
 * How one thing compares with another, measured in the same rounds: the noise
 * that both had is gone.
 *
 * @param ratios  room for `count`
 */
struct statistics statistics_of_ratios(
	const double *values, const double *base, double *ratios, size_t count);

#endif
