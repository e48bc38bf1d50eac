# SPDX-License-Identifier: Apache-2.0
# findmnt --poll tells of mounts, remounts, moves and umounts.
mkdir w; mount -t tmpfs w w; cd w; export LIBMOUNT_UTAB=$PWD/utab # not the host's
mkdir a b
wait_for() { for i in $(seq 200); do [ "$(wc -l <"$1")" -ge "$2" ] && return; sleep 0.02; done; echo "no news in $1"; }
timeout 20 findmnt --poll -n -o ACTION,TARGET >out & pid=$!
sleep 0.7; mount -t tmpfs x a; wait_for out 1; mount -o remount,bind,nosuid a; wait_for out 2; mount --move a b; wait_for out 3; umount b; wait_for out 4; kill $pid; wait $pid 2>/dev/null; sed "s|$PWD|HERE|g" out | tr -s ' '
timeout 20 findmnt --poll --first-only -n -o ACTION,SOURCE & sleep 0.7; mount -t tmpfs first a; wait $!; echo "first: $?"
timeout 20 findmnt --poll=umount --first-only -n -o ACTION,SOURCE & sleep 0.7; mount -t tmpfs second b; umount b; wait $!; echo "umount: $?"
timeout 20 findmnt --poll --timeout 100 -n; echo "timeout: $?"; umount a
timeout 20 findmnt --poll --timeout 3000 --first-only -n -o ACTION "$PWD/b" & sleep 0.7; mount -t tmpfs no a; mount -t tmpfs yes b; wait $!; echo "of one: $?"; umount a b
cd ..; umount -R w 2>/dev/null || umount -l w
