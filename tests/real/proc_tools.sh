# SPDX-License-Identifier: Apache-2.0
# ps, pgrep, top, lsof, uptime over the sandbox's own /proc.
sleep 50 & s=$!
ps -o pid= -p $s | grep -c .; ps -o comm= -p $s; ps -o args= -p $s; pgrep -P $$ sleep | grep -c $s
ps -o stat= -p $s | cut -c1; ps -e >/dev/null && echo all; kill $s; wait $s 2>/dev/null; ps -p $s >/dev/null; echo $?
cat /proc/self/comm; tr '\0' ' ' </proc/self/cmdline; echo; grep -c . /proc/meminfo >/dev/null && echo meminfo
[ "$(readlink /proc/$$/exe)" = "$(readlink -f /bin/bash)" ] && echo exe; [ "$(readlink /proc/self/cwd)" = "$PWD" ] && echo cwd
free >/dev/null && echo free; uptime >/dev/null && echo uptime; getconf PAGESIZE; ls /proc/self/task | wc -l; ls /proc/self/fd | wc -l
