# SPDX-License-Identifier: Apache-2.0
# init, add, commit, branch, merge, clone, gc, status, log, diff, stash.
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q -b main r && cd r || exit 1
for i in $(seq 1 60); do mkdir -p d$((i % 7)); seq $i >d$((i % 7))/f$i; done; ln -s d1/f1 l
git add -A && git commit -qm first && git log --format='%H %s'
echo more >>d1/f1; rm d2/f2; echo new >n; git status --porcelain; git diff --stat | cat
git stash -q; git status --porcelain; git stash pop -q; git add -A; git commit -qm second
git checkout -qb side HEAD~1; echo side >s; git add s; git commit -qm side; git checkout -q main; git merge -q -m merged side; git log --oneline | wc -l
git tag v1; git rev-parse HEAD; git ls-files | wc -l; git grep -c more | cat
cd .. && git clone -q r c && cd c && git log --format=%s | cat && git fsck 2>&1 | tail -1
for i in 1 2 3; do echo $i >x$i; git add x$i; git commit -qm "x$i"; done; git push -q origin HEAD:refs/heads/pushed && git -C ../r branch | cat
git gc -q --prune=now && git count-objects && ls .git/objects/pack | wc -l && git fsck && git status --short && git worktree add -q ../wt HEAD~1 2>&1 && ls ../wt | wc -l
git clone -q --bare ../r ../b.git && git -C ../b.git rev-parse HEAD; git archive HEAD | tar t | wc -l; git blame n 2>/dev/null | wc -l; git rebase -q HEAD~1 && git reset -q --hard HEAD~1 && git reflog | wc -l
