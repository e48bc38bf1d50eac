# SPDX-License-Identifier: Apache-2.0
# A tmpfs with a size: ENOSPC when it is exceeded.
mkdir m && mount -t tmpfs -o size=1m,mode=750 name m && stat -c %a m
dd if=/dev/zero of=m/f bs=64k count=64 2>&1 | grep -o 'No space left on device'; stat -c %s m/f
df --output=source,fstype,size,used,avail,pcent,target m | sed "s|$PWD|HERE|"; mountpoint m; mount -o remount,size=2m m && df --output=size m | tail -1
rm m/f; echo ok >m/f; cat m/f; umount m && mountpoint m; ls m
mount -t tmpfs -o size=nonsense x m 2>/dev/null; echo $?; mount -t unknownfs x m 2>/dev/null; echo $?; mount -t tmpfs x none 2>/dev/null; echo $?
