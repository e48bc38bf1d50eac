#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# small.sh: the part of `make check-arm64` that `make check` has time for: the
# unit tests that know the machine, and programs on both back ends, in a machine
# of an initramfs alone. Skipped, saying why, where there is no QEMU, no cross
# compiler or no kernel to be had.
#
# VM_CACHE: where kernel and libraries are kept (build-vm).
set -u
cd "$(dirname "$0")/../.." || exit
cache=$(realpath -m "${VM_CACHE:-build-vm}")
build=${BUILD:-build}-arm64
sys=$cache/sysroot-arm64
triple=aarch64-linux-gnu
units="arch_decode arch_regs supervisor_elf supervisor_filter
	supervisor_filter_facts supervisor_probe
	supervisor_seglayout supervisor_stub"

cannot() {
	echo "arm64: skipped: $*"
	echo "arm64: 0 passed, 0 failed, 1 skipped"
	exit 0
}

for tool in qemu-system-aarch64 $triple-gcc cpio pkg-config; do
	command -v "$tool" >/dev/null ||
		cannot "$tool is missing (make deps-vm installs it)"
done
timeout 90 tests/vm/fetch.sh "$cache" kernel:bookworm-security:6.1:arm64 \
	busybox:arm64 sysroot:arm64 >/dev/null 2>&1 ||
	cannot "kernel and libraries cannot be fetched"

mkdir -p "$build"
cat >"$build/cc" <<END
#!/bin/sh
exec $triple-gcc -I$sys/usr/include -L$sys/usr/lib/$triple "\$@"
END
chmod +x "$build/cc"
programs=
for u in $units; do
	[ ! -e "tests/unit/$u.c" ] || programs="$programs $build/tests/unit/$u"
done
# Not optimised: compiling takes longer than running.
# shellcheck disable=SC2086
PKG_CONFIG_LIBDIR=$sys/usr/lib/$triple/pkgconfig PKG_CONFIG_SYSROOT_DIR=$sys \
	make --no-print-directory -j2 CC="$build/cc" STATIC=1 CFLAGS=-O0 \
	BUILD="$build" all $programs >"$build/make.log" 2>&1 || {
	tail -20 "$build/make.log"
	echo "arm64: 0 passed, 1 failed, 0 skipped"
	exit 1
}

tree=$(mktemp -d "${TMPDIR:-/tmp}/belljar-tree.XXXXXX")
trap 'rm -rf "$tree"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$tree"
mkdir -p "$tree/build"
cp tests/unit.sh tests/vm/smoke.sh "$tree/"
# shellcheck disable=SC2086
cp $programs "$build/belljar" "$build/belljar-stub" "$tree/build/"
$triple-strip "$tree"/build/*
sh tests/vm/initrd.sh "$cache/busybox-arm64" "$build/initrd" || exit
tests/vm/boot.sh -a arm64 -k "$cache/vmlinuz-6.1-arm64" -b "$build/initrd" \
	-f "$tree:/vm/tree" -t 180 -- "cd /vm/tree; export CK_TIMEOUT_MULTIPLIER=20;
	BUILD=build sh unit.sh build/*_*; sh smoke.sh build/belljar" >"$build/log" 2>&1
status=$?
cat "$build/log"
# Emulation on a busy machine: no verdict on arm64.
[ $status != 124 ] || cannot "the machine did not finish in 180 seconds"
awk -v bad=$status '
	/^(unit|smoke): [0-9]+ passed, [0-9]+ failed/ { p += $2; f += $4; n++ }
	END { if (n < 2) f++
		printf "arm64: %d passed, %d failed, 0 skipped\n", p, f
		exit f > 0 }' "$build/log"
