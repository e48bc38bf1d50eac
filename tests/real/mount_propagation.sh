# SPDX-License-Identifier: Apache-2.0
# unshare --propagation, mount --make-*, findmnt -o PROPAGATION.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
show() { findmnt -n -o TARGET,PROPAGATION -R "$1" | sed "s|$PWD|HERE|" | tr -s ' '; }
sees() { grep -c " $PWD/$1 " /proc/self/mountinfo; }
mkdir a b c; mount -t tmpfs a a; mkdir a/s; mount -t tmpfs s a/s
for p in shared slave private unbindable rshared rslave rprivate runbindable; do mount --make-$p a && show a; done
mount --make-rshared a; mount --make-slave a; show a; mount --make-shared a; show a; mount --make-rprivate a; show a
mount --make-shared b 2>/dev/null; echo "no mount: $?"; mount --make-nonsense a 2>/dev/null; echo "nonsense: $?"
mount --make-rshared a; mount --bind a b; mkdir a/t; mount -t tmpfs t a/t; sees b/t; mount --make-rslave b; show b
umount a/t; sees b/t; mount -t tmpfs t b/t; sees a/t; umount b/t b
mount --bind --make-private a c && show c; umount c; mount -o bind,private a c && show c; umount c
mount -t tmpfs --make-unbindable u b && show b; mount --bind b c 2>/dev/null; echo "bind of it: $?"; umount b
# what a new namespace takes, and what it hears of
for p in shared slave private unchanged; do
	mkfifo go.$p done.$p
	unshare -m --propagation $p sh -c "findmnt -n -o PROPAGATION a; : >done.$p; read x <go.$p; grep -c ' $PWD/a/t ' /proc/self/mountinfo; mkdir -p a/in; mount -t tmpfs in a/in; : >done.$p; read x <go.$p" &
	: <done.$p; mount -t tmpfs t a/t; echo >go.$p; : <done.$p; echo "$p: $(sees a/in)"; echo >go.$p; wait
	umount a/t; umount a/in 2>/dev/null; sees a/in
done
unshare -m sh -c 'findmnt -n -o PROPAGATION a; mount -t tmpfs x b'; sees b
unshare -m --propagation unchanged sh -c 'mount --make-rslave /; findmnt -n -o PROPAGATION a; findmnt -n -o PROPAGATION a/s'
mount --make-rprivate a; umount -R a; sees a
cd ..; umount -R w 2>/dev/null || umount -l w
