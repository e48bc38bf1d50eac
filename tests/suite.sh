#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# suite.sh NAME COMMAND...: runs one suite, shows its output, and leaves
# "PASSED FAILED SKIPPED" in $RESULTS/NAME for summary.sh. The counts come
# from the last line of the form "...: N passed, N failed, N skipped"; a suite
# that fails without saying so counts as one failure.
set -u

name=$1
shift
results=${RESULTS:-${BUILD:-build}/results}
mkdir -p "$results"
log=$results/$name.log

echo "== $name"
if [ ! -x "$1" ]; then
	echo "$name: $1 is missing" | tee "$log"
	echo "0 1 0" >"$results/$name"
	exit 1
fi
{ "$@" 2>&1 </dev/null; echo $? >"$results/$name.status"; } | tee "$log"
status=$(cat "$results/$name.status")
rm -f "$results/$name.status"

counts=$(sed -n 's/^.*: *\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped.*$/\1 \2 \3/p' \
	"$log" | tail -n 1)
if [ -z "$counts" ]; then
	[ "$status" = 0 ] && counts="1 0 0" || counts="0 1 0"
elif [ "$status" != 0 ] && [ "$(echo "$counts" | cut -d' ' -f2)" = 0 ]; then
	counts="$(echo "$counts" | cut -d' ' -f1) 1 $(echo "$counts" | cut -d' ' -f3)"
fi
echo "$counts" >"$results/$name"
exit "$status"
