/* W3C Trace Context: whose trace a request is part of. */
#ifndef MCPAUTH_MONITORING_TRACE_CONTEXT_H
#define MCPAUTH_MONITORING_TRACE_CONTEXT_H

#include <stdbool.h>

/** Characters of a traceparent of version 00; all that is known of one of a later version. */
#define MCPAUTH__TRACEPARENT_LENGTH 55

/**
 * Is it a traceparent (Trace Context, sections 3.2.2 and 3.2.4)?
 *
 * @param value  without blanks at its ends. Of one of a later version more may follow
 *               behind a dash, which means nothing here
 */
bool mcpauth__traceparent_is_valid(const char *value);

#endif
