# SPDX-License-Identifier: Apache-2.0
# asyncio: subprocesses, unix sockets, signals, timers, threads.
exec python3 - <<'EOF'
import asyncio, os, signal
async def main():
    async def echo(r, w):
        w.write((await r.readline()).upper()); await w.drain(); w.close()
    server = await asyncio.start_unix_server(echo, "sock")
    async def client(i):
        r, w = await asyncio.open_unix_connection("sock")
        w.write(f"msg{i}\n".encode()); out = await r.readline(); w.close()
        return out
    print(await asyncio.gather(*(client(i) for i in range(20))))
    server.close()
    p = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    print(await p.communicate(b"data"))
    ps = [await asyncio.create_subprocess_shell(f"exit {i}") for i in range(5)]
    print([await p.wait() for p in ps])
    got = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1); await asyncio.wait_for(got.wait(), 5)
    print("signal", await asyncio.to_thread(os.path.exists, "/etc/passwd"))
    try: await asyncio.wait_for(asyncio.sleep(10), 0.05)
    except asyncio.TimeoutError: print("timeout")
asyncio.run(main())
EOF
