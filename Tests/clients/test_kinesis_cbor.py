"""Kinesis in CBOR, written and read by cbor2, which was not written here. botocore cannot speak it: its CBOR is another protocol's."""

import base64
import io
import json

import cbor2
import pytest
from botocore.eventstream import EventStreamBuffer

import harness

CBOR = "application/x-amz-cbor-1.1"


def loads(data):
    """cbor2 would read tag 1 as seconds, so the tag is kept as it stands."""
    kept = data.replace(b"\xc1\x1b\x00\x00\x01", b"\xd9\x27\x10\x1b\x00\x00\x01")
    return cbor2.loads(kept, tag_hook=lambda tag, *_: ("ms", tag.value) if tag.tag == 10000 else tag)


def send(server, operation, document, content_type=CBOR, service="kinesis", prefix="Kinesis_20131202", raw=None):
    body = cbor2.dumps(document) if raw is None else raw
    headers = {"content-type": content_type, **({"x-amz-target": f"{prefix}.{operation}"} if operation else {})}
    return server.signed("POST", "/", body, headers, service=service)


def ask(server, operation, document, **options):
    answer = send(server, operation, document, **options)
    assert answer.status == 200, (answer.status, answer.body)
    assert answer.headers["content-type"] == CBOR
    return loads(answer.body) if answer.body else None


@pytest.fixture
def stream(server, name):
    assert send(server, "CreateStream", {"StreamName": name, "ShardCount": 1}).body == b""
    return name


def read(server, stream, **options):
    at = ask(server, "GetShardIterator", {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON", **options})
    return ask(server, "GetRecords", {"ShardIterator": at["ShardIterator"]})


def test_records_are_bytes_and_times_are_milliseconds(server, stream):
    data = bytes(range(256))
    put = ask(server, "PutRecord", {"StreamName": stream, "Data": data, "PartitionKey": "ü"})
    got = read(server, stream)
    [record] = got["Records"]
    assert record["Data"] == data and record["PartitionKey"] == "ü" and record["SequenceNumber"] == put["SequenceNumber"]
    assert got["MillisBehindLatest"] == 0
    kind, time = record["ApproximateArrivalTimestamp"]
    assert kind == "ms" and time > 1_700_000_000_000
    created = ask(server, "DescribeStreamSummary", {"StreamName": stream})["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    assert created[0] == "ms" and created[1] % 1000 == 0


def test_answers_have_indefinite_lengths_and_tag_1_as_aws_sends_them(server, stream):
    ask(server, "PutRecord", {"StreamName": stream, "Data": b"a", "PartitionKey": "p"})
    at = ask(server, "GetShardIterator", {"StreamName": stream, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"})
    body = send(server, "GetRecords", {"ShardIterator": at["ShardIterator"]}).body
    assert body[0] == 0xBF and body[-1] == 0xFF
    assert b"\x6bApproximate" not in body and b"\x78\x1bApproximateArrivalTimestamp\xc1\x1b" in body
    assert b"\x67Records\x9f\xbf" in body


def test_json_and_cbor_are_the_same_stream(server, kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"json", PartitionKey="p")
    ask(server, "PutRecords", {"StreamName": stream, "Records": [{"Data": b"cbor", "PartitionKey": "p"}]})
    assert [record["Data"] for record in read(server, stream)["Records"]] == [b"json", b"cbor"]
    at = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=at)["Records"]] == [b"json", b"cbor"]


def test_indefinite_and_chunked_requests_are_read(server, stream):
    chunks = b"\x5f\x42ab\x41c\xff"
    raw = b"\xbf\x6aStreamName\x7f" + b"".join(bytes([0x60 + len(part)]) + part.encode() for part in (stream[:1], stream[1:])) + b"\xff"
    raw += b"\x64Data" + chunks + b"\x6cPartitionKey\x61p\xff"
    assert send(server, "PutRecord", None, raw=raw).status == 200
    assert read(server, stream)["Records"][0]["Data"] == b"abc"


def test_times_in_requests_are_milliseconds(server, stream):
    for data in (b"a", b"b"):
        ask(server, "PutRecord", {"StreamName": stream, "Data": data, "PartitionKey": "p"})
    time = read(server, stream)["Records"][0]["ApproximateArrivalTimestamp"][1]
    at = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": cbor2.CBORTag(1, time)}
    assert [record["Data"] for record in read(server, stream, **at)["Records"]] == [b"a", b"b"]
    later = {"StreamName": stream, "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": cbor2.CBORTag(1, time + 3_600_000)}
    error = loads(send(server, "GetShardIterator", later).body)
    assert error["__type"] == "InvalidArgumentException" and f"timestampInMillis: {time + 3_600_000}," in error["message"]


@pytest.mark.parametrize("document, expected", [
    ({"StreamName": "nowhere-to-be-found"}, ("ResourceNotFoundException", "Stream nowhere-to-be-found under account 000000000000 not found.")),
    ({"StreamName": 5}, ("SerializationException", "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String")),
    ({"StreamName": "a b"}, ("ValidationException", None)),
])
def test_errors_are_cbor_too(server, document, expected):
    answer = send(server, "DescribeStream", document)
    assert answer.status == 400 and answer.headers["content-type"] == CBOR
    error = loads(answer.body)
    assert error["__type"] == expected[0] == answer.headers["x-amzn-errortype"]
    assert expected[1] in (None, error.get("message"), error.get("Message"))


def test_a_text_is_no_blob(server, stream):
    error = loads(send(server, "PutRecord", {"StreamName": stream, "Data": base64.b64encode(b"x").decode(), "PartitionKey": "p"}).body)
    assert error == {"__type": "SerializationException", "Message": "class java.lang.String can not be converted to a Blob"}


@pytest.mark.parametrize("raw", [b"\xff", b"\x01", b"\xf6", b"\x80", b"{}", b"\xbf", b"\xa1\x01\x02", b"\xa0\xa0", b"\x81" * 100])
def test_bodies_that_are_no_map_are_refused(server, raw):
    answer = send(server, "ListStreams", None, raw=raw)
    assert answer.status == 400 and loads(answer.body) == {"__type": "SerializationException"}


@pytest.mark.parametrize("content_type, is_cbor", [
    (CBOR, True), ("application/x-amz-json-1.1", False), ("application/x-amz-json-1.1; charset=utf-8", True), ("application/json", True), ("text/plain", True),
])
@pytest.mark.parametrize("operation, error", [("ListStreams", "SerializationException"), ("Nothing", "UnknownOperationException"), ("", "UnknownOperationException")])
def test_empty_bodies(server, content_type, is_cbor, operation, error):
    answer = send(server, operation, None, content_type=content_type, raw=b"")
    assert answer.status == 400
    assert (loads if is_cbor else json.loads)(answer.body) == {"__type": error}


@pytest.mark.parametrize("content_type", [f" {CBOR} ", f"{CBOR};charset=x", CBOR.upper()])
def test_the_content_type_may_have_parameters_blanks_and_capitals(server, content_type):
    answer = send(server, "ListStreams", {}, content_type=content_type)
    assert answer.status == 200 and answer.headers["content-type"] == CBOR


def test_a_subscription_is_told_in_cbor(server, stream):
    arn = ask(server, "DescribeStreamSummary", {"StreamName": stream})["StreamDescriptionSummary"]["StreamARN"]
    consumer = ask(server, "RegisterStreamConsumer", {"StreamARN": arn, "ConsumerName": "c"})["Consumer"]["ConsumerARN"]
    ask(server, "PutRecord", {"StreamName": stream, "Data": b"\x00\xff", "PartitionKey": "p"})
    target, headers, body = harness.sign(
        "POST", f"127.0.0.1:{server.port}", "/",
        cbor2.dumps({"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}),
        {"content-type": CBOR, "x-amz-target": "Kinesis_20131202.SubscribeToShard"}, service="kinesis")
    connection = harness.http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", target, body=body, headers=headers)
    answer, buffer, messages = connection.getresponse(), EventStreamBuffer(), []
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    while len(messages) < 2:
        buffer.add_data(answer.read1(65536))
        messages += list(buffer)
    connection.close()
    assert all(message.headers[":content-type"] == CBOR for message in messages)
    assert messages[0].headers[":event-type"] == "initial-response" and loads(messages[0].payload) == {}
    event = loads(messages[1].payload)
    assert event["Records"][0]["Data"] == b"\x00\xff" and event["ContinuationSequenceNumber"].isdigit()


def test_half_and_single_floats_are_numbers(server, name):
    for number in (b"\xf9\x3c\x00", b"\xfa\x3f\x80\x00\x00", b"\xfb\x3f\xf0" + bytes(6), b"\x01"):
        raw = b"\xa2\x6aStreamName" + bytes([0x60 + len(name)]) + name.encode() + b"\x6aShardCount" + number
        assert send(server, "CreateStream", None, raw=raw).status == 200
        send(server, "DeleteStream", {"StreamName": name})
    assert cbor2.load(io.BytesIO(b"\xf9\x3c\x00")) == 1.0
