/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/executor.h"

struct executor *
executor_core(const struct executor_setup *s, struct text *why)
{
	(void)s;
	text_puts(why, "not built in");
	return NULL;
}
