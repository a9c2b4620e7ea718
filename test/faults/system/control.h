/**
 * @file
 * How a test tells the preloaded library which calls are to fail: a file that
 * both have mapped, so that faults begin and end while the program runs.
 */
#ifndef MCPAUTH_TEST_FAULTS_CONTROL_H
#define MCPAUTH_TEST_FAULTS_CONTROL_H

#include <stdatomic.h>

/** The name of the variable in the environment that names the file. */
#define FAULT_CONTROL "FAULT_CONTROL"
/** Set: a daemon that asks for poll() is given epoll. */
#define FAULT_EPOLL "FAULT_EPOLL"
/** A host that is 127.0.0.1, for names are to be looked up, too. */
#define FAULT_HOST "keys.fault.example"

enum fault {
	FAULT_ACCEPT,       /* accept4: EMFILE, ENFILE */
	FAULT_SOCKET,       /* socket: EMFILE, ENFILE */
	FAULT_OPEN,         /* open, fopen: EMFILE, ENFILE */
	FAULT_EVENTFD,      /* eventfd: EMFILE, ENFILE */
	FAULT_EPOLL_CREATE, /* epoll_create1: EMFILE, ENFILE */
	FAULT_SOCKETPAIR,   /* socketpair: EMFILE, ENFILE */
	FAULT_LOG,          /* fprintf: ENOSPC */
	FAULT_POLL,         /* poll, select, epoll_wait: EINTR */
	FAULT_READ_EINTR,   /* read, recv of a socket: EINTR */
	FAULT_READ_SHORT,   /* the same: one to three bytes */
	FAULT_WRITE_EINTR,  /* write, send, sendmsg to a socket: EINTR */
	FAULT_WRITE_SHORT,  /* the same: one to three bytes */
	FAULT_RESET,        /* recv, send, sendmsg: ECONNRESET */
	FAULT_THREAD,       /* pthread_create: EAGAIN */
	FAULT_RANDOM,       /* getrandom: EIO, or fewer bytes than asked for */
	FAULT_RESOLVE,      /* getaddrinfo: EAI_AGAIN, EAI_MEMORY, EAI_FAIL */
	FAULTS
};

/** One kind. Both sides read and write it. */
struct fault_rule {
	atomic_uint chance;   /* of 65536 */
	atomic_uint number;   /* the call that fails, counted from 1; 0: none */
	atomic_uint calls;    /* so far */
	atomic_uint injected; /* failures so far */
};

/** All of them. Zeroed: nothing fails. */
struct fault_control {
	atomic_uint seed;
	struct fault_rule rules[FAULTS];
};

#endif
