#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ENGINE [SUITE...]: the suites inside a container as ENGINE (docker,
# podman) starts it by default, made with Debian's runc from the engine's own
# seccomp profile. SUITE: guest real escape fault, or guest:PATTERN,PATTERN.
#
# CONTAINER_OPTIONS: for mkbundle.py: --uid 0, --readonly, --nnp, --no-caps.
set -u
cd "$(dirname "$0")/../.." || exit
engine=$1
shift
[ $# -gt 0 ] || set -- guest real escape
name=container-$engine
cache=$(realpath -m "${VM_CACHE:-build-vm}")
arch=$(dpkg --print-architecture)
build=${BUILD:-build}

cannot() {
	echo "$name: $*"
	echo "$name: 0 passed, 0 failed, 1 skipped"
	exit 0
}

case $engine in
docker) profile=/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json ;;
podman) profile=/usr/share/containers/seccomp.json ;;
*) echo "check: no such engine: $engine" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || cannot "starting a container with runc needs root"
command -v runc >/dev/null || cannot "runc is missing (make deps-vm installs it)"
[ -r "$profile" ] || cannot "$profile is missing (make deps-vm installs it)"
packages=bash,dash,coreutils,python3,util-linux,mount,procps,grep,sed,findutils
packages=$packages,diffutils,gawk,perl,file,tar,gzip,bzip2,xz-utils,libseccomp2
packages=$packages,busybox-static,sqlite3,libc-bin,bsdutils,less,git,make,gcc
packages=$packages,libc6-dev,python3-venv,mawk,libbsd0,libjansson4,libcap2
tests/vm/fetch.sh "$cache" "tree:$arch:container:$packages" ||
	cannot "its packages cannot be fetched"

for s; do
	s=${s%%:*}
	COMPILE_ONLY=1 "tests/${s%%-*}/run" || exit
done
bundle=$(mktemp -d "${TMPDIR:-/tmp}/belljar-bundle.XXXXXX")
trap 'runc --root "$bundle/state" delete -f "$name-$$" 2>/dev/null; rm -rf "$bundle"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$bundle"
# The container may write below its root: not into what is kept.
cp -a "$cache/tree-container-$arch" "$bundle/rootfs"
mkdir -p "$bundle/rootfs/srv/belljar" "$bundle/tree/build/tests"
tar -cf - Makefile tests | tar -xf - -C "$bundle/tree"
cp "$build/belljar" "$build/belljar-stub" "$bundle/tree/build/"
for d in guest real escape fault lib; do
	[ ! -d "$build/tests/$d" ] || cp -a "$build/tests/$d" "$bundle/tree/build/tests/"
done
chown -R 1000:1000 "$bundle/tree"

commands="cd /srv/belljar; export COMPILED=1 QUIET=1 BUILD=build MODE_NAME=user-container"
commands="$commands; build/belljar check | tail -3"
for s; do
	patterns=
	case $s in
	*:*) patterns=$(echo "${s#*:}" | tr , ' ') s=${s%%:*} ;;
	esac
	commands="$commands; tests/$s/run $patterns"
done
# shellcheck disable=SC2086
python3 tests/container/mkbundle.py "$profile" "$bundle" \
	--bind "$bundle/tree:/srv/belljar" ${CONTAINER_OPTIONS:-} -- \
	bash -c "$commands" || exit
log=$bundle/log
runc --root "$bundle/state" run --bundle "$bundle" "$name-$$" \
	</dev/null 2>&1 | tee "$log"
awk -v n="$name" '
	/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/ {
		match($0, /[0-9]+ passed/); p += substr($0, RSTART)
		match($0, /[0-9]+ failed/); f += substr($0, RSTART)
		match($0, /[0-9]+ skipped/); s += substr($0, RSTART) }
	END { if (!p) f++
		printf "%s: %d passed, %d failed, %d skipped\n", n, p, f, s
		exit f > 0 }' "$log"
