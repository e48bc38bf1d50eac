# SPDX-License-Identifier: Apache-2.0
# The sqlite3 shell.
command -v sqlite3 >/dev/null || { echo "skip: sqlite3 is not installed"; exit 77; }
sqlite3 x.db 'create table t(a, b); insert into t values(1, 2), (3, 4); select sum(a*b) from t; .tables' 'pragma journal_mode=wal' '.schema'
seq 1 1000 | sed 's/$/,x/' >c.csv; sqlite3 x.db '.mode csv' '.import c.csv i' 'select count(*) from i' '.backup y.db'; sqlite3 y.db 'select count(*) from t'; sqlite3 -readonly y.db 'delete from t' 2>&1 | sed 's/.*: //'; ls
