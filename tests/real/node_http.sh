# SPDX-License-Identifier: Apache-2.0
# An HTTP server and client over a unix socket.
command -v node >/dev/null || { echo "skip: node is not installed"; exit 77; }
exec node -e '
const http = require("http"), fs = require("fs");
const s = http.createServer((q, r) => { let b = ""; q.on("data", d => b += d); q.on("end", () => { fs.writeFileSync("last", b); r.end(q.method + " " + q.url + " " + b.length); }); });
s.listen("./sock", async () => {
  const ask = (m, p, body) => new Promise((ok, no) => { const q = http.request({ socketPath: "./sock", method: m, path: p }, r => { let t = ""; r.on("data", d => t += d); r.on("end", () => ok(r.statusCode + " " + t)); }); q.on("error", no); q.end(body); });
  for (let i = 0; i < 5; i++) console.log(await ask("POST", "/p" + i, "x".repeat(i * 10000)));
  console.log((await Promise.all([...Array(50).keys()].map(i => ask("GET", "/" + i)))).length);
  s.close(() => console.log(fs.readFileSync("last").length, fs.existsSync("sock")));
});'
