#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# day.sh [PATTERN...]: a working day, each command of it inside: git, make, a
# Python environment, mounts of all kinds, the mount vectors. Made for the
# container that check.sh starts, where none of these mounts is allowed; it
# needs nothing of it, and runs anywhere.
. "$(dirname "$0")/../lib/driver.sh"

driver_start day "$@"
driver_set_sandbox
ROOTBOX=("${SANDBOX[@]::2}" -0 "${SANDBOX[@]:2}")
TEST_TIMEOUT=${DAY_TIMEOUT:-180}
export GIT_CONFIG_GLOBAL=/dev/null
WHO=(-c user.name=a -c user.email=a@b)

# In the working directory, as an ordinary user there, or as root.
box() {
	(cd "$T/w" && limited "$TEST_TIMEOUT" "${SANDBOX[@]}" "$@") 2>&1
}

rootbox() {
	(cd "$T/w" && limited "$TEST_TIMEOUT" "${ROOTBOX[@]}" sh -ec "$1") 2>&1
}

# expect NAME WHAT COMMAND...: the command succeeds and prints just this.
expect() {
	local name=$1 what=$2 out rc

	wanted "$name" || return 0
	shift 2
	out=$("$@")
	rc=$?
	if [ $rc = 0 ] && [ "$out" = "$what" ]; then
		ok "$name"
	else
		fail "$name" - < <(printf 'status %d\n%s\n' $rc "$out" | tail -20)
	fi
}

# need NAME TOOL...
need() {
	local name=$1 tool

	shift
	for tool; do
		command -v "$tool" >/dev/null || {
			skip "$name" "$tool is missing"
			return 1
		}
	done
}

# A repository with a C project of 20 files, made outside.
make_origin() {
	local i dir=$T/w/origin

	fresh "$T/w"
	mkdir "$dir"
	for i in $(seq 20); do
		echo "int f$i(int x) { return x + $i; }" >"$dir/f$i.c"
		echo "int f$i(int);" >>"$dir/all.h"
	done
	{
		printf '#include <stdio.h>\n#include "all.h"\n'
		printf 'int main(void)\n{\n\tint s = 0;\n'
		for i in $(seq 20); do printf '\ts = f%d(s);\n' "$i"; done
		printf '\tprintf("%%d\\n", s);\n\treturn 0;\n}\n'
	} >"$dir/main.c"
	printf 'OBJ := $(patsubst %%.c,%%.o,$(wildcard *.c))\n' >"$dir/Makefile"
	printf 'sum: $(OBJ)\n\t@$(CC) -o $@ $^\n' >>"$dir/Makefile"
	printf '%%.o: %%.c all.h\n\t@$(CC) -O1 -c -o $@ $<\n' >>"$dir/Makefile"
	(cd "$dir" && git init -q -b main . && git add . &&
		git "${WHO[@]}" commit -qm first) ||
		die "git cannot make the repository"
}

GIT="git -c user.name=a -c user.email=a@b -c safe.directory=*"

morning() {
	need git_clone git || return 0
	make_origin
	expect git_clone 23 box sh -ec "$GIT clone -q origin work
		cd work; git ls-files | wc -l"
	expect git_commit_and_push second box sh -ec "cd work
		echo '# more' >>Makefile; $GIT commit -qam second
		$GIT push -q origin HEAD:refs/heads/mine
		cd ../origin; $GIT log --format=%s -1 mine"
	expect git_branch_merge_gc_fsck 4 box sh -ec "cd work
		$GIT checkout -qb side HEAD~1; echo >side; $GIT add side
		$GIT commit -qm side; $GIT checkout -q main
		$GIT merge -qm merged side; $GIT gc -q --prune=now
		$GIT fsck --no-progress; $GIT log --oneline | wc -l"
	need make_project make cc || return 0
	expect make_project 210 box sh -ec 'cd work; make -s -j2; ./sum'
	expect make_again_does_nothing "make: 'sum' is up to date." \
		box make -C work --no-print-directory
	expect make_what_changed 3210 box sh -ec 'cd work
		sed -i "s/x + 1;/x + 3001;/" f1.c; make -s; ./sum'
}

noon() {
	local pip=--without-pip

	need python_venv python3 || return 0
	! python3 -c 'import ensurepip' 2>/dev/null || pip=
	# shellcheck disable=SC2016
	expect python_venv "$T/w/env True" box sh -ec 'python3 -m venv '"$pip"' env
		. env/bin/activate
		python -c "import sys; print(sys.prefix, sys.prefix != sys.base_prefix)"'
	[ -z "$pip" ] || return 0
	expect python_venv_has_pip 0 box sh -ec \
		'env/bin/python -m pip --version >/dev/null; echo $?'
}

# shellcheck disable=SC2016
afternoon() {
	mkdir -p "$T/w/m" "$T/w/s/sub"
	echo file >"$T/w/s/f"
	need mount_tmpfs mount unshare || return 0
	expect mount_tmpfs 'tmpfs 1024 in' rootbox 'mount -t tmpfs -o size=1m t m
		echo in >m/f; echo $(df -k --output=fstype,size m | tail -1) $(cat m/f)
		umount m; test ! -e m/f'
	expect mount_bind 'file new' rootbox 'mount --bind s m
		echo new >m/g; echo $(cat m/f s/g); rm s/g; umount m'
	expect mount_rbind 'over 1' rootbox 'mount -t tmpfs t s/sub
		echo over >s/sub/o; mount --rbind s m; cat m/sub/o | tr "\n" " "
		umount m 2>/dev/null || umount -R m; ls s/sub | wc -l'
	expect mount_read_only 'touch: cannot touch '"'m/x'"': Read-only file system' \
		rootbox 'mount --bind s m; mount -o remount,bind,ro m; touch m/x || :'
	expect mount_move 'file' rootbox 'mount -t tmpfs t m; mkdir m/a m/b
		mount --bind s m/a; mount --move m/a m/b; cat m/b/f; ls m/a'
	expect unshare_m_as_root 'in out' rootbox 'touch m/out
		unshare -m sh -c "mount -t tmpfs t m; touch m/in; echo \$(ls m) | tr \"\\n\" \" \""
		ls m; rm m/out'
	expect unshare_rm_as_a_user '0 in' box sh -ec 'unshare -rm sh -ec "
		mount -t tmpfs t m; echo in >m/f; echo \$(id -u) \$(cat m/f)"; ls m'
	expect shared_mounts_propagate 'in' rootbox 'mount -t tmpfs t m; mkdir m/a m/b
		mount --make-shared m; mount --bind m/a m/a; mount --make-shared m/a
		mount --bind m/a m/b; mount --make-slave m/b
		mkdir m/a/d; mount -t tmpfs t m/a/d; echo in >m/a/d/f; cat m/b/d/f'
	need chroot_and_pivot_root busybox || return 0
	expect chroot_and_pivot_root 'sh 1 old' rootbox 'mount -t tmpfs t m
		mkdir m/bin m/old; cp "$(command -v busybox)" m/bin; ln -s busybox m/bin/sh
		chroot m /bin/sh -c "cd /bin; busybox ls sh | busybox tr \"\\n\" \" \""
		cd m; unshare -m sh -ec "mount --make-rprivate /
			mount --bind . .; cd .; pivot_root . old
			/bin/busybox test -e /old/etc && echo -n \"1 \"; /bin/busybox ls -d old"'
}

evening() {
	ln -sf "$BUILD/belljar" "$T/w/bwrap"
	if wanted as_bwrap; then
		expect as_bwrap 'no home' limited "$TEST_TIMEOUT" "$T/w/bwrap" \
			--ro-bind / / --tmpfs /home --dev /dev --proc /proc \
			--unshare-pid sh -c 'ls /home; echo no home'
	fi
}

# The vectors count as their own.
vectors() {
	local out

	wanted vectors || return 0
	[ -x "$BUILD/belljar-conform" ] || {
		skip vectors "$BUILD/belljar-conform is not built"
		return 0
	}
	out=$(QUIET=1 TARGETS=belljar "$TOP/tests/conform/run" </dev/null 2>&1)
	echo "$out" | grep -Ev '^ok |^[a-z]*( .*)?: [0-9]+ passed' | tail -30
	read -r p f s < <(sed -n 's/^conform.*: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' <<<"$out")
	PASSED=$((PASSED + ${p:-0}))
	FAILED=$((FAILED + ${f:-1}))
	SKIPPED=$((SKIPPED + ${s:-0}))
}

morning
noon
afternoon
evening
vectors
driver_finish
