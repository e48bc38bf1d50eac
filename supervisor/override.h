/* SPDX-License-Identifier: Apache-2.0 */
/*
 * override.h - root inside passes over permission bits of our own files.
 *
 * The supervisor has no capability, and the bits bind an owner too.  Linux lets
 * root of a user namespace pass over them in files whose owner and group are
 * mapped there.  So a call that failed with EACCES, on behalf of a guest that
 * has CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH over our ids, is made again by a
 * process in a user namespace of its own where nothing but our uid and gid is
 * mapped: what it may do beyond us, the kernel confines to files that are ours,
 * whose bits we could have changed.  It gets the same descriptors and names and
 * checks them anew (override_serve.c).  Started by the mount helper when needed
 * first; where there is none, or no user namespace, EACCES stands.
 */
#ifndef SUPERVISOR_OVERRIDE_H
#define SUPERVISOR_OVERRIDE_H

struct creds;
struct mounthelper;
struct sandbox;

/* From now on refused calls are made again.  NULL: they are not.  Before there
 * are threads. */
void override_install(struct mounthelper *h);
/* Ends the process, if there is one, and waits. */
void override_stop(void);

/* This thread works for who holds `cr`; NULL: for nobody. */
void override_for(const struct sandbox *sb, const struct creds *cr);
/* From now on with the rights that access(2) without AT_EACCESS asks about, as
 * access_override_creds(). */
void override_for_access(void);

#endif
