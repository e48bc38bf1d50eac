/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD: -static */
#include "tests/real/hello.h"
