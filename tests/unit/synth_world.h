/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_world.h - a small tree for the tests of synthetic filesystems: an
 * exported temporary directory as "/", with the directories proc and pts and
 * the file "file", and a scratch directory.  All of it goes with the world.
 */
#ifndef TESTS_UNIT_SYNTH_WORLD_H
#define TESTS_UNIT_SYNTH_WORLD_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs/fs/hostfs.h"
#include "vfs/fs/synth.h"
#include "vfs/vfs.h"

struct synth_world {
	char dir[64];
	struct vfs *v;
	struct synth_scratch scratch;
	struct mntns *ns;
	struct vfs_ctx c;
};

static inline void
world_path(const struct synth_world *w, const char *name, char buf[256])
{
	snprintf(buf, 256, "%s/%s", w->dir, name);
}

static inline void
world_make(struct synth_world *w)
{
	struct hostfs_export ex = { .fd = -1 };
	struct mount *m;
	char p[256];
	int fd;

	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "/dev/shm/belljar-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	for (const char *const *s = (const char *const[]){
		     "root", "root/proc", "root/pts", "scratch", NULL };
	     *s; s++) {
		world_path(w, *s, p);
		ck_assert_int_eq(mkdir(p, 0755), 0);
	}
	world_path(w, "root/file", p);
	fd = open(p, O_CREAT | O_WRONLY, 0644);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(vfs_new(&w->v), 0);
	world_path(w, "scratch", p);
	fd = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(synth_scratch_init(&w->scratch, fd), 0);
	world_path(w, "root", p);
	ex.fd = open(p, O_PATH | O_CLOEXEC);
	ck_assert_int_eq(vfs_kern_mount(w->v, &hostfs_type, "root", 0, &ex,
					&m), 0);
	close(ex.fd);
	ck_assert_int_eq(vfs_new_ns(w->v, m, &w->ns), 0);
	w->c.vfs = w->v;
	w->c.ns = w->ns;
	w->c.uid = geteuid();
	w->c.gid = getegid();
	mntns_root(w->ns, &w->c.root);
	w->c.cwd = w->c.root;
	path_get(&w->c.cwd);
}

/* A registered type, mounted. */
static inline void
world_mount(struct synth_world *w, const char *type, const char *where)
{
	struct vfs_at at = { .name = where, .flags = LOOK_FOLLOW };
	struct path p;
	struct mount *m;

	ck_assert_int_eq(vfs_kern_mount(w->v, vfs_find_type(w->v, type), type,
					0, NULL, &m), 0);
	ck_assert_int_eq(vfs_lookup(&w->c, &at, &p), 0);
	ck_assert_int_eq(vfs_attach(&w->c, m, &p), 0);
	path_put(&p);
}

static inline void
world_drop(struct synth_world *w)
{
	static const char *const names[] = {
		"root/proc", "root/pts", "root/file", "root", "scratch", "",
	};
	char p[256];

	path_put(&w->c.cwd);
	path_put(&w->c.root);
	mntns_put(w->ns);
	ck_assert_uint_eq(vfs_free(w->v), 0);
	synth_scratch_fini(&w->scratch);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		world_path(w, names[i], p);
		ck_assert_msg(remove(p) == 0, "%s is left: %s", p,
			      strerror(errno));
	}
}

static inline int
world_open_flags(struct synth_world *w, const char *name, uint64_t flags)
{
	struct vfs_at at = { .name = name, .flags = LOOK_FOLLOW };
	struct open_how how = { .flags = flags };
	int fd = -1, err;

	if (flags & O_NOFOLLOW)
		at.flags = 0;
	err = vfs_open(&w->c, &at, &how, false, &fd, NULL);
	return err < 0 ? err : fd;
}

static inline int
world_open(struct synth_world *w, const char *name)
{
	return world_open_flags(w, name, O_RDONLY);
}

static inline int
world_stat(struct synth_world *w, const char *name, struct stat *st)
{
	struct vfs_at at = { .name = name, .flags = LOOK_FOLLOW };

	return vfs_stat(&w->c, &at, st);
}

/* The text of a link, or "!" and an errno. */
static inline const char *
world_link(struct synth_world *w, const char *name)
{
	static char buf[4096];
	struct vfs_at at = { .name = name };
	ssize_t n = vfs_readlink(&w->c, &at, buf, sizeof(buf) - 1);

	if (n < 0)
		snprintf(buf, sizeof(buf), "!%d", (int)-n);
	else
		buf[n] = '\0';
	return buf;
}

/* The whole file; static storage. */
static inline const char *
world_read(struct synth_world *w, const char *name)
{
	static char buf[1 << 18];
	size_t len = 0;
	ssize_t n;
	int fd = world_open(w, name);

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(-fd));
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_ge(n, 0);
	close(fd);
	buf[len] = '\0';
	return buf;
}

/* What getdents says, without dots: "name/type ..."; static storage. */
static inline const char *
world_list(struct synth_world *w, const char *name)
{
	static char buf[1 << 14];
	size_t len = 0;
	struct dirent *e;
	int fd = world_open_flags(w, name, O_RDONLY | O_DIRECTORY);
	DIR *d;

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(-fd));
	d = fdopendir(fd);
	ck_assert_ptr_nonnull(d);
	buf[0] = '\0';
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
					"%s/%d ", e->d_name, e->d_type);
	}
	closedir(d);
	return buf;
}

static inline int
world_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
