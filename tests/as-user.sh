#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# as-user.sh COMMAND...: runs a test driver whose MODE drops root. Where an
# ordinary user cannot reach this checkout (it may lie below /root), the driver
# runs in a copy of it, which is removed afterwards.
set -eu

build=${BUILD:-build}
uid=65534

if [ "$(id -u)" != 0 ] ||
	setpriv --reuid "$uid" --regid "$uid" --clear-groups \
		test -x "$build/belljar" -a -r Makefile; then
	exec "$@"
fi
case $build in
/*)
	echo "as-user: $build cannot be reached by an ordinary user" >&2
	exit 1
	;;
esac

copy=$(mktemp -d /tmp/belljar-user.XXXXXX)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$copy"
mkdir "$copy/tree"
tar -cf - --exclude=./.git --exclude="./$build/results" --exclude='*.o' \
	--exclude='*.d' --exclude="./$build/tests/unit" . |
	tar -xf - --no-same-owner -C "$copy/tree"
cd "$copy/tree"
"$@"
