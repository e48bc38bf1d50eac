/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/script.h"

struct line_case {
	const char *file;
	int ret;
	const char *interp;
	const char *arg;
};

static const struct line_case cases[] = {
	{ "#!/bin/sh\n", 0, "/bin/sh", NULL },
	{ "#! \t /bin/sh \t \n", 0, "/bin/sh", NULL },
	{ "#!/bin/sh -x\n", 0, "/bin/sh", "-x" },
	{ "#!/bin/sh\t-x  -y \t\nrest", 0, "/bin/sh", "-x  -y" },
	{ "#!sh\n", 0, "sh", NULL },
	{ "#!/bin/sh\r\n", 0, "/bin/sh\r", NULL },
	/* No newline, but the padding ends the name. */
	{ "#!/bin/sh", 0, "/bin/sh", NULL },
	{ "#!/bin/sh -x  ", 0, "/bin/sh", "-x  " },
	{ "#!/bin/sh ", 0, "/bin/sh", "" },
	/* An empty name: exec then finds the cwd, a directory. */
	{ "#!", 0, "", NULL },
	{ "#! ", 0, "", NULL },
	{ "#!\n/bin/sh\n", -ENOEXEC, NULL, NULL },
	{ "#!   \n/bin/sh\n", -ENOEXEC, NULL, NULL },
	{ "#/bin/sh\n", -ENOEXEC, NULL, NULL },
	{ " #!/bin/sh\n", -ENOEXEC, NULL, NULL },
	{ "", -ENOEXEC, NULL, NULL },
};

static void
load(uint8_t *head, const char *text, size_t len)
{
	memset(head, 0, EXEC_HEAD_SIZE);
	memcpy(head, text, len < EXEC_HEAD_SIZE ? len : EXEC_HEAD_SIZE);
}

START_TEST(line_is_taken_apart_as_the_kernel_does)
{
	const struct line_case *c = &cases[_i];
	struct script_line line = { NULL, NULL };
	uint8_t head[EXEC_HEAD_SIZE];

	load(head, c->file, strlen(c->file));
	ck_assert_int_eq(script_parse(head, &line), c->ret);
	ck_assert_pstr_eq(line.interp, c->interp);
	ck_assert_pstr_eq(line.arg, c->arg);
}
END_TEST

/* "#!" + '/' x n: the name must be known to be whole. */
static int
parse_long_name(size_t n, const char *after, struct script_line *line)
{
	static uint8_t head[EXEC_HEAD_SIZE];
	char text[1024];

	memset(text, '/', sizeof(text));
	memcpy(text, "#!", 2);
	memcpy(text + 2 + n, after, strlen(after));
	load(head, text, 2 + n + strlen(after));
	return script_parse(head, line);
}

START_TEST(name_may_be_253_bytes_long)
{
	struct script_line line;

	ck_assert_int_eq(parse_long_name(253, "\n", &line), 0);
	ck_assert_uint_eq(strlen(line.interp), 253);
	ck_assert_int_eq(parse_long_name(252, "", &line), 0);
	ck_assert_uint_eq(strlen(line.interp), 252);
}
END_TEST

START_TEST(name_that_may_be_cut_off_is_refused)
{
	struct script_line line;

	ck_assert_int_eq(parse_long_name(254, "\n", &line), -ENOEXEC);
	ck_assert_int_eq(parse_long_name(254, " -x\n", &line), -ENOEXEC);
	ck_assert_int_eq(parse_long_name(600, "\n", &line), -ENOEXEC);
}
END_TEST

START_TEST(argument_is_cut_off_at_the_end_of_the_buffer)
{
	struct script_line line;
	uint8_t head[EXEC_HEAD_SIZE];
	char text[1024];

	memset(text, 'a', sizeof(text));
	memcpy(text, "#!/i ", 5);
	load(head, text, sizeof(text));
	ck_assert_int_eq(script_parse(head, &line), 0);
	ck_assert_str_eq(line.interp, "/i");
	ck_assert_uint_eq(strlen(line.arg), EXEC_HEAD_SIZE - 1 - 5);
}
END_TEST

START_TEST(a_nul_hides_the_newline)
{
	struct script_line line;
	uint8_t head[EXEC_HEAD_SIZE];

	load(head, "#!/i\0 x\n", 8);
	ck_assert_int_eq(script_parse(head, &line), 0);
	ck_assert_str_eq(line.interp, "/i");
	ck_assert_ptr_null(line.arg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/script");
	TCase *t = tcase_create("script");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, line_is_taken_apart_as_the_kernel_does, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, name_may_be_253_bytes_long);
	tcase_add_test(t, name_that_may_be_cut_off_is_refused);
	tcase_add_test(t, argument_is_cut_off_at_the_end_of_the_buffer);
	tcase_add_test(t, a_nul_hides_the_newline);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
