/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns_priv.h - between userns.c and userns_map.c.
 */
#ifndef SUPERVISOR_USERNS_PRIV_H
#define SUPERVISOR_USERNS_PRIV_H

#include <pthread.h>

#include "supervisor/userns.h"

/* Namespaces at one time, and all that have owned mounts. */
#define USERNS_MAX	(256 * 1024)

struct userns_table {
	pthread_mutex_t lock;
	struct user_ns **v;		/* [u] by number; NULL: forgotten */
	size_t nr, room, live;		/* [u] */
};

#endif
