/* SPDX-License-Identifier: Apache-2.0 */
/* belljar: which verb was asked for. */
#include <stdio.h>
#include <string.h>

#include "supervisor/config.h"
#include "supervisor/conform.h"
#include "supervisor/launch.h"
#include "supervisor/log.h"
#include "supervisor/options.h"
#include "supervisor/probe.h"

static int
run(enum flavour flavour, int argc, char **argv)
{
	struct config cfg;
	int status;

	config_init(&cfg);
	status = options_parse(&cfg, flavour, argc, argv);
	if (status) {
		config_fini(&cfg);
		return status > 0 ? 0 : LOG_EXIT_FAILURE;
	}
	log_set_verbosity(cfg.verbosity);
	status = launch_run(&cfg);
	config_fini(&cfg);
	return status;
}

static int
verb_run(int argc, char **argv)
{
	return run(FLAVOUR_RUN, argc, argv);
}

static int verb_help(int argc, char **argv);

static int
verb_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("belljar %s\n", BELLJAR_VERSION);
	return 0;
}

static const struct verb {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"run", verb_run, "run a program in a world of its own"},
	{"check", probe_main, "say what protects on this host"},
	{"conform", conform_main, "say where the mount vectors hold"},
	{"help", verb_help, "this text"},
	{"--help", verb_help, NULL},
	{"-h", verb_help, NULL},
	{"--version", verb_version, NULL},
};

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
verb_help(int argc, char **argv)
{
	size_t i;

	(void)argc;
	(void)argv;
	printf("usage: belljar VERB [OPTIONS]\n\n");
	for (i = 0; i < NR_VERBS; i++)
		if (verbs[i].help)
			printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
	printf("\n'belljar run --help' lists the options of a run.\n");
	return 0;
}

int
main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *self = slash ? slash + 1 : argc > 0 ? argv[0] : "belljar";
	size_t i;

	if (!strcmp(self, "bwrap"))
		return run(FLAVOUR_BWRAP, argc, argv);
	for (i = 0; argc > 1 && i < NR_VERBS; i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].main(argc - 1, argv + 1);
	if (argc > 1)
		log_error("unknown verb '%s'. 'belljar help' lists them; to run "
			"a program: belljar run -- %s", argv[1], argv[1]);
	else
		log_error("no verb was given. 'belljar help' lists them");
	return LOG_EXIT_FAILURE;
}
