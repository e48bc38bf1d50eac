/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/override*.c: what root inside passes over, and what the process
 * that does it refuses, whoever asks.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/mounthelper.h"
#include "supervisor/override.h"
#include "vfs/hostcall.h"

#define RESOLVE_PLAIN (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | \
		       RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

static struct mounthelper *helper;
static char place[] = "/tmp/belljar-unit-XXXXXX";
static int top;			/* O_PATH of it */

/* False where no user namespace is to be had. */
static bool
start(void)
{
	struct host_again a = { .call = HOST_ACCESS, .mode = F_OK };

	ck_assert_ptr_nonnull(mkdtemp(place));
	top = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(top, 0);
	ck_assert_int_eq(mounthelper_start(&helper), 0);
	override_install(helper);
	host_passes = HOST_PASS_ALL;
	a.fd = top;
	if (host_again(&a) == 0)
		return true;
	puts("no user namespace is to be had");
	return false;
}

static void
stop(void)
{
	char command[128];

	host_passes = 0;
	override_stop();
	override_install(NULL);
	mounthelper_stop(helper);
	close(top);
	snprintf(command, sizeof(command), "chmod -R u+rwX %s; rm -rf %s",
		 place, place);
	ck_assert_int_eq(system(command), 0);
}

/* As the supervisor is. */
static void
drop_capabilities(void)
{
	cap_t none = cap_init();

	ck_assert_int_eq(cap_set_proc(none), 0);
	cap_free(none);
}

static void
make_closed(void)
{
	ck_assert_int_eq(mkdirat(top, "d", 0700), 0);
	ck_assert_int_eq(mkdirat(top, "d/s", 0700), 0);
	close(openat(top, "d/f", O_CREAT | O_WRONLY, 0));
	ck_assert_int_eq(symlinkat("f", top, "d/l"), 0);
	ck_assert_int_eq(symlinkat("/etc", top, "d/etc"), 0);
	ck_assert_int_eq(mkfifoat(top, "d/p", 0), 0);
	ck_assert_int_eq(fchmodat(top, "d", 0, 0), 0);
	drop_capabilities();
}

static int
open_at(int dir, const char *name, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.resolve = RESOLVE_PLAIN };

	return host_openat2(dir, name, &how);
}

START_TEST(calls_that_are_refused_are_made_again)
{
	struct stat st;
	int d, f;

	if (!start())
		return stop();
	make_closed();
	d = open_at(top, "d", O_PATH);
	ck_assert_int_ge(d, 0);
	ck_assert_int_eq(host_mkdir(d, "new", 0700), 0);
	ck_assert_int_eq(host_fstatat(d, "new", &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_eq(host_rename(d, "new", d, "newer", 0), 0);
	ck_assert_int_eq(host_unlink(d, "newer", AT_REMOVEDIR), 0);
	f = open_at(top, "d/f", O_RDWR);
	ck_assert_int_ge(f, 0);
	ck_assert_int_eq(write(f, "text", 4), 4);
	ck_assert_int_eq(fcntl(f, F_GETFL) & O_NONBLOCK, 0);
	close(f);
	host_passes = HOST_PASS_READ;
	f = open_at(d, "f", O_RDONLY);
	ck_assert_int_ge(f, 0);
	close(f);
	ck_assert_int_eq(open_at(d, "f", O_RDWR), -EACCES);
	ck_assert_int_eq(host_mkdir(d, "new", 0700), -EACCES);
	host_passes = 0;
	ck_assert_int_eq(open_at(d, "f", O_RDONLY), -EACCES);
	close(d);
	stop();
}
END_TEST

/* What no caller of ours asks for. */
START_TEST(names_that_lead_elsewhere_are_refused)
{
	static const char *const names[] = {
		"", ".", "..", "s/x", "/tmp/x", "../x", "etc/x",
	};
	static const enum host_call makers[] = {
		HOST_MKDIR, HOST_MKNOD, HOST_UNLINK,
	};
	int d;

	if (!start())
		return stop();
	make_closed();
	d = open_at(top, "d", O_PATH);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct host_again a = { .fd = d, .fd2 = d, .name = names[i],
					.mode = S_IFREG | 0600 };

		for (size_t k = 0; k < 3; k++) {
			a.call = makers[k];
			ck_assert_int_eq(host_again(&a), -EACCES);
		}
		a.call = HOST_LINK;
		ck_assert_int_eq(host_again(&a), -EACCES);
		a.call = HOST_RENAME;
		a.data = "y";
		a.data_size = 2;
		ck_assert_int_eq(host_again(&a), -EACCES);
		a.data = names[i];
		a.data_size = strlen(names[i]) + 1;
		a.name = "f";
		ck_assert_int_eq(host_again(&a), -EACCES);
	}
	close(d);
	stop();
}
END_TEST

START_TEST(opens_leave_by_no_way)
{
	static const char *const names[] = {
		"..", "../x", "/etc/passwd", "etc/passwd", "s/../../../etc",
	};
	struct host_again a = { .call = HOST_OPENAT2 };
	struct stat st;
	int d;

	if (!start())
		return stop();
	make_closed();
	d = open_at(top, "d", O_PATH);
	a.fd = d;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		a.name = names[i];
		a.flags = O_PATH;
		a.extra = 0;		/* the RESOLVE_* are its own */
		ck_assert_int_lt(host_again(&a), 0);
		a.flags = O_RDONLY;
		ck_assert_int_lt(host_again(&a), 0);
	}
	a = (struct host_again){ .call = HOST_STATX, .fd = d,
				 .name = "../../etc/passwd", .mode = 0,
				 .out = &st, .out_size = 4 };
	ck_assert_int_eq(host_again(&a), -EACCES);
	/* a FIFO would make it wait */
	ck_assert_int_eq(open_at(d, "p", O_RDONLY), -EACCES);
	close(d);
	stop();
}
END_TEST

START_TEST(devices_and_other_calls_are_refused)
{
	struct host_again a = { .name = "x", .mode = S_IFCHR | 0600,
				.extra = makedev(1, 3) };
	int d;

	if (!start())
		return stop();
	make_closed();
	d = open_at(top, "d", O_PATH);
	a.fd = d;
	a.call = HOST_MKNOD;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.mode = 0777;
	a.call = HOST_CHMOD;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.call = HOST_CHOWN;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.call = HOST_CALLS;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.fd = -1;
	a.call = HOST_MKDIR;
	ck_assert_int_eq(host_again(&a), -EACCES);
	/* and it is still there */
	a.fd = d;
	ck_assert_int_eq(host_again(&a), 0);
	close(d);
	stop();
}
END_TEST

START_TEST(files_of_others_stay_closed)
{
	struct host_again a = { .name = "f", .flags = O_PATH };

	if (geteuid() != 0)
		return;
	if (!start())
		return stop();
	ck_assert_int_eq(mkdirat(top, "o", 0700), 0);
	close(openat(top, "o/f", O_CREAT | O_WRONLY, 0600));
	a.fd = open_at(top, "o", O_PATH);
	ck_assert_int_eq(fchownat(top, "o/f", 12345, 12345, 0), 0);
	ck_assert_int_eq(fchownat(top, "o", 12345, 12345, 0), 0);
	a.call = HOST_OPENAT2;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.call = HOST_UNLINK;
	a.flags = 0;
	ck_assert_int_eq(host_again(&a), -EACCES);
	a.call = HOST_MKDIR;
	a.name = "new";
	ck_assert_int_eq(host_again(&a), -EACCES);
	close(a.fd);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor_override");
	TCase *t = tcase_create("override");
	SRunner *r;
	int failed;

	tcase_add_test(t, calls_that_are_refused_are_made_again);
	tcase_add_test(t, names_that_lead_elsewhere_are_refused);
	tcase_add_test(t, opens_leave_by_no_way);
	tcase_add_test(t, devices_and_other_calls_are_refused);
	tcase_add_test(t, files_of_others_stay_closed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
