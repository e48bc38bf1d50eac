/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload.h - the smallest program there is: it ends with status 0, and needs
 * nothing, so that it can be executed in an empty root.
 */
#ifndef TESTS_CONFORM_PAYLOAD_H
#define TESTS_CONFORM_PAYLOAD_H

#include <stddef.h>

/* The bytes of its ELF file. */
const void *payload_bytes(size_t *size);

#endif
