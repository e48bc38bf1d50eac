# SPDX-License-Identifier: Apache-2.0
# Long pipelines, process substitution, named pipes, background jobs.
seq 1 10000 | grep 7 | sort -rn | head -5
yes | head -100000 | wc -l
diff <(echo a; echo b) <(echo a; echo c)
cat <(echo first) <(echo second)
tee >(wc -c >count) </etc/hostname >/dev/null; wait; [ -s count ] && echo counted
mkfifo p; (seq 5 >p) & cat p; wait
set -o pipefail; false | true; echo "pipefail $?"
echo "${PIPESTATUS[*]}"
pids=; for i in 1 2 3 4 5; do (exit $i) & pids="$pids $!"; done; n=0
for j in $pids; do wait $j; n=$((n + $?)); done; echo "sum $n"
sleep 30 & kill $!; wait $! 2>/dev/null; echo "killed $?"
coproc cat; echo through >&"${COPROC[1]}"; read -r l <&"${COPROC[0]}"; echo "$l"
eval "exec ${COPROC[1]}>&-"; wait
seq 1 200 | xargs -P4 -n10 echo | wc -w
timeout 0.2 sleep 30; echo "timeout $?"
(trap 'echo got term; exit 5' TERM; kill -TERM $BASHPID; sleep 1); echo $?
head -c 1000000 /dev/zero | gzip | gunzip | wc -c
dd if=/dev/zero bs=1k count=100 2>/dev/null | cksum
