#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ENGINE [SUITE...]: the suites inside a container as ENGINE (docker,
# podman) starts it by default, made with Debian's runc from the engine's own
# seccomp profile. SUITE: day (day.sh), guest real escape conform fault bench,
# or one with a back end (guest-ptrace) or with patterns (real:git,make*).
#
# Mounts and namespaces inside are compared with what they do natively in a
# container of the same files that may have them (mkbundle.py --free).
#
# CONTAINER_OPTIONS: for mkbundle.py: --uid 0, --readonly, --nnp, --no-caps.
# RUN: a command to run there instead of the suites.
set -u
cd "$(dirname "$0")/../.." || exit
engine=$1
shift
[ $# -gt 0 ] || set -- day guest real escape conform
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
packages=$packages,libc6-dev,python3-venv,mawk,libjansson4,libcap2
tests/vm/fetch.sh "$cache" "tree:$arch:container:$packages" ||
	cannot "its packages cannot be fetched"

case " ${CONTAINER_OPTIONS:-} " in
*" --uid 0 "*) uid=0 mode=root-container ;;
*) uid=1000 mode=user-container ;;
esac

# The driver of a suite.
driver() {
	case $1 in
	day) echo tests/container/day.sh ;;
	*) echo "tests/$1/run" ;;
	esac
}

for s; do
	s=${s%%:*}
	COMPILE_ONLY=1 "$(driver "${s%%-*}")" || exit
done
bundle=$(mktemp -d "${TMPDIR:-/tmp}/belljar-bundle.XXXXXX")
trap 'runc --root "$bundle/state" delete -f "$name-$$" 2>/dev/null; rm -rf "$bundle"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$bundle"
# The container may write below its root: not into what is kept.
cp -a "$cache/tree-container-$arch" "$bundle/rootfs"
mkdir -p "$bundle/rootfs/srv/belljar" "$bundle/tree/build/tests" \
	"$bundle/tree/work"
[ -e "$bundle/rootfs/usr/bin/cc" ] || ln -s gcc "$bundle/rootfs/usr/bin/cc"
# What the engines put there.
echo container >"$bundle/rootfs/etc/hostname"
echo 127.0.0.1 localhost container >"$bundle/rootfs/etc/hosts"
: >"$bundle/rootfs/etc/resolv.conf"
tar -cf - Makefile tests bench | tar -xf - -C "$bundle/tree"
for f in belljar belljar-stub belljar-conform; do
	[ ! -e "$build/$f" ] || cp "$build/$f" "$bundle/tree/build/"
done
for d in guest real escape fault lib; do
	[ ! -d "$build/tests/$d" ] || cp -a "$build/tests/$d" "$bundle/tree/build/tests/"
done
rm -f "$bundle"/tree/build/tests/*/*.kept-*
chown -R "$uid:$uid" "$bundle/tree"

# contained OPTIONS COMMANDS: one container, from its start to its end.
contained() {
	# shellcheck disable=SC2086
	python3 tests/container/mkbundle.py "$profile" "$bundle" --uid "$uid" \
		--bind "$bundle/tree:/srv/belljar" $1 -- bash -c "
			cd /srv/belljar
			export COMPILED=1 QUIET=1 BUILD=build TMPDIR=\$PWD/work
			$2" || return
	runc --root "$bundle/state" run --bundle "$bundle" "$name-$$" </dev/null 2>&1
}

free=""
commands="echo container: \$(id -u); build/belljar check | tail -3"
for s; do
	patterns="" backend=""
	case $s in
	*:*) patterns=$(echo "${s#*:}" | tr , ' ') s=${s%%:*} ;;
	esac
	case $s in
	*-ptrace) backend=ptrace s=${s%-*} ;;
	esac
	# The kernel itself is not to be asked through a profile.
	[ "$s" != conform ] || backend="$backend TARGETS='core belljar'"
	commands="$commands
		BACKEND=$backend MODE_NAME=$mode $(driver "$s") $patterns"
	case $s in
	guest) words="mount_* userns*" ;;
	real) words="mount_* unshare*" ;;
	*) continue ;;
	esac
	free="$free
		SANDBOX=native tests/$s/run $words"
done
[ -z "$free" ] || contained --free "$free" >"$bundle/free" ||
	{ cat "$bundle/free"; exit 1; }
log=$bundle/log
[ -z "$free" ] || commands="export KEPT=1; $commands"
contained "${CONTAINER_OPTIONS:-}" "${RUN:-$commands}" | tee "$log"
[ -z "${RUN:-}" ] || exit "${PIPESTATUS[0]}"
awk -v n="$name${CONTAINER_OPTIONS:+ ($CONTAINER_OPTIONS)}" '
	/^[a-z]*: second try of / { again = 1; next }
	/^(day|guest|real|escape|conform|fault) [(].*: [0-9]+ passed, / {
		if (again) {
			again = 0
			next
		}
		match($0, /[0-9]+ passed/); p += substr($0, RSTART)
		match($0, /[0-9]+ failed/); f += substr($0, RSTART)
		match($0, /[0-9]+ skipped/); s += substr($0, RSTART) }
	END { if (!p) f++
		printf "%s: %d passed, %d failed, %d skipped\n", n, p, f, s
		exit f > 0 }' "$log"
