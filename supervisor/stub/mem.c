/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/stub/stub.h"

void *
memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (d < s)
		while (n--)
			*d++ = *s++;
	else
		while (n--)
			d[n] = s[n];
	return dst;
}

void *
memcpy(void *dst, const void *src, size_t n)
{
	return memmove(dst, src, n);
}

void *
memset(void *dst, int c, size_t n)
{
	uint64_t word = 0x0101010101010101 * (unsigned char)c;
	unsigned char *d = dst;

	for (; n && ((uintptr_t)d & 7); n--)
		*d++ = (unsigned char)c;
	for (; n >= 8; n -= 8, d += 8)
		*(uint64_t *)(void *)d = word;
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

size_t
stub_strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}
