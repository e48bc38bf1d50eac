# SPDX-License-Identifier: Apache-2.0
# Programs that make a terminal of their own.
script -qec 'tty | cut -c1-9; stty -a | grep -c isig; echo done' /dev/null | tr -d '\r'
script -qec 'less -F /etc/hostname >/dev/null; echo less $?' /dev/null </dev/null | tr -d '\r' | tail -1
