# SPDX-License-Identifier: Apache-2.0
# Threads that work on files.
exec python3 - <<'EOF'
import threading, os, queue, concurrent.futures as cf
def work(i):
    p = f"t{i}"
    for k in range(50):
        with open(p, "w") as f: f.write(str(k))
        with open(p) as f: assert f.read() == str(k)
        os.rename(p, p + "x"); os.stat(p + "x"); os.rename(p + "x", p)
    os.unlink(p)
    return i
with cf.ThreadPoolExecutor(8) as ex:
    print(sum(ex.map(work, range(40))))
q = queue.Queue(); out = []
def consumer():
    while (x := q.get()) is not None: out.append(x * 2)
ts = [threading.Thread(target=consumer) for _ in range(4)]
[t.start() for t in ts]
for i in range(1000): q.put(i)
for _ in ts: q.put(None)
[t.join() for t in ts]
print(sum(out), sorted(os.listdir(".")), threading.active_count())
EOF
