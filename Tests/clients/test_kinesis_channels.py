"""Channels of streams to buckets, by boto3: what is delivered and when, what is refused, and `kill -9` in the middle of it.

`PERSONALITE_CHANNEL_CYCLES=50 make clients PYTEST='-k channels'` kills that often on one data directory.
"""

import ctypes
import gzip
import json
import os
import threading

import pytest

from harness import ACCOUNT, REGION, ROLE, until
from test_durability import LOST_CONNECTION, home  # noqa: F401
from test_firehose import objects
from test_kinesis_queues import code, stream_arn

CYCLES = int(os.environ.get("PERSONALITE_CHANNEL_CYCLES", "5"))


def create(kinesis, name, stream="s", format="BYTE_ARRAY", compression="NONE", bucket="out", freshness=None, letters=None, **storage):
    destination = {"StorageConfiguration": {"BucketARN": f"arn:aws:s3:::{bucket}", "ExpectedBucketOwner": ACCOUNT, "CompressionType": compression} | storage}
    if freshness is not None:
        destination["DataFreshnessInSeconds"] = freshness
    if letters:
        destination["DeadLetterQueueS3Configuration"] = {"BucketARN": f"arn:aws:s3:::{letters}", "ExpectedBucketOwner": ACCOUNT, "ErrorOutputPrefix": "bad/"}
    return kinesis.create_channel(
        ChannelName=name, ServiceExecutionRoleARN=ROLE, S3DestinationConfiguration=destination,
        StreamConfigurationList=[{"StreamARN": stream_arn(stream), "RecordConfiguration": {"RecordFormatType": format}}])["ChannelDescription"]


def expanded(data):
    """By libzstd itself."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = library.ZSTD_isError.restype = ctypes.c_size_t
    output = ctypes.create_string_buffer(1 << 20)
    count = library.ZSTD_decompress(output, ctypes.c_size_t(len(output)), data, ctypes.c_size_t(len(data)))
    assert not library.ZSTD_isError(ctypes.c_size_t(count))
    return output.raw[:count]


@pytest.fixture
def frozen(start):
    """A server whose clock stands still, with a bucket and an on-demand stream."""
    server = start()
    server.clock(rate=0)
    server.client("s3").create_bucket(Bucket="out")
    server.client("kinesis").create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    return server


def test_records_are_delivered_in_every_format_and_compression(frozen):
    kinesis = frozen.client("kinesis")
    made = create(kinesis, "plain")
    assert made["ChannelStatus"] == "CREATING" and made["ChannelARN"].endswith(f"channel/plain:{made['ChannelId']}")
    shown = kinesis.describe_channel(ChannelARN=made["ChannelARN"])["ChannelDescription"]
    assert shown["ChannelStatus"] == "ACTIVE"
    assert shown["S3DestinationConfiguration"]["DataFreshnessInSeconds"] == 300
    assert shown["S3DestinationConfiguration"]["DeadLetterQueueS3Configuration"]["ErrorOutputPrefix"] == "plain/errors/"
    assert shown["S3DestinationConfiguration"]["StorageConfiguration"]["StorageClass"] == "STANDARD"
    create(kinesis, "text", format="STRING", compression="GZIP", OutputKeyTemplate="t/!{timestamp:yyyy}/")
    create(kinesis, "lines", format="JSON", compression="ZSTD", OutputKeyTemplate="j/!{shard:id}/", letters="out")
    for number in range(20):
        kinesis.put_record(StreamName="s", Data=json.dumps({"number": number}, indent=1).encode(), PartitionKey=str(number))
    kinesis.put_record(StreamName="s", Data=b"none", PartitionKey="none")
    frozen.clock(advance=300)
    whole = [b"%d" % number for number in range(20)]
    until(lambda: len(objects(frozen, prefix="bad/")) == 1 and objects(frozen, prefix="plain/") and objects(frozen, prefix="t/"), what="objects")
    plain = objects(frozen, prefix="plain/")
    assert all("/s" not in key and key.startswith("plain/20") for key in plain)
    assert sorted(json.loads(part + b"}")["number"] for data in plain.values() for part in data.replace(b"none", b"").split(b"}") if part) == list(range(len(whole)))
    lines = [line for key, data in objects(frozen, prefix="j/").items() for line in expanded(data).splitlines() if key.endswith(".json.zst")]
    assert sorted(json.loads(line)["number"] for line in lines) == list(range(20))
    text = b"".join(gzip.decompress(data) for key, data in objects(frozen, prefix="t/").items() if key.endswith(".txt.gz"))
    assert text.count(b'"number"') == 20 and b"none\n" in text
    [letter] = [json.loads(data) for data in objects(frozen, prefix="bad/").values()]
    assert letter["errorCode"] == "InvalidJSON" and letter["rawData"] == "bm9uZQ==" and letter["partitionKey"] == "none"


def test_a_channel_is_listed_changed_tagged_and_deleted(frozen):
    kinesis = frozen.client("kinesis")
    arn = create(kinesis, "c", freshness=600)["ChannelARN"]
    create(kinesis, "d")
    pages = list(kinesis.get_paginator("list_channels").paginate(MaxResults=1)) if kinesis.can_paginate("list_channels") else [
        kinesis.list_channels(MaxResults=1)]
    assert pages[0]["ChannelSummaries"][0]["ChannelName"] == "c" and pages[0]["ChannelSummaries"][0]["ChannelDestinationType"] == "S3"
    assert [item["ChannelName"] for item in kinesis.list_channels(StreamFilter=[{"StreamARN": stream_arn("s")}])["ChannelSummaries"]] == ["c", "d"]
    kinesis.tag_resource(ResourceARN=arn, Tags={"a": "b"})
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    logs = {"CloudWatchLogs": {"Enabled": True}}
    changed = kinesis.update_channel(ChannelARN=arn, S3DestinationConfiguration={"DataFreshnessInSeconds": 10}, LoggingConfiguration=logs)["ChannelDescription"]
    assert changed["ChannelStatus"] == "UPDATING" and changed["S3DestinationConfiguration"]["DataFreshnessInSeconds"] == 10
    assert changed["LoggingConfiguration"]["CloudWatchLogs"] == {
        "Enabled": True, "LogGroupName": f"/aws/kinesis/c/{changed['ChannelId']}", "LogStreamName": "DestinationDelivery"}
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="p")
    frozen.clock(advance=10)
    until(lambda: objects(frozen, prefix="c/"), what="the object of the channel that was changed")
    assert not objects(frozen, prefix="d/")
    assert code(kinesis.delete_stream, StreamName="s") == "ResourceInUseException"
    assert kinesis.describe_limits()["ChannelCount"] == 2
    for name in ("c", "d"):
        [arn] = [item["ChannelARN"] for item in kinesis.list_channels()["ChannelSummaries"] if item["ChannelName"] == name]
        kinesis.delete_channel(ChannelARN=arn)
        assert code(kinesis.describe_channel, ChannelARN=arn) == "ResourceNotFoundException"
    assert code(kinesis.list_tags_for_resource, ResourceARN=arn) == "ResourceNotFoundException"
    kinesis.delete_stream(StreamName="s")


def test_what_is_refused(frozen):
    kinesis = frozen.client("kinesis")
    arn = create(kinesis, "c")["ChannelARN"]
    assert code(create, kinesis=kinesis, name="c") == "ResourceInUseException"
    for wrong in ({"format": "GSR_JSON"}, {"freshness": -1}, {"OutputKeyTemplate": "!{x}"}, {"StorageClass": "GLACIER"}, {"compression": "LZ4"}):
        assert code(create, kinesis=kinesis, name="w", **wrong) == "ValidationException", wrong
    assert code(create, kinesis=kinesis, name="w", stream="none") == "ResourceNotFoundException"
    kinesis.create_stream(StreamName="p", ShardCount=1)
    assert code(create, kinesis=kinesis, name="w", stream="p") == "ValidationException"
    tables = {"DeadLetterQueueS3Configuration": {"BucketARN": "arn:aws:s3:::out", "ExpectedBucketOwner": ACCOUNT}, "S3TablesConfigurationList": [
        {"TableBucketARN": f"arn:aws:s3tables:{REGION}:{ACCOUNT}:bucket/tables", "Namespace": "n", "TableName": "t", "CompressionType": "NONE"}]}
    streams = [{"StreamARN": stream_arn("s"), "RecordConfiguration": {"RecordFormatType": "JSON"}}]
    assert code(kinesis.create_channel, ChannelName="w", ServiceExecutionRoleARN=ROLE, StreamConfigurationList=streams,
                S3TablesDestinationConfiguration=tables) == "ValidationException"
    assert code(kinesis.create_channel, ChannelName="w", ServiceExecutionRoleARN=ROLE, StreamConfigurationList=streams) == "ValidationException"
    for call in (kinesis.describe_channel, kinesis.update_channel, kinesis.delete_channel):
        assert code(call, ChannelARN=arn + "x") == "ResourceNotFoundException"
    missing = create(kinesis, "m", bucket="nowhere")["ChannelARN"]
    failed = kinesis.describe_channel(ChannelARN=missing)["ChannelDescription"]
    assert failed["ChannelStatus"] == "FAILED" and failed["ChannelStatusReason"] == "The bucket nowhere does not exist."
    assert code(kinesis.update_channel, ChannelARN=missing) == "ResourceInUseException"


def test_kills(home):  # noqa: F811
    """Every record is in the bucket, and once: an object that was cut off is made again in its own place."""
    server = home.start()
    server.client("s3").create_bucket(Bucket="out")
    server.client("kinesis").create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    create(server.client("kinesis"), "c", format="STRING", freshness=0)
    acknowledged, failures = set(), []
    for cycle in range(CYCLES):
        kinesis, stopped = home.server.client("kinesis"), threading.Event()

        def produce():
            try:
                for number in range(10**9):
                    if stopped.is_set():
                        return
                    texts = [f"{cycle}-{number}-{place}" for place in range(20)]
                    kinesis.put_records(StreamName="s", Records=[{"Data": text.encode(), "PartitionKey": text} for text in texts])
                    acknowledged.update(texts)
            except LOST_CONNECTION:
                pass
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=produce, daemon=True)
        thread.start()
        goal = len(objects(home.server)) + 4
        until(lambda: len(objects(home.server)) >= goal or failures, 60, "objects")
        home.server.kill()
        stopped.set()
        thread.join(60)
        assert not failures, failures
        home.start()

    def delivered():
        return [line for data in objects(home.server).values() for line in data.decode().splitlines()]

    until(lambda: acknowledged <= set(delivered()), 60, "every record")
    found = delivered()
    print(f"{CYCLES} kills: {len(acknowledged)} records acknowledged, {len(found)} delivered, {len(found) - len(set(found))} of them twice")
    assert len(found) == len(set(found))
