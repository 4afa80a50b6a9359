#!/bin/bash
# A page of rows by keyset, `WHERE stream = ? AND (time, id) > (?, ?) ORDER BY time, id LIMIT n`, does not start where the page before it ended: SQLite
# seeks in an index on (stream, time, id) by stream and time, with a row value's first column alone, and steps over every row of that time again.
# Where many rows share one time, such as the events of a log, reading them page by page takes quadratic time, though each page is in the order of
# the index. Written apart, `time > ? OR (time = ? AND id > ?)` is no better; two queries, the rest of the one time and what comes after it, are.
#
# Seen on 2026-11-30 with SQLite 3.46.1 (apsw 3.46.1.0), 100,000 rows of one time, pages of 100:
#   row value: first page 1228 steps, one near the end 991223; SEARCH ... (stream=? AND time>?)
#   written apart: first page 1141 steps, one near the end 793121; SEARCH ... (stream=? AND time>?)
#   rest of one time: first page 524 steps, one near the end 513; SEARCH ... (stream=? AND time=? AND id>?)
#
# Needs python3 with venv and PyPI. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet apsw==3.46.1.0

cat >look.py <<'PYTHON'
import sys
import apsw

print("SQLite", apsw.sqlite_lib_version())
connection = apsw.Connection(":memory:")
connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, stream INTEGER, time INTEGER)")
connection.execute("CREATE INDEX event_by_stream ON event (stream, time, id)")
with connection:
    for number in range(100_000):
        connection.execute("INSERT INTO event VALUES (?, 1, 7)", (number,))
steps = 0


def count():
    global steps
    steps += 1
    return False


connection.set_progress_handler(count, 1)


def work(condition, after):
    """How many steps of SQLite's machine a page of 100 takes, after checking that it is the right page."""
    global steps
    query = f"SELECT id FROM event WHERE stream = 1 AND {condition} ORDER BY time, id LIMIT 100"
    steps = 0
    rows = [row[0] for row in connection.execute(query, {"time": 7, "id": after})]
    assert rows == list(range(after + 1, after + 101))
    return steps


def plan(condition):
    query = f"EXPLAIN QUERY PLAN SELECT id FROM event WHERE stream = 1 AND {condition} ORDER BY time, id LIMIT 100"
    return [row[3] for row in connection.execute(query, {"time": 7, "id": 0})]


held = True
for name, condition in {
    "row value": "(time, id) > (:time, :id)",
    "written apart": "(time > :time OR (time = :time AND id > :id))",
    "rest of one time": "time = :time AND id > :id",
}.items():
    first, last = work(condition, 0), work(condition, 99_000)
    print(f"{name}: first page {first} steps, one near the end {last}; {plan(condition)}")
    held = held and (last < 2 * first if name == "rest of one time" else last > 20 * first)
sys.exit(0 if held else 1)
PYTHON
venv/bin/python look.py || { echo "changed"; exit 1; }
