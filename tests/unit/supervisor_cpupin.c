/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/cpupin.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAKES 300

static pid_t sleeper;
static cpu_set_t at_first;

/* What the kernel is to say of the threads that run. */
static void
say_running(int n)
{
	static int fd = -1;
	char line[64];
	struct timespec while_ = { .tv_nsec = 2000000 };

	if (fd < 0)
		fd = memfd_create("loadavg", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	snprintf(line, sizeof(line), "1.00 2.50 0.75 %d/345 6789\n", n);
	ck_assert_int_gt(pwrite(fd, line, strlen(line), 0), 0);
	cpupin_start(fd);
	nanosleep(&while_, NULL);	/* the last look is no longer good */
}

static void
setup(void)
{
	say_running(1);
	sleeper = fork();
	if (sleeper == 0)
		for (;;)
			pause();
	ck_assert_int_gt(sleeper, 0);
	ck_assert_int_eq(sched_getaffinity(sleeper, sizeof(at_first),
					   &at_first), 0);
}

static void
teardown(void)
{
	kill(sleeper, SIGKILL);
	waitpid(sleeper, NULL, 0);
}

static cpu_set_t
affinity(void)
{
	cpu_set_t set;

	ck_assert_int_eq(sched_getaffinity(sleeper, sizeof(set), &set), 0);
	return set;
}

static void *
look(void *arg)
{
	ck_assert_int_eq(sched_getaffinity(0, sizeof(cpu_set_t), arg), 0);
	return NULL;
}

START_TEST(a_thread_may_run_where_it_could_after_its_wake)
{
	for (int i = 0; i < WAKES; i++) {
		struct cpupin p;
		cpu_set_t set;

		cpupin_begin(&p, sleeper);
		set = affinity();
		ck_assert(p.pinned);
		ck_assert_int_eq(CPU_COUNT(&set), 1);
		cpupin_end(&p);
		set = affinity();
		ck_assert(CPU_EQUAL(&set, &at_first));
	}
}
END_TEST

START_TEST(where_several_run_nobody_is_kept)
{
	cpu_set_t set, all;
	struct cpupin p;

	look(&all);
	cpupin_begin(&p, sleeper);
	cpupin_end(&p);
	say_running(3);
	for (int i = 0; i < WAKES; i++) {
		cpupin_begin(&p, sleeper);
		ck_assert(!p.pinned);
		set = affinity();
		ck_assert(CPU_EQUAL(&set, &at_first));
		cpupin_end(&p);
		look(&set);
		ck_assert(CPU_EQUAL(&set, &all));
	}
}
END_TEST

START_TEST(without_the_count_nobody_is_kept)
{
	struct cpupin p;

	cpupin_start(-1);
	cpupin_begin(&p, sleeper);
	ck_assert(!p.pinned);
	cpupin_end(&p);
}
END_TEST

START_TEST(what_another_sets_meanwhile_stays)
{
	cpu_set_t other;
	int cpu = 0;

	if (CPU_COUNT(&at_first) < 2)
		return;
	for (int i = 0; i < WAKES; i++) {
		struct cpupin p;
		cpu_set_t set;

		cpupin_begin(&p, sleeper);
		if (p.pinned) {
			while (!CPU_ISSET(cpu, &at_first) ||
			       CPU_ISSET(cpu, &p.mine))
				cpu = (cpu + 1) % CPU_SETSIZE;
			CPU_ZERO(&other);
			CPU_SET(cpu, &other);
			ck_assert_int_eq(sched_setaffinity(sleeper,
				sizeof(other), &other), 0);
		}
		cpupin_end(&p);
		set = affinity();
		ck_assert(CPU_EQUAL(&set, p.pinned ? &other : &at_first));
		ck_assert_int_eq(sched_setaffinity(sleeper, sizeof(at_first),
						   &at_first), 0);
	}
}
END_TEST

START_TEST(a_thread_that_is_gone_is_no_trouble)
{
	for (int i = 0; i < WAKES; i++) {
		struct cpupin p;

		cpupin_begin(&p, 0x3fffffff);
		ck_assert(!p.pinned);
		cpupin_end(&p);
	}
}
END_TEST

START_TEST(we_are_let_go_when_no_wake_follows)
{
	struct timespec while_ = { .tv_nsec = 2000000 };
	cpu_set_t set, all;
	bool stayed = false;

	look(&all);
	for (int i = 0; i < WAKES; i++) {
		struct cpupin p;

		cpupin_begin(&p, sleeper);
		cpupin_end(&p);
		look(&set);
		if (p.pinned) {
			ck_assert_int_eq(CPU_COUNT(&set), 1);
			stayed = true;
			nanosleep(&while_, NULL);
			cpupin_met();
			look(&set);
		}
		ck_assert(CPU_EQUAL(&set, &all));
	}
	ck_assert(stayed || CPU_COUNT(&all) < 2);
}
END_TEST

START_TEST(a_new_thread_may_run_anywhere)
{
	cpu_set_t set, all;
	pthread_t thread;

	look(&all);
	for (int i = 0; i < WAKES; i++) {
		struct cpupin p;

		cpupin_begin(&p, sleeper);
		cpupin_end(&p);
		if (!p.pinned)
			continue;
		cpupin_release();
		ck_assert_int_eq(pthread_create(&thread, NULL, look, &set), 0);
		pthread_join(thread, NULL);
		ck_assert(CPU_EQUAL(&set, &all));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/cpupin");
	TCase *tc = tcase_create("cpupin");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_thread_may_run_where_it_could_after_its_wake);
	tcase_add_test(tc, where_several_run_nobody_is_kept);
	tcase_add_test(tc, without_the_count_nobody_is_kept);
	tcase_add_test(tc, what_another_sets_meanwhile_stays);
	tcase_add_test(tc, a_thread_that_is_gone_is_no_trouble);
	tcase_add_test(tc, we_are_let_go_when_no_wake_follows);
	tcase_add_test(tc, a_new_thread_may_run_anywhere);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
