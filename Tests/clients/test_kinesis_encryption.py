"""Server-side encryption of streams at rest: what the data directory shows, and what starts without the key say."""

import os
import pathlib

import pytest

import test_kinesis_channels as channels
from harness import Server, until
from test_commands import run
from test_firehose import objects
from test_kinesis_consumers import register, subscribe
from test_kinesis_queues import create, entries

SECRET = b"a secret that nobody finds"


@pytest.fixture
def servers(tmp_path):
    running = []

    def start(*options):
        running.append(Server(tmp_path, "--snapshots", tmp_path / "snapshots", *options))
        return running[-1]

    yield start
    for server in running:
        server.kill()


def encrypt(server, name="s"):
    server.client("kinesis").start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")


def put(server, first, last):
    server.client("kinesis").put_records(StreamName="s", Records=[
        {"Data": SECRET + b" %d" % number, "PartitionKey": f"hidden-{number}"} for number in range(first, last)])


def read(server):
    kinesis = server.client("kinesis")
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return kinesis.get_records(ShardIterator=iterator)["Records"]


def shown(folder, text):
    return [str(path) for path in pathlib.Path(folder).rglob("*") if path.is_file() and text in path.read_bytes()]


def refused(folder, *options):
    """What a start that does not come about says."""
    status, _, errors = run(folder, "serve", "--port", "0", *map(str, options))
    assert status == 1, errors
    return errors


def test_a_data_directory_shows_nothing_without_its_key(servers, tmp_path):
    data, key = tmp_path / "data", tmp_path / "key"
    server = servers("--data-dir", data, "--encryption-key", key, "--log-level", "trace")
    assert not key.exists()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    encrypt(server)
    assert key.exists() and os.stat(key).st_mode & 0o777 == 0o600
    assert "made the key of encrypted streams" in server.log.read_text()
    put(server, 0, 100)
    # Cut off in the middle of everything, as an orderly end.
    server.kill()
    told = server.log.read_bytes()
    assert key.read_bytes().strip() not in told and SECRET not in told and b"hidden-" not in told
    assert shown(data, SECRET) == [] and shown(data, b"hidden-") == [] and shown(data, key.read_bytes().strip()) == []
    server = servers("--data-dir", data, "--encryption-key", key)
    put(server, 100, 200)
    records = read(server)
    assert [record["Data"] for record in records] == [SECRET + b" %d" % number for number in range(200)]
    assert all(record["EncryptionType"] == "KMS" for record in records)
    # What is put after the encryption has ended is kept as it is.
    server.client("kinesis").stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    put(server, 200, 201)
    assert server.stop() == 0
    assert len(shown(data, SECRET)) == 1 and len(shown(data, b"hidden-200")) == 1 and shown(data, b"hidden-199") == []

    assert "Start with --encryption-key FILE" in refused(tmp_path, "--data-dir", data)
    other = tmp_path / "other"
    other.write_text("0" * 64)
    assert "is not the one" in refused(tmp_path, "--data-dir", data, "--encryption-key", other)
    assert "is not there" in refused(tmp_path, "--data-dir", data, "--encryption-key", tmp_path / "none")
    assert "Keep the key apart" in refused(tmp_path, "--data-dir", data, "--encryption-key", data / "key")
    status, output, errors = run(tmp_path, "check", "--data-dir", str(data))
    assert status == 0 and "by their checksums alone" in output and "is whole" in output, output + errors
    server = servers("--data-dir", data, "--encryption-key", key)
    assert len(read(server)) == 201


@pytest.mark.parametrize("kept", [True, False])
def test_a_snapshot_goes_with_the_key(servers, tmp_path, kept):
    key = tmp_path / "key"
    where = ["--data-dir", tmp_path / "data"] if kept else []
    server = servers(*where, "--encryption-key", key)
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    encrypt(server)
    put(server, 0, 50)
    assert run(tmp_path, "snapshot", "save", "one", AWS_ENDPOINT_URL=server.url)[0] == 0
    assert shown(tmp_path / "snapshots", SECRET) == []
    put(server, 50, 60)
    if not kept:
        # A server with a data directory is never given another's content.
        assert run(tmp_path, "snapshot", "load", "one", "--yes", AWS_ENDPOINT_URL=server.url)[0] == 0
        assert len(read(server)) == 50
        put(server, 60, 61)
    server.stop()
    server = servers("--snapshot", "one", "--encryption-key", key)
    assert len(read(server)) == 50
    server.stop()
    assert "Start with --encryption-key FILE" in refused(tmp_path, "--snapshots", tmp_path / "snapshots", "--snapshot", "one")


def test_without_the_option_it_is_shown_and_said(servers, tmp_path):
    server = servers("--data-dir", tmp_path / "data")
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    encrypt(server)
    put(server, 0, 1)
    assert read(server)[0]["EncryptionType"] == "KMS"
    assert "--encryption-key FILE has them encrypted" in server.log.read_text()
    assert len(shown(tmp_path / "data", SECRET)) == 1


def test_a_snapshot_of_a_server_in_memory_hides_what_was_put_before_the_encryption_ended(servers, tmp_path):
    server = servers("--encryption-key", tmp_path / "key")
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    encrypt(server)
    put(server, 0, 50)
    server.client("kinesis").stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert run(tmp_path, "snapshot", "save", "one", AWS_ENDPOINT_URL=server.url)[0] == 0
    assert shown(tmp_path / "snapshots", SECRET) == []
    assert run(tmp_path, "snapshot", "load", "one", "--yes", AWS_ENDPOINT_URL=server.url)[0] == 0
    assert len(read(server)) == 50


def test_readers_of_every_kind_have_what_is_encrypted(servers, tmp_path):
    """Also after a crash, and from the disk: memory is for a few records only."""
    options = ["--data-dir", tmp_path / "data", "--encryption-key", tmp_path / "key", "--kinesis-memory", "1KiB"]
    server = servers(*options)
    kinesis = server.client("kinesis")
    server.client("s3").create_bucket(Bucket="out")
    kinesis.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    encrypt(server)
    put(server, 0, 100)
    consumer, queue = register(kinesis, "s"), create(kinesis, "q", stream="s")["QueueARN"]
    first = kinesis.receive_queue_records(QueueARN=queue)["QueueRecords"]
    kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(first))
    # Another key for what comes now.
    encrypt(server)
    put(server, 100, 200)
    server.kill()
    server = servers(*options)
    kinesis = server.client("kinesis")
    expected = sorted(SECRET + b" %d" % number for number in range(200))
    received = [record["Data"] for record in first]
    while len(received) < 200:
        records = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=5)["QueueRecords"]
        assert records, len(received)
        kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records))
        received += [record["Data"] for record in records]
    assert sorted(received) == expected
    pushed = []
    for shard in kinesis.list_shards(StreamName="s")["Shards"]:
        stream = subscribe(kinesis, consumer, shard["ShardId"])
        for event in stream:
            pushed += [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]
            if not event["SubscribeToShardEvent"]["MillisBehindLatest"]:
                break
        stream.close()
    assert sorted(pushed) == expected
    channels.create(kinesis, "c", format="STRING", freshness=0)
    put(server, 200, 210)
    expected = {SECRET + b" %d" % number for number in range(200, 210)}
    until(lambda: expected <= {line for data in objects(server, prefix="c/").values() for line in data.splitlines()}, 20, "what the channel delivers")
    # What a channel writes is the bucket's; nothing else shows any of it.
    assert {path.split("/data/")[1].split("/")[0] for path in shown(tmp_path / "data", SECRET)} <= {"objects"}
