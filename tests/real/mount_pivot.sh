# SPDX-License-Identifier: Apache-2.0
# pivot_root(8), the idiom with two dots, a script that switches root, unshare -R.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir new; mount --rbind / new; mkdir -p new/tmp; mount -t tmpfs marker new/tmp; mkdir new/tmp/old; echo new >new/tmp/where; echo old >where; here=$PWD
unshare -m --propagation unchanged sh -c 'cd new; pivot_root . tmp/old; cat /tmp/where; cat /tmp/old$0/where; ls -d /tmp/old/tmp/old 2>&1; cd /; umount -l /tmp/old; ls /tmp/old; findmnt -n -o TARGET,SOURCE /tmp | tail -1' "$PWD" | sed "s|$PWD|HERE|" | tr -s ' '
unshare -m --propagation unchanged sh -c 'cd new; pivot_root . .; umount -l .; cd /; cat tmp/where; ls -d "$0/new" 2>/dev/null || echo gone; grep -cE "^([^ ]+ ){4}/ " /proc/self/mountinfo' "$PWD"
unshare -m --propagation unchanged sh -c 'cd new; pivot_root . . && exec chroot . sh -c "umount -l .; cat /tmp/where"'
# as initramfs scripts do: move what is to stay, move the root over "/", chroot
mkdir root; mount -t tmpfs root root; mkdir -p root/usr root/etc root/proc root/dev root/run root/tmp; for l in bin sbin lib lib64; do [ -e /$l ] && ln -s usr/$l root/$l; done
mount --rbind /usr root/usr; mount --rbind /etc root/etc; mount --rbind /dev root/dev; mount --rbind /proc root/proc; echo switched >root/where
unshare -m --propagation unchanged sh -c 'mount -t tmpfs run root/run; echo kept >root/run/k; cd root; mount --move . / && exec chroot . sh -c "cd /; cat /where /run/k; ls /; grep -c \" / / \" /proc/self/mountinfo"'
unshare -m --propagation unchanged sh -c 'cd root; mkdir -p old; pivot_root . old; umount -l old; rmdir old; ls /; touch /w && echo writable; mount -o remount,ro /; touch /w2 2>/dev/null || echo read-only; findmnt -n -o TARGET,SOURCE,FSTYPE -M /' | tr -s ' '
unshare -m --propagation unchanged -R root sh -c 'cat /where; pwd; ls /'
unshare -m --propagation unchanged -R root -w /usr sh -c pwd
chroot root sh -c 'cat /where; mount -t tmpfs in /tmp; findmnt -n -o TARGET /tmp; umount /tmp; grep -c " /usr " /proc/self/mountinfo'
pivot_root new new/tmp/nowhere 2>/dev/null; echo "not there: $?"; pivot_root where new 2>/dev/null; echo "file: $?"; pivot_root . . 2>/dev/null; echo "no mount: $?"; pivot_root / /tmp 2>/dev/null; echo "root: $?"
umount -R root; umount -R new; ls new root
cd ..; umount -R w 2>/dev/null || umount -l w
