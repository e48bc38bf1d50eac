/* SPDX-License-Identifier: Apache-2.0 */
/* What goes through a channel on our side: descriptors, each with its tag. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/channel_priv.h"

static int sv[2];

static void
pair(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    sv), 0);
}

static void
unpair(void)
{
	close(sv[0]);
	close(sv[1]);
}

static int
open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(a_descriptor_arrives_as_the_same_file)
{
	struct stat a, b;
	int got, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(channel_send(sv[0], null, 7), 0);
	got = channel_receive(sv[1], 7);
	ck_assert_int_ge(got, 0);
	ck_assert_int_eq(fstat(null, &a), 0);
	ck_assert_int_eq(fstat(got, &b), 0);
	ck_assert(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	close(got);
	close(null);
}
END_TEST

START_TEST(a_path_descriptor_passes)
{
	int got, path = open("/", O_PATH | O_CLOEXEC);

	ck_assert_int_eq(channel_send(sv[0], path, 1), 0);
	got = channel_receive(sv[1], 1);
	ck_assert_int_ge(got, 0);
	ck_assert(fcntl(got, F_GETFL) & O_PATH);
	close(got);
	close(path);
}
END_TEST

/* What a guest sends by itself is dropped, and its descriptors closed. */
START_TEST(other_tags_are_skipped)
{
	int before, got;

	before = open_descriptors();
	ck_assert_int_eq(channel_send(sv[0], 0, 1), 0);
	ck_assert_int_eq(channel_send(sv[0], 1, 2), 0);
	ck_assert_int_eq(send(sv[0], "x", 1, 0), 1);
	ck_assert_int_eq(channel_send(sv[0], sv[0], 3), 0);
	got = channel_receive(sv[1], 3);
	ck_assert_int_ge(got, 0);
	close(got);
	ck_assert_int_eq(open_descriptors(), before);
	ck_assert_int_eq(channel_receive(sv[1], 3), -EAGAIN);
}
END_TEST

START_TEST(a_tag_without_a_descriptor_is_an_error)
{
	uint64_t tag = 5;

	ck_assert_int_eq(send(sv[0], &tag, sizeof(tag), 0), sizeof(tag));
	ck_assert_int_eq(channel_receive(sv[1], 5), -EMFILE);
}
END_TEST

START_TEST(a_closed_end_is_an_error)
{
	close(sv[1]);
	ck_assert_int_eq(channel_send(sv[0], 0, 1), -EPIPE);
	ck_assert_int_eq(channel_receive(sv[0], 1), -EPIPE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("channel");
	TCase *tc = tcase_create("wire");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, pair, unpair);
	tcase_add_test(tc, a_descriptor_arrives_as_the_same_file);
	tcase_add_test(tc, a_path_descriptor_passes);
	tcase_add_test(tc, other_tags_are_skipped);
	tcase_add_test(tc, a_tag_without_a_descriptor_is_an_error);
	tcase_add_test(tc, a_closed_end_is_an_error);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
