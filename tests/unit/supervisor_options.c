/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/options.c and options_table.c: words in, a configuration out. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisor/config.h"
#include "supervisor/options.h"
#include "supervisor/probe.h"

#define WORDS_MAX 32

static struct config cfg;
static char said[2048];

/* Splits `line` at blanks and parses it; what goes to stderr ends in said[]. */
static int
parse_as(enum flavour flavour, const char *line)
{
	char copy[512];
	char *argv[WORDS_MAX] = {(char *)"run"};
	char *rest = copy, *word;
	int argc = 1, err, saved, capture;
	ssize_t n;

	ck_assert_uint_lt(strlen(line), sizeof(copy));
	strcpy(copy, line);
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	capture = memfd_create("stderr", MFD_CLOEXEC);
	ck_assert_int_ge(capture, 0);
	saved = dup(STDERR_FILENO);
	dup2(capture, STDERR_FILENO);
	config_init(&cfg);
	err = options_parse(&cfg, flavour, argc, argv);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(capture, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close(capture);
	return err;
}

static int
parse(const char *line)
{
	return parse_as(FLAVOUR_RUN, line);
}

static void
forget(void)
{
	config_fini(&cfg);
}

START_TEST(operations_keep_their_order)
{
	static const enum world_kind kinds[] = {
		WORLD_RO_BIND, WORLD_TMPFS, WORLD_PROC, WORLD_DEV, WORLD_DIR,
		WORLD_SYMLINK, WORLD_BIND, WORLD_DEV_BIND, WORLD_REMOUNT_RO,
		WORLD_MQUEUE,
	};
	size_t i;

	ck_assert_int_eq(parse("--ro-bind /usr /u --tmpfs /t --proc /proc "
		"--dev /dev --dir /d --symlink usr/bin /bin --bind /a /b "
		"--dev-bind /x /y --remount-ro / --mqueue /mq -- prog -x --y"),
		0);
	ck_assert_uint_eq(cfg.nr_ops, sizeof(kinds) / sizeof(kinds[0]));
	for (i = 0; i < cfg.nr_ops; i++)
		ck_assert_int_eq(cfg.ops[i].kind, kinds[i]);
	ck_assert_str_eq(cfg.ops[0].src, "/usr");
	ck_assert_str_eq(cfg.ops[0].dst, "/u");
	ck_assert_str_eq(cfg.ops[5].src, "usr/bin");
	ck_assert_int_eq(cfg.argc, 3);
	ck_assert_str_eq(cfg.argv[0], "prog");
	ck_assert_str_eq(cfg.argv[2], "--y");
	ck_assert_ptr_null(cfg.argv[3]);
}
END_TEST

START_TEST(the_first_word_without_a_dash_is_the_program)
{
	ck_assert_int_eq(parse("--rw ls --rw -l"), 0);
	ck_assert(cfg.rw);
	ck_assert_int_eq(cfg.argc, 3);
	ck_assert_str_eq(cfg.argv[0], "ls");
	ck_assert_str_eq(cfg.argv[1], "--rw");
}
END_TEST

START_TEST(a_value_may_follow_an_equals_sign)
{
	ck_assert_int_eq(parse("--tmpfs=/t --chdir=/a=b --bind=/s /d p"), 0);
	ck_assert_str_eq(cfg.ops[0].dst, "/t");
	ck_assert_str_eq(cfg.chdir, "/a=b");
	ck_assert_str_eq(cfg.ops[1].src, "/s");
	ck_assert_str_eq(cfg.ops[1].dst, "/d");
}
END_TEST

START_TEST(short_forms_are_proots)
{
	ck_assert_int_eq(parse("-r /tree -b /a -b /a:/b -b /a:/b:ro -w /home "
		"-0vv p"), 0);
	ck_assert_int_eq(cfg.base, BASE_ROOT);
	ck_assert_str_eq(cfg.root, "/tree");
	ck_assert_uint_eq(cfg.nr_ops, 3);
	ck_assert_str_eq(cfg.ops[0].dst, "/a");
	ck_assert_str_eq(cfg.ops[1].dst, "/b");
	ck_assert_int_eq(cfg.ops[1].kind, WORLD_BIND);
	ck_assert_int_eq(cfg.ops[2].kind, WORLD_RO_BIND);
	ck_assert_str_eq(cfg.chdir, "/home");
	ck_assert(cfg.uid0);
	ck_assert_int_eq(cfg.verbosity, 2);
}
END_TEST

START_TEST(a_relative_destination_counts_from_the_root)
{
	ck_assert_int_eq(parse("--tmpfs tmp p"), 0);
	ck_assert_str_eq(cfg.ops[0].dst, "/tmp");
}
END_TEST

START_TEST(perms_and_size_apply_to_the_next_option_only)
{
	ck_assert_int_eq(parse("--perms 0750 --size 4k --tmpfs /a --tmpfs /b p"),
		0);
	ck_assert_int_eq(cfg.ops[0].perms, 0750);
	ck_assert_uint_eq(cfg.ops[0].size, 4096);
	ck_assert_int_eq(cfg.ops[1].perms, -1);
	ck_assert_uint_eq(cfg.ops[1].size, 0);
}
END_TEST

START_TEST(try_forms_forgive_a_missing_source)
{
	ck_assert_int_eq(parse("--bind-try /a /b --ro-bind /a /b p"), 0);
	ck_assert(cfg.ops[0].try);
	ck_assert(!cfg.ops[1].try);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{"1", 1}, {"4096", 4096}, {"2k", 2048}, {"3M", 3 << 20},
	{"1g", 1 << 30}, {"1T", UINT64_C(1) << 40},
};

START_TEST(sizes_have_binary_suffixes)
{
	char line[64];

	snprintf(line, sizeof(line), "--size %s --tmpfs /t p", sizes[_i].text);
	ck_assert_int_eq(parse(line), 0);
	ck_assert_uint_eq(cfg.ops[0].size, sizes[_i].bytes);
}
END_TEST

static const struct {
	const char *line;
	const char *must_say;
} refused[] = {
	{"", "no program was given"},
	{"--rw", "no program was given"},
	{"--ro-bnd /a /b p", "Did you mean '--ro-bind'?"},
	{"--tmfps /a p", "Did you mean '--tmpfs'?"},
	{"--utterly-wrong p", "'belljar run --help' lists"},
	{"-z p", "unknown option '-z'"},
	{"--bind /a", "it needs SRC DST"},
	{"--rw=1 p", "it takes no value, but got '1'"},
	{"--perms 8 --dir /d p", "'8' is not an octal mode"},
	{"--perms 17777 --dir /d p", "is not an octal mode"},
	{"--perms -1 --dir /d p", "is not an octal mode"},
	{"--perms 755 p", "no option follows"},
	{"--perms 755 --proc /proc p", "'--perms' goes before"},
	{"--perms 755 --perms 755 --dir /d p", "given twice"},
	{"--size 0 --tmpfs /t p", "is not a size"},
	{"--size 1kb --tmpfs /t p", "is not a size"},
	{"--size 1x --tmpfs /t p", "is not a size"},
	{"--size 8388608t --tmpfs /t p", "is not a size"},
	{"--size 18446744073709551616 --tmpfs /t p", "is not a size"},
	{"--size 1k --dir /d p", "'--size' goes before --tmpfs"},
	{"--tmpfs= p", "the path is empty"},
	{"--uid -1 p", "is not a number"},
	{"--uid 4294967295 p", "is not a number"},
	{"--gid x p", "is not a number"},
	{"--info-fd 9999 p", "descriptor 9999 is not open"},
	{"--info-fd x p", "is not the number of a descriptor"},
	{"--setenv A=B c p", "is no name of a variable"},
	{"--unsetenv A=B p", "is no name of a variable"},
	{"--backend=magic p", "none of auto, notify, ptrace"},
	{"--require=magic p", "there is no feature 'magic'"},
	{"--cap-add CAP_MAGIC p", "is no capability"},
	{"-b /a:/b:rx p", "is not SRC[:DST[:ro|rw]]"},
	{"-b : p", "is not SRC[:DST[:ro|rw]]"},
	{"-r /x --empty p", "contradict"},
	{"--userns 0 p", "belljar does not have this option"},
	{"--hostname 01234567890123456789012345678901234567890123456789012345678"
		"9012345 p", "longer than the 64 bytes"},
};

START_TEST(what_is_wrong_is_said)
{
	ck_assert_int_lt(parse(refused[_i].line), 0);
	ck_assert_msg(strstr(said, refused[_i].must_say), "'%s' says: %s",
		refused[_i].line, said);
	ck_assert_msg(!strncmp(said, "belljar: ", 9), "%s", said);
}
END_TEST

START_TEST(args_are_read_from_a_descriptor)
{
	static const char words[] = "--tmpfs\0/t\0--setenv\0A\0two words";
	int fd = memfd_create("args", 0);
	char line[64];

	ck_assert_int_eq(write(fd, words, sizeof(words)), sizeof(words));
	lseek(fd, 0, SEEK_SET);
	snprintf(line, sizeof(line), "--dir /d --args %d --dir /e p", fd);
	ck_assert_int_eq(parse(line), 0);
	ck_assert_uint_eq(cfg.nr_ops, 3);
	ck_assert_str_eq(cfg.ops[1].dst, "/t");
	ck_assert_str_eq(cfg.ops[2].dst, "/e");
	ck_assert_str_eq(cfg.env[0].value, "two words");
	close(fd);
}
END_TEST

START_TEST(args_hold_options_only)
{
	static const char words[] = "--rw\0ls";
	int fd = memfd_create("args", 0);
	char line[64];

	ck_assert_int_eq(write(fd, words, sizeof(words)), sizeof(words));
	lseek(fd, 0, SEEK_SET);
	snprintf(line, sizeof(line), "--args %d p", fd);
	ck_assert_int_lt(parse(line), 0);
	ck_assert_ptr_nonnull(strstr(said, "holds 'ls'"));
	close(fd);
}
END_TEST

START_TEST(an_empty_args_descriptor_adds_nothing)
{
	int fd = memfd_create("args", 0);
	char line[64];

	snprintf(line, sizeof(line), "--args %d p", fd);
	ck_assert_int_eq(parse(line), 0);
	ck_assert_uint_eq(cfg.nr_ops, 0);
	close(fd);
}
END_TEST

START_TEST(run_has_no_network_and_bwrap_has)
{
	ck_assert_int_eq(parse("p"), 0);
	ck_assert(!cfg.share_net);
	ck_assert_int_eq(cfg.base, BASE_HOST);
	forget();
	ck_assert_int_eq(parse_as(FLAVOUR_BWRAP, "p"), 0);
	ck_assert(cfg.share_net);
	ck_assert_int_eq(cfg.base, BASE_EMPTY);
	forget();
	ck_assert_int_eq(parse_as(FLAVOUR_BWRAP, "--unshare-all p"), 0);
	ck_assert(!cfg.share_net);
	ck_assert_uint_eq(cfg.unshare, UNSHARE_ALL);
	forget();
	ck_assert_int_eq(parse_as(FLAVOUR_BWRAP, "--unshare-all --share-net p"),
		0);
	ck_assert(cfg.share_net);
}
END_TEST

START_TEST(require_takes_a_list)
{
	ck_assert_int_eq(parse("--require=landlock,notify --require userns p"),
		0);
	ck_assert_uint_eq(cfg.require,
		FEATURE_LANDLOCK | FEATURE_NOTIFY | FEATURE_USERNS);
}
END_TEST

START_TEST(trace_has_an_optional_file)
{
	ck_assert_int_eq(parse("--trace p"), 0);
	ck_assert(cfg.trace);
	ck_assert_ptr_null(cfg.trace_file);
	ck_assert_str_eq(cfg.argv[0], "p");
	forget();
	ck_assert_int_eq(parse("--trace=/tmp/log p"), 0);
	ck_assert_str_eq(cfg.trace_file, "/tmp/log");
}
END_TEST

START_TEST(every_option_has_help_and_a_unique_name)
{
	const struct option *a, *b;

	for (a = option_table; a->name; a++) {
		if (!a->set)
			continue;
		ck_assert_ptr_nonnull(a->help);
		ck_assert_msg(!a->metavar == (a->arg[0] == ARG_NONE), "%s",
			a->name);
		for (b = a + 1; b->name; b++) {
			if (!b->set)
				continue;
			ck_assert_str_ne(a->name, b->name);
			if (a->shortform)
				ck_assert_int_ne(a->shortform, b->shortform);
		}
	}
}
END_TEST

START_TEST(every_feature_has_a_name)
{
	size_t i;

	for (i = 0; i < PROBE_FEATURES; i++)
		ck_assert_uint_eq(probe_feature_bit(probe_feature_name(i)),
			1u << i);
	ck_assert_uint_eq(probe_feature_bit("none"), 0);
	ck_assert_ptr_null(probe_feature_name(PROBE_FEATURES));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, operations_keep_their_order);
	tcase_add_test(tc, the_first_word_without_a_dash_is_the_program);
	tcase_add_test(tc, a_value_may_follow_an_equals_sign);
	tcase_add_test(tc, short_forms_are_proots);
	tcase_add_test(tc, a_relative_destination_counts_from_the_root);
	tcase_add_test(tc, perms_and_size_apply_to_the_next_option_only);
	tcase_add_test(tc, try_forms_forgive_a_missing_source);
	tcase_add_loop_test(tc, sizes_have_binary_suffixes, 0,
		sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_loop_test(tc, what_is_wrong_is_said, 0,
		sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, args_are_read_from_a_descriptor);
	tcase_add_test(tc, args_hold_options_only);
	tcase_add_test(tc, an_empty_args_descriptor_adds_nothing);
	tcase_add_test(tc, run_has_no_network_and_bwrap_has);
	tcase_add_test(tc, require_takes_a_list);
	tcase_add_test(tc, trace_has_an_optional_file);
	tcase_add_test(tc, every_option_has_help_and_a_unique_name);
	tcase_add_test(tc, every_feature_has_a_name);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
