"""Custom resources: functions that make, change and delete what CloudFormation has no type for."""

import concurrent.futures
import json

import pytest

import harness
from harness import until
from test_s3 import refusal

HEAD = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17",
    Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}}
  Provider:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: %s
      Handler: index.handler
      Timeout: 60
      Role: !GetAtt Role.Arn
      Environment: {Variables: {BUCKET: !Ref Bucket}}
      Code:
        ZipFile: |
%s
  Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
  Made:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Provider.Arn, Number: %s, Flag: true, List: [1, {a: 2}]}
Outputs:
  Id: {Value: !Ref Made}
  Told: {Value: !GetAtt Made.Told}
  Bucket: {Value: !Ref Bucket}
"""
PYTHON = """
import cfnresponse, boto3, json, os
s3 = boto3.client("s3")
def handler(event, context):
    kind = event["RequestType"]
    count = s3.list_objects_v2(Bucket=os.environ["BUCKET"])["KeyCount"]
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{count}-{kind}", Body=json.dumps(event).encode())
    number = event["ResourceProperties"]["Number"]
    if number == "13" and kind != "Delete":
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason="unlucky", physicalResourceId="thing")
    elif number in ("60", "61", "62"):
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Told": kind + number}, "thing" + number)
    elif number in ("50", "51") and kind != "Delete":
        deep = "x"
        for _ in range(40):
            deep = [deep]
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Told": deep} if number == "50" else ["x"], "thing")
    elif number == "99":
        raise ValueError("broke")
    else:
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Told": kind + number}, "thing")
"""
NODE = """
const response = require('cfn-response');
exports.handler = (event, context) => {
  response.send(event, context, response.SUCCESS, { Told: event.RequestType + event.ResourceProperties.Number }, 'thing');
};
"""
# As providers of the CDK do it: by TLS, to the host of the address and to no port.
SECURE = """
const https = require('https');
exports.handler = async (event) => {
  const body = JSON.stringify({ Status: 'SUCCESS', Reason: 'x', PhysicalResourceId: 'thing', StackId: event.StackId, RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId, Data: { Told: event.RequestType + event.ResourceProperties.Number } });
  const url = new URL(event.ResponseURL);
  await new Promise((resolve, reject) => {
    const sent = https.request({ hostname: url.hostname, path: url.pathname, method: 'PUT', headers: { 'content-type': '', 'content-length': body.length } },
      (answer) => { answer.resume(); resolve(); });
    sent.on('error', reject);
    sent.write(body);
    sent.end();
  });
};
"""


def template(code, number, runtime="python3.12"):
    return HEAD % (runtime, "\n".join(" " * 10 + line for line in code.strip().splitlines()), number)


def ended(cfn, name):
    return until(lambda: (stack := cfn.describe_stacks(StackName=name)["Stacks"][0]) and not stack["StackStatus"].endswith("_IN_PROGRESS") and stack, 40)


def reasons(cfn, name):
    return " ".join(str(event.get("ResourceStatusReason")) for event in cfn.describe_stack_events(StackName=name)["StackEvents"])


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


CAPABLE = {"Capabilities": ["CAPABILITY_IAM"]}


def test_a_function_makes_changes_and_deletes(server, cfn, s3, name):
    cfn.create_stack(StackName=name, TemplateBody=template(PYTHON, 7), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, name)
    assert outputs(stack)["Told"] == "Create7" and outputs(stack)["Id"] == "thing"
    bucket = outputs(stack)["Bucket"]
    event = json.loads(s3.get_object(Bucket=bucket, Key="0-Create")["Body"].read())
    assert event["ResourceProperties"] == {"ServiceToken": event["ServiceToken"], "Number": "7", "Flag": "true", "List": ["1", {"a": "2"}]}
    assert event["ResourceType"] == "Custom::Thing" and event["LogicalResourceId"] == "Made" and event["StackId"] == stack["StackId"]
    assert "PhysicalResourceId" not in event and event["ResponseURL"].startswith(server.url)
    cfn.update_stack(StackName=name, TemplateBody=template(PYTHON, 8), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE" and outputs(stack)["Told"] == "Update8"
    event = json.loads(s3.get_object(Bucket=bucket, Key="1-Update")["Body"].read())
    assert event["PhysicalResourceId"] == "thing" and event["OldResourceProperties"]["Number"] == "7"
    # It refuses, and is changed back.
    cfn.update_stack(StackName=name, TemplateBody=template(PYTHON, 13), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Received response status [FAILED] from custom resource. Message returned: unlucky (RequestId: " in reasons(cfn, name)
    assert outputs(stack)["Told"] == "Update8"
    cfn.delete_stack(StackName=name)
    until(lambda: refusal(cfn.describe_stacks, StackName=name), 30)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys[-1].endswith("-Delete"), keys


def test_an_answer_with_another_id_is_a_new_resource(cfn, s3, name):
    cfn.create_stack(StackName=name, TemplateBody=template(PYTHON, 60), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and outputs(stack)["Id"] == "thing60"
    cfn.update_stack(StackName=name, TemplateBody=template(PYTHON, 61), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", reasons(cfn, name)
    assert outputs(stack)["Id"] == "thing61" and outputs(stack)["Told"] == "Update61"
    event = json.loads(s3.get_object(Bucket=outputs(stack)["Bucket"], Key="2-Delete")["Body"].read())
    assert event["PhysicalResourceId"] == "thing60" and event["ResourceProperties"]["Number"] == "60"
    # What fails behind it takes the new one back, and the old one stays.
    failing = template(PYTHON, 62).replace("Outputs:", "  Late: {Type: AWS::Kinesis::Stream, DependsOn: Made, Properties: {ShardCount: 0}}\nOutputs:")
    cfn.update_stack(StackName=name, TemplateBody=failing, **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE" and outputs(stack)["Id"] == "thing61"
    event = json.loads(s3.get_object(Bucket=outputs(stack)["Bucket"], Key="4-Delete")["Body"].read())
    assert event["PhysicalResourceId"] == "thing62"
    resources = {row["LogicalResourceId"]: row.get("PhysicalResourceId") for row in cfn.describe_stack_resources(StackName=name)["StackResources"]}
    assert resources["Made"] == "thing61" and "Late" not in resources


@pytest.mark.parametrize("number, words", [(50, "Data is nested deeper than 16 levels"), (51, "Data is no object")])
def test_data_that_could_not_be_kept_is_refused(cfn, name, number, words):
    cfn.create_stack(StackName=name, TemplateBody=template(PYTHON, number), **CAPABLE)
    assert ended(cfn, name)["StackStatus"] == "ROLLBACK_COMPLETE" and words in reasons(cfn, name)


def test_a_function_that_breaks_fails_the_resource_at_once(cfn, name):
    cfn.create_stack(StackName=name, TemplateBody=template(PYTHON, 99), OnFailure="DO_NOTHING", **CAPABLE)
    assert ended(cfn, name)["StackStatus"] == "CREATE_FAILED"
    assert "The function failed before it sent a response" in reasons(cfn, name) and "broke" in reasons(cfn, name)


@pytest.mark.parametrize("code", [NODE, SECURE], ids=["module", "secure"])
def test_functions_of_node_answer_too(cfn, name, code):
    cfn.create_stack(StackName=name, TemplateBody=template(code, 1, "nodejs20.x"), **CAPABLE)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, name)
    assert outputs(stack)["Told"] == "Create1"


def test_a_function_that_never_answers_is_given_up(start, name):
    server = start()
    cfn = server.client("cloudformation")
    silent = template("def handler(event, context): pass", 1).replace("Number: 1,", "Number: 1, ServiceTimeout: 30,")
    cfn.create_stack(StackName=name, TemplateBody=silent, OnFailure="DO_NOTHING", **CAPABLE)
    server.clock(advance=31)
    assert ended(cfn, name)["StackStatus"] == "CREATE_FAILED"
    assert "CloudFormation did not receive a response from your Custom Resource." in reasons(cfn, name)


# Writes what it is asked into a bucket and sends nothing.
SILENT = """
import boto3, json, os, time
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{time.time_ns():020}-{event['RequestType']}", Body=json.dumps(event))
"""


def asked(s3, bucket, count):
    def events():
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return len(keys) >= count and [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]

    return until(events, 40, f"{count} requests")


def bucket_of(cfn, name):
    return until(lambda: next((row.get("PhysicalResourceId") for row in cfn.describe_stack_resources(StackName=name)["StackResources"]
                               if row["LogicalResourceId"] == "Bucket" and row["ResourceStatus"] == "CREATE_COMPLETE"), None), 30)


def respond(server, event, **more):
    body = {"Status": "SUCCESS", "PhysicalResourceId": "thing", **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}, **more}
    return server.http("PUT", "/" + event["ResponseURL"].split("/", 3)[3], json.dumps(body).encode()).status


def test_a_creation_that_was_never_answered_is_deleted_in_the_rollback(start, name):
    server = start()
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    cfn.create_stack(StackName=name, TemplateBody=template(SILENT, 1).replace("Number: 1,", "Number: 1, ServiceTimeout: 30,"), **CAPABLE)
    bucket = bucket_of(cfn, name)
    created, = asked(s3, bucket, 1)
    server.clock(advance=31)
    deleted = asked(s3, bucket, 2)[1]
    assert (created["RequestType"], deleted["RequestType"]) == ("Create", "Delete")
    assert deleted["PhysicalResourceId"].startswith(f"{name}-Made-") and deleted["ResourceProperties"] == created["ResourceProperties"]
    assert cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_IN_PROGRESS"
    assert respond(server, created) == 404 and respond(server, deleted, PhysicalResourceId=deleted["PhysicalResourceId"]) == 200
    assert ended(cfn, name)["StackStatus"] == "ROLLBACK_COMPLETE"
    # The rollback left the bucket, as its policy has it, and the resource went.
    gone = [row for row in cfn.describe_stack_events(StackName=name)["StackEvents"] if row["LogicalResourceId"] == "Made"]
    assert gone[0]["ResourceStatus"] == "DELETE_COMPLETE" and gone[0]["PhysicalResourceId"] == deleted["PhysicalResourceId"]
    assert [row["ResourceStatus"] for row in reversed(gone)] == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_a_function_that_could_not_be_asked_is_not_asked_to_delete(cfn, name):
    cfn.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {
        "A": {"Type": "Custom::X", "Properties": {"ServiceToken": f"arn:aws:lambda:us-east-1:{harness.ACCOUNT}:function:nobody"}}}}))
    assert ended(cfn, name)["StackStatus"] == "ROLLBACK_COMPLETE" and "Function not found" in reasons(cfn, name)


def test_silent_functions_hold_no_turns(start, name):
    server = start()
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    cfn.create_stack(StackName=name, TemplateBody=template("def handler(event, context): pass", 1).split("  Made:")[0] + "Outputs: {F: {Value: !GetAtt Provider.Arn}}", **CAPABLE)
    function = ended(cfn, name)["Outputs"][0]["OutputValue"]
    silent = json.dumps({"Resources": {"A": {"Type": "Custom::X", "Properties": {"ServiceToken": function, "ServiceTimeout": "3000"}}}})
    names = [f"{name}-{number}" for number in range(40)]
    with concurrent.futures.ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda stack: server.client("cloudformation").create_stack(StackName=stack, TemplateBody=silent, OnFailure="DO_NOTHING"), names))
    # All of them wait, and another stack is made meanwhile.
    cfn.create_stack(StackName=f"{name}-quick", TemplateBody='{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')
    assert ended(cfn, f"{name}-quick")["StackStatus"] == "CREATE_COMPLETE"
    assert {cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] for stack in names} == {"CREATE_IN_PROGRESS"}
    server.clock(advance=3001)
    assert {ended(cfn, stack)["StackStatus"] for stack in names} == {"CREATE_FAILED"}


def test_a_response_is_taken_after_a_kill(start, tmp_path, name):
    server = start("--data-dir", tmp_path)
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    cfn.create_stack(StackName=name, TemplateBody=template(SILENT, 1), **CAPABLE)
    bucket = bucket_of(cfn, name)
    first, = asked(s3, bucket, 1)
    server.kill()
    server = start("--data-dir", tmp_path)
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    # What the function was doing ended with the server: it is asked the same again, and the address that it knew still holds.
    again = asked(s3, bucket, 2)[1]
    path = lambda event: event["ResponseURL"].split("/", 3)[3]
    assert (again["RequestId"], path(again), again["RequestType"]) == (first["RequestId"], path(first), "Create")
    assert respond(server, first, Data={"Told": "late"}) == 200
    assert respond(server, first, Status="FAILED", Reason="second") in (200, 404)
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and outputs(stack)["Told"] == "late", reasons(cfn, name)
    # A change that waits for its response says once that it has begun.
    cfn.update_stack(StackName=name, TemplateBody=template(SILENT, 2), **CAPABLE)
    change = asked(s3, bucket, 3)[2]
    assert change["RequestType"] == "Update"
    server.kill()
    server = start("--data-dir", tmp_path)
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    asked(s3, bucket, 4)
    assert respond(server, change, Data={"Told": "changed"}) == 200
    stack = ended(cfn, name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE" and outputs(stack)["Told"] == "changed", reasons(cfn, name)
    seen = [row["ResourceStatus"] for row in cfn.describe_stack_events(StackName=name)["StackEvents"] if row["LogicalResourceId"] == "Made"]
    assert seen.count("UPDATE_IN_PROGRESS") == 1
    cfn.delete_stack(StackName=name)
    assert respond(server, asked(s3, bucket, 5)[4]) == 200
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def test_what_is_refused(server, cfn, name):
    cfn.create_stack(StackName=name, OnFailure="DO_NOTHING", TemplateBody=json.dumps({"Resources": {
        "A": {"Type": "Custom::X", "Properties": {"ServiceToken": f"arn:aws:sns:us-east-1:{harness.ACCOUNT}:topic"}}}}))
    assert ended(cfn, name)["StackStatus"] == "CREATE_FAILED" and "personalite takes the ARN of a function" in reasons(cfn, name)
    # Nobody waits for a response of this name.
    assert server.http("PUT", "/_aws/cloudformation/responses/" + "0" * 32, b"{}").status == 404
