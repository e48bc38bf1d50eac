# SPDX-License-Identifier: Apache-2.0
# mount --move, --rbind, remount of binds; umount -R, -l, -f, of several, -A.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
tree() { findmnt -n -l -o TARGET,SOURCE,FSTYPE,VFS-OPTIONS | grep "$PWD/" | sed "s|$PWD|HERE|; s/\[[^]]*\]//; s/,inode64//" | tr -s ' '; }
mkdir a b c; mount -t tmpfs one a; mkdir a/s a/d; echo f >a/f; mount -t tmpfs two a/s; echo g >a/s/g
mount --move a b && tree; cat b/f b/s/g; ls -A a; mount --move b/s c; tree; mount --move b b/d 2>/dev/null; echo "into itself: $?"
mount --move b/d c 2>/dev/null; echo "no mount: $?"; mount -M c b/s; mount -M b a; tree
mount --rbind a b; tree; umount b 2>/dev/null; echo "busy: $?"; umount -R b; tree
mount --bind a b; mount -o remount,bind,ro b; tree; touch b/x 2>/dev/null; echo "ro: $?"; touch a/x && echo "rw below"; mount -o remount,bind,rw,nosuid,nodev,noexec b; tree; touch b/y && echo rw
mount -o remount,bind,relatime b; tree; mount -o remount,nodiratime a 2>/dev/null; echo $?; tree; umount b
mount --bind -o ro a b; tree; umount b; mount -B -o noexec a b; cp /bin/true a/true; b/true 2>/dev/null; echo "noexec: $?"; a/true; echo "exec: $?"; umount b
mount --rbind -o ro a b; tree; touch b/s/z; echo "below: $?"; umount -R b
mount -o ro,remount a 2>/dev/null; touch a/z 2>/dev/null; echo "ro: $?"; mount -o rw,remount a 2>/dev/null; touch a/z; echo "rw: $?"
exec 7<a/f; umount a 2>/dev/null; echo "busy: $?"; umount -l a; tree; cat <&7; exec 7<&-; ls -A a
mount -t tmpfs x a; cd a; umount "$OLDPWD/a" 2>/dev/null; echo "cwd: $?"; umount -l "$OLDPWD/a"; ls -A . && cd "$OLDPWD"; tree
mount -t tmpfs x a; mount -t tmpfs y a; tree; umount a; tree; umount -f a; tree; umount a 2>/dev/null; echo "none: $?"
mount -t tmpfs x a; mount -t tmpfs y b; umount a b c 2>/dev/null; echo "two of three: $?"; tree
mount -t tmpfs x a; mkdir a/p; mount --bind a/p b; mount --bind a c; tree; umount b c; umount -A a 2>/dev/null; tree; umount -q a 2>/dev/null; umount -c "$PWD/a" 2>/dev/null; echo $?
mount -r -t tmpfs x a; tree; mount -w -o remount x a 2>/dev/null; tree; umount --no-canonicalize "$PWD/a"; mount -n -t tmpfs x a; umount -n a; mount -f -t tmpfs x a; tree; mount -v -t tmpfs x a | sed "s|$PWD|HERE|"; umount -v a 2>&1 | sed "s|$PWD|HERE|"
cd ..; umount -R w 2>/dev/null || umount -l w
