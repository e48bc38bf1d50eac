/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/filter.c: what the filter must do with particular calls, said
 * independently of the table's rules.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "include/uapi.h"
#include "supervisor/filter.h"
#include "tests/unit/filter_sim.h"

enum on { ALWAYS, EMPTY_ROOT, IDS, SHARE_NET, DEV_IOCTL };

struct fact {
	enum sc sc;
	uint64_t arg[SC_ARGS];
	enum on on;
	enum sc_route route;
};

#define CWD	0xffffff9c
#define HI	0xdeadbeef00000000

static const struct fact facts[] = {
	{ SC_openat, { CWD, 1, O_RDONLY }, ALWAYS, ROUTE_NOTIFY },
	{ SC_openat, { CWD, 1, O_PATH }, ALWAYS, ROUTE_TRACE },
	{ SC_openat, { CWD, 1, HI | O_PATH | O_CLOEXEC }, ALWAYS, ROUTE_TRACE },
	{ SC_open, { 1, O_PATH | O_DIRECTORY }, ALWAYS, ROUTE_TRACE },
	{ SC_open, { 1, O_CREAT | O_RDWR, O_PATH }, ALWAYS, ROUTE_NOTIFY },
	{ SC_openat2, { CWD, 1, 1, 24 }, ALWAYS, ROUTE_TRACE },
	{ SC_execve, { 1, 1, 1 }, ALWAYS, ROUTE_TRACE },
	{ SC_newfstatat, { 3, 1, 1, AT_EMPTY_PATH }, ALWAYS, ROUTE_NOTIFY },
	{ SC_newfstatat, { 3, 1, 1, AT_EMPTY_PATH }, EMPTY_ROOT, ROUTE_NATIVE },
	{ SC_newfstatat, { 3, 1, 1, 0 }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_newfstatat, { 3, 1, 1, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW },
	  EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_newfstatat, { CWD, 1, 1, AT_EMPTY_PATH }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_newfstatat, { HI | CWD, 1, 1, AT_EMPTY_PATH }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_newfstatat, { 3, 0, 1, AT_EMPTY_PATH }, ALWAYS, ROUTE_NATIVE },
	{ SC_newfstatat, { 3, HI, 1, AT_EMPTY_PATH }, ALWAYS, ROUTE_NOTIFY },
	{ SC_newfstatat, { CWD, 0, 1, AT_EMPTY_PATH }, ALWAYS, ROUTE_NOTIFY },
	{ SC_newfstatat, { 3, 0, 1, AT_EMPTY_PATH }, IDS, ROUTE_NOTIFY },
	{ SC_statx, { 3, 1, AT_EMPTY_PATH, 0x7ff, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_statx, { 3, 1, AT_EMPTY_PATH, 0x7ff, 1 }, EMPTY_ROOT, ROUTE_NATIVE },
	{ SC_statx, { 3, 1, AT_EMPTY_PATH, 0x17ff, 1 }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_statx, { 3, 1, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, 0x7ff, 1 },
	  EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_statx, { 3, 1, AT_EMPTY_PATH, 0x4000, 1 }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_statx, { CWD, 0, AT_EMPTY_PATH, 0x7ff, 1 }, EMPTY_ROOT, ROUTE_NOTIFY },
	{ SC_fstat, { 3, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_fstat, { 3, 1 }, IDS, ROUTE_NOTIFY },
	{ SC_fchmod, { 3, 0777 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_fchown, { 3, 0, 0 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_fsetxattr, { 3, 1, 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_utimensat, { 3, 0, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_fchdir, { 3 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_mount, { 1, 1, 1, 0, 1 }, ALWAYS, ROUTE_MOUNT_NOTIFY },
	{ SC_unshare, { 0 }, ALWAYS, ROUTE_MOUNT },
	{ SC_setns, { 3, 0 }, ALWAYS, ROUTE_MOUNT },
	{ SC_clone, { 0x11 }, ALWAYS, ROUTE_NATIVE },
	{ SC_clone, { HI | CLONE_VM | CLONE_VFORK | 0x11 }, ALWAYS, ROUTE_NATIVE },
	{ SC_clone, { CLONE_NEWUSER | 0x11 }, ALWAYS, ROUTE_MOUNT },
	{ SC_clone, { CLONE_UNTRACED | 0x11 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_clone, { HI | CLONE_UNTRACED | CLONE_NEWNS }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_clone3, { 1, 88 }, ALWAYS, ROUTE_REFUSE_ENOSYS },
	{ SC_kill, { 0xffffffff, 9 }, ALWAYS, ROUTE_TRACE },
	{ SC_kill, { 0, 9 }, ALWAYS, ROUTE_TRACE },
	{ SC_tgkill, { 5, 5, 9 }, ALWAYS, ROUTE_TRACE },
	{ SC_setpgid, { 0, 0 }, ALWAYS, ROUTE_NATIVE },
	{ SC_setpgid, { 0, 5 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_sched_getaffinity, { 0, 8, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_sched_setaffinity, { 1, 8, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_setpriority, { 0, 0, 5 }, ALWAYS, ROUTE_NATIVE },
	{ SC_setpriority, { 2, 0, 5 }, ALWAYS, ROUTE_NOTIFY },	/* PRIO_USER */
	{ SC_setpriority, { 1, 0, 5 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prlimit64, { 0, 7, 1, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_prlimit64, { 5, 7, 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_move_pages, { 5 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_socket, { AF_UNIX, SOCK_STREAM }, ALWAYS, ROUTE_NATIVE },
	{ SC_socket, { AF_INET, SOCK_STREAM }, ALWAYS, ROUTE_REFUSE_EACCES },
	{ SC_socket, { AF_INET, SOCK_STREAM }, SHARE_NET, ROUTE_NATIVE },
	{ SC_socket, { AF_NETLINK, SOCK_RAW, 0 }, ALWAYS, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_socket, { AF_NETLINK, SOCK_RAW, 0 }, SHARE_NET, ROUTE_NATIVE },
	{ SC_socket, { AF_NETLINK, SOCK_RAW, 15 }, SHARE_NET, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_socket, { AF_VSOCK, SOCK_STREAM }, SHARE_NET, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_socket, { AF_ALG, SOCK_SEQPACKET }, SHARE_NET, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_socket, { AF_PACKET, SOCK_RAW }, SHARE_NET, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_accept, { 3, 0, 0 }, ALWAYS, ROUTE_NATIVE },
	{ SC_accept4, { 3, 1, 1, 0 }, ALWAYS, ROUTE_TRACE },
	{ SC_getsockopt, { 3, SOL_SOCKET, SO_ERROR, 1, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_getsockopt, { 3, SOL_SOCKET, SO_PEERCRED, 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_getsockopt, { 3, SOL_SOCKET, 77, 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_setsockopt, { 3, SOL_SOCKET, 76, 1, 4 }, ALWAYS, ROUTE_REFUSE_EOPNOTSUPP },
	{ SC_socketpair, { AF_UNIX, SOCK_STREAM, 0, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_socketpair, { AF_TIPC, SOCK_STREAM, 0, 1 }, ALWAYS, ROUTE_REFUSE_EAFNOSUPPORT },
	{ SC_connect, { 3, 1, 16 }, SHARE_NET, ROUTE_NOTIFY },
	{ SC_sendto, { 3, 1, 5, 0, 0, 0 }, ALWAYS, ROUTE_NATIVE },
	{ SC_sendto, { 3, 1, 5, 0, 1, 16 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_sendto, { 3, 1, 5, 0, HI, 16 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_sendmsg, { 3, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_sendmmsg, { 3, 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_ioctl, { 0, TIOCSTI, 1 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_ioctl, { 0, HI | TIOCSTI, 1 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_ioctl, { 0, HI | TIOCSTI, 1 }, DEV_IOCTL, ROUTE_REFUSE_EPERM },
	{ SC_ioctl, { 0, 0x541c, 1 }, DEV_IOCTL, ROUTE_REFUSE_EPERM },
	{ SC_ioctl, { 0, TIOCCONS }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_ioctl, { 0, TCGETS, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_ioctl, { 0, 0x802c542a, 1 }, ALWAYS, ROUTE_NATIVE },	/* TCGETS2 */
	{ SC_ioctl, { 0, FIONREAD, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_ioctl, { 0, FIOCLEX }, ALWAYS, ROUTE_NATIVE },
	{ SC_ioctl, { 0, FIOSETOWN, 1 }, DEV_IOCTL, ROUTE_NOTIFY },
	{ SC_ioctl, { 0, 0x40086602, 1 }, ALWAYS, ROUTE_NOTIFY },	/* SETFLAGS */
	{ SC_ioctl, { 0, 0x40086602, 1 }, DEV_IOCTL, ROUTE_NOTIFY },
	{ SC_ioctl, { 0, 0x1261, 1 }, ALWAYS, ROUTE_NOTIFY },		/* BLKFLSBUF */
	{ SC_ioctl, { 0, 0xae00, 0 }, ALWAYS, ROUTE_NOTIFY },		/* KVM */
	{ SC_ioctl, { 0, 0xae00, 0 }, DEV_IOCTL, ROUTE_NATIVE },
	{ SC_ioctl, { 0, 0xff04, 0 }, DEV_IOCTL, ROUTE_NOTIFY },	/* pidfd */
	{ SC_ioctl, { 0, 0xb701, 0 }, DEV_IOCTL, ROUTE_NOTIFY },	/* NS_GET_USERNS */
	{ SC_fcntl, { 0, F_GETFL }, ALWAYS, ROUTE_NATIVE },
	{ SC_fcntl, { 0, F_DUPFD_CLOEXEC, 3 }, ALWAYS, ROUTE_NATIVE },
	{ SC_fcntl, { 0, F_SETOWN, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_fcntl, { 0, HI | 8, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_fcntl, { 0, F_SETLEASE, 1 }, ALWAYS, ROUTE_REFUSE_EACCES },
	{ SC_prctl, { PR_SET_NAME, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_prctl, { PR_SET_DUMPABLE, 0 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { HI | PR_SET_DUMPABLE, 0 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_GET_DUMPABLE }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_PTRACER, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_CAPBSET_DROP, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_SECUREBITS, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_CAP_AMBIENT, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_KEEPCAPS, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_prctl, { PR_SET_KEEPCAPS, 1 }, IDS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_NO_NEW_PRIVS, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_prctl, { PR_SET_SECCOMP, 2, 1 }, ALWAYS, ROUTE_TRACE },
	{ SC_prctl, { PR_SET_MM, PR_SET_MM_MAP }, ALWAYS, ROUTE_NATIVE },
	{ SC_prctl, { PR_SET_MM, PR_SET_MM_EXE_FILE }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_SYSCALL_USER_DISPATCH, 1 }, ALWAYS, ROUTE_REFUSE_EINVAL },
	{ SC_prctl, { PR_SCHED_CORE, 1, 5 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_prctl, { PR_SET_VMA, 0 }, ALWAYS, ROUTE_NATIVE },
	{ SC_prctl, { 12345 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_seccomp, { SECCOMP_SET_MODE_FILTER, 0, 1 }, ALWAYS, ROUTE_TRACE },
	{ SC_seccomp, { SECCOMP_SET_MODE_STRICT, 0, 0 }, ALWAYS, ROUTE_TRACE },
	{ SC_seccomp, { SECCOMP_GET_ACTION_AVAIL, 0, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_personality, { 0xffffffff }, ALWAYS, ROUTE_NATIVE },
	{ SC_personality, { 0x0040000 }, ALWAYS, ROUTE_NATIVE },
	{ SC_personality, { 0x0400000 }, ALWAYS, ROUTE_REFUSE_EINVAL },	/* READ_IMPLIES_EXEC */
	{ SC_personality, { 8 }, ALWAYS, ROUTE_REFUSE_EINVAL },
	{ SC_shmget, { 1, 1, 1 }, ALWAYS, ROUTE_REFUSE_ENOSYS },
	{ SC_getuid, { 0 }, ALWAYS, ROUTE_NATIVE },
	{ SC_getuid, { 0 }, IDS, ROUTE_NOTIFY },
	{ SC_setuid, { 0 }, IDS, ROUTE_NOTIFY },
	{ SC_capget, { 1, 1 }, ALWAYS, ROUTE_NOTIFY },
	{ SC_io_uring_setup, { 1, 1 }, ALWAYS, ROUTE_REFUSE_ENOSYS },
	{ SC_io_uring_enter, { 1 }, ALWAYS, ROUTE_REFUSE_ENOSYS },
	{ SC_open_by_handle_at, { 1, 1, 1 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_name_to_handle_at, { 1, 1, 1 }, ALWAYS, ROUTE_REFUSE_EOPNOTSUPP },
	{ SC_bpf, { 1, 1, 1 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_perf_event_open, { 1 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_userfaultfd, { 0 }, ALWAYS, ROUTE_REFUSE_EPERM },
	{ SC_keyctl, { 0 }, ALWAYS, ROUTE_REFUSE_ENOSYS },
	{ SC_memfd_create, { 1, 1 }, ALWAYS, ROUTE_NATIVE },
	{ SC_ftruncate, { 3, 0 }, ALWAYS, ROUTE_NATIVE },
};

static void
fact_config(enum on on, struct filter_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->empty_root = on == EMPTY_ROOT;
	cfg->emulate_ids = on == IDS;
	cfg->share_net = on == SHARE_NET;
	cfg->dev_ioctl = on == DEV_IOCTL;
}

START_TEST(the_filter_knows_the_facts)
{
	const struct fact *f = &facts[_i];
	struct filter_config cfg;

	fact_config(f->on, &cfg);
	for (unsigned int a = 0; a < 2; a++) {
		int nr = sc_row(f->sc)->nr[a];
		struct sock_fprog prog;
		struct verdict v;

		if (nr < 0)
			continue;
		ck_assert_int_eq(filter_build_for(&cfg, a, &prog), 0);
		v = verdict_of(&prog, audit[a], nr, f->arg);
		ck_assert_int_eq(filter_route(&cfg, f->sc, f->arg), f->route);
		ck_assert_msg(v.action == action_of(&cfg, f->route),
			      "%s (fact %d): %#x", sc_name(f->sc), _i, v.action);
		filter_free(&prog);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/filter: facts");
	TCase *tc = tcase_create("facts");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, the_filter_knows_the_facts, 0,
			    (int)(sizeof(facts) / sizeof(facts[0])));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
