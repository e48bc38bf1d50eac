# SPDX-License-Identifier: Apache-2.0
# New files get the modes the umask leaves.
for m in 000 022 077 027; do (umask $m; touch f; mkdir d; stat -c %a f d | tr '\n' ' '; sh -c 'touch g; stat -c %a g'; rm -r f d g); done
(umask 077; tar cf - /etc/hostname 2>/dev/null | tar xf - --no-same-permissions; stat -c %a etc/hostname)
