#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mkbundle.py PROFILE BUNDLE [--uid N] [--readonly] [--nnp] [--no-caps]
               [--free] [--bind HOST:INSIDE]... -- COMMAND [ARG...]

Writes BUNDLE/config.json: an OCI bundle as a container engine would make it
from its default seccomp PROFILE (JSON), with Docker's default capabilities,
masked and read-only paths. With --free, a container without any of these, as
something to compare with. BUNDLE/rootfs is there already. Start it with
`runc --root DIR run --bundle BUNDLE NAME`.
"""
import argparse
import json
import platform
import sys

DEFAULT_CAPS = ["CAP_" + c for c in (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP"
    " SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE").split()]
# All, in the kernel's order.
ALL_CAPS = ["CAP_" + c for c in (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
    " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK"
    " IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN"
    " SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE"
    " AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM"
    " BLOCK_SUSPEND AUDIT_READ").split()]
ARCHES = {
    "x86_64": ("amd64", ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
    "aarch64": ("arm64", ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]),
}
MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys",
          "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
          "/proc/sched_debug", "/proc/scsi", "/sys/firmware"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
            "/proc/sysrq-trigger"]


def rule_applies(rule, caps, goarch):
    include, exclude = rule.get("includes") or {}, rule.get("excludes") or {}
    if not set(include.get("caps", [])) <= set(caps):
        return False
    if set(exclude.get("caps", [])) & set(caps):
        return False
    if include.get("arches") and goarch not in include["arches"]:
        return False
    return goarch not in exclude.get("arches", [])


def seccomp(profile, caps):
    goarch, arches = ARCHES[platform.machine()]
    out = {"defaultAction": profile["defaultAction"], "architectures": arches,
           "syscalls": []}
    if profile.get("defaultErrnoRet") is not None:
        out["defaultErrnoRet"] = profile["defaultErrnoRet"]
    for rule in profile["syscalls"]:
        if rule_applies(rule, caps, goarch):
            keep = {"names": rule["names"], "action": rule["action"]}
            for key in ("args", "errnoRet"):
                if rule.get(key) is not None:
                    keep[key] = rule[key]
            out["syscalls"].append(keep)
    return out


def own_caps():
    """The capabilities that whoever starts this has to give."""
    with open("/proc/self/status", encoding="ascii") as f:
        mask = int(dict(line.split(":", 1) for line in f)["CapPrm"], 16)
    return [c for bit, c in enumerate(ALL_CAPS) if mask >> bit & 1]


def mount(where, kind, source, *options):
    return {"destination": where, "type": kind, "source": source,
            "options": list(options)}


def mounts(binds):
    out = [
        mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755",
              "size=65536k"),
        mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec",
              "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev",
              "mode=1777", "size=65536k"),
        mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        mount("/tmp", "tmpfs", "tmpfs", "mode=1777"),
    ]
    for pair in binds:
        host, inside = pair.split(":")
        out.append(mount(inside, "bind", host, "rbind", "rw"))
    return out


def main():
    cut = sys.argv.index("--")
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("profile")
    parser.add_argument("bundle")
    parser.add_argument("--uid", type=int, default=1000)
    parser.add_argument("--bind", action="append", default=[])
    for flag in ("--readonly", "--nnp", "--no-caps", "--free"):
        parser.add_argument(flag, action="store_true")
    args = parser.parse_args(sys.argv[1:cut])
    with open(args.profile, encoding="utf-8") as f:
        profile = json.load(f)
    caps = [] if args.no_caps else DEFAULT_CAPS
    if args.free:
        caps = own_caps()
    held = caps if args.uid == 0 else []
    config = {
        "ociVersion": "1.0.2",
        "hostname": "container",
        "root": {"path": "rootfs", "readonly": args.readonly},
        "process": {
            "terminal": False,
            "user": {"uid": args.uid, "gid": args.uid},
            "args": sys.argv[cut + 1:],
            "cwd": "/",
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
                    ":/sbin:/bin", "HOME=/home/user", "LANG=C.UTF-8"],
            "noNewPrivileges": args.nnp,
            "capabilities": {"bounding": caps, "permitted": held,
                             "effective": held, "inheritable": [],
                             "ambient": []},
        },
        "mounts": mounts(args.bind),
        "linux": {
            "namespaces": [{"type": t}
                           for t in ("pid", "ipc", "uts", "mount")],
        },
    }
    if not args.free:
        config["linux"].update(maskedPaths=MASKED, readonlyPaths=READONLY,
                               seccomp=seccomp(profile, caps))
    with open(args.bundle + "/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f, indent=1)


main()
