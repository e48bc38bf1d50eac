/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPERVISOR_SYS_NSIOCTL_H
#define SUPERVISOR_SYS_NSIOCTL_H

struct call;

/* ioctl(2) on the guest's descriptor of which `fd` is a duplicate; the answer
 * of the call.  -ENOTTY: it is no namespace's, or the request is unknown. */
int ns_ioctl(struct call *c, int fd);

#endif
