#!/bin/bash
# SQLite reads nothing at all of a database that lost one page at its end, though every other page is whole: opening works, and the first read says
# that the image is malformed. With PRAGMA writable_schema = ON the same file is read up to the page that is not there. Whoever writes a repair
# has to set it on the side that is read.
#
# Seen on 2026-11-30 with SQLite 3.46.1 (apsw 3.46.1.0), 1000 rows in a table:
#   69 pages, cut to 68
#   as it is: 0 rows, CorruptError: database disk image is malformed
#   with writable_schema: 990 rows, CorruptError: database disk image is malformed
#
# Needs python3 with venv and PyPI. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet apsw==3.46.1.0

cat >look.py <<'PYTHON'
import os, sys
import apsw

print("SQLite", apsw.sqlite_lib_version())
writer = apsw.Connection("db")
writer.execute("PRAGMA page_size = 4096").fetchall()
writer.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT)")
for number in range(1000):
    writer.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 250))
writer.close()
pages = os.path.getsize("db") // 4096
os.truncate("db", (pages - 1) * 4096)


def read(*commands):
    """(rows that could be read in the order of their ids, what ended the reading)."""
    rows, end = 0, "the end"
    try:
        connection = apsw.Connection("db", flags=apsw.SQLITE_OPEN_READONLY)
        for command in commands:
            connection.execute(command).fetchall()
        for _ in connection.execute("SELECT id, value FROM t ORDER BY id"):
            rows += 1
    except apsw.Error as error:
        end = str(error)
    return rows, end


whole, before = read()
saved, after = read("PRAGMA writable_schema = ON")
print(f"{pages} pages, cut to {pages - 1}")
print(f"as it is: {whole} rows, {before}")
print(f"with writable_schema: {saved} rows, {after}")
sys.exit(0 if whole == 0 and "malformed" in before and saved > 900 else 1)
PYTHON
venv/bin/python look.py || { echo "changed"; exit 1; }
