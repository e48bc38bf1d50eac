/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounthelper_wire.h - what goes over the mount helper's socket: one packet
 * each way per call, a descriptor with it where the call has one.
 * Between mounthelper.c and mounthelper_serve.c only.
 */
#ifndef SUPERVISOR_MOUNTHELPER_WIRE_H
#define SUPERVISOR_MOUNTHELPER_WIRE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "vfs/fs/tmpfs_opts.h"

/* Of the packet of covered places. */
#define HELPER_COVER_MAX 65536

enum helper_op { HELPER_TMPFS, HELPER_RESIZE, HELPER_CLONE,
		  HELPER_FSOPEN, HELPER_OVERRIDE, HELPER_SETATTR,
		  HELPER_CLONE_AGAIN };

struct helper_request {
	enum helper_op op;
	uint64_t attrs;			/* CLONE, SETATTR, CLONE_AGAIN: set */
	uint64_t clear;			/* SETATTR */
	uint32_t cover_size;		/* CLONE: a packet of so many bytes
					 * follows: strings, with their NULs */
	struct tmpfs_opts opts;		/* TMPFS, RESIZE */
	char path[PATH_MAX];		/* CLONE: where fd is, for who lives in
					 * another mount namespace; FSOPEN:
					 * the type */
};

struct helper_reply {
	int err;			/* 0 or -errno */
};

/* Sends a packet, with `fd` unless it is -1.  0 or -errno. */
int helper_send(int sock, const void *data, size_t size, int fd);
/* Receives exactly `size` bytes; *fd is -1 when none came.  0, -errno, or
 * -EPIPE at the end. */
int helper_recv(int sock, void *data, size_t size, int *fd);

/* The child: sets itself up, says so, and serves until the end. */
void mounthelper_serve(int sock) __attribute__((noreturn));

#endif
