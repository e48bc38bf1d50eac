# SPDX-License-Identifier: Apache-2.0
# Namespaces that are kept by a mount of their file.
# Which of two is older Linux 6.18 knows of those made on one CPU only.
[ -n "${ONE_CPU:-}" ] || ONE_CPU=1 exec taskset -c 0 unshare -m --propagation private bash "$0"
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab; mkdir m; echo under >m/f
touch ns; mkdir keep; mount --bind keep keep; mount --make-private keep; touch keep/mnt keep/uts
unshare --mount=keep/mnt --uts=keep/uts --propagation private sh -c 'mount -t tmpfs t m; echo kept >m/f; hostname keeper'; cat m/f
nsenter --mount=keep/mnt --uts=keep/uts sh -c "cat $PWD/m/f; hostname"; findmnt -n -o FSTYPE keep/mnt; stat -f -c %T keep/uts; umount keep/mnt; umount keep/uts; umount keep; ls -A keep
touch f g; mount --bind /proc/self/ns/uts f; grep " $PWD/f " /proc/self/mountinfo | sed "s|$PWD|HERE|; s/^[0-9]* [0-9]* [0-9:]*//; s/uts:\[[0-9]*\]/uts:[N]/"; [ "uts:[$(stat -c %i f)]" = "$(readlink /proc/self/ns/uts)" ] && echo same; echo x 2>/dev/null >f; echo "write: $?"; findmnt -n -o TARGET,SOURCE,FSTYPE,OPTIONS f | sed "s|$PWD|HERE|; s/uts:\[[0-9]*\]/uts:[N]/" | tr -s ' '
mount --bind f g && umount f && [ "$(stat -c %i g)" = "$(stat -L -c %i /proc/self/ns/uts)" ] && echo bound; mount --bind /proc/self/ns/mnt f 2>/dev/null; echo "own: $?"; mount --bind /proc/self/ns/uts m 2>/dev/null; echo "on a directory: $?"
mkfifo go ready; unshare -m --propagation private sh -c 'echo >ready; read x <go' & read x <ready; mount --bind /proc/$!/ns/mnt f; nsenter --mount=/proc/$!/ns/mnt mount --bind /proc/$$/ns/mnt g 2>/dev/null; echo "older: $?"; nsenter --mount=/proc/$!/ns/mnt sh -c 'grep -c nsfs /proc/self/mountinfo'; kill $!; wait; nsenter --mount=f true; echo "kept: $?"
mv f h 2>/dev/null; echo "mount point: $?"; umount f g; cd ..; umount w; echo "left: $?"
