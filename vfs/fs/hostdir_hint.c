/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped table of directories, filled at the second miss. */
#include "vfs/fs/hostdir_hint.h"

#include <pthread.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"

#define HINT_SLOTS 64

struct hint {
	uint64_t key[3];	/* of the node that the path starts at */
	uint32_t hash;		/* of key and path */
	char *dir;		/* path of the directory; NULL: missed once */
	int fd;			/* O_PATH of it */
};

struct hostdir_hints {
	pthread_mutex_t lock;
	struct hint slot[HINT_SLOTS];	/* [lock] */
};

struct hostdir_hints *
hostdir_hints_new(void)
{
	struct hostdir_hints *h = calloc(1, sizeof(*h));

	if (h)
		pthread_mutex_init(&h->lock, NULL);
	return h;
}

static void
hint_clear(struct hint *s)
{
	if (s->dir)
		close(s->fd);
	free(s->dir);
	memset(s, 0, sizeof(*s));
}

void
hostdir_hints_free(struct hostdir_hints *h)
{
	if (!h)
		return;
	hostdir_hint_forget(h);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void
hostdir_hint_forget(struct hostdir_hints *h)
{
	pthread_mutex_lock(&h->lock);
	for (int i = 0; i < HINT_SLOTS; i++)
		hint_clear(&h->slot[i]);
	pthread_mutex_unlock(&h->lock);
}

static uint32_t
hash_of(const struct node *base, const char *dir, size_t len)
{
	uint64_t h = base->key[0] * 31 + base->key[1] + base->key[2];

	h = (h ^ (h >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)dir[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return (uint32_t)h;
}

static bool
hint_is(const struct hint *s, uint32_t hash, const struct node *base,
	const char *dir, size_t len)
{
	return s->dir && s->hash == hash &&
	    memcmp(s->key, base->key, sizeof(s->key)) == 0 &&
	    strncmp(s->dir, dir, len) == 0 && !s->dir[len];
}

static bool
is_regular(int dir, const char *name)
{
	struct stat st;

	return host_fstatat(dir, name, &st) == 0 && S_ISREG(st.st_mode);
}

/* A last component that fstatat(2) can be asked about. */
static bool
is_plain(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool
hostdir_hint_regular(struct hostdir_hints *h, struct node *base, int at,
		     const char *rest)
{
	const char *slash = strrchr(rest, '/');
	const char *name = slash ? slash + 1 : rest;
	struct hint *s;
	uint32_t hash;
	bool yes = false;
	size_t len;

	if (!is_plain(name))
		return false;
	if (!slash)
		return is_regular(at, name);
	len = (size_t)(slash - rest);
	hash = hash_of(base, rest, len);
	if (!h || pthread_mutex_trylock(&h->lock) != 0)
		return false;
	s = &h->slot[hash % HINT_SLOTS];
	if (hint_is(s, hash, base, rest, len)) {
		yes = is_regular(s->fd, name);
		if (!yes)
			hint_clear(s);
	}
	pthread_mutex_unlock(&h->lock);
	return yes;
}

void
hostdir_hint_learn(struct hostdir_hints *h, struct node *base, int at,
		   const char *rest)
{
	const char *slash = strrchr(rest, '/');
	AUTO_FREE char *dir = NULL;
	struct hint *s;
	uint32_t hash;
	int fd;

	if (!h || !slash)
		return;
	hash = hash_of(base, rest, (size_t)(slash - rest));
	if (pthread_mutex_trylock(&h->lock) != 0)
		return;
	s = &h->slot[hash % HINT_SLOTS];
	if (s->hash != hash) {
		hint_clear(s);
		s->hash = hash;
	} else if (!s->dir) {
		dir = strndup(rest, (size_t)(slash - rest));
		fd = dir ? hostdir_openat(at, dir, O_PATH | O_DIRECTORY, 0) :
		    -ENOMEM;
		if (fd >= 0) {
			memcpy(s->key, base->key, sizeof(s->key));
			s->dir = steal_ptr(&dir);
			s->fd = fd;
		}
	}
	pthread_mutex_unlock(&h->lock);
}
