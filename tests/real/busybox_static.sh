# SPDX-License-Identifier: Apache-2.0
# One static program, many applets.
bb=$(command -v busybox) || { echo "skip: busybox is not installed"; exit 77; }
mkdir bin d; "$bb" --install -s bin; ls bin | wc -l
PATH=$PWD/bin
sh -c 'for i in 1 2 3; do echo $i; done | sort -r | tr "\n" " "'; echo
echo text >d/f; cp -r d e; ls -R; find . -name f | sort; grep -r text d e | sort
tar cf t.tar d e; rm -r d; tar xf t.tar; cat d/f; md5sum d/f
vi --help 2>&1 | head -1 | cut -c1-7; awk 'BEGIN{print 1+1}'; sed 's/t/T/' d/f
gzip <d/f | gunzip; dd if=/dev/zero bs=1 count=3 2>/dev/null | od; stat -c %s d/f
mkfifo p; echo fifo >p & cat p; ln -s d/f l; readlink l; realpath l | sed "s|$PWD|HERE|"
ash -c 'echo $0; exit 4'; echo $?; ps >/dev/null && echo ps; pwd | sed 's|.*/||'; env | grep -c PATH
