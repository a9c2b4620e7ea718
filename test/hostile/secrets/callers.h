/** @file Who gave memory back with a mark in it. */
#ifndef MCPAUTH_TEST_CALLERS_H
#define MCPAUTH_TEST_CALLERS_H

#include "subject.h"

#include <stdbool.h>

/** End the watch that was begun: nobody gave memory back with a mark in it, but for those
 * who are known to. */
void callers_check(struct subject *subject, bool over_tls);

/** Who is known to, and how often each was seen. */
void callers_print_limits(void);

#endif
