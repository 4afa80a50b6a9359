"""Amazon EventBridge by boto3 and the aws CLI: rules, targets, and events that arrive at functions, streams and log groups."""

import json

import pytest

from harness import ACCOUNT, REGION, ROLE, settled, until
from test_lambda import functions, python  # noqa: F401
from test_s3 import refusal


@pytest.fixture
def bridge(server):
    return server.client("events")


def entry(source, detail, **more):
    return {"Source": source, "DetailType": "Order Placed", "Detail": json.dumps(detail), **more}


def test_rules_are_kept(bridge, name):
    pattern = json.dumps({"source": [name]})
    arn = bridge.put_rule(Name=name, EventPattern=pattern, Description="d", Tags=[{"Key": "a", "Value": "1"}])["RuleArn"]
    assert arn == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
    found = bridge.describe_rule(Name=name)
    assert (found["EventPattern"], found["State"], found["EventBusName"], found["CreatedBy"]) == (pattern, "ENABLED", "default", ACCOUNT)
    bridge.disable_rule(Name=name)
    assert [row["State"] for row in bridge.list_rules(NamePrefix=name)["Rules"]] == ["DISABLED"]
    bridge.enable_rule(Name=name, EventBusName="default")
    bridge.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    bridge.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert bridge.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    target = {"Id": "1", "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "InputPath": "$.detail"}
    assert bridge.put_targets(Rule=name, Targets=[target])["FailedEntryCount"] == 0
    assert bridge.list_targets_by_rule(Rule=name)["Targets"] == [target]
    assert refusal(bridge.delete_rule, Name=name) == (400, "ValidationException", "Rule can't be deleted since it has targets.")
    assert [row["TargetId"] for row in bridge.remove_targets(Rule=name, Ids=["1", "2"])["FailedEntries"]] == ["2"]
    bridge.delete_rule(Name=name)
    bridge.delete_rule(Name=name)
    assert refusal(bridge.describe_rule, Name=name) == (
        400, "ResourceNotFoundException", f"Rule {name} does not exist on EventBus default.")


@pytest.mark.parametrize("asked, code, words", [
    ({"EventPattern": "{"}, "InvalidEventPatternException", "Event pattern is not valid. Reason: "),
    ({"EventPattern": json.dumps({"$or": [{"a": [1]}]})}, "ValidationException", "$or in an event pattern is not carried out"),
    ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
    ({"EventPattern": "{}", "EventBusName": "mine"}, "ResourceNotFoundException", "Event bus mine does not exist."),
])
def test_rules_that_are_refused(bridge, name, asked, code, words):
    status, found, message = refusal(bridge.put_rule, Name=name, **asked)
    assert (status, found) == (400, code) and words in message


def test_targets_that_are_refused(bridge, name):
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    for target, words in (
        ({"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}, "A target other than functions"),
        ({"Arn": function, "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}}, "DeadLetterConfig of a target"),
        ({"Arn": f"arn:aws:lambda:{REGION}:111111111111:function:f"}, "A target in another account"),
        ({"Arn": function, "Input": "{"}, "JSON syntax error"), ({"Arn": function, "InputPath": "x"}, "Invalid JSONPath"),
        ({"Arn": function, "Input": "1", "InputPath": "$"}, "Only one of"),
        ({"Arn": function, "KinesisParameters": {"PartitionKeyPath": "$.id"}}, "KinesisParameters is not valid"),
    ):
        status, code, message = refusal(bridge.put_targets, Rule=name, Targets=[{"Id": "1", **target}])
        assert (status, code) == (400, "ValidationException") and words in message
    many = [{"Id": str(number), "Arn": function} for number in range(6)]
    assert refusal(bridge.put_targets, Rule=name, Targets=many)[1] == "LimitExceededException"


def test_entries_that_fail_do_not_fail_the_others(bridge):
    answer = bridge.put_events(Entries=[
        entry("app", {}), {"DetailType": "d", "Detail": "{}"}, {"Source": "app", "DetailType": "d", "Detail": "{"}, entry("aws.s3", {}),
        entry("app", {}, EventBusName="mine"),
    ])
    assert answer["FailedEntryCount"] == 4 and answer["Entries"][0]["EventId"]
    assert [row["ErrorCode"] for row in answer["Entries"][1:]] == [
        "InvalidArgument", "MalformedDetail", "NotAuthorizedForSourceException", "ResourceNotFoundException"]
    large = [entry("app", {"x": "x" * 60_000}) for _ in range(5)]
    assert refusal(bridge.put_events, Entries=large) == (
        400, "ValidationException", "Total size of the entries in the request is over the limit.")


def test_events_arrive(server, bridge, functions, kinesis, name):  # noqa: F811
    logs = server.client("logs")
    python(functions, name, "def handler(event, context):\n    print('got', event)\n")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    settled(kinesis, name)
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": [name], "detail": {"price": [{"numeric": [">", 10]}]}}))
    bridge.put_targets(Rule=name, Targets=[
        {"Id": "f", "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", "InputTransformer": {
            "InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '"order <id>"'}},
        {"Id": "k", "Arn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}", "RoleArn": ROLE, "KinesisParameters": {"PartitionKeyPath": "$.detail.id"}},
        {"Id": "l", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/{name}"},
    ])
    answer = bridge.put_events(Entries=[entry(name, {"id": "a", "price": 9}), entry(name, {"id": "b", "price": 11}, Resources=["r"]), entry("x", {"price": 99})])
    assert answer["FailedEntryCount"] == 0
    at = kinesis.get_shard_iterator(StreamName=name, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=at)["Records"]
    event = json.loads(record["Data"])
    assert (record["PartitionKey"], event["id"], event["account"], event["region"]) == ("b", answer["Entries"][1]["EventId"], ACCOUNT, REGION)
    assert (event["version"], event["detail-type"], event["source"], event["resources"]) == ("0", "Order Placed", name, ["r"])
    assert event["detail"] == {"id": "b", "price": 11} and event["time"].endswith("Z")
    [line] = logs.filter_log_events(logGroupName=f"/aws/events/{name}")["events"]
    assert json.loads(line["message"]) == event

    def printed():
        try:
            return [row["message"] for row in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="got")["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    assert until(printed, what="the function") == ["got order b\n"]
    bridge.disable_rule(Name=name)
    bridge.put_events(Entries=[entry(name, {"id": "c", "price": 12})])
    assert len(logs.filter_log_events(logGroupName=f"/aws/events/{name}")["events"]) == 1


def test_a_stack_has_a_rule(cfn, bridge, name):
    def template(state, *targets):
        return json.dumps({"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"source": [name]}, "State": state,
            "Targets": [{"Id": target, "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{target}"} for target in targets],
        }}}, "Outputs": {"Rule": {"Value": {"Ref": "Rule"}}, "Arn": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}}}})

    cfn.create_stack(StackName=name, TemplateBody=template("ENABLED", "a", "b"))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    made = {row["OutputKey"]: row["OutputValue"] for row in cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    found = bridge.describe_rule(Name=made["Rule"])
    assert (found["Arn"], json.loads(found["EventPattern"])) == (made["Arn"], {"source": [name]})
    cfn.update_stack(StackName=name, TemplateBody=template("DISABLED", "b", "c"))
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert bridge.describe_rule(Name=made["Rule"])["State"] == "DISABLED"
    assert [row["Id"] for row in bridge.list_targets_by_rule(Rule=made["Rule"])["Targets"]] == ["b", "c"]
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert refusal(bridge.describe_rule, Name=made["Rule"])[1] == "ResourceNotFoundException"


def test_the_command_line(server, bridge, name):
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    assert server.aws("events", "describe-rule", "--name", name)["State"] == "ENABLED"
    answer = server.aws("events", "put-events", "--entries", json.dumps([entry(name, {})]))
    assert answer["FailedEntryCount"] == 0
