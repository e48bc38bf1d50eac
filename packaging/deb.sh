#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deb.sh BUILD: a Debian package of what `make install` lays down, with the
# dependencies that the program was linked with. $VERSION is the program's;
# $DEBFULLNAME and $DEBEMAIL say who made the package.
set -eu
cd "$(dirname "$0")/.."
build=$1
arch=$(dpkg --print-architecture)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
top=$build/deb
root=$top/belljar
who="${DEBFULLNAME:-The belljar authors} <${DEBEMAIL:-belljar@example.org}>"
deb=$build/belljar_${VERSION}-1_$arch.deb

umask 022
rm -rf "$top"
mkdir -p "$root/DEBIAN" "$top/debian"
make --no-print-directory install DESTDIR="$root" prefix=/usr BUILD="$build" \
	libexecdir=/usr/libexec >/dev/null
strip --strip-unneeded -R .comment -R .note "$root/usr/bin/belljar"
doc=$root/usr/share/doc/belljar
find "$root/usr/share/man" -type f -exec gzip -9n {} +
cat >"$doc/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: belljar

Files: *
Copyright: 2026 The belljar authors
License: Apache-2.0
 On Debian systems, the full text of the Apache License, version 2.0, can be
 found in the file /usr/share/common-licenses/Apache-2.0.
END
gzip -9n >"$doc/changelog.Debian.gz" <<END
belljar ($VERSION-1) unstable; urgency=medium

  * Version $VERSION.

 -- $who  $(date -R -u -d "@$epoch")
END

# dpkg-shlibdeps wants a source package's control file to look at.
printf 'Source: belljar\n\nPackage: belljar\nArchitecture: any\n' \
	>"$top/debian/control"
depends=$(cd "$top" && dpkg-shlibdeps -O -e belljar/usr/bin/belljar |
	sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<END
Package: belljar
Version: $VERSION-1
Architecture: $arch
Maintainer: $who
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Section: admin
Priority: optional
Description: sandbox for untrusted programs that needs no privilege
 belljar runs a program in a world of its own: its own mount tree, /proc, ids
 and namespaces, without root, user namespaces or a daemon. Inside, the mount
 system calls behave as on Linux although the kernel mounts nothing.
END
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) \
	>"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$epoch" {} +
dpkg-deb --root-owner-group --build "$root" "$deb"
