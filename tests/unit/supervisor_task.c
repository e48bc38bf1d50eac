/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/task.c, fscontext.c, guestmem.c: lineage, zombies, memory. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/creds.h"
#include "supervisor/guestmem.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"
#include "tests/unit/lib/testfs.h"

static struct world w;
static struct config cfg;
static struct sandbox sb;
static struct task *first;

static void
setup(void)
{
	struct fscontext *fs;
	struct creds *creds;

	world_new(&w, "d a; d b");
	config_init(&cfg);
	memset(&sb, 0, sizeof(sb));
	sb.cfg = &cfg;
	sb.supervisor = getpid();
	sb.host.process_vm = true;
	pthread_mutex_init(&sb.task_lock, NULL);
	for (size_t i = 0; i < TASK_HASH; i++)
		LIST_INIT(&sb.tasks[i]);
	TAILQ_INIT(&sb.zombies);
	ck_assert_int_eq(fscontext_new(&w.root, &w.cwd, 027, &fs), 0);
	ck_assert_int_eq(userns_start(&sb), 0);
	ck_assert_int_eq(creds_first(&sb, &creds), 0);
	ck_assert_int_eq(task_add_first(&sb, 100, fs, creds, w.ctx.ns,
					&first), 0);
	fscontext_put(fs);
	creds_put(creds);
}

static bool
take_any(struct task *t, void *out)
{
	*(struct task **)out = t;
	return true;
}

static void
teardown(void)
{
	struct task *t;

	task_remove_zombies(&sb);
	while (task_for_each(&sb, take_any, &t))
		task_remove(t);
	userns_stop(&sb);
	world_free(&w);
	config_fini(&cfg);
}

static struct task *
child(struct task *of, pid_t tid, uint64_t flags)
{
	struct task *t;

	ck_assert_int_eq(task_add_child(of, tid, flags, &t), 0);
	return t;
}

START_TEST(fork_copies_the_context)
{
	struct task *t = child(first, 101, 0);

	ck_assert_ptr_ne(t->fs, first->fs);
	ck_assert_ptr_ne(t->mm, first->mm);
	ck_assert_ptr_eq(t->creds, first->creds);
	ck_assert_ptr_eq(t->mntns, first->mntns);
	ck_assert_uint_eq(t->fs->umask, 027);
	ck_assert(path_equal(&t->fs->cwd, &first->fs->cwd));
	ck_assert_int_eq(t->tgid, 101);
	ck_assert_int_eq(t->ptgid, 100);
	t->fs->umask = 0;
	ck_assert_uint_eq(first->fs->umask, 027);
}
END_TEST

START_TEST(clone_fs_shares_the_context)
{
	struct task *t = child(first, 101, CLONE_FS);

	ck_assert_ptr_eq(t->fs, first->fs);
	ck_assert_int_eq(t->tgid, 101);
}
END_TEST

START_TEST(threads_share_everything)
{
	struct task *t = child(first, 101, CLONE_THREAD | CLONE_VM | CLONE_FS |
				      CLONE_SIGHAND | CLONE_FILES);

	ck_assert_ptr_eq(t->fs, first->fs);
	ck_assert_ptr_eq(t->mm, first->mm);
	ck_assert_int_eq(t->tgid, 100);
	ck_assert_int_eq(t->ptgid, first->ptgid);
}
END_TEST

START_TEST(clone_parent_makes_a_sibling)
{
	struct task *a = child(first, 101, 0);
	struct task *b = child(a, 102, CLONE_PARENT);

	ck_assert_int_eq(b->ptgid, 100);
}
END_TEST

START_TEST(tasks_are_found_until_they_are_removed)
{
	struct task *t = child(first, 100 + TASK_HASH, 0), *found;

	found = task_find_get(&sb, 100 + TASK_HASH);
	ck_assert_ptr_eq(found, t);
	ck_assert(task_pid_is_guest(&sb, 100));
	ck_assert(!task_pid_is_guest(&sb, 99));
	task_remove(t);
	ck_assert(!task_pid_is_guest(&sb, 100 + TASK_HASH));
	ck_assert(found->dying);
	task_put(found);
	ck_assert_uint_eq(sb.nr_tasks, 1);
}
END_TEST

START_TEST(a_thread_that_executes_takes_the_leaders_place)
{
	struct task *t = child(first, 101, CLONE_THREAD | CLONE_VM | CLONE_FS);

	task_remove(first);
	task_become_leader(t);
	first = t;
	ck_assert_int_eq(t->tid, 100);
	ck_assert_ptr_eq(task_find(&sb, 100), t);
	ck_assert_ptr_null(task_find(&sb, 101));
}
END_TEST

START_TEST(a_zombie_is_a_guest_until_it_is_reaped)
{
	pid_t pid = fork();
	struct task *t;

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT);
	t = child(first, pid, 0);
	task_end(t);
	ck_assert_uint_eq(sb.nr_tasks, 1);
	ck_assert(task_pid_is_guest(&sb, pid));
	ck_assert(task_pgrp_is_guest(&sb, getpgrp()));
	ck_assert_ptr_null(t->fs->cwd.mnt);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!task_pid_is_guest(&sb, pid));
	ck_assert(!task_pgrp_is_guest(&sb, getpgrp()));
}
END_TEST

START_TEST(who_is_reaped_already_leaves_no_zombie)
{
	pid_t pid = fork();
	struct task *t;

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	t = child(first, pid, 0);
	task_end(t);
	ck_assert(TAILQ_EMPTY(&sb.zombies));
}
END_TEST

START_TEST(reaped_zombies_are_swept)
{
	pid_t pid[3];

	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(0);
		waitid(P_PID, (id_t)pid[i], NULL, WEXITED | WNOWAIT);
		task_end(child(first, pid[i], 0));
		if (i < 2)
			ck_assert_int_eq(waitpid(pid[i], NULL, 0), pid[i]);
	}
	ck_assert_ptr_eq(TAILQ_FIRST(&sb.zombies),
			 TAILQ_LAST(&sb.zombies, zombie_list));
	ck_assert_int_eq(waitpid(pid[2], NULL, 0), pid[2]);
}
END_TEST

/* --- memory: our own stands in for a guest's ------------------------------- */

static struct task *
ourselves(void)
{
	return child(first, getpid(), CLONE_VM);
}

/* The last `room` bytes before a page that cannot be touched. */
static char *
at_the_edge(size_t room)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(mprotect(p + 4096, 4096, PROT_NONE), 0);
	return p + 4096 - room;
}

START_TEST(strings_end_at_their_nul)
{
	struct task *t = ourselves();
	char *s = at_the_edge(6), buf[4096];

	memcpy(s, "hello", 6);
	sb.host.process_vm = _i == 0;
	ck_assert_int_eq(guest_read_str(t, buf, sizeof(buf),
					(uintptr_t)s), 5);
	ck_assert_str_eq(buf, "hello");
}
END_TEST

START_TEST(strings_cross_pages)
{
	struct task *t = ourselves();
	char *p = at_the_edge(4096), buf[8192];

	ck_assert_int_eq(mprotect(p + 4096, 4096, PROT_READ | PROT_WRITE), 0);
	memset(p + 3000, 'x', 2000);
	ck_assert_int_eq(guest_read_str(t, buf, sizeof(buf),
					(uintptr_t)p + 3000), 2000);
	ck_assert_int_eq(guest_read_str(t, buf, 2000, (uintptr_t)p + 3000),
			 -ENAMETOOLONG);
}
END_TEST

START_TEST(unreadable_memory_is_efault)
{
	struct task *t = ourselves();
	char *s = at_the_edge(3), buf[64];

	memcpy(s, "abc", 3);
	ck_assert_int_eq(guest_read_str(t, buf, sizeof(buf), (uintptr_t)s),
			 -EFAULT);
	ck_assert_int_eq(guest_read(t, buf, (uintptr_t)s, 4), -EFAULT);
	ck_assert_int_eq(guest_read(t, buf, (uintptr_t)s, 3), 0);
	ck_assert_int_eq(guest_write(t, (uintptr_t)s + 3, "x", 1), -EFAULT);
	ck_assert_int_eq(guest_read_str(t, buf, sizeof(buf), 0), -EFAULT);
}
END_TEST

START_TEST(read_only_memory_is_not_written)
{
	struct task *t = ourselves();
	char *p = at_the_edge(4096);

	ck_assert_int_eq(mprotect(p, 4096, PROT_READ), 0);
	ck_assert_int_eq(guest_write(t, (uintptr_t)p, "x", 1), -EFAULT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("task");
	TCase *tc = tcase_create("task");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, fork_copies_the_context);
	tcase_add_test(tc, clone_fs_shares_the_context);
	tcase_add_test(tc, threads_share_everything);
	tcase_add_test(tc, clone_parent_makes_a_sibling);
	tcase_add_test(tc, tasks_are_found_until_they_are_removed);
	tcase_add_test(tc, a_thread_that_executes_takes_the_leaders_place);
	tcase_add_test(tc, a_zombie_is_a_guest_until_it_is_reaped);
	tcase_add_test(tc, who_is_reaped_already_leaves_no_zombie);
	tcase_add_test(tc, reaped_zombies_are_swept);
	tcase_add_loop_test(tc, strings_end_at_their_nul, 0, 2);
	tcase_add_test(tc, strings_cross_pages);
	tcase_add_test(tc, unreadable_memory_is_efault);
	tcase_add_test(tc, read_only_memory_is_not_written);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
