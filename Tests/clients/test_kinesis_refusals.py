"""Kinesis in AWS's words: bodies, types, constraints."""

import pytest

from test_kinesis import make

BIG = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to"
STREAM = {"StreamName": "s", "Data": "", "PartitionKey": "p"}


def error(answer):
    document = answer.json
    return answer.status, document["__type"], document.get("message") or document.get("Message")


@pytest.mark.parametrize("operation, document, text", [
    ("CreateStream", {"StreamName": True}, "class java.lang.Boolean can not be converted to an String"),
    ("CreateStream", {"StreamName": 5}, f"{BIG} an String"),
    ("CreateStream", {"StreamName": 5.5}, f"{BIG} an String"),
    ("CreateStream", {"StreamName": []}, "Start of list found where not expected"),
    ("CreateStream", {"StreamName": {}}, "Start of structure or map found where not expected."),
    ("CreateStream", {"StreamName": "s", "ShardCount": "1"}, "class java.lang.String can not be converted to an Integer"),
    ("CreateStream", {"StreamName": "s", "ShardCount": False}, "class java.lang.Boolean can not be converted to an Integer"),
    ("CreateStream", {"StreamName": "s", "StreamModeDetails": "x"}, "Expected null"),
    ("CreateStream", {"StreamName": "s", "Tags": 1}, "Expected map or null"),
    ("DeleteStream", {"StreamName": "s", "EnforceConsumerDeletion": 1}, f"{BIG} an Boolean"),
    ("DeleteStream", {"StreamName": "s", "EnforceConsumerDeletion": "yes"}, "'YES' can not be converted to an Boolean"),
    ("PutRecord", {**STREAM, "Data": True}, "class java.lang.Boolean can not be converted to a Blob"),
    ("PutRecord", {**STREAM, "Data": 1}, f"{BIG} a Blob"),
    ("PutRecord", {**STREAM, "Data": "abc"},
     "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
    ("PutRecord", {**STREAM, "Data": "=aaa"}, "'=aaa' can not be converted to a Blob: Invalid Base64 character: '='"),
    ("PutRecord", {**STREAM, "Data": "a$aa"}, "'a$aa' can not be converted to a Blob: Invalid Base64 character: '$'"),
    ("PutRecord", {**STREAM, "Data": "YWx="}, "'YWx=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"),
    ("PutRecords", {"StreamName": "s", "Records": "x"}, "Expected list or null"),
    ("PutRecords", {"StreamName": "s", "Records": [1]}, "Expected null"),
    ("GetShardIterator", {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": "x"},
     "class java.lang.String can not be converted to milliseconds since epoch"),
])
def test_types(server, operation, document, text):
    assert error(server.call("kinesis", operation, document)) == (400, "SerializationException", text)


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"true", b'"text"', b"{} {}", b'{"a":}', b"\xff", b'{"StreamName":"\xff"}', b"[" * 100_000])
def test_a_body_that_is_no_object(server, body):
    answer = server.call("kinesis", "ListStreams", body)
    assert (answer.status, answer.json) == (400, {"__type": "SerializationException"})


def clauses(answer):
    """(status, type, count, set of clauses)"""
    status, kind, text = error(answer)
    count, rest = text.split(" validation error", 1)
    return status, kind, int(count), set(rest.split("detected: ", 1)[1].split("; "))


NULL = "Value null at '{}' failed to satisfy constraint: Member must not be null"
AT_LEAST = "failed to satisfy constraint: Member must have length greater than or equal to {}"
AT_MOST = "failed to satisfy constraint: Member must have length less than or equal to {}"
NAME = "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
TYPES = "failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"


@pytest.mark.parametrize("operation, document, expected", [
    ("CreateStream", {}, {NULL.format("streamName")}),
    ("CreateStream", {"StreamName": "", "ShardCount": 0}, {
        f"Value '' at 'streamName' {NAME}", f"Value '' at 'streamName' {AT_LEAST.format(1)}",
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"}),
    ("CreateStream", {"StreamName": "a b" * 50, "ShardCount": 1}, {
        f"Value '{'a b' * 50}' at 'streamName' {NAME}", f"Value '{'a b' * 50}' at 'streamName' {AT_MOST.format(128)}"}),
    ("PutRecord", {"StreamName": "s"}, {NULL.format("data")}),
    ("PutRecord", {"StreamName": "s", "Data": "", "PartitionKey": "x" * 257}, {f"Value '{'x' * 257}' at 'partitionKey' {AT_MOST.format(256)}"}),
    ("PutRecord", {"StreamName": "s", "Data": "", "PartitionKey": "p", "ExplicitHashKey": "01"}, {
        "Value '01' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})"}),
    ("PutRecords", {"StreamName": "s", "Records": []}, {f"Value '[]' at 'records' {AT_LEAST.format(1)}"}),
    ("PutRecords", {"StreamName": "s", "Records": [{"PartitionKey": "p", "Data": ""}, {"PartitionKey": ""}]}, {
        NULL.format("records.2.member.data"), f"Value '' at 'records.2.member.partitionKey' {AT_LEAST.format(1)}"}),
    ("GetShardIterator", {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "SIDEWAYS"}, {f"Value 'SIDEWAYS' at 'shardIteratorType' {TYPES}"}),
    ("GetShardIterator", {"StreamName": "s"}, {NULL.format("shardId"), NULL.format("shardIteratorType")}),
    ("GetRecords", {}, {NULL.format("shardIterator")}),
    ("GetRecords", {"ShardIterator": "x", "Limit": 0}, {
        "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"}),
    ("ListStreams", {"Limit": 10_001}, {
        "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"}),
])
def test_constraints(server, operation, document, expected):
    assert clauses(server.call("kinesis", operation, document)) == (400, "ValidationException", len(expected), expected)


def test_one_error_is_singular(server):
    assert error(server.call("kinesis", "CreateStream", {}))[2].startswith("1 validation error detected: ")
    assert error(server.call("kinesis", "GetShardIterator", {}))[2].startswith("2 validation errors detected: ")


def test_ten_clauses_at_most(server):
    answer = server.call("kinesis", "PutRecords", {"StreamName": "s", "Records": [{} for _ in range(30)]})
    assert clauses(answer)[2] == 10


def test_five_hundred_and_one_records(server):
    records = [{"Data": "", "PartitionKey": "p"} for _ in range(501)]
    _, kind, text = error(server.call("kinesis", "PutRecords", {"StreamName": "s", "Records": records}))
    member = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310"
    assert (kind, text) == ("ValidationException", f"1 validation error detected: Value '[{', '.join([member] * 501)}]' at 'records' {AT_MOST.format(500)}")


def test_a_null_member_is_an_absent_one_and_an_unknown_one_is_none(server, kinesis, name):
    make(kinesis, name)
    answer = server.call("kinesis", "DescribeStreamSummary", {"StreamName": name, "StreamARN": None, "Whatever": [1, {"a": 2}]})
    assert answer.status == 200


def test_a_fraction_is_floored_and_a_large_number_clamped(server, name):
    assert server.call("kinesis", "CreateStream", {"StreamName": name, "ShardCount": 2.9}).status == 200
    shards = server.call("kinesis", "ListShards", {"StreamName": name}).json["Shards"]
    assert len(shards) == 2
    answer = server.call("kinesis", "ListStreams", {"Limit": 2**40})
    assert "Value '2147483647' at 'limit'" in error(answer)[2]


def test_no_output_is_no_body(server, name):
    answer = server.call("kinesis", "CreateStream", {"StreamName": name, "ShardCount": 1})
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
    assert answer.headers["x-amzn-requestid"] and answer.headers["x-amz-id-2"]


TARGET = {"x-amz-target": "Kinesis_20131202.ListStreams"}
JSON = {"content-type": "application/x-amz-json-1.1"}
UNDETERMINED = (b"<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n"
                b"</AccessDeniedException>\n")


def test_requests_that_name_no_operation(server):
    assert (answer := server.signed("GET", "/", headers=TARGET, service="kinesis")).status == 403 and answer.body == UNDETERMINED
    cases = [
        (b"", {**JSON, **TARGET}, 400, b'{"__type":"SerializationException"}'),
        (b"", {**JSON}, 400, b'{"__type":"UnknownOperationException"}'),
        (b"{}", {**JSON, "x-amz-target": "Kinesis_20131202.Fly"}, 400, b'{"__type":"UnknownOperationException"}'),
        (b"{}", {**JSON, "x-amz-target": "Nonsense"}, 400, b'{"__type":"UnknownOperationException"}'),
        (b"{}", {"content-type": "text/plain", **TARGET}, 404, b"<UnknownOperationException/>\n"),
        (b"x", {"content-type": "application/json", **TARGET}, 400,
         b'{"Output":{"__type":"com.amazon.coral.service#SerializationException"},"Version":"1.0"}'),
        (b"{}", {"content-type": "application/json", **TARGET}, 404,
         b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'),
    ]
    for body, headers, status, expected in cases:
        answer = server.signed("POST", "/", body, headers, service="kinesis")
        assert (answer.status, answer.body) == (status, expected), headers


def test_a_content_type_may_have_parameters(server):
    headers = {"content-type": "application/x-amz-json-1.1; charset=utf-8", **TARGET}
    assert server.signed("POST", "/", b"{}", headers, service="kinesis").status == 200
