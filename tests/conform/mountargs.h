/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountargs.h - the arguments of fsconfig and mount_setattr in a vector.
 */
#ifndef TESTS_CONFORM_MOUNTARGS_H
#define TESTS_CONFORM_MOUNTARGS_H

#include "include/uapi.h"
#include "tests/conform/words.h"

/* flag KEY | string KEY VALUE | create | create_excl | reconfigure |
 * raw CMD KEY VALUE AUX, from the third word on */
struct fsconfig_args {
	unsigned int cmd;
	const char *key, *value;
	int aux;
};
bool fsconfig_args_of(const struct op *op, struct fsconfig_args *a);

/* [set=A] [clr=A] [prop=P] [size=N] [userns=F] [pad=N], from word `first` on;
 * `fd` finds the descriptor of a name. */
struct setattr_args {
	struct mount_attr attr;
	uint64_t pad[4];
	size_t size;
};
bool setattr_args_of(const struct op *op, int first, int (*fd)(const char *),
		     struct setattr_args *a);

#endif
