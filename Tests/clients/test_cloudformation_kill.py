"""kill -9 in the middle of an operation on a stack: at the next start it goes on to an end of its own."""

import json

from harness import until
from test_cloudformation import status

DELAY = "4"


def group(name, **more):
    return {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": name}, **more}


def body(resources):
    """A template, and the capability that roles take."""
    return {"TemplateBody": json.dumps({"Resources": resources}), "Capabilities": ["CAPABILITY_IAM"]}


def trust(service):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}


def role(service, **more):
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust(service)}, **more}


class Killed:
    """A server that is killed in the middle of each operation, and the stack it works on."""

    def __init__(self, start):
        self.begin, self.server = start, start("--data-dir", "data", "--job-delay", DELAY)
        self.data = self.server.folder / "data"
        self.cfn = self.server.client("cloudformation")

    def kill(self, during):
        assert status(self.cfn, self.id) == during
        self.server.kill()
        self.server = self.begin("--data-dir", self.data, "--job-delay", DELAY)
        self.cfn = self.server.client("cloudformation")

    def ends(self, expected):
        until(lambda: not status(self.cfn, self.id).endswith("IN_PROGRESS"), 40)
        assert status(self.cfn, self.id) == expected, self.reasons()
        listed = self.resources()
        assert all(r["ResourceStatus"].endswith("_COMPLETE") for r in listed.values()), listed

    def reasons(self):
        return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason")) for e in self.cfn.describe_stack_events(StackName=self.id)["StackEvents"]]

    def resources(self):
        return {r["LogicalResourceId"]: r for r in self.cfn.list_stack_resources(StackName=self.id)["StackResourceSummaries"]}

    def groups(self):
        return sorted(group["name"] for group in self.server.client("personalize").list_dataset_groups()["datasetGroups"])

    def trusted(self):
        """Whom the stack's role trusts."""
        name = self.resources()["Role"]["PhysicalResourceId"]
        return self.server.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]


def test_each_operation_goes_on(start):
    killed = Killed(start)
    first = {"Role": role("first.amazonaws.com"), "One": group("one", DependsOn="Role")}
    killed.id = killed.cfn.create_stack(StackName="s", **body(first))["StackId"]
    killed.kill("CREATE_IN_PROGRESS")
    killed.ends("CREATE_COMPLETE")
    assert killed.groups() == ["one"]
    # An update that changes one, replaces one and adds one.
    second = {"Role": role("second.amazonaws.com"), "One": group("uno", DependsOn="Role"), "Two": group("two", DependsOn="One")}
    killed.cfn.update_stack(StackName="s", **body(second))
    killed.kill("UPDATE_IN_PROGRESS")
    killed.ends("UPDATE_COMPLETE")
    assert killed.groups() == ["two", "uno"] and killed.trusted() == "second.amazonaws.com"
    before = {name: r["PhysicalResourceId"] for name, r in killed.resources().items()}
    # One that fails: what it made and changed is taken back.
    third = {**second, "Role": role("third.amazonaws.com"), "Three": group("three", DependsOn="Role"),
             "Bad": {"Type": "AWS::Personalize::Schema", "DependsOn": "Three", "Properties": {"Name": "bad", "Schema": "{}"}}}
    killed.cfn.update_stack(StackName="s", **body(third))
    killed.kill("UPDATE_IN_PROGRESS")
    killed.ends("UPDATE_ROLLBACK_COMPLETE")
    assert {name: r["PhysicalResourceId"] for name, r in killed.resources().items()} == before
    assert killed.groups() == ["two", "uno"] and killed.trusted() == "second.amazonaws.com"
    killed.cfn.delete_stack(StackName="s")
    killed.kill("DELETE_IN_PROGRESS")
    killed.ends("DELETE_COMPLETE")
    assert killed.groups() == [] and killed.server.client("iam").list_roles()["Roles"] == []


def test_another_s_resource_is_not_taken_for_its_own(start):
    """What had the name before the stack was begun is left alone by whoever goes on with it, and by the rollback."""
    killed = Killed(start)
    killed.server.client("s3").create_bucket(Bucket="mine")
    template = {"One": group("one"), "Bucket": {"Type": "AWS::S3::Bucket", "DependsOn": "One", "Properties": {"BucketName": "mine"}}}
    killed.id = killed.cfn.create_stack(StackName="s", **body(template))["StackId"]
    killed.kill("CREATE_IN_PROGRESS")
    killed.ends("ROLLBACK_COMPLETE")
    assert [bucket["Name"] for bucket in killed.server.client("s3").list_buckets()["Buckets"]] == ["mine"] and killed.groups() == []


def test_what_was_left_is_made_anew(start):
    """Without a rollback a failed creation leaves what it made; the next update makes the rest, and takes nothing that is another's."""
    server = start()
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    s3.create_bucket(Bucket="mine")
    template = {"Role": role("a.amazonaws.com"), "Bucket": {"Type": "AWS::S3::Bucket", "DependsOn": "Role", "Properties": {"BucketName": "mine"}}}
    cfn.create_stack(StackName="s", **body(template), OnFailure="DO_NOTHING")
    assert status(cfn, "s") == "CREATE_FAILED"
    template["Role"] = role("b.amazonaws.com")
    cfn.update_stack(StackName="s", **body(template), DisableRollback=True)
    assert status(cfn, "s") == "UPDATE_FAILED"
    template["Bucket"]["Properties"]["BucketName"] = "other"
    cfn.update_stack(StackName="s", **body(template))
    assert status(cfn, "s") == "UPDATE_COMPLETE"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["mine", "other"]
    cfn.delete_stack(StackName="s")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["mine"]


def test_a_change_that_failed_is_made_again(start):
    server = start()
    cfn, kinesis = server.client("cloudformation"), server.client("kinesis")
    def template(shards, hours, service):
        stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "s", "ShardCount": shards, "RetentionPeriodHours": hours}}
        return body({"Stream": stream, "Role": role(service, DependsOn="Stream")})
    cfn.create_stack(StackName="s", **template(1, 24, "a.amazonaws.com"))
    cfn.update_stack(StackName="s", **template(1, 10_000, "a.amazonaws.com"), DisableRollback=True)
    assert status(cfn, "s") == "UPDATE_FAILED"
    cfn.update_stack(StackName="s", **template(1, 48, "a.amazonaws.com"))
    assert status(cfn, "s") == "UPDATE_COMPLETE"
    assert kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48


def test_a_reset_forgets_stacks_in_the_middle(start):
    server = start("--job-delay", DELAY)
    cfn = server.client("cloudformation")
    cfn.create_stack(StackName="s", **body({"One": group("one")}))
    assert status(cfn, "s") == "CREATE_IN_PROGRESS"
    assert server.http("POST", "/_personalite/reset").status == 200
    assert cfn.describe_stacks()["Stacks"] == []
    cfn.create_stack(StackName="s", **body({"B": {"Type": "AWS::S3::Bucket"}}))
    assert status(cfn, "s") == "CREATE_COMPLETE"
