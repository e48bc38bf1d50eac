#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ARCH SERIES [SUITE...]: the suites on another kernel, or on another
# machine, in a virtual one. ARCH: arm64, amd64. SERIES: a kernel of Debian's:
# 5.10, 6.1, 6.12, 6.18, 7.3. SUITE: unit guest conform real escape fault, or
# one with a back end and a mode (guest-user, guest-ptrace-user-nouserns) or
# with patterns (real:bash*,gcc); yama: every scope of Yama's, the last one.
#
# VM_CACHE: where kernels and packages are kept (build-vm). VM_SECONDS: the
# limit for the whole run in the machine. VM_CPUS: 1. PLACES: those of the
# guest suite (host: half of it, in half of the time).
set -u
cd "$(dirname "$0")/../.." || exit
arch=$1 series=$2
shift 2
[ $# -gt 0 ] || set -- unit guest conform real escape
cache=$(realpath -m "${VM_CACHE:-build-vm}")
vm=tests/vm
name=vm-$arch-$series

say() {
	echo "$name: $*"
}

cannot() {
	say "$*"
	echo "$name: 0 passed, 0 failed, 1 skipped"
	exit 0
}

case $series in
5.10) suite=bullseye ;;
6.1 | 6.12) suite=bookworm-security ;;
*) suite=trixie-backports ;;
esac
case $arch in
arm64) triple=aarch64-linux-gnu qemu=qemu-system-aarch64 ;;
amd64) triple=x86_64-linux-gnu qemu=qemu-system-x86_64 ;;
*) echo "check: no such machine: $arch" >&2; exit 2 ;;
esac
for tool in $qemu cpio mke2fs "$triple-gcc"; do
	command -v "$tool" >/dev/null || cannot "$tool is missing (make deps-vm installs it)"
done
packages=bash,dash,coreutils,python3,util-linux,mount,procps,grep,sed,findutils
packages=$packages,diffutils,gawk,perl,file,tar,gzip,bzip2,xz-utils,libseccomp2
packages=$packages,busybox-static,sqlite3,libc-bin,bsdutils,less,git,make
packages=$packages,gcc,libc6-dev
"$vm/fetch.sh" "$cache" "kernel:$suite:$series:$arch" \
	"modules:$suite:$series:$arch" "busybox:$arch" \
	"sysroot:$arch" "root:$arch:programs:$packages" ||
	cannot "its packages cannot be fetched"
initrd=$cache/base-$arch.cpio
[ -e "$initrd" ] && [ "$initrd" -nt "$vm/guest-init.sh" ] ||
	sh "$vm/initrd.sh" "$cache/busybox-$arch" "$initrd" || exit

# Everything is built here, and linked statically but for what tests say.
build=$cache/build-$arch
sys=$cache/sysroot-$arch
mkdir -p "$build"
cat >"$build/cc" <<END
#!/bin/sh
exec $triple-gcc -I$sys/usr/include -L$sys/usr/lib/$triple \
	-Wl,-rpath-link,$sys/usr/lib/$triple:$sys/lib/$triple "\$@"
END
chmod +x "$build/cc"
export PKG_CONFIG_LIBDIR=$sys/usr/lib/$triple/pkgconfig PKG_CONFIG_SYSROOT_DIR=$sys
targets=all
case " $* " in
*" unit"*) targets="all unit-programs" ;;
esac
# shellcheck disable=SC2086
make --no-print-directory -j2 CC="$build/cc" STATIC=1 BUILD="$build" $targets \
	>"$build/make.log" 2>&1 || {
	tail -20 "$build/make.log"
	say "does not compile"
	exit 1
}
for s; do
	s=${s%%:*}
	s=${s%%-*}
	[ ! -x "tests/$s/run" ] || CROSS=1 COMPILE_ONLY=1 CC=$build/cc BUILD=$build \
		"tests/$s/run" || exit
done

# The tree as the machine gets it: the tests and what was built, stripped.
tree=$(mktemp -d "${TMPDIR:-/tmp}/belljar-tree.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
tar -cf - Makefile tests | tar -xf - -C "$tree"
mkdir -p "$tree/build/tests"
cp "$build/belljar" "$build/belljar-stub" "$build/belljar-conform" \
	"$tree/build/"
for d in guest real escape fault lib unit; do
	[ ! -d "$build/tests/$d" ] || cp -a "$build/tests/$d" "$tree/build/tests/"
done
find "$tree/build" -name '*.[od]' -delete
find "$tree/build" -type d -name lib -path '*unit*' -exec rm -r {} +
find "$tree/build" -type f -size +100k -exec "$triple-strip" {} + 2>/dev/null
# What is older than its source would be compiled again.
find "$tree/build" -exec touch {} +

commands="ldconfig; mkdir -p /srv; cp -a /vm/tree /srv/belljar; mkdir -m 1777 /srv/tmp; cd /srv/belljar"
commands="$commands; export COMPILED=1 QUIET=1 TMPDIR=/srv/tmp"
commands="$commands TEST_TIMEOUT=${TEST_TIMEOUT:-240} CASE_SECONDS=90 CK_TIMEOUT_MULTIPLIER=20 BUILD=build${PLACES:+ PLACES=$PLACES}"
for s; do
	patterns=
	case $s in
	*:*) patterns=$(echo "${s#*:}" | tr , ' ') s=${s%%:*} ;;
	esac
	case $s in
	unit) commands="$commands; tests/unit.sh build/tests/unit/*_*" ;;
	yama) commands="$commands; echo; echo '== yama'; tests/vm/yama.sh" ;;
	*)
		# What belljar chooses there by itself, named for the known gaps.
		[ "$series" = 5.10 ] && backend=ptrace || backend=
		mode=${s#"${s%%-*}"}
		case $mode in
		-ptrace*) backend=ptrace mode=${mode#-ptrace} ;;
		esac
		commands="$commands; echo; echo \"== $s\""
		commands="$commands; BACKEND=$backend MODE=${mode#-} tests/${s%%-*}/run $patterns"
		;;
	esac
done
"$vm/boot.sh" -a "$arch" -k "$cache/vmlinuz-$series-$arch" -b "$initrd" \
	-r "$cache/root-programs-$arch.ext4" -f "$tree:/vm/tree" \
	-f "$cache/modules-$series-$arch:/vm/modules" -m 1280 \
	-s "${VM_CPUS:-1}" -t "${VM_SECONDS:-3000}" -- "$commands" |
	tee "$cache/last-$arch-$series.log"
status=${PIPESTATUS[0]}
case $status in
124 | 125) say "the machine did not finish ($status)" ;;
esac
# One line for all suites of this machine: the last count of each.
awk -v n="$name" -v bad="$status" '
	function add() { p += sp; f += sf; s += ss; sp = sf = ss = 0 }
	/^== [a-z-]*$/ { add() }
	/: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/ {
		match($0, /[0-9]+ passed/); sp = 0 + substr($0, RSTART)
		match($0, /[0-9]+ failed/); sf = 0 + substr($0, RSTART)
		match($0, /[0-9]+ skipped/); ss = 0 + substr($0, RSTART) }
	END { add(); if (bad >= 124 || !p) f++
		printf "%s: %d passed, %d failed, %d skipped\n", n, p, f, s
		exit f > 0 }' "$cache/last-$arch-$series.log"
