#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# compile.sh SOURCE: compile one test program to $OUT, if it is out of date.
# A line "BUILD: flags" in the source adds flags; "BUILD_WITH: compiler" names
# another compiler, and the program is left out where that is missing.
src=$1
out=$OUT/$(basename "$src" .c)
lib=
flags=$(sed -n 's/^.*BUILD: *\([^*]*\).*$/\1/p' "$src" | head -1)
other=$(sed -n 's/^.*BUILD_WITH: *\([^ *]*\).*$/\1/p' "$src" | head -1)
cc=${other:-${CC:-cc}}
command -v "$cc" >/dev/null || exit 0
# That other compiler would be one for this machine.
[ -z "${CROSS:-}" ] || [ -z "$other" ] || exit 0
grep -Eq 'tests/lib/guest.h|tests/escape/attack.h' "$src" && lib=$TOP/tests/lib/guest.c
grep -q '<seccomp.h>' "$src" && flags="$flags -lseccomp"
for dep in "$src" $lib "$TOP"/tests/lib/*.h "$(dirname "$src")"/*.h; do
	[ -e "$dep" ] && [ "$dep" -nt "$out" ] && stale=1
done
[ -n "${stale:-}" ] || exit 0
if ! "$cc" -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wno-nonnull -Wno-clobbered \
	-Wno-unused-result -Wno-format-truncation -Wno-stringop-truncation \
	-pthread -I"$TOP" -o "$out.$$" "$src" $lib $flags; then
	rm -f "$out.$$"
	exit 1
fi
mv "$out.$$" "$out"
