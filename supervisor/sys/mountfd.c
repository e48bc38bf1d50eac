/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountfd.c - the mount interface on descriptors.  Not there yet: ENOSYS, as
 * a kernel older than 5.2 says, makes libmount use mount(2).
 */
#include <errno.h>

#include "supervisor/handlers.h"

static int
not_there(struct call *c)
{
	(void)c;
	return -ENOSYS;
}

#define NOT_THERE(name)			\
	int				\
	sys_##name(struct call *c)	\
	{				\
		return not_there(c);	\
	}

NOT_THERE(open_tree)
NOT_THERE(open_tree_attr)
NOT_THERE(move_mount)
NOT_THERE(fsopen)
NOT_THERE(fsconfig)
NOT_THERE(fsmount)
NOT_THERE(fspick)
NOT_THERE(mount_setattr)
NOT_THERE(statmount)
NOT_THERE(listmount)
