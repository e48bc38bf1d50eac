# SPDX-License-Identifier: Apache-2.0
# The plain shell.
cat >s.sh <<'EOF'
#!/bin/sh -e
for f in *; do echo "$f"; done
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done
echo "$@"
test -x "$0" && echo executable
exec sh -c 'echo replaced $0' name
EOF
chmod +x s.sh
./s.sh a 'b c'; echo $?
sh -c 'read x; echo got $x' <<EOF
line
EOF
sh -c 'cd / && pwd; cd /usr/../usr/lib/.. && pwd'
ln -s /usr u; (cd u/lib && pwd -P && pwd -L | sed "s|$PWD|HERE|")
