/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel is the oracle: random path operations run natively in one
 * directory (as its root, by chroot) and through the core and hostfs in
 * another with the same contents.  Every step must give the same answer.
 *
 * Needs root or a user namespace for the chroot; says so and passes without.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/fs.h>

#include "include/auto.h"
#include "vfs/fs/hostfs.h"
#include "vfs/vfs.h"

#define STEPS	3000
#define NOBODY	65534

enum what {
	DO_STAT, DO_LSTAT, DO_OPEN, DO_OPENAT2, DO_MKDIR, DO_MKNOD,
	DO_SYMLINK, DO_UNLINK, DO_RMDIR, DO_RENAME, DO_LINK, DO_CHMOD,
	DO_TRUNCATE, DO_ACCESS, DO_READLINK, DO_CHDIR, DO_LAST
};

static const char *const what_names[] = {
	"stat", "lstat", "open", "openat2", "mkdir", "mknod", "symlink",
	"unlink", "rmdir", "rename", "link", "chmod", "truncate", "access",
	"readlink", "chdir",
};

struct step {
	enum what what;
	char a[160], b[160];
	unsigned int arg;
	unsigned int resolve;
};

/* What a step came to: an errno, or what was found. */
struct result {
	int err;
	unsigned int type;
	long size;
};

struct shared {
	struct step steps[STEPS];
	struct result native[STEPS], core[STEPS];
};

static struct shared *sh;

/* ------------------------------------------------------------ the steps */

static unsigned long seed;

static unsigned int
rnd(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

static void
random_path(char *out)
{
	static const char *const words[] = {
		"a", "b", "d", "f", "g", "x", "y", "lf", "ld", "lup", "labs",
		"lslash", "ldang", "lloop", "none", "shut", "p", ".", "..",
		"..", "d", "a", "s",
	};
	unsigned int n = 1 + rnd(4);

	*out = '\0';
	if (rnd(6) == 0)
		strcat(out, rnd(4) ? "/" : "//");
	for (unsigned int i = 0; i < n; i++) {
		strcat(out, words[rnd(sizeof(words) / sizeof(*words))]);
		if (i + 1 < n)
			strcat(out, rnd(8) ? "/" : "//");
	}
	if (rnd(5) == 0)
		strcat(out, rnd(4) ? "/" : "//");
	if (rnd(200) == 0)
		strcpy(out, rnd(2) ? "" : "/");
	if (rnd(300) == 0)
		memset(out, 'n', 150);
}

static unsigned int
random_arg(enum what what)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_DIRECTORY,
		O_RDONLY | O_NOFOLLOW, O_PATH, O_PATH | O_NOFOLLOW,
		O_PATH | O_DIRECTORY | O_NOFOLLOW, O_RDWR | O_CREAT,
		O_RDWR | O_CREAT | O_EXCL, O_RDWR | O_CREAT | O_NOFOLLOW,
		O_WRONLY | O_TRUNC, O_RDONLY | O_CREAT,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
	};
	static const mode_t modes[] = { 0755, 0644, 0, 0444, 0111, 01777 };
	static const unsigned int renames[] = {
		0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE, 8,
		RENAME_NOREPLACE | RENAME_EXCHANGE,
	};

	switch (what) {
	case DO_OPEN: case DO_OPENAT2:
		return (unsigned int)flags[rnd(sizeof(flags) /
					       sizeof(*flags))];
	case DO_CHMOD: case DO_MKDIR:
		return rnd(3) ? 0755 : modes[rnd(6)];
	case DO_RENAME:
		return renames[rnd(7)];
	case DO_ACCESS:
		return rnd(9);
	case DO_TRUNCATE:
		return rnd(40);
	default:
		return rnd(2);
	}
}

static void
make_steps(void)
{
	static const unsigned int resolves[] = {
		0, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS,
		RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	for (int i = 0; i < STEPS; i++) {
		struct step *s = &sh->steps[i];

		s->what = (enum what)rnd(DO_LAST);
		random_path(s->a);
		random_path(s->b);
		s->arg = random_arg(s->what);
		s->resolve = resolves[rnd(7)];
	}
}

/* ----------------------------------------------------------- both sides */

static void
must(int ret)
{
	if (ret < 0) {
		perror("vfs_oracle: set-up");
		_exit(99);
	}
}

static void
put_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY, 0644);

	must(fd);
	must((int)write(fd, text, strlen(text)));
	close(fd);
}

static void
populate(int dir)
{
	must(mkdirat(dir, "a", 0755));
	must(mkdirat(dir, "a/b", 0755));
	must(mkdirat(dir, "d", 0755));
	must(mkdirat(dir, "d/d", 0755));
	must(mkdirat(dir, "shut", 0755));
	put_file(dir, "f", "1");
	put_file(dir, "g", "22");
	put_file(dir, "a/f", "333");
	put_file(dir, "a/b/g", "4444");
	put_file(dir, "d/f", "55555");
	put_file(dir, "shut/f", "666666");
	must(symlinkat("f", dir, "lf"));
	must(symlinkat("a/b", dir, "ld"));
	must(symlinkat("../d", dir, "a/lup"));
	must(symlinkat("/a/b", dir, "labs"));
	must(symlinkat("/d", dir, "d/labs"));
	must(symlinkat("d/", dir, "lslash"));
	must(symlinkat("x", dir, "ldang"));
	must(symlinkat("lloop", dir, "lloop"));
	must(symlinkat("../../a/./b/..", dir, "d/ld"));
	must(mkfifoat(dir, "p", 0644));
	must(fchmodat(dir, "shut", 0, 0));
}

/* Ordinary rights on both sides, so that permissions count. */
static void
drop_root(void)
{
	if (geteuid() != 0)
		return;
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return;
}

static void
note_fd(struct result *r, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0) {
		r->type = st.st_mode & S_IFMT;
		r->size = S_ISREG(st.st_mode) ? st.st_size : 0;
	}
	close(fd);
}

static void
note_stat(struct result *r, const struct stat *st)
{
	r->type = st->st_mode;
	r->size = S_ISREG(st->st_mode) ? st->st_size : 0;
}

/* ---------------------------------------------------------------- native */

static int
native_open(const struct step *s, struct result *r)
{
	struct open_how how = { .flags = s->arg | O_CLOEXEC };
	int fd;

	if (!(s->arg & O_PATH))
		how.flags |= O_NONBLOCK;
	if (s->arg & O_CREAT)
		how.mode = 0666;
	if (s->what == DO_OPENAT2)
		how.resolve = s->resolve;
	/* -EAGAIN: ".." met a rename or mount elsewhere on the host */
	do
		fd = (int)syscall(SYS_openat2, AT_FDCWD, s->a, &how,
				  sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	if (fd < 0)
		return -1;
	note_fd(r, fd);
	return 0;
}

static int
native_step(const struct step *s, struct result *r)
{
	struct stat st;
	char buf[256];
	int ret;

	switch (s->what) {
	case DO_STAT: case DO_LSTAT:
		ret = fstatat(AT_FDCWD, s->a, &st,
			      s->what == DO_STAT ? 0 : AT_SYMLINK_NOFOLLOW);
		if (ret == 0)
			note_stat(r, &st);
		return ret;
	case DO_OPEN: case DO_OPENAT2:
		return native_open(s, r);
	case DO_MKDIR:
		return mkdir(s->a, s->arg);
	case DO_MKNOD:
		return mknod(s->a, (s->arg ? S_IFIFO : S_IFREG) | 0644, 0);
	case DO_SYMLINK:
		return symlink(s->b, s->a);
	case DO_UNLINK:
		return unlink(s->a);
	case DO_RMDIR:
		return rmdir(s->a);
	case DO_RENAME:
		return renameat2(AT_FDCWD, s->a, AT_FDCWD, s->b, s->arg);
	case DO_LINK:
		return linkat(AT_FDCWD, s->a, AT_FDCWD, s->b,
			      s->arg ? AT_SYMLINK_FOLLOW : 0);
	case DO_CHMOD:
		return chmod(s->a, s->arg);
	case DO_TRUNCATE:
		return truncate(s->a, s->arg);
	case DO_ACCESS:
		return (int)syscall(SYS_faccessat2, AT_FDCWD, s->a, s->arg,
				    AT_EACCESS);
	case DO_READLINK:
		ret = (int)readlink(s->a, buf, sizeof(buf));
		if (ret >= 0)
			r->size = ret;
		return ret < 0 ? -1 : 0;
	case DO_CHDIR:
		return chdir(s->a);
	case DO_LAST:
		break;
	}
	return -1;
}

static void
run_native(const char *dir)
{
	if (geteuid() != 0)
		must(unshare(CLONE_NEWUSER));
	must(chdir(dir));
	must(chroot("."));
	drop_root();
	umask(022);
	for (int i = 0; i < STEPS; i++) {
		struct result *r = &sh->native[i];

		if (native_step(&sh->steps[i], r) < 0)
			r->err = errno;
	}
	_exit(0);
}

/* ------------------------------------------------------------------ core */

static struct vfs_ctx ctx;

static int
core_open(const struct step *s, struct result *r)
{
	struct vfs_at at = { .name = s->a };
	struct open_how how = { .flags = s->arg | O_CLOEXEC };
	int fd, err;

	if (!(s->arg & O_PATH))
		how.flags |= O_NONBLOCK;
	if (s->arg & O_CREAT)
		how.mode = 0666;
	if (s->what == DO_OPENAT2)
		how.resolve = s->resolve;
	err = vfs_open(&ctx, &at, &how, true, &fd, NULL);
	if (err < 0)
		return err;
	note_fd(r, fd);
	return 0;
}

static int
core_chdir(struct vfs_at *at)
{
	struct path p;
	int err;

	at->flags |= LOOK_DIRECTORY;
	err = vfs_lookup(&ctx, at, &p);
	if (err == 0) {
		struct vfs_at self = { .name = "", .base = &p,
				       .flags = LOOK_EMPTY };

		err = vfs_access(&ctx, &self, X_OK);
		if (err < 0) {
			path_put(&p);
			return err;
		}
		path_put(&ctx.cwd);
		ctx.cwd = p;
	}
	return err;
}

static int
core_step(const struct step *s, struct result *r)
{
	struct vfs_at at = { .name = s->a, .flags = LOOK_FOLLOW };
	struct vfs_at none = { .name = s->a }, b = { .name = s->b };
	struct stat st;
	char buf[256];
	int ret;

	switch (s->what) {
	case DO_STAT: case DO_LSTAT:
		ret = vfs_stat(&ctx, s->what == DO_STAT ? &at : &none, &st);
		if (ret == 0)
			note_stat(r, &st);
		return ret;
	case DO_OPEN: case DO_OPENAT2:
		return core_open(s, r);
	case DO_MKDIR:
		return vfs_mkdir(&ctx, &at, s->arg);
	case DO_MKNOD:
		return vfs_mknod(&ctx, &at, (s->arg ? S_IFIFO : S_IFREG) |
				 0644, 0);
	case DO_SYMLINK:
		return vfs_symlink(&ctx, s->b, &at);
	case DO_UNLINK:
		return vfs_unlink(&ctx, &at, 0);
	case DO_RMDIR:
		return vfs_unlink(&ctx, &at, AT_REMOVEDIR);
	case DO_RENAME:
		return vfs_rename(&ctx, &at, &b, s->arg);
	case DO_LINK:
		return vfs_link(&ctx, s->arg ? &at : &none, &b);
	case DO_CHMOD:
		return vfs_chmod(&ctx, &at, s->arg);
	case DO_TRUNCATE:
		return vfs_truncate(&ctx, &at, s->arg);
	case DO_ACCESS:
		return vfs_access(&ctx, &at, (int)s->arg);
	case DO_READLINK:
		ret = (int)vfs_readlink(&ctx, &at, buf, sizeof(buf));
		if (ret >= 0)
			r->size = ret;
		return ret < 0 ? ret : 0;
	case DO_CHDIR:
		return core_chdir(&at);
	case DO_LAST:
		break;
	}
	return -1;
}

static void
run_core(const char *dir)
{
	struct hostfs_export ex = { .fd = open(dir, O_PATH | O_CLOEXEC) };
	struct mount *root;

	if (geteuid() != 0)
		must(unshare(CLONE_NEWUSER));
	must(ex.fd);
	must(vfs_new(&ctx.vfs));
	must(vfs_kern_mount(ctx.vfs, &hostfs_type, "x", 0, &ex, &root));
	must(vfs_new_ns(ctx.vfs, root, &ctx.ns));
	mntns_root(ctx.ns, &ctx.root);
	ctx.cwd = ctx.root;
	path_get(&ctx.cwd);
	ctx.umask = 022;
	ctx.effective_ids = true;
	umask(0);
	drop_root();
	for (int i = 0; i < STEPS; i++) {
		struct result *r = &sh->core[i];
		int ret = core_step(&sh->steps[i], r);

		if (ret < 0)
			r->err = -ret;
	}
	path_put(&ctx.cwd);
	path_put(&ctx.root);
	mntns_put(ctx.ns);
	if (vfs_free(ctx.vfs))
		_exit(1);
	_exit(0);
}

/* ------------------------------------------------------------- comparing */

static int
run_in_child(void (*fn)(const char *), const char *dir)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		fn(dir);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
make_dir(char *name)
{
	AUTO_FD dir = -1;

	ck_assert_ptr_nonnull(mkdtemp(name));
	must(chmod(name, 0755));
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (geteuid() == 0) {
		must(setegid(0));
		must(chown(name, NOBODY, NOBODY));
		must(setegid(NOBODY));
		must(seteuid(NOBODY));
	}
	umask(022);
	populate(dir);
	if (getuid() == 0) {
		must(seteuid(0));
		must(setegid(0));
	}
}

static void
remove_dir(const char *name)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "chmod -R u+rwx %s; rm -rf %s", name,
		 name);
	ck_assert_int_eq(system(cmd), 0);
}

static bool
have_chroot(void)
{
	pid_t pid;
	int status;

	if (geteuid() == 0)
		return true;
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 || chroot("/") < 0);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
compare(unsigned long from)
{
	for (int i = 0; i < STEPS; i++) {
		const struct step *s = &sh->steps[i];
		struct result *n = &sh->native[i], *c = &sh->core[i];

		ck_assert_msg(n->err == c->err && n->type == c->type &&
			      n->size == c->size,
			      "seed %lu step %d: %s(\"%s\", \"%s\", %#x, %#x):"
			      " kernel %s type %o size %ld, core %s type %o"
			      " size %ld", from, i, what_names[s->what], s->a,
			      s->b, s->arg, s->resolve,
			      strerrorname_np(n->err), n->type, n->size,
			      strerrorname_np(c->err), c->type, c->size);
	}
}

START_TEST(kernel_and_core_agree)
{
	char one[] = "/tmp/belljar-oracle-XXXXXX";
	char two[] = "/tmp/belljar-oracle-XXXXXX";
	const char *env = getenv("ORACLE_SEED");
	unsigned long first = (env ? strtoul(env, NULL, 10) : 1) +
			      (unsigned long)_i;
	int n, c;

	if (!have_chroot()) {
		printf("skipped: no root and no user namespace for chroot\n");
		return;
	}
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sh, MAP_FAILED);
	seed = first;
	make_steps();
	make_dir(one);
	make_dir(two);
	n = run_in_child(run_native, one);
	c = run_in_child(run_core, two);
	remove_dir(one);
	remove_dir(two);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(c, 0);
	compare(first);
	munmap(sh, sizeof(*sh));
}
END_TEST

int
main(void)
{
	const char *env = getenv("ORACLE_RUNS");
	Suite *s = suite_create("vfs/oracle");
	TCase *t = tcase_create("oracle");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, kernel_and_core_agree, 0,
			    env ? atoi(env) : 10);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
