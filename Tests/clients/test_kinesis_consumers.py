"""Registered consumers and what they are told, through boto3, whose own parser reads the event stream."""

import threading
import time

import pytest
from botocore.exceptions import ClientError, EventStreamError

import harness


def stream_arn(name):
    return f"arn:aws:kinesis:{harness.REGION}:{harness.ACCOUNT}:stream/{name}"


@pytest.fixture
def consumer(kinesis, name):
    """A stream of one shard, called as the test's name, and the ARN of its consumer `c`."""
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return register(kinesis, name)


def register(kinesis, stream, consumer="c"):
    return kinesis.register_stream_consumer(StreamARN=stream_arn(stream), ConsumerName=consumer)["Consumer"]["ConsumerARN"]


def subscribe(kinesis, consumer, shard="shardId-000000000000", **position):
    return kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition=position or {"Type": "TRIM_HORIZON"})["EventStream"]


def events(stream):
    for event in stream:
        yield event["SubscribeToShardEvent"]


def refused(call, *arguments, **parameters):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    return caught.value.response["Error"]


def test_records_are_pushed_as_they_are_put(kinesis, name, consumer):
    stream = subscribe(kinesis, consumer, Type="LATEST")
    pushed = events(stream)
    for number in range(20):
        put = kinesis.put_record(StreamName=name, Data=f"{number}".encode(), PartitionKey="p")
        event = next(pushed)
        assert [record["Data"] for record in event["Records"]] == [f"{number}".encode()]
        assert event["Records"][0]["SequenceNumber"] == put["SequenceNumber"]
        assert int(event["ContinuationSequenceNumber"]) > int(put["SequenceNumber"])
        assert event["MillisBehindLatest"] == 0
    stream.close()


def test_what_lies_there_comes_first_and_in_order(kinesis, name, consumer):
    for batch in range(4):
        kinesis.put_records(StreamName=name, Records=[{"Data": b"%d" % (batch * 500 + n), "PartitionKey": "p"} for n in range(500)])
    stream, got = subscribe(kinesis, consumer), []
    for event in events(stream):
        got += [int(record["Data"]) for record in event["Records"]]
        if len(got) == 2000:
            break
    assert got == list(range(2000))
    stream.close()


def test_the_answer_is_a_stream_in_chunks(server, kinesis, name, consumer):
    target, headers, body = harness.sign(
        "POST", f"127.0.0.1:{server.port}", "/",
        ('{"ConsumerARN":"%s","ShardId":"0","StartingPosition":{"Type":"LATEST"}}' % consumer).encode(),
        {"content-type": "application/x-amz-json-1.1", "x-amz-target": "Kinesis_20131202.SubscribeToShard"}, service="kinesis")
    connection = harness.http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", target, body=body, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert answer.headers["transfer-encoding"] == "chunked" and answer.headers["x-amzn-requestid"]
    assert b"initial-response" in answer.read(60)
    connection.close()


def test_a_second_subscription_waits_five_seconds(kinesis, name, consumer):
    stream = subscribe(kinesis, consumer)
    error = refused(subscribe, kinesis, consumer)
    text = f"Another active subscription exists for this consumer: 000000000000:{name}:shardId-000000000000:c"
    assert (error["Code"], error["Message"]) == ("ResourceInUseException", text)
    stream.close()


def test_the_option_ends_a_subscription_and_it_is_taken_up_again(start):
    server = start("--subscription-lifetime", "0.2")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    consumer, got, position = register(kinesis, "s"), [], {"Type": "TRIM_HORIZON"}
    producer = threading.Thread(target=lambda: [kinesis.put_record(StreamName="s", Data=b"%d" % n, PartitionKey="p") for n in range(300)])
    producer.start()
    rounds = 0
    while len(got) < 300:
        rounds += 1
        for event in events(subscribe(kinesis, consumer, **position)):
            got += [int(record["Data"]) for record in event["Records"]]
            position = {"Type": "AFTER_SEQUENCE_NUMBER" if rounds % 2 else "AT_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}
    producer.join()
    assert got == list(range(300))


def test_a_split_is_followed_to_its_children(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    consumer = register(kinesis, "s")
    stream = subscribe(kinesis, consumer)
    kinesis.put_record(StreamName="s", Data=b"before", PartitionKey="p")
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    seen = list(events(stream))
    assert [record["Data"] for event in seen for record in event["Records"]] == [b"before"]
    children = seen[-1]["ChildShards"]
    assert [child["ShardId"] for child in children] == ["shardId-000000000001", "shardId-000000000002"]
    assert all(child["ParentShards"] == ["shardId-000000000000"] for child in children)
    assert all("ChildShards" not in event for event in seen[:-1])
    # Who reads by the Kinesis Client Library takes the missing number for the end, and refuses to have both.
    assert all("ContinuationSequenceNumber" in event for event in seen[:-1]) and "ContinuationSequenceNumber" not in seen[-1]
    for child in children:
        subscribe(kinesis, consumer, shard=child["ShardId"]).close()


@pytest.mark.parametrize("end", ["deregister", "delete"])
def test_who_takes_the_stream_or_the_consumer_away_ends_it(kinesis, name, consumer, end):
    stream = subscribe(kinesis, consumer)
    if end == "deregister":
        kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    else:
        kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
    with pytest.raises(EventStreamError) as caught:
        list(stream)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "not found" in caught.value.response["Error"]["Message"]
    stream.close()


def test_consumers_and_records_are_there_after_a_kill(start, tmp_path):
    server = start("--data-dir", tmp_path)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    consumer = register(kinesis, "s")
    kinesis.put_record(StreamName="s", Data=b"a", PartitionKey="p")
    first = subscribe(kinesis, consumer)
    number = next(events(first))["ContinuationSequenceNumber"]
    kinesis.put_record(StreamName="s", Data=b"b", PartitionKey="p")
    server.kill()
    first.close()
    kinesis = start("--data-dir", tmp_path).client("kinesis")
    stream = subscribe(kinesis, consumer, Type="AT_SEQUENCE_NUMBER", SequenceNumber=number)
    assert [record["Data"] for record in next(events(stream))["Records"]] == [b"b"]
    stream.close()


def test_the_end_of_the_server_ends_subscriptions_at_once(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    stream = subscribe(kinesis, register(kinesis, "s"))
    began = time.monotonic()
    assert server.stop() == 0
    assert list(stream) == []
    assert time.monotonic() - began < 3
    stream.close()


def test_a_consumer_that_does_not_read_takes_no_memory(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    consumer = register(kinesis, "s")
    records = [{"Data": b"x" * 20_000, "PartitionKey": "p"} for _ in range(50)]
    kinesis.put_records(StreamName="s", Records=records)
    streams = [subscribe(kinesis, consumer)]
    for other in range(8):
        streams.append(subscribe(kinesis, register(kinesis, "s", f"o{other}")))
    before = server.memory()
    for _ in range(40):
        kinesis.put_records(StreamName="s", Records=records)
    # Forty megabytes are kept as the stream's records; nine silent readers must not keep them nine times more.
    assert server.memory() - before < 120 << 20
    for stream in streams:
        stream.close()


def test_the_aws_cli_manages_consumers(server, name):
    server.aws("kinesis", "create-stream", "--stream-name", name, "--shard-count", 1)
    made = server.aws("kinesis", "register-stream-consumer", "--stream-arn", stream_arn(name), "--consumer-name", "c")["Consumer"]
    assert made["ConsumerStatus"] in ("CREATING", "ACTIVE")
    listed = server.aws("kinesis", "list-stream-consumers", "--stream-arn", stream_arn(name))["Consumers"]
    assert [consumer["ConsumerARN"] for consumer in listed] == [made["ConsumerARN"]]
    described = server.aws("kinesis", "describe-stream-consumer", "--consumer-arn", made["ConsumerARN"])["ConsumerDescription"]
    assert described["StreamARN"] == stream_arn(name)
    assert "EnforceConsumerDeletion" in server.aws("kinesis", "delete-stream", "--stream-name", name, fails=True)
    server.aws("kinesis", "deregister-stream-consumer", "--consumer-arn", made["ConsumerARN"])
    server.aws("kinesis", "delete-stream", "--stream-name", name)
