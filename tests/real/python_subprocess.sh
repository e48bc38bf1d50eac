# SPDX-License-Identifier: Apache-2.0
# subprocess in all its forms, also from threads.
exec python3 - <<'EOF'
import subprocess as sp, os, sys, threading, signal
print(sp.run(["echo", "hello"], capture_output=True, text=True).stdout, end="")
print(sp.run("exit 5", shell=True).returncode)
print(sp.run(["sh", "-c", "kill -9 $$"]).returncode)
print(sp.check_output(["cat"], input=b"x" * 100000).count(b"x"))
p = sp.Popen(["sort"], stdin=sp.PIPE, stdout=sp.PIPE, text=True)
print(p.communicate("b\na\n"))
for kw in ({"close_fds": True}, {"close_fds": False}, {"start_new_session": True},
           {"cwd": "/usr"}, {"env": {"A": "b"}}, {"preexec_fn": os.getpid}, {"umask": 0o77}):
    r = sp.run(["/bin/sh", "-c", "pwd | grep -c /; umask; echo $A"], capture_output=True, text=True, **kw)
    print(sorted(kw), r.returncode, r.stdout.split())
try: sp.run(["/none"])
except FileNotFoundError as e: print("ENOENT", e.filename)
try: sp.run(["/etc/passwd"])
except PermissionError as e: print("EACCES")
try: sp.run(["true"], cwd="/none")
except FileNotFoundError as e: print("cwd", e.filename)
try: sp.run(["sleep", "60"], timeout=0.2)
except sp.TimeoutExpired: print("timeout")
bad = []
def storm():
    for _ in range(15):
        r = sp.run(["/bin/echo", "x"], capture_output=True)
        if r.returncode or r.stdout != b"x\n": bad.append(r)
ts = [threading.Thread(target=storm) for _ in range(6)]
[t.start() for t in ts]; [t.join() for t in ts]
print("bad", len(bad))
r, w = os.pipe()
pid = os.posix_spawn("/bin/echo", ["echo", "spawned"], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)])
print(os.waitpid(pid, 0)[1], os.read(r, 100))
a = sp.Popen(["seq", "1000"], stdout=sp.PIPE); b = sp.Popen(["wc", "-l"], stdin=a.stdout, stdout=sp.PIPE)
print(b.communicate()[0], a.wait())
EOF
