# SPDX-License-Identifier: Apache-2.0
# Text tools.
seq 1 100 >n; sed -i '/5/d; s/^/n/' n; wc -l n; sed -n '3,5p' n; sed --version | head -1; sed 's/n1/X/w out' n >/dev/null; wc -l <out
awk '{s += substr($1, 2)} END {print s}' n; awk 'BEGIN{while(("echo a b" | getline l) > 0) print l; system("exit 3"); print "x" > "awkout"; close("awkout"); getline y < "awkout"; print y}'
grep -c n1 n; grep -rn root /etc/passwd | head -1; grep -E '^n(1|2)$' n; grep -q none n; echo $?; egrep -o '[0-9]+' n 2>/dev/null | tail -1; sort -t n -k2 -rn n | head -2; grep x none 2>&1
diff n out | head -3; cp n m; echo z >>m; diff -u n m | tail -n +3 >p; patch -s n p && cmp n m && echo patched; bc <<<'2^100' 2>/dev/null || echo none; column -t </etc/passwd >/dev/null 2>&1; file /bin/sh 2>/dev/null | head -1
