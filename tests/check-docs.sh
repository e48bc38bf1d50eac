#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-docs.sh BELLJAR: the man page and the help text name the same options,
# and so do the features of `check`; links between documents lead somewhere.
set -u
cd "$(dirname "$0")/.." || exit
belljar=$1
pass=0 fail=0

claim()
{
	if [ -z "$2" ]; then
		pass=$((pass + 1))
	else
		fail=$((fail + 1))
		echo "FAIL $1:" "$2"
	fi
}

missing=
for o in $("$belljar" run --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE '[-]-[a-z0-9-]+' | sort -u); do
	grep -qE "Fl -${o#--}( |\$|,)" man/belljar-run.1 || missing="$missing $o"
done
claim every_option_is_in_the_man_page "$missing"

unknown=
for o in $(grep -oE 'Fl -[a-z][a-z0-9-]+' man/belljar-run.1 | sed 's/Fl //' | sort -u); do
	[ "$o" = -x ] || "$belljar" run --help | grep -qE -- "-$o( |\[|\$)" || unknown="$unknown $o"
done
claim every_option_of_the_man_page_exists "$unknown"

missing=
for f in $("$belljar" check --json | sed -n '/"features"/,/"tiers"/s/.*"name": "\(.*\)".*/\1/p'); do
	grep -qE "^\.It (.* , )?$f( ,|\$)" man/belljar-check.1 || missing="$missing $f"
done
claim every_feature_is_in_the_man_page "$missing"

broken=
for doc in *.md docs/*.md; do
	for link in $(grep -oE '\]\([^)#:]*\)' "$doc" | tr -d '()]'); do
		[ -e "$(dirname "$doc")/$link" ] || broken="$broken $doc:$link"
	done
done
claim links_lead_somewhere "$broken"

if command -v mandoc >/dev/null; then
	claim man_pages_are_clean "$(mandoc -T lint -W warning man/*.1)"
fi

echo "docs: $pass passed, $fail failed, 0 skipped"
[ "$fail" = 0 ]
