# SPDX-License-Identifier: Apache-2.0
# bind and rbind.
mkdir -p s/sub d r; echo under >s/sub/u; mount -t tmpfs t s/sub; echo over >s/sub/o; echo f >s/f
mount --bind s d && ls d d/sub; mount --rbind s r && ls r r/sub; findmnt -n -o TARGET,FSTYPE -R r | sed "s|$PWD|HERE|; s/hostfs\|ext4\|overlay\|tmpfs\|btrfs\|xfs/FS/" | tr -s ' '
echo new >d/n; cat s/n r/n; umount d; umount r 2>/dev/null; echo "busy $?"; umount -R r && ls r; umount s/sub; ls s/sub
touch file target; echo content >file; mount --bind file target; cat target; umount target; cat target; mount --bind none d 2>/dev/null; echo $?; mount --bind file d 2>/dev/null; echo $?
