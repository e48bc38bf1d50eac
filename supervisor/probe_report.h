/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_report.h - what probe.c and probe_report.c share: the words about
 * each feature, and the tiers that follow from a probe.
 */
#ifndef SUPERVISOR_PROBE_REPORT_H
#define SUPERVISOR_PROBE_REPORT_H

#include "supervisor/probe.h"

struct feature_row {
	const char *name;
	const char *how;	/* how it was found */
	const char *gives;
	const char *lost;	/* when it is missing */
};

extern const struct feature_row feature_table[PROBE_FEATURES];

/* Was it tried, and present? */
bool probe_has(const struct probe *p, enum feature bit);

#endif
