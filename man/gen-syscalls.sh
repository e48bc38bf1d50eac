#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gen-syscalls.sh [TABLE]: belljar-syscalls(7) from include/syscalls.def, on
# stdout.  The headings are the table's own comments.
set -eu
cd "$(dirname "$0")/.."

cat <<'END'
'\" t
.\" SPDX-License-Identifier: Apache-2.0
.\" Made by man/gen-syscalls.sh from include/syscalls.def; do not edit.
.TH BELLJAR-SYSCALLS 7 "" "belljar" "Belljar"
.SH NAME
belljar-syscalls \- what belljar does with each system call
.SH DESCRIPTION
A program that runs inside
.BR belljar (1)
makes the system calls of Linux.
The seccomp filter is an allow-list: each call has one of the routes below, and
a call that is not listed here, or of another architecture, fails with ENOSYS.
Some calls take another route for particular arguments; the note says so.
.TP
.B native
The kernel runs it: it cannot name a file, process or address outside the
sandbox.
.TP
.B notify
The supervisor answers it (seccomp notification).
.TP
.B trace
The supervisor answers it at a tracer stop.
.TP
.B mount
As trace, or by SIGSYS where an outer filter refuses these calls.
.TP
.B mount_notify
As notify, or by SIGSYS there.
.TP
.B -ERROR
Refused with that error.
.PP
The support column:
.TP
.B full
As Linux does it, in the sandbox's world.
.TP
.B partial
As the note says.
.TP
.B native
The kernel's own behaviour.
.TP
.B refused
On purpose.
.TP
.B todo
Not yet; fails with an error.
.PP
A number is a dash where the machine lacks the call.
END

awk -F'"' '
function cells(n, x, a, route, support, note) {
	gsub(/\\/, "\\e", note)
	gsub(/-/, "\\-", note)
	printf "%s\t%s\t%s\t%s\t%s", n, x, a, route, support
	print note == "" ? "" : "\tT{\n" note "\nT}"
}
function finish() {
	if (open)
		print ".TE"
	open = 0
}
/^#endif/ { finish(); exit }
/^\/\* .* \*\/$/ && started {
	finish()
	title = $0
	sub(/^\/\* */, "", title)
	sub(/ *\*\/$/, "", title)
	print ".SH \"" toupper(substr(title, 1, 1)) substr(title, 2) "\""
	print ".TS\nlb rb rb lb lb lb\nl r r l l lx."
	print "call\tx86-64\tarm64\troute\tsupport\tnote"
	open = 1
}
/^#ifdef SYSCALL/ { started = 1 }
/^SYSCALL\(/ {
	head = $1
	sub(/^SYSCALL\(/, "", head)
	n = split(head, f, /, */)
	support = $3
	gsub(/[ ,]/, "", support)
	x = f[2] + 0 < 0 ? "\\-" : f[2]
	a = f[3] + 0 < 0 ? "\\-" : f[3]
	gsub(/ /, "", x)
	gsub(/ /, "", a)
	route = tolower(f[4])
	if (f[4] ~ /^REFUSE_/)
		route = "\\-" substr(f[4], 8)
	cells(f[1], x, a, route, tolower(support), $4)
}
' "${1:-include/syscalls.def}"

cat <<'END'
.SH SEE ALSO
.BR belljar (1),
.BR belljar-run (1),
.BR seccomp (2),
.BR syscalls (2)
END
