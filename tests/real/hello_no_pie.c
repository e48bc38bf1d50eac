/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD: -no-pie */
#include "tests/real/hello.h"
