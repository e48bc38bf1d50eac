/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm64 began with the ...at calls: it has nothing to translate.
 */
#include "arch/arch.h"

void
arch_decode_legacy(struct sysreq *rq)
{
	(void)rq;
}
