"""Event source mappings: streams that feed functions, in AWS's form, and what is tried again."""

import base64
import json

import pytest

import harness
from test_lambda import ROLE, package
from test_s3 import refusal


@pytest.fixture
def name(name):
    """Long enough for a bucket."""
    return f"fed-{name}"


class Fed:
    """A stream of one shard with a function behind it that writes what it gets into a bucket."""

    TEXT = """
import base64, boto3, json, os, time
s3 = boto3.client("s3")
def handler(event, context):
    seen = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"calls/{time.time_ns():020}-{context.aws_request_id}", Body=json.dumps(event))
%s
"""

    def __init__(self, server, name, extra="    return None", shards=1, **settings):
        self.name, self.server = name, server
        self.functions, self.kinesis, self.s3 = (server.client(service) for service in ("lambda", "kinesis", "s3"))
        self.s3.create_bucket(Bucket=name)
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        self.stream = self.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
        self.functions.create_function(
            FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=30, Environment={"Variables": {"BUCKET": name}},
            MemorySize=256, Code={"ZipFile": package(app__py=self.TEXT % extra)})
        self.mapping = self.functions.create_event_source_mapping(
            EventSourceArn=self.stream, FunctionName=name, **{"StartingPosition": "LATEST", **settings})

    def put(self, *texts, key="k"):
        records = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
        assert self.kinesis.put_records(StreamName=self.name, Records=records)["FailedRecordCount"] == 0

    def calls(self, s3=None):
        """What each invocation got, in their order: keys begin with the time, and are listed by name."""
        s3 = s3 or self.s3
        found = s3.list_objects_v2(Bucket=self.name, Prefix="calls/").get("Contents", [])
        return [json.loads(s3.get_object(Bucket=self.name, Key=item["Key"])["Body"].read()) for item in found]

    def texts(self, s3=None):
        return [[base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]] for event in self.calls(s3)]

    def seen(self, s3=None):
        return {text for texts in self.texts(s3) for text in texts}


def test_records_reach_the_function_in_awss_form(server, name):
    fed = Fed(server, name)
    assert fed.mapping["State"] == "Creating" and fed.mapping["BatchSize"] == 100 and fed.mapping["MaximumRetryAttempts"] == -1
    fed.put("one")
    harness.until(lambda: fed.texts() == [["one"]], 30, "the record")
    record = fed.calls()[0]["Records"][0]
    assert list(record) == ["kinesis", "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN"]
    assert record["eventID"] == "shardId-000000000000:" + record["kinesis"]["sequenceNumber"] and record["eventSourceARN"] == fed.stream
    assert record["invokeIdentityArn"] == ROLE and record["kinesis"]["partitionKey"] == "k"
    found = fed.functions.get_event_source_mapping(UUID=fed.mapping["UUID"])
    assert found["State"] == "Enabled"
    harness.until(lambda: fed.functions.get_event_source_mapping(UUID=fed.mapping["UUID"])["LastProcessingResult"] == "OK", 10, "OK")
    assert [row["UUID"] for row in fed.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]] == [fed.mapping["UUID"]]


def test_what_is_wrong_with_a_mapping_is_said(server, name):
    fed = Fed(server, name)
    again = {"EventSourceArn": fed.stream, "FunctionName": name, "StartingPosition": "LATEST"}
    status, code, message = refusal(fed.functions.create_event_source_mapping, **again)
    assert (status, code) == (409, "ResourceConflictException") and fed.mapping["UUID"] in message
    missing = fed.stream + "x"
    assert refusal(fed.functions.create_event_source_mapping, **{**again, "EventSourceArn": missing}) == (
        400, "InvalidParameterValueException", f"Stream not found: {missing}")
    for change, word in (({"TumblingWindowInSeconds": 5}, "Tumbling"), ({"FilterCriteria": {"Filters": [{"Pattern": '{"data": {"$or": [{"a": [1]}]}}'}]}}, "$or"),
                         ({"DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{harness.ACCOUNT}:q"}}}, "sqs")):
        status, code, message = refusal(fed.functions.create_event_source_mapping, **{**again, **change})
        assert status == 400 and word in message
    assert refusal(fed.functions.create_event_source_mapping, **{**again, "FunctionName": "nobody"})[0] == 404
    assert refusal(fed.functions.create_event_source_mapping, **{**again, "BatchSize": 10001})[0] == 400
    fed.functions.update_event_source_mapping(UUID=fed.mapping["UUID"], Enabled=False)
    assert fed.functions.get_event_source_mapping(UUID=fed.mapping["UUID"])["State"] == "Disabled"
    fed.functions.delete_event_source_mapping(UUID=fed.mapping["UUID"])
    assert refusal(fed.functions.get_event_source_mapping, UUID=fed.mapping["UUID"])[0] == 404


def test_batches_have_their_size(server, name):
    fed = Fed(server, name, BatchSize=3, MaximumBatchingWindowInSeconds=1)
    fed.put(*"abcdefg")
    harness.until(lambda: len(fed.seen()) == 7, 30, "all records")
    assert [len(texts) for texts in fed.texts()] == [3, 3, 1] and "".join(t for texts in fed.texts() for t in texts) == "abcdefg"


def test_a_failing_batch_is_split_until_the_bad_record_is_alone(server, name):
    fed = Fed(server, name, '    if "bad" in seen: raise Exception("no")', BisectBatchOnFunctionError=True, MaximumRetryAttempts=0,
              MaximumBatchingWindowInSeconds=1, DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{name}"}})
    fed.put("a", "b", "bad", "c")
    harness.until(lambda: ["c"] in fed.texts(), 30, "what stands behind it")
    told = fed.s3.list_objects_v2(Bucket=name, Prefix="aws/lambda/")["Contents"]
    message = json.loads(fed.s3.get_object(Bucket=name, Key=told[0]["Key"])["Body"].read())
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted" and message["KinesisBatchInfo"]["batchSize"] == 1
    assert [base64.b64decode(r["kinesis"]["data"]) for r in json.loads(message["payload"])["Records"]] == [b"bad"]


def test_a_part_of_a_batch_is_tried_again(server, name):
    extra = """    if len(seen) > 1: return {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["kinesis"]["sequenceNumber"]}]}"""
    fed = Fed(server, name, extra, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds=1)
    fed.put("a", "b", "c")
    harness.until(lambda: ["c"] in fed.texts(), 40, "the last record")
    assert fed.texts() == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_children_are_read_after_their_parents(server, name):
    fed = Fed(server, name, StartingPosition="TRIM_HORIZON")
    fed.put("before")
    fed.kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    harness.settled(fed.kinesis, name)
    fed.put("after1", key="a")
    fed.put("after2", key="b")
    harness.until(lambda: fed.seen() == {"before", "after1", "after2"}, 30, "all records")


@pytest.mark.parametrize("round_", range(2))
def test_nothing_is_lost_when_the_server_is_killed(start, tmp_path, name, round_):
    server = start("--data-dir", tmp_path)
    fed = Fed(server, name, BatchSize=5)
    for number in range(40):
        fed.put(f"r{number}")
    harness.until(lambda: len(fed.seen()) >= 5, 30, "the first")
    server.kill()
    server = start("--data-dir", tmp_path)
    s3 = server.client("s3")
    harness.until(lambda: fed.seen(s3) == {f"r{number}" for number in range(40)}, 60, "all records")

def test_filters_choose_records(server, name):
    filters = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["click"]}})}, {"Pattern": json.dumps({"partitionKey": ["vip"]})}]}
    fed = Fed(server, name, FilterCriteria=filters, StartingPosition="TRIM_HORIZON")
    assert fed.mapping["FilterCriteria"] == filters
    fed.put('{"kind": "view"}', "no JSON", '{"kind": "click", "n": 1}')
    fed.put("as it is", key="vip")
    fed.put('{"kind": "view"}')
    fed.put('{"kind": "click", "n": 2}')
    wanted = {'{"kind": "click", "n": 1}', "as it is", '{"kind": "click", "n": 2}'}
    harness.until(lambda: wanted <= fed.seen(), 30)
    assert fed.seen() == wanted
    other = {"Filters": [{"Pattern": json.dumps({"data": {"kind": [{"anything-but": "click"}]}})}]}
    assert fed.functions.update_event_source_mapping(UUID=fed.mapping["UUID"], FilterCriteria=other)["FilterCriteria"] == other
    fed.put('{"kind": "click", "n": 3}', '{"kind": "view", "n": 4}')
    harness.until(lambda: '{"kind": "view", "n": 4}' in fed.seen(), 30)
    assert '{"kind": "click", "n": 3}' not in fed.seen()
    assert "FilterCriteria" not in fed.functions.update_event_source_mapping(UUID=fed.mapping["UUID"], FilterCriteria={})
    fed.put("everything")
    harness.until(lambda: "everything" in fed.seen(), 30)
    status, code, message = refusal(fed.functions.update_event_source_mapping, UUID=fed.mapping["UUID"], FilterCriteria={"Filters": [{"Pattern": "{"}]})
    assert (status, code, message) == (400, "InvalidParameterValueException", "Invalid filter pattern definition.")
    many = {"Filters": [{"Pattern": '{"partitionKey": ["x"]}'}] * 6}
    assert refusal(fed.functions.update_event_source_mapping, UUID=fed.mapping["UUID"], FilterCriteria=many)[1] == "InvalidParameterValueException"
