# SPDX-License-Identifier: Apache-2.0
# The library's own file handling: walk, copytree, tempfile, zip, tar, mmap.
exec python3 - <<'EOF'
import os, shutil, tempfile, zipfile, tarfile, pathlib, mmap, glob, fcntl, filecmp, stat
base = pathlib.Path("tree")
for i in range(5):
    p = base / f"d{i}" / "sub"; p.mkdir(parents=True)
    for j in range(10): (p / f"f{j}").write_text(f"{i}{j}" * 10)
os.symlink("d0", base / "link")
shutil.copytree(base, "copy", symlinks=True); print(filecmp.dircmp(base, "copy").diff_files)
print(sum(len(f) for _, _, f in os.walk("copy")), len(glob.glob("copy/**/*", recursive=True)))
with zipfile.ZipFile("z.zip", "w") as z: [z.write(p) for p in base.rglob("*") if p.is_file()]
with zipfile.ZipFile("z.zip") as z: z.extractall("unz"); print(len(z.namelist()), z.testzip())
with tarfile.open("t.tgz", "w:gz") as t: t.add("copy")
with tarfile.open("t.tgz") as t: t.extractall("unt"); print(len(t.getmembers()))
with tempfile.TemporaryDirectory() as d, tempfile.TemporaryFile() as f: print(os.path.isdir(d), f.write(b"x"))
with open("m", "w+b") as f:
    f.truncate(8192); m = mmap.mmap(f.fileno(), 0); m[4096:4099] = b"abc"; m.flush(); f.seek(4096); print(f.read(3))
with open("m") as f: fcntl.flock(f, fcntl.LOCK_EX); print("locked")
print(sorted(e.name for e in os.scandir(".")), stat.filemode(os.stat("m").st_mode), os.path.samefile("m", "./m"))
fd = os.open(".", os.O_RDONLY); print(len(os.listdir(fd)), os.stat("m", dir_fd=fd).st_size); os.replace("m", "n")
shutil.rmtree("copy"); shutil.rmtree("unz"); print(os.access("tree", os.W_OK), shutil.which("sh"), os.path.realpath("tree/link/sub")[-11:])
for bad in ("none/x", "n/x", ""):
    try: open(bad)
    except OSError as e: print(e.errno, e.strerror)
EOF
