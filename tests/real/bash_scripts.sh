# SPDX-License-Identifier: Apache-2.0
# Functions, arrays, loops, traps, arithmetic, globs, redirections.
set -u
f() { local x=$1; echo "f $x"; return 3; }
f one; echo "status $?"
declare -A map=([a]=1 [b]=2)
for k in a b; do echo "$k=${map[$k]}"; done
arr=(x y "z w"); echo "${#arr[@]} ${arr[-1]}"
i=0; while ((i < 5)); do ((i++)); done; echo "i=$i"
trap 'echo leaving' EXIT
mkdir -p d/{1,2,3}; touch d/{1,2,3}/file.{c,h}
echo d/*/*.c; shopt -s globstar; echo **/*.h | wc -w
echo out >o; echo more >>o; cat <o; cat o o | sort | uniq -c | tr -s ' '
exec 5>five; echo to five >&5; exec 5>&-; cat five
exec 6<five; read -r line <&6; echo "read: $line"
(exit 7); echo "subshell $?"
{ echo a; echo b >&2; } 2>&1 | sort
[[ -d d && -f o && ! -e none ]] && echo tests
case hello in h*) echo glob;; esac
printf '%05d %s %q\n' 42 str "a b"
x=$(echo nested $(echo deep)); echo "$x"
echo {1..5} $((2**10)) ${x^^} ${x/deep/shallow}
unset -v nope; echo "${nope:-default}"
set -- a b c; shift; echo "$# $*"
pwd | sed "s|$PWD|HERE|"
cd d/1 && ls && cd - >/dev/null && ls
type -t cd ls f
. /dev/stdin <<<'echo sourced'
kill -l 15; ulimit -c 0; umask
bash -c 'exit 9'; echo $?
{ bash -c 'kill -KILL $$'; } 2>/dev/null; echo $?
nosuchcommand 2>/dev/null; echo $?
/etc/passwd 2>/dev/null; echo $?
