"""Amazon CloudWatch Logs by boto3 and the aws CLI, what functions write to it, and `personalite logs`."""

import json
import re
import subprocess
import time

import pytest

from harness import ACCOUNT, BINARY, REGION, clean_environment
from test_lambda import functions, invoke, node, python  # noqa: F401
from test_s3 import refusal


@pytest.fixture
def logs(server):
    return server.client("logs")


def now():
    return int(time.time() * 1000)


def events(*messages, at=None):
    return [{"timestamp": (at or now()) + number, "message": message} for number, message in enumerate(messages)]


def texts(answer):
    return [event["message"] for event in answer["events"]]


@pytest.fixture
def stream(logs, name):
    place = {"logGroupName": f"/app/{name}", "logStreamName": "one"}
    logs.create_log_group(logGroupName=place["logGroupName"], tags={"team": "a"})
    logs.create_log_stream(**place)
    return place


def test_groups_are_kept_and_described(logs, name):
    group = f"/team/{name}"
    logs.create_log_group(logGroupName=group, tags={"a": "1"}, logGroupClass="INFREQUENT_ACCESS")
    assert refusal(logs.create_log_group, logGroupName=group) == (
        400, "ResourceAlreadyExistsException", "The specified log group already exists")
    logs.put_retention_policy(logGroupName=group, retentionInDays=731)
    status, code, message = refusal(logs.put_retention_policy, logGroupName=group, retentionInDays=2)
    assert (status, code) == (400, "InvalidParameterException") and "enum value set: [1, 3, 5" in message
    [found] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    assert (found["retentionInDays"], found["arn"], found["logGroupArn"], found["storedBytes"]) == (731, arn + ":*", arn, 0)
    assert abs(found["creationTime"] - now()) < 60_000 and found["logGroupClass"] == "INFREQUENT_ACCESS"
    assert [row["logGroupName"] for row in logs.describe_log_groups(logGroupNamePattern=name.upper())["logGroups"]] == [group]
    assert [row["logGroupArn"] for row in logs.list_log_groups(logGroupNamePattern="^/team/" + name[:10])["logGroups"]] == [arn]
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.tag_log_group(logGroupName=group, tags={"c": "3"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2", "c": "3"}
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    logs.untag_log_group(logGroupName=group, tags=["b"])
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"c": "3"}
    assert refusal(logs.tag_resource, resourceArn=arn, tags={f"k{n}": "" for n in range(50)})[1] == "TooManyTagsException"
    logs.delete_log_group(logGroupName=group)
    gone = (400, "ResourceNotFoundException", "The specified log group does not exist.")
    for ask in (logs.delete_log_group, logs.describe_log_streams, logs.filter_log_events, logs.list_tags_log_group):
        assert refusal(ask, logGroupName=group) == gone


def test_events_are_written_and_read(logs, stream):
    at = now() - 10_000
    answer = logs.put_log_events(**stream, logEvents=events("one", "two", "three", at=at), sequenceToken="ignored")
    assert answer["nextSequenceToken"] and "rejectedLogEventsInfo" not in answer
    got = logs.get_log_events(**stream, startFromHead=True)
    assert [(row["timestamp"] - at, row["message"]) for row in got["events"]] == [(0, "one"), (1, "two"), (2, "three")]
    assert all(abs(row["ingestionTime"] - now()) < 60_000 for row in got["events"])
    again = logs.get_log_events(**stream, startFromHead=True, nextToken=got["nextForwardToken"])
    assert (texts(again), again["nextForwardToken"]) == ([], got["nextForwardToken"])
    assert texts(logs.get_log_events(**stream, limit=2)) == ["two", "three"]
    assert [text for page in logs.get_paginator("filter_log_events").paginate(
        logGroupName=stream["logGroupName"], PaginationConfig={"PageSize": 1}) for text in texts(page)] == ["one", "two", "three"]
    [row] = logs.describe_log_streams(logGroupName=stream["logGroupName"], orderBy="LastEventTime", descending=True)["logStreams"]
    assert (row["firstEventTimestamp"], row["lastEventTimestamp"]) == (at, at + 2)
    assert row["arn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{stream['logGroupName']}:log-stream:one"
    identifier = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{stream['logGroupName']}"
    assert texts(logs.filter_log_events(logGroupIdentifier=identifier, filterPattern="?one ?three")) == ["one", "three"]
    logs.put_log_events(**stream, logEvents=events('{"level": "WARN", "took": 12}', '{"level": "ERROR", "took": 13}', at=at + 5))
    found = logs.filter_log_events(logGroupName=stream["logGroupName"], filterPattern='{ $.level = "E*" && $.took > 12 }')
    assert [json.loads(text)["took"] for text in texts(found)] == [13]
    day = 86_400_000
    info = logs.put_log_events(**stream, logEvents=[
        {"timestamp": now() - 15 * day, "message": "old"}, {"timestamp": now(), "message": "good"}, {"timestamp": now() + day, "message": "new"},
    ])["rejectedLogEventsInfo"]
    assert info == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
    assert texts(logs.get_log_events(**stream, limit=1)) == ["good"]


@pytest.mark.parametrize("change, code, words", [
    ({"logEvents": events("b", at=9_000) + events("a", at=8_000)}, "InvalidParameterException", "in chronological order."),
    ({"logStreamName": "none"}, "ResourceNotFoundException", "The specified log stream does not exist."),
    ({"logGroupName": "none"}, "ResourceNotFoundException", "The specified log group does not exist."),
    ({"logGroupName": "a b"}, "InvalidParameterException", "regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"),
    ({"logStreamName": "a:b"}, "InvalidParameterException", "regular expression pattern: [^:*]*"),
    ({"logEvents": events(*["x" * 105_000] * 10)}, "InvalidParameterException", "Upload too large: 1050260 bytes exceeds limit of 1048576"),
])
def test_what_cannot_be_written_is_said(server, stream, change, code, words):
    logs = server.client("logs", validate=False)
    status, found, message = refusal(logs.put_log_events, **{**stream, "logEvents": events("x"), **change})
    assert (status, found) == (400, code) and words in message


@pytest.mark.parametrize("asked, words", [
    ({"filterPattern": "{ $.* = 1 }"}, "wildcard"), ({"filterPattern": "[a, b]"}, "space-delimited"), ({"filterPattern": '"open'}, "Invalid filter"),
    ({"logStreamNames": ["one"], "logStreamNamePrefix": "o"}, "mutually exclusive"), ({"nextToken": "x"}, "nextToken is invalid"),
    ({"logGroupIdentifier": "g"}, "cannot both"), ({"limit": 10_001}, "less than or equal to 10000"), ({"startTime": -1}, "greater than or equal to 0"),
])
def test_what_cannot_be_asked_is_said(server, stream, asked, words):
    logs = server.client("logs", validate=False)
    status, code, message = refusal(logs.filter_log_events, **{"logGroupName": stream["logGroupName"], **asked})
    assert (status, code) == (400, "InvalidParameterException") and words in message


def test_other_operations_are_refused_by_name(logs):
    status, code, message = refusal(logs.describe_queries)
    assert (status, code) == (400, "UnknownOperationException") and "Logs_20140328.DescribeQueries" in message and "fidelity-logs.md" in message


def test_the_command_line(server, logs, stream):
    logs.put_log_events(**stream, logEvents=events("INFO a", "ERROR two words"))
    group = stream["logGroupName"]
    found = server.aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", '"two words"')
    assert texts(found) == ["ERROR two words"]
    assert texts(server.aws("logs", "get-log-events", "--log-group-name", group, "--log-stream-name", "one")) == [
        "INFO a", "ERROR two words"]
    server.aws("logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", "two")
    listed = server.aws("logs", "describe-log-streams", "--log-group-name", group)
    assert [row["logStreamName"] for row in listed["logStreams"]] == ["one", "two"]


def test_tail_of_the_command_line(server, logs, stream):
    logs.put_log_events(**stream, logEvents=events("first", "ERROR second"))
    environment = clean_environment(server.folder, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
    command = ["/usr/bin/aws", "--endpoint-url", server.url, "logs", "tail", stream["logGroupName"], "--format", "short"]

    def tail(*more):
        return subprocess.run([*command, *more], capture_output=True, text=True, timeout=60, env=environment, cwd=server.folder)

    shown = tail()
    assert shown.returncode == 0 and [line.split(" ", 1)[1] for line in shown.stdout.splitlines()] == ["first", "ERROR second"], shown.stderr
    assert tail("--filter-pattern", "ERROR").stdout.splitlines()[0].endswith("ERROR second")
    with subprocess.Popen([*command, "--follow"], stdout=subprocess.PIPE, text=True, env=environment, cwd=server.folder) as following:
        try:
            assert [following.stdout.readline().split(" ", 1)[1].strip() for _ in range(2)] == ["first", "ERROR second"]
            logs.put_log_events(**stream, logEvents=events("third"))
            assert following.stdout.readline().endswith(" third\n")
        finally:
            following.terminate()


def follow(logs, group, start):
    """What `aws logs tail --follow` of the CLI's version 2 asks: the same again, from the newest event on, and drops what it has seen."""
    seen, asked = set(), {"logGroupName": group, "interleaved": True, "startTime": start}
    while True:
        answer = logs.filter_log_events(**asked)
        fresh = [event for event in answer["events"] if event["eventId"] not in seen]
        seen.update(event["eventId"] for event in fresh)
        yield fresh
        if "nextToken" in answer:
            asked["nextToken"] = answer["nextToken"]
        else:
            asked.pop("nextToken", None)
            asked["startTime"] = max([event["timestamp"] for event in answer["events"]] + [asked["startTime"]])


PRINTS = """
import sys
def handler(event, context):
    print("said", event["text"])
    print("on stderr", file=sys.stderr)
    if event.get("fail"): raise ValueError("no")
    return context.log_group_name, context.log_stream_name
"""


def test_functions_write_to_their_group(logs, functions, name):  # noqa: F811
    python(functions, name, PRINTS)
    answer, (group, stream) = invoke(functions, name, {"text": "hello"})
    assert group == f"/aws/lambda/{name}" and re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    request = answer["ResponseMetadata"]["RequestId"]
    lines = texts(logs.get_log_events(logGroupName=group, logStreamName=stream))
    assert lines[0] == f"START RequestId: {request} Version: $LATEST\n" and lines[-2] == f"END RequestId: {request}\n"
    assert sorted(lines[1:-2]) == ["on stderr\n", "said hello\n"]
    assert lines[-1].startswith(f"REPORT RequestId: {request}\tDuration: ") and "\tInit Duration: " in lines[-1]
    tail = follow(logs, group, 0)
    assert len(next(tail)) == 5 and next(tail) == []
    invoke(functions, name, {"text": "again", "fail": True})
    fresh = [event["message"] for event in next(tail)]
    assert "said again\n" in fresh and any("ValueError" in text for text in fresh) and fresh[-1].startswith("REPORT")
    assert [row["logStreamName"] for row in logs.describe_log_streams(logGroupName=group)["logStreams"]] == [stream]


def test_node_and_timeouts(logs, functions, name):  # noqa: F811
    node(functions, name, 'exports.handler = async (event) => { console.log("from node"); await new Promise((r) => setTimeout(r, 60000)); };', Timeout=1)
    answer, _ = invoke(functions, name)
    assert answer["FunctionError"] == "Unhandled"
    lines = texts(logs.filter_log_events(logGroupName=f"/aws/lambda/{name}"))
    assert any("\tINFO\tfrom node" in line for line in lines) and any("Task timed out after 1.00 seconds" in line for line in lines)


def test_figures_of_functions(server, functions, name):  # noqa: F811
    python(functions, name, PRINTS)
    for fail in (False, False, True):
        invoke(functions, name, {"text": "x", "fail": fail})
    cloudwatch = server.client("cloudwatch")
    found = {}
    for metric in ("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"):
        rows = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric, Dimensions=[{"Name": "FunctionName", "Value": name}], Period=3600,
            StartTime=time.time() - 3600, EndTime=time.time() + 3600, Statistics=["Sum", "Maximum", "SampleCount"])["Datapoints"]
        found[metric] = (sum(row["Sum"] for row in rows), max(row["Maximum"] for row in rows), sum(row["SampleCount"] for row in rows))
    assert found["Invocations"] == (3, 1, 3) and found["Errors"] == (1, 1, 3) and found["Throttles"] == (0, 0, 3)
    assert found["Duration"][0] >= 3 and found["ConcurrentExecutions"][1] == 1


def test_a_restart_keeps_events(start, tmp_path, name):
    server = start("--data-dir", str(tmp_path / "data"))
    logs, functions = server.client("logs"), server.client("lambda")  # noqa: F811
    python(functions, name, PRINTS)
    invoke(functions, name, {"text": "before"})
    before = texts(logs.filter_log_events(logGroupName=f"/aws/lambda/{name}"))
    assert "said before\n" in before
    server.kill()
    server = start("--data-dir", str(tmp_path / "data"))
    logs, functions = server.client("logs"), server.client("lambda")  # noqa: F811
    assert texts(logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")) == before
    invoke(functions, name, {"text": "after"})
    assert "said after\n" in texts(logs.filter_log_events(logGroupName=f"/aws/lambda/{name}"))
    server.stop()


def test_a_stack_makes_groups_and_streams(cfn, logs, name):
    def template(days, **tags):
        return json.dumps({"Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {
                **({"RetentionInDays": days} if days else {}), "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}},
            "Stream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Group"}}},
        }, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}}, "Stream": {"Value": {"Ref": "Stream"}}, "Group": {"Value": {"Ref": "Group"}}}})

    def outputs():
        return {row["OutputKey"]: row["OutputValue"] for row in cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}

    cfn.create_stack(StackName=name, TemplateBody=template(731, a="1", b="2"))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    made = outputs()
    [group] = logs.describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"]
    assert (group["arn"], group["retentionInDays"]) == (made["Arn"], 731)
    assert logs.list_tags_log_group(logGroupName=made["Group"])["tags"] == {"a": "1", "b": "2"}
    logs.put_log_events(logGroupName=made["Group"], logStreamName=made["Stream"], logEvents=events("x"))
    cfn.update_stack(StackName=name, TemplateBody=template(None, b="3"))
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    [group] = logs.describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"]
    assert "retentionInDays" not in group and outputs() == made
    assert logs.list_tags_log_group(logGroupName=made["Group"])["tags"] == {"b": "3"}
    assert texts(logs.filter_log_events(logGroupName=made["Group"])) == ["x"]
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert logs.describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"] == []


def test_a_stage_writes_its_access_log(server, logs, name):
    gateway = server.client("apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_method_response(**method, statusCode="200")
    gateway.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": "hello"})
    gateway.create_deployment(restApiId=api, stageName="prod")
    group = f"/access/{name}"
    text = '{"path":"$context.path","status":$context.status,"length":$context.responseLength,"from":"$context.identity.sourceIp","x":"$context.none"}.'
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"},
        {"op": "replace", "path": "/accessLogSettings/format", "value": text},
    ])
    assert server.http("GET", f"/restapis/{api}/prod/_user_request_/").text == "hello"
    assert server.http("GET", f"/restapis/{api}/prod/_user_request_/none").status == 403
    lines = texts(logs.filter_log_events(logGroupName=group))
    assert lines[0] == '{"path":"/prod/","status":200,"length":5,"from":"127.0.0.1","x":"-"}.'
    assert [json.loads(line[:-1])["status"] for line in lines] == [200, 403]


def test_personalite_logs(server, functions, name):  # noqa: F811
    command = [str(BINARY), "logs", name, "--endpoint", server.url]
    missing = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert missing.returncode == 1 and f"no /aws/lambda/{name}" in missing.stderr
    python(functions, name, PRINTS)
    invoke(functions, name, {"text": "first"})
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0 and re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d said first$", shown.stdout, re.M)
    rows = subprocess.run([*command, "--output", "json", "--filter", "said"], capture_output=True, text=True, timeout=30).stdout.splitlines()
    assert [json.loads(row)["message"] for row in rows] == ["said first\n"]
    with subprocess.Popen([*command, "--follow"], stdout=subprocess.PIPE, text=True) as following:
        seen = []
        try:
            while not any("REPORT" in line for line in seen):
                seen.append(following.stdout.readline())
            invoke(functions, name, {"text": "second"})
            while not any("said second" in line for line in seen):
                seen.append(following.stdout.readline())
        finally:
            following.terminate()
    assert len([line for line in seen if "said first" in line]) == 1
