/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth.h - what filesystems without files of their own are made of.
 *
 * procfs, devpts and their like describe their objects (struct synth_ops);
 * synth.c makes a filesystem of that, and synth_image.c the real descriptors
 * that a guest must hold so that read(2) and getdents(2) stay native:
 *
 *   directory        a directory in a private scratch filesystem, with
 *                    entries of the right names and types, brought up to
 *                    date by every open
 *   generated file   a file there, written by every open and handed out
 *                    read-only
 *   real file        the host's own, opened by the filesystem
 *
 * Each object has one such image while it exists, so stat(), and open() and
 * fstat(), give the same numbers.  What cannot agree: a generated file that
 * another descriptor still holds open is not written over; the second open
 * gets a copy with a number of its own.  The size that stat() reports is 0, as
 * Linux says; fstat() tells the length of the text.
 *
 * Descriptors of images are writable by nobody but this file: the supervisor
 * hands them out read-only, and their modes deny the owner.
 *
 * Locks: synth->lock, a filesystem-private lock; never held while the ops or
 * the core are called.  All functions: any thread.
 */
#ifndef VFS_FS_SYNTH_H
#define VFS_FS_SYNTH_H

#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/queue.h>

#include "vfs/node.h"

/* ------------------------------------------------------------------ text */

/* A string that grows.  After an error all additions are ignored. */
struct synth_text {
	char *s;			/* owned; NUL-terminated, or NULL */
	size_t len, size;
	int err;			/* -ENOMEM, or 0 */
};

void text_add(struct synth_text *t, const char *s, size_t len);
void text_fmt(struct synth_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_fini(struct synth_text *t);

/* A list of names with types, in the order to be listed. */
struct synth_name {
	char *name;			/* owned */
	mode_t type;			/* S_IFDIR ... */
};
struct synth_names {
	struct synth_name *v;
	size_t nr, size;
	int err;
};

void names_add(struct synth_names *n, const char *name, mode_t type);
void names_fini(struct synth_names *n);

/* --------------------------------------------------------------- objects */

enum synth_kind {
	SYNTH_DIR,
	SYNTH_TEXT,			/* generated at open */
	SYNTH_REAL,			/* the host's */
	SYNTH_LINK,			/* symbolic link */
	SYNTH_MAGIC,			/* magic link */
};

/* What can be said of an object from its key alone. */
struct synth_ent {
	uint64_t key[3];
	enum synth_kind kind;
	mode_t mode;			/* type and permissions as stat() says */
	bool writable;			/* SYNTH_REAL, SYNTH_TEXT: may be opened
					 * for writing; ops->open() does it */
};

#define SYNTH_CREATE_ENOENT 0x1		/* making names: ENOENT, as in proc */

/*
 * What a filesystem says of its objects.  `fs->priv` is its struct synth.
 * 0 or -errno.
 */
struct synth_ops {
	long magic;			/* statfs f_type */
	unsigned int flags;
	/* Fills kind, mode and writable for ent->key.  -ENOENT. */
	int (*describe)(struct fs *fs, struct synth_ent *ent);
	/* The entry `name` of a directory; fills out->key.  -ENOENT. */
	int (*child)(struct fs *fs, const struct vfs_ctx *c,
		     const struct synth_ent *dir, const char *name,
		     struct synth_ent *out);
	/* The directory that holds an object, and its name there.  Not asked
	 * for the root. */
	int (*parent)(struct fs *fs, const uint64_t key[3], uint64_t dir[3],
		      char name[NAME_MAX + 1]);
	int (*list)(struct fs *fs, const struct vfs_ctx *c,
		    const struct synth_ent *dir, struct synth_names *out);
	/* Directories: why they cannot be read or searched at all; NULL: they
	 * can. */
	int (*permission)(struct fs *fs, const struct vfs_ctx *c,
			  const struct synth_ent *dir);
	/* Does it still exist?  Cheap; NULL: always. */
	bool (*alive)(struct fs *fs, const uint64_t key[3]);
	/* SYNTH_TEXT */
	int (*text)(struct fs *fs, const struct vfs_ctx *c,
		    const struct synth_ent *ent, struct synth_text *t);
	/* SYNTH_REAL: opens it; `flags` as open(2) (O_PATH for stat).  Links:
	 * asked with O_PATH for lstat, may say -EOPNOTSUPP (or be NULL): the
	 * answer is made up then. */
	int (*open)(struct fs *fs, const struct vfs_ctx *c,
		    const struct synth_ent *ent, uint64_t flags, int *fd);
	/* SYNTH_LINK, SYNTH_MAGIC: what readlink(2) says.  The length. */
	ssize_t (*readlink)(struct fs *fs, const struct vfs_ctx *c,
			    const struct synth_ent *ent, char *buf,
			    size_t size);
	/* SYNTH_MAGIC: fills stop->jump or stop->jump_fd. */
	int (*jump)(struct fs *fs, const struct vfs_ctx *c,
		    const struct synth_ent *ent, struct fs_stop *stop);
	/* SYNTH_REAL; NULL: -EPERM. */
	int (*chmod)(struct fs *fs, const struct vfs_ctx *c,
		     const struct synth_ent *ent, mode_t mode);
	int (*chown)(struct fs *fs, const struct vfs_ctx *c,
		     const struct synth_ent *ent, uid_t uid, gid_t gid);
	/* Why nothing can be removed from a directory; NULL: -EPERM. */
	int (*refuse)(struct fs *fs, const struct vfs_ctx *c,
		      const struct synth_ent *dir);
	/* Whose numbers are these, if they are of a SYNTH_REAL?  -ESTALE;
	 * NULL: nobody's. */
	int (*find)(struct fs *fs, const struct stat *st, uint64_t key[3]);
	int (*show_options)(struct fs *fs, char *buf, size_t size);
	int (*reconfigure)(struct fs *fs, const struct vfs_ctx *c,
			   const char *data);
	/* The instance ends; frees synth->priv. */
	void (*free)(struct fs *fs);
};

extern const struct fs_ops synth_fs_ops;

/* ---------------------------------------------------------- the instance */

/*
 * The private directory that holds the images of all instances.  The embedder
 * makes it (preferably a tmpfs that nobody else sees), and it must outlive
 * every instance.
 */
struct synth_scratch {
	int dir;			/* [I] owned */
	dev_t dev;			/* [I] */
	bool newest_first;		/* [I] order in which it lists names */
	_Atomic unsigned int next;	/* instance names */
};

/* Takes over `dir`, an empty directory open for reading, in any case. */
int synth_scratch_init(struct synth_scratch *s, int dir);
void synth_scratch_fini(struct synth_scratch *s);

struct synth_image;
LIST_HEAD(synth_images, synth_image);
#define SYNTH_HASH 256

struct synth {
	const struct synth_ops *ops;	/* [I] */
	struct synth_scratch *scratch;	/* [I] */
	int dir;			/* [I] of this instance, in scratch */
	char name[16];			/* [I] its name there */
	void *priv;			/* [I] the filesystem's own */
	uid_t uid;			/* [I] owner of everything */
	gid_t gid;

	pthread_mutex_t lock;
	struct synth_images by_key[SYNTH_HASH];	/* [l] */
	struct synth_images by_ino[SYNTH_HASH];	/* [l] */
	unsigned int nr_images;		/* [l] */
	unsigned int sweep_at;		/* [l] look for dead ones */
	unsigned int next_image;	/* [l] image names */
};

static inline struct synth *
synth_of(const struct fs *fs)
{
	return fs->priv;
}

/*
 * A new instance whose root has the key {0, 0, 0}, for get_tree().  `priv`
 * belongs to the instance on success.
 */
int synth_fs_new(struct vfs *v, const struct fs_type *type,
		 const struct synth_ops *ops, struct synth_scratch *s,
		 unsigned long sb_flags, void *priv, struct fs **out,
		 struct node **root);

/* "/a/b" for a key ("/": the root).  Length or -ERANGE. */
ssize_t synth_key_path(struct fs *fs, const uint64_t key[3], char *buf,
		       size_t size);
static inline bool
synth_key_equal(const uint64_t a[3], const uint64_t b[3])
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

/* ------------------------------- images (synth_image.c, synth_fill.c) */

int synth_images_init(struct synth *sy);
void synth_images_fini(struct synth *sy);
/* The image of a directory, file or link, as stat(2) sees it. */
int synth_image_stat(struct fs *fs, const struct synth_ent *ent,
		     struct stat *st);
/* An O_PATH descriptor of the image. */
int synth_image_path(struct fs *fs, const struct synth_ent *ent, int *fd);
/* The directory, listing `names`. */
int synth_image_dir(struct fs *fs, const struct synth_ent *ent,
		    const struct synth_names *names, int *fd);
/* The file, holding `text`. */
int synth_image_file(struct fs *fs, const struct synth_ent *ent,
		     const struct synth_text *text, int *fd);
/* An O_PATH descriptor of a symbolic link with this text. */
int synth_image_link(struct fs *fs, const char *target, int *fd);
/* Whose image is it?  -ESTALE. */
int synth_image_key(struct fs *fs, const struct stat *st, uint64_t key[3]);

#endif
