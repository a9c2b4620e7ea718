/* For how long an answer is good (RFC 9111 section 5.2.2). */
#ifndef MCPAUTH_NET_CACHE_CONTROL_H
#define MCPAUTH_NET_CACHE_CONTROL_H

/**
 * Read the value of one Cache-Control field. What is not understood is skipped.
 *
 * @param value            NUL-terminated; borrowed for the call
 * @param[in,out] max_age  seconds, MCPAUTH_NONE before the first field. The shortest
 *                         time counts, within a field and among several
 */
void mcpauth__cache_control_read(const char *value, unsigned *max_age);

#endif
