"""Shards that split and merge, and readers who follow them."""

import datetime
import json

import pytest

from harness import settled
from test_kinesis import HASH_END, make
from test_kinesis_records import SHARD, data, iterator
from test_s3 import refusal


def shards(kinesis, name):
    return {shard["ShardId"][-2:]: shard for shard in kinesis.list_shards(StreamName=name)["Shards"]}


def key_range(shard):
    return int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])


def closed_text(name, shard):
    return (f"Shard {shard} in stream {name} under account 000000000000 has already been merged or split, "
            "and thus is not eligible for merging or splitting.")


def test_a_split_keeps_the_parents_records_and_sends_readers_to_its_children(kinesis, name):
    make(kinesis, name)
    before = [b"0", b"1"]
    for value in before:
        kinesis.put_record(StreamName=name, Data=value, PartitionKey="p", ExplicitHashKey="5")
    at = iterator(kinesis, name)
    kinesis.split_shard(StreamName=name, ShardToSplit=SHARD, NewStartingHashKey="10")
    found = shards(kinesis, name)
    assert [key_range(found[number]) for number in ("00", "01", "02")] == [(0, HASH_END), (0, 9), (10, HASH_END)]
    assert found["01"]["ParentShardId"] == found["02"]["ParentShardId"] == SHARD and "AdjacentParentShardId" not in found["01"]
    end = int(found["00"]["SequenceNumberRange"]["EndingSequenceNumber"])
    assert "7fffffffffffffff" in f"{end:x}"
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    put = kinesis.put_record(StreamName=name, Data=b"2", PartitionKey="p", ExplicitHashKey="5")
    # Once the stream is ACTIVE its parents take nothing more, and not sooner.
    assert summary["StreamStatus"] == "UPDATING" or put["ShardId"] == "shardId-000000000001"
    settled(kinesis, name)
    assert kinesis.put_record(StreamName=name, Data=b"3", PartitionKey="p", ExplicitHashKey="5")["ShardId"] == "shardId-000000000001"
    records, page = [], None
    while at:
        page = kinesis.get_records(ShardIterator=at)
        records += data(page)
        at = page.get("NextShardIterator")
    assert records[:2] == before and set(records[2:]) <= {b"2"}
    assert [(child["ShardId"], child["ParentShards"]) for child in page["ChildShards"]] == [
        ("shardId-000000000001", [SHARD]), ("shardId-000000000002", [SHARD])]
    assert refusal(kinesis.split_shard, StreamName=name, ShardToSplit=SHARD, NewStartingHashKey="10") == (
        400, "InvalidArgumentException", closed_text(name, SHARD))
    text = "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible value for the shard."
    assert refusal(kinesis.get_shard_iterator, StreamName=name, ShardId=SHARD, ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                   StartingSequenceNumber=str(end)) == (400, "InvalidArgumentException", text)


@pytest.mark.parametrize("key", ["0", "1", str(HASH_END), str(HASH_END + 1)])
def test_where_no_shard_is_split(kinesis, name, key):
    make(kinesis, name)
    text = (f"NewStartingHashKey {key} used in SplitShard() on shard {SHARD} in stream {name} under account 000000000000 is not both greater than "
            f"one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey {HASH_END}.")
    assert refusal(kinesis.split_shard, StreamName=name, ShardToSplit=SHARD, NewStartingHashKey=key) == (400, "InvalidArgumentException", text)
    assert len(shards(kinesis, name)) == 1


def test_shards_that_are_not_there(kinesis, name):
    make(kinesis, name)
    missing = (400, "ResourceNotFoundException", f"Could not find shard shardId-000000000007 in stream {name} under account 000000000000.")
    assert refusal(kinesis.split_shard, StreamName=name, ShardToSplit="shardId-7", NewStartingHashKey="10") == missing
    assert refusal(kinesis.merge_shards, StreamName=name, ShardToMerge=SHARD, AdjacentShardToMerge="7") == missing
    assert refusal(kinesis.split_shard, StreamName=name, ShardToSplit="x", NewStartingHashKey="10")[2].startswith("Could not find shard x in")


def test_neighbours_merge(kinesis, name):
    make(kinesis, name, 3)
    text = f"Shards {SHARD} and shardId-000000000002 in stream {name} under account 000000000000 are not an adjacent pair of shards eligible for merging"
    assert refusal(kinesis.merge_shards, StreamName=name, ShardToMerge=SHARD, AdjacentShardToMerge="2") == (400, "InvalidArgumentException", text)
    assert refusal(kinesis.merge_shards, StreamName=name, ShardToMerge="1", AdjacentShardToMerge="0")[1] == "InvalidArgumentException"
    kinesis.merge_shards(StreamName=name, ShardToMerge="0", AdjacentShardToMerge="1")
    settled(kinesis, name)
    found = shards(kinesis, name)
    child = found["03"]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (SHARD, "shardId-000000000001")
    assert key_range(child) == (0, key_range(found["01"])[1])
    assert refusal(kinesis.merge_shards, StreamName=name, ShardToMerge="0", AdjacentShardToMerge="1")[2] == closed_text(name, SHARD)
    open_ones = kinesis.list_shards(StreamName=name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    assert [shard["ShardId"][-2:] for shard in open_ones] == ["02", "03"]
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["OpenShardCount"] == 2


def test_filters_tell_open_shards_from_closed_ones(start, name):
    server = start()
    kinesis = server.client("kinesis")
    make(kinesis, name)
    born = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    kinesis.split_shard(StreamName=name, ShardToSplit=SHARD, NewStartingHashKey="10")
    assert server.http("POST", "/_personalite/clock", body=json.dumps({"advance": 60}).encode()).status == 200
    middle = born + datetime.timedelta(seconds=30)
    every, parent, children = ["0", "1", "2"], ["0"], ["1", "2"]
    for kind, more, expected in (("AT_LATEST", {}, children), ("AT_TRIM_HORIZON", {}, parent), ("FROM_TRIM_HORIZON", {}, every),
                                 ("AFTER_SHARD_ID", {"ShardId": SHARD}, children), ("AT_TIMESTAMP", {"Timestamp": middle}, children),
                                 ("AT_TIMESTAMP", {"Timestamp": born}, parent), ("FROM_TIMESTAMP", {"Timestamp": middle}, children),
                                 ("FROM_TIMESTAMP", {"Timestamp": born}, every)):
        page = kinesis.list_shards(StreamName=name, ShardFilter={"Type": kind, **more}, MaxResults=1)
        found = page["Shards"]
        # The token knows the stream and its filter.
        while "NextToken" in page:
            page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=1)
            found += page["Shards"]
        assert [shard["ShardId"][-1] for shard in found] == expected, kind


@pytest.mark.parametrize("before, after, total", [(2, 4, 6), (4, 5, 15), (10, 13, 37), (4, 2, 6), (5, 3, 7), (4, 3, 11)])
def test_a_stream_is_scaled_as_aws_does_it(kinesis, name, before, after, total):
    make(kinesis, name, before)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=after, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"], answer["StreamARN"].split("/")[1]) == (before, after, name)
    found = shards(kinesis, name).values()
    leaves = sorted(key_range(shard) for shard in found if "EndingSequenceNumber" not in shard["SequenceNumberRange"])
    assert (len(found), len(leaves)) == (total, after)
    assert leaves[0][0] == 0 and leaves[-1][1] == HASH_END and all(a[1] + 1 == b[0] for a, b in zip(leaves, leaves[1:]))
    if (before, after) in ((2, 4), (4, 5), (4, 2), (4, 3)):
        width = 2**128 // after
        assert [start for start, _ in leaves] == [width * place for place in range(after)]


def test_what_does_not_scale(kinesis, name):
    make(kinesis, name, 4)
    assert kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")["CurrentShardCount"] == 4
    assert len(shards(kinesis, name)) == 4
    for target, way in (1, "down below half"), (9, "up over double"):
        text = f"UpdateShardCount cannot scale {way} your current open shard count. Current open shard count: 4 Target shard count: {target}"
        assert refusal(kinesis.update_shard_count, StreamName=name, TargetShardCount=target, ScalingType="UNIFORM_SCALING") == (
            400, "LimitExceededException", text)
    kinesis.create_stream(StreamName=f"{name}-od", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    text = f"Request is invalid. Stream {name}-od under account 000000000000 is in On-Demand mode."
    for call, more in ((kinesis.update_shard_count, {"TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"}),
                       (kinesis.split_shard, {"ShardToSplit": "0", "NewStartingHashKey": "10"}),
                       (kinesis.merge_shards, {"ShardToMerge": "0", "AdjacentShardToMerge": "1"})):
        assert refusal(call, StreamName=f"{name}-od", **more) == (400, "ValidationException", text)


def test_the_shard_limit_of_an_account(start):
    kinesis = start("--shard-limit", 3).client("kinesis")
    kinesis.create_stream(StreamName="two", ShardCount=2)
    text = ("This request would exceed the shard limit for the account 000000000000 in us-east-1. Current shard count for the account: 2. Limit: 3. "
            "Number of additional shards that would have resulted from this request: 2. Refer to the AWS Service Limits page "
            "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.")
    assert refusal(kinesis.create_stream, StreamName="more", ShardCount=2) == (400, "LimitExceededException", text)
    kinesis.split_shard(StreamName="two", ShardToSplit="0", NewStartingHashKey="10")
    settled(kinesis, "two")
    assert refusal(kinesis.split_shard, StreamName="two", ShardToSplit="1", NewStartingHashKey=str(3 * 2**126))[1] == "LimitExceededException"
    assert kinesis.describe_limits()["ShardLimit"] == 3 and kinesis.describe_limits()["OpenShardCount"] == 3
