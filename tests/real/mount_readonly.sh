# SPDX-License-Identifier: Apache-2.0
# Remounting read-only: EROFS on write, EBUSY with an open writer.
mkdir -p s d; echo x >s/f; mount --bind s d
exec 5>>d/f; mount -o remount,bind,ro d 2>/dev/null; echo "with a writer $?"; exec 5>&-
mount -o remount,bind,ro d && echo remounted; { echo y >d/f; } 2>&1 | grep -o 'Read-only file system'; touch d/n 2>&1 | grep -o 'Read-only file system'; rm d/f 2>&1 | grep -o 'Read-only file system'
cat d/f; echo y >s/f; cat d/f; findmnt -n -o OPTIONS d | cut -d, -f1; mount -o remount,bind,rw d; echo z >d/f; cat s/f; umount d
mount -t tmpfs -o ro t d; touch d/x 2>&1 | grep -o 'Read-only file system'; mount -o remount,rw d && touch d/x && ls d; mount -o remount,ro d; touch d/y 2>/dev/null; echo $?; umount d
