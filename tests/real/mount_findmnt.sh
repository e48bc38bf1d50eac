# SPDX-License-Identifier: Apache-2.0
# findmnt, mountpoint and /proc/self/mountinfo agree.
mkdir -p m plain 'sp ace'; mount -t tmpfs -o size=64k,mode=700 'so urce' m; mount -t tmpfs -o ro 'x' 'sp ace'
findmnt -n -o SOURCE,FSTYPE,OPTIONS m | sed 's/,uid=[0-9]*,gid=[0-9]*//; s/,inode64//' | tr -s ' '; findmnt -n -o SOURCE,FSTYPE 'sp ace' | tr -s ' '
grep -c 'sp\\040ace' /proc/self/mountinfo; grep -c 'so\\040urce' /proc/mounts; [ "$(findmnt -n -l | wc -l)" = "$(wc -l </proc/self/mountinfo)" ] && echo agree
mountpoint -q m; echo $?; mountpoint -q plain; echo $?; mountpoint -d m | tr -d '0-9'; stat -f -c %T m; mount | grep -c 'so urce'; [ "$(stat -c %m m/.)" = "$PWD/m" ] && echo stat
id=$(awk -v p="$PWD/m" '$5 == p {print $1}' /proc/self/mountinfo); [ "$(findmnt -n -o ID m | tr -d ' ')" = "$id" ] && echo id; umount 'sp ace' m; grep -c 'so\\040urce' /proc/mounts; true
