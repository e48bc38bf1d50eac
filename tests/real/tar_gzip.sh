# SPDX-License-Identifier: Apache-2.0
# Archives made, listed, compared and unpacked.
mkdir -p t/a t/b; for i in $(seq 1 200); do seq $i >t/a/f$i; done; ln -s ../a/f1 t/b/l; ln t/a/f2 t/b/hard; mkfifo t/p; chmod 640 t/a/f3; touch -d @1000000000 t/a/f4
tar czf t.tgz t; tar tzf t.tgz | sort | md5sum; mkdir o; tar xzf t.tgz -C o; diff -r --no-dereference t/a o/t/a && echo same
stat -c '%A %h %Y' o/t/a/f4 o/t/a/f3 | sed 's/ 1[6-9][0-9]*$/ now/'; stat -c '%F %h' o/t/p o/t/b/l o/t/b/hard; tar df t.tgz; echo $?
tar cf - t | (cd o && tar xf - --overwrite); tar cf n.tar --exclude='f1*' t; tar tf n.tar | wc -l; tar rf n.tar t.tgz; tar tf n.tar | tail -1
gzip -k n.tar; gunzip -t n.tar.gz; echo $?; zcat n.tar.gz | cmp - n.tar && echo equal; gzip -d <t.tgz | tar t | wc -l
tar x --to-stdout -f n.tar t/a/f2; tar xf none.tar 2>&1 | head -1; cd o && rm -rf t; ls
