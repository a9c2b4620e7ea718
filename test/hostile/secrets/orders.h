/**
 * @file
 * What the test asks of the server, which is a process of its own: it must not know a
 * secret from anywhere but what it is sent over HTTP. Marks travel masked.
 */
#ifndef MCPAUTH_TEST_ORDERS_H
#define MCPAUTH_TEST_ORDERS_H

#include "marks.h"
#include "memory.h"
#include "watch.h"

#include <mcpauth/mcpauth.h>

#define FINDINGS_MAX 48

enum order_what {
	ORDER_MARK,     /* look for `mark` from now on */
	ORDER_START,    /* `number`: the issuer's port, `text`: of what kind, `mark`: its
			 * secret if it introspects, its access log's key if that is
			 * "stages"; answers with the server's port */
	ORDER_EXCHANGE, /* make one at `text` with the secret `mark`, `number`: how */
	ORDER_SETTLE,   /* release it */
	ORDER_HANDLES,  /* `number`: make handles with the key `mark` for `text`, and use
			 * them; 0: release them */
	ORDER_CLIENT,   /* be an OAuth client as `text` says: client.h */
	ORDER_SETTINGS, /* read the file `text` */
	ORDER_WATCH,    /* begin; `number`: overwrite what is given back */
	ORDER_UNWATCH,  /* who gave marks back */
	ORDER_SEARCH,   /* where marks are */
	ORDER_LEND,     /* write the mark where `number` says, in the clear */
	ORDER_STOP,     /* the daemon, and release all */
};

/* Places for ORDER_LEND. */
enum {
	PLACE_NONE, /* take it back, without wiping */
	PLACE_HEAP,
	PLACE_DATA
};

struct order {
	enum order_what what;
	unsigned number;
	char text[160];
	struct mark mark;
};

struct report {
	enum mcpauth_code code;
	unsigned number;
	size_t count;
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
	struct memory_finding places[FINDINGS_MAX];
	struct watch_finding callers[WATCH_MAX];
};

/** Be the server: take orders until there are no more. Lines of the log go to `log`,
 * as do the errors that the exchange makes. */
int server_main(int orders, int log);

#endif
