#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-static.sh: the static binary works without its loader stub beside it
# and, tried as root, where no library of its own system exists: in a tree that
# holds nothing but it and a static busybox, as root and as an ordinary user.
set -u
cd "$(dirname "$0")/.." || exit
build=${BUILD:-build}-static
pass=0 fail=0 skip=0

claim() # NAME WANTED GOT
{
	if [ "$2" = "$3" ]; then
		pass=$((pass + 1))
		echo "ok $1"
	else
		fail=$((fail + 1))
		echo "not ok $1: wanted '$2', got '$3'"
	fi
}

make --no-print-directory STATIC=1 BUILD="$build" -j2 all >/dev/null || {
	echo "static: 0 passed, 1 failed, 0 skipped"
	exit 1
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/belljar-static.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$dir"
mkdir "$dir/bin" "$dir/proc" "$dir/dev" "$dir/tmp"
chmod 1777 "$dir/tmp"
cp "$build/belljar" "$dir/belljar"
cp /bin/busybox "$dir/bin/busybox"
ln -s busybox "$dir/bin/sh"

claim needs_no_interpreter "" "$(readelf -lW "$dir/belljar" | grep -w INTERP)"
claim runs_without_a_stub_beside_it "inside" \
	"$(cd "$dir" && ./belljar run -- /bin/echo inside 2>&1)"

bare() # COMMAND...: in the tree, where no library is
{
	unshare -m sh -c 'd=$1; shift
		mount -t proc proc "$d/proc" && mount --rbind /dev "$d/dev" &&
		exec "$@"' sh "$dir" "$@" 2>&1
}
script='echo $(echo one; cat /tmp/no 2>/dev/null || echo two); mkdir /tmp/d && ls /tmp'
want="one two
d"
if [ "$(id -u)" = 0 ]; then
	claim runs_where_there_is_no_library "$want" \
		"$(bare chroot "$dir" /belljar run -- /bin/busybox sh -c \
		"PATH=/bin; alias cat='busybox cat' mkdir='busybox mkdir' ls='busybox ls'
$script")"
	claim as_an_ordinary_user_too "$want" \
		"$(bare chroot --userspec=65534:65534 "$dir" /belljar run -- \
		/bin/busybox sh -c \
		"alias cat='busybox cat' mkdir='busybox mkdir' ls='busybox ls'
$script")"
else
	skip=2
	echo "skip runs_where_there_is_no_library: chroot needs root"
	echo "skip as_an_ordinary_user_too: chroot needs root"
fi
echo "static: $pass passed, $fail failed, $skip skipped"
[ "$fail" = 0 ]
