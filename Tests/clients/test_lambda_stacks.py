"""Stacks with functions: made, changed and deleted by CloudFormation, and fed by a stream of the same stack."""

import json

import harness


TEMPLATE = """
Parameters:
  Word: {Type: String, Default: first}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: "20"
      Environment: {Variables: {WORD: !Ref Word, BUCKET: !Ref Bucket}}
      Code:
        ZipFile: |
          import boto3, os
          def handler(event, context):
              if event and "Records" in event:
                  boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key="seen", Body=b"x")
              return os.environ["WORD"]
  Bucket: {Type: AWS::S3::Bucket}
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Stream.Arn, StartingPosition: TRIM_HORIZON, BatchSize: "10"}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {Action: "lambda:InvokeFunction", FunctionName: !GetAtt Function.Arn, Principal: apigateway.amazonaws.com}
Outputs:
  Function: {Value: !Ref Function}
  Bucket: {Value: !Ref Bucket}
  Stream: {Value: !Ref Stream}
  Alias: {Value: !Ref Alias}
"""


def stack_of(cloudformation, name):
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def test_a_stack_with_a_function_and_its_stream(server, name):
    cloudformation, functions, s3, kinesis = (server.client(service) for service in ("cloudformation", "lambda", "s3", "kinesis"))
    cloudformation.create_stack(StackName=name, TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    harness.until(lambda: stack_of(cloudformation, name)["StackStatus"] != "CREATE_IN_PROGRESS", 30)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert stack_of(cloudformation, name)["StackStatus"] == "CREATE_COMPLETE", [event.get("ResourceStatusReason") for event in events]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack_of(cloudformation, name)["Outputs"]}

    def said(function):
        return json.loads(functions.invoke(FunctionName=function)["Payload"].read())

    assert said(outputs["Function"]) == said(outputs["Alias"]) == "first"
    assert len(json.loads(functions.get_policy(FunctionName=outputs["Function"])["Policy"])["Statement"]) == 1
    kinesis.put_record(StreamName=outputs["Stream"], Data=b"x", PartitionKey="k")
    harness.until(lambda: s3.list_objects_v2(Bucket=outputs["Bucket"])["KeyCount"] == 1, 30, "the record")
    cloudformation.update_stack(
        StackName=name, UsePreviousTemplate=True, Capabilities=["CAPABILITY_IAM"], Parameters=[{"ParameterKey": "Word", "ParameterValue": "second"}])
    harness.until(lambda: stack_of(cloudformation, name)["StackStatus"] == "UPDATE_COMPLETE", 30, "the update")
    assert (said(outputs["Function"]), said(outputs["Alias"])) == ("second", "first")
    s3.delete_object(Bucket=outputs["Bucket"], Key="seen")
    cloudformation.delete_stack(StackName=name)
    harness.until(lambda: not [row for row in functions.list_functions()["Functions"] if row["FunctionName"] == outputs["Function"]], 30, "the end")


def test_a_function_that_cannot_be_made_fails_its_stack(server, name):
    cloudformation = server.client("cloudformation")
    template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {
        "Runtime": "java21", "Handler": "x", "Role": f"arn:aws:iam::{harness.ACCOUNT}:role/r", "Code": {"S3Bucket": "none-of-that-name", "S3Key": "k"}}}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    harness.until(lambda: stack_of(cloudformation, name)["StackStatus"].startswith("ROLLBACK_COMPLETE"), 30)
    reasons = [event.get("ResourceStatusReason", "") for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]]
    assert any("java21" in reason for reason in reasons)
