/* SPDX-License-Identifier: Apache-2.0 */
/* The support for synthetic filesystems, by a small one of the test's own. */
#include "tests/unit/synth_world.h"
#include "vfs/fs/synth_empty.h"
#include "vfs/mount.h"

#include <pthread.h>
#include <sys/statfs.h>

/*
 * Keys: {0} the root, {1} the directory "d", {2, n} a text file "tN" in d,
 * {3} the link "l" to d/t1.
 */
enum { ROOT, DIRECTORY, TEXT, LINK };

static struct synth_world w;
static struct synth_scratch *scratch;
static unsigned int nr_files = 3, gone_below;
static int freed;

static int
toy_describe(struct fs *fs, struct synth_ent *ent)
{
	(void)fs;
	ent->kind = ent->key[0] == TEXT ? SYNTH_TEXT :
		    ent->key[0] == LINK ? SYNTH_LINK : SYNTH_DIR;
	ent->mode = ent->kind == SYNTH_TEXT ? S_IFREG | 0440 :
		    ent->kind == SYNTH_LINK ? S_IFLNK | 0777 : S_IFDIR | 0555;
	return 0;
}

static int
toy_child(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *dir,
	  const char *name, struct synth_ent *out)
{
	(void)fs;
	(void)c;
	if (dir->key[0] == ROOT && strcmp(name, "d") == 0) {
		out->key[0] = DIRECTORY;
	} else if (dir->key[0] == ROOT && strcmp(name, "l") == 0) {
		out->key[0] = LINK;
	} else if (dir->key[0] == DIRECTORY && name[0] == 't' &&
		   (unsigned int)atoi(name + 1) < nr_files) {
		out->key[0] = TEXT;
		out->key[1] = (unsigned int)atoi(name + 1);
	} else {
		return -ENOENT;
	}
	return 0;
}

static int
toy_parent(struct fs *fs, const uint64_t key[3], uint64_t dir[3],
	   char name[NAME_MAX + 1])
{
	(void)fs;
	memset(dir, 0, 3 * sizeof(dir[0]));
	dir[0] = key[0] == TEXT ? DIRECTORY : ROOT;
	if (key[0] == TEXT)
		snprintf(name, NAME_MAX, "t%lu", (unsigned long)key[1]);
	else
		strcpy(name, key[0] == LINK ? "l" : "d");
	return 0;
}

static int
toy_list(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *dir,
	 struct synth_names *out)
{
	char name[32];

	(void)fs;
	(void)c;
	if (dir->key[0] == ROOT) {
		names_add(out, "d", S_IFDIR);
		names_add(out, "l", S_IFLNK);
		return 0;
	}
	for (unsigned int i = 0; i < nr_files; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		names_add(out, name, S_IFREG);
	}
	return 0;
}

static bool
toy_alive(struct fs *fs, const uint64_t key[3])
{
	(void)fs;
	return key[0] != TEXT || key[1] >= gone_below;
}

static int
toy_text(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	 struct synth_text *t)
{
	(void)fs;
	(void)c;
	for (uint64_t i = 0; i <= ent->key[1] * 1000; i++)
		text_fmt(t, "%lu ", (unsigned long)i);
	return 0;
}

static ssize_t
toy_readlink(struct fs *fs, const struct vfs_ctx *c,
	     const struct synth_ent *ent, char *buf, size_t size)
{
	(void)fs;
	(void)c;
	(void)ent;
	return snprintf(buf, size, "d/t1");
}

static void
toy_free(struct fs *fs)
{
	(void)fs;
	freed++;
}

static const struct synth_ops toy_ops = {
	.magic = 0x746f79, .describe = toy_describe, .child = toy_child,
	.parent = toy_parent, .list = toy_list, .alive = toy_alive,
	.text = toy_text, .readlink = toy_readlink, .free = toy_free,
};

static int
toy_get_tree(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	     const char *source, unsigned long sb_flags, const char *data,
	     const void *fs_data, struct fs **out, struct node **root)
{
	(void)c;
	(void)source;
	(void)data;
	(void)fs_data;
	return synth_fs_new(v, t, &toy_ops, scratch, sb_flags, NULL, out,
			    root);
}

static const struct fs_type toy_type = {
	.name = "toy", .flags = FST_NODEV, .get_tree = toy_get_tree,
};

static void
setup(void)
{
	nr_files = 3;
	gone_below = 0;
	freed = 0;
	world_make(&w);
	scratch = &w.scratch;
	ck_assert_int_eq(vfs_register_type(w.v, &toy_type), 0);
	world_mount(&w, "toy", "/proc");
}

static void
teardown(void)
{
	world_drop(&w);
	ck_assert_int_eq(freed, 1);
}

START_TEST(text_grows_and_names_keep_their_order)
{
	struct synth_text t = { 0 };
	struct synth_names n = { 0 };
	char name[16];

	for (int i = 0; i < 5000; i++)
		text_fmt(&t, "%04d", i);
	text_add(&t, "end", 3);
	ck_assert_int_eq(t.err, 0);
	ck_assert_int_eq(t.len, 20003);
	ck_assert_str_eq(t.s + 20000, "end");
	text_fini(&t);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		names_add(&n, name, S_IFREG);
	}
	ck_assert_int_eq(n.nr, 100);
	ck_assert_str_eq(n.v[99].name, "99");
	names_fini(&n);
}
END_TEST

START_TEST(directories_list_in_the_order_given)
{
	ck_assert_str_eq(world_list(&w, "/proc"), "d/4 l/10 ");
	ck_assert_str_eq(world_list(&w, "/proc/d"), "t0/8 t1/8 t2/8 ");
}
END_TEST

START_TEST(a_listing_follows_the_contents)
{
	int fd = world_open_flags(&w, "/proc/d", O_RDONLY | O_DIRECTORY);
	struct stat a, b;

	nr_files = 12;
	ck_assert_int_eq(strlen(world_list(&w, "/proc/d")), 12 * 5 + 2);
	ck_assert_ptr_nonnull(strstr(world_list(&w, "/proc/d"), "t11/8 "));
	nr_files = 1;
	ck_assert_str_eq(world_list(&w, "/proc/d"), "t0/8 ");
	fstat(fd, &a);
	close(fd);
	ck_assert_int_eq(world_stat(&w, "/proc/d", &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
}
END_TEST

START_TEST(links_are_followed_and_read)
{
	struct stat st, to;
	struct vfs_at at = { .name = "/proc/l" };
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW };
	char buf[16] = "";
	int fd;

	ck_assert_str_eq(world_link(&w, "/proc/l"), "d/t1");
	ck_assert_int_eq(world_stat(&w, "/proc/l", &st), 0);
	ck_assert_int_eq(world_stat(&w, "/proc/d/t1", &to), 0);
	ck_assert_int_eq(st.st_ino, to.st_ino);
	ck_assert_int_eq(vfs_stat(&w.c, &at, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	/* a descriptor of the link itself says the same */
	ck_assert_int_eq(vfs_open(&w.c, &at, &how, false, &fd, NULL), 0);
	ck_assert_int_eq(readlinkat(fd, "", buf, sizeof(buf)), 4);
	ck_assert_str_eq(buf, "d/t1");
	close(fd);
	ck_assert_int_eq(world_stat(&w, "/proc/l/x", &st), -ENOTDIR);
}
END_TEST

START_TEST(descriptors_lead_back_to_objects)
{
	int fd = world_open(&w, "/proc/d/t2");
	char buf[64];
	struct path p;

	ck_assert_int_eq(vfs_path_from_fd(&w.c, fd, NULL, &p), 0);
	ck_assert_int_eq(vfs_dpath(&w.c, &p, buf, sizeof(buf), 0), 10);
	ck_assert_str_eq(buf, "/proc/d/t2");
	path_put(&p);
	fd = world_open_flags(&w, "/proc/d", O_PATH);
	ck_assert_int_eq(vfs_path_from_fd(&w.c, fd, NULL, &p), 0);
	ck_assert_int_eq(vfs_dpath(&w.c, &p, buf, sizeof(buf), 0), 7);
	path_put(&p);
}
END_TEST

START_TEST(images_of_the_gone_are_swept)
{
	char path[64], host[256];
	struct stat st;
	struct dirent *e;
	int n = 0;
	DIR *d;

	nr_files = 2000;
	for (unsigned int i = 0; i < nr_files; i++) {
		snprintf(path, sizeof(path), "/proc/d/t%u", i);
		ck_assert_int_eq(world_stat(&w, path, &st), 0);
		gone_below = i;
	}
	world_path(&w, "scratch/s0", host);
	d = opendir(host);
	while ((e = readdir(d)) != NULL)
		n++;
	closedir(d);
	ck_assert_int_lt(n, 600);
}
END_TEST

static _Atomic int wrong;

static void *
read_often(void *arg)
{
	const char *want = arg;
	char *buf = malloc(1 << 16);

	for (int i = 0; i < 300; i++) {
		int fd = world_open(&w, "/proc/d/t2");
		ssize_t n = fd < 0 ? -1 : read(fd, buf, (1 << 16) - 1);

		if (n < 0 || (size_t)n != strlen(want) ||
		    memcmp(buf, want, (size_t)n) != 0)
			wrong++;
		if (fd >= 0)
			close(fd);
		fd = world_open_flags(&w, "/proc/d", O_DIRECTORY);
		if (fd < 0)
			wrong++;
		else
			close(fd);
	}
	free(buf);
	return NULL;
}

START_TEST(many_readers_each_see_the_whole)
{
	char *want = strdup(world_read(&w, "/proc/d/t2"));
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, read_often,
						want), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(wrong, 0);
	free(want);
}
END_TEST

START_TEST(empty_filesystems_are_empty)
{
	struct synth_empty mq, cg;
	struct vfs_at at = { .name = "/pts" }, new = { .name = "/pts/q" };
	struct statfs sf;
	struct stat st;

	ck_assert_int_eq(mqueue_register(&mq, w.v, &w.scratch), 0);
	ck_assert_int_eq(cgroup2_register(&cg, w.v, &w.scratch), 0);
	world_mount(&w, "mqueue", "/pts");
	ck_assert_str_eq(world_list(&w, "/pts"), "");
	ck_assert_int_eq(world_stat(&w, "/pts", &st), 0);
	ck_assert_int_eq(st.st_mode, S_IFDIR | 01777);
	ck_assert_int_eq(vfs_statfs(&w.c, &at, &sf), 0);
	ck_assert_int_eq(sf.f_type, 0x19800202);
	ck_assert_int_eq(vfs_mkdir(&w.c, &new, 0755), -EPERM);
	w.c.may_mount = true;
	ck_assert_int_eq(vfs_umount(&w.c, &at, 0), 0);
	world_mount(&w, "cgroup2", "/pts");
	ck_assert_int_eq(vfs_umount(&w.c, &at, 0), 0);
}
END_TEST

/* What the last mount or remount said holds for all. */
START_TEST(control_groups_have_options)
{
	static const struct { const char *given, *shown; int err; } t[] = {
		{ NULL, "", 0 },
		{ "nsdelegate", ",nsdelegate", 0 },
		{ "pids_localevents,memory_recursiveprot",
		  ",memory_recursiveprot,pids_localevents", 0 },
		{ "memory_recursiveprot,x", ",memory_recursiveprot,"
		  "pids_localevents", -EINVAL },
		{ "nsdelegate=1", ",memory_recursiveprot,pids_localevents",
		  -EINVAL },
		{ "", "", 0 },
	};
	struct vfs_at at = { .name = "/pts", .flags = LOOK_FOLLOW };
	struct synth_empty cg;
	char buf[256];

	ck_assert_int_eq(cgroup2_register(&cg, w.v, &w.scratch), 0);
	w.c.may_mount = true;
	ck_assert_int_eq(vfs_mount(&w.c, "c", &at, "cgroup2", 0, NULL), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct path p;

		ck_assert_int_eq(vfs_mount(&w.c, NULL, &at, NULL, MS_REMOUNT,
					   t[i].given), t[i].err);
		ck_assert_int_eq(vfs_lookup(&w.c, &at, &p), 0);
		ck_assert_int_eq(synth_fs_ops.show_options(p.mnt->fs, buf,
							   sizeof(buf)), 0);
		ck_assert_str_eq(buf, t[i].shown);
		path_put(&p);
	}
	ck_assert_int_eq(vfs_umount(&w.c, &at, 0), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("synth");
	TCase *t = tcase_create("synth");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, control_groups_have_options);
	tcase_add_test(t, text_grows_and_names_keep_their_order);
	tcase_add_test(t, directories_list_in_the_order_given);
	tcase_add_test(t, a_listing_follows_the_contents);
	tcase_add_test(t, links_are_followed_and_read);
	tcase_add_test(t, descriptors_lead_back_to_objects);
	tcase_add_test(t, images_of_the_gone_are_swept);
	tcase_add_test(t, many_readers_each_see_the_whole);
	tcase_add_test(t, empty_filesystems_are_empty);
	suite_add_tcase(s, t);
	return world_run(s);
}
