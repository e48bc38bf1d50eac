/* SPDX-License-Identifier: Apache-2.0 */
/* noexec.h - noexec of the host's mounts, made by the mount helper. */
#ifndef SUPERVISOR_NOEXEC_H
#define SUPERVISOR_NOEXEC_H

struct mounthelper;
struct noexec_backing;

/* For hostfs.h and tmpfs.h.  One helper per process; NULL for none. */
const struct noexec_backing *noexec_backing(struct mounthelper *h);

#endif
