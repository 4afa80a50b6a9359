#!/bin/bash
# SQLite removes a write-ahead log that stands beside a database without a byte, at the first read and without an error or a word in its error
# log: every committed row that had not been brought to the database yet is gone. The log itself is whole; beside the page that the database
# had, the same bytes give all rows. Whoever loses or truncates the small file loses the large one with it, so look before SQLite opens.
#
# Seen on 2026-11-29 with SQLite 3.46.1 (apsw 3.46.1.0):
#   with its database: 100 rows
#   beside an empty file: 0 tables, 0 of 420272 bytes of the log left, 0 messages
#
# Needs python3 with venv and PyPI. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet apsw==3.46.1.0

cat >look.py <<'PYTHON'
import os, shutil, sys
import apsw

messages = []
apsw.config(apsw.SQLITE_CONFIG_LOG, lambda code, text: messages.append(text))
print("SQLite", apsw.sqlite_lib_version())

os.mkdir("first")
writer = apsw.Connection("first/db")
for command in ("PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t (value)"):
    writer.execute(command).fetchall()
for number in range(100):
    writer.execute("INSERT INTO t VALUES (?)", (number,))
# What a process that is killed now leaves.
for name in ("whole", "empty"):
    os.mkdir(name)
    shutil.copy("first/db-wal", f"{name}/db-wal")
shutil.copy("first/db", "whole/db")
open("empty/db", "w").close()
size = os.path.getsize("empty/db-wal")
writer.close()

reader = apsw.Connection("whole/db")
rows = reader.execute("SELECT count(*) FROM t").fetchall()[0][0]
reader.close()
print(f"with its database: {rows} rows")

messages.clear()
reader = apsw.Connection("empty/db")
tables = reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()[0][0]
left = os.path.getsize("empty/db-wal") if os.path.exists("empty/db-wal") else 0
print(f"beside an empty file: {tables} tables, {left} of {size} bytes of the log left, {len(messages)} messages")
sys.exit(0 if rows == 100 and tables == 0 and left == 0 and not messages else 1)
PYTHON
venv/bin/python look.py || { echo "changed"; exit 1; }
