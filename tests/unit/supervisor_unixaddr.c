/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/unixaddr.h"

#define BASE	offsetof(struct sockaddr_un, sun_path)

static struct unix_addr
path_addr(const char *path)
{
	struct unix_addr a = { 0 };

	a.un.sun_family = AF_UNIX;
	snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s", path);
	a.len = (socklen_t)(BASE + strlen(path) + 1);
	return a;
}

START_TEST(kernel_ignores_the_number)
{
	struct unix_addr guest = path_addr("/tmp/x/name"), host;
	const char *p;

	ck_assert_int_eq(unixaddr_bind_name("name", &guest, &host), 0);
	p = host.un.sun_path;
	ck_assert_int_eq(strspn(p, "./") + 4, strlen(p));
	ck_assert_ptr_null(strstr(p, ".."));
	ck_assert_int_ne(p[0], '/');
	ck_assert_str_eq(p + strlen(p) - 4, "name");
	ck_assert_int_eq(host.len, BASE + strlen(p) + 1);
}
END_TEST

START_TEST(guest_spelling_comes_back)
{
	struct unix_addr first = path_addr("/tmp/a/name"), h1;
	struct unix_addr second = path_addr("b/name"), h2;

	ck_assert_int_eq(unixaddr_bind_name("name", &first, &h1), 0);
	ck_assert_int_eq(unixaddr_bind_name("name", &second, &h2), 0);
	ck_assert_str_ne(h1.un.sun_path, h2.un.sun_path);
	unixaddr_out(&h1);
	unixaddr_out(&h2);
	ck_assert_str_eq(h1.un.sun_path, "/tmp/a/name");
	ck_assert_int_eq(h1.len, first.len);
	ck_assert_str_eq(h2.un.sun_path, "b/name");
}
END_TEST

START_TEST(long_name_fits_without_number)
{
	char last[108];
	struct unix_addr guest, host;

	memset(last, 'n', 107);
	last[107] = '\0';
	guest = path_addr(last);
	ck_assert_int_eq(unixaddr_bind_name(last, &guest, &host), 0);
	ck_assert_str_eq(host.un.sun_path, last);
}
END_TEST

START_TEST(plain_name_stays_as_it_is)
{
	struct unix_addr guest = path_addr("name"), host;

	ck_assert_int_eq(unixaddr_bind_name("name", &guest, &host), 0);
	ck_assert_str_eq(host.un.sun_path, "name");
}
END_TEST

START_TEST(abstract_names_are_the_sandboxs_own)
{
	struct unix_addr guest = { .un = { .sun_family = AF_UNIX } }, host;

	memcpy(guest.un.sun_path, "\0some", 5);
	guest.len = BASE + 5;
	ck_assert_int_eq(unixaddr_abstract_in(&guest, 0, &host), 0);
	ck_assert_int_gt(host.len, guest.len);
	ck_assert_int_eq(host.un.sun_path[0], '\0');
	ck_assert_int_ne(memcmp(host.un.sun_path, guest.un.sun_path, 5), 0);
	unixaddr_out(&host);
	ck_assert_int_eq(host.len, guest.len);
	ck_assert_int_eq(memcmp(host.un.sun_path, guest.un.sun_path, 5), 0);
}
END_TEST

START_TEST(autobind_gives_five_digits)
{
	struct unix_addr guest = { .un = { .sun_family = AF_UNIX },
				   .len = BASE };
	struct unix_addr host;

	ck_assert_int_eq(unixaddr_abstract_in(&guest, 0, &host), 0);
	unixaddr_out(&host);
	ck_assert_int_eq(host.len, BASE + 6);
	ck_assert_int_eq(strspn(host.un.sun_path + 1, "0123456789abcdef"), 5);
}
END_TEST

START_TEST(over_long_abstract_name_is_refused)
{
	struct unix_addr guest = { .un = { .sun_family = AF_UNIX },
				   .len = sizeof(struct sockaddr_un) };
	struct unix_addr host;

	ck_assert_int_lt(unixaddr_abstract_in(&guest, 0, &host), 0);
}
END_TEST

START_TEST(foreign_names_pass)
{
	struct unix_addr a = path_addr("./plain"), b = a;

	unixaddr_out(&a);
	ck_assert_str_eq(a.un.sun_path, b.un.sun_path);
	ck_assert(!unixaddr_from_host(&a));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("unixaddr");
	TCase *tc = tcase_create("names");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, kernel_ignores_the_number);
	tcase_add_test(tc, guest_spelling_comes_back);
	tcase_add_test(tc, long_name_fits_without_number);
	tcase_add_test(tc, plain_name_stays_as_it_is);
	tcase_add_test(tc, abstract_names_are_the_sandboxs_own);
	tcase_add_test(tc, autobind_gives_five_digits);
	tcase_add_test(tc, over_long_abstract_name_is_refused);
	tcase_add_test(tc, foreign_names_pass);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
