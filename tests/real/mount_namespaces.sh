# SPDX-License-Identifier: Apache-2.0
# nsenter -t PID -m, by file, unshare --map-root-user -m, mounts seen through /proc.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
mkdir m; mkfifo go ready; echo under >m/f
unshare -m --propagation private sh -c 'mount -t tmpfs t m; echo deep >m/f; : >ready; read x <go' &
: <ready; pid=$!
cat m/f; nsenter -t $pid -m cat "$PWD/m/f"; nsenter --mount=/proc/$pid/ns/mnt cat "$PWD/m/f"; nsenter -t $pid -m sh -c "mount -t tmpfs more $PWD/m; ls $PWD/m; umount $PWD/m; cat $PWD/m/f"
nsenter -t $pid -m -w sh -c 'cat m/f'; nsenter -t $pid -m -w"$PWD/m" cat f; nsenter -t $pid -m -r cat "$PWD/m/f"
cat /proc/$pid/root"$PWD"/m/f; cat /proc/$pid/cwd/m/f; grep -c " $PWD/m " /proc/$pid/mountinfo /proc/$pid/mounts | sed 's/.*://'; findmnt -N $pid -n -o TARGET "$PWD/m" | sed "s|$PWD|HERE|"
[ "$(readlink /proc/self/ns/mnt)" != "$(readlink /proc/$pid/ns/mnt)" ] && echo another; [ "$(nsenter -t $pid -m readlink /proc/self/ns/mnt)" = "$(readlink /proc/$pid/ns/mnt)" ] && echo entered; lsns -n -t mnt -o NS -p $pid | tr -d ' 0-9'
mount -N $pid -t tmpfs n "$PWD/m" && nsenter -t $pid -m ls "$PWD/m"; umount -N $pid "$PWD/m"; nsenter -t $pid -m cat "$PWD/m/f"
exec 5</proc/$pid/ns/mnt; echo >go; wait; nsenter --mount=/dev/fd/5 cat "$PWD/m/f"; nsenter --mount=/proc/self/fd/5 sh -c 'umount '"$PWD"'/m; cat '"$PWD"'/m/f'; exec 5<&-; nsenter -t $pid -m true 2>/dev/null; echo "gone: $?"
unshare --map-root-user -m sh -c 'id -u; mount -t tmpfs t m; ls m; mount -o remount,ro m 2>/dev/null; umount m; cat m/f'
unshare --map-root-user -m --propagation slave sh -c 'mount --bind m m; findmnt -n -o PROPAGATION m; umount -l m'
unshare -m sh -c 'unshare -m sh -c "mount -t tmpfs t m; ls m"; cat m/f'
cd ..; umount -R w 2>/dev/null || umount -l w
