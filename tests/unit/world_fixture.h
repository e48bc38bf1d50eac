/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world made from a line of options, to look into. The VFS, hostfs and tmpfs
 * are the real ones; the kernel's file systems are empty tmpfs of the same
 * names. For supervisor_world.c alone.
 */
#ifndef TESTS_UNIT_WORLD_FIXTURE_H
#define TESTS_UNIT_WORLD_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "supervisor/config.h"
#include "supervisor/log.h"
#include "supervisor/options.h"
#include "supervisor/world.h"
#include "vfs/fs/tmpfs.h"
#include "vfs/vfs.h"

#define WORDS_MAX 32

static char top[] = "/tmp/belljar-world.XXXXXX";
static char said[2048];
static struct config cfg;
static struct vfs *vfs;
static struct world world;
static struct tmpfs_type types[5];

/* --- a tmpfs kept in directories below top -------------------------------- */

static int
make_dir(void *arg, const struct tmpfs_opts *o, int *fd, uint64_t *cookie)
{
	static unsigned int nr;
	char path[128];

	(void)arg;
	snprintf(path, sizeof(path), "%s/tmpfs/%u", top, nr++);
	if (mkdir(path, 0700) < 0 || chmod(path, o->mode) < 0)
		return -errno;
	*cookie = 0;
	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int
resize(void *arg, int fd, const struct tmpfs_opts *o)
{
	(void)arg;
	(void)fd;
	(void)o;
	return 0;
}

static void
drop(void *arg, uint64_t cookie)
{
	(void)arg;
	(void)cookie;
}

static const struct tmpfs_backing backing = {
	.make = make_dir, .resize = resize, .drop = drop,
};

/* --- the fixture ---------------------------------------------------------- */

/* A file or directory below the host's part of top. */
static void
host_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/host/%s", top, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
host_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
setup(void)
{
	static const char *const names[] = {
		"tmpfs", "proc", "sysfs", "devpts", "mqueue",
	};
	size_t i;

	strcpy(top + strlen(top) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	host_dir("tmpfs");
	host_dir("host");
	host_dir("host/dir");
	host_dir("host/dir/sub");
	host_file("file", "host file");
	host_file("dir/inner", "inner");
	ck_assert_int_eq(vfs_new(&vfs), 0);
	for (i = 0; i < 5; i++) {
		tmpfs_type_init(&types[i], &backing);
		types[i].type.name = names[i];
		ck_assert_int_eq(vfs_register_type(vfs, &types[i].type), 0);
	}
	config_init(&cfg);
	memset(&world, 0, sizeof(world));
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
teardown(void)
{
	world_fini(&world);
	ck_assert_uint_eq(vfs_free(vfs), 0);
	config_fini(&cfg);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Builds the world for a line of options; "@" stands for the host's part of
 * top. What goes to stderr ends in said[]. */
static int
build(const char *line)
{
	char copy[1024] = "", *rest = copy, *word;
	char *argv[WORDS_MAX] = {(char *)"run"};
	int argc = 1, err, saved, capture;
	ssize_t n;

	for (; *line; line++) {
		size_t len = strlen(copy);

		if (*line == '@')
			snprintf(copy + len, sizeof(copy) - len, "%s/host",
				top);
		else
			snprintf(copy + len, sizeof(copy) - len, "%c", *line);
	}
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	argv[argc++] = (char *)"prog";
	config_fini(&cfg);
	ck_assert_int_eq(options_parse(&cfg, FLAVOUR_RUN, argc, argv), 0);
	capture = memfd_create("stderr", MFD_CLOEXEC);
	saved = dup(STDERR_FILENO);
	dup2(capture, STDERR_FILENO);
	err = world_build(vfs, &cfg, NULL, &world);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(capture, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close(capture);
	return err;
}

static struct vfs_ctx
ctx(void)
{
	return (struct vfs_ctx){
		.vfs = vfs, .ns = world.ns, .root = world.root,
		.cwd = world.cwd, .uid = geteuid(), .gid = getegid(),
		.may_mount = true, .umask = 022,
	};
}

static int
guest_stat(const char *name, struct stat *st)
{
	struct vfs_ctx c = ctx();
	struct vfs_at at = {.name = name};

	return vfs_stat(&c, &at, st);
}

static mode_t
guest_mode(const char *name)
{
	struct stat st;
	int err = guest_stat(name, &st);

	ck_assert_msg(err == 0, "%s: %s", name, log_errno(err));
	return st.st_mode;
}

static const char *
guest_read(const char *name)
{
	static char text[256];
	struct vfs_ctx c = ctx();
	struct vfs_at at = {.name = name, .flags = LOOK_FOLLOW};
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
	ssize_t n;
	int fd, err;

	err = vfs_open(&c, &at, &how, false, &fd, NULL);
	ck_assert_msg(err == 0, "%s: %s", name, log_errno(err));
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

/* Tries to make a file; 0 or -errno. */
static int
guest_create(const char *name)
{
	struct vfs_ctx c = ctx();
	struct vfs_at at = {.name = name};
	struct open_how how = {
		.flags = O_CREAT | O_WRONLY | O_CLOEXEC, .mode = 0644,
	};
	int fd, err;

	err = vfs_open(&c, &at, &how, false, &fd, NULL);
	if (!err)
		close(fd);
	return err;
}

#endif
