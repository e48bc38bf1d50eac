/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD: -static-pie */
#include "tests/real/hello.h"
