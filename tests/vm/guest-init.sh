#!/vm/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of a test machine. Ours is all below /vm: busybox, init,
# cmd. The machine's own root cannot be pivoted and a chroot may make no user
# namespaces, so a real root is always switched to: a tmpfs with a copy of the
# initramfs, or the disk that vmroot= names. Results leave by serial ports.
B=/vm/busybox
if [ "$1" != stage2 ]; then
	export PATH=/bin
	$B mkdir -p /newroot /proc
	$B mount -t proc proc /proc
	$B mount -t devtmpfs dev /dev
	dev=
	for w in $($B cat /proc/cmdline); do
		case $w in vmroot=*) dev=${w#vmroot=} ;; esac
	done
	if [ -n "$dev" ]; then
		i=0
		while [ ! -b "$dev" ] && [ $i -lt 200 ]; do
			$B sleep 0.05
			i=$((i + 1))
		done
		$B mount -t ext4 "$dev" /newroot || $B poweroff -f
		$B mkdir -p /newroot/vm
		$B mount -t tmpfs -o mode=755 tmpfs /newroot/vm
		$B cp -a /vm/. /newroot/vm/
	else
		$B mount -t tmpfs -o mode=755 tmpfs /newroot
		for e in /*; do
			case $e in /newroot | /dev | /proc | /sys) ;; *) $B cp -a "$e" /newroot/ ;; esac
		done
		$B mkdir -p /newroot/dev /newroot/proc /newroot/sys
	fi
	$B umount /proc
	$B mount -o move /dev /newroot/dev
	exec $B switch_root /newroot $B sh /vm/init stage2
fi
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
for m in "proc /proc" "sysfs /sys" "tmpfs /tmp" "tmpfs /run"; do
	set -- $m
	$B mkdir -p "$2"
	$B mount -t "$1" "$1" "$2"
done
$B mkdir -p /dev/pts /dev/shm
$B mount -t devpts devpts /dev/pts
$B mount -t tmpfs tmpfs /dev/shm
$B mount -t cgroup2 cgroup2 /sys/fs/cgroup
$B mount -t securityfs securityfs /sys/kernel/security
$B chmod 1777 /tmp /dev/shm
$B ln -s /proc/self/fd /dev/fd
$B ln -s /proc/self/fd/0 /dev/stdin
$B ln -s /proc/self/fd/1 /dev/stdout
$B ln -s /proc/self/fd/2 /dev/stderr
for m in /vm/modules/*.ko; do
	[ ! -e "$m" ] || $B insmod "$m"
done
[ -e /etc/hostname ] || echo guest >/etc/hostname
[ -e /etc/shadow ] || (umask 077; echo 'root:*:20000:0:99999:7:::' >/etc/shadow)
$B ip link set lo up
$B hostname guest
read -r up _ </proc/uptime
case $($B uname -m) in
x86_64) OUT=/dev/ttyS1 RC=/dev/ttyS2 ;;
*) OUT=/dev/ttyS0 RC=/dev/ttyS1 ;;
esac
for t in $OUT $RC; do
	$B stty -F $t raw -echo
done
echo "up $up" >$RC
sh="$B sh"
[ -x /bin/bash ] && sh=/bin/bash
cd /
$sh /vm/cmd </dev/null >$OUT 2>&1
rc=$?
# Waits until the output has left.
$B stty -F $OUT raw -echo
read -r up2 _ </proc/uptime
echo "end $up2" >$RC
echo "rc $rc" >$RC
$B sync
$B poweroff -f
