/* SPDX-License-Identifier: Apache-2.0 */
/* arch/decode.c, arch/<machine>/legacy.c: the table and the normal forms. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "arch/arch.h"
#include "include/uapi.h"

#define CWD	((uint64_t)(int64_t)AT_FDCWD)
#define JUNK	0xdeadbeef00000000ULL
#define ANY	0x7777777777777777ULL

struct norm {
	enum sc asked;
	uint64_t raw[SC_ARGS];
	enum sc sc;
	uint64_t arg[SC_ARGS];
};

/* Calls of both machines.  Registers beyond the arguments hold rubbish. */
static const struct norm modern[] = {
	{ SC_openat, { JUNK | 0xffffff9c, 0x1000, JUNK | O_CREAT, JUNK | 0100644, ANY, ANY },
	  SC_openat, { CWD, 0x1000, O_CREAT, 0100644 } },
	{ SC_faccessat, { 3, 0x1000, 4, ANY, ANY, ANY },
	  SC_faccessat, { 3, 0x1000, 4, 0 } },
	{ SC_faccessat2, { 3, 0x1000, 4, JUNK | AT_EACCESS, ANY, ANY },
	  SC_faccessat, { 3, 0x1000, 4, AT_EACCESS } },
	{ SC_fchmodat, { 3, 0x1000, 0600, ANY, ANY, ANY },
	  SC_fchmodat, { 3, 0x1000, 0600, 0 } },
	{ SC_fchmodat2, { 3, 0x1000, 0600, AT_SYMLINK_NOFOLLOW, ANY, ANY },
	  SC_fchmodat, { 3, 0x1000, 0600, AT_SYMLINK_NOFOLLOW } },
	{ SC_renameat, { 3, 0x1000, 4, 0x2000, ANY, ANY },
	  SC_renameat2, { 3, 0x1000, 4, 0x2000, 0 } },
	{ SC_kill, { JUNK | 0xffffffff, JUNK | 9, ANY, ANY, ANY, ANY },
	  SC_kill, { (uint64_t)-1, 9 } },
	{ SC_mmap, { ANY, ANY, 3, 2, JUNK | 0xffffffff, ANY },
	  SC_mmap, { ANY, ANY, 3, 2, (uint64_t)-1, ANY } },
	{ SC_clone, { JUNK | 0x11, ANY, ANY, ANY, ANY, ANY },
	  SC_clone, { 0x11, ANY, ANY, ANY, ANY } },
	{ SC_mkdirat, { 3, 0x1000, JUNK | 0x12345, ANY, ANY, ANY },
	  SC_mkdirat, { 3, 0x1000, 0x2345 } },
	{ SC_prctl, { PR_SET_NAME, ANY, ANY, ANY, ANY, ANY },
	  SC_prctl, { PR_SET_NAME, ANY, ANY, ANY, ANY } },
	{ SC_prctl, { JUNK | PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0x1000, ANY, ANY, ANY },
	  SC_seccomp, { SECCOMP_SET_MODE_FILTER, 0, 0x1000 } },
	{ SC_prctl, { PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0x1000, ANY, ANY, ANY },
	  SC_seccomp, { SECCOMP_SET_MODE_STRICT, 0, 0 } },
	{ SC_prctl, { PR_SET_SECCOMP, 7, 0x1000, ANY, ANY, ANY },
	  SC_seccomp, { UINT32_MAX, 0, 0 } },
};

/* Calls that only x86-64 has. */
static const struct norm legacy[] = {
	{ SC_open, { 0x1000, JUNK | O_RDWR, 0644, ANY, ANY, ANY },
	  SC_openat, { CWD, 0x1000, O_RDWR, 0644 } },
	{ SC_creat, { 0x1000, 0600, ANY, ANY, ANY, ANY },
	  SC_openat, { CWD, 0x1000, O_CREAT | O_WRONLY | O_TRUNC, 0600 } },
	{ SC_stat, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_newfstatat, { CWD, 0x1000, 0x2000, 0 } },
	{ SC_lstat, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_newfstatat, { CWD, 0x1000, 0x2000, AT_SYMLINK_NOFOLLOW } },
	{ SC_access, { 0x1000, 4, ANY, ANY, ANY, ANY },
	  SC_faccessat, { CWD, 0x1000, 4, 0 } },
	{ SC_readlink, { 0x1000, 0x2000, JUNK | 64, ANY, ANY, ANY },
	  SC_readlinkat, { CWD, 0x1000, 0x2000, 64 } },
	{ SC_chmod, { 0x1000, 0755, ANY, ANY, ANY, ANY },
	  SC_fchmodat, { CWD, 0x1000, 0755, 0 } },
	{ SC_chown, { 0x1000, JUNK | 0xffffffff, 5, ANY, ANY, ANY },
	  SC_fchownat, { CWD, 0x1000, (uint64_t)-1, 5, 0 } },
	{ SC_lchown, { 0x1000, 4, 5, ANY, ANY, ANY },
	  SC_fchownat, { CWD, 0x1000, 4, 5, AT_SYMLINK_NOFOLLOW } },
	{ SC_mkdir, { 0x1000, 0755, ANY, ANY, ANY, ANY },
	  SC_mkdirat, { CWD, 0x1000, 0755 } },
	{ SC_mknod, { 0x1000, 010644, JUNK | 0x103, ANY, ANY, ANY },
	  SC_mknodat, { CWD, 0x1000, 010644, 0x103 } },
	{ SC_rmdir, { 0x1000, ANY, ANY, ANY, ANY, ANY },
	  SC_unlinkat, { CWD, 0x1000, AT_REMOVEDIR } },
	{ SC_unlink, { 0x1000, ANY, ANY, ANY, ANY, ANY },
	  SC_unlinkat, { CWD, 0x1000, 0 } },
	{ SC_rename, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_renameat2, { CWD, 0x1000, CWD, 0x2000, 0 } },
	{ SC_link, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_linkat, { CWD, 0x1000, CWD, 0x2000, 0 } },
	{ SC_symlink, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_symlinkat, { 0x1000, CWD, 0x2000 } },
	{ SC_utime, { 0x1000, 0x2000, ANY, ANY, ANY, ANY },
	  SC_utime, { 0x1000, 0x2000 } },
	{ SC_futimesat, { JUNK | 5, 0x1000, 0x2000, ANY, ANY, ANY },
	  SC_futimesat, { 5, 0x1000, 0x2000 } },
};

static void
check_norm(const struct norm *n)
{
	struct sysreq rq;
	int nr = sc_nr(n->asked);

	ck_assert_int_ge(nr, 0);
	ck_assert_int_eq(arch_decode(&rq, ARCH_AUDIT, nr, n->raw, 0x4000), 0);
	ck_assert_msg(rq.sc == n->sc, "%s became %s", sc_name(n->asked),
		      sc_name(rq.sc));
	ck_assert_int_eq(rq.asked, n->asked);
	ck_assert_int_eq(rq.nr, nr);
	ck_assert_uint_eq(rq.ip, 0x4000);
	ck_assert_mem_eq(rq.raw, n->raw, sizeof(rq.raw));
	for (unsigned int i = 0; i < SC_ARGS; i++)
		ck_assert_msg(rq.arg[i] == n->arg[i], "%s: argument %u is %#lx",
			      sc_name(n->asked), i, (unsigned long)rq.arg[i]);
}

START_TEST(modern_calls_keep_what_the_kernel_sees)
{
	check_norm(&modern[_i]);
}
END_TEST

START_TEST(legacy_calls_become_their_at_form)
{
	if (sc_nr(legacy[_i].asked) >= 0)
		check_norm(&legacy[_i]);
}
END_TEST

START_TEST(foreign_architectures_are_refused)
{
	const uint64_t args[SC_ARGS] = { 0 };
	struct sysreq rq;

	ck_assert_int_eq(arch_decode(&rq, AUDIT_ARCH_I386, 1, args, 0), -EPERM);
	ck_assert_int_eq(arch_decode(&rq, AUDIT_ARCH_ARM, 1, args, 0), -EPERM);
	if (ARCH_X32_BIT)
		ck_assert_int_eq(arch_decode(&rq, ARCH_AUDIT, ARCH_X32_BIT | 1,
					     args, 0), -EPERM);
}
END_TEST

START_TEST(unknown_numbers_are_enosys)
{
	static const int nrs[] = { -1, 511, 512, 4000, 0x3fffffff, -0x7fffffff };
	const uint64_t args[SC_ARGS] = { 0 };
	struct sysreq rq;

	for (unsigned int i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++)
		ck_assert_int_eq(arch_decode(&rq, ARCH_AUDIT, nrs[i], args, 0),
				 -ENOSYS);
}
END_TEST

START_TEST(names_numbers_and_rows_agree)
{
	for (unsigned int i = 0; i < SC_MAX; i++) {
		enum sc sc = (enum sc)i;
		int nr = sc_nr(sc);

		ck_assert_int_eq(sc_by_name(sc_name(sc)), sc);
		if (nr >= 0)
			ck_assert_int_eq(sc_by_nr(nr), sc);
	}
	ck_assert_int_eq(sc_by_name("no_such_call"), SC_MAX);
	ck_assert_int_eq(sc_by_nr(-1), SC_MAX);
	ck_assert_str_eq(sc_name((enum sc)(SC_MAX + 1)), "?");
}
END_TEST

/* Two rows with one number would hide one of them. */
START_TEST(numbers_are_unique_and_x86_64_has_no_gap)
{
	static const char *seen[2][512];

	for (unsigned int i = 0; i < SC_MAX; i++) {
		const struct sc_row *row = sc_row((enum sc)i);

		for (unsigned int a = 0; a < 2; a++) {
			int nr = row->nr[a];

			if (nr < 0)
				continue;
			ck_assert_int_lt(nr, 512);
			ck_assert_msg(!seen[a][nr], "%s and %s", row->name,
				      seen[a][nr]);
			seen[a][nr] = row->name;
		}
	}
	for (int nr = 0; nr <= 469; nr++) {
		if (nr > 336 && nr < 424)
			continue;	/* not assigned */
		ck_assert_msg(seen[0][nr], "x86-64 %d", nr);
	}
}
END_TEST

/* libseccomp knows the numbers up to its own release; an independent source. */
START_TEST(numbers_are_those_of_libseccomp)
{
	static const uint32_t arch[2] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };
	unsigned int known = 0;

	for (unsigned int i = 0; i < SC_MAX; i++) {
		const struct sc_row *row = sc_row((enum sc)i);

		for (unsigned int a = 0; a < 2; a++) {
			int nr = seccomp_syscall_resolve_name_arch(arch[a],
								   row->name);

			if (nr < 0)
				continue;
			ck_assert_msg(nr == row->nr[a], "%s is %d, not %d",
				      row->name, nr, row->nr[a]);
			known++;
		}
	}
	ck_assert_uint_gt(known, 600);
}
END_TEST

START_TEST(every_word_of_a_role_is_known)
{
	for (unsigned int i = 0; i < SC_MAX; i++) {
		const char *p = sc_row((enum sc)i)->roles;
		unsigned int words = *p ? 1 : 0;
		enum sc_role role[SC_ARGS];

		for (; *p; p++)
			words += *p == ',';
		ck_assert_uint_le(words, SC_ARGS);
		ck_assert_uint_eq(sc_roles((enum sc)i, role), words);
		for (unsigned int w = 0; w < words; w++)
			ck_assert_msg(role[w] != ROLE_END, "%s, argument %u",
				      sc_name((enum sc)i), w);
	}
	ck_assert(sc_has_pointer(SC_openat));
	ck_assert(sc_has_pointer(SC_capget));
	ck_assert(!sc_has_pointer(SC_kill));
	ck_assert(!sc_has_pointer(SC_setpgid));
}
END_TEST

START_TEST(mediated_rows_name_a_handler)
{
	for (unsigned int i = 0; i < SC_MAX; i++) {
		const struct sc_row *row = sc_row((enum sc)i);

		switch ((enum sc_route)row->route) {
		case ROUTE_NOTIFY:
		case ROUTE_TRACE:
		case ROUTE_MOUNT:
		case ROUTE_MOUNT_NOTIFY:
			ck_assert_msg(strcmp(row->handler, "none") != 0, "%s",
				      row->name);
			break;
		case ROUTE_NATIVE:
		case ROUTE_REFUSE_ENOSYS:
		case ROUTE_REFUSE_EPERM:
		case ROUTE_REFUSE_EINVAL:
		case ROUTE_REFUSE_EACCES:
		case ROUTE_REFUSE_EOPNOTSUPP:
		case ROUTE_REFUSE_EAFNOSUPPORT:
			break;
		}
	}
}
END_TEST

START_TEST(routes_have_names_and_errnos)
{
	ck_assert_int_eq(sc_route_errno(ROUTE_NOTIFY), 0);
	ck_assert_int_eq(sc_route_errno(ROUTE_REFUSE_ENOSYS), ENOSYS);
	ck_assert_int_eq(sc_route_errno(ROUTE_REFUSE_EAFNOSUPPORT), EAFNOSUPPORT);
	ck_assert_str_eq(sc_route_name(ROUTE_MOUNT), "MOUNT");
	ck_assert(arch_is_restart(-512) && arch_is_restart(-516));
	ck_assert(!arch_is_restart(-511) && !arch_is_restart(-515));
	ck_assert(!arch_is_restart(-4) && !arch_is_restart(0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("arch/decode");
	TCase *tc = tcase_create("decode");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, modern_calls_keep_what_the_kernel_sees, 0,
			    (int)(sizeof(modern) / sizeof(modern[0])));
	tcase_add_loop_test(tc, legacy_calls_become_their_at_form, 0,
			    (int)(sizeof(legacy) / sizeof(legacy[0])));
	tcase_add_test(tc, foreign_architectures_are_refused);
	tcase_add_test(tc, unknown_numbers_are_enosys);
	tcase_add_test(tc, names_numbers_and_rows_agree);
	tcase_add_test(tc, numbers_are_unique_and_x86_64_has_no_gap);
	tcase_add_test(tc, numbers_are_those_of_libseccomp);
	tcase_add_test(tc, every_word_of_a_role_is_known);
	tcase_add_test(tc, mediated_rows_name_a_handler);
	tcase_add_test(tc, routes_have_names_and_errnos);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
