#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-package.sh: `make install` under a DESTDIR lays down a belljar that runs
# from there, `make uninstall` takes all of it away, and `make deb` packs the
# same files.
set -u
cd "$(dirname "$0")/.." || exit
build=${BUILD:-build}
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

dir=$(mktemp -d "${TMPDIR:-/tmp}/belljar-package.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$dir"
inside() # PREFIX
{
	(cd "$dir" && "$1/bin/belljar" run -- /bin/echo inside 2>&1)
}

make --no-print-directory install DESTDIR="$dir/a" prefix=/opt/bj \
	BUILD="$build" >/dev/null
claim runs_from_where_it_was_installed inside "$(inside "$dir/a/opt/bj")"
claim the_stub_is_installed yes \
	"$([ -x "$dir/a/opt/bj/libexec/belljar/belljar-stub" ] && echo yes)"
claim the_vectors_come_along "mount-basic ok" "$("$dir/a/opt/bj/bin/belljar" \
	conform --core mount-basic 2>&1 | awk '/^mount-basic/ { print $1, $2 }' |
	sed 's/skip$/ok/')"
make --no-print-directory uninstall DESTDIR="$dir/a" prefix=/opt/bj \
	BUILD="$build" >/dev/null 2>&1
claim uninstall_leaves_no_file "" "$(find "$dir/a" -type f)"

if command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null; then
	out=$(make --no-print-directory deb BUILD="$build" 2>&1) || echo "$out"
	dpkg-deb -x "$build"/belljar_*.deb "$dir/b"
	claim the_package_holds_one_that_runs inside "$(inside "$dir/b/usr")"
	claim the_package_names_its_libraries yes \
		"$(dpkg-deb -f "$build"/belljar_*.deb Depends |
		grep -q 'libc6.*libcap2' && echo yes)"
else
	skip=2
	echo "skip the_package_holds_one_that_runs: dpkg-dev is not installed"
	echo "skip the_package_names_its_libraries: dpkg-dev is not installed"
fi
echo "package: $pass passed, $fail failed, $skip skipped"
[ "$fail" = 0 ]
