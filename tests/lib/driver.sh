# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the drivers tests/*/run share.  A driver says
#
#	. "$(dirname "$0")/../lib/driver.sh"
#	driver_start NAME "$@"
#	… ok NAME / fail NAME / skip NAME REASON …
#	driver_finish
#
# and gets: TOP (the tree), BUILD (absolute), T (a private directory, removed at
# the end), NATIVE and SANDBOX (arrays: what to put before a command), WANTED
# (the patterns named on the command line) and TEST_TIMEOUT.
# tests/README.md describes the variables that a caller may set.

set -u
export LC_ALL=C.UTF-8
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CLEAN_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PASSED=0 FAILED=0 SKIPPED=0 FAILED_NAMES=()
shopt -s extglob

die() {
	echo "$SUITE: $*" >&2
	exit 2
}

# Compile C sources to $BUILD/tests/DIR, two at a time, only what changed.
# compile DIR SOURCE... ; per-source flags stand in a line "BUILD: flags".
compile() {
	local out=$BUILD/tests/$1
	shift
	mkdir -p "$out" 2>/dev/null
	export TOP BUILD CC OUT=$out
	printf '%s\n' "$@" | xargs -P2 -n1 bash "$TOP/tests/lib/compile.sh"
}

# Start again as MODE says; MODE is gone in the second run.
driver_enter_mode() {
	local mode=${MODE:-} words=()

	[ -n "$mode" ] || return 0
	unset MODE
	case $mode in
	user | user-nouserns | user-container | root | root-nouserns | \
		root-container | root-mounts | user-listener | root-listener | \
		nouserns) ;;
	*) die "MODE=$mode: not one of user, user-nouserns, user-container," \
		"user-listener, root, root-nouserns, root-container," \
		"root-mounts, root-listener, nouserns" ;;
	esac
	case $mode in
	*nouserns | *container | *mounts)
		compile lib tests/lib/nouserns.c || exit 2
		words+=("$BUILD/tests/lib/nouserns")
		[[ $mode != *container ]] || words+=(-c)
		[[ $mode != *mounts ]] || words+=(-n)
		;;
	esac
	if [[ $mode == *listener ]]; then
		compile lib tests/lib/listener.c || exit 2
		words+=("$BUILD/tests/lib/listener")
	fi
	case $mode,$(id -u) in
	root*,0 | user*,[1-9]* | nouserns,*) ;;
	user*,0)
		words+=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		;;
	root*)
		echo "$SUITE: skipped: MODE=$mode needs root"
		exit 0
		;;
	esac
	export MODE_NAME=$mode
	[ ${#words[@]} -eq 0 ] || exec "${words[@]}" "$0" "$@"
}

# The command before a native program: the same lack of privilege as inside.
driver_set_native() {
	NATIVE=(setpriv --no-new-privs --bounding-set=-all --inh-caps=-all)
	if [ "$(id -u)" != 0 ] || ! "${NATIVE[@]}" true 2>/dev/null; then
		NATIVE=(setpriv --no-new-privs)
	fi
}

# A belljar inside $NESTED other ones.  They show the whole host, writable: what
# is not to be had inside, the innermost keeps back.
driver_write_nested() {
	local i layer="$BUILD/belljar run -r / --rw"

	echo '#!/bin/sh'
	echo "exec $layer ${BACKEND:+--backend=$BACKEND} -- \\"
	for ((i = 1; i < NESTED; i++)); do
		echo "$layer -- \\"
	done
	echo "$BUILD/belljar \"\$@\""
}

# The command before a program that runs inside.  $1: more belljar options.
driver_set_sandbox() {
	local given=${SANDBOX:-} belljar=$BUILD/belljar backend=()

	[ -z "${BACKEND:-}" ] || [ -n "${NESTED:-}" ] ||
		backend=(--backend="$BACKEND")

	unset SANDBOX
	case $given in
	'')
		[ -x "$BUILD/belljar" ] ||
			die "$BUILD/belljar is not built (SANDBOX= names another sandbox)"
		[ -z "${NESTED:-}" ] || {
			driver_write_nested >"$T/belljar"
			chmod 755 "$T/belljar"
			belljar=$T/belljar
		}
		# shellcheck disable=SC2206
		SANDBOX=("$belljar" run --rw
			 --ro-bind "$BUILD/tests" "$BUILD/tests"
			 "${backend[@]}" ${BELLJAR_OPTIONS:-} "$@" --)
		;;
	native)
		SANDBOX=("${NATIVE[@]}")
		;;
	*)
		# shellcheck disable=SC2206
		SANDBOX=(${given//@RO@/$T/ro})
		;;
	esac
}

# driver_start NAME [pattern...]
driver_start() {
	SUITE=$1
	shift
	cd "$TOP" || exit 2
	BUILD=${BUILD:-build}
	mkdir -p "$BUILD" 2>/dev/null
	BUILD=$(cd "$BUILD" && pwd) || exit 2
	CC=${CC:-cc}
	TEST_TIMEOUT=${TEST_TIMEOUT:-30}
	[ -n "${COMPILED:-}" ] || driver_compile || die "cannot compile the tests"
	export BUILD COMPILED=1
	[ -z "${COMPILE_ONLY:-}" ] || exit 0
	driver_enter_mode "$@"
	WANTED=("$@")
	T=$(mktemp -d "${TMPDIR:-/tmp}/belljar-test.XXXXXX") || exit 2
	chmod 755 "$T"
	trap 'rm -rf "$T"' EXIT
	trap 'exit 130' INT TERM HUP
	driver_set_native
}

# Replaced by a driver that has something to compile.
driver_compile() {
	:
}

# Is this test named on the command line?  (All are, when none is.)
wanted() {
	local pattern

	[ ${#WANTED[@]} -gt 0 ] || return 0
	for pattern in "${WANTED[@]}"; do
		# shellcheck disable=SC2053
		[[ $1 == $pattern || ${1%%/*} == $pattern ]] && return 0
	done
	return 1
}

ok() {
	PASSED=$((PASSED + 1))
	if known_gap "$1" >/dev/null; then
		echo "ok $1, though listed in known-gaps"
	elif [ -z "${QUIET:-}" ]; then
		echo "ok $1"
	fi
}

# The reason that tests/SUITE/known-gaps gives for a test (its name without
# the place), if it does: "NAME<tab>REASON", or "MODE:NAME<tab>REASON" (nouserns
# is the user-, root- and container modes too, listener both of its), "BACKEND:NAME<tab>REASON", or
# "nested:NAME<tab>REASON".
known_gap() {
	local name=${1/@*([a-z])\//\/} file=tests/$SUITE/known-gaps
	local also=${MODE_NAME:-root}

	[[ $also != *nouserns && $also != *container ]] || also=nouserns
	[[ $also != *listener ]] || also=listener
	[ -r "$file" ] || return 1
	awk -F '\t' -v n="$name" -v m="${MODE_NAME:-root}:$name" \
		-v a="$also:$name" -v b="${BACKEND:-notify}:$name" \
		-v i="${NESTED:+nested}:$name" \
		'$1 == n || $1 == m || $1 == a || $1 == b || $1 == i { print $2; found = 1; exit }
		END { exit !found }' "$file"
}

# fail NAME [TEXT...]: what was expected and what came is on standard input
# when TEXT is "-".  What is known to be missing is skipped, and says so.
fail() {
	local reason

	# An attack that works is never a known gap; its control may be one.
	if { [ "$SUITE" != escape ] || [[ ${2:-} == "the control "* ]]; } &&
		reason=$(known_gap "$1"); then
		[ "${2:-}" != - ] || cat >/dev/null
		skip "$1" "known gap: $reason"
		return
	fi
	FAILED=$((FAILED + 1))
	FAILED_NAMES+=("${1/@*([a-z])\//\/}")
	echo "FAIL $1"
	shift
	if [ "${1:-}" = - ]; then
		sed 's/^/    /'
	elif [ $# -gt 0 ]; then
		printf '    %s\n' "$@"
	fi
}

skip() {
	SKIPPED=$((SKIPPED + 1))
	echo "skip $1: $2"
}

# A suite that compares with a native run on a busy machine may set RETRY: a
# few failures are tried once more, by themselves, and told apart.  What
# fails again has failed.
second_try() {
	[ -n "${RETRY:-}" ] && [ -z "${SECOND_TRY:-}" ] &&
		[ "$FAILED" -gt 0 ] && [ "$FAILED" -le 3 ] || return
	echo "$SUITE: second try of ${FAILED_NAMES[*]}"
	SECOND_TRY=1 "$0" "${FAILED_NAMES[@]}" </dev/null || return
	echo "unsteady: ${FAILED_NAMES[*]}: passed at the second try only"
	PASSED=$((PASSED + FAILED))
	FAILED=0
}

driver_finish() {
	second_try
	echo "$SUITE${MODE_NAME:+ ($MODE_NAME)}${BACKEND:+ ($BACKEND)}${NESTED:+ (inside $NESTED)}:" \
		"$PASSED passed, $FAILED failed, $SKIPPED skipped"
	[ "$FAILED" -eq 0 ] && [ $((PASSED + SKIPPED)) -gt 0 ]
	exit
}

# A fresh empty directory at the same path each time.
fresh() {
	chmod -R u+rwx "$1" 2>/dev/null
	rm -rf "$1"
	mkdir -p "$1"
	chmod 755 "$1"
}

# Run a command with a clean environment, no stray descriptors and a limit.
# limited SECONDS CMD...
limited() {
	local seconds=$1
	shift

	env -i PATH="$CLEAN_PATH" HOME="$T/home" LANG=C.UTF-8 TERM=xterm \
		${CASE_SECONDS:+CASE_SECONDS="$CASE_SECONDS"} \
		${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
		timeout -k 3 "$seconds" "$@" </dev/null \
		3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
}
