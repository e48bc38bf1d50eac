# SPDX-License-Identifier: Apache-2.0
"""nest.py PID NAME: what can be done to process PID, a guest of the same
sandbox that listens on the abstract socket NAME?  Prints what works."""
import os
import resource
import signal
import socket
import sys

pid, name = int(sys.argv[1]), sys.argv[2]


def connect():
    socket.socket(socket.AF_UNIX).connect("\0" + name)


def listed():
    if str(pid) not in os.listdir("/proc"):
        raise OSError


attacks = {
    "signal": lambda: os.kill(pid, 0),
    "signal_to_the_group": lambda: os.killpg(os.getpgid(pid), 0),
    "signal_to_a_group_by_number": lambda: os.killpg(pid, 0),
    "queued_signal": lambda: signal.pidfd_send_signal(os.pidfd_open(pid), 0),
    "pidfd": lambda: os.pidfd_open(pid),
    "proc_list": listed,
    "proc_status": lambda: open(f"/proc/{pid}/status").read(),
    "proc_cmdline": lambda: open(f"/proc/{pid}/cmdline").read(),
    "proc_environ": lambda: open(f"/proc/{pid}/environ").read(),
    "proc_root": lambda: os.listdir(f"/proc/{pid}/root/"),
    "proc_cwd": lambda: os.listdir(f"/proc/{pid}/cwd/"),
    "proc_fd": lambda: os.listdir(f"/proc/{pid}/fd/"),
    "proc_task": lambda: os.listdir(f"/proc/{pid}/task/"),
    "proc_namespace": lambda: open(f"/proc/{pid}/ns/mnt").close(),
    "session": lambda: os.getsid(pid),
    "priority": lambda: os.getpriority(os.PRIO_PROCESS, pid),
    "affinity": lambda: os.sched_getaffinity(pid),
    "scheduler": lambda: os.sched_getscheduler(pid),
    "limits": lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE),
    "abstract_socket": connect,
    "network": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
}
for what, attack in attacks.items():
    try:
        attack()
        print(what)
    except OSError:
        pass
print("all tried")
