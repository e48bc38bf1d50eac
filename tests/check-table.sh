#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# include/syscalls.def, the handlers of supervisor/sys/ and the kernel's own
# numbers agree.
set -u
cd "$(dirname "$0")/.." || exit
CC=${CC:-gcc}

pass=0 fail=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# claim NAME: fails when FILE is not empty.
claim() {
	if [ -s "$2" ]; then
		fail=$((fail + 1))
		echo "FAIL $1:"
		sed 's/^/    /' "$2"
	else
		pass=$((pass + 1))
	fi
}

# Rows as "name x86-64 arm64 route handler roles support".
cat >"$tmp/rows.c" <<'EOF'
#define SYSCALL(name, x, a, route, handler, roles, support, note) \
	ROW #name x a #route #handler roles #support
#include "include/syscalls.def"
EOF
"$CC" -E -P -I. "$tmp/rows.c" | tr -s '"\n' '  ' |
	sed 's/ROW /\n/g; s/- 1/-1/g' | sed '/^ *$/d; s/ ,/,/g' >"$tmp/raw"
awk '{ if (NF == 6) print $1, $2, $3, $4, $5, "-", $6; else print $1, $2, $3, $4, $5, $6, $7 }' \
	"$tmp/raw" >"$tmp/rows"
[ "$(wc -l <"$tmp/rows")" -gt 300 ] || echo "only $(wc -l <"$tmp/rows") rows" >"$tmp/few"
touch "$tmp/few"
claim the_table_can_be_read "$tmp/few"

cut -d' ' -f1 "$tmp/rows" | sort | uniq -d >"$tmp/out"
claim a_name_has_one_row "$tmp/out"
for column in 2 3; do
	cut -d' ' -f$column "$tmp/rows" | grep -v '^-1$' | sort | uniq -d >"$tmp/out"
	claim "a_number_has_one_row_in_column_$column" "$tmp/out"
done

awk '$4 !~ /^(NATIVE|NOTIFY|TRACE|MOUNT|MOUNT_NOTIFY|REFUSE_E[A-Z]+)$/' "$tmp/rows" >"$tmp/out"
claim routes_are_known "$tmp/out"
awk '$7 !~ /^(NATIVE|FULL|PARTIAL|REFUSED|TODO)$/' "$tmp/rows" >"$tmp/out"
claim support_is_known "$tmp/out"
awk '$4 ~ /^(NOTIFY|TRACE|MOUNT|MOUNT_NOTIFY)$/ && $5 == "none"' "$tmp/rows" >"$tmp/out"
claim a_mediated_call_has_a_handler "$tmp/out"
tr , ' ' <"$tmp/rows" | awk '{ for (i = 6; i < NF; i++)
	if ($i !~ /^(-|fd|dirfd|path|buf|str|addr|flags|lflags|oflags|atflags|mode|int|uint|long|size|off|dev|uid|gid|pid|sig)$/)
		print $1, $i }' >"$tmp/out"
claim roles_are_known "$tmp/out"

# The numbers are the kernel's, as far as the headers here know them.
numbers() {
	printf '#include <%s>\n' "$1" | "$CC" "${@:2}" -E -dM - 2>/dev/null |
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\1 \2/p' | sort
}
numbers asm/unistd_64.h >"$tmp/x86"
if [ "$($CC -dumpmachine | cut -d- -f1)" = x86_64 ]; then
	awk '$2 != -1 { print $1, $2 }' "$tmp/rows" | sort >"$tmp/mine"
	join "$tmp/x86" "$tmp/mine" | awk '$2 != $3' >"$tmp/out"
	claim x86_64_numbers_are_the_kernels "$tmp/out"
	join -v1 "$tmp/x86" "$tmp/mine" >"$tmp/out"
	claim every_x86_64_call_has_a_row "$tmp/out"
fi

# Handlers: a row without a function, a function without a row.
awk '$5 != "none" { print $5 }' "$tmp/rows" | sort -u >"$tmp/named"
# A definition, or one made by a macro of the file's own: NOT_THERE(fsopen).
{
	sed -nE 's/^sys_([a-z0-9_]+)\(struct call.*/\1/p' \
		supervisor/*.c supervisor/sys/*.c
	sed -nE 's/^[A-Z_]+\(([a-z][a-z0-9_]*)\)$/\1/p' supervisor/sys/*.c
} | sort >"$tmp/definitions"
sort -u "$tmp/definitions" >"$tmp/defined"
uniq -d "$tmp/definitions" >"$tmp/out"
claim a_handler_is_defined_once "$tmp/out"
comm -23 "$tmp/named" "$tmp/defined" >"$tmp/out"
claim every_named_handler_exists "$tmp/out"
# stub_plan answers the loader's own call, which no table of the kernel's has;
# none is what rows without a handler name.
comm -13 "$tmp/named" "$tmp/defined" | grep -vxE 'stub_plan|none' >"$tmp/out"
claim every_handler_is_named "$tmp/out"

# A reader learns what a partial or missing call lacks, and the guest tests
# speak of each call that is said to be complete (or of another with its handler).
grep -E '^SYSCALL\(.*, (PARTIAL|TODO), ""\)' include/syscalls.def >"$tmp/out"
claim what_is_not_complete_says_why "$tmp/out"
awk '$7 == "REFUSED" && $4 !~ /^REFUSE_/' "$tmp/rows" >"$tmp/out"
claim what_is_refused_is_refused_by_the_filter "$tmp/out"
cat tests/guest/*.[ch] tests/lib/guest.[ch] | sed -E 's/\b(SYS|__NR)_//g' |
	grep -oE '[a-z_][a-z0-9_]+' |
	sort -u >"$tmp/words"
awk '$7 == "FULL" { print $5, $1 }' "$tmp/rows" | sort -u |
	while read -r handler name; do
		grep -qxE "f?($name|$handler)" "$tmp/words" &&
			echo "$handler"
	done | sort -u >"$tmp/tested"
awk '$7 == "FULL" { print $5 }' "$tmp/rows" | sort -u |
	comm -23 - "$tmp/tested" >"$tmp/out"
claim a_complete_call_has_a_guest_test "$tmp/out"

man/gen-syscalls.sh | diff - man/belljar-syscalls.7 >"$tmp/out" 2>&1
claim the_man_page_is_made_from_the_table "$tmp/out"

echo "table: $pass passed, $fail failed, 0 skipped"
[ "$fail" = 0 ]
