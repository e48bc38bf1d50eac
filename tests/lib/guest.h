/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of tests/guest is made of.
 *
 * A program is a table of cases.  Each case runs in a child of its own, in an
 * empty directory of its own, and prints what it sees.  The driver runs the
 * program natively and in the sandbox and compares the output case by case, so
 * a case must print nothing that differs from run to run (process ids, inode
 * numbers, times): print relations between such values instead.
 *
 * Single-threaded unless said otherwise; everything here may also be called in
 * children that the case makes.
 */
#ifndef TESTS_LIB_GUEST_H
#define TESTS_LIB_GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds that one case may take before it is killed and reported; the
 * environment's CASE_SECONDS says otherwise for a slow machine. */
#define GUEST_CASE_SECONDS 20

struct guest_case {
	const char *name;
	void (*run)(void);
};

#define CASE(function) { #function, function }

#define GUEST_MAIN(...)							\
	int								\
	main(int argc, char **argv)					\
	{								\
		static const struct guest_case cases[] = {		\
			__VA_ARGS__					\
		};							\
									\
		return guest_main(cases,				\
				  sizeof(cases) / sizeof(cases[0]),	\
				  argc, argv);				\
	}

/* Run the cases named in argv (all without arguments). Returns 0. */
int guest_main(const struct guest_case *cases, size_t n, int argc, char **argv);

/* Print one line of the case's output. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print "text = value", or "text = -1 ENAME" when value is -1. */
long say_result(const char *text, long value);

/* Evaluate a call, print its text and what it returned; the value is kept. */
#define R(...) (errno = 0, say_result(#__VA_ARGS__, (long)(__VA_ARGS__)))

/* The same for a call that returns a descriptor, which is closed again. */
#define RFD(...)							\
	(errno = 0,							\
	 say_close(say_result(#__VA_ARGS__, (long)(__VA_ARGS__))))
void say_close(long fd);

/* Set-up that must succeed: prints the text and exits when it returns -1. */
#define MUST(...) must(#__VA_ARGS__, (long)(__VA_ARGS__))
long must(const char *text, long value);

/* End the case early, saying why it cannot run; natively this is a skip. */
void cannot(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * Is this Linux major.minor or newer?  For what newer kernels do differently
 * and belljar does as they do: SINCE(6, 9, call) asks older ones nothing;
 * needs_kernel() skips the case there, naming what is missing.
 */
bool kernel_since(int major, int minor);
void needs_kernel(int major, int minor, const char *what);
#define SINCE(major, minor, ...)					\
	(kernel_since(major, minor) ? (void)R(__VA_ARGS__) :		\
	 say("not asked before Linux %d.%d: " #__VA_ARGS__, major, minor))
/* And what is done as in Linux 6.18, and differently by newer ones. */
#define AS_IN_6_18(...)							\
	(kernel_since(6, 19) ?						\
	 say("not asked since Linux 6.19: " #__VA_ARGS__) :		\
	 (void)R(__VA_ARGS__))

/* Returns "ENOENT" and the like, "0" for 0. */
const char *errname(int err);

/* Returns a copy of text whose last byte is the last before a bad page. */
const char *tail(const char *text);

/* Returns n writable bytes, the last of which is the last before a bad page. */
void *tail_bytes(size_t n);

/* Returns an address that faults. */
void *hole(void);

/* Returns a string of n times the character. */
char *repeat(char c, size_t n);

/* Make a file with this text (mode 0644). Ends the case on failure. */
void put_file(const char *path, const char *text);

/* Returns the text of a file, or a note "(ENOENT)"; the caller may free it. */
char *get_file(const char *path);

/* Wait for a child and print "name: exit 3" or "name: signal SIGTERM". */
void say_status(const char *name, pid_t pid);
void say_wait_status(const char *name, int status);

/* Print a stat mode as "drwxr-xr-x"-like text into a static buffer. */
const char *mode_text(mode_t mode);

/* Returns a case's scratch directory (absolute path, no trailing slash). */
const char *here(void);

/* Returns the path by which this program was called. */
const char *self(void);

/*
 * What a program does when its first argument starts with '+': a program that
 * executes itself defines it.  argv[0] is that argument. Returns its status.
 */
int guest_child(int argc, char **argv) __attribute__((weak));

/* Print the names in a directory, sorted, on one line. */
void say_names(const char *path);

#endif
