"""Notifications of buckets: configurations as they are kept and refused, and what functions and the event bus are told, also across kill -9."""

import json
import re
import threading

import pytest

import deploying
from harness import ACCOUNT, REGION, ROOT, until
from test_lambda import functions, python  # noqa: F401
from test_faults import rules
from test_s3 import refusal
from test_sam import sam

# Writes down what it is told, in a bucket that tells nobody.
HEARD = """
import boto3, json, os, time
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket=os.environ["HEARD"], Key=f"{time.time_ns():020}-{context.aws_request_id}", Body=json.dumps(event))
"""


class Told:
    """A bucket, and a function that it may ask, whose invocations are in another bucket."""

    def __init__(self, server, name, permitted=True):
        self.server, self.name, self.bucket, self.heard = server, name, f"told-{name}", f"heard-{name}"
        self.s3, self.functions = server.client("s3"), server.client("lambda")
        for bucket in (self.bucket, self.heard):
            self.s3.create_bucket(Bucket=bucket)
        self.arn = python(self.functions, name, HEARD, Environment={"Variables": {"HEARD": self.heard}}, Timeout=30, MemorySize=256)["FunctionArn"]
        if permitted:
            self.permit()

    def permit(self, **more):
        self.functions.add_permission(FunctionName=self.name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", **{
            "SourceArn": f"arn:aws:s3:::{self.bucket}", "SourceAccount": ACCOUNT, **more})

    def target(self, *events, id=None, **filters):
        rules = [{"Name": name, "Value": value} for name, value in filters.items()]
        return {"LambdaFunctionArn": self.arn, "Events": list(events), **({"Id": id} if id else {}), **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})}

    def put(self, *targets, **more):
        configuration = {"LambdaFunctionConfigurations": list(targets)} if targets else {}
        skips = more.pop("SkipDestinationValidation", False)
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={**configuration, **more}, **({"SkipDestinationValidation": True} if skips else {}))

    def records(self, server=None):
        s3 = (server or self.server).client("s3")
        found = [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.heard) for item in page.get("Contents", [])]
        return [record for key in found for record in json.loads(s3.get_object(Bucket=self.heard, Key=key)["Body"].read())["Records"]]

    def told(self, count):
        return until(lambda: (records := self.records()) and len(records) >= count and records, 30, f"{count} notifications")


def names(records):
    return sorted((record["eventName"], record["s3"]["object"]["key"]) for record in records)


def test_every_kind_of_change_is_told(server, name):
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:*", "s3:ObjectRemoved:*", id="all"))
    s3 = told.s3
    etag = s3.put_object(Bucket=told.bucket, Key="a folder/ä+b.txt", Body=b"12345")["ETag"].strip('"')
    s3.copy_object(Bucket=told.bucket, Key="copy", CopySource={"Bucket": told.bucket, "Key": "a folder/ä+b.txt"})
    upload = s3.create_multipart_upload(Bucket=told.bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=told.bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(Bucket=told.bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"ETag": part, "PartNumber": 1}]})
    form = s3.generate_presigned_post(told.bucket, "form")
    body, kind = multipart(form["fields"], b"form")
    assert server.http("POST", f"/{told.bucket}", body, {"content-type": kind}).status == 204
    s3.delete_object(Bucket=told.bucket, Key="copy")
    s3.delete_object(Bucket=told.bucket, Key="was never there")
    s3.delete_objects(Bucket=told.bucket, Delete={"Objects": [{"Key": "parts"}, {"Key": "nor was this"}]})
    records = told.told(6)
    assert names(records) == [
        ("ObjectCreated:CompleteMultipartUpload", "parts"), ("ObjectCreated:Copy", "copy"), ("ObjectCreated:Post", "form"),
        ("ObjectCreated:Put", "a+folder/%C3%A4%2Bb.txt"), ("ObjectRemoved:Delete", "copy"), ("ObjectRemoved:Delete", "parts"),
    ]
    put, = (record for record in records if record["eventName"] == "ObjectCreated:Put")
    assert (put["eventVersion"], put["eventSource"], put["awsRegion"]) == ("2.1", "aws:s3", REGION)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", put["eventTime"])
    assert put["userIdentity"]["principalId"].startswith("AWS:") and put["requestParameters"]["sourceIPAddress"] == "127.0.0.1"
    assert set(put["responseElements"]) == {"x-amz-request-id", "x-amz-id-2"}
    content = put["s3"]
    assert (content["s3SchemaVersion"], content["configurationId"]) == ("1.0", "all")
    assert (content["bucket"]["name"], content["bucket"]["arn"]) == (told.bucket, f"arn:aws:s3:::{told.bucket}")
    assert (content["object"]["size"], content["object"]["eTag"]) == (5, etag)
    gone = next(record for record in records if record["eventName"] == "ObjectRemoved:Delete")
    assert set(gone["s3"]["object"]) == {"key", "sequencer"}
    made = {record["s3"]["object"]["key"]: record["s3"]["object"]["sequencer"] for record in records if "Created" in record["eventName"]}
    for record in records:
        if "Removed" in record["eventName"]:
            assert record["s3"]["object"]["sequencer"] > made[record["s3"]["object"]["key"]]


def multipart(fields, file):
    lines = b""
    for field, value in [*fields.items(), ("file", file)]:
        value = value if isinstance(value, bytes) else value.encode()
        extra = b'; filename="f"' if field == "file" else b""
        lines += b"--edge\r\ncontent-disposition: form-data; name=\"" + field.encode() + b'"' + extra + b"\r\n\r\n" + value + b"\r\n"
    return lines + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def test_filters_choose_and_a_configuration_is_replaced(server, name):
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:Put", id="images", prefix="in/", suffix=".jpg"), told.target("s3:ObjectRemoved:Delete", id="gone"))
    got = told.s3.get_bucket_notification_configuration(Bucket=told.bucket)["LambdaFunctionConfigurations"]
    assert got[0] == {"Id": "images", "LambdaFunctionArn": told.arn, "Events": ["s3:ObjectCreated:Put"], "Filter": {"Key": {
        "FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]}}}
    assert got[1] == {"Id": "gone", "LambdaFunctionArn": told.arn, "Events": ["s3:ObjectRemoved:Delete"]}
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg", "in/.jpg"):
        told.s3.put_object(Bucket=told.bucket, Key=key, Body=b"")
    told.s3.copy_object(Bucket=told.bucket, Key="in/copy.jpg", CopySource=f"{told.bucket}/in/a.jpg")
    told.s3.delete_object(Bucket=told.bucket, Key="out/a.jpg")
    records = told.told(3)
    assert {record["s3"]["configurationId"] for record in records} == {"images", "gone"}
    assert names(records) == [("ObjectCreated:Put", "in/.jpg"), ("ObjectCreated:Put", "in/a.jpg"), ("ObjectRemoved:Delete", "out/a.jpg")]
    # An empty configuration ends it, and ids are made where none is given.
    told.put(told.target("s3:ObjectCreated:*"))
    assert told.s3.get_bucket_notification_configuration(Bucket=told.bucket)["LambdaFunctionConfigurations"][0]["Id"]
    told.put()
    assert "LambdaFunctionConfigurations" not in told.s3.get_bucket_notification_configuration(Bucket=told.bucket)
    told.s3.put_object(Bucket=told.bucket, Key="in/b.jpg", Body=b"")
    # What would be told of it would have been told before what comes behind.
    told.put(told.target("s3:ObjectCreated:*"))
    told.s3.put_object(Bucket=told.bucket, Key="last", Body=b"")
    assert names(told.told(4))[-2:] == [("ObjectCreated:Put", "last"), ("ObjectRemoved:Delete", "out/a.jpg")]


def test_a_bucket_that_is_made_again_tells_nobody(s3, server, name):
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:*"))
    s3.delete_bucket(Bucket=told.bucket)
    s3.create_bucket(Bucket=told.bucket)
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(Bucket=told.bucket)


@pytest.mark.parametrize("change, words", [
    ({"Events": ["s3:ObjectMade:*"]}, "A specified event is not supported for notifications."),
    ({"LambdaFunctionArn": "arn:aws:lambda:x"}, "The ARN is not well formed"),
    ({"Filter": {"Key": {"FilterRules": [{"Name": "infix", "Value": "x"}]}}}, "filter rule name must be either prefix or suffix"),
    ({"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "x"}, {"Name": "Prefix", "Value": "y"}]}}}, "Cannot specify more than one prefix rule in a filter."),
    ({"Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": "x" * 1025}]}}}, "Size of filter rule value cannot exceed 1024 bytes"),
    ({"LambdaFunctionArn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"}, "The notification destination service region is not valid for the bucket"),
    ({"LambdaFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nowhere"}, "Unable to validate the following destination configurations"),
])
def test_configurations_that_are_refused(server, name, change, words):
    told = Told(server, name)
    with pytest.raises(told.s3.exceptions.ClientError) as caught:
        told.put({**told.target("s3:ObjectCreated:*"), **change})
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidArgument" and words in error["Message"], error


def test_overlapping_configurations_are_refused(server, name):
    told = Told(server, name)
    alike = "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
    overlap = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    put, made, gone = "s3:ObjectCreated:Put", "s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"
    for one, other, words in (
        (told.target(put), told.target(made), overlap), (told.target(put), told.target(gone), None),
        (told.target(put, prefix="a"), told.target(put, prefix="b"), None), (told.target(put, prefix="a"), told.target(made, prefix="ab"), alike),
        (told.target(put, prefix="a", suffix=".x"), told.target(put, prefix="ab", suffix=".y"), None),
        (told.target(put, suffix="g"), told.target(put, suffix=".jpg"), alike), (told.target(put), told.target(put, suffix=".jpg"), alike),
    ):
        if words is None:
            told.put(one, other)
        else:
            with pytest.raises(told.s3.exceptions.ClientError, match=re.escape(words)):
                told.put(one, other)
    with pytest.raises(told.s3.exceptions.ClientError, match="the same Id"):
        told.put(told.target(put, id="x"), told.target(gone, id="x"))


def test_destinations_are_tried(server, name):
    told = Told(server, name, permitted=False)
    refused = "Unable to validate the following destination configurations"
    answer = server.aws("s3api", "put-bucket-notification-configuration", "--bucket", told.bucket, "--notification-configuration",
                        json.dumps({"LambdaFunctionConfigurations": [told.target("s3:ObjectCreated:*")]}), fails=True)
    assert refused in str(answer)
    told.permit(SourceArn="arn:aws:s3:::another-bucket")
    with pytest.raises(told.s3.exceptions.ClientError, match=refused) as caught:
        told.put(told.target("s3:ObjectCreated:*"))
    assert caught.value.response["Error"]["ArgumentValue1"] == f"Not authorized to invoke function [{told.arn}]"
    # Who says that it knows may do so.
    told.put(told.target("s3:ObjectCreated:*"), SkipDestinationValidation=True)
    told.functions.remove_permission(FunctionName=name, StatementId="s3")
    told.permit(SourceArn="arn:aws:s3:::told-*")
    told.put(told.target("s3:ObjectCreated:*"))
    for member, configuration in (
        ("QueueConfiguration", {"QueueConfigurations": [{"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "Events": ["s3:ObjectCreated:*"]}]}),
        ("TopicConfiguration", {"TopicConfigurations": [{"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t", "Events": ["s3:ObjectCreated:*"]}]}),
    ):
        status, code, message = refusal(told.s3.put_bucket_notification_configuration, Bucket=told.bucket, NotificationConfiguration=configuration)
        assert (status, code) == (501, "NotImplemented") and member in message
    assert refusal(told.s3.put_bucket_notification_configuration, Bucket="nowhere-at-all", NotificationConfiguration={})[1] == "NoSuchBucket"


def test_the_event_bus_is_told(server, name):
    told, bridge = Told(server, name), server.client("events")
    told.put(EventBridgeConfiguration={})
    assert told.s3.get_bucket_notification_configuration(Bucket=told.bucket)["EventBridgeConfiguration"] == {}
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [told.bucket]}}}))
    bridge.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/{name}"}])
    logs, etag = server.client("logs"), told.s3.put_object(Bucket=told.bucket, Key="a b", Body=b"123")["ETag"].strip('"')
    told.s3.delete_object(Bucket=told.bucket, Key="a b")

    def events():
        try:
            found = [json.loads(row["message"]) for row in logs.filter_log_events(logGroupName=f"/aws/events/{name}")["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return found if len(found) == 2 else None

    made, gone = until(events, what="two events")
    assert (made["detail-type"], made["source"], made["resources"]) == ("Object Created", "aws.s3", [f"arn:aws:s3:::{told.bucket}"])
    detail = made["detail"]
    assert (detail["version"], detail["bucket"], detail["reason"], detail["requester"]) == ("0", {"name": told.bucket}, "PutObject", ACCOUNT)
    assert {**detail["object"], "sequencer": ""} == {"key": "a b", "size": 3, "etag": etag, "sequencer": ""}
    assert (gone["detail-type"], gone["detail"]["reason"], gone["detail"]["deletion-type"]) == ("Object Deleted", "DeleteObject", "Permanently Deleted")
    assert set(gone["detail"]["object"]) == {"key", "sequencer"} and gone["detail"]["object"]["sequencer"] > detail["object"]["sequencer"]


def test_what_a_busy_queue_does_not_take_is_told_later(start, name):
    server = start()
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:*"))
    rule = {"service": "lambda", "operation": "Invoke", "error": {"statusCode": 429, "code": "TooManyRequestsException"}}
    assert rules(server, "POST", [rule])[0] == 200
    told.s3.put_object(Bucket=told.bucket, Key="k", Body=b"")
    assert rules(server, "DELETE", None)[0] == 200
    assert names(told.told(1)) == [("ObjectCreated:Put", "k")]


def test_a_kill_loses_none(start, tmp_path, name):
    server = start("--data-dir", tmp_path)
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:*"))
    acknowledged = []
    for round in range(3):
        client, stop = server.client("s3"), threading.Event()

        def put(worker):
            number = 0
            while not stop.is_set():
                key = f"{round}-{worker}-{number}"
                try:
                    client.put_object(Bucket=told.bucket, Key=key, Body=b"")
                except Exception:
                    return
                acknowledged.append(key)
                number += 1

        workers = [threading.Thread(target=put, args=(worker,)) for worker in range(4)]
        before = len(acknowledged)
        for worker in workers:
            worker.start()
        until(lambda: len(acknowledged) - before > 60, 30)
        server.kill()
        stop.set()
        for worker in workers:
            worker.join()
        server = start("--data-dir", tmp_path)
    expected = set(acknowledged)
    until(lambda: expected <= {record["s3"]["object"]["key"] for record in told.records(server)}, 60, f"{len(expected)} keys")


TEMPLATE = """
Parameters: {Kind: {Type: String, Default: "s3:ObjectCreated:*"}, Name: {Type: String}}
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17",
    Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}}
  Heard: {Type: AWS::S3::Bucket}
  Function:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: index.handler, Timeout: 30, Role: !GetAtt Role.Arn, Environment: {Variables: {HEARD: !Ref Heard}}, Code: {ZipFile: %s}}
  May: {Type: AWS::Lambda::Permission, Properties: {Action: "lambda:InvokeFunction", FunctionName: !Ref Function, Principal: s3.amazonaws.com,
    SourceArn: !Sub "arn:aws:s3:::${Name}"}}
  Bucket:
    Type: AWS::S3::Bucket
    DependsOn: %s
    Properties:
      BucketName: !Ref Name
      NotificationConfiguration:
        EventBridgeConfiguration: {EventBridgeEnabled: true}
        LambdaConfigurations:
        - {Event: !Ref Kind, Function: !GetAtt Function.Arn, Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}}
Outputs: {Heard: {Value: !Ref Heard}}
"""


def heard(server, bucket, count=1):
    s3 = server.client("s3")

    def records():
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        found = [record for key in keys for record in json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())["Records"]]
        return found if len(found) >= count else None

    return until(records, 30, "notifications")


def test_a_stack_has_notifications(server, cfn, s3, name):
    body = TEMPLATE % (json.dumps(HEARD), "May")
    given = {"StackName": name, "Capabilities": ["CAPABILITY_IAM"]}
    parameters = lambda **more: [{"ParameterKey": key, "ParameterValue": value} for key, value in {"Name": f"stack-{name}", **more}.items()]
    # Where the bucket fails it goes again.
    cfn.create_stack(TemplateBody=TEMPLATE % (json.dumps(HEARD), "Heard"), OnFailure="DO_NOTHING", Parameters=parameters(Kind="s3:Nothing"), **given)
    until(lambda: cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_FAILED", 40)
    assert "A specified event is not supported" in json.dumps(cfn.describe_stack_events(StackName=name)["StackEvents"], default=str)
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert refusal(s3.head_bucket, Bucket=f"stack-{name}")[0] == 404
    cfn.create_stack(TemplateBody=body, Parameters=parameters(), **given)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    found = s3.get_bucket_notification_configuration(Bucket=f"stack-{name}")
    assert found["EventBridgeConfiguration"] == {} and found["LambdaFunctionConfigurations"][0]["Events"] == ["s3:ObjectCreated:*"]
    out = {row["OutputKey"]: row["OutputValue"] for row in cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    s3.put_object(Bucket=f"stack-{name}", Key="a.csv", Body=b"1")
    assert names(heard(server, out["Heard"])) == [("ObjectCreated:Put", "a.csv")]
    cfn.update_stack(TemplateBody=body, Parameters=parameters(Kind="s3:ObjectRemoved:Delete"), **given)
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    s3.delete_object(Bucket=f"stack-{name}", Key="a.csv")
    assert names(heard(server, out["Heard"], 2))[1] == ("ObjectRemoved:Delete", "a.csv")
    without = body.split("      NotificationConfiguration:")[0] + "Outputs: {Heard: {Value: !Ref Heard}}\n"
    cfn.update_stack(TemplateBody=without, Parameters=parameters(), **given)
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=f"stack-{name}")


def test_the_cdk_has_its_own_way(start, tmp_path):
    """Of the CDK a bucket's notifications are a custom resource, whose function is Python and calls S3 by boto3."""
    server = start()
    assembly = deploying.synthesized(ROOT / "testdata/notified/app.py", tmp_path / "out")
    deploying.cdk(server, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
    deploying.cdk(server, "deploy", "Notified", "--app", assembly, "--require-approval", "never")
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    kinds = [row["ResourceType"] for row in cfn.describe_stack_resources(StackName="Notified")["StackResources"]]
    assert "Custom::S3BucketNotifications" in kinds
    out = {row["OutputKey"]: row["OutputValue"] for row in cfn.describe_stacks(StackName="Notified")["Stacks"][0]["Outputs"]}
    found, = s3.get_bucket_notification_configuration(Bucket=out["Bucket"])["LambdaFunctionConfigurations"]
    assert found["Events"] == ["s3:ObjectCreated:*"]
    s3.put_object(Bucket=out["Bucket"], Key="in/b.txt", Body=b"1")
    s3.put_object(Bucket=out["Bucket"], Key="in/a.csv", Body=b"1")
    assert names(heard(server, out["Heard"])) == [("ObjectCreated:Put", "in/a.csv")]
    for bucket in out.values():
        for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])
    deploying.cdk(server, "destroy", "Notified", "--app", assembly, "--force")
    assert refusal(cfn.describe_stacks, StackName="Notified")[0] == 400


SERVERLESS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hears:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: code
      Timeout: 30
      Environment: {Variables: {HEARD: !Ref Heard}}
      Policies: [AmazonS3FullAccess]
      Events:
        Added: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: ["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"], Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}}}
        Gone: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: "s3:ObjectRemoved:*"}}
  Heard: {Type: AWS::S3::Bucket}
  Bucket: {Type: AWS::S3::Bucket}
Outputs: {Heard: {Value: !Ref Heard}, Bucket: {Value: !Ref Bucket}}
"""


def test_sam_has_events_of_buckets(start, tmp_path):
    server = start()
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.py").write_text(HEARD)
    (tmp_path / "template.yaml").write_text(SERVERLESS)
    sam(server, "deploy", "--stack-name", "hears", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", folder=tmp_path)
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    kinds = {row["LogicalResourceId"]: row["ResourceType"] for row in cfn.describe_stack_resources(StackName="hears")["StackResources"]}
    assert kinds["HearsAddedPermission"] == kinds["HearsGonePermission"] == "AWS::Lambda::Permission"
    out = {row["OutputKey"]: row["OutputValue"] for row in cfn.describe_stacks(StackName="hears")["Stacks"][0]["Outputs"]}
    s3.put_object(Bucket=out["Bucket"], Key="in/a", Body=b"1")
    s3.put_object(Bucket=out["Bucket"], Key="b", Body=b"1")
    s3.delete_object(Bucket=out["Bucket"], Key="b")
    assert names(heard(server, out["Heard"], 2)) == [("ObjectCreated:Put", "in/a"), ("ObjectRemoved:Delete", "b")]


def test_sam_wants_a_bucket_of_the_template(cfn, name):
    template = SERVERLESS.replace("Bucket: !Ref Bucket, Events: \"s3", "Bucket: elsewhere, Events: \"s3").replace("CodeUri: code", "InlineCode: x")
    status, code, message = refusal(cfn.create_stack, StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert (status, code) == (400, "ValidationError")
    assert "Event with id [Gone] is invalid. S3 events must reference an S3 bucket in the same template." in message
