#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary.sh DIR SUITE...: adds up what suite.sh left, one line per suite and
# a closing line of totals. A suite without a result has failed.
set -u

dir=$1
shift
p=0 f=0 s=0
echo "== summary"
for name; do
	if [ -r "$dir/$name" ]; then
		read -r a b c <"$dir/$name"
	else
		a=0 b=1 c=0
	fi
	printf '%-12s %5d passed %4d failed %4d skipped\n' "$name" "$a" "$b" "$c"
	p=$((p + a)) f=$((f + b)) s=$((s + c))
done
echo "$p passed, $f failed, $s skipped"
[ "$f" = 0 ]
