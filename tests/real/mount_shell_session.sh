# SPDX-License-Identifier: Apache-2.0
# What a person would do: a scratch root, chroot into it.
mkdir -p root/{bin,proc,tmp,here}; cp "$(command -v busybox || echo /bin/busybox)" root/bin/busybox 2>/dev/null || { echo "no busybox"; exit 0; }
mount -t tmpfs t root/tmp; mount --bind . root/here; mount --rbind /proc root/proc
chroot root /bin/busybox sh -c 'cd /; /bin/busybox ls /; echo x >/tmp/f; /bin/busybox ls -d /here/root/bin; /bin/busybox grep -q . /proc/self/mounts && echo mounts; cd /..; /bin/busybox pwd; /bin/busybox ls /here/../tmp'
cat root/tmp/f; umount root/tmp root/here; umount -l root/proc; find root -type f | sort; swapon -s >/dev/null 2>&1; id -u; touch f; chown 0:0 f && stat -c %u f
