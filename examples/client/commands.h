/* What somebody may type. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "lines.h"
#include "session.h"

/** Read commands and obey until the end. @return whether all of them went well */
bool commands_run(struct session *session, struct lines *lines);

#endif
