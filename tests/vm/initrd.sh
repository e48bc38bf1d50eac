#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# initrd.sh BUSYBOX OUT: an initramfs that holds busybox and guest-init.sh
# (not compressed: unpacking costs more than it saves).
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/belljar-initrd.XXXXXX")
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir -p "$dir/vm" "$dir/bin" "$dir/sbin" "$dir/dev" "$dir/etc" "$dir/root" \
	"$dir/mnt" "$dir/usr/bin" "$dir/usr/sbin" "$dir/lib"
mkdir -m 1777 "$dir/tmp"
install -m 755 "$1" "$dir/vm/busybox"
install -m 755 "$1" "$dir/bin/busybox"
install -m 755 "$(dirname "$0")/guest-init.sh" "$dir/vm/init"
ln -s vm/init "$dir/init"
for name in sh mount umount mkdir rmdir cat ls echo uname stty ip sync sleep \
	true false dmesg ps id env chmod chown cp mv rm ln grep sed awk head tail \
	wc dd date timeout setsid su find tr cut sort seq test expr mktemp cmp \
	kill readlink stat touch printf od; do
	ln -s busybox "$dir/bin/$name"
done
printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/tmp:/bin/sh \
	nobody:x:65534:65534::/:/bin/false >"$dir/etc/passwd"
printf '%s\n' root:x:0: user:x:1000: >"$dir/etc/group"
(cd "$dir" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
