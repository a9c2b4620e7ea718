/* Codes as logs and counters say them. */
#ifndef MCPAUTH_MONITORING_REASON_H
#define MCPAUTH_MONITORING_REASON_H

#include <mcpauth/error.h>

/** Bytes that the longest takes, its final NUL included. */
#define MCPAUTH__REASON_SIZE 32

/** A code's name without "MCPAUTH_E_", in small letters: "expired". */
void mcpauth__reason_write(enum mcpauth_code code, char text[MCPAUTH__REASON_SIZE]);

#endif
