#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that the build and the tests use and that are
# not there yet. Without root it prints the line to ask an administrator for.
# deps.sh --vm: those of the tests in virtual machines as well.
set -eu

build="gcc libc6-dev make pkg-config libseccomp-dev libcap-dev
libjansson-dev"
tests="check g++ git perl python3 busybox-static musl-tools util-linux mount procps
file"

[ "${1:-}" != --vm ] || tests="$tests qemu-system-arm qemu-system-x86
gcc-aarch64-linux-gnu libc6-dev-arm64-cross cpio xz-utils e2fsprogs runc
golang-github-docker-docker-dev golang-github-containers-common"

if ! command -v dpkg-query >/dev/null 2>&1; then
	if pkg-config --exists libseccomp libcap jansson 2>/dev/null; then
		exit 0
	fi
	echo "deps: not a Debian system; install the equivalents of:" >&2
	echo "$build" >&2
	exit 1
fi

missing=
for p in $build $tests; do
	st=$(dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null || true)
	case "$st" in
	*not-installed* | "") missing="$missing $p" ;;
	*installed*) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ]; then
	echo "deps: packages are missing and only root can install them:" >&2
	echo "    sudo $line" >&2
	exit 1
fi

echo "deps: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
if ! $line >"$log" 2>&1 </dev/null; then
	apt-get update >"$log" 2>&1 </dev/null || true
	if ! $line >>"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		echo "deps: '$line' failed" >&2
		exit 1
	fi
fi
