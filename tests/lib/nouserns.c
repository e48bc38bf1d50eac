/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nouserns [-c | -n] PROGRAM [ARGS]: run a program as the default filter of a
 * container would: no namespaces (unshare, setns, clone with CLONE_NEW*: EPERM;
 * clone3: ENOSYS), no mounts (the mount family: EPERM; what is newer than many
 * a profile, statmount and listmount: ENOSYS), and with -c no
 * access to other processes either; with -n mounts are left alone.  Everything
 * else passes.
 * Needs no privilege (sets no_new_privs).
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NEW_ANY (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
		 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Numbers, for libseccomp does not know all the names; same on all archs. */
enum { NR_OPEN_TREE = 428, NR_MOVE_MOUNT, NR_FSOPEN, NR_FSCONFIG, NR_FSMOUNT,
       NR_FSPICK, NR_CLONE3 = 435, NR_PIDFD_GETFD = 438,
       NR_MOUNT_SETATTR = 442, NR_STATMOUNT = 457, NR_LISTMOUNT };

static const int mounts[] = {
	NR_OPEN_TREE, NR_MOVE_MOUNT, NR_FSOPEN, NR_FSCONFIG, NR_FSMOUNT,
	NR_FSPICK, NR_MOUNT_SETATTR, SCMP_SYS(mount), SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
};

static const int namespaces[] = { SCMP_SYS(unshare), SCMP_SYS(setns) };

/* Docker's profile, without CAP_SYS_PTRACE. */
static const int others[] = {
	NR_PIDFD_GETFD, SCMP_SYS(kcmp), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
};

static const int newer[] = { NR_STATMOUNT, NR_LISTMOUNT, NR_CLONE3 };

static int
refuse(scmp_filter_ctx ctx, int err, const int *nr, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		rc |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(err), nr[i], 0);
	return rc;
}

#define REFUSE(ctx, err, list) \
	refuse(ctx, err, list, sizeof(list) / sizeof((list)[0]))

/* `how': 'c', 'n' or 0. */
static int
filter_fill(scmp_filter_ctx ctx, int how)
{
	int rc = REFUSE(ctx, EPERM, namespaces);

	if (how != 'n')
		rc |= REFUSE(ctx, EPERM, mounts);
	if (how == 'c')
		rc |= REFUSE(ctx, EPERM, others);
	rc |= REFUSE(ctx, ENOSYS, newer);
	/* One rule per bit: a masked comparison is an equality. */
	for (unsigned bit = 1; bit; bit <<= 1)
		if (bit & NEW_ANY)
			rc |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
				SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit));
	return rc;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc, how = 0;

	if (argc > 1 && (!strcmp(argv[1], "-c") || !strcmp(argv[1], "-n"))) {
		how = argv[1][1];
		argc--;
		argv++;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: nouserns [-c | -n] PROGRAM [ARGS]\n");
		return 125;
	}
	if (!ctx || filter_fill(ctx, how)) {
		fprintf(stderr, "nouserns: cannot build the filter\n");
		return 125;
	}
	/* Other ABIs are none of its business. */
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 1);
	rc = seccomp_load(ctx);
	if (rc) {
		fprintf(stderr, "nouserns: seccomp: %s\n", strerror(-rc));
		return 125;
	}
	seccomp_release(ctx);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "nouserns: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
