#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unit.sh PROGRAM...: runs Check programs and adds up their reports.
set -u

pass=0 fail=0
for prog; do
	out=$("$prog" 2>&1)
	status=$?
	line=$(printf '%s\n' "$out" | sed -n \
		's/^.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*$/\1 \2 \3/p' |
		tail -n 1)
	read -r checks failures errors <<-EOF
		${line:-0 0 0}
	EOF
	bad=$((failures + errors))
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		checks=$((checks + 1))
	fi
	if [ "$bad" != 0 ]; then
		echo "FAIL $(basename "$prog") (exit $status)"
		printf '%s\n' "$out"
	fi
	pass=$((pass + checks - bad)) fail=$((fail + bad))
done
echo "unit: $pass passed, $fail failed, 0 skipped"
[ "$fail" = 0 ]
