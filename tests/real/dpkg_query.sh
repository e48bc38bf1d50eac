# SPDX-License-Identifier: Apache-2.0
# The package tools, reading only.
# OPTIONS: --ro-bind-try /var/lib/dpkg /var/lib/dpkg --ro-bind-try /var/lib/apt /var/lib/apt
command -v dpkg >/dev/null || { echo "skip: dpkg is not installed"; exit 77; }
dpkg -l | md5sum; dpkg-query -W -f '${Package} ${Status}\n' bash coreutils; dpkg -L bash | md5sum; dpkg -S /bin/bash; dpkg --print-architecture; dpkg -s bash | grep -c Version
apt-cache show bash 2>/dev/null | grep -c ^Version; dpkg --compare-versions 1.2 lt 1.10; echo $?
