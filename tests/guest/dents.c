/* SPDX-License-Identifier: Apache-2.0 */
/* getdents64: directories read in full, in pieces, while they change. */
#include "tests/lib/guest.h"

#include <dirent.h>

static void
make_many(int n)
{
	char name[32];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "file-with-a-name-%d", i);
		close(MUST(open(name, O_WRONLY | O_CREAT, 0644)));
	}
}

static void
every_name_comes_once(void)
{
	char buf[512];
	unsigned char seen[1000] = { 0 };
	int fd, n, i, twice = 0, all = 0, dots = 0;

	make_many(1000);
	fd = MUST(open(".", O_RDONLY | O_DIRECTORY));
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			struct dirent64 *d = (struct dirent64 *)p;

			if (sscanf(d->d_name, "file-with-a-name-%d", &i) == 1) {
				twice += seen[i]++ > 0;
				all++;
			} else {
				dots++;
			}
			p += d->d_reclen;
		}
	}
	say("end %d, all %d, twice %d, dots %d", n, all, twice, dots);
}

static void
types_are_told(void)
{
	struct dirent **list;
	int n;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	MUST(mkfifo("p", 0644));
	n = scandir(".", &list, NULL, alphasort);
	for (int i = 0; i < n; i++)
		say("%s %d", list[i]->d_name, list[i]->d_type);
}

static void
inode_numbers_agree_with_stat(void)
{
	struct dirent *d;
	struct stat st;
	DIR *dir;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	dir = opendir(".");
	while (dir && (d = readdir(dir)))
		if (strcmp(d->d_name, "..") && lstat(d->d_name, &st) == 0 &&
		    st.st_ino != d->d_ino)
			say("%s differs", d->d_name);
	say("compared");
}

static void
errors(void)
{
	char *small = tail_bytes(8);
	char buf[512];
	int d, f;

	put_file("f", "x");
	d = MUST(open(".", O_RDONLY));
	f = MUST(open("f", O_RDONLY));
	R(syscall(SYS_getdents64, d, small, 8));
	R(syscall(SYS_getdents64, d, hole(), 512));
	R(syscall(SYS_getdents64, f, buf, sizeof(buf)));
	R(syscall(SYS_getdents64, 999, buf, sizeof(buf)));
	d = MUST(open(".", O_PATH));
	R(syscall(SYS_getdents64, d, buf, sizeof(buf)));
	R(read(MUST(open(".", O_RDONLY)), buf, sizeof(buf)));
}

static void
rewinding_sees_changes(void)
{
	DIR *dir = opendir(".");
	int n = 0;

	while (readdir(dir))
		n++;
	say("%d", n);
	put_file("f", "x");
	rewinddir(dir);
	for (n = 0; readdir(dir); n++)
		;
	say("%d", n);
}

static void
removing_while_reading_ends(void)
{
	struct dirent *d;
	DIR *dir;

	make_many(500);
	dir = opendir(".");
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			unlink(d->d_name);
	closedir(dir);
	dir = opendir(".");
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			unlink(d->d_name);
	say_names(".");
}

static void
the_root_lists_what_can_be_opened(void)
{
	struct dirent *d;
	struct stat st;
	char path[512];
	int bad = 0, usr = 0, proc = 0;
	DIR *dir = opendir("/");

	while (dir && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/%s", d->d_name);
		bad += lstat(path, &st) != 0;
		usr += !strcmp(d->d_name, "usr");
		proc += !strcmp(d->d_name, "proc");
	}
	say("dangling names %d, usr %d, proc %d", bad, usr, proc);
}

static void
a_parent_lists_the_directory_we_are_in(void)
{
	const char *base = strrchr(here(), '/') + 1;
	struct dirent *d;
	DIR *dir = opendir("..");
	int found = 0;

	while (dir && (d = readdir(dir)))
		found += !strcmp(d->d_name, base);
	say("found %d", found);
}

GUEST_MAIN(
	CASE(every_name_comes_once),
	CASE(types_are_told),
	CASE(inode_numbers_agree_with_stat),
	CASE(errors),
	CASE(rewinding_sees_changes),
	CASE(removing_while_reading_ends),
	CASE(the_root_lists_what_can_be_opened),
	CASE(a_parent_lists_the_directory_we_are_in),
)
