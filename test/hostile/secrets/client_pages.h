/** @file A protected server and its issuer, for an OAuth client. */
#ifndef MCPAUTH_TEST_CLIENT_PAGES_H
#define MCPAUTH_TEST_CLIENT_PAGES_H

#include "support/loopback.h"

#include <stdbool.h>

#define ACCESS "Qk3vTz8mYw1LrXcN5hDfGa7sJp2eUb9oZiK4"
#define REFRESH "7xHdPq0RnWmEuVy3TgLbCs6kAjF1oIz8NtQ9"
#define ID_JAG "mB5cXaYd.9tRkWvEhZqGsLj.2nPfUoTiK6x0"
#define REGISTERED "wN4jVfKs8QyTbRgXm1ZcUhLd3oPaEiG7tW5v"

/** Their pages, not yet filled in. Borrowed for ever. */
const struct loopback_page *client_pages(size_t *count);

/** Fill in where they are. Not while they are asked.
 * @param token_endpoint  a path @param revokes  is there an endpoint for that? */
void client_pages_fill(unsigned port, const char *token_endpoint, bool revokes);

#endif
