"""Faults on purpose, as real clients meet them."""

import json

from test_s3 import refusal


def rules(server, method, rules, path="faults", **headers):
    answer = server.http(method, f"/_personalite/{path}", body=json.dumps(rules).encode() if rules is not None else b"", headers=headers)
    return answer.status, json.loads(answer.body)


def test_every_service_fails_as_a_rule_says(start):
    server = start()
    rule = {"service": "kinesis", "operation": "ListStreams", "error": {"statusCode": 400, "code": "LimitExceededException"}}
    assert rules(server, "POST", [rule])[0] == 200
    kinesis = server.client("kinesis")
    assert refusal(kinesis.list_streams)[:2] == (400, "LimitExceededException")
    assert kinesis.describe_limits()["OpenShardCount"] == 0
    # A rule that names no service is an outage.
    outage = [{"service": "s3", "error": {"statusCode": 503, "code": "SlowDown"}}, {"error": {"statusCode": 500, "code": "InternalFailure"}}]
    assert rules(server, "PATCH", outage)[0] == 200
    assert refusal(kinesis.describe_limits)[:2] == (500, "InternalFailure")
    assert refusal(server.client("s3").list_buckets)[:2] == (503, "SlowDown")
    assert refusal(server.client("s3").put_object, Bucket="b", Key="k", Body=b"x")[:2] == (503, "SlowDown")
    assert rules(server, "GET", None)[1][0]["operation"] == "ListStreams"
    assert rules(server, "DELETE", None) == (200, [])
    assert kinesis.list_streams()["StreamNames"] == []


def test_rules_are_not_for_pages_of_the_web(start):
    server = start()
    assert rules(server, "POST", [{}], Origin="https://evil.example")[0] == 403
    assert rules(server, "POST", {"latency": 5}, path="effects", Host="evil.example")[0] == 403
    assert rules(server, "POST", [{"probability": 2}])[0] == 400
    assert server.client("kinesis").list_streams()["StreamNames"] == []


def throttled(start, seed):
    server = start("--seed", seed, "--kinesis-error-probability", "0.4")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=2)
    records = [{"Data": f"{number}".encode(), "PartitionKey": f"{number}"} for number in range(200)]
    answer = kinesis.put_records(StreamName="s", Records=records)
    failed = ["ErrorCode" in record for record in answer["Records"]]
    assert sum(failed) == answer["FailedRecordCount"] and 40 < sum(failed) < 120
    assert {record["ErrorCode"] for record in answer["Records"] if "ErrorCode" in record} == {"ProvisionedThroughputExceededException"}
    return failed


def test_records_are_throttled_as_often_as_the_option_says_and_alike_for_one_seed(start):
    assert throttled(start, 7) == throttled(start, 7) != throttled(start, 8)
