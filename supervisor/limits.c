/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/limits.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

void
limits_raise(struct rlimit *before)
{
	struct rlimit high;

	if (getrlimit(RLIMIT_NOFILE, before) < 0)
		return;
	high = *before;
	high.rlim_cur = high.rlim_max;
	setrlimit(RLIMIT_NOFILE, &high);
}

int
limits_drop_capabilities(bool but_ptrace)
{
	const cap_value_t ptrace = CAP_SYS_PTRACE;
	cap_flag_value_t held = CAP_CLEAR;
	cap_t now = cap_get_proc();
	cap_t kept = cap_init();
	int err = 0;

	if (!now || !kept) {
		cap_free(now);
		cap_free(kept);
		return -ENOMEM;
	}
	cap_get_flag(now, ptrace, CAP_PERMITTED, &held);
	if (but_ptrace && held == CAP_SET) {
		cap_set_flag(kept, CAP_PERMITTED, 1, &ptrace, CAP_SET);
		cap_set_flag(kept, CAP_EFFECTIVE, 1, &ptrace, CAP_SET);
	}
	if (cap_set_proc(kept) < 0)
		err = -errno;
	cap_free(now);
	cap_free(kept);
	if (err == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		err = -errno;
	return err;
}
