/* SPDX-License-Identifier: Apache-2.0 */
/* NEEDS: mounts */
/* What is opened through a noexec mount is not mapped for execution. */
#include "tests/lib/guest.h"

#include <sys/mman.h>
#include <sys/mount.h>

static const char *
mapped(int fd, int prot)
{
	void *p = mmap(NULL, 4096, prot, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return errname(errno);
	munmap(p, 4096);
	return "mapped";
}

/* Maps it, and asks for execution later. */
static const char *
made_executable(int fd)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	const char *text = "executable";

	if (p == MAP_FAILED)
		return errname(errno);
	if (mprotect(p, 4096, PROT_READ | PROT_EXEC))
		text = errname(errno);
	munmap(p, 4096);
	return text;
}

static void
say_map(const char *name, int fd)
{
	say("%s: %s, %s, %s", name, mapped(fd, PROT_READ),
	    mapped(fd, PROT_READ | PROT_EXEC), made_executable(fd));
}

static void
say_file(const char *path, int flags)
{
	int fd = MUST(open(path, flags, 0600));

	say_map(path, fd);
	close(fd);
}

static void
setup(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOEXEC };

	needs_kernel(5, 12, "mount_setattr");
	MUST(mkdir("src", 0755));
	MUST(mkdir("src/sub", 0755));
	MUST(mkdir("dst", 0755));
	put_file("src/f", "text");
	put_file("src/sub/g", "more");
	MUST(symlink("sub/g", "src/l"));
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	/* other flags may be locked */
	R(syscall(SYS_mount_setattr, AT_FDCWD, "dst", 0, &attr,
		  sizeof(attr)));
}

static void
a_tmpfs_that_is_mounted_so(void)
{
	needs_kernel(5, 12, "mount_setattr of a detached mount");
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", MS_NOEXEC, NULL));
	put_file("m/f", "text");
	say_file("m/f", O_RDONLY);
	say_file("m/new", O_RDWR | O_CREAT | O_EXCL);
	say_file("m", O_TMPFILE | O_RDWR);
	R(umount2("m", 0));
}

static void
remounting_reaches_open_files(void)
{
	int fd;

	needs_kernel(5, 12, "mount_setattr of a detached mount");
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	put_file("m/f", "text");
	fd = MUST(open("m/f", O_RDONLY));
	say_map("exec", fd);
	R(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
	say_map("noexec", fd);
	R(mount("none", "m", NULL, MS_REMOUNT, NULL));
	say_map("exec again", fd);
	close(fd);
	R(umount2("m", 0));
}

static void
one_mount_of_two(void)
{
	needs_kernel(6, 15, "a clone of a detached mount");
	setup();
	say_file("dst/f", O_RDONLY);
	say_file("src/f", O_RDONLY);
	say_file("dst/sub/g", O_RDWR);
	say_file("dst/l", O_RDONLY);
	say_file("dst/new", O_RDWR | O_CREAT);
	say_file("dst/new2", O_RDWR | O_CREAT | O_EXCL);
	say_file("src/new", O_RDWR);
	say_file("dst", O_TMPFILE | O_RDWR);
	say_file("src", O_TMPFILE | O_RDWR);
	R(umount2("dst", 0));
	say_file("src/f", O_RDONLY);
}

static void
below_a_directory_that_is_open(void)
{
	int d, p;
	char name[64];

	needs_kernel(6, 15, "a clone of a detached mount");
	setup();
	d = MUST(open("dst/sub", O_RDONLY));
	say_map("openat", MUST(openat(d, "g", O_RDONLY)));
	p = MUST(open("dst/sub/g", O_PATH));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p);
	say_map("opened again", MUST(open(name, O_RDONLY)));
	MUST(chdir("dst/sub"));
	say_map("cwd", MUST(open("g", O_RDONLY)));
	say_map("parent", MUST(open("../f", O_RDONLY)));
	MUST(chdir("../../src/sub"));
	say_map("the other cwd", MUST(open("g", O_RDONLY)));
}

/* It is the same file all the same. */
static void
identity_stays(void)
{
	struct stat a, b;
	char name[64], link[4096];
	int f, g;
	ssize_t n;

	setup();
	g = MUST(open("src/f", O_RDWR));
	f = MUST(open("dst/f", O_RDWR));
	MUST(fstat(f, &a));
	MUST(fstat(g, &b));
	say("same %d", a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	MUST(stat("dst/f", &b));
	say("same %d", a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", f);
	n = MUST(readlink(name, link, sizeof(link) - 1));
	link[n] = '\0';
	say("%s", strncmp(link, here(), strlen(here())) == 0 ?
	    link + strlen(here()) : link);
	MUST(pwrite(f, "changed", 7, 0));
	say("%s", get_file("src/f"));
	close(f);
	close(g);
	R(umount2("dst", 0));
}

static void
directories_opened_through_it_lead_on(void)
{
	int d;

	setup();
	d = MUST(open("dst", O_RDONLY));
	R(fchdir(d));
	say_names(".");
	RFD(openat(d, "sub/g", O_RDONLY));
	R(mkdirat(d, "made", 0755));
	R(unlinkat(d, "made", AT_REMOVEDIR));
	MUST(mount("none", "sub", "tmpfs", 0, NULL));
	RFD(openat(d, "sub/g", O_RDONLY));
	MUST(umount2("sub", 0));
}

GUEST_MAIN(
	CASE(a_tmpfs_that_is_mounted_so),
	CASE(remounting_reaches_open_files),
	CASE(one_mount_of_two),
	CASE(below_a_directory_that_is_open),
	CASE(identity_stays),
	CASE(directories_opened_through_it_lead_on),
)
