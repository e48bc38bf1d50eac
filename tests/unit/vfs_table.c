/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the parts below vfs/: strings, numbers, memory, peers; and
 * many threads at once on the mount table. */
#include <assert.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/attach.h"
#include "vfs/idset.h"
#include "vfs/node_tree.h"
#include "vfs/pathstr.h"
#include "vfs/peer.h"

/* --------------------------------------------------------------- strings */

static const struct {
	const char *in, *out;
	bool absolute, slash;
} strings[] = {
	{ "a/b", "a/b", false, false },
	{ "/a//b/", "a/b", true, true },
	{ "///", "", true, false },
	{ "", "", false, false },
	{ ".", ".", false, false },
	{ "./", ".", false, true },
	{ "./a/./b", "a/b", false, false },
	{ "a/.", "a/.", false, false },
	{ "a/././", "a/.", false, true },
	{ "/./..//x/..", "../x/..", true, false },
	{ "a/..", "a/..", false, false },
	{ ".a/b./...", ".a/b./...", false, false },
};

START_TEST(strings_are_cut_lexically)
{
	struct pathstr p;

	ck_assert_int_eq(pathstr_init(&p, strings[_i].in), 0);
	ck_assert_str_eq(p.text, strings[_i].out);
	ck_assert_int_eq(p.absolute, strings[_i].absolute);
	ck_assert_int_eq(p.slash, strings[_i].slash);
	pathstr_fini(&p);
}
END_TEST

START_TEST(clean_strings_are_not_copied)
{
	static const char name[] = "//usr/lib/x";
	struct pathstr p;

	ck_assert_int_eq(pathstr_init(&p, name), 0);
	ck_assert_ptr_eq(p.text, name + 2);
	ck_assert_ptr_null(p.buf);
}
END_TEST

START_TEST(last_component_is_cut_off)
{
	const char *last;
	struct pathstr p;

	ck_assert_int_eq(pathstr_init(&p, "/a/b/c/"), 0);
	ck_assert_int_eq(pathstr_cut_last(&p, &last), 0);
	ck_assert_str_eq(p.text, "a/b/.");
	ck_assert_str_eq(last, "c");
	pathstr_fini(&p);
	ck_assert_int_eq(pathstr_init(&p, "c"), 0);
	ck_assert_int_eq(pathstr_cut_last(&p, &last), 0);
	ck_assert_str_eq(p.text, ".");
	ck_assert_str_eq(last, "c");
	pathstr_fini(&p);
}
END_TEST

START_TEST(spliced_strings)
{
	struct pathstr p;

	ck_assert_int_eq(pathstr_init(&p, "a/l/r"), 0);
	ck_assert_int_eq(pathstr_splice(&p, "a", 1, "../t//u/", "r", true),
			 0);
	ck_assert_str_eq(p.text, "a/../t/u/r");
	ck_assert(p.slash);
	ck_assert_int_eq(pathstr_splice(&p, "", 0, "/", "", false), 0);
	ck_assert_str_eq(p.text, "");
	ck_assert(p.absolute);
	pathstr_fini(&p);
}
END_TEST

START_TEST(smallest_free_id)
{
	struct idset s;

	idset_init(&s);
	for (int i = 1; i <= 2000; i++)
		ck_assert_int_eq(idset_alloc(&s), i);
	idset_free(&s, 700);
	idset_free(&s, 3);
	ck_assert_int_eq(idset_alloc(&s), 3);
	ck_assert_int_eq(idset_alloc(&s), 700);
	ck_assert_int_eq(idset_alloc(&s), 2001);
	idset_fini(&s);
}
END_TEST

/* ----------------------------------------------------------------- peers */

static struct mount *
new_mount(struct world *w)
{
	struct mount *m;

	ck_assert_int_eq(mount_new(w->vfs, w->root.mnt->fs,
				   w->root.mnt->fs->root, "x", 0, &m), 0);
	return m;
}

static struct mount *
copy_of(struct mount *m)
{
	struct mount *c;

	ck_assert_int_eq(mount_clone_locked(m, m->root, 0, &c), 0);
	return c;
}

START_TEST(slaves_go_to_a_peer_then_to_the_master)
{
	struct world w;
	struct mount *a, *b, *c, *s;

	world_new(&w, "");
	vfs_lock(w.vfs);
	a = new_mount(&w);
	peer_change_locked(a, MS_SHARED);
	b = copy_of(a);			/* slave of a, shared */
	peer_change_locked(b, MS_SLAVE);
	peer_change_locked(b, MS_SHARED);
	c = copy_of(b);			/* peer of b */
	s = copy_of(c);
	peer_change_locked(s, MS_SLAVE);	/* of b's group */
	ck_assert_ptr_eq(c->master, a);
	ck_assert_int_eq(s->master->group, b->group);
	peer_leave_locked(s->master == c ? c : b);
	ck_assert_int_ne(s->master->group, 0);
	ck_assert_int_ne(s->master->group, a->group);
	peer_leave_locked(s->master);
	ck_assert_ptr_eq(s->master, a);
	peer_leave_locked(a);
	ck_assert_ptr_null(s->master);
	vfs_unlock(w.vfs);
	mount_put(a);
	mount_put(b);
	mount_put(c);
	mount_put(s);
	world_free(&w);
}
END_TEST

START_TEST(receivers_are_peers_slaves_and_theirs)
{
	struct mount *a, *b, *s, *t, *at;
	unsigned int n = 0;
	struct world w;

	world_new(&w, "");
	vfs_lock(w.vfs);
	a = new_mount(&w);
	peer_change_locked(a, MS_SHARED);
	b = copy_of(a);
	s = copy_of(b);
	peer_change_locked(s, MS_SLAVE);
	peer_change_locked(s, MS_SHARED);
	t = copy_of(s);
	peer_change_locked(t, MS_SLAVE);
	at = a;
	while ((at = peer_next_receiver_locked(at, a)))
		n++;
	ck_assert_uint_eq(n, 3);
	n = 0;
	at = s;
	while ((at = peer_next_receiver_locked(at, s)))
		n++;
	ck_assert_uint_eq(n, 1);
	peer_leave_locked(t);
	peer_leave_locked(s);
	peer_leave_locked(b);
	peer_leave_locked(a);
	vfs_unlock(w.vfs);
	mount_put(a);
	mount_put(b);
	mount_put(s);
	mount_put(t);
	world_free(&w);
}
END_TEST

/* --------------------------------------------------------------- threads */

#define ROUNDS 400
#define READERS 3

static struct world shared;
static _Atomic bool stop;

/* Check's own macros are for one thread. */

/* Mounts and unmounts come and go at a, b and below; a stack grows and
 * shrinks.  Whatever a reader sees must be one of the legal outcomes. */
static void *
mounter(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		assert(world_mount(&shared, "d x/y; f one", "a") == 0);
		assert(world_mount(&shared, "f deep", "a/x/y") == 0);
		assert(w_mount(&shared, "a", "b", NULL, MS_BIND | MS_REC,
			       NULL) == 0);
		assert(w_mount(&shared, "b", "c", NULL, MS_MOVE, NULL) == 0);
		assert(w_umount(&shared, "a", 2) == 0);
		assert(w_umount(&shared, "c", 2) == 0);
	}
	atomic_store(&stop, true);
	return NULL;
}

static void *
reader(void *arg)
{
	unsigned long n = 0;
	struct path p;
	int err;

	(void)arg;
	while (!atomic_load(&stop) || n < 100) {
		err = w_err(&shared, "a/x/y/deep");
		assert(err == 0 || err == -ENOENT);
		err = w_err(&shared, "c/x/y/../../one");
		assert(err == 0 || err == -ENOENT);
		assert(w_err(&shared, "a/..") == 0);
		/* unmounted in between, it has no parent any more */
		err = w_err(&shared, "b/../plain");
		assert(err == 0 || err == -ENOENT);
		err = w_lookup(&shared, "a/x/..", &p);
		assert(err == 0 || err == -ENOENT);
		if (err == 0)
			path_put(&p);
		n++;
	}
	return NULL;
}

static void *
lister(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		char *text;
		size_t len;

		assert(vfs_mount_table(&shared.ctx, TABLE_MOUNTINFO, &text,
				       &len) == 0);
		assert(len > 0);
		free(text);
	}
	return NULL;
}

static void *
renamer(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		struct vfs_at one = at("r/one"), two = at("r/two");

		assert(vfs_rename(&shared.ctx, &one, &two, 0) == 0);
		assert(w_err(&shared, "r/two/m/in") == 0);
		assert(vfs_rename(&shared.ctx, &two, &one, 0) == 0);
		assert(w_err(&shared, "r/one/m/in") == 0);
	}
	return NULL;
}

START_TEST(threads_see_a_tree_or_the_other)
{
	pthread_t t[READERS + 3];
	unsigned int n = 0;

	world_new(&shared, "d a; d b; d c; f plain; d r/one/m");
	ck_assert_int_eq(world_mount(&shared, "f in", "r/one/m"), 0);
	atomic_store(&stop, false);
	pthread_create(&t[n++], NULL, mounter, NULL);
	pthread_create(&t[n++], NULL, lister, NULL);
	pthread_create(&t[n++], NULL, renamer, NULL);
	for (int i = 0; i < READERS; i++)
		pthread_create(&t[n++], NULL, reader, NULL);
	while (n)
		pthread_join(t[--n], NULL);
	world_free(&shared);
}
END_TEST

START_TEST(ten_thousand_mounts)
{
	char name[32];
	struct world w;

	world_new(&w, "d dir");
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "dir/%d", i);
		ck_assert_int_eq(w_mkdir(&w, name), 0);
		ck_assert_int_eq(w_mount(&w, "s", name, "testfs", 0, NULL), 0);
	}
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "dir/7777"), 0);
	ck_assert_uint_eq(testfs_calls, 0);
	ck_assert_int_eq(w_err(&w, "dir/none"), -ENOENT);
	ck_assert_uint_eq(testfs_calls, 1);
	ck_assert_int_eq(w_umount(&w, "dir/5000", 0), 0);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/table");
	TCase *t = tcase_create("table");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, strings_are_cut_lexically, 0,
			    sizeof(strings) / sizeof(*strings));
	tcase_add_test(t, clean_strings_are_not_copied);
	tcase_add_test(t, last_component_is_cut_off);
	tcase_add_test(t, spliced_strings);
	tcase_add_test(t, smallest_free_id);
	tcase_add_test(t, slaves_go_to_a_peer_then_to_the_master);
	tcase_add_test(t, receivers_are_peers_slaves_and_theirs);
	tcase_add_test(t, threads_see_a_tree_or_the_other);
	tcase_add_test(t, ten_thousand_mounts);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
