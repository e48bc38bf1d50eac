#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# boot.sh -a ARCH -k KERNEL -b INITRD [-r ROOT.ext4] [-f FILE:GUESTPATH]...
#         [-s CPUS] [-m MEGABYTES] [-t SECONDS] -- COMMAND
# Boots a machine (QEMU without hardware acceleration), runs a shell command in
# it as root and powers it off. Standard output: what the command printed. Exit
# status: the command's; 124 it took too long; 125 the machine died.
# CPU, VM_MACHINE: QEMU's -cpu, and -M for arm64 (virt,mte=on has tagged memory,
# and takes three times as long).
set -u
arch=arm64 cpus=1 mem=512 limit=120 root= initrd= kernel= files=() more=()
while getopts a:k:b:r:f:s:m:t: o; do
	case $o in
	a) arch=$OPTARG ;;
	k) kernel=$OPTARG ;;
	b) initrd=$OPTARG ;;
	r) root=$OPTARG ;;
	f) files+=("$OPTARG") ;;
	s) cpus=$OPTARG ;;
	m) mem=$OPTARG ;;
	t) limit=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
w=$(mktemp -d "${TMPDIR:-/tmp}/belljar-vm.XXXXXX")
trap 'rm -rf "$w"' EXIT

# The payload: an initramfs of its own, put behind the first (each part must
# start at a multiple of four).
mkdir -p "$w/p/vm"
printf '%s\n' "$*" >"$w/p/vm/cmd"
for f in ${files[@]+"${files[@]}"}; do
	mkdir -p "$w/p/$(dirname "${f#*:}")"
	cp -a "${f%%:*}" "$w/p/${f#*:}"
done
(cd "$w/p" && find . -mindepth 1 | LC_ALL=C sort |
	cpio -o -H newc -R 0:0 --quiet) >"$w/p.cpio"
for part in "$initrd" "$w/p.cpio"; do
	cat "$part" >>"$w/initrd"
	truncate -s %4 "$w/initrd"
done
: >"$w/out"
: >"$w/rc"
case $arch in
arm64)
	machine=(qemu-system-aarch64 -M "${VM_MACHINE:-virt}" -cpu "${CPU:-max,pauth-impdef=on}"
		-serial "file:$w/console" -device pci-serial,chardev=out
		-device pci-serial,chardev=rc)
	append="console=ttyAMA0"
	;;
amd64)
	# Emulated, what guards the kernel from user memory costs half of all time.
	machine=(qemu-system-x86_64 -M pc
		-cpu "${CPU:-max,smap=off,smep=off,la57=off}"
		-serial "file:$w/console" -serial chardev:out -serial chardev:rc)
	append="console=ttyS0"
	;;
*)
	echo "boot: -a $arch: not arm64 or amd64" >&2
	exit 2
	;;
esac
if [ -n "$root" ]; then
	more+=(-drive "file=$root,if=none,id=d0,format=raw,snapshot=on"
		-device nvme,serial=d0,drive=d0)
	append="$append vmroot=/dev/nvme0n1"
fi
# Code that lies at random addresses is translated anew for each process: that
# takes three times as long, and longer with each that there has been.
append="$append norandmaps"
timeout --foreground -k 5 "$limit" "${machine[@]}" -accel tcg,thread=multi \
	-smp "$cpus" -m "$mem" -nodefaults -no-user-config -display none \
	-no-reboot -net none -chardev "file,id=out,path=$w/out" \
	-chardev "file,id=rc,path=$w/rc" -kernel "$kernel" -initrd "$w/initrd" \
	-append "$append panic=-1 quiet mitigations=off" ${more[@]+"${more[@]}"} \
	</dev/null >"$w/qemu.log" 2>&1
status=$?
cat "$w/out"
rc=$(sed -n 's/^rc //p' "$w/rc")
if [ -z "$rc" ]; then
	{
		echo "boot: the machine ended without a status; its console:"
		tail -40 "$w/console"
		cat "$w/qemu.log"
	} >&2
	[ "$status" = 124 ] && exit 124
	exit 125
fi
exit "$rc"
