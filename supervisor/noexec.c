/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/noexec.h"

#include <errno.h>

#include "include/uapi.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper.h"
#include "vfs/fs/hostdir_exec.h"

static int
set(void *arg, int fd, bool noexec)
{
	int err = mounthelper_setattr(arg, fd, noexec ? MOUNT_ATTR_NOEXEC : 0,
				      noexec ? 0 : MOUNT_ATTR_NOEXEC);

	if (err)
		log_info("a noexec mount can be mapped: %s", log_errno(err));
	return err;
}

static int
make_clone(void *arg, int fd, int *out)
{
	int err = mounthelper_clone_again(arg, fd, MOUNT_ATTR_NOEXEC, out);

	if (err)
		log_info("a noexec mount can be mapped: %s", log_errno(err));
	return err;
}

const struct noexec_backing *
noexec_backing(struct mounthelper *h)
{
	static struct noexec_backing b = { .set = set, .clone = make_clone };

	b.arg = h;
	return h ? &b : NULL;
}
