#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yama.sh: each of Yama's scopes, as root and as a user, on both back ends. In
# a machine of its own: the scope is the whole system's, and 3 is for good.
set -u
cd "$(dirname "$0")/../.." || exit
belljar=$PWD/build/belljar
scope=/proc/sys/kernel/yama/ptrace_scope
passed=0 failed=0

if [ ! -w $scope ]; then
	echo "yama: skipped: this kernel has no Yama, or it is not ours to set"
	echo "yama: 0 passed, 0 failed, 1 skipped"
	exit 0
fi

# expect NAME OUTPUT COMMAND...: what its output must contain.
expect() {
	local name=$1 want=$2 out

	shift 2
	out=$(cd / && "$@" 2>&1)
	case $out in
	*"$want"*)
		passed=$((passed + 1))
		[ -n "${QUIET:-}" ] || echo "ok $name"
		;;
	*)
		failed=$((failed + 1))
		printf 'FAIL %s\n    %s\n' "$name" "$out"
		;;
	esac
}

user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
runs="the world is here"
for s in 0 1 2 3; do
	echo $s >$scope || continue
	for backend in notify ptrace; do
		command=("$belljar" run --backend=$backend -- sh -c
			"ls /usr >/dev/null && echo $runs")
		as_root=$runs as_user=$runs
		[ $s -lt 2 ] || as_user="Operation not permitted"
		[ $s -lt 3 ] || as_root="Operation not permitted"
		expect "scope_$s/root_$backend" "$as_root" "${command[@]}"
		expect "scope_$s/user_$backend" "$as_user" "${user[@]}" "${command[@]}"
	done
	if [ $s -lt 3 ]; then
		expect "scope_$s/check" "belljar runs here" "$belljar" check
	else
		expect "scope_$s/check" "belljar cannot run" "$belljar" check
	fi
	expect "scope_$s/check_says" "ptrace_scope $s" "$belljar" check
done
echo "yama: $passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
