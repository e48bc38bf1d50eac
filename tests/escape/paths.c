/* SPDX-License-Identifier: Apache-2.0 */
/* Reaching a file outside by a name: "..", links, races, changed strings. */
#include "tests/escape/attack.h"

#include <linux/openat2.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static void
absolute_name(void)
{
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
many_dotdots(void)
{
	verdict_of_fd(open(from_below(bait("secret")), O_RDONLY));
}

static void
many_dotdots_from_a_descriptor(void)
{
	int d = MUST(open(".", O_RDONLY | O_DIRECTORY));

	verdict_of_fd(openat(d, from_below(bait("secret")), O_RDONLY));
}

static void
dotdots_of_the_root(void)
{
	int d = MUST(open("/", O_PATH));

	verdict_of_fd(openat(d, from_below(bait("secret")), O_RDONLY));
}

static void
absolute_link(void)
{
	MUST(symlink(bait("secret"), "l"));
	verdict_of_fd(open("l", O_RDONLY));
}

static void
relative_link(void)
{
	MUST(symlink(from_below(bait("secret")), "l"));
	verdict_of_fd(open("l", O_RDONLY));
}

static void
link_to_a_directory_outside(void)
{
	MUST(symlink(bait(""), "d"));
	verdict_of_fd(open("d/secret", O_RDONLY));
}

static void
chdir_outside(void)
{
	if (chdir(bait("")))
		held();
	verdict_of_fd(open("secret", O_RDONLY));
}

static void *
exchange_forever(void *arg)
{
	(void)arg;
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, "x", AT_FDCWD, "y",
			RENAME_EXCHANGE);
	return NULL;
}

static void
link_exchanged_with_a_directory(void)
{
	int last = 0;

	MUST(mkdir("x", 0755));
	put_file("x/secret", "own");
	MUST(symlink(bait(""), "y"));
	race_against(exchange_forever, NULL);
	while (race_goes_on()) {
		if (gives_secret(open("x/secret", O_RDONLY)))
			escaped("the link was followed");
		last = errno;
	}
	errno = last;
	held();
}

static void
link_exchanged_with_a_file(void)
{
	put_file("x", "own");
	MUST(symlink(bait("secret"), "y"));
	race_against(exchange_forever, NULL);
	while (race_goes_on()) {
		if (gives_secret(open("x", O_RDONLY)) ||
		    gives_secret(open("x", O_RDWR | O_CREAT, 0600)))
			escaped("the link was followed");
	}
	held();
}

static void *
move_forever(void *arg)
{
	(void)arg;
	for (;;) {
		rename("a/b/c", "c");
		rename("c", "a/b/c");
	}
	return NULL;
}

/* While a/b/c moves up, "a/b/c/../../.." may lead above its start. */
static void
dotdot_of_a_moving_directory(void)
{
	char path[PATH_MAX];

	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	MUST(mkdir("a/b/c/d", 0755));
	snprintf(path, sizeof(path), "a/b/c/d/../%s", from_below(
		 bait("secret")));
	race_against(move_forever, NULL);
	while (race_goes_on())
		if (gives_secret(open(path, O_RDONLY)))
			escaped("walked above the root");
	held();
}

static void
dotdot_of_a_moving_cwd(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	race_against(move_forever, NULL);
	int home = MUST(open(".", O_RDONLY));
	int d = -1;

	while (d < 0)
		d = open("a/b/c", O_RDONLY);
	while (race_goes_on()) {
		if (gives_secret(openat(d, from_below(bait("secret")),
					O_RDONLY)))
			escaped("walked above the root");
	}
	close(home);
	held();
}

static char shared_path[PATH_MAX];

/* Both texts have the same length: only the bytes change. */
static void *
change_string_forever(void *arg)
{
	const char *a = ((const char **)arg)[0], *b = ((const char **)arg)[1];
	size_t n = strlen(a);

	for (;;) {
		memcpy(shared_path, a, n);
		memcpy(shared_path, b, n);
	}
	return NULL;
}

static void
start_string_race(const char *inner, const char *outer)
{
	static const char *pair[2];
	static char padded[PATH_MAX];

	/* Slashes in front make the texts equally long. */
	memset(padded, '/', sizeof(padded) - 1);
	strcpy(padded + strlen(outer) - strlen(inner), inner);
	pair[0] = padded;
	pair[1] = outer;
	strcpy(shared_path, padded);
	race_against(change_string_forever, pair);
}

static void
string_changed_during_open(void)
{
	start_string_race("/etc/passwd", bait("secret"));
	while (race_goes_on())
		if (gives_secret(open(shared_path, O_RDONLY)))
			escaped("the second text was opened");
	held();
}

static void
string_changed_during_stat(void)
{
	struct stat st;

	start_string_race("/etc/passwd", bait("secret"));
	while (race_goes_on())
		if (stat(shared_path, &st) == 0 && st.st_size == 12)
			escaped("the second text was looked up");
	held();
}

static void
string_changed_during_chdir(void)
{
	start_string_race("/usr", bait(""));
	while (race_goes_on())
		if (chdir(shared_path) == 0 &&
		    gives_secret(open("secret", O_RDONLY)))
			escaped("the directory was entered");
	held();
}

static void
string_changed_during_link_making(void)
{
	struct stat st;

	start_string_race("/proc/none", bait("link-made-by-race"));
	while (race_goes_on())
		if (symlink("x", shared_path) == 0 &&
		    lstat(bait("link-made-by-race"), &st) == 0)
			escaped("a name was made outside");
	held();
}

static void
in_root_with_dotdots(void)
{
	struct open_how how = { .resolve = RESOLVE_IN_ROOT };
	int d = MUST(open("/", O_PATH));

	verdict_of_fd(syscall(SYS_openat2, d, bait("secret"), &how,
			      sizeof(how)));
}

static void
legacy_open(void)
{
#ifdef SYS_open
	verdict_of_fd(syscall(SYS_open, bait("secret"), O_RDONLY, 0));
#else
	cannot("this architecture has no open(2)");
#endif
}

static void
an_inherited_directory_descriptor(void)
{
	/* The driver leaves descriptor 9 open on the directory outside. */
	verdict_of_fd(openat(9, "secret", O_RDONLY));
}

static void
an_inherited_directory_by_its_descriptor(void)
{
	struct stat st;

	verdict(syscall(SYS_newfstatat, 9, "secret", &st, AT_EMPTY_PATH));
}

static void
an_inherited_directory_as_cwd(void)
{
	if (fchdir(9))
		held();
	verdict_of_fd(open("secret", O_RDONLY));
}

GUEST_MAIN(
	CASE(absolute_name),
	CASE(many_dotdots),
	CASE(many_dotdots_from_a_descriptor),
	CASE(dotdots_of_the_root),
	CASE(absolute_link),
	CASE(relative_link),
	CASE(link_to_a_directory_outside),
	CASE(chdir_outside),
	CASE(link_exchanged_with_a_directory),
	CASE(link_exchanged_with_a_file),
	CASE(dotdot_of_a_moving_directory),
	CASE(dotdot_of_a_moving_cwd),
	CASE(string_changed_during_open),
	CASE(string_changed_during_stat),
	CASE(string_changed_during_chdir),
	CASE(string_changed_during_link_making),
	CASE(in_root_with_dotdots),
	CASE(legacy_open),
	CASE(an_inherited_directory_descriptor),
	CASE(an_inherited_directory_by_its_descriptor),
	CASE(an_inherited_directory_as_cwd),
)
