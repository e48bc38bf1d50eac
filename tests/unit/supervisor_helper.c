/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/helper.c: calls on helper threads are interrupted when their
 * caller is gone.  The calls come by trace and their task has no trace state,
 * so that the answer goes nowhere.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/creds.h"
#include "supervisor/dispatch.h"
#include "supervisor/helper.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"
#include "supervisor/trace.h"
#include "tests/unit/lib/testfs.h"

static struct world w;
static struct config cfg;
static struct sandbox sb;
static struct task *t;
static char dir[] = "/tmp/belljar-helper.XXXXXX", fifo[64];
static char path[2][PATH_MAX];
static _Atomic int results, interrupted, ended;

static void
setup(void)
{
	struct fscontext *fs;
	struct creds *creds;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	world_new(&w, "d a");
	config_init(&cfg);
	memset(&sb, 0, sizeof(sb));
	sb.cfg = &cfg;
	sb.vfs = w.ctx.vfs;
	sb.supervisor = getpid();
	pthread_mutex_init(&sb.task_lock, NULL);
	for (size_t i = 0; i < TASK_HASH; i++)
		LIST_INIT(&sb.tasks[i]);
	TAILQ_INIT(&sb.zombies);
	ck_assert_int_eq(tracer_new(&sb), 0);
	ck_assert_int_eq(helpers_new(&sb), 0);
	ck_assert_int_eq(fscontext_new(&w.root, &w.cwd, 0, &fs), 0);
	ck_assert_int_eq(userns_start(&sb), 0);
	ck_assert_int_eq(creds_first(&sb, &creds), 0);
	ck_assert_int_eq(task_add_first(&sb, getpid(), fs, creds, w.ctx.ns,
					&t), 0);
	fscontext_put(fs);
	creds_put(creds);
	results = interrupted = ended = 0;
}

static void
teardown(void)
{
	task_remove(t);
	tracer_free(&sb);
	userns_stop(&sb);
	world_free(&w);
	config_fini(&cfg);
	unlink(fifo);
	rmdir(dir);
}

static int
open_fifo(struct call *c)
{
	int fd = open(c->path[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == EINTR && *c->interrupted)
		interrupted++;
	if (fd >= 0)
		close(fd);
	results++;
	return fd < 0 ? -errno : 0;
}

static void
defer_to(sys_handler *fn)
{
	struct call c = { .sb = &sb, .task = t, .fs = task_fs_get(t),
			  .via = VIA_TRACE, .path = { path[0], path[1] } };

	strcpy(path[0], fifo);
	reply_defer(&c, fn);
	ck_assert_int_eq(helper_defer(&c), 0);
	fscontext_put(c.fs);
	strcpy(path[0], "overwritten");
}

static void
defer(void)
{
	defer_to(open_fifo);
}

/* Comes to look at the caller's directories once it has ended. */
static int
look_late(struct call *c)
{
	struct vfs_at at = { .name = "a" };
	struct vfs_ctx ctx;
	struct path p;

	while (!atomic_load(&ended))
		sched_yield();
	call_ctx(c, &ctx);
	if (vfs_lookup(&ctx, &at, &p) == 0) {
		path_put(&p);
		results++;
	}
	call_ctx_put(&ctx);
	return 0;
}

START_TEST(a_call_waits_on_its_own_thread)
{
	int fd;

	defer();
	fd = open(fifo, O_WRONLY | O_CLOEXEC);	/* waits for the reader */
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(helpers_drain(&sb));
	ck_assert_int_eq(results, 1);
	ck_assert_int_eq(interrupted, 0);
}
END_TEST

START_TEST(the_calls_of_the_dead_are_given_up)
{
	for (int i = 0; i < 8; i++)
		defer();
	t->dying = true;
	ck_assert(helpers_drain(&sb));
	ck_assert_int_eq(results, 8);
}
END_TEST

START_TEST(a_dead_thread_is_waited_for)
{
	defer();
	while (interrupted == 0)
		helpers_cancel(&sb, getpid());
	ck_assert(helpers_drain(&sb));
	ck_assert_int_eq(results, 1);
}
END_TEST

START_TEST(another_thread_is_left_alone)
{
	int fd;

	defer();
	helpers_cancel(&sb, 1);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(helpers_drain(&sb));
	ck_assert_int_eq(interrupted, 0);
}
END_TEST

START_TEST(a_call_goes_on_when_its_caller_has_ended)
{
	defer_to(look_late);
	task_end(t);
	ck_assert(t->zombie);
	ended = 1;
	ck_assert(helpers_drain(&sb));
	ck_assert_int_eq(results, 1);
}
END_TEST

START_TEST(the_dead_make_no_calls)
{
	struct fscontext *fs = NULL;
	struct task *found = task_find_caller(&sb, getpid(), &fs);

	ck_assert_ptr_eq(found, t);
	ck_assert_ptr_nonnull(fs->root.mnt);
	fscontext_put(fs);
	task_put(found);
	task_end(t);
	ck_assert_ptr_null(task_find_caller(&sb, getpid(), &fs));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper");
	TCase *tc = tcase_create("helper");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_call_waits_on_its_own_thread);
	tcase_add_test(tc, the_calls_of_the_dead_are_given_up);
	tcase_add_test(tc, a_dead_thread_is_waited_for);
	tcase_add_test(tc, another_thread_is_left_alone);
	tcase_add_test(tc, a_call_goes_on_when_its_caller_has_ended);
	tcase_add_test(tc, the_dead_make_no_calls);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
