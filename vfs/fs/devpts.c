/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem: objects, opening, options.
 */
#include "vfs/fs/devpts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/fs/devpts_pin.h"
#include "vfs/hostcall.h"

#define PTMX_MAJOR	5
#define PTMX_MINOR	2

/* Keys: {0} the root, {1} ptmx, {2, number} a slave. */
enum { KEY_ROOT, KEY_PTMX, KEY_SLAVE };

struct devpts_instance {
	struct devpts *d;		/* [I] */
	pthread_mutex_t lock;
	struct devpts_pins pins;	/* [l] */
	bool have_uid, have_gid;
	uid_t uid;
	gid_t gid;
	mode_t mode, ptmxmode;
	unsigned int max;		/* terminals at a time */
};

#define MAX_DEFAULT	(1u << 20)	/* NR_UNIX98_PTY_MAX */

static struct devpts_instance *
instance_of(const struct fs *fs)
{
	return synth_of(fs)->priv;
}

/* An O_PATH descriptor of the slave, or -ENOENT; `*inherited`: it is the
 * embedder's own. */
static int
find_slave(struct fs *fs, unsigned int nr, bool *inherited)
{
	struct devpts_instance *in = instance_of(fs);
	int fd = pins_dup(&in->pins, &in->lock, nr);

	*inherited = fd == -ENOENT;
	if (fd == -ENOENT)
		fd = pins_dup(&in->d->inherited, &in->d->lock, nr);
	return fd;
}

int
devpts_add(struct devpts *d, int fd)
{
	int path = host_reopen(fd, O_PATH | O_CLOEXEC, 0);
	int err;

	if (path < 0)
		return path;
	pthread_mutex_lock(&d->lock);
	err = pins_add(&d->inherited, path);
	pthread_mutex_unlock(&d->lock);
	return err;
}

/* ---------------------------------------------------------------- objects */

static int
pts_describe(struct fs *fs, struct synth_ent *ent)
{
	(void)fs;
	ent->kind = SYNTH_REAL;
	ent->mode = S_IFCHR | 0666;
	ent->writable = true;
	if (ent->key[0] == KEY_ROOT) {
		ent->kind = SYNTH_DIR;
		ent->mode = S_IFDIR | 0755;
		ent->writable = false;
	}
	return 0;
}

static int
pts_child(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *dir,
	  const char *name, struct synth_ent *out)
{
	bool inherited;
	unsigned long nr;
	char *end;
	int fd;

	(void)c;
	(void)dir;
	if (strcmp(name, "ptmx") == 0) {
		out->key[0] = KEY_PTMX;
		return instance_of(fs)->d->ptmx >= 0 ? 0 : -ENOENT;
	}
	if (*name < '0' || *name > '9' || (*name == '0' && name[1]))
		return -ENOENT;
	nr = strtoul(name, &end, 10);
	if (*end || nr >= PTS_MAX)
		return -ENOENT;
	fd = find_slave(fs, (unsigned int)nr, &inherited);
	if (fd < 0)
		return fd;
	close(fd);
	out->key[0] = KEY_SLAVE;
	out->key[1] = nr;
	return 0;
}

static int
pts_parent(struct fs *fs, const uint64_t key[3], uint64_t dir[3],
	   char name[NAME_MAX + 1])
{
	(void)fs;
	memset(dir, 0, 3 * sizeof(dir[0]));
	if (key[0] == KEY_PTMX)
		snprintf(name, NAME_MAX + 1, "ptmx");
	else
		snprintf(name, NAME_MAX + 1, "%lu", (unsigned long)key[1]);
	return 0;
}

static void
list_pins(struct devpts_pins *pins, pthread_mutex_t *lock,
	  struct synth_names *out)
{
	struct devpts_pin *pin;
	char name[16];

	pthread_mutex_lock(lock);
	pins_drop_dead(pins);
	LIST_FOREACH(pin, pins, link) {
		snprintf(name, sizeof(name), "%u", pin->nr);
		names_add(out, name, S_IFCHR);
	}
	pthread_mutex_unlock(lock);
}

static int
pts_list(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *dir,
	 struct synth_names *out)
{
	struct devpts_instance *in = instance_of(fs);

	(void)c;
	(void)dir;
	list_pins(&in->pins, &in->lock, out);
	list_pins(&in->d->inherited, &in->d->lock, out);
	if (in->d->ptmx >= 0)
		names_add(out, "ptmx", S_IFCHR);
	return 0;
}

/* --------------------------------------------------------------- opening */

/* Pins the slave of a master just opened. */
static int
pin_slave_of(struct devpts_instance *in, int master)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
			   RESOLVE_NO_SYMLINKS,
	};
	struct stat st;
	char name[16];
	AUTO_FD fd = -1;
	unsigned int nr;
	int err;

	if (in->d->slaves < 0)
		return -ENOENT;
	if (ioctl(master, TIOCGPTN, &nr) < 0)
		return -errno;
	snprintf(name, sizeof(name), "%u", nr);
	fd = host_openat2(in->d->slaves, name, &how);
	if (fd < 0)
		return fd;
	err = host_fstat(fd, &st);
	if (err < 0 || pin_slave_number(&st) != (long)nr)
		return err < 0 ? err : -EIO;
	pthread_mutex_lock(&in->lock);
	pins_drop_dead(&in->pins);
	/* 0 is as many as one likes: devpts_new_index() takes one off it. */
	err = !in->max || pins_count(&in->pins) < in->max ? 0 : -ENOSPC;
	if (err == 0)
		err = pins_add(&in->pins, steal_fd(&fd));
	pthread_mutex_unlock(&in->lock);
	return err;
}

static int
open_ptmx(struct devpts_instance *in, uint64_t flags, int *out)
{
	AUTO_FD fd = -1;
	int err;

	if (flags & O_PATH) {
		fd = host_dup(in->d->ptmx);
		if (fd < 0)
			return fd;
	} else {
		fd = host_reopen(in->d->ptmx,
				 (int)(flags & ~(uint64_t)O_TRUNC) |
				 O_NOCTTY | O_CLOEXEC, 0);
		if (fd < 0)
			return fd;
		err = pin_slave_of(in, fd);
		if (err < 0)
			return err;
	}
	*out = steal_fd(&fd);
	return 0;
}

static int
pts_open(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	 uint64_t flags, int *out)
{
	AUTO_FD pin = -1;
	bool inherited;
	int fd;

	(void)c;
	if (ent->key[0] == KEY_PTMX)
		return open_ptmx(instance_of(fs), flags, out);
	pin = find_slave(fs, (unsigned int)ent->key[1], &inherited);
	if (pin < 0)
		return pin;
	if (flags & O_PATH) {
		*out = steal_fd(&pin);
		return 0;
	}
	fd = host_reopen(pin, (int)(flags & ~(uint64_t)O_TRUNC) | O_NOCTTY |
			 O_CLOEXEC, 0);
	/* The master was closed meanwhile. */
	if (fd < 0)
		return fd == -EIO ? -ENOENT : fd;
	*out = fd;
	return 0;
}

/* Is it one of ours?  As the pins are of the kernel's inodes, so are the
 * descriptors that guests hold. */
static int
pts_find(struct fs *fs, const struct stat *st, uint64_t key[3])
{
	struct devpts_instance *in = instance_of(fs);
	struct stat ptmx, slave;
	bool inherited;
	long nr = pin_slave_number(st);
	int err = -ESTALE;

	if (nr >= 0) {
		AUTO_FD fd = find_slave(fs, (unsigned int)nr, &inherited);

		if (fd >= 0 && host_fstat(fd, &slave) == 0 &&
		    slave.st_ino == st->st_ino && slave.st_dev == st->st_dev)
			err = 0;
		key[0] = KEY_SLAVE;
		key[1] = (uint64_t)nr;
	} else if (S_ISCHR(st->st_mode) &&
		   st->st_rdev == makedev(PTMX_MAJOR, PTMX_MINOR) &&
		   in->d->ptmx >= 0 && host_fstat(in->d->ptmx, &ptmx) == 0 &&
		   ptmx.st_ino == st->st_ino && ptmx.st_dev == st->st_dev) {
		key[0] = KEY_PTMX;
		key[1] = 0;
		err = 0;
	}
	key[2] = 0;
	return err;
}

/* ------------------------------------------------------------- attributes */

/* Of a pty of the guest's; not of the terminal that it was given. */
static int
own_slave(struct fs *fs, const struct synth_ent *ent)
{
	bool inherited = true;
	int fd = -EPERM;

	if (ent->key[0] == KEY_SLAVE)
		fd = find_slave(fs, (unsigned int)ent->key[1], &inherited);
	if (fd >= 0 && inherited) {
		close(fd);
		fd = -EPERM;
	}
	return fd;
}

static int
pts_chmod(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	  mode_t mode)
{
	AUTO_FD fd = own_slave(fs, ent);

	(void)c;
	return fd < 0 ? fd : host_chmod(fd, mode);
}

static int
pts_chown(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	  uid_t uid, gid_t gid)
{
	AUTO_FD fd = own_slave(fs, ent);

	(void)c;
	return fd < 0 ? fd : host_chown(fd, uid, gid);
}

/* ---------------------------------------------------------------- options */

static int
parse_number(const char *s, int base, unsigned long max, unsigned long *out)
{
	unsigned long n;
	char *end;

	if (!*s || *s == '-' || *s == '+')
		return -EINVAL;
	errno = 0;
	n = strtoul(s, &end, base);
	if (errno || *end || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

static int
parse_option(struct devpts_instance *in, const char *word)
{
	unsigned long n;
	int err = 0;

	if (strncmp(word, "uid=", 4) == 0) {
		err = parse_number(word + 4, 10, UINT32_MAX - 1, &n);
		in->have_uid = err == 0;
		in->uid = err == 0 ? (uid_t)n : 0;
	} else if (strncmp(word, "gid=", 4) == 0) {
		err = parse_number(word + 4, 10, UINT32_MAX - 1, &n);
		in->have_gid = err == 0;
		in->gid = err == 0 ? (gid_t)n : 0;
	} else if (strncmp(word, "mode=", 5) == 0) {
		err = parse_number(word + 5, 8, UINT32_MAX, &n);
		if (err == 0)
			in->mode = n & 07777;
	} else if (strncmp(word, "ptmxmode=", 9) == 0) {
		err = parse_number(word + 9, 8, UINT32_MAX, &n);
		if (err == 0)
			in->ptmxmode = n & 07777;
	} else if (strncmp(word, "max=", 4) == 0) {
		err = parse_number(word + 4, 10, MAX_DEFAULT, &n);
		if (err == 0)
			in->max = (unsigned int)n;
	} else if (strcmp(word, "newinstance") != 0) {
		err = -EINVAL;
	}
	return err;
}

/* As parse_mount_options() in fs/devpts/inode.c.  What new slaves look like is
 * the host's affair: uid, gid and mode are only shown. */
static int
parse_options(struct devpts_instance *in, const char *data)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = copy, *word;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	while (err == 0 && (word = strsep(&rest, ",")) != NULL)
		if (*word)
			err = parse_option(in, word);
	return err;
}

static int
pts_show_options(struct fs *fs, char *buf, size_t size)
{
	struct devpts_instance *in = instance_of(fs);
	char uid[24] = "", gid[24] = "", max[24] = "";
	int n;

	pthread_mutex_lock(&in->lock);
	if (in->have_uid)
		snprintf(uid, sizeof(uid), ",uid=%u", in->uid);
	if (in->have_gid)
		snprintf(gid, sizeof(gid), ",gid=%u", in->gid);
	if (in->max < MAX_DEFAULT)
		snprintf(max, sizeof(max), ",max=%u", in->max);
	n = snprintf(buf, size, "%s%s,mode=%03o,ptmxmode=%03o%s", uid, gid,
		     in->mode, in->ptmxmode, max);
	pthread_mutex_unlock(&in->lock);
	return n >= 0 && (size_t)n < size ? 0 : -ERANGE;
}

static int
pts_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	struct devpts_instance *in = instance_of(fs);
	struct devpts_instance try = { .mode = 0600, .max = MAX_DEFAULT };
	int err = parse_options(&try, data);

	(void)c;
	if (err < 0)
		return err;
	pthread_mutex_lock(&in->lock);
	in->have_uid = try.have_uid;
	in->have_gid = try.have_gid;
	in->uid = try.uid;
	in->gid = try.gid;
	in->mode = try.mode;
	in->ptmxmode = try.ptmxmode;
	in->max = try.max;
	pthread_mutex_unlock(&in->lock);
	return 0;
}

/* --------------------------------------------------------------- the type */

static void
instance_free(struct devpts_instance *in)
{
	while (!LIST_EMPTY(&in->pins))
		pin_free(LIST_FIRST(&in->pins));
	pthread_mutex_destroy(&in->lock);
	free(in);
}

static void
pts_free(struct fs *fs)
{
	if (instance_of(fs))
		instance_free(instance_of(fs));
}

/* The directory is root's. */
static int
pts_refuse(struct fs *fs, const struct vfs_ctx *c,
	   const struct synth_ent *dir)
{
	(void)fs;
	(void)dir;
	return c->uid == 0 || c->may_mount ? -EPERM : -EACCES;
}

static const struct synth_ops pts_ops = {
	.magic = DEVPTS_SUPER_MAGIC,
	.describe = pts_describe,
	.child = pts_child,
	.parent = pts_parent,
	.list = pts_list,
	.open = pts_open,
	.find = pts_find,
	.refuse = pts_refuse,
	.chmod = pts_chmod,
	.chown = pts_chown,
	.show_options = pts_show_options,
	.reconfigure = pts_reconfigure,
	.free = pts_free,
};

/* `fs_data` of vfs_kern_mount() is the option string. */
static int
pts_get_tree(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	     const char *source, unsigned long sb_flags, const char *data,
	     const void *fs_data, struct fs **out, struct node **root)
{
	struct devpts *d = (struct devpts *)((char *)(uintptr_t)t -
					     offsetof(struct devpts, type));
	struct devpts_instance *in = calloc(1, sizeof(*in));
	struct stat st;
	int err;

	(void)source;
	if (!in)
		return -ENOMEM;
	in->d = d;
	in->mode = 0600;
	in->max = MAX_DEFAULT;
	pthread_mutex_init(&in->lock, NULL);
	err = parse_options(in, c ? data : fs_data);
	if (err == 0)
		err = synth_fs_new(v, t, &pts_ops, d->scratch, sb_flags, in,
				   out, root);
	if (err < 0) {
		instance_free(in);
		return err;
	}
	/* Terminals have the host's number; only the directory has not. */
	if (d->slaves >= 0 && host_fstat(d->slaves, &st) == 0)
		(*out)->dev = st.st_dev;
	return 0;
}

static int
pts_check_param(const struct fs_type *t, const struct vfs_ctx *c,
		const struct fs_param *p, struct fs_log *log)
{
	static const struct fs_spec specs[] = {
		{ "gid", FS_TAKES_GID },
		{ "max", FS_TAKES_U32 },
		{ "mode", FS_TAKES_OCTAL },
		{ "newinstance", FS_TAKES_NOTHING },
		{ "ptmxmode", FS_TAKES_OCTAL },
		{ "uid", FS_TAKES_UID },
		{ NULL, FS_TAKES_NOTHING },
	};
	unsigned int n;
	int err = fs_param_check(specs, p, log);

	(void)t;
	(void)c;
	if (err || strcmp(p->key, "max") != 0)
		return err;
	if (fs_parse_uint(p->string, 0, &n) == 0 && n <= 1 << 20)
		return 0;
	fs_log_plain(log, "max out of range");
	return -EINVAL;
}

int
devpts_register(struct devpts *d, struct vfs *v, struct synth_scratch *s,
		int ptmx, int slaves)
{
	memset(d, 0, sizeof(*d));
	d->type.name = "devpts";
	d->type.flags = FST_NODEV | FST_USERNS;
	d->type.get_tree = pts_get_tree;
	d->type.check_param = pts_check_param;
	d->scratch = s;
	d->ptmx = ptmx;
	d->slaves = slaves;
	pthread_mutex_init(&d->lock, NULL);
	return vfs_register_type(v, &d->type);
}

void
devpts_fini(struct devpts *d)
{
	while (!LIST_EMPTY(&d->inherited))
		pin_free(LIST_FIRST(&d->inherited));
	if (d->ptmx >= 0)
		close(d->ptmx);
	if (d->slaves >= 0)
		close(d->slaves);
	pthread_mutex_destroy(&d->lock);
}
