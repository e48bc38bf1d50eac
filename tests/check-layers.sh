#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layer rule: arch/ and vfs/ include nothing of each other nor of
# supervisor/, the VFS core names no filesystem, a filesystem names no other,
# neither prints nor exits; only supervisor/guestmem.c reads guest memory.
set -u
cd "$(dirname "$0")/.." || exit

# claim NAME: fails when the lines on its stdin are not empty. It stands at the
# end of pipes, in a subshell, and so prints its verdict for the sum below.
claim()
{
	found=$(cat)
	if [ -z "$found" ]; then
		echo "ok $1"
	else
		echo "FAIL $1:"
		printf '%s\n' "$found" | sed 's/^/    /'
	fi
}

sources()
{
	find "$@" -name '*.[ch]' 2>/dev/null | sort
}

includes()
{
	sources "$1" | xargs -r grep -nE "^[ 	]*#[ 	]*include[ 	]+[\"<]$2" /dev/null
}

verdicts()
{
includes arch '(vfs|supervisor)/' | claim arch_includes_neither_vfs_nor_supervisor
includes vfs '(arch|supervisor)/' | claim vfs_includes_neither_arch_nor_supervisor
includes include '(arch|vfs|supervisor)/' | claim include_is_the_lowest_layer

# The stub's "arch.h" is that of the machine it is built for.
sources include arch vfs supervisor | grep -v '^supervisor/stub/' |
	xargs -r grep -nE '^[ 	]*#[ 	]*include[ 	]+"[^/"]*"' /dev/null |
	claim includes_carry_their_folder

sources vfs | grep -v '^vfs/fs/' |
	xargs -r grep -nE '#[ 	]*include[ 	]+"vfs/fs/' /dev/null |
	claim vfs_core_names_no_filesystem

for f in $(sources vfs/fs); do
	own=$(basename "$f" | sed 's/[._].*//; s/^hostdir$/host/')
	grep -nE '#[ 	]*include[ 	]+"vfs/fs/' "$f" |
		grep -vE "\"vfs/fs/(synth|fs|hostdir|$own)[a-z_]*\.h\"" | sed "s|^|$f:|"
done | claim a_filesystem_names_no_other

sources arch vfs |
	xargs -r grep -nE '(^|[^_a-z])(v?printf|puts|perror|exit|_exit|err|warn|syslog)\(|printf\(std' /dev/null |
	grep -v '^vfs/vfs.c:.*"vfs: %lu mounts' |
	claim arch_and_vfs_neither_print_nor_exit

sources supervisor | grep -v '^supervisor/\(guestmem\|probe\)' | grep -v '^supervisor/stub/' |
	xargs -r grep -nE '(^|[^_a-z])process_vm_(readv|writev)\(' /dev/null |
	claim only_guestmem_reads_guest_memory

# Length: files stay readable in one sitting.
sources include arch vfs supervisor tests | xargs -r wc -l |
	awk '$2 != "total" && $1 > 600' | claim no_file_over_600_lines

# From the brace that opens a function in the first column to the one that ends
# it.
sources include arch vfs supervisor tests bench examples |
	xargs -r awk 'FNR == 1 { start = 0 }
		/^\{$/ { start = FNR }
		/^\}/ && start {
			if (FNR - start + 1 > 80)
				print FILENAME ":" start ": " FNR - start + 1
			start = 0
		}' | claim no_function_over_80_lines
sources include arch vfs supervisor tests bench examples |
	xargs -r grep -nE '^[a-z].*\) ?\{$' /dev/null |
	claim functions_open_in_the_first_column

find include arch vfs supervisor tests -name '*.[chS]' -o -name '*.def' | sort |
	xargs -r grep -LE 'SPDX-License-Identifier: Apache-2.0' |
	claim every_source_names_its_licence
}

all=$(verdicts)
printf '%s\n' "$all" | grep -v '^ok '
pass=$(printf '%s\n' "$all" | grep -c '^ok ')
fail=$(printf '%s\n' "$all" | grep -c '^FAIL ')
echo "layers: $pass passed, $fail failed, 0 skipped"
[ "$fail" = 0 ]
