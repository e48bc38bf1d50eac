/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refuse CALL[&BITS]=ERROR... -- PROGRAM [ARGS]: run a program under a filter
 * that answers some calls with an error: all of a name, or those whose second
 * argument has the given bits (hexadecimal) set.  Everything else passes.
 * Needs no privilege (sets no_new_privs).
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "EPERM", EPERM }, { "EACCES", EACCES }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "EBUSY", EBUSY },
};

static int
error_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].value;
	return 0;
}

/* What libseccomp may be too old to know; the same on all machines. */
static int
call_by_name(const char *name)
{
	if (!strcmp(name, "pidfd_getfd"))
		return 438;
	if (!strcmp(name, "openat2"))
		return 437;
	return seccomp_syscall_resolve_name(name);
}

static int
add_rule(scmp_filter_ctx ctx, char *rule)
{
	char *value = strchr(rule, '='), *bits = strchr(rule, '&');
	unsigned long mask;
	int nr, err;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (bits)
		*bits++ = '\0';
	nr = call_by_name(rule);
	err = error_by_name(value);
	if (nr < 0 || !err)
		return -EINVAL;
	if (!bits)
		return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(err), nr, 0);
	mask = strtoul(bits, NULL, 16);
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(err), nr, 1,
				SCMP_A1(SCMP_CMP_MASKED_EQ, mask, mask));
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx ? 0 : -ENOMEM, i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0 && !rc; i++)
		rc = add_rule(ctx, argv[i]);
	if (rc || i + 1 >= argc) {
		fprintf(stderr, "usage: refuse CALL[&BITS]=ERROR... -- "
			"PROGRAM [ARGS]\n");
		return 125;
	}
	/* Other ABIs are none of its business. */
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 1);
	rc = seccomp_load(ctx);
	if (rc) {
		fprintf(stderr, "refuse: seccomp: %s\n", strerror(-rc));
		return 125;
	}
	seccomp_release(ctx);
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "refuse: %s: %s\n", argv[i + 1], strerror(errno));
	return 127;
}
