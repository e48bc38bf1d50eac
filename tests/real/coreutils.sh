# SPDX-License-Identifier: Apache-2.0
# The file tools, one after another.
mkdir -p a/b/c; echo one >a/1; echo two >a/b/2; ln -s ../1 a/b/l; ln a/1 a/hard
cp -a a copy; diff -r a copy && echo same
mv copy moved; ls -R moved
stat -c '%n %F %a %h %s' a/1 a/b/l a/b | sort
ls -l a | awk '{print $1, $2, $5, $9, $10, $11}' | sed 's/^d\(.*\) [0-9]* [0-9]* /d\1 /'
touch -d '2001-02-03 04:05:06 UTC' a/1; TZ=UTC stat -c %y a/1; TZ=UTC ls -l --time-style=full-iso a/1 | cut -d' ' -f6-8
chmod u=rw,go= a/1; stat -c %A a/1; chmod -R a+rX moved
readlink a/b/l; readlink -f a/b/l | sed "s|$PWD|HERE|"; realpath --relative-to=. a/b/l
dd if=/dev/zero of=z bs=1k count=64 2>/dev/null; truncate -s 1M z; stat -c %s z; rm z
seq 100 | split -l 30 - part.; ls part.*; cat part.* | md5sum; rm part.*
printf 'b\na\nc\na\n' | sort | uniq -c | sort -rn | head -1 | tr -s ' '
printf 'k1 v1\nk2 v2\n' >j1; printf 'k1 w1\nk2 w2\n' >j2; join j1 j2; paste j1 j2; comm -3 j1 j2 | wc -l
cut -d' ' -f2 j1; tr a-z A-Z <j1; wc j1; tac j1; rev j1; nl j1; od -c j1 | head -1; expand j1 | md5sum
head -c 3 j1; echo; tail -c 3 j1; base64 j1; md5sum j1; sha256sum j1; cksum j1
basename /x/y.c .c; dirname /x/y.c; expr 3 + 4; factor 360; seq -s, 1 5; printf '%s\n' a b
mktemp -u t.XXXX | wc -c; mktemp -d d.XXXX | wc -c; rmdir d.????
test -w . && echo writable; id -u | grep -c .; true; false; echo $?
install -m 640 j1 inst; stat -c %a inst; cp --parents a/b/2 moved; ls moved/a/b
ln -sfn a link; ls -d link/; rm -rf link; du -a a | wc -l; df . | wc -l; sync
mkfifo -m 600 p; stat -c '%F %a' p; mknod q p; rm p q; shred -u j2; ls
pathchk -p good; pathchk "$(printf 'x%.0s' {1..300})" 2>&1 | wc -l
rm -i a/1 <<<n 2>/dev/null; ls a/1; rm -rf a moved; ls; env -i A=b env; nproc --all >/dev/null; echo done
cp /none . 2>&1; cat /none 2>&1; mkdir j1 2>&1; rmdir j1 2>&1; ls none 2>&1
timeout 5 tail -f /dev/null --pid=$$ & kill $!; wait $! 2>/dev/null; nice -n 1 nice; stdbuf -o0 echo unbuffered
