/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/unixaddr.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BASE	offsetof(struct sockaddr_un, sun_path)
/* Names remembered; the oldest give way.  A power of four. */
#define DIGITS	7
#define SLOTS	(1u << (2 * DIGITS))

/* The guest's spelling of the name with number n is in slot n. */
static struct {
	pthread_mutex_t lock;
	uint32_t next;
	struct unix_addr *slot[SLOTS];
	char prefix[11];	/* of abstract names; made on first use */
} names = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Seven digits of base four, each "." and one to four slashes. */
static char *
put_number(char *p, uint32_t n)
{
	for (int i = 0; i < DIGITS; i++, n >>= 2) {
		*p++ = '.';
		memset(p, '/', (n & 3) + 1);
		p += (n & 3) + 1;
	}
	return p;
}

/* Returns what follows the number, or NULL if there is none. */
static const char *
get_number(const char *p, uint32_t *n)
{
	*n = 0;
	for (int i = 0; i < DIGITS; i++) {
		size_t slashes;

		if (*p != '.')
			return NULL;
		slashes = strspn(p + 1, "/");
		if (slashes < 1 || slashes > 4)
			return NULL;
		*n |= (uint32_t)(slashes - 1) << (2 * i);
		p += 1 + slashes;
	}
	return p;
}

static void
remember(uint32_t n, const struct unix_addr *guest)
{
	struct unix_addr **slot = &names.slot[n];

	if (!*slot)
		*slot = malloc(sizeof(**slot));
	if (*slot)
		**slot = *guest;
}

int
unixaddr_bind_name(const char *last, const struct unix_addr *guest,
		   struct unix_addr *host)
{
	char number[DIGITS * 5];
	size_t len = strlen(last), digits;
	char *p = host->un.sun_path;

	if (len > sizeof(host->un.sun_path))
		return -ENAMETOOLONG;
	memset(host, 0, sizeof(*host));
	host->un.sun_family = AF_UNIX;
	pthread_mutex_lock(&names.lock);
	digits = (size_t)(put_number(number, names.next) - number);
	/* A name without a directory needs none: it is what the guest says. */
	if (strncmp(guest->un.sun_path, last, sizeof(guest->un.sun_path)) &&
	    digits + len < sizeof(host->un.sun_path)) {
		memcpy(p, number, digits);
		p += digits;
		remember(names.next, guest);
		names.next = (names.next + 1) % SLOTS;
	}
	pthread_mutex_unlock(&names.lock);
	memcpy(p, last, len);
	len += (size_t)(p - host->un.sun_path);
	/* A name that fills it all goes without its NUL. */
	host->len = (socklen_t)(BASE + len +
				(len < sizeof(host->un.sun_path)));
	return 0;
}

bool
unixaddr_from_host(struct unix_addr *a)
{
	uint32_t n;
	bool found = false;

	if (a->len <= BASE || a->un.sun_family != AF_UNIX ||
	    a->un.sun_path[0] != '.')
		return false;
	if (!get_number(a->un.sun_path, &n))
		return false;
	pthread_mutex_lock(&names.lock);
	if (names.slot[n]) {
		*a = *names.slot[n];
		found = true;
	}
	pthread_mutex_unlock(&names.lock);
	return found;
}

/* "bjXXXXXXXX", different for each sandbox; "/" or ".NEST/" follows. */
static const char *
abstract_prefix(void)
{
	uint32_t r;

	pthread_mutex_lock(&names.lock);
	if (!names.prefix[0]) {
		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			r = (uint32_t)(uintptr_t)&r;
		snprintf(names.prefix, sizeof(names.prefix), "bj%08x", r);
	}
	pthread_mutex_unlock(&names.lock);
	return names.prefix;
}

/* As unix_autobind(): five hexadecimal digits. */
static size_t
autobind_name(char *p)
{
	uint32_t r = 0;
	char digits[6];

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		r = names.next;
	snprintf(digits, sizeof(digits), "%05x", r & 0xfffff);
	memcpy(p, digits, 5);
	return 5;
}

int
unixaddr_abstract_in(const struct unix_addr *guest, uint32_t nest,
		     struct unix_addr *host)
{
	char prefix[24];
	size_t n, len;

	if (nest)
		snprintf(prefix, sizeof(prefix), "%s.%x/", abstract_prefix(),
			 nest);
	else
		snprintf(prefix, sizeof(prefix), "%s/", abstract_prefix());
	n = strlen(prefix);

	memset(host, 0, sizeof(*host));
	host->un.sun_family = AF_UNIX;
	memcpy(host->un.sun_path + 1, prefix, n);
	if (guest->len <= BASE) {
		len = autobind_name(host->un.sun_path + 1 + n);
	} else {
		len = guest->len - BASE - 1;
		if (1 + n + len > sizeof(host->un.sun_path))
			return -EINVAL;
		memcpy(host->un.sun_path + 1 + n, guest->un.sun_path + 1, len);
	}
	host->len = (socklen_t)(BASE + 1 + n + len);
	return 0;
}

void
unixaddr_out(struct unix_addr *a)
{
	const char *prefix = abstract_prefix(), *name = a->un.sun_path + 1;
	size_t n = strlen(prefix), room;

	if (a->len <= BASE || a->un.sun_family != AF_UNIX)
		return;
	if (a->un.sun_path[0] != '\0') {
		unixaddr_from_host(a);
		return;
	}
	room = a->len - BASE - 1;
	if (room < n || memcmp(name, prefix, n) != 0)
		return;
	while (n < room && name[n] != '/')
		n++;
	if (n == room)
		return;
	n++;
	memmove(a->un.sun_path + 1, name + n, room - n);
	a->len -= (socklen_t)n;
	memset(a->un.sun_path + (a->len - BASE), 0, n);
}
