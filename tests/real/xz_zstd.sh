# SPDX-License-Identifier: Apache-2.0
# The other compressors, those that are installed.
seq 1 20000 >f
for c in xz zstd bzip2 lz4; do
	command -v $c >/dev/null || continue
	$c -q -k f -c >f.$c && $c -dc f.$c | cmp - f && echo $c
done
tar cJf t.txz f 2>/dev/null && tar tJf t.txz
