"""What strangers' templates get: AWS's own refusal, at once or in the stack's events, and never a fault of the server."""

import json

import pytest

from test_cloudformation import one, reasons, status
from test_s3 import refusal

B = "\nResources: {B: {Type: AWS::S3::Bucket}}"
MALFORMED = "is malformed. The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens."


def bucket(value, sections=""):
    return f"{sections}\nResources:\n  A: {{Type: AWS::S3::Bucket}}\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {value}\n"


AT_ONCE = {
    "nothing": ("", "unsupported structure."), "blanks": ("  \n\n", "unsupported structure."), "text": ("hello", "unsupported structure."),
    "number": ("42", "unsupported structure."), "null": ("null", "unsupported structure."), "unclosed": ('{"Resources": {', "JSON not well-formed."),
    "two documents": ("a: 1\n---\nb: 2", "YAML not well-formed."), "tab": ("Resources:\n\tB: 1", "YAML not well-formed."),
    "anchor": ("Resources: &r {B: {Type: AWS::S3::Bucket}}", "YAML not well-formed."), "alias": ("Resources: *r", "YAML not well-formed."),
    "bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nResources: *b", "YAML not well-formed."), "merge": ("Resources:\n  <<: {B: 1}", "YAML not well-formed."),
    "complex key": ("? a\n: b", "YAML not well-formed."), "directive": ("%YAML 1.2\n---\na: b", "YAML not well-formed."),
    "unknown tag": ("Resources: !Nothing {}", "YAML not well-formed."), "key twice": ("Resources: {}\nResources: {}", "YAML not well-formed."),
    "binary tag": ("Resources: !!binary aGk=", "YAML not well-formed."), "control byte": ('Resources: "\x07"', "YAML not well-formed."),
    "deep YAML": ("Resources: " + "[" * 5000, "YAML not well-formed."), "deep JSON": ('{"Resources": ' + "[" * 5000, "JSON not well-formed."),
    "deep blocks": ("\n".join(" " * i + f"k{i}:" for i in range(300)), "YAML not well-formed."),
    "unknown section": ("Colours: {}" + B, "Invalid template property or properties [Colours]"),
    "version": ("AWSTemplateFormatVersion: 2011-01-01" + B, "2011-01-01 is not a supported value for AWSTemplateFormatVersion."),
    "description": (f"Description: {'x' * 1025}" + B, "'Description' length is greater than 1024."),
    "no resources": ("Resources: {}", "At least one Resources member must be defined."), "list": ("Resources: [B]", "unsupported structure."),
    "cycle of Refs": ("Resources: {A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref C}}, C: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}}",
                      "Circular dependency between resources: [A, C]"),
    "itself": (bucket("!Ref B"), "Circular dependency between resources: [B]"),
    "cycle through Sub": (bucket("!Sub 'x${B.Arn}'"), "Circular dependency between resources: [B]"),
    "cycle of conditions": ("Conditions: {X: !Condition Y, Y: !Condition X}" + B, "Circular dependency between conditions: [X, Y]"),
    "condition of itself": ("Conditions: {X: !Not [!Condition X]}" + B, "Circular dependency between conditions: [X]"),
    "unknown condition": ("Resources: {B: {Type: AWS::S3::Bucket, Condition: X}}", "Unresolved condition dependency X"),
    "condition on a resource": ("Conditions: {X: !Equals [!Ref B, b]}" + B, "Cannot reference resources in the Conditions block of the template"),
    "no condition": ("Conditions: {X: [a]}" + B, "every condition must be a function."), "And of one": ("Conditions: {X: !And [!Equals [a, a]]}" + B, "at least 2"),
    "Equals of one": ("Conditions: {X: !Equals [a]}" + B, "every Fn::Equals object requires a list of 2 string parameters."),
    "Not of two": ("Conditions: {X: !Not [a, b]}" + B, "every Fn::Not object requires"),
    "attribute": (bucket("!GetAtt A.Colour"), "Template error: resource A does not support attribute type Colour in Fn::GetAtt"),
    "attribute of nobody": (bucket("!GetAtt X.Arn"), "Template error: instance of Fn::GetAtt references undefined resource X"),
    "half an attribute": (bucket("!GetAtt A"), "every Fn::GetAtt object requires two non-empty parameters"),
    "attribute of a list": (bucket("{'Fn::GetAtt': [A, Arn, x]}"), "every Fn::GetAtt object requires two non-empty parameters"),
    "Sub of nobody": (bucket("!Sub '${X.Arn}'"), "Template error: instance of Fn::Sub references invalid resource attribute X.Arn"),
    "Sub of an unknown name": (bucket("!Sub '${X}'"), "Unresolved resource dependencies [X]"),
    "Sub of nothing": (bucket("!Sub '${}'"), "variable names in Fn::Sub syntax"), "Sub of an odd name": (bucket("!Sub '${a-b}'"), "variable names in Fn::Sub syntax"),
    "Sub of a list": (bucket("!Sub [1, 2, 3]"), "One or more Fn::Sub intrinsic functions"),
    "Sub of Sub": (bucket("!Sub {'Fn::Sub': x}"), "One or more Fn::Sub intrinsic functions"),
    "Sub of a map": (bucket("!Sub ['${a}', {a: {b: c}}]"), "Fn::Sub"), "Ref of a list": (bucket("!Ref [A]"), "every Ref object must have a single String value."),
    "Join of text": (bucket("!Join ['', abc]"), "every Fn::Join object requires two parameters"),
    "Join of maps": (bucket("!Join ['', [{a: b}]]"), "every value of a Fn::Join must be a string"),
    "Select beyond": (bucket("!Select [3, [a, b]]"), "Fn::Select cannot select nonexistent value at index 3"),
    "Select before": (bucket("!Select [-1, [a, b]]"), "Fn::Select"), "Select of text": (bucket("!Select [x, [a]]"), "Fn::Select requires"),
    "Split by nothing": (bucket("!Split ['', a]"), "every Fn::Split object requires two parameters"),
    "map": (bucket("!FindInMap [M, a, b]", "Mappings: {M: {a: {c: d}}}"), "Unable to get mapping for M::a::b"),
    "map of maps": ("Mappings: {M: {a: {b: {c: d}}}}" + B, "Every Mappings attribute must be a String or a List."),
    "If of two": (bucket("!If [X, a]", "Conditions: {X: !Equals [a, a]}"), "Fn::If requires"), "If of nobody": (bucket("!If [Y, a, b]"), "Unresolved condition dependency Y"),
    "function": (bucket("{'Fn::Colour': x}"), "encountered unsupported function: Fn::Colour"), "Cidr": (bucket("!Cidr [x, 1, 8]"), "Fn::Cidr requires"),
    "dynamic reference": (bucket("'{{resolve:secretsmanager:x}}'"), "dynamic references are not carried out"),
    "pieced dynamic reference": (bucket("!Join ['', ['{{reso', 'lve:ssm:x}}']]"), "dynamic references are not carried out"),
    "property in a condition that fails": (bucket("!Ref C", "Conditions: {No: !Equals [a, b]}").replace("A: {", "C: {Condition: No, "), "Unresolved resource dependencies [C]"),
    "name with a dash": ("Resources: {a-b: {Type: AWS::S3::Bucket}}", "Resource name a-b is non alphanumeric."),
    "long name": (f"Resources: {{{'a' * 256}: {{Type: AWS::S3::Bucket}}}}", "is non alphanumeric."),
    "output without value": ("Outputs: {O: {}}" + B, "Every Outputs member must contain a Value object"),
    "output of a list": ("Outputs: {O: {Value: [a]}}" + B, "must evaluate to a String and not a List."),
    "export": ("Outputs: {O: {Value: a, Export: {Name: a.b}}}" + B, f"Output O {MALFORMED}"), "export of nothing": ("Outputs: {O: {Value: a, Export: {}}}" + B, MALFORMED),
    "export of a resource": ("Outputs: {O: {Value: a, Export: {Name: !Ref B}}}" + B, "must not depend on any resources, imported values, or Fn::GetAZs."),
    "exported twice": ("Outputs: {O: {Value: a, Export: {Name: x}}, P: {Value: b, Export: {Name: x}}}" + B, "contains duplicate Export names: [x]"),
    "parameter type": ("Parameters: {P: {Type: Colour}}" + B, "Unrecognized parameter type: Colour"), "no parameter type": ("Parameters: {P: {}}" + B, "must contain a Type member"),
    "default": ("Parameters: {P: {Type: Number, Default: x}}" + B, "Parameter 'P' must be a number."),
    "pattern": ("Parameters: {P: {Type: String, Default: x, AllowedPattern: '(('}}" + B, "AllowedPattern"),
    "rule": ("Rules: {R: {Assertions: [{Assert: !Equals [a, b], AssertDescription: not so}]}}" + B, "Template validation error: not so"),
    "policy": ("Resources: {B: {Type: AWS::S3::Bucket, DeletionPolicy: Keep}}", "Unrecognized DeletionPolicy Keep for resource B"),
    "snapshot": ("Resources: {B: {Type: AWS::S3::Bucket, DeletionPolicy: Snapshot}}", "does not support DeletionPolicy Snapshot"),
    "creation policy": ("Resources: {B: {Type: AWS::S3::Bucket, CreationPolicy: {}}}", "[/Resources/B/CreationPolicy] is not carried out by personalite."),
    "nested stack": ("Resources: {B: {Type: AWS::CloudFormation::StackSet}}", "Unrecognized resource types: [AWS::CloudFormation::StackSet]"),
    "custom resource": ("Resources: {B: {Type: 'Custom::Thi ng'}}", "Unrecognized resource types: [Custom::Thi ng]"),
    "unknown resource": ("Resources: {B: {Type: AWS::DynamoDB::Table}}", "Unrecognized resource types: [AWS::DynamoDB::Table]"),
    "macro": ("Transform: Mine" + B, "Transform Mine is not carried out by personalite."),
    "serverless": ("Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::HttpApi}}", "Type AWS::Serverless::HttpApi is not carried out"),
    "include": (bucket("{'Fn::Transform': {Name: AWS::Include}}"), "Fn::Transform AWS::Include is not carried out by personalite."),
}


@pytest.mark.parametrize("kind", AT_ONCE)
def test_refused_at_once(cfn, name, kind):
    template, words = AT_ONCE[kind]
    for operation, more in ((cfn.create_stack, {}), (cfn.create_change_set, {"ChangeSetName": "c", "ChangeSetType": "CREATE"})):
        status, code, message = refusal(operation, StackName=f"stack-{name}", TemplateBody=template or " ", **more)
        assert (status, code) == (400, "ValidationError") and words in message, message
    assert refusal(cfn.describe_stacks, StackName=f"stack-{name}")[2] == f"Stack with id stack-{name} does not exist"


@pytest.mark.parametrize("properties, words", [
    ({"Colour": 1}, "Properties validation failed for resource R with message: [#: extraneous key [Colour] is not permitted]"),
    ({"BucketName": "no"}, "The specified bucket is not valid."), ({"BucketName": ["a"]}, "[#/BucketName: expected type: String, found: JSONArray]"),
    ({"BucketName": {"a": "b"}}, "[#/BucketName: expected type: String, found: JSONObject]"),
    ({"BucketName": "x" * 64}, "The specified bucket is not valid."), ({"BucketName": "a\u0000b"}, None), ({"BucketName": "../../etc"}, None),
    ({"WebsiteConfiguration": {}}, "Property WebsiteConfiguration of AWS::S3::Bucket is not carried out by personalite."),
])
def test_refused_when_it_is_made(cfn, name, properties, words):
    stack = f"stack-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"R": {"Type": "AWS::S3::Bucket", "Properties": properties}}}))
    assert status(cfn, stack) == "ROLLBACK_COMPLETE"
    assert one(cfn, stack)["StackStatusReason"] if "StackStatusReason" in one(cfn, stack) else True
    assert words is None or any(words in reason for reason in reasons(cfn, stack)), reasons(cfn, stack)
    assert not any("Status Code: 5" in reason for reason in reasons(cfn, stack)), reasons(cfn, stack)
    cfn.delete_stack(StackName=stack)


@pytest.mark.parametrize("resource", [
    {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": {"a": 1}}}, {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": -1}},
    {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "no good"}}, {"Type": "AWS::Kinesis::Stream", "Properties": {"Tags": "x"}},
    {"Type": "AWS::Kinesis::Stream", "Properties": {"RetentionPeriodHours": 1e300}}, {"Type": "AWS::Kinesis::Stream", "Properties": {"StreamModeDetails": []}},
    {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {"ConsumerName": "c", "StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/none"}},
    {"Type": "AWS::Kinesis::ResourcePolicy", "Properties": {"ResourceArn": "x", "ResourcePolicy": {"a": 1}}},
    {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "nobodys-bucket", "PolicyDocument": {}}},
    {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "SecureString", "Value": "x"}}, {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": ""}},
    {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"a": 1}}},
    {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": "x"}}, {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Path": "x"}},
    {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": {}, "Roles": ["nobody"]}},
    {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": []}},
    {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": "no good"}}, {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": []}},
    {"Type": "AWS::Personalize::Schema", "Properties": {"Name": "odd", "Schema": "x"}},
    {"Type": "AWS::Personalize::Solution", "Properties": {"Name": "odd", "DatasetGroupArn": "x", "SolutionConfig": {"AlgorithmHyperParameters": []}}},
    {"Type": "AWS::Personalize::Campaign", "Properties": {"Name": "odd", "SolutionVersionArn": "arn:aws:personalize:us-east-1:000000000000:solution/x"}},
    {"Type": "AWS::Personalize::Filter", "Properties": {"Name": "odd", "DatasetGroupArn": "x", "FilterExpression": "x"}},
])
def test_odd_values_fail_their_resource(cfn, name, resource):
    stack = f"stack-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"R": resource}}), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert status(cfn, stack) == "ROLLBACK_COMPLETE", reasons(cfn, stack)
    assert cfn.list_stack_resources(StackName=stack)["StackResourceSummaries"] == []
    assert not any("Status Code: 5" in reason for reason in reasons(cfn, stack)), reasons(cfn, stack)
    cfn.delete_stack(StackName=stack)


def test_texts_come_back_as_they_were(cfn, name):
    """Whatever a template may contain is XML again in the answer."""
    stack, text = f"stack-{name}", "a\tb <&>\"' \u00fc\U0001f600 ]]>"
    template = json.dumps({"Description": text, "Resources": {"B": {"Type": "AWS::CDK::Metadata"}}, "Outputs": {"O": {"Value": text}}}, ensure_ascii=False)
    cfn.create_stack(StackName=stack, TemplateBody=template)
    assert one(cfn, stack)["Description"] == text and one(cfn, stack)["Outputs"][0]["OutputValue"] == text
    # What is JSON is told as the client read it.
    assert cfn.get_template(StackName=stack)["TemplateBody"] == json.loads(template)
    cfn.delete_stack(StackName=stack)


def test_bad_requests_for_change_sets(cfn, name):
    stack, good = f"stack-{name}", "Resources: {B: {Type: AWS::S3::Bucket}}"
    assert refusal(cfn.create_change_set, StackName=stack, ChangeSetName="c", TemplateBody=good)[2] == f"Stack [{stack}] does not exist"
    status_code, code, message = refusal(cfn.create_change_set, StackName=stack, ChangeSetName="1 c", ChangeSetType="CREATE", TemplateBody=good)
    assert code == "ValidationError" and "at 'changeSetName' failed to satisfy constraint" in message, message
    role = "Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}}"
    refused = refusal(cfn.create_change_set, StackName=stack, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=role)
    assert refused == (400, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")
    unknown = [{"ParameterKey": "P", "ParameterValue": "x"}]
    refused = refusal(cfn.create_change_set, StackName=stack, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=good, Parameters=unknown)
    assert refused[2] == "Parameters: [P] do not exist in the template"
    cfn.create_change_set(StackName=stack, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=good)
    assert refusal(cfn.create_change_set, StackName=stack, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=good)[1] == "AlreadyExistsException"
    assert refusal(cfn.describe_change_set, StackName=stack, ChangeSetName="d") == (404, "ChangeSetNotFound", "ChangeSet [d] does not exist")
    assert refusal(cfn.execute_change_set, ChangeSetName="c")[2] == "StackName must be specified if ChangeSetName is not specified as an ARN."
    cfn.execute_change_set(StackName=stack, ChangeSetName="c")
    assert refusal(cfn.execute_change_set, StackName=stack, ChangeSetName="c")[1] == "InvalidChangeSetStatus"
    refused = refusal(cfn.create_change_set, StackName=stack, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=good)
    assert refused[2] == f"Stack [{stack}] already exists and cannot be created again with the changeSet [c]."
    # The name of one that was executed is free again.
    cfn.create_change_set(StackName=stack, ChangeSetName="c", TemplateBody=good)
    same = cfn.describe_change_set(StackName=stack, ChangeSetName="c")
    assert (same["Status"], same["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE") and "didn't contain changes" in same["StatusReason"]
    assert refusal(cfn.update_stack, StackName=stack, TemplateBody=good)[2] == "No updates are to be performed."
    cfn.delete_stack(StackName=stack)
