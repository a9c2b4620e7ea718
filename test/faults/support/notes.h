/**
 * @file
 * The example server `notes` in a process of its own, protected by an issuer on
 * 127.0.0.1, and what it takes from the machine. Whatever fails here, and is not
 * said to be returned, ends the process.
 */
#ifndef MCPAUTH_TEST_FAULTS_NOTES_H
#define MCPAUTH_TEST_FAULTS_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Longer than any answer may take: the library's deadline, and some more. */
#define NOTES_ANSWER_MS 8000

struct notes;

/** Zero is the default everywhere. Strings are borrowed for the call. */
struct notes_config {
	const char *jwks_uri;           /* where keys are; needed */
	const char *ca_file;            /* whom to trust with https; NULL or "": the system\'s */
	unsigned token_cache;           /* seconds for which accepted tokens are kept; 60 */
	unsigned timeout;               /* seconds until an idle connection is closed */
	unsigned threads;               /* that serve; 1 */
	const char *preload;            /* a library that is loaded before all others */
	const char *log;                /* where its standard error goes; a file of its own */
	const char *const *environment; /* "NAME=value", NULL at the end */
};

/** Start it and wait until it listens. NULL if it ended instead; `status`, if not
 * NULL, then says how (as waitpid() does). */
struct notes *notes_new(const struct notes_config *config, int *status);

/** Ask it to end and wait for that; it is killed after 20 s.
 * @return as waitpid() */
int notes_stop(struct notes *notes);

/** Stop it if it runs, and release all. NULL is accepted. */
void notes_free(struct notes *notes);

unsigned notes_port(const struct notes *notes);
pid_t notes_pid(const struct notes *notes);

/** Let it read its settings again. */
void notes_reload(const struct notes *notes);

bool notes_is_running(struct notes *notes);

/** Does this stand in its log? */
bool notes_has_logged(const struct notes *notes, const char *text);

/** Open descriptors. */
unsigned notes_descriptors(const struct notes *notes);

/** Wait up to 20 s until there are no more than so many. @return how many there are */
unsigned notes_await_descriptors(const struct notes *notes, unsigned at_most);

/** Resident memory in KiB. */
long notes_resident(const struct notes *notes);

/** Processor time so far in seconds. */
double notes_processor_time(const struct notes *notes);

/** Ask once on a connection of its own. @return the status; 0: closed without an
 * answer; -1: neither in time */
int notes_ask(const struct notes *notes, const char *path, const char *token);

/** Ask until the status is this one. @return false if it was not after `ms` */
bool notes_await_status(
	const struct notes *notes, const char *path, const char *token, int status, long ms);

/** A token signed by a key that the issuer does not have, under a kid that it has.
 * @return caller frees with free() */
char *notes_forged_token(void);

void notes_sleep_ms(long ms);

#endif
