/**
 * @file
 * Marks what the libraries export. Nothing here is for calling.
 */
#ifndef MCPAUTH_API_H
#define MCPAUTH_API_H

#if !defined(__GNUC__)
/** Before each function that a library exports. */
#define MCPAUTH_API
/** Behind a function that formats as printf(3) does. */
#define MCPAUTH_PRINTF(text, first)
#else
#define MCPAUTH_API __attribute__((visibility("default")))
#define MCPAUTH_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif

/** For a number whose zero means "the default": none at all. */
#define MCPAUTH_NONE 0xffffffffu

#endif
