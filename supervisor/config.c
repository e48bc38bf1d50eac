/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
config_init(struct config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->json_status_fd = -1;
	cfg->info_fd = -1;
	cfg->block_fd = -1;
	cfg->sync_fd = -1;
}

void
config_fini(struct config *cfg)
{
	size_t i;
	int j;

	for (i = 0; i < cfg->nr_ops; i++) {
		free(cfg->ops[i].src);
		free(cfg->ops[i].dst);
	}
	for (i = 0; i < cfg->nr_env; i++) {
		free(cfg->env[i].name);
		free(cfg->env[i].value);
	}
	for (j = 0; j < cfg->argc; j++)
		free(cfg->argv[j]);
	free(cfg->ops);
	free(cfg->env);
	free(cfg->argv);
	free(cfg->root);
	free(cfg->chdir);
	free(cfg->hostname);
	free(cfg->trace_file);
	free(cfg->argv0);
	config_init(cfg);
}

char *
config_string(const char *s)
{
	return strdup(s);
}

struct world_op *
config_add_op(struct config *cfg, enum world_kind kind)
{
	struct world_op *op;

	op = reallocarray(cfg->ops, cfg->nr_ops + 1, sizeof(*op));
	if (!op)
		return NULL;
	cfg->ops = op;
	op += cfg->nr_ops++;
	*op = (struct world_op){.kind = kind, .perms = -1, .fd = -1};
	return op;
}

int
config_add_env(struct config *cfg, enum env_kind kind, const char *name,
	const char *value)
{
	struct env_op *op;

	op = reallocarray(cfg->env, cfg->nr_env + 1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	cfg->env = op;
	op += cfg->nr_env;
	*op = (struct env_op){.kind = kind};
	if (name && !(op->name = strdup(name)))
		return -ENOMEM;
	if (value && !(op->value = strdup(value))) {
		free(op->name);
		return -ENOMEM;
	}
	cfg->nr_env++;
	return 0;
}

/* --- the environment ------------------------------------------------------ */

struct env_list {
	char **v;
	size_t nr;
};

static size_t
env_find(const struct env_list *list, const char *name)
{
	size_t len = strlen(name);
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (!strncmp(list->v[i], name, len) && list->v[i][len] == '=')
			break;
	return i;
}

static void
env_unset(struct env_list *list, const char *name)
{
	size_t i = env_find(list, name);

	if (i == list->nr)
		return;
	free(list->v[i]);
	list->nr--;
	memmove(&list->v[i], &list->v[i + 1],
		(list->nr - i) * sizeof(*list->v));
}

static void
env_free(struct env_list *list)
{
	while (list->nr)
		free(list->v[--list->nr]);
	free(list->v);
}

/* All but PWD, which is where the program starts; as bubblewrap does. */
static void
env_clear(struct env_list *list)
{
	size_t pwd = env_find(list, "PWD");
	char *kept = pwd < list->nr ? list->v[pwd] : NULL;

	for (size_t i = 0; i < list->nr; i++)
		if (i != pwd)
			free(list->v[i]);
	list->nr = 0;
	if (kept)
		list->v[list->nr++] = kept;
	list->v[list->nr] = NULL;
}

/* Takes `entry`, "NAME=value"; 0 or -ENOMEM. */
static int
env_append(struct env_list *list, char *entry)
{
	char **v;

	if (!entry)
		return -ENOMEM;
	v = reallocarray(list->v, list->nr + 2, sizeof(*v));
	if (!v) {
		free(entry);
		return -ENOMEM;
	}
	list->v = v;
	v[list->nr++] = entry;
	v[list->nr] = NULL;
	return 0;
}

static int
env_set(struct env_list *list, const char *name, const char *value)
{
	size_t len = strlen(name);
	char *entry = malloc(len + strlen(value) + 2);
	size_t i = env_find(list, name);

	if (!entry)
		return -ENOMEM;
	memcpy(entry, name, len);
	entry[len] = '=';
	strcpy(entry + len + 1, value);
	if (i == list->nr)
		return env_append(list, entry);
	free(list->v[i]);
	list->v[i] = entry;
	return 0;
}

static int
env_apply(struct env_list *list, const struct env_op *op)
{
	switch (op->kind) {
	case ENV_SET:
		return env_set(list, op->name, op->value);
	case ENV_UNSET:
		env_unset(list, op->name);
		return 0;
	case ENV_CLEAR:
		env_clear(list);
		return 0;
	}
	return -EINVAL;
}

int
config_build_env(const struct config *cfg, char *const *base, char ***out)
{
	struct env_list list = {0};
	size_t i;
	int err = 0;

	list.v = calloc(1, sizeof(*list.v));
	if (!list.v)
		return -ENOMEM;
	for (; *base && !err; base++)
		err = env_append(&list, strdup(*base));
	for (i = 0; i < cfg->nr_env && !err; i++)
		err = env_apply(&list, &cfg->env[i]);
	if (err) {
		env_free(&list);
		return err;
	}
	list.v[list.nr] = NULL;
	*out = list.v;
	return 0;
}

void
config_free_env(char **env)
{
	char **e;

	if (!env)
		return;
	for (e = env; *e; e++)
		free(*e);
	free(env);
}
