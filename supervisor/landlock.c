/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/landlock.h"

int
landlock_abi(void)
{
	long abi = syscall(__NR_landlock_create_ruleset, NULL, 0,
			   UAPI_LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;	/* ENOSYS, or EOPNOTSUPP: disabled */
}

/* All that the kernel can deny.  Returns the size of attr that it knows. */
static size_t
ruleset_fill(struct uapi_landlock_ruleset_attr *attr, int abi, bool share_net)
{
	attr->handled_access_fs = UAPI_LANDLOCK_FS_ABI1;
	if (abi >= 2)
		attr->handled_access_fs |= UAPI_LANDLOCK_FS_REFER;
	if (abi >= 3)
		attr->handled_access_fs |= UAPI_LANDLOCK_FS_TRUNCATE;
	if (abi >= 5)
		attr->handled_access_fs |= UAPI_LANDLOCK_FS_IOCTL_DEV;
	if (abi >= 4 && !share_net)
		attr->handled_access_net = UAPI_LANDLOCK_NET_BIND_TCP |
					   UAPI_LANDLOCK_NET_CONNECT_TCP;
	if (abi >= 6)
		attr->scoped = UAPI_LANDLOCK_SCOPE_ABSTRACT_UNIX |
			       UAPI_LANDLOCK_SCOPE_SIGNAL;
	if (abi >= 6)
		return sizeof(*attr);
	if (abi >= 4)
		return offsetof(struct uapi_landlock_ruleset_attr, scoped);
	return offsetof(struct uapi_landlock_ruleset_attr, handled_access_net);
}

static int
ruleset_allow_stub(int ruleset, int stub_fd)
{
	struct uapi_landlock_path_beneath_attr rule = {
		.allowed_access = UAPI_LANDLOCK_FS_EXECUTE |
				  UAPI_LANDLOCK_FS_READ_FILE,
		.parent_fd = stub_fd,
	};

	if (syscall(__NR_landlock_add_rule, ruleset,
		    UAPI_LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	/* A file in memory lies in no hierarchy: nothing forbids it. */
	return errno == EBADFD ? 0 : -errno;
}

int
landlock_restrict(int stub_fd, bool share_net)
{
	struct uapi_landlock_ruleset_attr attr = { 0 };
	int abi = landlock_abi(), err = 0;
	size_t size;
	long ruleset;

	if (abi == 0)
		return 0;
	size = ruleset_fill(&attr, abi, share_net);
	ruleset = syscall(__NR_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return -errno;
	if (stub_fd >= 0)
		err = ruleset_allow_stub((int)ruleset, stub_fd);
	if (!err && syscall(__NR_landlock_restrict_self, (int)ruleset, 0) < 0)
		err = -errno;
	close((int)ruleset);
	return err ? err : abi;
}
