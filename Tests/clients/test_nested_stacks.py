"""Stacks in stacks: made, changed, rolled back and deleted with the stack that they belong to."""

import json

import pytest

from test_custom_resources import ended, outputs, reasons
from test_s3 import refusal

CHILD = {
    "Parameters": {"Count": {"Type": "Number"}, "Names": {"Type": "CommaDelimitedList", "Default": "x"}},
    "Resources": {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"RetentionPeriodHours": {"Ref": "Count"}, "ShardCount": 1}}},
    "Outputs": {"Stream": {"Value": {"Ref": "Stream"}}, "Count": {"Value": {"Ref": "Count"}}, "Names": {"Value": {"Fn::Join": ["-", {"Ref": "Names"}]}}},
}


def parent(bucket, count, **more):
    return json.dumps({
        "Resources": {
            "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {
                "TemplateURL": f"https://s3.amazonaws.com/{bucket}/child.json", "Parameters": {"Count": count, "Names": ["a", "b"]}}},
            "Name": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Child", "Outputs.Stream"]}}},
            **more,
        },
        "Outputs": {
            "Child": {"Value": {"Ref": "Child"}}, "Stream": {"Value": {"Fn::GetAtt": "Child.Outputs.Stream"}},
            "Names": {"Value": {"Fn::Sub": "${Child.Outputs.Names}/${Child.Outputs.Count}"}},
        },
    })


@pytest.fixture
def place(s3, bucket):
    s3.put_object(Bucket=bucket, Key="child.json", Body=json.dumps(CHILD).encode())
    return bucket


def test_a_stack_in_a_stack(server, cfn, name, place):
    stack = f"outer-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=parent(place, 30), Tags=[{"Key": "who", "Value": "me"}])
    made = ended(cfn, stack)
    assert made["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, stack)
    told = outputs(made)
    child = cfn.describe_stacks(StackName=told["Child"])["Stacks"][0]
    assert child["ParentId"] == child["RootId"] == made["StackId"] and child["StackName"].startswith(f"{stack}-Child-")
    assert child["Tags"] == [{"Key": "who", "Value": "me"}] and told["Names"] == "a-b/30"
    kinesis = server.client("kinesis")

    def retention():
        return kinesis.describe_stream_summary(StreamName=told["Stream"])["StreamDescriptionSummary"]["RetentionPeriodHours"]

    assert retention() == 30
    cfn.update_stack(StackName=stack, TemplateBody=parent(place, 40))
    changed = ended(cfn, stack)
    assert changed["StackStatus"] == "UPDATE_COMPLETE" and outputs(changed)["Names"] == "a-b/40" and retention() == 40
    # What fails after it takes it back with the rest.
    bad = {"Bad": {"Type": "AWS::Kinesis::Stream", "DependsOn": "Child", "Properties": {"Name": "no name", "ShardCount": 1}}}
    cfn.update_stack(StackName=stack, TemplateBody=parent(place, 50, **bad))
    assert ended(cfn, stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, stack)
    assert retention() == 40
    # What fails in it fails the whole.
    cfn.update_stack(StackName=stack, TemplateBody=parent(place, 1))
    assert ended(cfn, stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, stack)
    words = "was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource(s) failed to update: [Stream]"
    assert f"Embedded stack {told['Child']} {words}" in reasons(cfn, stack)
    assert retention() == 40
    cfn.delete_stack(StackName=stack)
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert cfn.describe_stacks(StackName=told["Child"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert refusal(kinesis.describe_stream_summary, StreamName=told["Stream"])[1] == "ResourceNotFoundException"


def test_what_fails_in_it_leaves_nothing(cfn, name, place):
    stack = f"outer-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=parent(place, 1))
    assert ended(cfn, stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "was not successfully created: The following resource(s) failed to create: [Stream]" in reasons(cfn, stack)
    left = [one["StackStatus"] for one in cfn.list_stacks()["StackSummaries"] if one["StackName"].startswith(f"{stack}-Child")]
    assert left == ["DELETE_COMPLETE"]


def test_a_template_that_names_itself_ends(cfn, s3, name, place):
    itself = {"Resources": {"Again": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"https://s3.amazonaws.com/{place}/itself.json"}}}}
    s3.put_object(Bucket=place, Key="itself.json", Body=json.dumps(itself).encode())
    stack = f"deep-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(itself))
    assert ended(cfn, stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "nested deeper than 5" in " ".join(reasons(cfn, one["StackId"]) for one in cfn.list_stacks()["StackSummaries"] if one["StackName"].startswith(stack))


def test_a_template_that_is_not_there_is_said(cfn, name, bucket):
    cfn.create_stack(StackName=f"outer-{name}", TemplateBody=parent(bucket, 30))
    assert ended(cfn, f"outer-{name}")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "S3 error: The specified key does not exist." in reasons(cfn, f"outer-{name}")
