#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make demo`: an untrusted program is shown its own world, mounts inside it,
# and is refused what it must not have. Fails when a refusal does not come.
set -u

cd "$(dirname "$0")/.." || exit
belljar=$(cd "${BUILD:-build}" && pwd)/belljar
work=$(mktemp -d /tmp/belljar-demo.XXXXXX) || exit
sleep 300 &
outsider=$!
trap 'kill $outsider; rm -rf "$work"' EXIT
mkdir "$work/project" && cd "$work/project" || exit
echo 'my key' >"$work/secret"
echo 'hello from the project' >readme.txt
wrong=0

say()
{
	printf '\n\033[1m%s\033[0m\n' "$*"
}

# Shows a command and runs it.
show()
{
	printf '$ belljar run'
	for word; do
		case $word in
		*[!a-zA-Z0-9_./=:,-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$belljar" run "$@" 2>&1 | sed 's/^/    /'
}

# refused WHAT COMMAND: works outside, must fail inside.
refused()
{
	if ! sh -c "$2" >/dev/null 2>&1; then
		printf '  ?  %s: does not work outside either, so it shows nothing\n' "$1"
		return
	fi
	if "$belljar" run -0 -- sh -c "$2" >"$work/out" 2>&1; then
		printf '  !! %s: NOT REFUSED\n' "$1"
		wrong=1
	else
		printf '  ok %s: %s\n' "$1" "$(tail -n 1 "$work/out")"
	fi
}

say "1. A world of its own"
show -- sh -c 'pwd; cat readme.txt; echo "/: $(ls / | tr "\n" " ")"; echo "home: $(ls -A ~ | wc -l) files"; echo "processes: $(ls /proc | grep -c "^[0-9]")"'

say "2. It may mount, although it has no privilege and the kernel mounts nothing"
show -0 -- sh -c 'id -u; mount -t tmpfs -o size=1m scratch /mnt && df -h /mnt | tail -1; dd if=/dev/zero of=/mnt/big bs=1M count=2 2>&1 | grep -i space; mount --bind "$PWD" /srv && cat /srv/readme.txt; grep -cE " /(mnt|srv) " /proc/self/mountinfo; umount /srv && umount /mnt && echo clean'

say "3. What it must not have (each of these works outside)"
refused "read a secret beside the project" "cat '$work/secret'"
refused "write to the project (no --rw)" "echo x >>readme.txt"
refused "kill a process outside" "kill -0 $outsider"
refused "read the environment of a process outside" "cat /proc/$outsider/environ"
refused "see its root directory" "ls /proc/$outsider/root/"
refused "see other directories of the host" "ls -d /boot"
if [ "$(id -u)" = 0 ]; then
	refused "change the system" "touch /usr/.belljar-demo && rm /usr/.belljar-demo"
	refused "read the password hashes" "cat /etc/shadow"
fi

say "4. What is left on the host"
ls -A "$work/project" | sed 's/^/    /'
grep -q belljar-demo /proc/self/mountinfo && wrong=1
echo "    mounts: none"
[ "$wrong" = 0 ] || {
	echo "demo: something was not refused" >&2
	exit 1
}
