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
limits_drop_capabilities(void)
{
	cap_t none = cap_init();
	int err = 0;

	if (!none)
		return -ENOMEM;
	if (cap_set_proc(none) < 0)
		err = -errno;
	cap_free(none);
	if (err == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		err = -errno;
	return err;
}
