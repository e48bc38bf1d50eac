# SPDX-License-Identifier: Apache-2.0
# Here-documents and here-strings, small and larger than a pipe.
cat <<EOF
plain $((1 + 1)) $(echo sub)
EOF
cat <<'EOF'
quoted $((1 + 1)) $(echo sub)
EOF
cat <<-EOF
	tabs stripped
EOF
cat <<<"a string"
big=$(seq 1 30000)
cat <<EOF | md5sum
$big
EOF
md5sum <<<"$big"
f() { cat; }; f <<A; f <<B
one
A
two
B
while read -r a b; do echo "$b $a"; done <<EOF
x 1
y 2
EOF
cat 3<<EOF <&3
descriptor three
EOF
