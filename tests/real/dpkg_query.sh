# SPDX-License-Identifier: Apache-2.0
# The package tools, reading only.
command -v dpkg >/dev/null || { echo "skip: dpkg is not installed"; exit 77; }
dpkg -l | md5sum; dpkg-query -W -f '${Package} ${Status}\n' bash coreutils; dpkg -L bash | md5sum; dpkg -S /bin/bash; dpkg --print-architecture; dpkg -s bash | grep -c Version
apt-cache policy bash 2>/dev/null | wc -l; apt list --installed 2>/dev/null | wc -l; dpkg --compare-versions 1.2 lt 1.10; echo $?
