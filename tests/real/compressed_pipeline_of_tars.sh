# SPDX-License-Identifier: Apache-2.0
# TIMEOUT: 120
# Copying a tree of the system.
tar cf - -C /usr/include . | tar xf - && find . -type f | wc -l && diff -rq --no-dereference /usr/include . && echo same && rm -rf ./* && ls -A | wc -l
