"""Streams and shards: making, describing, listing, deleting."""

import pytest

from test_s3 import refusal

HASH_END = 2**128 - 1


def make(kinesis, name, shards=1):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
    return name


def arn(name, account="000000000000", region="us-east-1"):
    return f"arn:aws:kinesis:{region}:{account}:stream/{name}"


def test_a_stream_lives_and_dies(kinesis, name):
    make(kinesis, name, 2)
    whole = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert (whole["StreamName"], whole["StreamARN"], whole["StreamStatus"]) == (name, arn(name), "ACTIVE")
    assert (whole["RetentionPeriodHours"], whole["EncryptionType"], whole["HasMoreShards"]) == (24, "NONE", False)
    assert (whole["EnhancedMonitoring"], whole["StreamModeDetails"]) == ([{"ShardLevelMetrics": []}], {"StreamMode": "PROVISIONED"})
    assert "KeyId" not in whole and whole["StreamCreationTimestamp"].microsecond == 0
    summary = kinesis.describe_stream_summary(StreamARN=arn(name))["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["ConsumerCount"]) == (2, 0) and "Shards" not in summary
    assert summary["StreamCreationTimestamp"] == whole["StreamCreationTimestamp"]
    kinesis.delete_stream(StreamName=name)
    gone = (400, "ResourceNotFoundException", f"Stream {name} under account 000000000000 not found.")
    for call in (kinesis.describe_stream, kinesis.describe_stream_summary, kinesis.delete_stream, kinesis.list_shards):
        assert refusal(call, StreamName=name) == gone
    kinesis.get_waiter("stream_not_exists").wait(StreamName=name)


@pytest.mark.parametrize("count, starts", [
    (1, [0]), (2, [0, 2**127]), (3, [0, 113427455640312821154458202477256070485, 226854911280625642308916404954512140970]),
    (5, [2**128 // 5 * index for index in range(5)]),
])
def test_shards_divide_the_hash_keys(kinesis, name, count, starts):
    make(kinesis, name, count)
    shards = kinesis.list_shards(StreamName=name)["Shards"]
    assert [shard["ShardId"] for shard in shards] == [f"shardId-{index:012}" for index in range(count)]
    assert [int(shard["HashKeyRange"]["StartingHashKey"]) for shard in shards] == starts
    assert [int(shard["HashKeyRange"]["EndingHashKey"]) for shard in shards] == [start - 1 for start in starts[1:]] + [HASH_END]
    for shard in shards:
        assert "EndingSequenceNumber" not in shard["SequenceNumberRange"] and "ParentShardId" not in shard
    assert kinesis.describe_stream(StreamName=name)["StreamDescription"]["Shards"] == shards


def test_neighbouring_shards_start_at_a_fixed_distance(kinesis, name):
    make(kinesis, name, 3)
    starts = [int(shard["SequenceNumberRange"]["StartingSequenceNumber"]) for shard in kinesis.list_shards(StreamName=name)["Shards"]]
    assert {later - earlier for earlier, later in zip(starts, starts[1:])} == {22300745198530623141535718272648361505980432}
    digits = f"{starts[0]:x}"
    assert (len(digits), digits[0], digits[-1], len(str(starts[0]))) == (47, "2", "2", 56)


def test_a_name_is_taken_once(kinesis, name):
    make(kinesis, name)
    taken = (400, "ResourceInUseException", f"Stream {name} under account 000000000000 already exists.")
    assert refusal(kinesis.create_stream, StreamName=name, ShardCount=1) == taken


def test_without_a_count_there_are_four_shards(kinesis, name):
    kinesis.create_stream(StreamName=name)
    assert len(kinesis.list_shards(StreamName=name)["Shards"]) == 4
    kinesis.create_stream(StreamName=f"{name}-od", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = kinesis.describe_stream_summary(StreamName=f"{name}-od")["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["StreamModeDetails"]) == (4, {"StreamMode": "ON_DEMAND"})


def test_an_absurd_count_of_shards_is_refused(kinesis, name):
    status, code, _ = refusal(kinesis.create_stream, StreamName=name, ShardCount=10_000_000)
    assert (status, code in ("LimitExceededException", "ValidationException")) == (400, True)
    assert refusal(kinesis.describe_stream, StreamName=name)[1] == "ResourceNotFoundException"


def test_streams_are_listed_by_name_in_pages(server, name):
    kinesis = server.client("kinesis", region="eu-north-1")
    names = sorted(f"{name}-{letter}" for letter in "dbace")
    for each in names:
        kinesis.create_stream(StreamName=each, ShardCount=1)
    page = kinesis.list_streams()
    assert (page["StreamNames"], page["HasMoreStreams"]) == (names, False)
    first = page["StreamSummaries"][0]
    assert (first["StreamName"], first["StreamARN"], first["StreamStatus"]) == (names[0], arn(names[0], region="eu-north-1"), "ACTIVE")
    pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
    assert [page["StreamNames"] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert kinesis.list_streams(ExclusiveStartStreamName=f"{name}-bb")["StreamNames"] == names[2:]
    assert kinesis.list_streams(Limit=2, ExclusiveStartStreamName=names[0])["StreamNames"] == names[1:3]


def test_shards_come_in_pages(kinesis, name):
    make(kinesis, name, 5)
    everything = kinesis.list_shards(StreamName=name)["Shards"]
    page = kinesis.list_shards(StreamName=name, MaxResults=2)
    found = page["Shards"]
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=2)
        found += page["Shards"]
    assert found == everything
    assert kinesis.list_shards(StreamName=name, ExclusiveStartShardId="shardId-000000000002")["Shards"] == everything[3:]
    short = kinesis.describe_stream(StreamName=name, Limit=2)["StreamDescription"]
    assert (short["Shards"], short["HasMoreShards"]) == (everything[:2], True)
    rest = kinesis.describe_stream(StreamName=name, ExclusiveStartShardId="shardId-000000000001")["StreamDescription"]
    assert (rest["Shards"], rest["HasMoreShards"]) == (everything[2:], False)


@pytest.mark.parametrize("kind, more, count", [
    ("AT_LATEST", {}, 3), ("AT_TRIM_HORIZON", {}, 3), ("FROM_TRIM_HORIZON", {}, 3), ("AFTER_SHARD_ID", {"ShardId": "shardId-000000000000"}, 2),
    ("FROM_TIMESTAMP", {"Timestamp": 1}, 3),
])
def test_shards_are_filtered(kinesis, name, kind, more, count):
    make(kinesis, name, 3)
    assert len(kinesis.list_shards(StreamName=name, ShardFilter={"Type": kind, **more})["Shards"]) == count


def test_what_lists_no_shards(kinesis, name):
    make(kinesis, name, 3)
    token = kinesis.list_shards(StreamName=name, MaxResults=1)["NextToken"]
    assert refusal(kinesis.list_shards) == (400, "InvalidArgumentException", "Either NextToken or StreamName should be provided.")
    assert refusal(kinesis.list_shards, NextToken=token, StreamName=name) == (
        400, "InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
    assert refusal(kinesis.list_shards, NextToken="no token")[1] in ("InvalidArgumentException", "ExpiredNextTokenException")
    assert refusal(kinesis.list_shards, StreamName=name, ShardFilter={"Type": "AFTER_SHARD_ID"})[0] == 400


@pytest.mark.parametrize("operation", ["DescribeStream", "DescribeStreamSummary", "DeleteStream", "PutRecords"])
def test_a_stream_must_be_named(server, operation):
    more = {"Records": [{"Data": "", "PartitionKey": "p"}]} if operation == "PutRecords" else {}
    answer = server.call("kinesis", operation, more)
    assert (answer.status, answer.json["__type"]) == (400, "InvalidArgumentException")


def test_the_arn_alone_is_enough(kinesis, name):
    make(kinesis, name)
    put = kinesis.put_record(StreamARN=arn(name), Data=b"x", PartitionKey="p")
    iterator = kinesis.get_shard_iterator(StreamARN=arn(name), ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=iterator, StreamARN=arn(name))["Records"]] == [b"x"]
    assert kinesis.put_records(StreamARN=arn(name), Records=[{"Data": b"y", "PartitionKey": "p"}])["FailedRecordCount"] == 0
    kinesis.list_shards(StreamARN=arn(name))
    kinesis.describe_stream(StreamARN=arn(name))
    assert refusal(kinesis.describe_stream, StreamARN=arn("other-" + name))[1] == "ResourceNotFoundException"
    kinesis.delete_stream(StreamARN=arn(name))


def test_a_slow_stream_is_creating_first(start):
    server = start("--stream-delay", 3600)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="slow", ShardCount=2)
    whole = kinesis.describe_stream(StreamName="slow")["StreamDescription"]
    assert (whole["StreamStatus"], whole["Shards"]) == ("CREATING", [])
    missing = (400, "ResourceNotFoundException", "Stream slow under account 000000000000 not found.")
    assert refusal(kinesis.put_record, StreamName="slow", Data=b"x", PartitionKey="p") == missing
    assert refusal(kinesis.get_shard_iterator, StreamName="slow", ShardId="shardId-000000000000", ShardIteratorType="LATEST") == (
        400, "ResourceNotFoundException", "Shard shardId-000000000000 in stream slow under account 000000000000 does not exist")


def test_the_aws_cli_plays_a_stream(server, name):
    server.aws("kinesis", "create-stream", "--stream-name", name, "--shard-count", 1)
    put = server.aws("kinesis", "put-record", "--stream-name", name, "--partition-key", "p", "--data", "hello")
    assert put["ShardId"] == "shardId-000000000000"
    iterator = server.aws("kinesis", "get-shard-iterator", "--stream-name", name, "--shard-id", put["ShardId"],
                          "--shard-iterator-type", "AT_SEQUENCE_NUMBER", "--starting-sequence-number", put["SequenceNumber"])["ShardIterator"]
    record = server.aws("kinesis", "get-records", "--shard-iterator", iterator)["Records"][0]
    assert (record["SequenceNumber"], record["PartitionKey"], record["Data"]) == (put["SequenceNumber"], "p", "aGVsbG8=")
