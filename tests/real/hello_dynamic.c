/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD:  */
#include "tests/real/hello.h"
