"""Templates: what is refused, what is described, where they come from, and what they take from parameters and other stacks."""

import json

import pytest

from test_cloudformation import SMALL, one, reasons, status
from test_s3 import refusal


@pytest.mark.parametrize("template, words", [
    ("{", "Template format error: JSON not well-formed. (line 1, column 2)"), ("a: [", "Template format error: YAML not well-formed."),
    ("[]", "Template format error: unsupported structure."), ("{}", "Template format error: At least one Resources member must be defined."),
    ('{"Resources": {"A": {}}}', "Template format error: [/Resources/A] Every Resources object must contain a Type member."),
    ('{"Resources": {"A": 1}}', "Template format error: Any Resources member must be an object."),
    ('{"Resources": {"a-b": {"Type": "AWS::S3::Bucket"}}}', "Template format error: Resource name a-b is non alphanumeric."),
    ('{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Color": 1}}}', "Invalid template resource property 'Color'"),
    ('{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "X"}}}}}',
     "Template format error: Unresolved resource dependencies [X] in the Resources block of the template"),
    ('{"Resources": {"A": {"Type": "AWS::DynamoDB::Table"}, "B": {"Type": "AWS::X::Y"}}}', "Unrecognized resource types: [AWS::DynamoDB::Table, AWS::X::Y]"),
    ('{"Resources": {"A": {"Type": "AWS::S3::Bucket", "DependsOn": "B"}, "B": {"Type": "AWS::S3::Bucket", "DependsOn": "A"}}}',
     "Circular dependency between resources: [A, B]"),
    ('{"Transform": "AWS::Include", "Resources": {"A": {"Type": "AWS::S3::Bucket"}}}', "Transform AWS::Include is not carried out"),
    ('{"Parameters": {"P": {"Type": "String"}}, "Resources": {"A": {"Type": "AWS::S3::Bucket"}}}', "Parameters: [P] must have values"),
    ('{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"X": {"Value": {"Ref": "Y"}}}}', "in the Outputs block of the template"),
])
def test_templates_that_are_refused(cfn, name, template, words):
    status, code, message = refusal(cfn.create_stack, StackName=f"stack-{name}", TemplateBody=template)
    assert (status, code) == (400, "ValidationError") and words in message, message


def test_templates_are_described(cfn, name):
    summary = cfn.get_template_summary(TemplateBody=SMALL)
    assert {p["ParameterKey"]: p.get("DefaultValue") for p in summary["Parameters"]} == {"Shards": "1", "Stage": "dev", "Secret": "hidden"}
    assert "AWS::Kinesis::Stream" in summary["ResourceTypes"]
    assert [p["ParameterKey"] for p in cfn.validate_template(TemplateBody=SMALL)["Parameters"]] == ["Shards", "Stage", "Secret"]
    for bad in ("1bad", "a_b", "a" * 129):
        status, code, message = refusal(cfn.create_stack, StackName=bad, TemplateBody=SMALL)
        assert code == "ValidationError" and f"Value '{bad}' at 'stackName' failed to satisfy constraint" in message, message
    assert refusal(cfn.create_stack, StackName=f"s{name}")[2] == "Either Template URL or Template Body must be specified."


def test_templates_come_from_buckets(server, cfn, s3, bucket, name):
    s3.put_object(Bucket=bucket, Key="t/small.yaml", Body=SMALL.encode())
    for url in (f"{server.url}/{bucket}/t/small.yaml", f"https://{bucket}.s3.us-east-1.amazonaws.com/t/small.yaml", f"https://s3.amazonaws.com/{bucket}/t/small.yaml"):
        assert len(cfn.get_template_summary(TemplateURL=url)["Parameters"]) == 3, url
    assert "S3 error: The specified key does not exist." in refusal(cfn.validate_template, TemplateURL=f"{server.url}/{bucket}/none")[2]
    assert refusal(cfn.validate_template, TemplateURL="s3://b/k")[1] == "ValidationError"


def test_parameters_come_from_the_parameter_store(server, cfn, name):
    ssm, stack = server.client("ssm"), f"stack-{name}"
    ssm.put_parameter(Name=f"/{name}/size", Value="3", Type="String")
    template = {
        "Parameters": {"Size": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/{name}/size"}},
        "Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": {"Ref": "Size"}}}},
    }
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    assert one(cfn, stack)["Parameters"] == [{"ParameterKey": "Size", "ParameterValue": f"/{name}/size", "ResolvedValue": "3"}]
    physical = cfn.describe_stack_resource(StackName=stack, LogicalResourceId="S")["StackResourceDetail"]["PhysicalResourceId"]
    assert server.client("kinesis").describe_stream_summary(StreamName=physical)["StreamDescriptionSummary"]["OpenShardCount"] == 3
    missing = json.dumps(template).replace(f"/{name}/size", "/nowhere")
    assert "Unable to fetch parameters [/nowhere]" in refusal(cfn.create_stack, StackName=f"x{name}", TemplateBody=missing)[2]
    cfn.delete_stack(StackName=stack)


def test_exports_hold_stacks_together(cfn, name):
    stack = f"stack-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=SMALL)
    user = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": f"{stack}-stream"}}}}}
    cfn.create_stack(StackName=f"user-{name}", TemplateBody=json.dumps(user))
    assert status(cfn, f"user-{name}") == "CREATE_COMPLETE", reasons(cfn, f"user-{name}")
    assert cfn.describe_stack_resources(StackName=f"user-{name}")["StackResources"][0]["PhysicalResourceId"].startswith("CFN-P-")
    assert cfn.list_imports(ExportName=f"{stack}-stream")["Imports"] == [f"user-{name}"]
    assert f"{stack}-stream" in [export["Name"] for export in cfn.list_exports()["Exports"]]
    cfn.delete_stack(StackName=stack)
    assert status(cfn, stack) == "CREATE_COMPLETE"
    assert one(cfn, stack)["StackStatusReason"] == f"Delete canceled. Cannot delete export {stack}-stream as it is in use by user-{name}."
    cfn.delete_stack(StackName=f"user-{name}")
    cfn.delete_stack(StackName=stack)
    assert refusal(cfn.describe_stacks, StackName=stack)[1] == "ValidationError"
    missing = json.dumps(user).replace(f"{stack}-stream", "nobody")
    cfn.create_stack(StackName=f"x-{name}", TemplateBody=missing)
    assert status(cfn, f"x-{name}") == "ROLLBACK_COMPLETE" and "No export named nobody found." in reasons(cfn, f"x-{name}")[-2]
