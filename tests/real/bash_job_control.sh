# SPDX-License-Identifier: Apache-2.0
# Job control without a terminal.
exec 2>/dev/null
set -m
sleep 60 & p=$!
kill -STOP $p
until grep -q '^State:.*T' /proc/$p/status; do :; done
jobs | tr -s ' '
kill -CONT $p
until ! grep -q '^State:.*T' /proc/$p/status; do :; done
kill -TERM $p
while kill -0 $p; do :; done
echo "ended"
(sleep 60; echo no) & p=$!
kill -- -$p; wait -f $p; echo "group $?"
set +m
bash -c 'sleep 60 & disown; kill $!; echo disowned'
setsid bash -c 'echo session $(($(ps -o sid= -p $$) == $$))'
nohup echo nohup 2>/dev/null
