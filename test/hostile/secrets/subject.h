/**
 * @file
 * The server's process as its test sees it: orders, requests, and all that came out
 * of it. Here the secrets are known in the clear. Whatever fails here ends the process.
 */
#ifndef MCPAUTH_TEST_SUBJECT_H
#define MCPAUTH_TEST_SUBJECT_H

#include "orders.h"

struct subject;

/**
 * Start the process.
 *
 * @param program   argv[0]
 * @param tunables  for its GLIBC_TUNABLES
 */
struct subject *subject_new(const char *program, const char *tunables);

/** End it. NULL is accepted. */
void subject_free(struct subject *subject);

/** Give an order that needs no more than this, and take its report. Borrowed until
 * the next one. */
const struct report *subject_order(
	struct subject *subject, enum order_what what, unsigned number, const char *text);

/** The same with a mark. */
const struct report *subject_order_mark(struct subject *subject, const struct order *order);

/** Look for a secret in its memory from now on, and in what comes out of it. */
void subject_mark(struct subject *subject, const char *name, const void *secret, size_t length);

/** What a mark that its memory held was called. */
const char *subject_mark_name(const struct subject *subject, size_t number);

/** The same for what need not be a secret in memory, only outside. */
void subject_mark_output(
	struct subject *subject, const char *name, const void *text, size_t length);

/** Connect with TLS from now on. */
void subject_speak_tls(struct subject *subject);

/** Send bytes over a connection of its own, read one answer, close. @return its status */
unsigned subject_say(struct subject *subject, unsigned port, const char *request);

/** Note text that came out of it otherwise. */
void subject_heard(struct subject *subject, const char *text);

/** Pieces of marks in its log and in all answers; each is printed. Fails without
 * output. */
size_t subject_leaks(struct subject *subject);

/** Was this written to its log? */
bool subject_logged(struct subject *subject, const char *text);

#endif
