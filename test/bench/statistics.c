/* Medians and their intervals. */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* Outside it on either side. */
#define TAIL 0.025

static int compare(const void *a, const void *b)
{
	double one = *(const double *)a;
	double other = *(const double *)b;
	return one < other ? -1 : one > other;
}

/* How many values may lie outside at either end: the number below the median is
 * binomial, each being as likely below it as above. */
static size_t outside(size_t count)
{
	double chance = pow(0.5, (double)count);
	double sum = 0;
	size_t below = 0;
	while (below < count && sum + chance <= TAIL) {
		sum += chance;
		chance *= (double)(count - below) / (double)(below + 1);
		below++;
	}
	return below > 0 ? below - 1 : 0;
}

struct statistics statistics_of(double *values, size_t count)
{
	size_t cut = outside(count);
	qsort(values, count, sizeof *values, compare);
	return (struct statistics){
		.median = (values[(count - 1) / 2] + values[count / 2]) / 2,
		.min = values[0],
		.low = values[cut],
		.high = values[count - 1 - cut],
	};
}

struct statistics statistics_of_ratios(
	const double *values, const double *base, double *ratios, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ratios[i] = values[i] / base[i];
	}
	return statistics_of(ratios, count);
}
