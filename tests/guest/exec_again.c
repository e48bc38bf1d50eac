/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are executed again: what became of the file counts, not what
 * it was. */
#include "tests/lib/guest.h"

#include <sys/mman.h>
#include <time.h>

/* So that a change bears another time than what was there before. */
static void
settle(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
}

static void
try(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		char *argv[] = { (char *)"x", (char *)"said", NULL };

		execv(name, argv);
		say("%s: %s", name, errname(errno));
		_exit(0);
	}
	say_status(name, pid);
}

/* A file that says one more word than before, executed until it is known. */
static void
script(const char *name, const char *word)
{
	char text[64];

	snprintf(text, sizeof(text), "#!/bin/echo %s\n", word);
	put_file(name, text);
	MUST(chmod(name, 0755));
	settle();
	try(name);
	try(name);
}

static void
its_contents_change(void)
{
	int fd;

	script("a", "one");
	fd = MUST(open("a", O_WRONLY));
	MUST(pwrite(fd, "two", 3, 12));
	MUST(close(fd));
	try("a");
	settle();
	try("a");
	put_file("a", "#!/nowhere\n");
	try("a");
	MUST(truncate("a", 0));
	try("a");
}

static void
it_changes_at_once(void)
{
	for (char c = '0'; c < '8'; c++) {
		int fd = MUST(open("a", O_WRONLY | O_CREAT, 0755));
		char text[] = "#!/bin/echo n?\n";

		text[13] = c;
		MUST(write(fd, text, sizeof(text) - 1));
		MUST(close(fd));
		try("a");
	}
}

static void
another_takes_its_name(void)
{
	script("a", "one");
	script("b", "two");
	MUST(rename("b", "a"));
	try("a");
	script("b", "three");
	R(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2));
	try("a");
	try("b");
	MUST(unlink("a"));
	try("a");
	MUST(symlink("b", "a"));
	try("a");
}

static void
its_mode_changes(void)
{
	script("a", "one");
	MUST(chmod("a", 0644));
	try("a");
	MUST(chmod("a", 0755));
	try("a");
}

static void
it_is_open_for_writing(void)
{
	int fd;

	script("a", "one");
	fd = MUST(open("a", O_WRONLY));
	try("a");
	MUST(close(fd));
	try("a");
}

static void
it_gets_a_second_name(void)
{
	script("a", "one");
	MUST(link("a", "b"));
	try("b");
	MUST(unlink("a"));
	try("a");
	try("b");
}

/* What was run is not what keeps a file from being written. */
static void
it_is_written_afterwards(void)
{
	script("a", "one");
	RFD(open("a", O_WRONLY));
	RFD(open("a", O_RDWR | O_TRUNC));
	try("a");
}

/* Of a file in memory, a page that has been read can be written without a
 * fault, which would leave its time behind. */
static void
it_is_written_through_a_mapping(void)
{
	volatile char *text;
	int fd;

	script("a", "one");
	fd = MUST(open("a", O_RDWR));
	text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (text == MAP_FAILED || text[12] != 'o')
		return;
	text[12] = 't';
	text[14] = 'o';
	MUST(munmap((void *)(uintptr_t)text, 4096));
	MUST(close(fd));
	try("a");
}

GUEST_MAIN(
	CASE(its_contents_change),
	CASE(it_changes_at_once),
	CASE(another_takes_its_name),
	CASE(its_mode_changes),
	CASE(it_is_open_for_writing),
	CASE(it_gets_a_second_name),
	CASE(it_is_written_afterwards),
	CASE(it_is_written_through_a_mapping),
)
