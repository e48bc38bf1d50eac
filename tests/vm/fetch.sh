#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fetch.sh CACHE ITEM...: what a virtual machine is made of, from Debian's
# packages, without touching this system's own package state.
#
#   kernel:SUITE:SERIES:ARCH   CACHE/vmlinuz-SERIES-ARCH  (the cloud flavour)
#   modules:SUITE:SERIES:ARCH  CACHE/modules-SERIES-ARCH/*.ko, those that any
#                              machine would load by itself in the tests
#   busybox:ARCH               CACHE/busybox-ARCH
#   sysroot:ARCH               CACHE/sysroot-ARCH, to compile and link with
#   tree:ARCH:NAME:pkg,pkg,... CACHE/tree-NAME-ARCH: these packages and what
#                              they depend on, unpacked
#   root:ARCH:NAME:pkg,pkg,... CACHE/root-NAME-ARCH.ext4: the same as a disk
#
# ARCH is Debian's name (arm64, amd64). What is there already is kept.
set -euo pipefail

cache=$(realpath -m "$1")
shift
mkdir -p "$cache"
work=$(mktemp -d "${TMPDIR:-/tmp}/belljar-fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The mirror that the machine itself uses.
mirror() { # CODENAME
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		"Codename: $1" | head -1
}
main=$(mirror bookworm)
security=$(mirror bookworm-security)
if [ -z "$main$security" ]; then
	apt-get -qq update
	main=$(mirror bookworm)
	security=$(mirror bookworm-security)
fi

# apt_for SUITE ARCH TOOL ARGUMENT...: with lists and archives of its own.
apt_for() {
	local suite=$1 arch=$2 dir=$cache/apt/$1-$2 uri=$main
	shift 2
	case $suite in
	*-security) uri=$security ;;
	esac
	if [ ! -e "$dir/ok" ]; then
		mkdir -p "$dir/lists/partial" "$dir/archives/partial"
		echo "deb [arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"$uri $suite main" >"$dir/sources.list"
		apt_with "$dir" "$arch" apt-get -qq update
		touch "$dir/ok"
	fi
	apt_with "$dir" "$arch" "$@"
}

apt_with() {
	local dir=$1 arch=$2 tool=$3
	shift 3
	"$tool" -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::Etc::sourcelist="$dir/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists" \
		-o Dir::State::status=/dev/null -o Dir::Cache::archives="$dir/archives" \
		-o Dir::Cache::pkgcache="$dir/pkgcache.bin" -o Dir::Cache::srcpkgcache= \
		-o Acquire::Languages=none -o APT::Sandbox::User=root \
		-o Debug::NoLocking=1 "$@"
}

# download SUITE ARCH PACKAGE...: into $work/debs
download() {
	local suite=$1 arch=$2
	shift 2
	rm -rf "$work/debs"
	mkdir "$work/debs"
	(cd "$work/debs" && apt_for "$suite" "$arch" apt-get -qq download "$@")
}

# kernel_package KIND SUITE SERIES ARCH: its name.  From 6.19 on image and
# modules are in packages of their own, linux-KIND-*.
kernel_package() {
	local kind=$1 suite=$2 series=$3 arch=$4 name own

	name=$(apt_for "$suite" "$arch" apt-cache pkgnames "linux-image-$series" |
		grep -E "^linux-image-${series//./\\.}[-+.].*-cloud-$arch\$" |
		grep -v unsigned | sort -V | tail -1) || true
	[ -n "$name" ] || {
		echo "fetch: $suite has no cloud kernel $series for $arch" >&2
		return 1
	}
	own=linux-$kind-${name#linux-image-}
	apt_for "$suite" "$arch" apt-cache pkgnames "$own" |
		grep -qx "$own" && name=$own
	echo "$name"
}

fetch_modules() { # SUITE SERIES ARCH
	local out=$cache/modules-$2-$3 name deb

	[ ! -e "$out" ] || return 0
	name=$(kernel_package modules "$@")
	download "$1" "$3" "$name"
	mkdir -p "$work/modules"
	for deb in "$work"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$work/modules" \
			--wildcards '*/net/unix/unix_diag.ko*' || true
	done
	mkdir -p "$out"
	find "$work/modules" -name '*.ko.xz' -exec xz -d {} +
	find "$work/modules" -name '*.ko' -exec cp {} "$out/" \;
	rm -r "$work/modules"
}

fetch_kernel() { # SUITE SERIES ARCH
	local suite=$1 series=$2 arch=$3 out=$cache/vmlinuz-$2-$3 name deb

	[ ! -e "$out" ] || return 0
	name=$(kernel_package binary "$@")
	download "$suite" "$arch" "$name"
	for deb in "$work"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$work/debs" --wildcards '*/vmlinuz*' || true
	done
	mv "$(find "$work/debs" -name 'vmlinuz*' -type f | head -1)" "$out"
	echo "$name"
}

fetch_busybox() { # ARCH
	[ ! -e "$cache/busybox-$1" ] || return 0
	download bookworm "$1" busybox-static
	dpkg-deb --fsys-tarfile "$work"/debs/*.deb |
		tar -xO ./bin/busybox >"$cache/busybox-$1"
	chmod 755 "$cache/busybox-$1"
}

fetch_sysroot() { # ARCH
	local root=$cache/sysroot-$1 deb link

	[ ! -e "$root" ] || return 0
	download bookworm "$1" libseccomp2 libseccomp-dev libcap2 libcap-dev \
		libjansson4 libjansson-dev \
		check libsubunit0 libsubunit-dev
	rm -rf "$work/root"
	for deb in "$work"/debs/*.deb; do
		dpkg-deb -x "$deb" "$work/root"
	done
	find "$work/root" -type l -lname '/*' | while read -r link; do
		ln -sfnr "$work/root$(readlink "$link")" "$link"
	done
	mv "$work/root" "$root"
}

fetch_tree() { # ARCH NAME PACKAGES
	local arch=$1 out=$cache/tree-$2-$1 debs=$work/rootdebs deb root=$work/root

	[ ! -e "$out" ] || return 0
	rm -rf "$debs" "$root"
	mkdir -p "$debs/partial" "$root"/usr/{bin,sbin,lib} \
		"$root"/{dev,proc,sys,tmp,run,root,etc,mnt,home/user,var/tmp,opt}
	apt_for bookworm "$arch" apt-get -qq -o Dir::Cache::archives="$debs" -y \
		--download-only --no-install-recommends install ${3//,/ } >/dev/null
	[ "$arch" != amd64 ] || {
		mkdir -p "$root/usr/lib64"
		ln -s usr/lib64 "$root/lib64"
	}
	for d in bin sbin lib; do
		ln -s "usr/$d" "$root/$d"
	done
	for deb in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x --keep-directory-symlink --no-same-owner -C "$root" \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*' --exclude='./usr/share/lintian/*'
	done
	chmod 1777 "$root/tmp" "$root/var/tmp"
	chown 1000:1000 "$root/home/user"
	# What the packages' scripts would have linked.
	[ -e "$root/usr/bin/awk" ] || ln -s gawk "$root/usr/bin/awk"
	[ -e "$root/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
	printf '%s\n' root:x:0:0:root:/root:/bin/bash \
		user:x:1000:1000:user:/home/user:/bin/bash \
		nobody:x:65534:65534::/:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: user:x:1000: nogroup:x:65534: >"$root/etc/group"
	rm -rf "$debs"
	mv "$root" "$out"
}

fetch_root() { # ARCH NAME PACKAGES
	local out=$cache/root-$2-$1.ext4 tree=$cache/tree-$2-$1

	[ ! -e "$out" ] || return 0
	fetch_tree "$1" "$2" "$3"
	# Else the machine compiles each module that it imports, every time.
	/usr/bin/python3 -m compileall -q -s "$tree" -p / \
		"$tree"/usr/lib/python3.* >/dev/null 2>&1 || true
	mke2fs -q -F -t ext4 -d "$tree" -E root_owner=0:0 -O ^has_journal -m 0 \
		"$out" "$(($(du -sm "$tree" | cut -f1) + 500))M"
	rm -rf "$tree"
}

for item; do
	IFS=: read -r kind a b c <<<"$item"
	"fetch_$kind" "$a" "$b" "$c"
done
