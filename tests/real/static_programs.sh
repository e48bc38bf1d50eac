# SPDX-License-Identifier: Apache-2.0
# Programs without an interpreter, at a fixed address and not; and with one.
for p in hello_static hello_static_pie hello_dynamic hello_no_pie hello_musl hello_musl_static; do
	[ -x "$HERE/$p" ] || continue
	(exec -a zero "$HERE/$p" one two); echo "$p $?"
done
for p in hello_static hello_no_pie; do cp "$HERE/$p" . && ./$p x | head -1; done
