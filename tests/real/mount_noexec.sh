# SPDX-License-Identifier: Apache-2.0
# noexec, nosuid, nodev.
mkdir m; mount -t tmpfs -o noexec t m; cp /bin/true m/; m/true 2>/dev/null; echo $?; printf '#!/bin/sh\necho ran\n' >m/s; chmod +x m/s; m/s 2>/dev/null; echo $?; sh m/s
mount -o remount,exec m; m/true; echo $?; m/s; mount -o remount,nosuid,nodev,noexec,noatime m; findmnt -n -o OPTIONS m | tr , '\n' | sort | grep ^no | tr '\n' ' '; umount m; ls m
