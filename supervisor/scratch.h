/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.h - the supervisor's private space on the host, and where the
 * guests' tmpfs instances live.
 *
 * With a mount helper: tmpfs mounts that are attached nowhere, so nothing is
 * ever to be seen or left on the host.  Without: a directory
 * belljar-XXXXXXXXXXXX of mode 0700 below $XDG_RUNTIME_DIR, /dev/shm, $TMPDIR
 * or /tmp, which a janitor removes, whatever happens to us.
 *
 * Make it before there are threads; the calls: any thread.
 */
#ifndef SUPERVISOR_SCRATCH_H
#define SUPERVISOR_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mounthelper;
struct scratch;
struct tmpfs_backing;

/* `helper` (borrowed, may be NULL or not work) must outlive it. */
int scratch_new(struct mounthelper *helper, struct scratch **out);

/* Removes all of it.  Requires: nothing in it is used any more. */
void scratch_free(struct scratch *s);

/* Is it a directory of the host's, which will be there when we are gone? */
bool scratch_is_on_host(const struct scratch *s);

/* The scratch directory itself (borrowed, O_RDONLY), or -errno. */
int scratch_dir(struct scratch *s);

/* A new private directory: *fd (O_RDONLY, the caller's), and in *id what
 * scratch_rmdir() takes. */
int scratch_mkdir(struct scratch *s, mode_t mode, int *fd, uint64_t *id);
void scratch_rmdir(struct scratch *s, uint64_t id);

/* Backs tmpfs from here; host_id is left for the caller to fill. */
struct tmpfs_backing *scratch_backing(struct scratch *s);

#endif
