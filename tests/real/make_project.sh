# SPDX-License-Identifier: Apache-2.0
# make -j2 of a generated project of 24 files with a library, then again.
# TIMEOUT: 120
mkdir -p src lib include
for i in $(seq 1 20); do
	printf '#include <stdio.h>\n#include "all.h"\nint fn%d(int x)\n{\n\tchar b[32];\n\tsnprintf(b, sizeof(b), "%%d", x);\n\treturn x + %d;\n}\n' $i $i >src/f$i.c
	echo "int fn$i(int);" >>include/all.h
done
for i in 1 2 3; do echo "int lib$i(void) { return $i; }" >lib/l$i.c; echo "int lib$i(void);" >>include/all.h; done
{ echo '#include <stdio.h>'; echo '#include "all.h"'; echo 'int main(void) { int s = lib1() + lib2() + lib3();'
for i in $(seq 1 20); do echo "s += fn$i($i);"; done; echo 'printf("%d\n", s); return 0; }'; } >src/main.c
cat >Makefile <<'EOF'
SRC := $(wildcard src/*.c)
OBJ := $(SRC:src/%.c=obj/%.o)
LIB := $(patsubst lib/%.c,obj/%.o,$(wildcard lib/*.c))
prog: $(OBJ) libx.a
	@$(CC) -o $@ $^
libx.a: $(LIB)
	@ar rcs $@ $^ 
obj/%.o: src/%.c | obj
	@$(CC) -O1 -Iinclude -MMD -c -o $@ $<
obj/%.o: lib/%.c | obj
	@$(CC) -O1 -c -o $@ $<
obj: ; @mkdir -p $@
-include $(OBJ:.o=.d)
test: prog ; @./prog
clean: ; @rm -rf obj prog libx.a
EOF
make -j2 && ./prog && make -j2 | sed 's/make\[[0-9]*\]/make/' && touch include/all.h && make -j2 test && ls obj | wc -l
make -s clean; ls; make nosuch 2>&1 | sed 's/^make.*: \*/make: */'; make -n prog | wc -l
