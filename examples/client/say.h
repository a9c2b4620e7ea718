/* What the program tells its user, with nothing a server sent able to steer
 * the terminal. */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include <stdbool.h>

/** Whether step(), asked(), answered() and note() print. */
extern bool say_steps;

/** Whether detail() prints. */
extern bool say_details;

/** Whether stderr is a terminal that lines may be drawn on again. */
extern bool say_draws;

/** Whether headings stand out there. */
extern bool say_colour;

/** Gets what complain() would print; NULL: stderr does. */
extern void (*say_complaint)(const char *message);

/** A numbered heading. All of these go to stderr, from any thread. */
void step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A request that goes out. */
void asked(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What came back. */
void answered(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Something worth knowing about the line above. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A note for --verbose. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What somebody has to know, whatever else is printed. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Draw a line that the next one replaces; nothing unless say_draws. */
void spin(const char *what);

/** Rub it out. */
void spin_end(void);

/** What was asked for, on stdout. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Say on stderr why the program cannot go on. @return always false */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
