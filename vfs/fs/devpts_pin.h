/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devpts_pin.h - slaves held by O_PATH descriptors, for devpts alone.
 * Lists are protected by the lock of whoever owns them.
 */
#ifndef VFS_FS_DEVPTS_PIN_H
#define VFS_FS_DEVPTS_PIN_H

#include "vfs/fs/devpts.h"

/* include/uapi/linux/major.h: majors 136 to 143 of 256 minors each. */
#define PTS_MAJOR	136
#define PTS_MAJORS	8
#define PTS_MAX		(PTS_MAJORS * 256)

struct devpts_pin {
	LIST_ENTRY(devpts_pin) link;
	unsigned int nr;		/* [I] */
	int fd;				/* [I] O_PATH */
	ino_t ino;			/* [I] */
	dev_t dev;			/* [I] */
};

/* The number of a slave, or -1: it is none. */
long pin_slave_number(const struct stat *st);
void pin_free(struct devpts_pin *pin);
/* Lets go of slaves whose master is closed. */
void pins_drop_dead(struct devpts_pins *pins);
unsigned int pins_count(const struct devpts_pins *pins);
/* Takes over `fd` (O_PATH), also on failure.  0, -ENOTTY: no slave. */
int pins_add(struct devpts_pins *pins, int fd);
/* A duplicate of the pin of number `nr`, or -ENOENT.  Takes `lock`. */
int pins_dup(struct devpts_pins *pins, pthread_mutex_t *lock,
	     unsigned int nr);

#endif
