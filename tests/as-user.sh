#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# as-user.sh COMMAND...: runs a test driver as an ordinary user without
# groups, capabilities or a way to this checkout: in a copy of the tree that
# belongs to that user and is removed afterwards. Only root can run it.
set -eu

uid=${TEST_USER:-65534}
build=${BUILD:-build}
copy=$(mktemp -d /tmp/belljar-user.XXXXXX)
trap 'rm -rf "$copy"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$copy/tree" "$copy/home" "$copy/tmp"
tar -cf - --exclude=./.git --exclude='./build-*' --exclude="./$build/results" \
	--exclude='*.o' --exclude='*.d' --exclude="./$build/tests/unit" \
	. | tar -xf - -C "$copy/tree"
case $build in
/*) cp -r "$build" "$copy/tree/build-given" && BUILD=build-given && export BUILD ;;
esac
chown -R "$uid:$uid" "$copy"
cd "$copy/tree"
HOME=$copy/home TMPDIR=$copy/tmp USER=nobody LOGNAME=nobody \
	setpriv --reuid "$uid" --regid "$uid" --clear-groups \
	--inh-caps=-all "$@"
