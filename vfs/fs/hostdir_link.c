/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/hostdir_link.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"

#define SLOTS		16
#define NAME_SIZE	24	/* longer ones are not remembered */
#define TEXT_SIZE	64

struct link {
	uint64_t key[3];	/* of the directory that it is in */
	char name[NAME_SIZE];	/* "": unused */
	char text[TEXT_SIZE];
};

struct hostdir_links {
	_Atomic unsigned int gen;	/* changes with every forgetting */
	_Atomic unsigned int used;	/* slots; 0: no need to look */
	pthread_mutex_t lock;
	unsigned int next;		/* [lock] slot to be used next */
	struct link slot[SLOTS];	/* [lock] */
};

struct hostdir_links *
hostdir_links_new(void)
{
	struct hostdir_links *l = calloc(1, sizeof(*l));

	if (l)
		pthread_mutex_init(&l->lock, NULL);
	return l;
}

void
hostdir_links_free(struct hostdir_links *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void
hostdir_links_forget(struct hostdir_links *l)
{
	if (!l)
		return;
	atomic_fetch_add(&l->gen, 1);
	if (!atomic_load(&l->used))
		return;
	pthread_mutex_lock(&l->lock);
	for (unsigned int i = 0; i < SLOTS; i++)
		l->slot[i].name[0] = '\0';
	atomic_store(&l->used, 0);
	pthread_mutex_unlock(&l->lock);
}

/* The length of the first component, if another one follows and it is a
 * name; else 0. */
static size_t
first_name(const char *rest)
{
	size_t len = strcspn(rest, "/");

	if (!rest[len] || len > NAME_MAX || strncmp(rest, "../", 3) == 0)
		return 0;
	return len;
}

static int
fill_stop(struct fs_stop *stop, const char *text, size_t len)
{
	stop->target = strdup(text);
	stop->dir_len = 0;
	stop->consumed = len;
	return stop->target ? 1 : -ENOMEM;
}

static const struct link *
find_locked(const struct hostdir_links *l, const struct node *base,
	    const char *name, size_t len)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		const struct link *s = &l->slot[i];

		if (s->name[0] && strncmp(s->name, name, len) == 0 &&
		    !s->name[len] &&
		    memcmp(s->key, base->key, sizeof(s->key)) == 0)
			return s;
	}
	return NULL;
}

int
hostdir_link_known(struct node *base, const char *rest, struct fs_stop *stop)
{
	struct hostdir_links *l = hostdir_of(base->fs)->links;
	const struct link *s;
	size_t len;
	int r = 0;

	if (!l || !atomic_load(&l->used))
		return 0;
	len = first_name(rest);
	if (!len || len >= NAME_SIZE)
		return 0;
	pthread_mutex_lock(&l->lock);
	s = find_locked(l, base, rest, len);
	if (s)
		r = stop ? fill_stop(stop, s->text, len) : 1;
	pthread_mutex_unlock(&l->lock);
	if (r == 1) {
		int err = hostdir_may_search(base, NULL);

		if (err < 0) {
			if (stop)
				free(stop->target);
			return err;
		}
	}
	return r;
}

/* Unless something was forgotten since it was asked. */
static void
remember(struct hostdir_links *l, unsigned int gen, const struct node *base,
	 const char *name, size_t len, const char *text)
{
	struct link *s;

	if (len >= NAME_SIZE || strlen(text) >= TEXT_SIZE)
		return;
	pthread_mutex_lock(&l->lock);
	if (gen == atomic_load(&l->gen) && !find_locked(l, base, name, len)) {
		s = &l->slot[l->next++ % SLOTS];
		memcpy(s->key, base->key, sizeof(s->key));
		memcpy(s->name, name, len);
		s->name[len] = '\0';
		strcpy(s->text, text);
		atomic_store(&l->used, 1);
	}
	pthread_mutex_unlock(&l->lock);
}

/* The first component, if there are several. */
static int
ask_first(struct node *base, int at, const char *rest, char *buf,
	  struct fs_stop *stop)
{
	struct hostdir_links *l = hostdir_of(base->fs)->links;
	unsigned int gen = l ? atomic_load(&l->gen) : 0;
	size_t len = first_name(rest);
	char name[NAME_MAX + 1];
	ssize_t n;

	if (!len)
		return 0;
	memcpy(name, rest, len);
	name[len] = '\0';
	n = host_readlink_at(at, name, buf, PATH_MAX);
	if (n < 0 || n == PATH_MAX)
		return 0;
	buf[n] = '\0';
	if (l)
		remember(l, gen, base, name, len, buf);
	return fill_stop(stop, buf, len);
}

/* The last, where the kernel follows none on the way. */
static int
ask_last(struct node *base, int at, const char *rest, char *buf,
	 struct fs_stop *stop)
{
	const char *slash = strrchr(rest, '/');
	ssize_t n;
	int r;

	if (!hostdir_takes_path(hostdir_of(base->fs), rest))
		return 0;
	n = host_readlink_at(at, rest, buf, PATH_MAX);
	if (n < 0 || n == PATH_MAX)
		return 0;
	buf[n] = '\0';
	r = fill_stop(stop, buf, strlen(rest));
	stop->dir_len = slash ? (size_t)(slash - rest) : 0;
	return r;
}

int
hostdir_link_ask(struct node *base, int at, const char *rest,
		 unsigned int how, struct fs_stop *stop)
{
	const struct hostdir *hd = hostdir_of(base->fs);
	AUTO_FREE char *buf = NULL;

	if (hd->deny)
		return 0;
	buf = malloc(PATH_MAX);
	if (!buf)
		return -ENOMEM;
	if (hd->links || how == FS_NOFOLLOW)
		return ask_first(base, at, rest, buf, stop);
	return ask_last(base, at, rest, buf, stop);
}
