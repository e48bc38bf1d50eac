# SPDX-License-Identifier: Apache-2.0
# multiprocessing: fork and spawn, queues, shared memory, locks, managers.
# TIMEOUT: 60
cat >m.py <<'EOF'
import multiprocessing as mp, os
from multiprocessing import shared_memory
def sq(x): return x * x
def add(n, lock, v):
    for _ in range(n):
        with lock: v.value += 1
def use(name): shared_memory.SharedMemory(name).buf[0] = 42
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        c = mp.get_context(method)
        with c.Pool(3) as p: print(method, sum(p.map(sq, range(100))))
        lock, v = c.Lock(), c.Value("i", 0)
        ps = [c.Process(target=add, args=(100, lock, v)) for _ in range(3)]
        [p.start() for p in ps]; [p.join() for p in ps]
        print(v.value, [p.exitcode for p in ps])
    s = shared_memory.SharedMemory(create=True, size=100)
    p = mp.Process(target=use, args=(s.name,)); p.start(); p.join()
    print(s.buf[0]); s.close(); s.unlink()
    with mp.Manager() as m:
        d = m.dict(); d["k"] = [1, 2]; print(dict(d))
    a, b = mp.Pipe()
    p = mp.Process(target=b.send, args=({"x": 1},)); p.start(); print(a.recv()); p.join()
EOF
exec python3 m.py
