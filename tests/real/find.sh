# SPDX-License-Identifier: Apache-2.0
# find over trees of the world and of our own.
mkdir -p t/{1..5}/{a,b}; touch t/{1..5}/{a,b}/{x,y,z}.{c,h}; ln -s ../1 t/2/l; ln -s . t/self
find t | sort | md5sum; find t -type f -name '*.c' | wc -l; find -L t/2 -name '*.c' 2>/dev/null | wc -l; find t -maxdepth 1 | sort
find t -name '*.h' -delete; find t -type f | wc -l; find t -type d -empty | wc -l; find t -size 0 -print0 | xargs -0 rm; find t -type f
find /usr/include -type f | sort | md5sum; find /usr/bin -perm -111 | wc -l; find /etc -maxdepth 1 -name passwd -exec grep -c root {} +; find /usr/lib -type l 2>/dev/null | wc -l
find none 2>&1; find /usr/share/doc -maxdepth 1 | sort | md5sum
