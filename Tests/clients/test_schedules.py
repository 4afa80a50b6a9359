"""Rules of EventBridge that are due by time, deliveries that are tried again, and the figures of rules."""

import datetime
import json

from harness import ACCOUNT, REGION, ROLE, until
from test_faults import rules
from test_lambda import python
from test_sam import sam

PRINTS = "import json\ndef handler(event, context):\n    print('got', json.dumps(event))\n"
MINUTE, HOUR = 60, 3600


class Heard:
    """A log group that rules write to."""

    def __init__(self, server, name):
        self.logs, self.group = server.client("logs"), f"/aws/events/{name}"
        self.target = {"Id": "log", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.group}"}

    def events(self):
        try:
            pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=self.group)
            return [json.loads(row["message"]) for page in pages for row in page["events"]]
        except self.logs.exceptions.ResourceNotFoundException:
            return []

    def count(self, wanted):
        return until(lambda: len(self.events()) >= wanted and self.events(), 20, f"{wanted} events")


def at(event):
    return datetime.datetime.fromisoformat(event["time"])


def still(start, *options):
    """A server whose clock stands until the test moves it."""
    server = start(*options)
    server.clock(rate=0)
    return server, server.client("events")


def test_a_rate_is_due_again_and_again(start, name):
    server, bridge = still(start)
    heard = Heard(server, name)
    arn = bridge.put_rule(Name=name, ScheduleExpression="rate(1 hour)")["RuleArn"]
    bridge.put_targets(Rule=name, Targets=[heard.target])
    assert bridge.describe_rule(Name=name)["ScheduleExpression"] == "rate(1 hour)" and "EventPattern" not in bridge.describe_rule(Name=name)
    server.clock(advance=HOUR - 1)
    server.clock(advance=1)
    event, = heard.count(1)
    assert (event["source"], event["detail-type"], event["resources"], event["detail"]) == ("aws.events", "Scheduled Event", [arn], {})
    assert (event["account"], event["region"], event["version"]) == (ACCOUNT, REGION, "0") and event["id"]
    server.clock(advance=3 * HOUR)
    times = [at(event) for event in heard.count(4)]
    assert [later - earlier for earlier, later in zip(times, times[1:])] == [datetime.timedelta(hours=1)] * 3
    # It is put again as it was: nothing changes. With another schedule it begins anew.
    bridge.put_rule(Name=name, ScheduleExpression="rate(1 hour)")
    server.clock(advance=HOUR)
    assert len(heard.count(5)) == 5
    bridge.put_rule(Name=name, ScheduleExpression="rate(2 hours)")
    server.clock(advance=HOUR)
    bridge.put_rule(Name=f"{name}-witness", ScheduleExpression="rate(1 minute)")
    bridge.put_targets(Rule=f"{name}-witness", Targets=[heard.target])
    server.clock(advance=MINUTE)
    assert len(heard.count(6)) == 6
    bridge.remove_targets(Rule=f"{name}-witness", Ids=["log"])
    server.clock(advance=HOUR)
    assert heard.count(7)[-1]["resources"] == [arn]
    # Disabled and deleted it is not due.
    bridge.disable_rule(Name=name)
    server.clock(advance=10 * HOUR)
    bridge.enable_rule(Name=name)
    server.clock(advance=2 * HOUR)
    assert len(heard.count(8)) == 8


def test_cron_is_by_utc_and_functions_get_what_the_target_says(start, name):
    server, bridge = still(start)
    functions = server.client("lambda")
    arn = python(functions, name, PRINTS)["FunctionArn"]
    bridge.put_rule(Name=name, ScheduleExpression="cron(30 4 ? * MON *)")
    bridge.put_targets(Rule=name, Targets=[{"Id": "f", "Arn": arn, "InputTransformer": {"InputPathsMap": {"t": "$.time"}, "InputTemplate": '{"at": "<t>"}'}}])
    server.clock(advance=7 * 24 * HOUR)
    logs = server.client("logs")

    def got():
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="got")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return [json.loads(row["message"].removeprefix("got ")) for row in found]

    (answer,) = until(got, 20, "the function")
    when = datetime.datetime.fromisoformat(answer["at"])
    assert (when.weekday(), when.hour, when.minute, when.second) == (0, 4, 30, 0)


def test_no_moment_is_lost_by_a_kill(start, tmp_path, name):
    server, bridge = still(start, "--data-dir", tmp_path)
    bridge.put_rule(Name=name, ScheduleExpression="rate(1 hour)")
    heard = Heard(server, name)
    bridge.put_targets(Rule=name, Targets=[heard.target])
    server.kill()
    server = start("--data-dir", tmp_path)
    server.clock(advance=2 * HOUR)
    assert len(Heard(server, name).count(2)) == 2


def test_what_fails_for_now_is_tried_again(start, name):
    server, bridge = still(start)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "k", "Arn": arn, "RoleArn": ROLE}
    bridge.put_targets(Rule=name, Targets=[target])
    rule = {"service": "kinesis", "operation": "PutRecord", "error": {"statusCode": 400, "code": "ProvisionedThroughputExceededException"}}
    assert rules(server, "POST", [rule])[0] == 200
    entry = {"Source": name, "DetailType": "d", "Detail": '{"n": 1}'}
    assert bridge.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert rules(server, "DELETE", None)[0] == 200
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"] == []
    server.clock(advance=2)
    record, = until(lambda: kinesis.get_records(ShardIterator=iterator)["Records"], 20, "the record")
    assert json.loads(record["Data"])["detail"] == {"n": 1}
    # A policy of no tries is obeyed, and what is not there is not tried again.
    bridge.put_targets(Rule=name, Targets=[{**target, "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}}])
    assert rules(server, "POST", [rule])[0] == 200
    bridge.put_events(Entries=[entry])
    assert rules(server, "DELETE", None)[0] == 200
    bridge.put_targets(Rule=name, Targets=[{**target, "Arn": f"{arn}-gone"}])
    bridge.put_events(Entries=[entry])
    figures = server.http("GET", "/_personalite/metrics").text
    known = {line.split("{")[0]: line for line in figures.splitlines() if name in line}
    assert any("failed" in key for key in known), known
    metrics, today = server.client("cloudwatch"), datetime.datetime.now(datetime.timezone.utc)

    def total(metric):
        found = metrics.get_metric_statistics(
            Namespace="AWS/Events", MetricName=metric, Dimensions=[{"Name": "RuleName", "Value": name}], Period=3600, Statistics=["Sum"],
            StartTime=today - datetime.timedelta(days=1), EndTime=today + datetime.timedelta(days=1))["Datapoints"]
        return sum(point["Sum"] for point in found)

    assert until(lambda: total("Invocations") >= 3, 30) and total("FailedInvocations") == 2 and total("RetryInvocationAttempts") == 1


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Ticks:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: code
      FunctionName: %s
      Events:
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour), Input: '{"kind": "hourly"}', Description: d}}
        Never: {Type: Schedule, Properties: {Schedule: "cron(0 * * * ? *)", Enabled: false}}
        Order: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
        Older: {Type: CloudWatchEvent, Properties: {Pattern: {source: [old]}, Input: '{"kind": "old"}', RetryPolicy: {MaximumRetryAttempts: 3}}}
"""


def test_sam_has_schedules_and_rules(start, tmp_path, name):
    server = start()
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.py").write_text(PRINTS)
    (tmp_path / "template.yaml").write_text(TEMPLATE % name)
    sam(server, "deploy", "--stack-name", "ticks", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", folder=tmp_path)
    bridge, cfn = server.client("events"), server.client("cloudformation")
    rows = {row["LogicalResourceId"]: row for row in cfn.describe_stack_resources(StackName="ticks")["StackResources"]}
    for event in ("Hourly", "Never", "Order", "Older"):
        assert rows[f"Ticks{event}"]["ResourceType"] == "AWS::Events::Rule" and rows[f"Ticks{event}Permission"]["ResourceType"] == "AWS::Lambda::Permission"
    found = bridge.describe_rule(Name=rows["TicksHourly"]["PhysicalResourceId"])
    assert (found["ScheduleExpression"], found["Description"], found["State"]) == ("rate(1 hour)", "d", "ENABLED")
    assert bridge.describe_rule(Name=rows["TicksNever"]["PhysicalResourceId"])["State"] == "DISABLED"
    target, = bridge.list_targets_by_rule(Rule=rows["TicksOlder"]["PhysicalResourceId"])["Targets"]
    assert (target["Id"], target["RetryPolicy"]) == ("TicksOlderLambdaTarget", {"MaximumRetryAttempts": 3})
    bridge.put_events(Entries=[{"Source": "shop", "DetailType": "d", "Detail": '{"kind": "order"}'}, {"Source": "old", "DetailType": "d", "Detail": "{}"}])
    server.clock(advance=HOUR)
    logs = server.client("logs")

    def kinds():
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="got")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return False
        return sorted(json.loads(row["message"].removeprefix("got "))["kind"] for row in found) == ["hourly", "old", "order"]

    until(kinds, 30, "three events")
