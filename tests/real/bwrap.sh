# SPDX-License-Identifier: Apache-2.0
# bubblewrap, unchanged: user, mount, UTS, IPC and cgroup namespaces.
command -v bwrap >/dev/null || { echo "skip: bwrap is missing"; exit 77; }
bwrap --unshare-user --ro-bind / / true || { echo "skip: bwrap cannot work here"; exit 77; }
b() { bwrap --unshare-user --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp "$@"; }
b sh -c 'touch /tmp/x && ls /tmp; touch /usr/x 2>/dev/null || echo "/usr is read-only"; ls /dev'
b --uid 1000 --gid 1001 sh -c 'id -u; id -g; grep -E "^(Uid|Gid|CapEff)" /proc/self/status; tr -s " " </proc/self/uid_map | cut -d" " -f2,4'
b --unshare-uts --hostname inside --unshare-ipc --unshare-cgroup sh -c 'hostname; uname -n; cat /proc/sys/kernel/hostname'
mkdir d; echo outside >d/f
b --bind "$PWD/d" /tmp/d --ro-bind "$PWD/d/f" /tmp/g sh -c 'cat /tmp/d/f /tmp/g; echo in >/tmp/d/n; echo no 2>/dev/null >/tmp/g || echo "g is read-only"; stat -c %u /tmp/d/n | grep -qx "$(id -u)" && echo mine'
cat d/n
b --dir /tmp/a/b --symlink b /tmp/a/c --file 3 /tmp/a/f 3<<<text sh -c 'cd /tmp/a; readlink c; cat f; pwd'
bwrap --unshare-user --tmpfs / --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc sh -c 'ls / | grep -v lib; grep -c " / / " /proc/self/mountinfo; cut -d" " -f5 /proc/self/mountinfo | sort | head -3; mount -t tmpfs x /proc 2>&- || echo "no more mounts"'
b sh -c 'exit 7'; echo $?
b --cap-add ALL --unshare-user --uid 0 --gid 0 sh -c 'mkdir /tmp/m && mount -t tmpfs x /tmp/m && touch /tmp/m/f && ls /tmp/m && umount /tmp/m && ls /tmp/m'
b bwrap --unshare-user --ro-bind / / sh -c 'echo nested; readlink /proc/self/ns/user | cut -d: -f1'
