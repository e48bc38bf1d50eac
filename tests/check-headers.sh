#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-headers.sh HEADER...: each header compiles on its own, included twice.
set -u

pass=0 fail=0
for h; do
	# shellcheck disable=SC2086
	if printf '#include "%s"\n#include "%s"\n' "$h" "$h" |
		${CC:-gcc} -std=gnu11 -I. -D_GNU_SOURCE ${CPPFLAGS:-} \
			-Wall -Wextra -Werror -fsyntax-only -x c -; then
		pass=$((pass + 1))
	else
		echo "FAIL $h does not compile on its own"
		fail=$((fail + 1))
	fi
done
echo "headers: $pass passed, $fail failed, 0 skipped"
[ "$fail" = 0 ]
