# SPDX-License-Identifier: Apache-2.0
# Mounts on mounts, busy and lazy unmounting.
mkdir m; mount -t tmpfs a m; mkdir m/n; mount -t tmpfs b m/n; mkdir m/n/o; mount -t tmpfs c m/n/o; echo deep >m/n/o/f
findmnt -n -R -o SOURCE m; umount m 2>/dev/null; echo "busy $?"; cat m/n/o/f; umount -l m && ls m; findmnt -n m; echo $?
mount -t tmpfs t m; (cd m; umount ../m 2>/dev/null; echo "cwd busy $?"); exec 5<m; umount m 2>/dev/null; echo "open busy $?"; exec 5<&-; umount m; echo $?; umount m 2>/dev/null; echo $?
for i in 1 2 3; do mount -t tmpfs l$i m; touch m/$i; done; ls m; umount m; ls m; umount m; ls m; umount m; ls m; rmdir m && echo removed
mkdir p; mount -t tmpfs t p; rmdir p 2>/dev/null; echo $?; mv p q 2>/dev/null; echo $?; umount p
