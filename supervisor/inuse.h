/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inuse.h - who uses a filesystem: asked by umount, by a remount to read-only
 * and by MNT_EXPIRE.  Rare questions: answered by looking at the guests'
 * descriptors and mappings at that moment, never by watching close().
 */
#ifndef SUPERVISOR_INUSE_H
#define SUPERVISOR_INUSE_H

struct sandbox;

/* Gives sb->vfs its hooks. */
void inuse_install(struct sandbox *sb);

#endif
