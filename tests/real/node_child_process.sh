# SPDX-License-Identifier: Apache-2.0
# child_process: exec, spawn, fork with messages, spawnSync.
command -v node >/dev/null || { echo "skip: node is not installed"; exit 77; }
cat >c.js <<'EOF'
process.on("message", m => { process.send({ twice: m * 2 }); if (m === 3) process.exit(6); });
EOF
exec node -e '
const cp = require("child_process"), fs = require("fs"), path = require("path");
console.log(cp.execSync("echo sync").toString().trim(), cp.spawnSync("sh", ["-c", "exit 4"]).status, cp.spawnSync("/none").error.code);
cp.exec("echo async; exit 2", (e, out) => { console.log(out.trim(), e.code);
  const k = cp.spawn("cat"); let t = ""; k.stdout.on("data", d => t += d); k.on("close", c => { console.log("cat", t, c);
    const s = cp.spawn("sleep", ["60"]); s.on("exit", (c, sig) => { console.log("sleep", c, sig);
      const f = cp.fork("./c.js"); f.on("message", m => console.log(m)); f.on("exit", c => { console.log("fork", c);
        fs.mkdirSync("a/b", { recursive: true }); fs.writeFileSync("a/b/f", "x"); console.log(fs.readdirSync("a", { recursive: true }), fs.statSync("a/b/f").size, path.basename(fs.realpathSync("a/../a")));
        fs.watchFile; fs.rmSync("a", { recursive: true }); console.log(fs.existsSync("a")); });
      for (const i of [1, 2, 3]) f.send(i); }); s.kill(); }); k.stdin.end("through"); });'
