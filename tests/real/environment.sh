# SPDX-License-Identifier: Apache-2.0
# What a program may ask about its user and host.
id -u; id -g; whoami; id -un; getent passwd "$(id -u)" | cut -d: -f1; groups 2>/dev/null | wc -w; hostname >/dev/null && echo hostname; uname -s -m
locale 2>/dev/null | head -1; date -d @0 -u +%F; TZ=Europe/Berlin date -d @0 +%H; python3 -c 'import os,pwd,time,locale,socket; print(pwd.getpwuid(os.getuid())[0], os.cpu_count() > 0, len(os.sched_getaffinity(0)) > 0)'
echo "$PATH" | tr : '\n' | wc -l; env | sort | grep -v -e '^_=' -e SHLVL -e HERE -e PWD -e HOME | cut -d= -f1; test -t 0; echo $?; ulimit -s; ulimit -u >/dev/null && echo ok; cat /etc/debian_version
