# SPDX-License-Identifier: Apache-2.0
# Worker threads and promises of the file system.
command -v node >/dev/null || { echo "skip: node is not installed"; exit 77; }
exec node -e '
const { Worker } = require("worker_threads"), fs = require("fs").promises;
const src = "const{parentPort,workerData}=require(\"worker_threads\"),fs=require(\"fs\");for(let i=0;i<100;i++){const f=\"w\"+workerData;fs.writeFileSync(f,\"\"+i);if(fs.readFileSync(f,\"utf8\")!=i)throw 1}parentPort.postMessage(workerData)";
Promise.all([...Array(6).keys()].map(i => new Promise((ok, no) => { const w = new Worker(src, { eval: true, workerData: i }); w.on("message", ok); w.on("error", no); }))).then(async r => {
  console.log(r); await Promise.all([...Array(100).keys()].map(i => fs.writeFile("f" + i, "x" + i)));
  console.log((await fs.readdir(".")).length, (await Promise.all([...Array(100).keys()].map(i => fs.readFile("f" + i, "utf8")))).join("").length); });'
