# SPDX-License-Identifier: Apache-2.0
# Compile, link and run C; libraries; error messages.
cat >m.c <<'EOF'
#include <stdio.h>
#include <math.h>
#include "h.h"
int main(int c, char **v) { printf("%s %d %.3f\n", v[1], NUM, sqrt(2)); return c; }
EOF
echo '#define NUM 42' >h.h
gcc -O2 -Wall -o m m.c -lm && ./m arg; echo $?
gcc -g -c m.c && gcc -o m2 m.o -lm && ./m2 two; echo $?
gcc -static -o ms m.c -lm && ./ms static; echo $?
gcc -S -o - m.c | grep -c main
echo 'int f(void){return 7;}' >f.c; gcc -shared -fPIC -o libf.so f.c
echo 'int f(void); int main(void){return f();}' >g.c; gcc -o g g.c -L. -lf && LD_LIBRARY_PATH=. ./g; echo $?
ar rcs libf.a f.c 2>/dev/null; gcc -c f.c; ar rcs libf.a f.o; gcc -o ga g.c libf.a && ./ga; echo $?
echo 'int main(void){return x;}' >e.c; gcc e.c 2>&1 | grep -c error; gcc -pipe -o p m.c -lm && ./p pipe; ls
