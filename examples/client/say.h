/* What the program tells its user, with nothing a server sent able to steer
 * the terminal. */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include <stdbool.h>

/** Whether detail() prints. */
extern bool say_details;

/** A numbered heading. */
void step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A request that goes out. */
void asked(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What came back. */
void answered(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Something worth knowing about the line above. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A note for --verbose. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Say on stderr why the program cannot go on. @return always false */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
