/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/idset.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
idset_init(struct idset *s)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
}

void
idset_fini(struct idset *s)
{
	free(s->bits);
	pthread_mutex_destroy(&s->lock);
}

static int
idset_grow_locked(struct idset *s)
{
	size_t words = s->words ? s->words * 2 : 8;
	uint64_t *bits = realloc(s->bits, words * sizeof(*bits));

	if (!bits)
		return -ENOMEM;
	memset(bits + s->words, 0, (words - s->words) * sizeof(*bits));
	s->bits = bits;
	s->words = words;
	return 0;
}

int
idset_alloc(struct idset *s)
{
	int id = -ENOMEM, bit;

	pthread_mutex_lock(&s->lock);
	while (s->first < s->words && s->bits[s->first] == UINT64_MAX)
		s->first++;
	if (s->first < s->words || idset_grow_locked(s) == 0) {
		bit = __builtin_ctzll(~s->bits[s->first]);
		s->bits[s->first] |= UINT64_C(1) << bit;
		id = (int)(s->first * 64) + bit + 1;
	}
	pthread_mutex_unlock(&s->lock);
	return id;
}

void
idset_free(struct idset *s, int id)
{
	size_t word = (size_t)(id - 1) / 64;
	uint64_t mask = UINT64_C(1) << ((id - 1) % 64);

	pthread_mutex_lock(&s->lock);
	assert(id >= 1 && word < s->words && (s->bits[word] & mask));
	s->bits[word] &= ~mask;
	if (word < s->first)
		s->first = word;
	pthread_mutex_unlock(&s->lock);
}
