/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/mountargs.h"

#include <stdlib.h>
#include <string.h>

bool
fsconfig_args_of(const struct op *op, struct fsconfig_args *a)
{
	const char *what = op_word(op, 2);

	memset(a, 0, sizeof(*a));
	if (!strcmp(what, "flag")) {
		a->cmd = FSCONFIG_SET_FLAG;
		a->key = op_word(op, 3);
	} else if (!strcmp(what, "string")) {
		a->cmd = FSCONFIG_SET_STRING;
		a->key = op_word(op, 3);
		a->value = op_word(op, 4);
	} else if (!strcmp(what, "create")) {
		a->cmd = FSCONFIG_CMD_CREATE;
	} else if (!strcmp(what, "reconfigure")) {
		a->cmd = FSCONFIG_CMD_RECONFIGURE;
	} else if (!strcmp(what, "create_excl")) {
		a->cmd = UAPI_FSCONFIG_CMD_CREATE_EXCL;
	} else if (!strcmp(what, "raw")) {
		a->cmd = (unsigned int)op_number(op, 3);
		a->key = op_string(op, 4);
		a->value = op_string(op, 5);
		a->aux = (int)op_number(op, 6);
	} else {
		return false;
	}
	return true;
}

bool
setattr_args_of(const struct op *op, int first, int (*fd)(const char *),
		struct setattr_args *a)
{
	memset(a, 0, sizeof(*a));
	a->size = sizeof(a->attr);
	for (int i = first; i < op->ac; i++) {
		const char *value = strchr(op->av[i], '=');
		size_t len;

		if (!value)
			return false;
		len = (size_t)(value++ - op->av[i]);
		if (!strncmp(op->av[i], "set", len))
			a->attr.attr_set = words_parse(words_attr, value);
		else if (!strncmp(op->av[i], "clr", len))
			a->attr.attr_clr = words_parse(words_attr, value);
		else if (!strncmp(op->av[i], "prop", len))
			a->attr.propagation = words_parse(words_mount, value);
		else if (!strncmp(op->av[i], "size", len))
			a->size = strtoul(value, NULL, 0);
		else if (!strncmp(op->av[i], "userns", len))
			a->attr.userns_fd = (uint64_t)fd(value);
		else if (!strncmp(op->av[i], "pad", len))
			a->pad[0] = strtoul(value, NULL, 0);
		else
			return false;
	}
	return true;
}
