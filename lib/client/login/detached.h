/* Starting a program that goes its own way. */
#ifndef MCPAUTH_LOGIN_DETACHED_H
#define MCPAUTH_LOGIN_DETACHED_H

#include <stdbool.h>

/**
 * Start a program without a shell and do not wait for its end: a session of its own, no
 * descriptor but /dev/null as 0, 1 and 2, no signal blocked or ignored, the environment as
 * it is here. It is no child of this process's.
 *
 * @param arguments  the first is the program: with a slash a path, else it is looked for in
 *                   PATH; NULL at the end; borrowed for the call
 * @return false if it could not be started
 */
bool mcpauth__detached_start(char *const arguments[]);

#endif
