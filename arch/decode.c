/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the kernel reports of a call to struct sysreq, by the table.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

#include "arch/arch.h"
#include "arch/sysreq.h"
#include "include/uapi.h"

#define SUPPORT_OF(s)	SUPPORT_##s
#define ROUTE_OF(r)	ROUTE_##r

static const struct sc_row rows[SC_MAX] = {
#define SYSCALL(name_, x86_64, arm64, route_, handler_, roles_, support_, note_) \
	[SC_##name_] = {						\
		.name = #name_, .handler = #handler_, .roles = roles_,	\
		.note = note_, .nr = { x86_64, arm64 },			\
		.route = ROUTE_OF(route_), .support = SUPPORT_OF(support_), \
	},
#include "include/syscalls.def"
#undef SYSCALL
};

/* Indexed by enum sc_role; ROLE_END has no word. */
static const struct {
	const char *word;
	bool is_32bit;
	bool is_pointer;
} role_words[] = {
	[ROLE_END]	= { "", false, false },
	[ROLE_FD]	= { "fd", true, false },
	[ROLE_DIRFD]	= { "dirfd", true, false },
	[ROLE_PATH]	= { "path", false, true },
	[ROLE_BUF]	= { "buf", false, true },
	[ROLE_STR]	= { "str", false, true },
	[ROLE_ADDR]	= { "addr", false, false },
	[ROLE_FLAGS]	= { "flags", true, false },
	[ROLE_LFLAGS]	= { "lflags", false, false },
	[ROLE_OFLAGS]	= { "oflags", true, false },
	[ROLE_ATFLAGS]	= { "atflags", true, false },
	[ROLE_MODE]	= { "mode", true, false },
	[ROLE_INT]	= { "int", true, false },
	[ROLE_UINT]	= { "uint", true, false },
	[ROLE_LONG]	= { "long", false, false },
	[ROLE_SIZE]	= { "size", false, false },
	[ROLE_OFF]	= { "off", false, false },
	[ROLE_DEV]	= { "dev", true, false },
	[ROLE_UID]	= { "uid", true, false },
	[ROLE_GID]	= { "gid", true, false },
	[ROLE_PID]	= { "pid", true, false },
	[ROLE_SIG]	= { "sig", true, false },
};

#define NROLES (sizeof(role_words) / sizeof(role_words[0]))
#define NR_END 512		/* above every number of the table */

/*
 * Both are filled before main() and only read after it: the roles of each row,
 * and the row of each number of this machine (0: none, else row + 1).
 */
static uint8_t row_roles[SC_MAX][SC_ARGS];
static uint16_t row_of_nr[NR_END];

static enum sc_role
role_by_word(const char *word, size_t len)
{
	for (unsigned int r = ROLE_END + 1; r < NROLES; r++) {
		if (strlen(role_words[r].word) == len &&
		    memcmp(role_words[r].word, word, len) == 0)
			return (enum sc_role)r;
	}
	return ROLE_END;
}

static void
row_parse_roles(unsigned int sc)
{
	const char *p = rows[sc].roles;

	for (unsigned int i = 0; i < SC_ARGS && *p; i++) {
		size_t len = strcspn(p, ",");

		row_roles[sc][i] = (uint8_t)role_by_word(p, len);
		p += len;
		if (*p == ',')
			p++;
	}
}

__attribute__((constructor)) static void
table_init(void)
{
	for (unsigned int sc = 0; sc < SC_MAX; sc++) {
		int nr = rows[sc].nr[ARCH_INDEX];

		row_parse_roles(sc);
		if (nr >= 0 && nr < NR_END)
			row_of_nr[nr] = (uint16_t)(sc + 1);
	}
}

const struct sc_row *
sc_row(enum sc sc)
{
	return &rows[sc];
}

const char *
sc_name(enum sc sc)
{
	return sc < SC_MAX ? rows[sc].name : "?";
}

int
sc_nr(enum sc sc)
{
	return sc < SC_MAX ? rows[sc].nr[ARCH_INDEX] : -1;
}

enum sc
sc_by_nr(int nr)
{
	if (nr < 0 || nr >= NR_END || row_of_nr[nr] == 0)
		return SC_MAX;
	return (enum sc)(row_of_nr[nr] - 1);
}

enum sc
sc_by_name(const char *name)
{
	for (unsigned int sc = 0; sc < SC_MAX; sc++) {
		if (strcmp(rows[sc].name, name) == 0)
			return (enum sc)sc;
	}
	return SC_MAX;
}

unsigned int
sc_roles(enum sc sc, enum sc_role role[SC_ARGS])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SC_ARGS; i++) {
		role[i] = sc < SC_MAX ? (enum sc_role)row_roles[sc][i] : ROLE_END;
		if (role[i] != ROLE_END)
			n = i + 1;
	}
	return n;
}

bool
sc_role_is_32bit(enum sc_role role)
{
	return role < NROLES && role_words[role].is_32bit;
}

bool
sc_has_pointer(enum sc sc)
{
	for (unsigned int i = 0; i < SC_ARGS; i++) {
		if (role_words[row_roles[sc][i]].is_pointer)
			return true;
	}
	return false;
}

int
sc_route_errno(enum sc_route route)
{
	switch (route) {
	case ROUTE_NATIVE:
	case ROUTE_NOTIFY:
	case ROUTE_TRACE:
	case ROUTE_MOUNT:
	case ROUTE_MOUNT_NOTIFY:
		return 0;
	case ROUTE_REFUSE_ENOSYS:
		return ENOSYS;
	case ROUTE_REFUSE_EPERM:
		return EPERM;
	case ROUTE_REFUSE_EINVAL:
		return EINVAL;
	case ROUTE_REFUSE_EACCES:
		return EACCES;
	case ROUTE_REFUSE_EOPNOTSUPP:
		return EOPNOTSUPP;
	case ROUTE_REFUSE_EAFNOSUPPORT:
		return EAFNOSUPPORT;
	}
	return 0;
}

const char *
sc_route_name(enum sc_route route)
{
	switch (route) {
	case ROUTE_NATIVE:
		return "NATIVE";
	case ROUTE_NOTIFY:
		return "NOTIFY";
	case ROUTE_TRACE:
		return "TRACE";
	case ROUTE_MOUNT:
		return "MOUNT";
	case ROUTE_MOUNT_NOTIFY:
		return "MOUNT_NOTIFY";
	case ROUTE_REFUSE_ENOSYS:
		return "REFUSE_ENOSYS";
	case ROUTE_REFUSE_EPERM:
		return "REFUSE_EPERM";
	case ROUTE_REFUSE_EINVAL:
		return "REFUSE_EINVAL";
	case ROUTE_REFUSE_EACCES:
		return "REFUSE_EACCES";
	case ROUTE_REFUSE_EOPNOTSUPP:
		return "REFUSE_EOPNOTSUPP";
	case ROUTE_REFUSE_EAFNOSUPPORT:
		return "REFUSE_EAFNOSUPPORT";
	}
	return "?";
}

/*
 * What the kernel would see of a register: int arguments lose their upper half
 * (signed ones are extended again, so that AT_FDCWD compares equal), umode_t is
 * 16 bits wide, and registers beyond the call's arguments do not exist.
 */
static uint64_t
arg_cut(enum sc_role role, uint64_t raw)
{
	if (role == ROLE_END)
		return 0;
	if (role == ROLE_MODE)
		return (uint16_t)raw;
	if (!sc_role_is_32bit(role))
		return raw;
	return (uint64_t)(int64_t)(int32_t)(uint32_t)raw;
}

/* prctl(PR_SET_SECCOMP) is seccomp(2): as prctl_set_seccomp() in the kernel. */
static void
decode_prctl_seccomp(struct sysreq *rq)
{
	uint64_t mode = rq->arg[1], prog = rq->arg[2];

	rq->sc = SC_seccomp;
	memset(rq->arg, 0, sizeof(rq->arg));
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		rq->arg[0] = SECCOMP_SET_MODE_STRICT;
		break;
	case SECCOMP_MODE_FILTER:
		rq->arg[0] = SECCOMP_SET_MODE_FILTER;
		rq->arg[2] = prog;
		break;
	default:
		rq->arg[0] = UINT32_MAX;	/* no operation: EINVAL */
		break;
	}
}

/* The calls of both machines that have a more general form. */
static void
decode_modern(struct sysreq *rq)
{
	if (rq->sc == SC_faccessat2) {
		rq->sc = SC_faccessat;
	} else if (rq->sc == SC_fchmodat2) {
		rq->sc = SC_fchmodat;
	} else if (rq->sc == SC_renameat) {
		rq->sc = SC_renameat2;
	} else if (rq->sc == SC_clone) {
		rq->arg[0] = (uint32_t)rq->arg[0];	/* lower_32_bits() */
	} else if (rq->sc == SC_prctl &&
		   (int)rq->arg[0] == PR_SET_SECCOMP) {
		decode_prctl_seccomp(rq);
	}
}

int
arch_decode(struct sysreq *rq, uint32_t audit_arch, int nr,
	    const uint64_t args[SC_ARGS], uint64_t ip)
{
	enum sc sc;

	if (audit_arch != ARCH_AUDIT)
		return -EPERM;
	if (nr >= 0 && (nr & ARCH_X32_BIT) != 0)
		return -EPERM;
	rq->nr = nr;
	rq->ip = ip;
	memcpy(rq->raw, args, sizeof(rq->raw));
	sc = sc_by_nr(nr);
	if (sc == SC_MAX)
		return -ENOSYS;
	rq->sc = rq->asked = sc;
	for (unsigned int i = 0; i < SC_ARGS; i++)
		rq->arg[i] = arg_cut((enum sc_role)row_roles[sc][i], args[i]);
	arch_decode_legacy(rq);
	decode_modern(rq);
	return 0;
}

static void
regs_args(const struct arch_regs *r, uint64_t args[SC_ARGS])
{
	for (unsigned int i = 0; i < SC_ARGS; i++)
		args[i] = arch_regs_arg(r, i);
}

int
arch_decode_regs(struct sysreq *rq, const struct arch_regs *r)
{
	uint64_t args[SC_ARGS];

	regs_args(r, args);
	return arch_decode(rq, ARCH_AUDIT, arch_regs_nr(r), args,
			   arch_regs_ip(r));
}

int
arch_decode_trap(struct sysreq *rq, const struct arch_regs *r, int si_syscall,
		 uint32_t si_arch)
{
	uint64_t args[SC_ARGS];

	regs_args(r, args);
	return arch_decode(rq, si_arch, si_syscall, args, arch_regs_ip(r));
}

bool
arch_is_restart(int64_t ret)
{
	switch (ret) {
	case -512:	/* ERESTARTSYS */
	case -513:	/* ERESTARTNOINTR */
	case -514:	/* ERESTARTNOHAND */
	case -516:	/* ERESTART_RESTARTBLOCK */
		return true;
	default:
		return false;
	}
}
