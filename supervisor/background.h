/* SPDX-License-Identifier: Apache-2.0 */
/*
 * background.h - turning a fresh fork into a helper process.
 *
 * For the mount helper and the janitor: single-threaded children that keep a
 * few descriptors and nothing else of the supervisor's.
 */
#ifndef SUPERVISOR_BACKGROUND_H
#define SUPERVISOR_BACKGROUND_H

#include <stddef.h>
#include <stdint.h>

/*
 * Call first thing in the child.  Own session, terminal signals ignored,
 * stdio on /dev/null, cwd "/", every descriptor closed but fds[0..nr-1],
 * which become 3, 4... (fds is updated).  `name` is what ps shows.  Ends
 * the process when it cannot be done.
 */
void background_enter(const char *name, int *fds, size_t nr);

/* Keeps only the capabilities of the bit set `keep` in every set; makes the
 * process unreadable for others of the same user. */
void background_drop_caps(uint64_t keep);

#endif
