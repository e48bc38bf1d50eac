/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that look up, mount, unmount, rename, copy namespaces and mount by
 * descriptor at once, for STRESS_MS milliseconds (500).  What each call answers
 * is left open; that nothing is used after it is gone, and that all of it is
 * gone at the end, is what counts.  Run under the thread sanitizer by `make
 * check-tsan`.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "include/uapi.h"
#include "tests/unit/lib/testfs.h"
#include "vfs/attach.h"
#include "vfs/mount_api.h"

#define NR_DIRS	4
#define MANY	300	/* mounts; from then on there are only umounts */

static struct world w;
static atomic_bool stop;
static _Atomic unsigned long done[8];

static const char *const dirs[NR_DIRS] = { "/a", "/b", "/a/x", "/b/x" };

struct actor {
	pthread_t thread;
	void (*step)(struct actor *);
	struct world w;		/* a view of its own */
	unsigned int seed;
	unsigned int kind;
};

static const char *
some_dir(struct actor *a)
{
	return dirs[rand_r(&a->seed) % NR_DIRS];
}

static bool
is_crowded(struct actor *a)
{
	bool yes;

	vfs_lock(a->w.vfs);
	yes = a->w.ns->nr_mounts > MANY;
	vfs_unlock(a->w.vfs);
	return yes;
}

static void
look(struct actor *a)
{
	static const char *const paths[] = {
		"/a/x/f", "/b/x/f", "/a/../b/x", "/a/x/../../b", "/c/y", "/a/x/.",
	};
	char text[512];
	struct path p;

	for (int i = 0; i < 50; i++) {
		const char *s = paths[(unsigned int)rand_r(&a->seed) % 6];

		if (w_lookup(&a->w, s, &p) == 0) {
			vfs_dpath(&a->w.ctx, &p, text, sizeof(text), 0);
			path_put(&p);
		}
	}
}

static void
change(struct actor *a)
{
	static const unsigned long types[] = {
		MS_SHARED, MS_SHARED | MS_REC, MS_SLAVE, MS_PRIVATE,
		MS_SLAVE | MS_REC,
	};
	unsigned int what = (unsigned int)rand_r(&a->seed) % 8;
	const char *where = some_dir(a);

	if (is_crowded(a))
		what = 6;
	switch (what) {
	case 0:
	case 1:
		world_mount(&a->w, "d x; d y; f x/f", where);
		break;
	case 2:
		w_mount(&a->w, some_dir(a), where, NULL, MS_BIND, NULL);
		break;
	case 3:
		w_mount(&a->w, some_dir(a), where, NULL, MS_BIND | MS_REC,
			NULL);
		break;
	case 4:
		w_mount(&a->w, NULL, where, NULL,
			types[(unsigned int)rand_r(&a->seed) % 5], NULL);
		break;
	case 5:
		w_mount(&a->w, some_dir(a), where, NULL, MS_MOVE, NULL);
		break;
	default:
		w_umount(&a->w, where, what == 6 ? MNT_DETACH : 0);
	}
}

static void
rename_and_remove(struct actor *a)
{
	struct vfs_at y = at("/c/y"), z = at("/c/z"), dir = at("/c/y/w");

	w_mkdir(&a->w, "/c/y/w");
	vfs_unlink(&a->w.ctx, &dir, AT_REMOVEDIR);
	vfs_rename(&a->w.ctx, &y, &z, 0);
	vfs_rename(&a->w.ctx, &z, &y, 0);
}

/* A namespace of its own, in which things happen to what others see. */
static void
copy_namespace(struct actor *a)
{
	struct actor b = { .w = a->w, .seed = (unsigned int)rand_r(&a->seed) };
	struct mntns *ns;

	path_get(&b.w.root);
	path_get(&b.w.cwd);
	if (vfs_copy_ns(&a->w.ctx, (unsigned int)rand_r(&b.seed) % 2,
			&b.w.root, &b.w.cwd, &ns) == 0) {
		b.w.ns = b.w.ctx.ns = ns;
		b.w.ctx.root = b.w.root;
		b.w.ctx.cwd = b.w.cwd;
		w_mount(&b.w, "/a", "/c/y", NULL, MS_BIND, NULL);
		w_mount(&b.w, "/b", "/c/y/w", NULL, MS_BIND, NULL);
		for (int i = 0; i < 5; i++)
			change(&b);
		look(&b);
	} else {
		ns = NULL;
	}
	path_put(&b.w.root);
	path_put(&b.w.cwd);
	if (ns)
		mntns_put(ns);
}

/* A detached copy, which is changed, looked into, and attached or not. */
static void
by_descriptor(struct actor *a)
{
	static const struct mount_attr attrs[] = {
		{ .attr_set = MOUNT_ATTR_RDONLY }, { .propagation = MS_SHARED },
		{ .attr_clr = MOUNT_ATTR_RDONLY }, { .propagation = MS_SLAVE },
	};
	struct vfs_at from = at(some_dir(a)), to = at(some_dir(a)), tree;
	struct path p, q;

	if (vfs_open_tree(&a->w.ctx, &from, OPEN_TREE_CLONE | AT_RECURSIVE,
			  &p))
		return;
	tree = at_flags("", LOOK_EMPTY);
	tree.base = &p;
	vfs_mount_setattr(&a->w.ctx, &tree, AT_RECURSIVE | AT_EMPTY_PATH,
			  &attrs[(unsigned int)rand_r(&a->seed) % 4]);
	tree.name = "x/f";
	if (vfs_lookup(&a->w.ctx, &tree, &q) == 0)
		path_put(&q);
	tree.name = "";
	if (!is_crowded(a))
		vfs_move_mount(&a->w.ctx, &tree, &to,
			       MOVE_MOUNT_F_EMPTY_PATH);
	vfs_dissolve(a->w.vfs, p.mnt);
	path_put(&p);
}

static void
list_mounts(struct actor *a)
{
	union {
		struct uapi_statmount sm;
		char bytes[4096];
	} b;
	uint64_t ids[2 * MANY];
	ssize_t n = vfs_listmount(&a->w.ctx, NULL, LSMT_ROOT, 0, ids,
				  2 * MANY, false);

	for (ssize_t i = 0; i < n; i++)
		vfs_statmount(&a->w.ctx, NULL, ids[i], STATMOUNT_MNT_BASIC |
			      STATMOUNT_MNT_POINT | STATMOUNT_MNT_ROOT, &b,
			      sizeof(b));
}

static void
read_table(struct actor *a)
{
	char *text;
	size_t len;

	ck_assert_int_eq(vfs_mount_table(&a->w.ctx, TABLE_MOUNTINFO, &text,
					 &len), 0);
	free(text);
	list_mounts(a);
	sched_yield();
}

static void *
run(void *arg)
{
	struct actor *a = arg;

	while (!atomic_load(&stop)) {
		a->step(a);
		atomic_fetch_add(&done[a->kind], 1);
	}
	return NULL;
}

static void
wait_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

START_TEST(everything_at_once_leaves_nothing_behind)
{
	static void (*const steps[])(struct actor *) = {
		look, look, change, change, rename_and_remove, copy_namespace,
		read_table, by_descriptor,
	};
	enum { N = sizeof(steps) / sizeof(*steps) };
	const char *ms = getenv("STRESS_MS");
	struct actor actors[N];

	world_new(&w, "d a/x; d b/x; d c/y; f a/x/f; f b/x/f");
	ck_assert_int_eq(w_mount(&w, NULL, "/", NULL, MS_SHARED, NULL), 0);
	for (unsigned int i = 0; i < N; i++) {
		actors[i] = (struct actor){ .step = steps[i], .w = w,
					    .seed = i + 1, .kind = i };
		ck_assert_int_eq(pthread_create(&actors[i].thread, NULL, run,
						&actors[i]), 0);
	}
	wait_ms(ms ? atol(ms) : 500);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < N; i++) {
		pthread_join(actors[i].thread, NULL);
		ck_assert_uint_gt(atomic_load(&done[i]), 0);
	}
	/* asserts that no mount and no node is held any more */
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/stress");
	TCase *t = tcase_create("stress");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, everything_at_once_leaves_nothing_behind);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
