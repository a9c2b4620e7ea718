/**
 * @file
 * Marks what the libraries export. Nothing here is for calling.
 */
#ifndef MCPAUTH_API_H
#define MCPAUTH_API_H

#if defined(__GNUC__)
#define MCPAUTH_API __attribute__((visibility("default")))
#define MCPAUTH_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MCPAUTH_API
#define MCPAUTH_PRINTF(text, first)
#endif

/** For a number whose zero means "the default": none at all. */
#define MCPAUTH_NONE 0xffffffffu

#endif
