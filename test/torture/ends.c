/* How a program under torture ends: who called abort(), and where a signal struck. */
#include "torture_int.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

typedef void (*handler_fn)(int number);
typedef void (*exit_fn)(int status);
typedef void (*jump_fn)(struct __jmp_buf_tag *place, int value);

API void __longjmp_chk(struct __jmp_buf_tag *place, int value) __attribute__((noreturn));

static void on_end(int number, siginfo_t *about, void *context)
{
	(void)context;
	if (!atomic_exchange(&torture_shared->ended, true)) {
		torture_pause();
		torture_shared->address = about->si_addr;
		torture_trace(&torture_shared->end);
	}
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigaction(number, &usual, NULL);
	raise(number);
}

static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT, SIGUSR2};

void torture_ends_init(void)
{
	static char stack[65536];
	stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction action = {
		.sa_sigaction = on_end, .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO};
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		sigaction(deadly[i], &action, NULL);
	}
}

/* cmocka would catch what is deadly, and go on. */
API handler_fn signal(int number, handler_fn handler)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct sigaction old;
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		if (deadly[i] == number) {
			return SIG_DFL;
		}
	}
	return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* The library blocks all signals in its thread; these stay deadly there, too. */
API int pthread_sigmask(int how, const sigset_t *wanted, sigset_t *old)
{
	sigset_t less;
	if (wanted == NULL || how == SIG_UNBLOCK) {
		return sigprocmask(how, wanted, old) == 0 ? 0 : errno;
	}
	less = *wanted;
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		sigdelset(&less, deadly[i]);
	}
	return sigprocmask(how, &less, old) == 0 ? 0 : errno;
}

/* A check of cmocka's that does not hold ends the test, whose threads may still
 * use what lay on its stack: nothing that came behind would mean anything. */
void __longjmp_chk(struct __jmp_buf_tag *place, int value)
{
	torture_pause();
	if (torture_failed()) {
		torture_trace(&torture_shared->end);
		_exit(END_ASSERTION);
	}
	union {
		void *object;
		jump_fn function;
	} real = {dlsym(RTLD_NEXT, "__longjmp_chk")};
	torture_resume();
	real.function(place, value);
	_exit(127);
}

/* Of a check that does not hold in another thread cmocka makes an exit. */
API void exit(int status)
{
	torture_pause();
	if (torture_failed() && torture_side(__builtin_return_address(0)) == SIDE_TEST) {
		torture_trace(&torture_shared->end);
		_exit(END_ASSERTION);
	}
	union {
		void *object;
		exit_fn function;
	} real = {dlsym(RTLD_NEXT, "exit")};
	torture_resume();
	real.function(status);
	_exit(127);
}

API void abort(void)
{
	torture_shared->aborted_by = __builtin_return_address(0);
	raise(SIGABRT);
	_exit(127);
}

API void torture_wrong(const char *what)
{
	snprintf(torture_shared->wrong, sizeof torture_shared->wrong, "%s", what);
	fprintf(stderr, "%s\n", what);
	_exit(END_WRONG);
}
