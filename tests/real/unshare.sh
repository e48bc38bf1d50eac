# SPDX-License-Identifier: Apache-2.0
# unshare and nsenter of an ordinary user.
[ "$(id -u)" != 0 ] || { echo "skip: root without capabilities may not map itself"; exit 77; }
unshare -rm true 2>/dev/null || { echo "skip: no user namespaces natively"; exit 77; }
mkdir m; echo under >m/f
unshare -rm sh -c 'id -u; mount -t tmpfs t m; echo in >m/g; ls m; umount m; ls m; grep -E "^Cap(Eff|Bnd)" /proc/self/status'
ls m
unshare -U sh -c 'id -u; id -g'
unshare -r sh -c 'id; stat -c "%u %g" m; chown 0:0 m/f && echo mine; chown 1 m/f 2>/dev/null || echo "not 1"; cat /proc/self/setgroups'
unshare -rm --propagation slave sh -c 'mount -t tmpfs t m; grep -c " $PWD/m " /proc/self/mountinfo'
unshare -rm --propagation shared sh -c 'grep -m1 -E "^([^ ]+ ){4}/ " /proc/self/mountinfo | grep -o shared; unshare -m --propagation slave sh -c "grep -m1 -E \"^([^ ]+ ){4}/ \" /proc/self/mountinfo | grep -o master"'
unshare -ru sh -c 'hostname elsewhere; hostname; unshare -u sh -c "hostname deeper; hostname"; hostname'
unshare -r --map-user=55 sh -c 'id -u' 
unshare -rm sh -c 'mount -t tmpfs t m; mkdir -p m/root; mount --rbind / m/root 2>/dev/null && chroot m/root /bin/echo chrooted; unshare -rm true && echo nested'
mkfifo go ready
unshare -rmu sh -c 'hostname inside; mount -t tmpfs t m; echo deep >m/f; echo >ready; read x <go' &
read x <ready
nsenter -t $! -U -m -u --preserve-credentials sh -c "id -u; hostname; cat $PWD/m/f"
nsenter --user=/proc/$!/ns/user --mount=/proc/$!/ns/mnt --preserve-credentials cat "$PWD/m/f"
echo >go; wait; cat m/f
unshare -rm sh -c 'umount /proc 2>/dev/null || echo locked; umount -l / 2>/dev/null || echo locked; mount -o remount,rw /usr 2>/dev/null || echo "not mine"'
