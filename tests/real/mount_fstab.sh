# SPDX-License-Identifier: Apache-2.0
# mount -a and by name from a table of one's own, --mkdir, X-mount.*, errors.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
tree() { findmnt -n -l -o TARGET,SOURCE,FSTYPE,OPTIONS | grep "$PWD/" | sed "s|$PWD|HERE|g; s/,uid=[0-9]*,gid=[0-9]*//; s/,inode64//" | tr -s ' '; }
mkdir a b c; cat >tab <<EOF
# a comment
one $PWD/a tmpfs size=64k,mode=755 0 0
two $PWD/a\\040b tmpfs nosuid,nodev,X-mount.mkdir 0 0
$PWD/a $PWD/b none bind,ro 0 0
three $PWD/c tmpfs noauto,noexec 0 0
EOF
findmnt --verify -F tab >/dev/null 2>&1; echo "verify: $?"; findmnt -n -F tab -o SOURCE,FSTYPE,OPTIONS | sed "s|$PWD|HERE|" | tr -s ' '
mount -a -T tab; echo "all: $?"; tree; mount -a -T tab; echo "again: $?"; tree
mount -T tab "$PWD/c"; tree; mount -T tab "$PWD/none" 2>/dev/null; echo "not there: $?"
mount -T tab -o remount,exec "$PWD/c"; tree; umount c b 'a b' a; tree
mount --mkdir -t tmpfs x new/deep && tree; umount new/deep; ls -d new/deep; mount --mkdir=700 -t tmpfs x new/mode && stat -c %a new; umount new/mode; stat -c %a new/mode
mount -t tmpfs x missing 2>/dev/null; echo "missing: $?"; mount -t weirdfs x a 2>/dev/null; echo "type: $?"; mount -t tmpfs -o nonsense=1 x a 2>/dev/null; echo "option: $?"
mount --bind nowhere a 2>/dev/null; echo "source: $?"; echo >file; mount -t tmpfs x file 2>/dev/null; echo "file: $?"; mount --bind a file 2>/dev/null; echo "dir on file: $?"
mount -t tmpfs --source x --target a; tree; mountpoint -q a; echo "mountpoint: $?"; umount a
mount --bind -o X-mount.idmap=b:0:1000:1 a b 2>/dev/null; echo "idmap: $?"; tree
mount -t tmpfs,weirdfs x a 2>/dev/null; echo "types: $?"; tree; umount a 2>/dev/null
mount -t tmpfs -o nosuid,nodev,noexec,noatime,nodiratime,ro,sync,dirsync,mand x a 2>/dev/null; tree; umount a
mount -t tmpfs -o strictatime,lazytime x a; tree; umount a; mount -t tmpfs -o nosymfollow x a 2>/dev/null && tree && umount a
cd ..; umount -R w 2>/dev/null || umount -l w
