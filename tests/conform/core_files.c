/* SPDX-License-Identifier: Apache-2.0 */
/* core_files.c - descriptors of emulated processes, and what is done by them. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/auto.h"
#include "tests/conform/core.h"
#include "tests/conform/payload.h"

/* ----------------------------------------------------------- descriptors */

static struct core_name *
slot_of(struct core *k, const char *name)
{
	for (int i = 0; i < CORE_NAMES; i++)
		if (k->p->names[i].file && !strcmp(k->p->names[i].name, name))
			return &k->p->names[i];
	return NULL;
}

static struct core_name *
free_slot(struct core *k)
{
	for (int i = 0; i < CORE_NAMES; i++)
		if (!k->p->names[i].file)
			return &k->p->names[i];
	die("too many descriptors");
}

struct core_file *
core_file_find(struct core *k, const char *name)
{
	struct core_name *s = slot_of(k, name);

	return s ? s->file : NULL;
}

struct core_file *
core_file_put(struct core *k, const char *name, int kind)
{
	struct core_name *s = slot_of(k, name);
	struct core_file *f = calloc(1, sizeof(*f));

	if (!f)
		die("out of memory");
	if (s)
		core_file_drop(k, s->file);
	else
		s = free_slot(k);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->file = f;
	f->refs = 1;
	f->fd = -1;
	f->kind = kind;
	return f;
}

void
core_file_drop(struct core *k, struct core_file *f)
{
	if (--f->refs)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->detached)
		vfs_dissolve(k->vfs, f->place.mnt);
	path_put(&f->place);
	if (f->context)
		fs_context_put(f->context);
	if (f->ns)
		mntns_put(f->ns);
	free(f);
}

int
core_file_close(struct core *k, const char *name)
{
	struct core_name *s = slot_of(k, name);
	struct core_file *f;

	if (!s)
		return EBADF;
	f = s->file;
	s->file = NULL;
	core_file_drop(k, f);
	return 0;
}

int
core_at(struct core *k, const struct op *op, int dir, int i,
	unsigned int look, struct vfs_at *at)
{
	const char *name = op_string(op, i);
	const char *base = dir ? op_word(op, dir) : "-";

	memset(at, 0, sizeof(*at));
	at->name = name;
	at->flags = look;
	if (!name)
		return EFAULT;
	if (!name[0] && !(look & LOOK_EMPTY))
		return ENOENT;
	if (!strcmp(base, "-") || !strcmp(base, "cwd") ||
	    (name[0] == '/' && !(look & LOOK_EMPTY)))
		return 0;
	if (core_file_find(k, base)) {
		at->base = &core_file_find(k, base)->place;
		if (at->base->mnt)
			return 0;
		return name[0] ? ENOTDIR : EINVAL;
	}
	return name[0] == '/' ? 0 : EBADF;
}

/* --------------------------------------------------------------- opening */

/* Opens, and finds the place that was opened. */
static int
open_file(struct core *k, struct vfs_at *at, const struct open_how *how,
	  int *fd, struct path *place)
{
	struct path where = { NULL, NULL };
	int err = vfs_open(&k->ctx, at, how, false, fd, &where);

	path_put(&where);
	if (err)
		return -err;
	if (how->flags & O_NOFOLLOW)
		at->flags &= ~(unsigned int)LOOK_FOLLOW;
	at->resolve |= (unsigned int)how->resolve;
	err = vfs_lookup(&k->ctx, at, place);
	if (err) {
		close(*fd);
		return -err;
	}
	return 0;
}

static int
open_name(struct core *k, const char *name, struct vfs_at *at,
	  const struct open_how *how)
{
	struct path place;
	struct core_file *f;
	int fd, err = open_file(k, at, how, &fd, &place);

	if (err)
		return err;
	f = core_file_put(k, name, (how->flags & O_PATH) ? FILE_PATH :
			  FILE_OPEN);
	f->fd = fd;
	f->flags = (int)how->flags;
	f->place = place;
	return 0;
}

/* RESOLVE_IN_ROOT looks at the directory of an absolute path as well. */
static int
root_of_path(struct core *k, const char *base, struct vfs_at *at)
{
	struct core_file *f;

	if (!strcmp(base, "-") || !strcmp(base, "cwd"))
		return 0;
	f = core_file_find(k, base);
	if (!f)
		return EBADF;
	at->base = &f->place;
	return f->place.mnt ? 0 : ENOTDIR;
}

static int
do_open_at(struct core *k, const struct op *op, int dir, int path,
	   uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	struct vfs_at at;
	int err = core_at(k, op, dir, path, LOOK_FOLLOW, &at);

	if (!err && (resolve & RESOLVE_IN_ROOT))
		err = root_of_path(k, op_word(op, dir), &at);
	if (err)
		return err;
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		how.mode = 0644;
	if (flags & O_PATH)
		how.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	return open_name(k, op_word(op, 1), &at, &how);
}

static int
do_open(struct core *k, const struct op *op)
{
	return do_open_at(k, op, 0, 2, op_bits(op, 3, words_open), 0);
}

static int
do_openat(struct core *k, const struct op *op)
{
	return do_open_at(k, op, 2, 3, op_bits(op, 4, words_open), 0);
}

static int
do_openat2(struct core *k, const struct op *op)
{
	return do_open_at(k, op, 2, 3, op_bits(op, 4, words_open),
			  op_bits(op, 5, words_resolve));
}

static int
do_close(struct core *k, const struct op *op)
{
	return core_file_close(k, op_word(op, 1));
}

/* A descriptor for the length of an operation. */
static int
open_here(struct core *k, const struct op *op, int i, int flags, mode_t mode,
	  int *fd)
{
	struct open_how how = { .flags = (uint64_t)flags, .mode = mode };
	struct vfs_at at;
	int err = core_at(k, op, 0, i, LOOK_FOLLOW, &at);

	if (err)
		return err;
	return error_of(vfs_open(&k->ctx, &at, &how, false, fd, NULL));
}

static int
do_touch(struct core *k, const struct op *op)
{
	for (int i = 1; i < op->ac; i++) {
		int fd, err = open_here(k, op, i, O_WRONLY | O_CREAT, 0644,
					&fd);

		if (err)
			return err;
		close(fd);
	}
	return 0;
}

static int
store(struct core *k, const struct op *op, const void *bytes, size_t size,
      mode_t mode)
{
	AUTO_FD fd = -1;
	int err = open_here(k, op, 1, O_WRONLY | O_CREAT | O_TRUNC, mode,
			    &fd);

	if (err)
		return err;
	return write(fd, bytes, size) < 0 ? errno : 0;
}

static int
do_write(struct core *k, const struct op *op)
{
	return store(k, op, op_word(op, 2), strlen(op_word(op, 2)), 0644);
}

static int
do_cpself(struct core *k, const struct op *op)
{
	size_t size;
	const void *bytes = payload_bytes(&size);

	return store(k, op, bytes, size, 0755);
}

static int
do_cat(struct core *k, const struct op *op)
{
	AUTO_FD fd = -1;
	char chunk[16384];
	ssize_t n;
	int err = open_here(k, op, 1, O_RDONLY, 0, &fd);

	if (err)
		return err;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(k->value, chunk, (size_t)n);
	return n < 0 ? errno : 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
do_ls(struct core *k, const struct op *op)
{
	AUTO_DIR DIR *d = NULL;
	struct dirent *de;
	char *names[512];
	size_t n = 0;
	int fd, err = open_here(k, op, 1, O_RDONLY | O_DIRECTORY, 0, &fd);

	if (err)
		return err;
	d = fdopendir(fd);
	while (d && (de = readdir(d)) && n < 512)
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			names[n++] = string_copy(de->d_name);
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++) {
		buf_printf(k->value, "%s%s", i ? " " : "", names[i]);
		free(names[i]);
	}
	return 0;
}

/* ------------------------------------------------------------- executing */

/* As do_open_execat(): the mount's flags come before permissions. */
static int
do_exec(struct core *k, const struct op *op)
{
	struct vfs_at at;
	struct path place;
	AUTO_FD fd = -1;
	bool noexec;
	int status, err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);
	pid_t pid;

	if (err)
		return err;
	err = vfs_lookup(&k->ctx, &at, &place);
	if (err)
		return -err;
	noexec = vfs_mount_flags(&place) & MS_NOEXEC;
	path_put(&place);
	if (noexec)
		return EACCES;
	err = open_here(k, op, 1, O_RDONLY | O_CLOEXEC, 0, &fd);
	if (err)
		return err;
	pid = fork();
	if (!pid) {
		char name[] = "x", *argv[] = { name, NULL }, *env[] = { NULL };

		fexecve(fd, argv, env);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ENOEXEC;
}

static int
do_mmapx(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_find(k, op_word(op, 1));
	void *m;

	if (!f || f->kind != FILE_OPEN)
		return EBADF;
	if (vfs_mount_flags(&f->place) & MS_NOEXEC)
		return EPERM;
	m = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, f->fd, 0);
	if (m == MAP_FAILED)
		return errno;
	munmap(m, 4096);
	return 0;
}

const struct core_op core_files[] = {
	{"touch", do_touch}, {"write", do_write}, {"cpself", do_cpself},
	{"cat", do_cat}, {"ls", do_ls}, {"open", do_open},
	{"openat", do_openat}, {"openat2", do_openat2}, {"close", do_close},
	{"exec", do_exec}, {"mmapx", do_mmapx}, {NULL, NULL}
};
