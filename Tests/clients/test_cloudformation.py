"""Stacks, by boto3 and by `aws cloudformation`."""

import json

import botocore.exceptions

from harness import until
from test_s3 import refusal
from world import INTERACTIONS, rows

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SMALL = """
Parameters:
  Shards: {Type: Number, Default: 1, MinValue: 1, MaxValue: 4}
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Secret: {Type: String, NoEcho: true, Default: hidden}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Mappings:
  Hours: {dev: {Kept: 24}, prod: {Kept: 48}}
Resources:
  Clicks:
    Type: AWS::Kinesis::Stream
    Properties:
      Name: !Sub '${AWS::StackName}-clicks'
      ShardCount: !Ref Shards
      RetentionPeriodHours: !FindInMap [Hours, !Ref Stage, Kept]
      Tags: [{Key: stage, Value: !Ref Stage}]
  Archive:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Archive
      PolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: !Sub '${Archive.Arn}/*'}]
  Alarm:
    Type: AWS::SSM::Parameter
    Condition: IsProd
    Properties: {Name: !Sub '/${AWS::StackName}/alarm', Type: String, Value: !GetAtt Clicks.Arn}
Outputs:
  Stream: {Value: !GetAtt Clicks.Arn, Description: where clicks go, Export: {Name: !Sub '${AWS::StackName}-stream'}}
  Bucket: {Value: !Ref Archive}
  Kept: {Value: !If [IsProd, long, short]}
"""


def one(cfn, name):
    return cfn.describe_stacks(StackName=name)["Stacks"][0]


def outputs(cfn, name):
    return {output["OutputKey"]: output["OutputValue"] for output in one(cfn, name).get("Outputs", [])}


def status(cfn, name):
    return one(cfn, name)["StackStatus"]


def events(cfn, name):
    """(logical id, status) of all events, the oldest first."""
    pages = cfn.get_paginator("describe_stack_events").paginate(StackName=name)
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for page in pages for event in page["StackEvents"]][::-1]


def reasons(cfn, name):
    return [event.get("ResourceStatusReason", "") for event in cfn.describe_stack_events(StackName=name)["StackEvents"]]


def test_a_stack_is_made_changed_and_deleted(server, cfn, kinesis, s3, name):
    stack = f"stack-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=SMALL, Tags=[{"Key": "team", "Value": "film"}])
    assert status(cfn, stack) == "CREATE_COMPLETE", reasons(cfn, stack)
    made = outputs(cfn, stack)
    assert made["Stream"] == f"arn:aws:kinesis:us-east-1:000000000000:stream/{stack}-clicks" and made["Kept"] == "short"
    assert made["Bucket"].startswith(f"{stack}-archive-"), made
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in one(cfn, stack)["Parameters"]}
    assert parameters == {"Shards": "1", "Stage": "dev", "Secret": "****"}
    summary = kinesis.describe_stream_summary(StreamName=f"{stack}-clicks")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 1 and summary["RetentionPeriodHours"] == 24
    tags = kinesis.list_tags_for_stream(StreamName=f"{stack}-clicks")["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "film", "stage": "dev"}
    assert json.loads(s3.get_bucket_policy(Bucket=made["Bucket"])["Policy"])["Statement"][0]["Resource"] == f"arn:aws:s3:::{made['Bucket']}/*"
    history = events(cfn, stack)
    assert history[0] == (stack, "CREATE_IN_PROGRESS") and history[-1] == (stack, "CREATE_COMPLETE")
    assert history.index(("Archive", "CREATE_COMPLETE")) < history.index(("Policy", "CREATE_IN_PROGRESS"))
    assert any("records without effect: VersioningConfiguration" in reason for reason in reasons(cfn, stack))
    assert cfn.get_template(StackName=stack)["TemplateBody"] == SMALL
    # Nothing to do, then something.
    assert refusal(cfn.update_stack, StackName=stack, UsePreviousTemplate=True, Tags=[{"Key": "team", "Value": "film"}])[2] == "No updates are to be performed."
    before = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Shards", "Secret")]
    cfn.update_stack(StackName=stack, UsePreviousTemplate=True, Parameters=[*before, {"ParameterKey": "Stage", "ParameterValue": "prod"}])
    assert status(cfn, stack) == "UPDATE_COMPLETE", reasons(cfn, stack)
    assert kinesis.describe_stream_summary(StreamName=f"{stack}-clicks")["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
    assert server.client("ssm").get_parameter(Name=f"/{stack}/alarm")["Parameter"]["Value"] == made["Stream"]
    assert outputs(cfn, stack)["Kept"] == "long" and outputs(cfn, stack)["Bucket"] == made["Bucket"]
    listed = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in cfn.list_stack_resources(StackName=stack)["StackResourceSummaries"]}
    assert listed == {"Clicks": f"{stack}-clicks", "Archive": made["Bucket"], "Policy": made["Bucket"], "Alarm": f"/{stack}/alarm"}
    detail = cfn.describe_stack_resource(StackName=stack, LogicalResourceId="Clicks")["StackResourceDetail"]
    assert detail["ResourceStatus"] == "UPDATE_COMPLETE"
    assert cfn.describe_stack_resources(PhysicalResourceId=f"{stack}-clicks")["StackResources"][0]["StackName"] == stack
    identity = one(cfn, stack)["StackId"]
    cfn.delete_stack(StackName=stack)
    assert status(cfn, identity) == "DELETE_COMPLETE"
    assert refusal(cfn.describe_stacks, StackName=stack) == (400, "ValidationError", f"Stack with id {stack} does not exist")
    assert refusal(kinesis.describe_stream_summary, StreamName=f"{stack}-clicks")[1] == "ResourceNotFoundException"
    assert refusal(s3.head_bucket, Bucket=made["Bucket"])[0] == 404
    cfn.delete_stack(StackName=stack)


def test_a_change_set_says_what_would_be_done(cfn, name):
    stack = f"stack-{name}"
    made = cfn.create_change_set(StackName=stack, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=SMALL)
    assert status(cfn, stack) == "REVIEW_IN_PROGRESS"
    shown = cfn.describe_change_set(ChangeSetName=made["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert {(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in shown["Changes"]} == {
        ("Add", "Clicks"), ("Add", "Archive"), ("Add", "Policy"),
    }
    cfn.execute_change_set(ChangeSetName=made["Id"])
    assert status(cfn, stack) == "CREATE_COMPLETE"
    assert refusal(cfn.execute_change_set, ChangeSetName=made["Id"])[1] == "InvalidChangeSetStatus"
    # The same again changes nothing; clients look for these words.
    again = cfn.create_change_set(StackName=stack, ChangeSetName="second", TemplateBody=SMALL)
    shown = cfn.describe_change_set(ChangeSetName=again["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert shown["StatusReason"] == "The submitted information didn't contain changes. Submit different information to create a change set."
    cfn.delete_change_set(ChangeSetName="second", StackName=stack)
    assert refusal(cfn.describe_change_set, ChangeSetName="second", StackName=stack)[:2] == (404, "ChangeSetNotFound")
    cfn.delete_change_set(ChangeSetName="second", StackName=stack)
    # A stream of another name takes another stream; what leaves the template leaves the stack.
    other = SMALL.replace("-clicks'", "-other'").split("  Policy:")[0] + "  Alarm:" + SMALL.split("  Alarm:")[1]
    third = cfn.create_change_set(StackName=stack, ChangeSetName="third", TemplateBody=other)
    changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in cfn.describe_change_set(ChangeSetName=third["Id"])["Changes"]}
    assert changes["Clicks"]["Action"] == "Modify" and changes["Clicks"]["Replacement"] == "True"
    assert changes["Policy"]["Action"] == "Remove" and "Archive" not in changes
    assert [s["ChangeSetName"] for s in cfn.list_change_sets(StackName=stack)["Summaries"] if s["ExecutionStatus"] == "AVAILABLE"] == ["third"]
    cfn.execute_change_set(ChangeSetName="third", StackName=stack)
    assert status(cfn, stack) == "UPDATE_COMPLETE", reasons(cfn, stack)
    assert outputs(cfn, stack)["Stream"].endswith("-other")
    history = events(cfn, stack)
    assert history.index((stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")) < history.index(("Clicks", "DELETE_COMPLETE")) < history.index((stack, "UPDATE_COMPLETE"))
    cfn.delete_stack(StackName=stack)


def test_what_fails_is_rolled_back(cfn, kinesis, name):
    stack = f"stack-{name}"
    kinesis.create_stream(StreamName=f"taken-{name}", ShardCount=1)
    broken = json.dumps({"Resources": {
        "Good": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": f"good-{name}"}},
        "Bad": {"Type": "AWS::Kinesis::Stream", "DependsOn": "Good", "Properties": {"Name": f"taken-{name}"}},
    }})
    cfn.create_stack(StackName=stack, TemplateBody=broken)
    assert status(cfn, stack) == "ROLLBACK_COMPLETE"
    assert any("HandlerErrorCode: AlreadyExists" in reason for reason in reasons(cfn, stack)), reasons(cfn, stack)
    assert f"taken-{name}" in kinesis.list_streams()["StreamNames"] and f"good-{name}" not in kinesis.list_streams()["StreamNames"]
    assert "ROLLBACK_COMPLETE state and can not be updated" in refusal(cfn.update_stack, StackName=stack, TemplateBody=SMALL)[2]
    cfn.delete_stack(StackName=stack)
    cfn.create_stack(StackName=stack, TemplateBody=broken, OnFailure="DELETE")
    assert refusal(cfn.describe_stacks, StackName=stack)[1] == "ValidationError"
    cfn.create_stack(StackName=stack, TemplateBody=broken, DisableRollback=True)
    assert status(cfn, stack) == "CREATE_FAILED" and f"good-{name}" in kinesis.list_streams()["StreamNames"]
    cfn.delete_stack(StackName=stack)
    # An update that fails goes back to what was.
    good = {"Good": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": f"good-{name}", "RetentionPeriodHours": 24}}}
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": good}))
    worse = json.loads(broken)
    worse["Resources"]["Good"]["Properties"]["RetentionPeriodHours"] = "72"
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps(worse))
    assert status(cfn, stack) == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, stack)
    assert kinesis.describe_stream_summary(StreamName=f"good-{name}")["StreamDescriptionSummary"]["RetentionPeriodHours"] == 24
    assert [r["LogicalResourceId"] for r in cfn.list_stack_resources(StackName=stack)["StackResourceSummaries"]] == ["Good"]
    assert cfn.get_template(StackName=stack)["TemplateBody"] == {"Resources": good}
    # What is taken back is taken back from where the stream is, whatever of the change was refused.
    for wrong in ({"ShardCount": 500}, {"RetentionPeriodHours": "much"}, {"ShardCount": 2, "RetentionPeriodHours": 9999}):
        properties = {"Name": f"good-{name}", "RetentionPeriodHours": 24, **wrong}
        cfn.update_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"Good": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}}))
        assert status(cfn, stack) == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, stack)
    cfn.delete_stack(StackName=stack)


def test_a_custom_name_is_not_replaced_by_itself(cfn, name):
    stack = f"stack-{name}"
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": f"role-{name}", "AssumeRolePolicyDocument": TRUST}}
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"R": role}}), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert status(cfn, stack) == "CREATE_COMPLETE", reasons(cfn, stack)
    role["Properties"]["Path"] = "/other/"
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"R": role}}), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert status(cfn, stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("custom-named resource requires replacing" in reason for reason in reasons(cfn, stack))
    cfn.delete_stack(StackName=stack)


def test_roles_and_policies(server, cfn, name):
    stack, iam = f"stack-{name}", server.client("iam")
    grant = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    template = {"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": grant, "Policies": [{"PolicyName": "in", "PolicyDocument": grant}], "MaxSessionDuration": "7200",
            "ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/ReadOnlyAccess"]]}],
        }},
        "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": grant, "Roles": [{"Ref": "Role"}]}},
        "Inline": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "more", "PolicyDocument": grant, "Roles": [{"Ref": "Role"}]}},
    }, "Outputs": {"Role": {"Value": {"Ref": "Role"}}, "Arn": {"Value": {"Fn::GetAtt": "Role.Arn"}}}}
    denied = refusal(cfn.create_stack, StackName=stack, TemplateBody=json.dumps(template))
    assert denied[1:] == ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    assert status(cfn, stack) == "CREATE_COMPLETE", reasons(cfn, stack)
    role = outputs(cfn, stack)["Role"]
    assert iam.get_role(RoleName=role)["Role"]["MaxSessionDuration"] == 7200
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["in", "more"]
    assert len(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]) == 2
    del template["Resources"]["Inline"]
    template["Resources"]["Managed"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = "s3:Get*"
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    assert status(cfn, stack) == "UPDATE_COMPLETE", reasons(cfn, stack)
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["in"]
    cfn.delete_stack(StackName=stack)
    assert refusal(iam.get_role, RoleName=role)[1] == "NoSuchEntity"


def personalize_template(bucket, name):
    group = {"Fn::GetAtt": ["Group", "DatasetGroupArn"]}
    return {"Resources": {
        "Group": {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": f"g-{name}"}},
        "Schema": {"Type": "AWS::Personalize::Schema", "Properties": {"Name": f"s-{name}", "Schema": INTERACTIONS}},
        "Data": {"Type": "AWS::Personalize::Dataset", "Properties": {
            "Name": f"d-{name}", "DatasetType": "Interactions", "DatasetGroupArn": group, "SchemaArn": {"Ref": "Schema"},
            "DatasetImportJob": {
                "JobName": f"j-{name}", "RoleArn": "arn:aws:iam::000000000000:role/r", "DataSource": {"DataLocation": f"s3://{bucket}/i.csv"},
            },
        }},
        "Solution": {"Type": "AWS::Personalize::Solution", "DependsOn": "Data", "Properties": {
            "Name": f"o-{name}", "DatasetGroupArn": group, "RecipeArn": "arn:aws:personalize:::recipe/aws-user-personalization",
            "SolutionConfig": {"AlgorithmHyperParameters": {"bptt": "4"}},
        }},
        "Valued": {"Type": "AWS::Personalize::Solution", "DependsOn": "Data", "Properties": {
            "Name": f"v-{name}", "DatasetGroupArn": group, "RecipeArn": "arn:aws:personalize:::recipe/aws-user-personalization",
            "EventType": "click", "SolutionConfig": {"EventValueThreshold": "0.5"},
        }},
        "Tracker": {"Type": "AWS::Personalize::EventTracker", "DependsOn": "Data", "Properties": {"Name": f"t-{name}", "DatasetGroupArn": group}},
        "Filter": {"Type": "AWS::Personalize::Filter", "DependsOn": "Data", "Properties": {
            "Name": f"f-{name}", "DatasetGroupArn": group, "FilterExpression": 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")',
        }},
    }, "Outputs": {"Tracking": {"Value": {"Fn::GetAtt": ["Tracker", "TrackingId"]}}, "Solution": {"Value": {"Ref": "Solution"}}}}


def test_personalize_from_a_template(server, cfn, s3, personalize, bucket, name):
    stack = f"stack-{name}"
    s3.put_object(Bucket=bucket, Key="i.csv", Body=rows().encode())
    template = personalize_template(bucket, name)
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    until(lambda: status(cfn, stack) != "CREATE_IN_PROGRESS", 60)
    assert status(cfn, stack) == "CREATE_COMPLETE", reasons(cfn, stack)
    made = outputs(cfn, stack)
    # The data is there when the stack is: a solution can be trained at once.
    version = personalize.create_solution_version(solutionArn=made["Solution"])["solutionVersionArn"]
    until(lambda: personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]["status"] == "ACTIVE", 120)
    config = personalize.describe_solution(solutionArn=made["Solution"])["solution"]["solutionConfig"]
    assert config["algorithmHyperParameters"] == {"bptt": "4"}
    valued = personalize.describe_solution(solutionArn=made["Solution"].replace("/o-", "/v-"))["solution"]
    assert valued["eventType"] == "click" and valued["solutionConfig"]["eventValueThreshold"] == "0.5"
    assert len(made["Tracking"]) == 36
    template["Resources"]["Campaign"] = {"Type": "AWS::Personalize::Campaign", "Properties": {
        "Name": f"c-{name}", "SolutionVersionArn": version, "MinProvisionedTPS": "1",
        "CampaignConfig": {"ItemExplorationConfig": {"explorationWeight": "0.3"}},
    }}
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps(template))
    until(lambda: status(cfn, stack) == "UPDATE_COMPLETE", 60)
    campaigns = personalize.list_campaigns(solutionArn=made["Solution"])["campaigns"]
    assert [campaign["status"] for campaign in campaigns] == ["ACTIVE"]
    items = server.client("personalize-runtime").get_recommendations(campaignArn=campaigns[0]["campaignArn"], userId="u1")["itemList"]
    assert len(items) > 0
    # A Ref of a solution is no version.
    template["Resources"]["Campaign"]["Properties"]["SolutionVersionArn"] = {"Ref": "Solution"}
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps(template))
    until(lambda: status(cfn, stack) == "UPDATE_ROLLBACK_COMPLETE", 60)
    assert any("is a solution and not one of its versions" in reason for reason in reasons(cfn, stack))
    # An import that fails is taken back to the one before.
    template["Resources"]["Campaign"]["Properties"]["SolutionVersionArn"] = version
    template["Resources"]["Data"]["Properties"]["DatasetImportJob"] |= {"JobName": f"k-{name}", "DataSource": {"DataLocation": f"s3://{bucket}/none.csv"}}
    cfn.update_stack(StackName=stack, TemplateBody=json.dumps(template))
    until(lambda: status(cfn, stack).endswith("ROLLBACK_COMPLETE"), 60)
    assert ("Data", "UPDATE_FAILED") in events(cfn, stack)
    cfn.delete_stack(StackName=stack)
    until(lambda: refusal_or_none(cfn, stack), 60)
    assert personalize.list_solutions(datasetGroupArn=f"arn:aws:personalize:us-east-1:000000000000:dataset-group/g-{name}")["solutions"] == []


def refusal_or_none(cfn, stack):
    """Whether a stack is gone."""
    try:
        cfn.describe_stacks(StackName=stack)
    except botocore.exceptions.ClientError:
        return True
    return False


def test_an_import_that_fails_fails_the_stack(cfn, personalize, bucket, name):
    stack = f"stack-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(personalize_template(bucket, name)))
    until(lambda: status(cfn, stack) == "ROLLBACK_COMPLETE", 60)
    assert any("CREATE FAILED" in reason for reason in reasons(cfn, stack)), reasons(cfn, stack)
    assert f"g-{name}" not in [group["name"] for group in personalize.list_dataset_groups()["datasetGroups"]]


def test_what_is_retained_stays_and_what_is_full_cannot_go(cfn, s3, name):
    stack = f"stack-{name}"
    template = {"Resources": {
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}, "Full": {"Type": "AWS::S3::Bucket"},
    }, "Outputs": {"Kept": {"Value": {"Ref": "Kept"}}, "Full": {"Value": {"Ref": "Full"}}}}
    cfn.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    made = outputs(cfn, stack)
    s3.put_object(Bucket=made["Full"], Key="k", Body=b"x")
    cfn.delete_stack(StackName=stack)
    assert status(cfn, stack) == "DELETE_FAILED"
    assert one(cfn, stack)["StackStatusReason"] == "The following resource(s) failed to delete: [Full]. "
    assert ("Kept", "DELETE_SKIPPED") in events(cfn, stack)
    s3.delete_object(Bucket=made["Full"], Key="k")
    cfn.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    assert "TerminationProtection is enabled" in refusal(cfn.delete_stack, StackName=stack)[2]
    cfn.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    cfn.delete_stack(StackName=stack)
    assert refusal(cfn.describe_stacks, StackName=stack)[1] == "ValidationError"
    assert s3.head_bucket(Bucket=made["Kept"])["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_command_line_deploys(server, name):
    stack = f"cli-{name}"
    folder = server.folder
    (folder / f"{name}.yaml").write_text(SMALL)
    assert "Successfully created/updated stack" in server.aws("cloudformation", "deploy", "--stack-name", stack, "--template-file", f"{name}.yaml")
    same = ["--stack-name", stack, "--template-file", f"{name}.yaml", "--parameter-overrides", "Stage=dev", "--no-fail-on-empty-changeset"]
    assert "No changes to deploy" in server.aws("cloudformation", "deploy", *same)
    changed = server.aws("cloudformation", "deploy", "--stack-name", stack, "--template-file", f"{name}.yaml", "--parameter-overrides", "Stage=prod")
    assert "Successfully" in changed
    server.aws("cloudformation", "delete-stack", "--stack-name", stack)
    server.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)


def test_stacks_survive_kill_9_and_work_goes_on(start):
    server = start("--data-dir", "data", "--job-delay", "4")
    cfn = server.client("cloudformation")
    template = {"Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Group": {"Type": "AWS::Personalize::DatasetGroup", "DependsOn": "Bucket", "Properties": {"Name": "g"}},
        "Stream": {"Type": "AWS::Kinesis::Stream", "DependsOn": "Group"},
    }}
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert status(cfn, "s") == "CREATE_IN_PROGRESS"
    server.kill()
    again = start("--data-dir", server.folder / "data", "--job-delay", "4")
    cfn = again.client("cloudformation")
    until(lambda: status(cfn, "s") == "CREATE_COMPLETE", 30)
    listed = cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
    assert [r["ResourceStatus"] for r in listed] == ["CREATE_COMPLETE"] * 3
    assert len(again.client("s3").list_buckets()["Buckets"]) == 1
    assert again.http("POST", "/_personalite/reset").status == 200
    assert cfn.describe_stacks()["Stacks"] == []


def test_stacks_are_listed_and_accounts_apart(server, cfn, name):
    cfn.create_stack(StackName=f"stack-{name}", TemplateBody=SMALL)
    assert f"stack-{name}" in [s["StackName"] for s in cfn.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]]
    assert server.client("cloudformation", key="123456789012").describe_stacks()["Stacks"] == []
    assert server.client("cloudformation", region="eu-west-1").describe_stacks()["Stacks"] == []
    assert refusal(cfn.create_stack, StackName=f"stack-{name}", TemplateBody=SMALL)[1:] == ("AlreadyExistsException", f"Stack [stack-{name}] already exists")
    cfn.delete_stack(StackName=f"stack-{name}")


def test_services_refuse_each_other_as_they_refuse_clients(start):
    server = start()
    cfn = server.client("cloudformation")
    rule = [{"service": "kinesis", "operation": "CreateStream", "error": {"statusCode": 400, "code": "LimitExceededException"}}]
    assert server.http("POST", "/_personalite/faults", json.dumps(rule).encode()).status == 200
    template = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}}}
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert status(cfn, "s") == "ROLLBACK_COMPLETE"
    assert any("HandlerErrorCode: ServiceLimitExceeded" in reason for reason in reasons(cfn, "s")), reasons(cfn, "s")
    assert server.http("DELETE", "/_personalite/faults").status == 200
    cfn.delete_stack(StackName="s")
    # A constraint of the operation's model, in the words that a client would get.
    template["Resources"]["S"]["Properties"] = {"ShardCount": "many"}
    cfn.create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert status(cfn, "s") == "ROLLBACK_COMPLETE"
    assert any("java.lang.String can not be converted to an Integer" in reason for reason in reasons(cfn, "s")), reasons(cfn, "s")
