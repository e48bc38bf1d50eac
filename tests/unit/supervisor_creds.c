/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/creds.c: the emulated capabilities, as commoncap.c has them. */
#include <check.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/creds.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

static struct config cfg;
static struct sandbox sb;

static void
setup(void)
{
	config_init(&cfg);
	memset(&sb, 0, sizeof(sb));
	sb.cfg = &cfg;
}

static void
teardown(void)
{
	userns_stop(&sb);
	config_fini(&cfg);
}

static struct creds *
make(void)
{
	struct creds *c;

	ck_assert_int_eq(userns_start(&sb), 0);
	ck_assert_int_eq(creds_first(&sb, &c), 0);
	return c;
}

static void
set_uid(struct creds *c, uid_t uid)
{
	c->uid = c->euid = c->suid = c->fsuid = uid;
}

START_TEST(a_plain_run_keeps_the_ids_and_has_no_capability)
{
	struct creds *c;

	sb.uid = getuid();
	sb.gid = getgid();
	c = make();
	ck_assert_uint_eq(c->uid, getuid());
	ck_assert_uint_eq(c->egid, getgid());
	ck_assert_uint_eq(c->cap_effective, 0);
	ck_assert_uint_eq(c->cap_permitted, 0);
	ck_assert(!creds_has_cap(c, CAP_SYS_ADMIN));
	ck_assert(!creds_is_mapped(c));
	creds_put(c);
}
END_TEST

START_TEST(root_of_the_sandbox_has_them_all)
{
	struct creds *c;

	cfg.uid0 = true;
	c = make();
	ck_assert_uint_eq(c->uid, 0);
	ck_assert(creds_is_mapped(c));
	ck_assert_uint_eq(c->cap_effective, CREDS_CAP_ALL);
	creds_put(c);
}
END_TEST

START_TEST(capabilities_are_dropped_and_added)
{
	struct creds *c;

	cfg.uid0 = true;
	cfg.cap_drop = 1ULL << CAP_SYS_ADMIN;
	c = make();
	ck_assert(!creds_has_cap(c, CAP_SYS_ADMIN));
	ck_assert(creds_has_cap(c, CAP_SYS_CHROOT));
	ck_assert(!(c->cap_bounding & (1ULL << CAP_SYS_ADMIN)));
	creds_put(c);
}
END_TEST

START_TEST(exec_as_root_gains_the_bounding_set)
{
	struct creds *c, *e;

	cfg.uid0 = true;
	c = make();
	c->cap_permitted = c->cap_effective = 0;
	ck_assert_int_eq(creds_exec(c, &e), 0);
	ck_assert_uint_eq(e->cap_effective, CREDS_CAP_ALL);
	creds_put(c);
	creds_put(e);
}
END_TEST

START_TEST(exec_as_a_user_keeps_the_ambient_set_only)
{
	struct creds *c, *e;

	cfg.uid0 = true;
	c = make();
	set_uid(c, 1000);
	c->cap_ambient = 1ULL << CAP_KILL;
	ck_assert_int_eq(creds_exec(c, &e), 0);
	ck_assert_uint_eq(e->cap_effective, 1ULL << CAP_KILL);
	ck_assert_uint_eq(e->cap_permitted, 1ULL << CAP_KILL);
	creds_put(c);
	creds_put(e);
}
END_TEST

START_TEST(noroot_makes_root_a_user_at_exec)
{
	struct creds *c, *e;

	cfg.uid0 = true;
	c = make();
	c->securebits = SECBIT_NOROOT;
	ck_assert_int_eq(creds_exec(c, &e), 0);
	ck_assert_uint_eq(e->cap_effective, 0);
	creds_put(c);
	creds_put(e);
}
END_TEST

START_TEST(leaving_root_loses_the_capabilities)
{
	struct creds *c, *old;

	cfg.uid0 = true;
	old = make();
	ck_assert_int_eq(creds_copy(old, &c), 0);
	set_uid(c, 1000);
	creds_fix_setuid(c, old);
	ck_assert_uint_eq(c->cap_permitted, 0);
	ck_assert_uint_eq(c->cap_effective, 0);
	creds_put(c);
	creds_put(old);
}
END_TEST

START_TEST(keepcaps_keeps_the_permitted_set)
{
	struct creds *c, *old;

	cfg.uid0 = true;
	old = make();
	ck_assert_int_eq(creds_copy(old, &c), 0);
	c->securebits = SECBIT_KEEP_CAPS;
	set_uid(c, 1000);
	creds_fix_setuid(c, old);
	ck_assert_uint_eq(c->cap_permitted, CREDS_CAP_ALL);
	ck_assert_uint_eq(c->cap_effective, 0);
	creds_put(c);
	creds_put(old);
}
END_TEST

START_TEST(the_effective_id_alone_switches_the_effective_set)
{
	struct creds *c, *old, *back;

	cfg.uid0 = true;
	old = make();
	ck_assert_int_eq(creds_copy(old, &c), 0);
	c->euid = c->fsuid = 1000;
	creds_fix_setuid(c, old);
	ck_assert_uint_eq(c->cap_permitted, CREDS_CAP_ALL);
	ck_assert_uint_eq(c->cap_effective, 0);
	ck_assert_int_eq(creds_copy(c, &back), 0);
	back->euid = back->fsuid = 0;
	creds_fix_setuid(back, c);
	ck_assert_uint_eq(back->cap_effective, CREDS_CAP_ALL);
	creds_put(back);
	creds_put(c);
	creds_put(old);
}
END_TEST

START_TEST(the_fsuid_alone_switches_the_file_capabilities)
{
	struct creds *c, *old;

	cfg.uid0 = true;
	old = make();
	ck_assert_int_eq(creds_copy(old, &c), 0);
	c->fsuid = 1000;
	creds_fix_setuid(c, old);
	ck_assert(!creds_has_cap(c, CAP_DAC_OVERRIDE));
	ck_assert(creds_has_cap(c, CAP_SYS_ADMIN));
	creds_put(c);
	creds_put(old);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("creds");
	TCase *tc = tcase_create("creds");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_plain_run_keeps_the_ids_and_has_no_capability);
	tcase_add_test(tc, root_of_the_sandbox_has_them_all);
	tcase_add_test(tc, capabilities_are_dropped_and_added);
	tcase_add_test(tc, exec_as_root_gains_the_bounding_set);
	tcase_add_test(tc, exec_as_a_user_keeps_the_ambient_set_only);
	tcase_add_test(tc, noroot_makes_root_a_user_at_exec);
	tcase_add_test(tc, leaving_root_loses_the_capabilities);
	tcase_add_test(tc, keepcaps_keeps_the_permitted_set);
	tcase_add_test(tc, the_effective_id_alone_switches_the_effective_set);
	tcase_add_test(tc, the_fsuid_alone_switches_the_file_capabilities);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
