/* SPDX-License-Identifier: Apache-2.0 */
/* belljar check: the probe as a table or as JSON, and what follows from it. */
#include "supervisor/probe_report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/log.h"

/* A tier: what must be there for it, and what it means. */
static const struct tier {
	const char *name;
	unsigned int needs;
	const char *means;
} tiers[] = {
	{"run", FEATURE_SECCOMP | FEATURE_PTRACE | FEATURE_OPENAT2,
		"programs run, confined by seccomp and ptrace"},
	{"second wall", FEATURE_LANDLOCK,
		"Landlock refuses what a mistake of belljar's might let through"},
	{"empty root", FEATURE_USERNS,
		"the guests' real root is an empty directory; tmpfs has limits"},
	{"notifications", FEATURE_NOTIFY | FEATURE_ADDFD |
		FEATURE_WAIT_KILLABLE,
		"calls arrive by notifications; else by tracer stops, which are "
		"slower"},
};

#define NR_TIERS (sizeof(tiers) / sizeof(tiers[0]))

/* The first feature that the tier lacks, or NULL. */
static const char *
tier_lacks(const struct probe *p, const struct tier *t)
{
	size_t i;

	for (i = 0; i < PROBE_FEATURES; i++) {
		enum feature bit = (enum feature)(1u << i);

		/* CAP_SYS_ADMIN needs no user namespace to make mounts. */
		if (bit == FEATURE_USERNS && p->privileged)
			continue;
		if (t->needs & bit && !probe_has(p, bit))
			return feature_table[i].name;
	}
	return NULL;
}

static bool
can_run(const struct probe *p)
{
	return p->nested || !tier_lacks(p, &tiers[0]);
}

static const char *
verdict(const struct probe *p)
{
	bool wall = !tier_lacks(p, &tiers[1]);
	bool ns = !tier_lacks(p, &tiers[2]);

	if (p->nested)
		return "belljar runs here, nested in another belljar, which "
			"serves the calls: its walls protect, and nothing is "
			"shown or allowed that it does not show and allow";
	if (!can_run(p))
		return "belljar cannot run programs on this host";
	if (wall && ns)
		return "belljar runs here: seccomp and ptrace, with Landlock and "
			"an empty root behind them";
	if (wall)
		return "belljar runs here: seccomp and ptrace, with Landlock "
			"behind them";
	if (ns)
		return "belljar runs here: seccomp and ptrace, with an empty "
			"root behind them";
	return "belljar runs here: seccomp and ptrace alone";
}

/* --- text ----------------------------------------------------------------- */

static void
print_feature(const struct probe *p, size_t i)
{
	const struct feature_row *row = &feature_table[i];
	const struct finding *f = &p->found[i];

	if (!f->err) {
		printf("%-15s present  %s\n", row->name, row->how);
		printf("%-15s   gives: %s\n", "", row->gives);
		return;
	}
	printf("%-15s MISSING  %s (not so: %s)\n", row->name, row->how,
		log_errno(f->err));
	printf("%-15s   lost: %s\n", "", row->lost);
}

static void
print_text(const struct probe *p)
{
	struct utsname u;
	size_t i;

	uname(&u);
	printf("belljar %s on Linux %s %s, uid %u%s\n\n", BELLJAR_VERSION,
		u.release, u.machine, (unsigned int)geteuid(),
		p->privileged ? " with CAP_SYS_ADMIN" : "");
	for (i = 0; i < PROBE_FEATURES; i++)
		print_feature(p, i);
	if (p->landlock_abi)
		printf("\nLandlock ABI %d", p->landlock_abi);
	else
		printf("\nno Landlock");
	if (p->yama_scope >= 0)
		printf(", Yama ptrace_scope %d%s\n\n", p->yama_scope,
			p->yama_scope == 2 ? ": ptrace is for administrators. "
			"Others need kernel.yama.ptrace_scope=1" :
			p->yama_scope > 2 ? ": nobody may use ptrace until the "
			"machine starts again" : "");
	else
		printf(", no Yama\n\n");
	if (p->nested)
		printf("inside %d belljar%s. What is missing for a first one:\n\n",
			p->nested, p->nested > 1 ? "s, one in another" : "");
	for (i = 0; i < NR_TIERS; i++) {
		const char *lacks = tier_lacks(p, &tiers[i]);

		printf("%-15s %s%s: %s\n", tiers[i].name,
			lacks ? "no, for want of " : "yes", lacks ? lacks : "",
			tiers[i].means);
	}
	printf("\n%s\n", verdict(p));
}

/* --- JSON ----------------------------------------------------------------- */

static json_t *
feature_json(const struct probe *p, size_t i)
{
	const struct feature_row *row = &feature_table[i];
	const struct finding *f = &p->found[i];
	json_t *o = json_pack("{s:s, s:b, s:s, s:s, s:s}", "name", row->name,
		"present", !f->err, "probe", row->how, "gives", row->gives,
		"lost", row->lost);

	if (o && f->err) {
		json_object_set_new(o, "error",
			json_string(strerrorname_np(-f->err)));
		json_object_set_new(o, "why", json_string(log_errno(f->err)));
	}
	return o;
}

static json_t *
tier_json(const struct probe *p, const struct tier *t)
{
	const char *lacks = tier_lacks(p, t);

	return json_pack("{s:s, s:b, s:s?, s:s}", "name", t->name, "available",
		!lacks, "lacks", lacks, "means", t->means);
}

static int
print_json(const struct probe *p)
{
	json_t *features = json_array();
	json_t *tier_list = json_array();
	json_t *root;
	struct utsname u;
	size_t i;
	int err;

	uname(&u);
	for (i = 0; i < PROBE_FEATURES; i++)
		json_array_append_new(features, feature_json(p, i));
	for (i = 0; i < NR_TIERS; i++)
		json_array_append_new(tier_list, tier_json(p, &tiers[i]));
	root = json_pack("{s:s, s:s, s:s, s:i, s:b, s:i, s:i, s:i, s:o, s:o, s:b, "
		"s:s}", "version", BELLJAR_VERSION, "kernel", u.release,
		"machine", u.machine, "uid", (int)geteuid(),
		"privileged", p->privileged, "landlock_abi", p->landlock_abi,
		"yama_scope", p->yama_scope, "nested", p->nested, "features", features, "tiers",
		tier_list, "runs", can_run(p), "verdict", verdict(p));
	err = !root || json_dumpf(root, stdout, JSON_INDENT(2)) ? -ENOMEM : 0;
	if (!err)
		printf("\n");
	json_decref(root);
	return err;
}

/* --- the verb ------------------------------------------------------------- */

int
probe_main(int argc, char **argv)
{
	struct probe p;
	bool json = false;
	int i, err;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			json = true;
		} else if (!strcmp(argv[i], "--help")) {
			printf("usage: belljar check [--json]\n"
				"Tries each mechanism that belljar can use and "
				"says what protects here.\n"
				"Exit status: 0 it runs here, 1 it cannot.\n");
			return 0;
		} else {
			log_error("belljar check does not know '%s'. It takes "
				"--json", argv[i]);
			return LOG_EXIT_FAILURE;
		}
	}
	err = probe_all(&p);
	if (err)
		log_error("probing this host: %s", log_errno(err));
	else if (json)
		err = print_json(&p);
	else
		print_text(&p);
	if (err || fflush(stdout) == EOF)
		return LOG_EXIT_FAILURE;
	return can_run(&p) ? 0 : 1;
}
