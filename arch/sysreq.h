/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system call as the guest asked for it, and the table that says what is done
 * with it (include/syscalls.def).
 *
 * arch_decode() turns what a seccomp notification, a tracer stop or a SIGSYS
 * gives into a struct sysreq.  Legacy calls come out in their modern form, so a
 * handler knows one form only:
 *
 *	open, creat			openat(AT_FDCWD, path, flags, mode)
 *	stat, lstat			newfstatat(AT_FDCWD, path, buf, flags)
 *	access, faccessat, faccessat2	faccessat(dirfd, path, mode, flags)
 *	chmod, fchmodat, fchmodat2	fchmodat(dirfd, path, mode, flags)
 *	chown, lchown			fchownat(dirfd, path, uid, gid, flags)
 *	rename, renameat		renameat2(old, path, new, path, flags)
 *	rmdir, unlink			unlinkat(AT_FDCWD, path, flags)
 *	mkdir, mknod, readlink,
 *	link, symlink			their ...at form
 *	prctl(PR_SET_SECCOMP, m, p)	seccomp(op, 0, p)
 *
 * Arguments that are 32 bits wide for the kernel (descriptors, flags, modes,
 * ids) are cut and sign-extended, as the kernel's own wrappers do: (int)arg[i]
 * is what the kernel would see, and no rubbish in the upper half is left.
 * raw[] keeps the registers.
 *
 * Pure functions over constant data: any thread, no locks, nothing allocated.
 */
#ifndef BELLJAR_ARCH_SYSREQ_H
#define BELLJAR_ARCH_SYSREQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One constant per row of the table, in the table's order. */
enum sc {
#define SYSCALL(name, x86_64, arm64, route, handler, roles, support, note) \
	SC_##name,
#include "include/syscalls.def"
#undef SYSCALL
	SC_MAX,
};

/* How a call reaches the supervisor (see include/syscalls.def). */
enum sc_route {
	ROUTE_NATIVE,		/* does not: the kernel runs it */
	ROUTE_NOTIFY,		/* seccomp notification */
	ROUTE_TRACE,		/* tracer stop */
	ROUTE_MOUNT,		/* tracer stop, or SIGSYS under an outer filter */
	ROUTE_MOUNT_NOTIFY,	/* notification, or SIGSYS there */
	ROUTE_REFUSE_ENOSYS,	/* the filter answers, the supervisor never sees it */
	ROUTE_REFUSE_EPERM,
	ROUTE_REFUSE_EINVAL,
	ROUTE_REFUSE_EACCES,
	ROUTE_REFUSE_EOPNOTSUPP,
	ROUTE_REFUSE_EAFNOSUPPORT,
};

enum sc_support {
	SUPPORT_NATIVE,		/* the kernel's own behaviour */
	SUPPORT_FULL,
	SUPPORT_PARTIAL,	/* the note says what is missing */
	SUPPORT_REFUSED,	/* on purpose */
	SUPPORT_TODO,		/* refused until it is written */
};

/* What an argument is: decides its width and how --trace prints it. */
enum sc_role {
	ROLE_END,		/* no more arguments */
	ROLE_FD, ROLE_DIRFD, ROLE_PATH, ROLE_BUF, ROLE_STR, ROLE_ADDR,
	ROLE_FLAGS, ROLE_LFLAGS, ROLE_OFLAGS, ROLE_ATFLAGS, ROLE_MODE,
	ROLE_INT, ROLE_UINT, ROLE_LONG, ROLE_SIZE, ROLE_OFF, ROLE_DEV,
	ROLE_UID, ROLE_GID, ROLE_PID, ROLE_SIG,
};

struct sc_row {
	const char *name;
	const char *handler;	/* "openat" for sys_openat, "none" */
	const char *roles;	/* "dirfd,path,oflags,mode" */
	const char *note;
	short nr[2];		/* x86-64, arm64; -1 where it lacks the call */
	uint8_t route;		/* enum sc_route */
	uint8_t support;	/* enum sc_support */
};

#define SC_ARGS 6

struct sysreq {
	enum sc sc;		/* after normalisation */
	enum sc asked;		/* the row of nr itself, for messages */
	int nr;
	uint64_t arg[SC_ARGS];	/* normalised */
	uint64_t raw[SC_ARGS];	/* the registers */
	uint64_t ip;		/* after the system call instruction */
};

/*
 * Decodes one call.  Every argument counts as hostile.
 * Returns 0, -EPERM for a foreign architecture (x32 included), -ENOSYS for a
 * number that the table does not have.
 */
int arch_decode(struct sysreq *rq, uint32_t audit_arch, int nr,
		const uint64_t args[SC_ARGS], uint64_t ip);

/* Returns the row of a call, never NULL.  Preconditions: sc < SC_MAX. */
const struct sc_row *sc_row(enum sc sc);

/* Returns the call's name, "?" for anything else. */
const char *sc_name(enum sc sc);

/* Returns the row's number on this machine, -1 when it has none. */
int sc_nr(enum sc sc);

/* Returns the row with this number on this machine, SC_MAX when none has. */
enum sc sc_by_nr(int nr);

/* Returns the row of that name, SC_MAX when none has it. */
enum sc sc_by_name(const char *name);

/* Fills role[] (ROLE_END after the last).  Returns the number of arguments. */
unsigned int sc_roles(enum sc sc, enum sc_role role[SC_ARGS]);

/* Returns true when the kernel takes 32 bits of an argument of this role. */
bool sc_role_is_32bit(enum sc_role role);

/*
 * Returns true when the call reads or writes memory through an argument (path,
 * buf or str): such a call is never let through as it stands.  An `addr' is not
 * counted: what it points at decides nothing outside the caller.
 */
bool sc_has_pointer(enum sc sc);

/* Returns the errno (positive) of a REFUSE route, 0 for the others. */
int sc_route_errno(enum sc_route route);

/* Returns the route's name in the table, "NOTIFY". */
const char *sc_route_name(enum sc_route route);

#endif
