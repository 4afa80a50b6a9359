"""Queues on streams: every operation done and refused by boto3, for the aws CLI that is pinned has no commands for them; how long a receiver waits."""

import base64
import json
import os
import pathlib
import selectors
import socket
import threading
import time

import pytest
from botocore.exceptions import ClientError

import harness
from harness import settled, until

EMPTY = "arn:aws:kinesis:us-east-1:000000000000:queue/none"


def stream_arn(name):
    return f"arn:aws:kinesis:{harness.REGION}:{harness.ACCOUNT}:stream/{name}"


def code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def create(kinesis, name, start="TRIM_HORIZON", stream=None, **attributes):
    position = {"StartingPosition": {"Type": start} if isinstance(start, str) else start} if start else {}
    return kinesis.create_queue(QueueName=name, StreamConfigurationList=[{"StreamARN": stream_arn(stream or name)} | position],
                                QueueAttributes=attributes)["QueueDescription"]


@pytest.fixture
def queue(kinesis, name):
    """A queue from the beginning of an on-demand stream of its own name."""
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    arn = create(kinesis, name)["QueueARN"]
    yield arn
    for summary in kinesis.list_queues(StreamFilter=[{"StreamARN": stream_arn(name)}])["QueueSummaries"]:
        kinesis.delete_queue(QueueARN=summary["QueueARN"])
    kinesis.delete_stream(StreamName=name)


def put(kinesis, name, *numbers):
    kinesis.put_records(StreamName=name, Records=[{"Data": b"%d" % number, "PartitionKey": f"p{number}"} for number in numbers])


def receive(kinesis, queue, **more):
    return kinesis.receive_queue_records(QueueARN=queue, **({"WaitTimeSeconds": 1} | more))["QueueRecords"]


def data(records):
    return sorted(int(record["Data"]) for record in records)


def entries(records, **more):
    return [{"ReceiptHandle": record["ReceiptHandle"]} | more for record in records]


def test_a_record_goes_its_way(kinesis, name, queue):
    put(kinesis, name, 1, 2, 3)
    records = receive(kinesis, queue)
    assert data(records) == [1, 2, 3]
    for record in records:
        assert record["PartitionKey"] == f"p{int(record['Data'])}" and record["ReceiveCount"] == 1
        assert record["ApproximateArrivalTimestamp"] <= record["FirstReceiveTimestamp"]
        assert record["RecordId"].isalnum() and record["RecordId"] == record["RecordId"].lower()
    assert receive(kinesis, queue) == []
    answer = kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records[:2]) + [{"ReceiptHandle": "nonsense"}])
    assert answer["Successful"] == entries(records[:2])
    assert [(failed["ReceiptHandle"], failed["ErrorCode"]) for failed in answer["Failed"]] == [("nonsense", "InvalidArgumentException")]
    again = kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records[:1]))
    assert again["Successful"] == [] and again["Failed"][0]["ErrorCode"] == "ResourceNotFoundException"
    changed = kinesis.update_queue_records_visibility(QueueARN=queue, Entries=entries(records[2:], VisibilityTimeoutSeconds=0))
    assert changed["Successful"] == entries(records[2:]) and changed["Failed"] == []
    back = receive(kinesis, queue)
    assert data(back) == data(records[2:]) and back[0]["ReceiveCount"] == 2 and back[0]["RecordId"] == records[2]["RecordId"]
    assert back[0]["ReceiptHandle"] != records[2]["ReceiptHandle"] and back[0]["FirstReceiveTimestamp"] == records[2]["FirstReceiveTimestamp"]
    # The stream still has all of them.
    shards = kinesis.list_shards(StreamName=name)["Shards"]
    iterators = [kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"] for shard in shards]
    assert data([record for iterator in iterators for record in kinesis.get_records(ShardIterator=iterator)["Records"]]) == [1, 2, 3]


def test_dead_letters(kinesis, name, queue):
    kinesis.update_queue(QueueARN=queue, QueueAttributes={"VisibilityTimeoutSeconds": 0, "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 2}})
    put(kinesis, name, 1, 2)
    assert [record["ReceiveCount"] for _ in range(2) for record in receive(kinesis, queue)] == [1, 1, 2, 2]
    assert receive(kinesis, queue) == []
    dead = kinesis.receive_dead_letter_queue_records(QueueARN=queue, VisibilityTimeoutSeconds=60)["QueueRecords"]
    assert data(dead) == [1, 2] and [record["ReceiveCount"] for record in dead] == [3, 3]
    assert kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(dead))["Successful"] == []
    longer = kinesis.update_dead_letter_queue_records_visibility(QueueARN=queue, Entries=entries(dead, VisibilityTimeoutSeconds=120))
    assert len(longer["Successful"]) == 2
    assert len(kinesis.acknowledge_dead_letter_queue_records(QueueARN=queue, Entries=entries(dead[:1]))["Successful"]) == 1
    assert len(kinesis.restore_dead_letter_queue_records(QueueARN=queue, Entries=entries(dead[1:]))["Successful"]) == 1
    assert kinesis.acknowledge_dead_letter_queue_records(QueueARN=queue, Entries=entries(dead[1:]))["Failed"]
    back = receive(kinesis, queue, VisibilityTimeoutSeconds=60)
    assert data(back) == data(dead[1:]) and back[0]["ReceiveCount"] == 1
    assert kinesis.receive_dead_letter_queue_records(QueueARN=queue, WaitTimeSeconds=1)["QueueRecords"] == []


def test_where_a_queue_begins(kinesis, name, queue):
    put(kinesis, name, 1)
    middle = time.time() + 0.05
    until(lambda: time.time() > middle)
    put(kinesis, name, 2)
    latest = create(kinesis, name + "-l", None, name)
    since = create(kinesis, name + "-t", {"Type": "AT_TIMESTAMP", "Timestamp": middle}, name)
    put(kinesis, name, 3)
    assert latest["QueueStatus"] == "CREATING" and latest["StreamConfigurationList"][0]["StartingPosition"] == {"Type": "LATEST"}
    described = kinesis.describe_queue(QueueARN=latest["QueueARN"])["QueueDescription"]
    assert described["QueueStatus"] == "ACTIVE" and described["StreamConfigurationList"][0]["StartingPosition"]["Timestamp"] == latest["QueueCreationTimestamp"]
    assert described["QueueAttributes"] == {"VisibilityTimeoutSeconds": 30, "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 6}}
    assert [data(receive(kinesis, arn)) for arn in (queue, since["QueueARN"], latest["QueueARN"])] == [[1, 2, 3], [2, 3], [3]]


def test_queues_are_listed_by_pages_and_streams(kinesis, name, queue):
    for number in range(4):
        create(kinesis, f"{name}-{number}", stream=name)
    pages = list(kinesis.get_paginator("list_queues").paginate(MaxResults=2, StreamFilter=[{"StreamARN": stream_arn(name)}]))
    assert [len(page["QueueSummaries"]) for page in pages] == [2, 2, 1]
    summaries = [summary for page in pages for summary in page["QueueSummaries"]]
    assert [summary["QueueName"] for summary in summaries] == [name] + [f"{name}-{number}" for number in range(4)]
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["QueueCount"] == 5
    created = summary["StreamCreationTimestamp"]
    assert summaries[0]["Streams"] == [{"StreamARN": stream_arn(name), "StreamCreationTimestamp": created}]
    assert kinesis.list_queues(StreamFilter=[{"StreamARN": stream_arn(name), "StreamCreationTimestamp": 1}])["QueueSummaries"] == []
    assert code(kinesis.list_queues, NextToken="x") == "InvalidArgumentException"


@pytest.mark.parametrize("kind, call", [
    ("queues", lambda kinesis, token: kinesis.list_queues(NextToken=token)), ("streams", lambda kinesis, token: kinesis.list_streams(NextToken=token)),
    ("shards", lambda kinesis, token: kinesis.list_shards(NextToken=token)),
])
@pytest.mark.parametrize("issued", [-(1 << 63), -1])
def test_tokens_from_before_1970_are_none(kinesis, kind, call, issued):
    token = base64.b64encode(json.dumps({"list": kind, "issued": issued, "after": "a"}).encode()).decode()
    assert code(lambda: call(kinesis, token)) == "InvalidArgumentException"


def test_a_beginning_before_1970_is_1970(server, kinesis, name, queue):
    start = {"StreamARN": stream_arn(name), "StartingPosition": {"Type": "AT_TIMESTAMP", "Timestamp": -1e15}}
    assert server.call("kinesis", "CreateQueue", {"QueueName": f"{name}-early", "StreamConfigurationList": [start]}).status == 200
    assert len(kinesis.list_queues(StreamFilter=[{"StreamARN": stream_arn(name)}])["QueueSummaries"]) == 2


def test_what_is_refused(kinesis, name, queue):
    one = [{"StreamARN": stream_arn(name)}]
    assert code(kinesis.create_queue, QueueName=name, StreamConfigurationList=one) == "ResourceInUseException"
    assert code(kinesis.create_queue, QueueName="q", StreamConfigurationList=one * 2) == "ValidationException"
    assert code(kinesis.create_queue, QueueName="q", StreamConfigurationList=[{"StreamARN": stream_arn("nowhere")}]) == "ResourceNotFoundException"
    for position in ({"Type": "AT_TIMESTAMP"}, {"Type": "LATEST", "Timestamp": 1}, {"Type": "AT_TIMESTAMP", "Timestamp": time.time() + 3600}):
        assert code(kinesis.create_queue, QueueName="q", StreamConfigurationList=[one[0] | {"StartingPosition": position}]) == "ValidationException"
    for dead in ({"TargetType": "BUILT_IN"}, {"TargetType": "NONE", "MaxReceiveCount": 3}):
        assert code(kinesis.update_queue, QueueARN=queue, QueueAttributes={"DeadLetterConfiguration": dead}) == "ValidationException"
    kinesis.create_stream(StreamName=name + "-p", ShardCount=1)
    assert code(kinesis.create_queue, QueueName="q", StreamConfigurationList=[{"StreamARN": stream_arn(name + "-p")}]) == "ValidationException"
    for call, more in (("describe_queue", {}), ("delete_queue", {}), ("update_queue", {"QueueAttributes": {}}), ("receive_queue_records", {}),
                       ("receive_dead_letter_queue_records", {}), ("acknowledge_queue_records", {"Entries": [{"ReceiptHandle": "x"}]})):
        assert code(getattr(kinesis, call), QueueARN=EMPTY, **more) == "ResourceNotFoundException"
    assert code(kinesis.delete_stream, StreamName=name, EnforceConsumerDeletion=True) == "ResourceInUseException"
    assert code(kinesis.update_stream_mode, StreamARN=stream_arn(name), StreamModeDetails={"StreamMode": "PROVISIONED"}) == "ResourceInUseException"
    records = {"QueueARN": queue, "Entries": [{"ReceiptHandle": "x"}] * 11}
    assert code(kinesis.acknowledge_queue_records, **records) == "ValidationException"


def test_queues_and_consumers_share_a_limit(kinesis, name, queue):
    # Other tests may have bought On-demand Advantage.
    commitment = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"]
    most = 20 if commitment == "DISABLED" else 50
    for number in range(10):
        create(kinesis, f"{name}-{number}", stream=name)
    consumers = [f"c{number}" for number in range(most - 11)]
    try:
        for consumer in consumers:
            kinesis.register_stream_consumer(StreamARN=stream_arn(name), ConsumerName=consumer)
        assert code(kinesis.register_stream_consumer, StreamARN=stream_arn(name), ConsumerName="c") == "LimitExceededException"
        assert code(kinesis.create_queue, QueueName="q", StreamConfigurationList=[{"StreamARN": stream_arn(name)}]) == "LimitExceededException"
    finally:
        for consumer in consumers:
            kinesis.deregister_stream_consumer(StreamARN=stream_arn(name), ConsumerName=consumer)


def test_tags(kinesis, name, queue):
    kinesis.tag_resource(ResourceARN=queue, Tags={"a": "b", "c": "d"})
    kinesis.untag_resource(ResourceARN=queue, TagKeys=["c"])
    assert kinesis.list_tags_for_resource(ResourceARN=queue)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert code(kinesis.list_tags_for_resource, ResourceARN=EMPTY) == "ResourceNotFoundException"
    tagged = kinesis.create_queue(QueueName=name + "-t", StreamConfigurationList=[{"StreamARN": stream_arn(name)}], Tags={"e": "f"})
    assert kinesis.list_tags_for_resource(ResourceARN=tagged["QueueDescription"]["QueueARN"])["Tags"] == [{"Key": "e", "Value": "f"}]


def test_a_handle_dies_with_its_queue(kinesis, name, queue):
    put(kinesis, name, 1)
    records = receive(kinesis, queue)
    kinesis.delete_queue(QueueARN=queue)
    assert code(kinesis.acknowledge_queue_records, QueueARN=queue, Entries=entries(records)) == "ResourceNotFoundException"
    second = create(kinesis, name)["QueueARN"]
    assert second != queue
    assert kinesis.acknowledge_queue_records(QueueARN=second, Entries=entries(records))["Failed"][0]["ErrorCode"] == "InvalidArgumentException"
    assert data(receive(kinesis, second)) == [1]


def test_children_come_after_their_parents(kinesis, name):
    """On-demand streams are not split by request: this one was before it became one."""
    kinesis.create_stream(StreamName=name, ShardCount=1)
    put(kinesis, name, *range(20))
    kinesis.split_shard(StreamName=name, ShardToSplit="0", NewStartingHashKey=str(1 << 127))
    settled(kinesis, name)
    put(kinesis, name, *range(20, 40))
    kinesis.merge_shards(StreamName=name, ShardToMerge="1", AdjacentShardToMerge="2")
    settled(kinesis, name)
    put(kinesis, name, *range(40, 60))
    kinesis.update_stream_mode(StreamARN=stream_arn(name), StreamModeDetails={"StreamMode": "ON_DEMAND"})
    queue, got = create(kinesis, name)["QueueARN"], []
    while records := receive(kinesis, queue):
        got += [int(record["Data"]) for record in records]
    assert got[:20] == list(range(20)) and sorted(got[20:40]) == list(range(20, 40)) and got[40:] == list(range(40, 60))
    kinesis.delete_queue(QueueARN=queue)
    kinesis.delete_stream(StreamName=name)


def test_a_put_wakes_one_who_waits(server, kinesis, name, queue):
    got = []
    threads = [threading.Thread(target=lambda: got.append(receive(server.client("kinesis"), queue, WaitTimeSeconds=20, Limit=1))) for _ in range(3)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for number in range(3):
        put(kinesis, name, number)
        until(lambda: len(got) == number + 1, 10, "an answer")
    for thread in threads:
        thread.join()
    assert data([record for records in got for record in records]) == [0, 1, 2] and time.monotonic() - began < 15


def test_a_timeout_wakes_by_the_servers_clock(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    queue = create(kinesis, "s")["QueueARN"]
    put(kinesis, "s", 1)
    server.clock(rate=0)
    assert data(receive(kinesis, queue, VisibilityTimeoutSeconds=600)) == [1]
    got = []
    thread = threading.Thread(target=lambda: got.append(receive(server.client("kinesis"), queue, WaitTimeSeconds=20)))
    thread.start()
    assert receive(kinesis, queue) == []
    server.clock(advance=600)
    thread.join(15)
    assert [data(records) for records in got] == [[1]]


def waiting(server, queue, count=1, seconds=20):
    """So many connections that have asked and been promised an answer."""
    body = json.dumps({"QueueARN": queue, "WaitTimeSeconds": seconds, "Limit": 1}).encode()
    host = f"127.0.0.1:{server.port}"
    target, headers, body = harness.sign("POST", host, "/", body, {
        "content-type": "application/x-amz-json-1.1", "x-amz-target": "Kinesis_20131202.ReceiveQueueRecords"}, service="kinesis")
    lines = [f"POST {target} HTTP/1.1", f"content-length: {len(body)}"] + [f"{field}: {value}" for field, value in headers.items()]
    if not any(field.lower() == "host" for field in headers):
        lines.append(f"host: {host}")
    request, connections = "\r\n".join(lines).encode() + b"\r\n\r\n" + body, []
    for _ in range(count):
        connections.append(socket.create_connection(("127.0.0.1", server.port)))
        connections[-1].settimeout(15)
        connections[-1].sendall(request)
    for connection in connections:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        assert head.startswith(b"HTTP/1.1 200")
    return connections


def test_who_leaves_takes_nothing_along(server, kinesis, name, queue):
    open_files = lambda: len(os.listdir(f"/proc/{server.pid}/fd"))
    before = open_files()
    for connection in waiting(server, queue, 20):
        connection.close()
    until(lambda: open_files() < before + 10, 10, "closed connections")
    put(kinesis, name, 1)
    records = receive(kinesis, queue, WaitTimeSeconds=5)
    assert data(records) == [1] and records[0]["ReceiveCount"] == 1


def processor_seconds(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_thousand_who_wait_cost_nothing(server, kinesis, name, queue):
    asked = time.monotonic()
    receivers = waiting(server, queue, 1000)
    before, began = processor_seconds(server), time.monotonic()
    until(lambda: time.monotonic() - began > 3, 10)
    idle = processor_seconds(server) - before
    delays, answers = [], selectors.DefaultSelector()
    for receiver in receivers:
        answers.register(receiver, selectors.EVENT_READ)
    for number in range(100):
        # The first ones give up after twenty seconds.
        if time.monotonic() - asked > 17:
            break
        sent = time.monotonic()
        kinesis.put_record(StreamName=name, Data=b"%d" % number, PartitionKey="p")
        readable = [key.fileobj for key, _ in answers.select(15)]
        delays.append((time.monotonic() - sent) * 1000)
        assert len(readable) == 1 and b'"QueueRecords":[{' in readable[0].recv(65536)
        answers.unregister(readable[0])
    answers.close()
    for receiver in receivers:
        receiver.close()
    delays.sort()
    print(f"1000 receivers: {idle * 1000:.0f} ms of processor time in 3 s; put to answer of {len(delays)}: p50 {delays[len(delays) // 2]:.1f} ms, "
          f"p99 {delays[len(delays) * 99 // 100]:.1f} ms")
    assert idle < 0.1, f"waiting cost {idle} s of processor time"
    assert len(delays) >= 10 and delays[len(delays) // 2] < 250
