/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD_WITH: musl-gcc */
#include "tests/real/hello.h"
