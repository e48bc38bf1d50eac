/* SPDX-License-Identifier: Apache-2.0 */
/* Bind mounts, their flags, busy mounts, and the rules for mount points. */
#include "tests/lib/guest.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

static void
setup(void)
{
	MUST(mkdir("src", 0755));
	MUST(mkdir("src/sub", 0755));
	MUST(mkdir("dst", 0755));
	put_file("src/f", "text");
	put_file("src/sub/g", "more");
}

/* The flags of where we are that a remount in a user namespace must repeat. */
static unsigned long
kept(void)
{
	struct statvfs v;

	MUST(statvfs("src", &v));
	return v.f_flag & (ST_NOSUID | ST_NODEV); /* as MS_NOSUID, MS_NODEV */
}

static void
a_bind_shows_the_same_files(void)
{
	struct stat a, b;

	setup();
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	say("%s %s", get_file("dst/f"), get_file("dst/sub/g"));
	MUST(stat("src/f", &a));
	MUST(stat("dst/f", &b));
	say("same %d", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	put_file("dst/new", "made below dst");
	say("%s", get_file("src/new"));
	R(rename("src/f", "dst/f2"));
	R(rename("dst/f", "dst/f2"));
	R(link("dst/f2", "src/f3"));
	say_names("src");
	R(chdir("dst/sub"));
	say_names("..");
	R(chdir("../.."));
	say_names(".");
	R(umount2("dst", 0));
	say_names("dst");
}

static void
plain_bind_leaves_out_submounts(void)
{
	setup();
	R(mount("none", "src/sub", "tmpfs", 0, NULL));
	put_file("src/sub/over", "x");
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	say_names("dst/sub");
	R(umount2("dst", 0));
	R(mount("src", "dst", NULL, MS_BIND | MS_REC, NULL));
	say_names("dst/sub");
	R(umount2("dst", 0));
	R(umount2("dst", MNT_DETACH));
	say_names("dst");
	say_names("src/sub");
	R(umount2("src/sub", 0));
	say_names("src/sub");
}

static void
read_only_is_enforced(void)
{
	struct stat st;
	int fd;

	setup();
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	fd = MUST(open("dst/f", O_WRONLY));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | kept(),
		NULL));
	close(fd);
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | kept(),
		NULL));
	RFD(open("dst/f", O_RDONLY));
	RFD(open("dst/f", O_WRONLY));
	RFD(open("dst/f", O_RDONLY | O_TRUNC));
	RFD(open("dst/f", O_RDONLY | O_CREAT, 0644));
	RFD(open("dst/new", O_WRONLY | O_CREAT, 0644));
	RFD(open("dst", O_TMPFILE | O_RDWR, 0600));
	R(mkdir("dst/d", 0755));
	R(mkdir("dst/sub", 0755));
	R(unlink("dst/f"));
	R(unlink("dst/none"));
	R(rmdir("dst/sub"));
	R(rename("dst/f", "dst/g"));
	R(link("dst/f", "dst/g"));
	R(symlink("x", "dst/l"));
	R(mkfifo("dst/p", 0644));
	R(chmod("dst/f", 0600));
	R(chown("dst/f", -1, -1));
	R(truncate("dst/f", 0));
	R(utimensat(AT_FDCWD, "dst/f", NULL, 0));
	R(access("dst/f", W_OK));
	R(access("dst/f", R_OK));
	R(stat("dst/f", &st));
	fd = MUST(open("dst/f", O_RDONLY));
	R(fchmod(fd, 0600));
	R(futimens(fd, NULL));
	say("%s", get_file("dst/f"));
	put_file("src/f", "still writable there");
	say("%s", get_file("dst/f"));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | kept(), NULL));
	RFD(open("dst/f", O_WRONLY));
	close(fd);
	R(umount2("dst", 0));
}

/* One file open through two mounts, one of which is read-only. */
static void
descriptors_know_their_mount(void)
{
	static const char *const name[] = { "src", "src/f" };

	setup();
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | kept(),
		NULL));
	for (size_t i = 0; i < 2; i++) {
		char other[16];
		int rw, ro;

		snprintf(other, sizeof(other), "dst%s", name[i] + 3);
		rw = MUST(open(name[i], O_RDONLY));
		ro = MUST(open(other, O_RDONLY));
		R(fchmod(rw, 0700));
		R(fchmod(ro, 0700));
		R(futimens(rw, NULL));
		R(futimens(ro, NULL));
		close(ro);
		R(fchmod(rw, 0755));
		close(rw);
	}
	R(umount2("dst", 0));
}

static void
noexec_is_enforced(void)
{
	char *argv[] = { (char *)"true", NULL };
	int fd;

	setup();
	say("%d", system("cp /bin/true src/; printf '#!/bin/sh\\n' >src/s;"
			 " chmod 755 src/s"));
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC | kept(),
		NULL));
	R(execve("dst/true", argv, NULL));
	R(execve("dst/s", argv, NULL));
	R(access("dst/true", X_OK));
	fd = MUST(open("dst/true", O_RDONLY));
	R(syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH));
	close(fd);
	say("%d", system("src/true"));
	R(umount2("dst", 0));
}

static void
nosymfollow_and_nodev_are_enforced(void)
{
	char buf[16];

	setup();
	MUST(symlink("f", "src/l"));
	MUST(symlink("sub", "src/ls"));
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | 0x100 | MS_NODEV |
		kept(), NULL));
	RFD(open("dst/l", O_RDONLY));
	RFD(open("dst/ls/g", O_RDONLY));
	RFD(open("dst/l", O_PATH | O_NOFOLLOW));
	R(readlink("dst/l", buf, sizeof(buf)));
	RFD(open("src/l", O_RDONLY));
	R(umount2("dst", 0));
}

static void
flags_are_seen_in_statvfs(void)
{
	struct statvfs v;

	setup();
	R(mount("src", "dst", NULL, MS_BIND, NULL));
	R(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY |
		MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	R(statvfs("dst", &v));
	say("ro %d nosuid %d nodev %d noexec %d", !!(v.f_flag & ST_RDONLY),
	    !!(v.f_flag & ST_NOSUID), !!(v.f_flag & ST_NODEV),
	    !!(v.f_flag & ST_NOEXEC));
	R(statvfs("src", &v));
	say("ro %d noexec %d", !!(v.f_flag & ST_RDONLY),
	    !!(v.f_flag & ST_NOEXEC));
	R(umount2("dst", 0));
}

static void
busy_mounts_stay(void)
{
	pid_t pid;
	int fd;

	setup();
	R(mount("none", "dst", "tmpfs", 0, NULL));
	put_file("dst/f", "x");
	fd = MUST(open("dst/f", O_RDONLY));
	R(umount2("dst", 0));
	close(fd);
	fd = MUST(open("dst", O_PATH));
	R(umount2("dst", 0));
	close(fd);
	MUST(chdir("dst"));
	R(umount2("../dst", 0));
	MUST(chdir(".."));
	pid = fork();
	if (pid == 0) {
		MUST(chdir("dst"));
		R(umount2("../dst", 0));
		_exit(0);
	}
	say_status("child", pid);
	fd = MUST(open("dst/f", O_RDONLY));
	char *m = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	R(umount2("dst", 0));
	munmap(m, 1);
	R(umount2("dst", 0));
}

static void
mount_points_cannot_be_removed_or_renamed(void)
{
	setup();
	put_file("file", "x");
	put_file("other", "y");
	R(mount("none", "dst", "tmpfs", 0, NULL));
	R(mount("other", "file", NULL, MS_BIND, NULL));
	R(rmdir("dst"));
	R(rename("dst", "x"));
	R(rename("src", "dst"));
	R(unlink("file"));
	R(rename("file", "x"));
	R(rename("other", "file"));
	R(mkdir("dst", 0755));
	RFD(open("file", O_WRONLY | O_CREAT | O_EXCL, 0644));
	R(umount2("dst", 0));
	R(umount2("file", 0));
	R(rmdir("dst"));
	R(unlink("file"));
	say_names(".");
}

static void
moving_a_mount(void)
{
	setup();
	MUST(mkdir("there", 0755));
	R(mount("none", "dst", "tmpfs", 0, NULL));
	R(mount(NULL, "dst", NULL, MS_PRIVATE, NULL));
	put_file("dst/f", "moved");
	R(mount("dst", "there", NULL, MS_MOVE, NULL));
	say("%s", get_file("there/f"));
	say("%s", get_file("dst/f"));
	R(mount("there/f", "dst", NULL, MS_MOVE, NULL));
	R(mount("there", "there", NULL, MS_MOVE, NULL));
	R(umount2("there", 0));
}

static void
chroot_sees_mounts(void)
{
	pid_t pid;

	setup();
	R(mount("none", "dst", "tmpfs", 0, NULL));
	put_file("dst/f", "in the mount");
	MUST(mkdir("dst/d", 0755));
	pid = fork();
	if (pid == 0) {
		R(chroot("dst"));
		R(chdir("/"));
		say("%s", get_file("/f"));
		say("%s", get_file("/../../f"));
		say("%s", get_file("d/../../../f"));
		say_names("/");
		R(chroot("d"));
		say("%s", get_file("/f"));
		say("%s", get_file("f"));
		_exit(0);
	}
	say_status("child", pid);
	R(umount2("dst", 0));
}

GUEST_MAIN(
	CASE(a_bind_shows_the_same_files),
	CASE(plain_bind_leaves_out_submounts),
	CASE(read_only_is_enforced),
	CASE(descriptors_know_their_mount),
	CASE(noexec_is_enforced),
	CASE(nosymfollow_and_nodev_are_enforced),
	CASE(flags_are_seen_in_statvfs),
	CASE(busy_mounts_stay),
	CASE(mount_points_cannot_be_removed_or_renamed),
	CASE(moving_a_mount),
	CASE(chroot_sees_mounts),
)
