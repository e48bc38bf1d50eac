/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/config.c: the lists and the environment made from them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/config.h"

static struct config cfg;
static char **env;

static char *const base[] = {
	(char *)"A=1", (char *)"AB=2", (char *)"PATH=/bin", NULL,
};

static void
setup(void)
{
	config_init(&cfg);
	env = NULL;
}

static void
teardown(void)
{
	config_free_env(env);
	config_fini(&cfg);
}

static size_t
count(void)
{
	size_t n = 0;

	while (env[n])
		n++;
	return n;
}

START_TEST(without_operations_the_environment_is_copied)
{
	ck_assert_int_eq(config_build_env(&cfg, base, &env), 0);
	ck_assert_uint_eq(count(), 3);
	ck_assert_str_eq(env[0], "A=1");
	ck_assert_str_eq(env[2], "PATH=/bin");
}
END_TEST

START_TEST(set_replaces_in_place_and_appends)
{
	config_add_env(&cfg, ENV_SET, "A", "x");
	config_add_env(&cfg, ENV_SET, "NEW", "");
	ck_assert_int_eq(config_build_env(&cfg, base, &env), 0);
	ck_assert_uint_eq(count(), 4);
	ck_assert_str_eq(env[0], "A=x");
	ck_assert_str_eq(env[1], "AB=2");
	ck_assert_str_eq(env[3], "NEW=");
}
END_TEST

START_TEST(unset_takes_whole_names)
{
	config_add_env(&cfg, ENV_UNSET, "A", NULL);
	config_add_env(&cfg, ENV_UNSET, "PAT", NULL);
	ck_assert_int_eq(config_build_env(&cfg, base, &env), 0);
	ck_assert_uint_eq(count(), 2);
	ck_assert_str_eq(env[0], "AB=2");
}
END_TEST

START_TEST(operations_apply_in_order)
{
	config_add_env(&cfg, ENV_SET, "LOST", "x");
	config_add_env(&cfg, ENV_CLEAR, NULL, NULL);
	config_add_env(&cfg, ENV_SET, "KEPT", "x");
	ck_assert_int_eq(config_build_env(&cfg, base, &env), 0);
	ck_assert_uint_eq(count(), 1);
	ck_assert_str_eq(env[0], "KEPT=x");
}
END_TEST

START_TEST(clear_alone_leaves_an_empty_vector)
{
	config_add_env(&cfg, ENV_CLEAR, NULL, NULL);
	ck_assert_int_eq(config_build_env(&cfg, base, &env), 0);
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(clear_keeps_where_the_program_starts)
{
	char *const here[] = {"A=1", "PWD=/x", "B=2", NULL};

	config_add_env(&cfg, ENV_CLEAR, NULL, NULL);
	ck_assert_int_eq(config_build_env(&cfg, here, &env), 0);
	ck_assert_uint_eq(count(), 1);
	ck_assert_str_eq(env[0], "PWD=/x");
}
END_TEST

START_TEST(a_new_operation_has_defaults)
{
	struct world_op *op;
	int i;

	for (i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(config_add_op(&cfg, WORLD_DIR));
	op = config_add_op(&cfg, WORLD_TMPFS);
	ck_assert_ptr_eq(op, &cfg.ops[100]);
	ck_assert_int_eq(op->kind, WORLD_TMPFS);
	ck_assert_int_eq(op->perms, -1);
	ck_assert_int_eq(op->fd, -1);
	ck_assert_ptr_null(op->src);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("config");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_operations_the_environment_is_copied);
	tcase_add_test(tc, set_replaces_in_place_and_appends);
	tcase_add_test(tc, unset_takes_whole_names);
	tcase_add_test(tc, operations_apply_in_order);
	tcase_add_test(tc, clear_alone_leaves_an_empty_vector);
	tcase_add_test(tc, clear_keeps_where_the_program_starts);
	tcase_add_test(tc, a_new_operation_has_defaults);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
