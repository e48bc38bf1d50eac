/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/devpts_pin.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vfs/hostcall.h"

long
pin_slave_number(const struct stat *st)
{
	unsigned int maj = major(st->st_rdev);

	if (!S_ISCHR(st->st_mode) || maj < PTS_MAJOR ||
	    maj >= PTS_MAJOR + PTS_MAJORS)
		return -1;
	return (long)(maj - PTS_MAJOR) * 256 + (long)minor(st->st_rdev);
}

void
pin_free(struct devpts_pin *pin)
{
	LIST_REMOVE(pin, link);
	close(pin->fd);
	free(pin);
}

/* The kernel unlinks the slave when its master is closed. */
static bool
pin_is_dead(const struct devpts_pin *pin)
{
	struct stat st;

	return host_fstat(pin->fd, &st) < 0 || st.st_nlink == 0;
}

void
pins_drop_dead(struct devpts_pins *pins)
{
	struct devpts_pin *pin, *next;

	for (pin = LIST_FIRST(pins); pin; pin = next) {
		next = LIST_NEXT(pin, link);
		if (pin_is_dead(pin))
			pin_free(pin);
	}
}

unsigned int
pins_count(const struct devpts_pins *pins)
{
	const struct devpts_pin *pin;
	unsigned int n = 0;

	LIST_FOREACH(pin, pins, link)
		n++;
	return n;
}

int
pins_add(struct devpts_pins *pins, int fd)
{
	struct devpts_pin *pin;
	struct stat st;
	long nr;
	int err = host_fstat(fd, &st);

	nr = err < 0 ? -1 : pin_slave_number(&st);
	if (nr < 0) {
		close(fd);
		return err < 0 ? err : -ENOTTY;
	}
	LIST_FOREACH(pin, pins, link) {
		if (pin->nr == (unsigned int)nr && pin->ino == st.st_ino &&
		    pin->dev == st.st_dev) {
			close(fd);
			return 0;
		}
	}
	pin = calloc(1, sizeof(*pin));
	if (!pin) {
		close(fd);
		return -ENOMEM;
	}
	pin->nr = (unsigned int)nr;
	pin->fd = fd;
	pin->ino = st.st_ino;
	pin->dev = st.st_dev;
	LIST_INSERT_HEAD(pins, pin, link);
	return 0;
}

int
pins_dup(struct devpts_pins *pins, pthread_mutex_t *lock, unsigned int nr)
{
	struct devpts_pin *pin;
	int fd = -ENOENT;

	pthread_mutex_lock(lock);
	pins_drop_dead(pins);
	LIST_FOREACH(pin, pins, link) {
		if (pin->nr == nr) {
			fd = host_dup(pin->fd);
			break;
		}
	}
	pthread_mutex_unlock(lock);
	return fd;
}
