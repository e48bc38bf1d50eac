# SPDX-License-Identifier: Apache-2.0
# Sockets by path, datagrams, passing of descriptors.
exec python3 - <<'EOF'
import socket, os, array, tempfile
s = socket.socket(socket.AF_UNIX); s.bind("stream"); s.listen()
pid = os.fork()
if pid == 0:
    c = socket.socket(socket.AF_UNIX); c.connect(os.path.abspath("stream"))
    f = open("given", "w+"); f.write("by descriptor"); f.flush()
    socket.send_fds(c, [b"fd"], [f.fileno()]); c.close(); os._exit(0)
c, a = s.accept(); msg, fds, flags, addr = socket.recv_fds(c, 10, 4)
os.lseek(fds[0], 0, 0); print(msg, os.read(fds[0], 100), repr(a), os.waitpid(pid, 0)[1])
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind("dgram")
e = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); e.bind("other")
print(e.sendto(b"hi", "dgram"), d.recvfrom(10), e.getsockname())
for path, err in (("none", FileNotFoundError), ("given", ConnectionRefusedError)):
    try: socket.socket(socket.AF_UNIX).connect(path)
    except err as x: print(type(x).__name__)
try: socket.socket(socket.AF_UNIX).bind("stream")
except OSError as x: print(x.errno)
try: socket.socket(socket.AF_UNIX).bind("x" * 200)
except OSError as x: print(x)
ab = socket.socket(socket.AF_UNIX); ab.bind("\0" + os.urandom(8).hex()); ab.listen()
cc = socket.socket(socket.AF_UNIX); cc.connect(ab.getsockname()); print(cc.getpeername() == ab.getsockname())
EOF
