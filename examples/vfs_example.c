/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_example [DIRECTORY]: the VFS core as a library.  Shows a source tree of
 * belljar (the current directory) as "/", makes it a peer of itself, lets a
 * mount propagate, and prints the table.  The kernel mounts nothing.
 *
 *	make lib && cc -I. examples/vfs_example.c build/libbelljar-vfs.a -pthread
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "vfs/fs/hostfs.h"
#include "vfs/vfs.h"

static int
say(const char *what, int err)
{
	printf("%-34s %s\n", what, err < 0 ? strerror(-err) : "ok");
	return err;
}

int
main(int argc, char **argv)
{
	struct hostfs_export dir = { .ro = true };
	struct vfs_ctx c = { .may_mount = true, .cap_chroot = true };
	struct vfs_at top = { .name = "/" }, sub = { .name = "/vfs" };
	struct vfs_at peer = { .name = "/docs" };
	struct mount *root;
	char *table;
	size_t len;

	dir.fd = open(argc > 1 ? argv[1] : ".", O_PATH | O_DIRECTORY);
	if (dir.fd < 0 || vfs_new(&c.vfs) < 0 ||
	    vfs_kern_mount(c.vfs, &hostfs_type, "example", 0, &dir, &root) < 0 ||
	    vfs_new_ns(c.vfs, root, &c.ns) < 0)
		return 1;
	mntns_root(c.ns, &c.root);
	c.cwd = c.root;			/* borrowed from there */

	say("make / shared", vfs_mount(&c, NULL, &top, NULL, MS_SHARED, NULL));
	say("bind / on /docs: a peer",
	    vfs_mount(&c, "/", &peer, NULL, MS_BIND, NULL));
	say("bind /include on /vfs: two mounts",
	    vfs_mount(&c, "/include", &sub, NULL, MS_BIND, NULL));
	say("umount /docs: busy, it has a copy", vfs_umount(&c, &peer, 0));
	if (vfs_mount_table(&c, TABLE_MOUNTINFO, &table, &len) == 0) {
		fputs(table, stdout);
		free(table);
	}
	say("umount /vfs: the copy goes too", vfs_umount(&c, &sub, 0));
	say("umount /docs", vfs_umount(&c, &peer, 0));

	path_put(&c.root);
	mntns_put(c.ns);
	return vfs_free(c.vfs) ? 1 : 0;	/* nothing is left */
}
