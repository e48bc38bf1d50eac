#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# smoke.sh BELLJAR: programs on both back ends, as root and as a user, with
# nothing but a shell and its commands. Run as root in a test machine.
set -u
belljar=$(realpath "$1")
passed=0 failed=0

claim() # NAME WANTED GOT
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		[ -n "${QUIET:-}" ] || echo "ok $1"
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n    wanted: %s\n    got: %s\n' "$1" "$2" "$3"
	fi
}

inside() # BACKEND USER OPTION... SCRIPT
{
	backend=$1 user=$2
	shift 2
	echo "cd / && exec '$belljar' run --backend=$backend $1 -- sh -c '$2'" >/tmp/run
	chmod 755 /tmp/run
	busybox su "$user" -c "sh /tmp/run" 2>&1
}

for b in notify ptrace; do
	for u in root user; do
		claim "$b/$u/files" "x 1 d" "$(inside $b $u "" \
			"mkdir /tmp/d && echo x >/tmp/d/f && echo \$(cat /tmp/d/f; ls /tmp/d | wc -l; ls /tmp)")"
		claim "$b/$u/processes" "0 3 7" "$(inside $b $u "" \
			"(exit 3) & wait \$!; a=\$?; sh -c \"exit 7\"; echo \$(true; echo \$?) \$a \$(sh -c \"exit 7\"; echo \$?)")"
		claim "$b/$u/mounts" "1 0" "$(inside $b $u -0 \
			"mkdir /tmp/m; mount -t tmpfs t /tmp/m; a=\$(grep -c \" /tmp/m \" /proc/self/mountinfo); umount /tmp/m; echo \$a \$(grep -c \" /tmp/m \" /proc/self/mountinfo)")"
		claim "$b/$u/secrets" "no" "$(inside $b $u "" \
			"cat /tmp/run >/dev/null 2>&1 && echo yes || echo no")"
		claim "$b/$u/signals" "caught" "$(inside $b $u "" \
			"trap \"echo caught; exit\" TERM; kill \$\$; sleep 5")"
	done
done
echo "smoke: $passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
