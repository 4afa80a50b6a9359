"""What records cost: memory by option and not by retention, disk that is given back, and a log whose tail was torn."""

import contextlib
import hashlib
import json
import os

from harness import until
from test_durability import home, read_all  # noqa: F401

MEBI = 1 << 20


def fill(kinesis, batches, size=4096, count=250):
    """A mebibyte a batch; gives the digest of everything in order."""
    digest = hashlib.sha256()
    for batch in range(batches):
        records = [{"PartitionKey": "p", "Data": hashlib.sha256(f"{batch}/{number}".encode()).digest() * (size // 32)} for number in range(count)]
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
        for record in records:
            digest.update(record["Data"])
    return digest.hexdigest()


def read(kinesis):
    digest = hashlib.sha256()
    at = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    while page := kinesis.get_records(ShardIterator=at, Limit=1000):
        for record in page["Records"]:
            digest.update(record["Data"])
        at = page["NextShardIterator"]
        if not page["MillisBehindLatest"]:
            return digest.hexdigest()


def test_memory_is_bounded_by_its_option_and_not_by_what_is_kept(start, tmp_path):
    options = ("--data-dir", tmp_path / "data", "--kinesis-memory", "8MiB")
    server = start(*options)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    fill(kinesis, 1)
    before = server.memory()
    kinesis.delete_stream(StreamName="s")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    written = fill(kinesis, 60)
    # Requests, answers and the allocator's own share are in it too.
    assert server.memory() - before < 24 * MEBI
    assert read(kinesis) == written
    assert server.memory() - before < 40 * MEBI
    server.kill()
    server = start(*options)
    assert server.memory("VmHWM") - before < 40 * MEBI
    assert read(server.client("kinesis")) == written


def test_without_a_data_directory_the_oldest_records_make_room(start):
    server = start("--kinesis-memory", "8MiB")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    fill(kinesis, 1)
    before = server.memory()
    fill(kinesis, 60)
    assert server.memory() - before < 24 * MEBI
    at = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = []
    while (page := kinesis.get_records(ShardIterator=at, Limit=1000)) and page["Records"]:
        records += [record["Data"][:32] for record in page["Records"]]
        at = page["NextShardIterator"]
    every = [hashlib.sha256(f"{batch}/{number}".encode()).digest() for batch in range(60) for number in range(250)]
    assert 4 * 250 < len(records) <= 9 * 250 and records == every[-len(records):]
    assert "the oldest stream records were dropped before their time" in server.tail()


def test_expired_records_give_their_disk_back(start, tmp_path):
    server = start("--data-dir", tmp_path / "data", "--kinesis-memory", "8MiB")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    fill(kinesis, 72)

    def size():
        total = 0
        for name in os.listdir(tmp_path / "data/log"):
            # One may be removed meanwhile.
            with contextlib.suppress(FileNotFoundError):
                total += (tmp_path / "data/log" / name).stat().st_size
        return total

    assert size() > 66 * MEBI
    assert server.http("POST", "/_personalite/clock", body=json.dumps({"advance": 25 * 3600}).encode()).status == 200
    kinesis.put_record(StreamName="s", PartitionKey="p", Data=b"last")
    until(lambda: size() < 20 * MEBI, 20, "disk given back")
    server.kill()
    server = start("--data-dir", tmp_path / "data")
    records = [record["Data"] for shard in read_all(server.client("kinesis"), "s").values() for record in shard]
    assert records == [b"last"]


def test_a_torn_tail_is_cut_off_and_told(home):  # noqa: F811
    kinesis = home.start().client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    for number in range(20):
        kinesis.put_record(StreamName="s", PartitionKey="p", Data=f"{number}".encode())
    home.server.kill()
    segment = max((home.folder / "data/log").glob("*.log"))
    whole = segment.stat().st_size
    # Half of the last record, as if the machine had stopped in the middle of it, and what lay on the disk before.
    with segment.open("r+b") as file:
        file.truncate(whole - 4)
        file.seek(0, os.SEEK_END)
        file.write(b"\x00" * 50)
    server = home.start()
    assert segment.stat().st_size < whole
    assert "the record log was damaged" in server.tail()
    kinesis = server.client("kinesis")
    kinesis.put_record(StreamName="s", PartitionKey="p", Data=b"after")
    records = [record["Data"] for shard in read_all(kinesis, "s").values() for record in shard]
    assert records == [f"{number}".encode() for number in range(19)] + [b"after"]
