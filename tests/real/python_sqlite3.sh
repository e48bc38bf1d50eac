# SPDX-License-Identifier: Apache-2.0
# sqlite3 with journal and WAL, from two processes.
exec python3 - <<'EOF'
import sqlite3, os
for mode in ("delete", "wal", "truncate"):
    db = sqlite3.connect(f"{mode}.db", timeout=10)
    print(db.execute(f"pragma journal_mode={mode}").fetchone())
    db.execute("create table t(a integer primary key, b text)")
    with db: db.executemany("insert into t(b) values(?)", [(str(i),) for i in range(500)])
    pid = os.fork()
    if pid == 0:
        d2 = sqlite3.connect(f"{mode}.db", timeout=10)
        for i in range(20):
            with d2: d2.execute("update t set b=b||'x' where a=?", (i + 1,))
        os._exit(0)
    for i in range(20):
        with db: db.execute("insert into t(b) values('p')")
    print(os.waitpid(pid, 0)[1], db.execute("select count(*), sum(length(b)) from t").fetchone())
    try:
        with db: db.execute("insert into t values(1,'dup')")
    except sqlite3.IntegrityError as e: print(e)
    print(db.execute("pragma integrity_check").fetchone()); db.close()
print(sorted(f for f in os.listdir(".") if f.endswith(".db")))
EOF
