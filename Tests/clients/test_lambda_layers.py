"""Layers of functions: as they are kept, in AWS's words, and what functions find of them."""

import base64
import hashlib
import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest

from harness import ACCOUNT, REGION
from test_lambda import ROLE, functions, invoke, package, python  # noqa: F401
from test_s3 import refusal
from test_sam import sam


def archive(**files):
    """A ZIP; `__` in a name stands for a slash and `_dot_` for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("__", "/").replace("_dot_", ".").replace("_hyphen_", "-"), text)
    return target.getvalue()


def publish(functions, name, **more):  # noqa: F811
    return functions.publish_layer_version(LayerName=name, **{"Content": {"ZipFile": archive(python__shared_dot_py=f"VALUE = '{name}'\n")}, **more})


USES = "import shared\ndef handler(event, context):\n    return shared.VALUE\n"


def test_versions_are_kept(functions, name):  # noqa: F811
    content = archive(python__a_dot_py="x = 1")
    first = functions.publish_layer_version(
        LayerName=name, Description="d", Content={"ZipFile": content}, CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["x86_64"], LicenseInfo="MIT")
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{name}"
    assert (first["LayerArn"], first["LayerVersionArn"], first["Version"]) == (layer, f"{layer}:1", 1)
    assert (first["Description"], first["CompatibleRuntimes"], first["CompatibleArchitectures"], first["LicenseInfo"]) == ("d", ["python3.12"], ["x86_64"], "MIT")
    assert first["Content"]["CodeSize"] == len(content) and first["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    with urllib.request.urlopen(first["Content"]["Location"]) as answer:
        assert answer.read() == content
    second = publish(functions, layer)
    assert second["Version"] == 2 and "CompatibleRuntimes" not in second
    strip = lambda answer: {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    assert strip(functions.get_layer_version(LayerName=name, VersionNumber=1)) == strip(first)
    assert strip(functions.get_layer_version_by_arn(Arn=f"{layer}:1")) == strip(first)
    assert [row["Version"] for row in functions.list_layer_versions(LayerName=name)["LayerVersions"]] == [2, 1]
    assert [row["Version"] for row in functions.list_layer_versions(LayerName=name, CompatibleRuntime="python3.12")["LayerVersions"]] == [1]
    one = functions.list_layer_versions(LayerName=name, MaxItems=1)
    assert [row["Version"] for row in functions.list_layer_versions(LayerName=name, Marker=one["NextMarker"])["LayerVersions"]] == [1]
    mine = [row for page in functions.get_paginator("list_layers").paginate() for row in page["Layers"] if row["LayerName"] == name]
    assert [row["LatestMatchingVersion"]["Version"] for row in mine] == [2]
    assert [row["LatestMatchingVersion"]["Version"] for row in functions.list_layers(CompatibleRuntime="python3.12")["Layers"] if row["LayerName"] == name] == [1]
    functions.delete_layer_version(LayerName=name, VersionNumber=2)
    functions.delete_layer_version(LayerName=name, VersionNumber=2)
    assert refusal(functions.get_layer_version, LayerName=name, VersionNumber=2) == (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    # A number is given once.
    assert publish(functions, name)["Version"] == 3
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(second["Content"]["Location"])


def test_permissions_are_kept(functions, name):  # noqa: F811
    publish(functions, name)
    at = {"LayerName": name, "VersionNumber": 1}
    assert refusal(functions.get_layer_version_policy, **at) == (404, "ResourceNotFoundException", "No policy is associated with the given resource.")
    grant = {**at, "StatementId": "all", "Action": "lambda:GetLayerVersion", "Principal": "*"}
    answer = functions.add_layer_version_permission(**grant)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{name}:1"
    assert json.loads(answer["Statement"]) == {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion", "Resource": arn}
    assert refusal(functions.add_layer_version_permission, **grant)[:2] == (409, "ResourceConflictException")
    assert refusal(functions.add_layer_version_permission, **{**grant, "StatementId": "x", "RevisionId": "old"})[:2] == (412, "PreconditionFailedException")
    functions.add_layer_version_permission(**{**grant, "StatementId": "one", "Principal": "123456789012", "RevisionId": answer["RevisionId"]})
    policy = json.loads(functions.get_layer_version_policy(**at)["Policy"])
    assert [row["Principal"] for row in policy["Statement"]] == ["*", {"AWS": "arn:aws:iam::123456789012:root"}]
    functions.remove_layer_version_permission(**at, StatementId="all")
    assert refusal(functions.remove_layer_version_permission, **at, StatementId="all")[:2] == (404, "ResourceNotFoundException")
    assert refusal(functions.add_layer_version_permission, **{**grant, "VersionNumber": 9}) == (
        404, "ResourceNotFoundException", f"Layer version {arn[:-1]}9 does not exist.")


def test_functions_find_their_layers(functions, name):  # noqa: F811
    one = functions.publish_layer_version(LayerName=f"{name}-one", Content={"ZipFile": archive(
        python__shared_dot_py="VALUE = 'one'\n", python__lib__python3_dot_12__site_hyphen_packages__deep_dot_py="", bin__tool="#!/bin/sh\necho tool\n", data_dot_txt="1")})
    two = functions.publish_layer_version(LayerName=f"{name}-two", Content={"ZipFile": archive(python__shared_dot_py="VALUE = 'two'\n", data_dot_txt__inner="2")})
    text = """
import os, shared
def handler(event, context):
    opt = os.environ["PERSONALITE_OPT"]
    return [shared.VALUE, os.environ["PATH"].startswith(opt + "/bin:"), os.path.isdir(opt + "/data.txt"), os.access(opt + "/python/shared.py", os.W_OK) and os.getuid() != 0]
"""
    made = python(functions, name, text, Layers=[one["LayerVersionArn"], two["LayerVersionArn"]])
    assert made["Layers"] == [{"Arn": layer["LayerVersionArn"], "CodeSize": layer["Content"]["CodeSize"]} for layer in (one, two)]
    # What comes later lies over what comes earlier.
    assert invoke(functions, name)[1] == ["two", True, True, False]
    turned = functions.update_function_configuration(FunctionName=name, Layers=[two["LayerVersionArn"], one["LayerVersionArn"]])
    assert [layer["Arn"] for layer in turned["Layers"]] == [two["LayerVersionArn"], one["LayerVersionArn"]]
    assert invoke(functions, name)[1] == ["one", True, False, False]
    # A function keeps a layer whose version is deleted.
    for layer in (one, two):
        functions.delete_layer_version(LayerName=layer["LayerArn"], VersionNumber=layer["Version"])
    functions.update_function_configuration(FunctionName=name, Timeout=9)
    assert invoke(functions, name)[1][0] == "one"
    assert refusal(functions.update_function_configuration, FunctionName=name, Layers=[one["LayerVersionArn"]])[1:] == (
        "InvalidParameterValueException", f"Layer version {one['LayerVersionArn']} does not exist.")
    location = one["Content"]["Location"]
    assert urllib.request.urlopen(location).status == 200
    bare = functions.update_function_configuration(FunctionName=name, Layers=[])
    assert "Layers" not in bare and "errorMessage" in invoke(functions, name)[1]
    # And nobody's archive goes.
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(location)


def test_functions_of_node_find_theirs(functions, name):  # noqa: F811
    layer = functions.publish_layer_version(LayerName=name, Content={"ZipFile": archive(
        nodejs__node_modules__shared__index_dot_js="exports.value = 'scripts';", nodejs__node20__node_modules__newer__index_dot_js="exports.value = 'newer';")})
    code = package(index__mjs="import shared from 'shared'; import newer from 'newer';\nexport const handler = async () => [shared.value, newer.value];\n")
    functions.create_function(FunctionName=name, Runtime="nodejs20.x", Role=ROLE, Handler="index.handler", Code={"ZipFile": code}, Layers=[layer["LayerVersionArn"]])
    assert invoke(functions, name)[1] == ["scripts", "newer"]


def test_what_is_refused(functions, name):  # noqa: F811
    arns = [publish(functions, f"{name}-{number}")["LayerVersionArn"] for number in range(6)]
    again = publish(functions, f"{name}-0")["LayerVersionArn"]
    for layers, words in (
        (arns, "Cannot reference more than 5 layers."),
        ([arns[0], again], f"Two different versions of the same layer are not allowed to be referenced in the same function. {arns[0]} and {again} versions."),
        ([f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:nowhere:1"], "does not exist."),
        ([f"arn:aws:lambda:{REGION}:017000801446:layer:AWSLambdaPowertools:1"], "A layer of another account or region"),
        ([f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:{name}-0:1"], "A layer of another account or region"),
    ):
        status, code, message = refusal(lambda: python(functions, name, USES, Layers=layers))
        assert (status, code) == (400, "InvalidParameterValueException") and words in message, message
    assert refusal(functions.publish_layer_version, LayerName=name, Content={"ZipFile": b"no archive"})[1] == "InvalidParameterValueException"
    assert refusal(functions.get_layer_version, LayerName=name, VersionNumber=0) == (
        400, "InvalidParameterValueException", "Layer Version Cannot be less than 1")
    # All of them together have a limit.
    big = [functions.publish_layer_version(LayerName=f"{name}-big{number}", Content={"ZipFile": archive(zeros="\0" * 131_100_000)})["LayerVersionArn"] for number in range(2)]
    python(functions, name, USES, Layers=big[:1])
    status, code, message = refusal(functions.update_function_configuration, FunctionName=name, Layers=big)
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.startswith("Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 2622000")


def test_layers_survive_a_kill(start, tmp_path, name):
    server = start("--data-dir", tmp_path)
    functions = server.client("lambda")  # noqa: F811
    python(functions, name, USES, Layers=[publish(functions, name)["LayerVersionArn"]])
    functions.publish_version(FunctionName=name)
    functions.update_function_configuration(FunctionName=name, Layers=[])
    functions.delete_layer_version(LayerName=name, VersionNumber=1)
    server.kill()
    functions = start("--data-dir", tmp_path).client("lambda")
    assert invoke(functions, name, Qualifier="1")[1] == name
    assert publish(functions, name)["Version"] == 2


STACK = """
Resources:
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: {S3Bucket: %s, S3Key: %s}, CompatibleRuntimes: [python3.12], Description: d}
  Permission: {Type: AWS::Lambda::LayerVersionPermission, Properties: {Action: "lambda:GetLayerVersion", LayerVersionArn: !Ref Layer, Principal: "*"}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17",
    Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}}}
  Function:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: %s, Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, Layers: [!Ref Layer], Code: {ZipFile: "import shared\\ndef handler(event, context): return shared.VALUE"}}
Outputs: {Layer: {Value: !GetAtt Layer.LayerVersionArn}}
"""


def test_a_stack_has_a_layer(cfn, functions, s3, bucket, name):  # noqa: F811
    for key, value in (("one", "first"), ("two", "second")):
        s3.put_object(Bucket=bucket, Key=key, Body=archive(python__shared_dot_py=f"VALUE = '{value}'\n"))
    cfn.create_stack(StackName=name, TemplateBody=STACK % (bucket, "one", name), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    arn = cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert arn.startswith(f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:Layer:")
    layer, number = arn.rsplit(":", 1)
    assert "lambda:GetLayerVersion" in functions.get_layer_version_policy(LayerName=layer, VersionNumber=int(number))["Policy"]
    assert invoke(functions, name)[1] == "first"
    cfn.update_stack(StackName=name, TemplateBody=STACK % (bucket, "two", name), Capabilities=["CAPABILITY_IAM"])
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert invoke(functions, name)[1] == "second"
    assert refusal(functions.get_layer_version, LayerName=layer, VersionNumber=int(number))[0] == 404
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert refusal(functions.get_function, FunctionName=name)[0] == 404


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer, LayerName: shared, CompatibleRuntimes: [python3.12], RetentionPolicy: Delete}}
  Uses: {Type: AWS::Serverless::Function, Properties: {FunctionName: uses, Runtime: python3.12, Handler: app.handler, CodeUri: code, Layers: [!Ref Shared]}}
"""


def test_sam_has_layers(start, tmp_path):
    server = start()
    for folder, file, text in (("layer/python", "shared.py", "VALUE = 'by sam'\n"), ("code", "app.py", USES)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / file).write_text(text)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    sam(server, "deploy", "--stack-name", "layers", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", folder=tmp_path)
    functions = server.client("lambda")  # noqa: F811
    assert invoke(functions, "uses")[1] == "by sam"
    sam(server, "delete", "--stack-name", "layers", "--no-prompts", folder=tmp_path)
    assert functions.list_layers()["Layers"] == []
