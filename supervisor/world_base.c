/* SPDX-License-Identifier: Apache-2.0 */
/* The trees that the operations start from: the host's system directories, an
 * empty root, or a directory; and a /dev. */
#include "supervisor/world_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/config.h"
#include "supervisor/log.h"

/*
 * Files of /etc that hold secrets by their purpose.  A user cannot read them;
 * they are denied for those who could, root above all.
 */
static const char *const etc_secrets[] = {
	"shadow", "shadow-", "gshadow", "gshadow-", "ssl/private", "sudoers",
	"sudoers.d", "security/opasswd", "krb5.keytab", "ssh/ssh_host_dsa_key",
	"ssh/ssh_host_ecdsa_key", "ssh/ssh_host_ed25519_key",
	"ssh/ssh_host_rsa_key", "letsencrypt/archive", "letsencrypt/live",
	"letsencrypt/accounts", "wireguard", "ppp/chap-secrets",
	"ppp/pap-secrets", "NetworkManager/system-connections",
	"polkit-1/localauthority",
};

#define NR_SECRETS (sizeof(etc_secrets) / sizeof(etc_secrets[0]))

/* The secrets that this process could read: for most users none, and then
 * look-ups in /etc need no second look. */
static size_t
readable_secrets(const char *list[NR_SECRETS + 1])
{
	AUTO_FD etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool root = geteuid() == 0;
	size_t i, n = 0;

	for (i = 0; i < NR_SECRETS; i++)
		if (root ||
			!faccessat(etc, etc_secrets[i], R_OK, AT_EACCESS) ||
			!faccessat(etc, etc_secrets[i], X_OK, AT_EACCESS))
			list[n++] = etc_secrets[i];
	list[n] = NULL;
	return n;
}

/* --- the host's system directories ---------------------------------------- */

/* A top-level entry of the host: a symbolic link is copied as one, a
 * directory is exported read-only. */
static int
base_entry(struct builder *b, const char *path, const char *const *deny)
{
	struct export e = {.src = path, .fd = -1, .ro = true, .deny = deny};
	char target[256];
	struct stat st;
	ssize_t n;

	world_step(b, "showing the host's %s", path);
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return world_export(b, &e, path);
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	return world_symlink(b, target, path);
}

/* /lib, /lib64, /libx32 and what else there is of that kind. */
static int
base_libs(struct builder *b)
{
	AUTO_DIR DIR *root = opendir("/");
	struct dirent *d;
	char path[300];
	int err = 0;

	if (!root)
		return -errno;
	while (!err && (d = readdir(root))) {
		if (fnmatch("lib*", d->d_name, 0) ||
			!strcmp(d->d_name, "lib"))
			continue;
		snprintf(path, sizeof(path), "/%s", d->d_name);
		err = base_entry(b, path, NULL);
	}
	return err;
}

static int
base_system(struct builder *b)
{
	static const char *const dirs[] = {
		"/usr", "/bin", "/sbin", "/lib", "/opt",
	};
	static const char *const empty[] = {
		"/home", "/media", "/mnt", "/srv", "/var",
	};
	const char *secrets[NR_SECRETS + 1];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		err = base_entry(b, dirs[i], NULL);
	if (!err)
		err = base_libs(b);
	if (!err)
		err = base_entry(b, "/etc",
			readable_secrets(secrets) ? secrets : NULL);
	for (i = 0; !err && i < sizeof(empty) / sizeof(empty[0]); i++) {
		world_step(b, "making %s", empty[i]);
		err = world_mkdir(b, empty[i], 0755);
	}
	return err;
}

/* --- fresh places --------------------------------------------------------- */

static int
fresh(struct builder *b, const char *path, mode_t mode)
{
	world_step(b, "mounting a tmpfs on %s", path);
	return world_tmpfs(b, path, mode, 0);
}

/* Is `path` the directory `top` or below it? */
static bool
inside(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (path[len] == '/' || !path[len]);
}

/* Would something mounted there hide, or be hidden in, the system? */
static bool
is_system_place(const char *path)
{
	static const char *const places[] = {
		"/usr", "/bin", "/sbin", "/lib", "/etc", "/proc", "/sys", "/dev",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (inside(path, places[i]))
			return true;
	return !strcmp(path, "/");
}

static int
base_fresh(struct builder *b)
{
	const char *home = getenv("HOME");
	int err;

	err = fresh(b, "/tmp", 01777);
	if (!err)
		err = fresh(b, "/var/tmp", 01777);
	if (!err)
		err = fresh(b, "/run", 0755);
	if (!err)
		err = world_symlink(b, "../run", "/var/run");
	if (!err && home && home[0] == '/' && !is_system_place(home) &&
		!strstr(home, "/.."))
		err = fresh(b, home, 0755);
	return err;
}

/* --- kernel file systems -------------------------------------------------- */

/* A host need not have a /sys (a small container, a bare chroot). */
static int
mount_sys(struct builder *b)
{
	int err = world_plain(b, "sysfs", "/sys", KERNEL_FLAGS | MS_RDONLY);

	if (err != -ENODEV)
		return err;
	log_info("there is no /sys: the host has none");
	return 0;
}

static int
base_kernel(struct builder *b)
{
	int err;

	world_step(b, "mounting /proc");
	err = world_plain(b, "proc", "/proc", KERNEL_FLAGS);
	if (err)
		return err;
	world_step(b, "mounting /sys");
	err = mount_sys(b);
	if (err)
		return err;
	world_step(b, "making /dev");
	return world_dev(b, "/dev");
}

static int
dev_node(struct builder *b, const char *dst, const char *name)
{
	AUTO_FREE char *src = NULL;
	AUTO_FREE char *path = NULL;
	struct export e = {.fd = -1, .devices = true};

	if (asprintf(&src, "/dev/%s", name) < 0 ||
		asprintf(&path, "%s/%s", dst, name) < 0)
		return -ENOMEM;
	e.src = src;
	/* /dev/tty is the terminal of whoever opens it: ours, which a session
	 * of its own is there to keep away from. */
	if (b->cfg->new_session && !strcmp(name, "tty"))
		return 0;
	if (access(src, F_OK) < 0)
		return 0;
	return world_export(b, &e, path);
}

static int
dev_link(struct builder *b, const char *dst, const char *name,
	const char *target)
{
	AUTO_FREE char *path = NULL;

	if (asprintf(&path, "%s/%s", dst, name) < 0)
		return -ENOMEM;
	return world_symlink(b, target, path);
}

int
world_dev(struct builder *b, const char *dst)
{
	static const char *const nodes[] = {
		"null", "zero", "full", "random", "urandom", "tty",
	};
	static const struct {
		const char *name, *target;
	} links[] = {
		{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
		{"core", "/proc/kcore"}, {"ptmx", "pts/ptmx"},
	};
	AUTO_FREE char *pts = NULL;
	AUTO_FREE char *shm = NULL;
	size_t i;
	int err;

	if (asprintf(&pts, "%s/pts", dst) < 0 ||
		asprintf(&shm, "%s/shm", dst) < 0)
		return -ENOMEM;
	err = world_tmpfs(b, dst, 0755, 0);
	for (i = 0; !err && i < sizeof(nodes) / sizeof(nodes[0]); i++)
		err = dev_node(b, dst, nodes[i]);
	for (i = 0; !err && i < sizeof(links) / sizeof(links[0]); i++)
		err = dev_link(b, dst, links[i].name, links[i].target);
	if (!err)
		err = world_tmpfs(b, shm, 01777, 0);
	if (!err)
		err = world_plain(b, "devpts", pts, MS_NOSUID | MS_NOEXEC);
	return err;
}

/* --- the current directory ------------------------------------------------ */

static int
base_cwd(struct builder *b)
{
	AUTO_FREE char *cwd = get_current_dir_name();
	AUTO_FREE char *real = getcwd(NULL, 0);
	struct export e = {.fd = -1, .ro = !b->cfg->rw};

	if (!cwd || !real)
		return 0;	/* it is gone: the root will do */
	world_step(b, "showing the current directory %s", real);
	if (!strcmp(real, "/") || inside(real, "/proc") || inside(real, "/sys")
		|| inside(real, "/dev")) {
		if (b->cfg->rw)
			return world_fail(b, -EPERM, "--rw does not make %s "
				"writable. Name it with --bind, or change to "
				"another directory", real);
		return 0;
	}
	if (is_system_place(real) && !b->cfg->rw)
		return 0;	/* shown already */
	e.src = real;
	return world_export(b, &e, real);
}

/* --- the bases ------------------------------------------------------------ */

static int
empty_root(struct builder *b)
{
	world_step(b, "making an empty root");
	return world_tmpfs_root(b);
}

/* -r DIR: what the directory has a place for is added. */
static int
given_root(struct builder *b)
{
	struct export e = {.src = b->cfg->root, .fd = -1, .ro = !b->cfg->rw};
	static const char *const places[] = {
		"/proc", "/sys", "/dev", "/tmp", "/var/tmp", "/run",
	};
	size_t i;
	int err;

	world_step(b, "making '%s' the root", b->cfg->root);
	err = world_export(b, &e, "/");
	for (i = 0; !err && i < sizeof(places) / sizeof(places[0]); i++) {
		struct stat st;

		if (world_stat(b, places[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		world_step(b, "mounting %s", places[i]);
		if (i == 0)
			err = world_plain(b, "proc", "/proc", KERNEL_FLAGS);
		else if (i == 1)
			err = mount_sys(b);
		else if (i == 2)
			err = world_dev(b, "/dev");
		else if (!b->cfg->rw)
			err = fresh(b, places[i], i == 5 ? 0755 : 01777);
	}
	return err;
}

int
world_base(struct builder *b)
{
	int err;

	switch (b->cfg->base) {
	case BASE_EMPTY:
		return empty_root(b);
	case BASE_ROOT:
		return given_root(b);
	case BASE_HOST:
		break;
	}
	err = empty_root(b);
	if (!err)
		err = base_system(b);
	if (!err)
		err = base_fresh(b);
	if (!err)
		err = base_kernel(b);
	return err ? err : base_cwd(b);
}
