"""On-demand streams that split by load (`--on-demand-scaling`), by the server's clock, and what follows them across the splits."""

import os

from harness import settled, until
from test_kinesis_queues import create, entries

MEBIBYTE = 1 << 20


def load(kinesis, name, mebibytes):
    """Records of 10 MiB a request, their keys all over the hash keys."""
    for request in range(mebibytes // 10):
        kinesis.put_records(StreamName=name, Records=[
            {"Data": os.urandom(MEBIBYTE - 16), "PartitionKey": f"{request}-{record}"} for record in range(10)])


def shards(kinesis, name):
    return kinesis.list_shards(StreamName=name)["Shards"]


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def one_shard(kinesis, name):
    """An on-demand stream that keeps the one shard that it had, so that little load is much for it."""
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    settled(kinesis, name)


def follow(kinesis, name):
    """How many records are read by who goes from the oldest shards to their children, each shard once."""
    count, seen = 0, set()
    waiting = [shard["ShardId"] for shard in shards(kinesis, name) if "ParentShardId" not in shard]
    while waiting:
        shard = waiting.pop()
        if shard in seen:
            continue
        seen.add(shard)
        iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator)
            count += len(answer["Records"])
            iterator = answer.get("NextShardIterator")
            waiting += [child["ShardId"] for child in answer.get("ChildShards", [])]
            if iterator and not answer["Records"] and not answer["MillisBehindLatest"]:
                break
    return count, seen


def put(kinesis, name, *texts):
    kinesis.put_records(StreamName=name, Records=[{"Data": text.encode(), "PartitionKey": text} for text in texts])


def test_a_stream_splits_by_its_load(start, name):
    server = start("--on-demand-scaling")
    kinesis = server.client("kinesis")
    server.clock(rate=0)
    one_shard(kinesis, name)
    load(kinesis, name, 40)
    queue = create(kinesis, name, start="LATEST")["QueueARN"]
    put(kinesis, name, *(f"before-{number}" for number in range(50)))
    assert len(shards(kinesis, name)) == 1
    server.clock(advance=60)
    # Two thirds of a MiB a second, twice of which takes two shards.
    parent, *children = until(lambda: len(shards(kinesis, name)) == 3 and shards(kinesis, name), 20, "a split")
    assert not is_open(parent) and all(map(is_open, children))
    assert [child["ParentShardId"] for child in children] == [parent["ShardId"]] * 2
    assert [(child["HashKeyRange"]["StartingHashKey"], child["HashKeyRange"]["EndingHashKey"]) for child in children] == [
        ("0", str(2**127 - 1)), (str(2**127), str(2**128 - 1))]
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2 and summary["StreamStatus"] == "ACTIVE" and summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    # A queue has what came before, and goes on with what came after.
    put(kinesis, name, *(f"after-{number}" for number in range(50)))
    received = []
    while len(received) < 100:
        records = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=5)["QueueRecords"]
        assert records, received
        received += [record["Data"].decode() for record in records]
        kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records))
    assert sorted(received) == sorted(f"{when}-{number}" for when in ("before", "after") for number in range(50))
    load(kinesis, name, 80)
    server.clock(advance=60)
    until(lambda: sum(map(is_open, shards(kinesis, name))) == 3, 20, "another split")
    # So does an application that reads.
    count, seen = follow(kinesis, name)
    assert count == 220 and len(seen) == len(shards(kinesis, name)) == 5
    # Less load, and a month in which nothing came, change nothing by themselves.
    server.clock(advance=29 * 86400)
    assert sum(map(is_open, shards(kinesis, name))) == 3


def test_a_minute_that_passes_by_itself_ends_too(start, name):
    server = start("--on-demand-scaling")
    kinesis = server.client("kinesis")
    server.clock(rate=0)
    one_shard(kinesis, name)
    load(kinesis, name, 40)
    # A minute takes three seconds now; nothing is asked or put before it is over.
    server.clock(rate=20)
    until(lambda: "an on-demand stream was scaled" in server.log.read_text(), 30, "a split")
    assert sum(map(is_open, shards(kinesis, name))) == 2


def test_without_the_option_shards_stay(server, kinesis, name):
    one_shard(kinesis, name)
    load(kinesis, name, 40)
    # Minutes that are over are looked at before this is answered.
    server.clock(advance=60)
    assert len(shards(kinesis, name)) == 1
    kinesis.delete_stream(StreamName=name)
