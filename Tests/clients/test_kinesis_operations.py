"""Every operation of the long-standing model, done and refused, by boto3 and by the aws CLI; by boto3 also with ARNs for names."""

import json

import botocore.session
import pytest
from botocore import xform_name

from commandline import CommandLine
from harness import ACCOUNT, until
from test_kinesis import arn
from test_s3 import refusal

# What the models of 2026 added: channels, queues and one operation on streams.
NEWER = ("Channel", "Queue")
OPERATIONS = {
    name for name in botocore.session.get_session().get_service_model("kinesis").operation_names
    if not any(word in name for word in NEWER) and name != "UpdateStreamRecordDistributionStrategy"
}
# The aws CLI has no command for it.
NOT_IN_CLI = {"SubscribeToShard"}
PLACE = f"under account {ACCOUNT}"


class Boto:
    operations, names_by_arn = OPERATIONS, False

    def __init__(self, server):
        self.kinesis = server.client("kinesis")
        self.done, self.refused = set(), set()

    def ask(self, operation, **document):
        answer = getattr(self.kinesis, xform_name(operation))(**document)
        self.done.add(operation)
        return answer

    def refusal(self, operation, **document):
        status, code, message = refusal(getattr(self.kinesis, xform_name(operation)), **document)
        assert status == 400
        self.refused.add(operation)
        return code, message

    def close(self):
        pass


class BotoByArn(Boto):
    names_by_arn = True


class Cli:
    operations, names_by_arn = OPERATIONS - NOT_IN_CLI, False

    def __init__(self, server):
        self.line = CommandLine(server, "kinesis")
        self.done, self.refused = set(), set()

    def ask(self, operation, **document):
        answer = self.line.ask(xform_name(operation, "-"), document)
        self.done.add(operation)
        return answer

    def refusal(self, operation, **document):
        answer = self.line.refusal(xform_name(operation, "-"), document)
        self.refused.add(operation)
        return answer

    def close(self):
        self.line.close()


@pytest.fixture(params=[Boto, BotoByArn, Cli], ids=["boto3", "boto3 by ARN", "aws CLI"])
def kind(request):
    return request.param


@pytest.fixture
def client(kind, server):
    client = kind(server)
    yield client
    client.close()


def test_the_model_has_thirty_nine_of_them():
    assert len(OPERATIONS) == 39


def named(client, name):
    return {"StreamARN": arn(name)} if client.names_by_arn else {"StreamName": name}


def shards(client, **document):
    return [shard["ShardId"] for shard in client.ask("ListShards", **document)["Shards"]]


def settled(client, stream):
    """The summary of a stream once it is ACTIVE: after a reshard its parents are closed first."""
    def summary():
        found = client.ask("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]
        return found["StreamStatus"] == "ACTIVE" and found
    return until(summary, 10, f"{stream} is ACTIVE")


def test_each_is_done(client, name):
    ask, stream = client.ask, named(client, name)
    resource = {"ResourceARN": arn(name)}
    # Streams.
    ask("CreateStream", StreamName=name, ShardCount=2, Tags={"a": "1"})
    described = ask("DescribeStream", **stream)["StreamDescription"]
    assert (described["StreamARN"], described["StreamStatus"], len(described["Shards"])) == (arn(name), "ACTIVE", 2)
    assert ask("DescribeStreamSummary", **stream)["StreamDescriptionSummary"]["OpenShardCount"] == 2
    assert name in ask("ListStreams", ExclusiveStartStreamName=name[:-1])["StreamNames"]
    limits = ask("DescribeLimits")
    assert limits["OpenShardCount"] >= 2 and limits["OnDemandStreamCountLimit"] == 50
    # Records.
    put = ask("PutRecord", **stream, Data="first", PartitionKey="p", ExplicitHashKey="0")
    assert put["ShardId"] == "shardId-000000000000"
    both = ask("PutRecords", **stream, Records=[{"Data": text, "PartitionKey": "p", "ExplicitHashKey": "0"} for text in ("second", "third")])
    assert both["FailedRecordCount"] == 0
    at = ask("GetShardIterator", **stream, ShardId=put["ShardId"], ShardIteratorType="AFTER_SEQUENCE_NUMBER",
             StartingSequenceNumber=put["SequenceNumber"])["ShardIterator"]
    page = ask("GetRecords", ShardIterator=at)
    assert [record["SequenceNumber"] for record in page["Records"]] == [record["SequenceNumber"] for record in both["Records"]]
    # Shards.
    ask("SplitShard", **stream, ShardToSplit="shardId-000000000000", NewStartingHashKey="7")
    assert settled(client, name)["OpenShardCount"] == 3
    ask("MergeShards", **stream, ShardToMerge="shardId-000000000002", AdjacentShardToMerge="shardId-000000000003")
    assert settled(client, name)["OpenShardCount"] == 2
    assert shards(client, **stream) == [f"shardId-{number:012}" for number in range(5)]
    scaled = ask("UpdateShardCount", **stream, TargetShardCount=1, ScalingType="UNIFORM_SCALING")
    assert (scaled["CurrentShardCount"], scaled["TargetShardCount"], scaled["StreamARN"]) == (2, 1, arn(name))
    assert settled(client, name)["OpenShardCount"] == 1
    # Settings.
    ask("IncreaseStreamRetentionPeriod", **stream, RetentionPeriodHours=8760)
    assert settled(client, name)["RetentionPeriodHours"] == 8760
    ask("DecreaseStreamRetentionPeriod", **stream, RetentionPeriodHours=25)
    assert settled(client, name)["RetentionPeriodHours"] == 25
    key = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    ask("StartStreamEncryption", **stream, **key)
    assert (settled(client, name)["EncryptionType"], settled(client, name)["KeyId"]) == ("KMS", "alias/aws/kinesis")
    ask("StopStreamEncryption", **stream, **key)
    assert settled(client, name)["EncryptionType"] == "NONE"
    metrics = ask("EnableEnhancedMonitoring", **stream, ShardLevelMetrics=["IncomingBytes", "IncomingRecords"])
    assert (metrics["CurrentShardLevelMetrics"], metrics["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes", "IncomingRecords"])
    metrics = ask("DisableEnhancedMonitoring", **stream, ShardLevelMetrics=["IncomingBytes"])
    assert metrics["DesiredShardLevelMetrics"] == ["IncomingRecords"]
    ask("UpdateMaxRecordSize", StreamARN=arn(name), MaxRecordSizeInKiB=2048)
    assert settled(client, name)["MaxRecordSizeInKiB"] == 2048
    ask("UpdateStreamMode", StreamARN=arn(name), StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert settled(client, name)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    commitment = ask("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    assert commitment["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED"
    assert ask("DescribeAccountSettings")["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED"
    warm = ask("UpdateStreamWarmThroughput", **stream, WarmThroughputMiBps=100)
    assert (warm["WarmThroughput"]["TargetMiBps"], settled(client, name)["WarmThroughput"]["CurrentMiBps"]) == (100, 100)
    ask("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "DISABLED"})
    # Tags.
    ask("AddTagsToStream", **stream, Tags={"b": "2"})
    ask("TagResource", **resource, Tags={"c:d": "3"})
    pairs = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}, {"Key": "c:d", "Value": "3"}]
    assert ask("ListTagsForStream", **stream)["Tags"] == pairs
    assert ask("ListTagsForResource", **resource)["Tags"] == pairs
    ask("RemoveTagsFromStream", **stream, TagKeys=["a"])
    ask("UntagResource", **resource, TagKeys=["b"])
    assert ask("ListTagsForResource", **resource)["Tags"] == pairs[2:]
    # Policies.
    text = policy(arn(name))
    ask("PutResourcePolicy", **resource, Policy=text)
    assert ask("GetResourcePolicy", **resource)["Policy"] == text
    ask("DeleteResourcePolicy", **resource)
    assert ask("GetResourcePolicy", **resource)["Policy"] == "{}"
    # Consumers.
    made = ask("RegisterStreamConsumer", StreamARN=arn(name), ConsumerName="c")["Consumer"]
    assert made["ConsumerARN"].startswith(f"{arn(name)}/consumer/c:")
    assert ask("DescribeStreamConsumer", ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]["StreamARN"] == arn(name)
    assert [consumer["ConsumerName"] for consumer in ask("ListStreamConsumers", StreamARN=arn(name))["Consumers"]] == ["c"]
    if "SubscribeToShard" in client.operations:
        stream_of_events = ask("SubscribeToShard", ConsumerARN=made["ConsumerARN"], ShardId="shardId-000000000000",
                               StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
        event = next(iter(stream_of_events))["SubscribeToShardEvent"]
        assert [record["Data"] for record in event["Records"]] == [b"first", b"second", b"third"]
        stream_of_events.close()
    ask("DeregisterStreamConsumer", ConsumerARN=made["ConsumerARN"])
    assert ask("ListStreamConsumers", StreamARN=arn(name))["Consumers"] == []
    ask("DeleteStream", **stream)
    assert client.refusal("DescribeStream", **stream) == missing(name)
    assert client.done == client.operations


def policy(resource):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["kinesis:PutRecord"], "Resource": resource}]})


def missing(stream):
    return "ResourceNotFoundException", f"Stream {stream} {PLACE} not found."


def broken(value, path, rule):
    return "ValidationException", f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"


NAME = "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
SHARD = "shardId-000000000000"
# What each operation on a stream needs beside its name, and those that know streams by their ARNs alone.
BY_NAME = {
    "DescribeStream": {}, "DescribeStreamSummary": {}, "ListShards": {}, "DeleteStream": {}, "ListTagsForStream": {},
    "PutRecord": {"Data": "d", "PartitionKey": "p"}, "PutRecords": {"Records": [{"Data": "d", "PartitionKey": "p"}]},
    "SplitShard": {"ShardToSplit": SHARD, "NewStartingHashKey": "7"}, "MergeShards": {"ShardToMerge": SHARD, "AdjacentShardToMerge": SHARD},
    "UpdateShardCount": {"TargetShardCount": 1, "ScalingType": "UNIFORM_SCALING"},
    "IncreaseStreamRetentionPeriod": {"RetentionPeriodHours": 25}, "DecreaseStreamRetentionPeriod": {"RetentionPeriodHours": 25},
    "StartStreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
    "StopStreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
    "EnableEnhancedMonitoring": {"ShardLevelMetrics": ["ALL"]}, "DisableEnhancedMonitoring": {"ShardLevelMetrics": ["ALL"]},
    "AddTagsToStream": {"Tags": {"a": "b"}}, "RemoveTagsFromStream": {"TagKeys": ["a"]},
    "UpdateStreamWarmThroughput": {"WarmThroughputMiBps": 10},
}
BY_ARN = {
    "UpdateStreamMode": {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "UpdateMaxRecordSize": {"MaxRecordSizeInKiB": 2048},
    "RegisterStreamConsumer": {"ConsumerName": "c"}, "ListStreamConsumers": {}, "DescribeStreamConsumer": {"ConsumerName": "c"},
    "DeregisterStreamConsumer": {"ConsumerName": "c"},
}
BY_RESOURCE = {
    "TagResource": {"Tags": {"a": "b"}}, "UntagResource": {"TagKeys": ["a"]}, "ListTagsForResource": {},
    "GetResourcePolicy": {}, "DeleteResourcePolicy": {}, "PutResourcePolicy": {"Policy": policy(arn("nowhere"))},
}


def test_a_stream_that_is_not_there(client):
    for operation, more in BY_NAME.items():
        assert client.refusal(operation, **named(client, "nowhere"), **more) == missing("nowhere"), operation
    for member, table in ("StreamARN", BY_ARN), ("ResourceARN", BY_RESOURCE):
        for operation, more in table.items():
            assert client.refusal(operation, **{member: arn("nowhere")}, **more) == missing("nowhere"), operation
    assert client.refusal("GetShardIterator", **named(client, "nowhere"), ShardId="0", ShardIteratorType="LATEST") == (
        "ResourceNotFoundException", f"Shard {SHARD} in stream nowhere {PLACE} does not exist")


def test_a_name_with_a_blank(client):
    for operation, more in {**BY_NAME, "CreateStream": {"ShardCount": 1}}.items():
        assert client.refusal(operation, StreamName="no where", **more) == broken("no where", "streamName", NAME), operation
    pattern = "satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"
    for operation, more in BY_ARN.items():
        assert client.refusal(operation, StreamARN="nowhere", **more) == broken("nowhere", "streamARN", pattern), operation


def refusals(name, consumer):
    """(operation, input, code, message) of what is wrong in the operation's own way; `name` has two shards and a consumer."""
    stream, by_arn, resource = {"StreamName": name}, {"StreamARN": arn(name)}, {"ResourceARN": arn(name)}
    argument, found, used = "InvalidArgumentException", "ResourceNotFoundException", "ResourceInUseException"
    place = f"in stream {name} {PLACE}"
    yield "CreateStream", {**stream, "ShardCount": 1}, used, f"Stream {name} {PLACE} already exists."
    yield "CreateStream", {"StreamName": name + "-more", "StreamModeDetails": {"StreamMode": "PROVISIONED"}}, "ValidationException", (
        "ShardCount must be provided for a stream in PROVISIONED mode.")
    yield "CreateStream", {"StreamName": name + "-more", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": 1}, (
        "ValidationException"), "ShardCount cannot be provided for a stream in ON_DEMAND mode."
    yield "ListStreams", {"Limit": 10_001}, *broken(10_001, "limit", "have value less than or equal to 10000")
    yield "ListStreams", {"NextToken": "none"}, argument, "Invalid NextToken."
    yield "DescribeStream", {**stream, "Limit": 10_001}, *broken(10_001, "limit", "have value less than or equal to 10000")
    yield "ListShards", {}, argument, "Either NextToken or StreamName should be provided."
    yield "ListShards", {**stream, "NextToken": "none"}, argument, "NextToken and StreamName cannot be provided together."
    out_of_range = f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {2**128}"
    entry = {"Data": "d", "PartitionKey": "p", "ExplicitHashKey": str(2**128)}
    yield "PutRecord", {**stream, **entry}, argument, out_of_range
    yield "PutRecords", {**stream, "Records": [entry]}, argument, out_of_range
    yield "PutRecord", {**stream, "Data": "d", "PartitionKey": "p" * 257}, *broken(
        "p" * 257, "partitionKey", "have length less than or equal to 256")
    yield "PutRecord", {**stream, "Data": "d", "PartitionKey": "p", "SequenceNumberForOrdering": "9" * 60}, argument, (
        f"ExclusiveMinimumSequenceNumber {'9' * 60} used in PutRecord on stream {name} {PLACE} is invalid.")
    iterator = {**stream, "ShardId": SHARD}
    yield "GetShardIterator", {**iterator, "ShardId": "5", "ShardIteratorType": "LATEST"}, found, (
        f"Shard shardId-000000000005 {place} does not exist")
    yield "GetShardIterator", {**iterator, "ShardId": "none", "ShardIteratorType": "LATEST"}, found, f"Could not find shard none {place}."
    yield "GetShardIterator", {**iterator, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}, argument, (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and "
        "no StartingSequenceNumber. Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")
    yield "GetShardIterator", {**iterator, "ShardIteratorType": "AT_TIMESTAMP"}, argument, (
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.")
    yield "GetRecords", {"ShardIterator": "none"}, argument, "Invalid ShardIterator."
    yield "GetRecords", {"ShardIterator": "none", "Limit": 10_001}, *broken(10_001, "limit", "have value less than or equal to 10000")
    for key in "1", str(2**127 - 1):
        yield "SplitShard", {**stream, "ShardToSplit": SHARD, "NewStartingHashKey": key}, argument, (
            f"NewStartingHashKey {key} used in SplitShard() on shard {SHARD} {place} is not both greater than one plus the shard's "
            f"StartingHashKey 0 and less than the shard's EndingHashKey {2**127 - 1}.")
    yield "SplitShard", {**stream, "ShardToSplit": "9", "NewStartingHashKey": "7"}, found, (
        f"Could not find shard shardId-000000000009 {place}.")
    yield "MergeShards", {**stream, "ShardToMerge": "1", "AdjacentShardToMerge": "0"}, argument, (
        f"Shards shardId-000000000001 and {SHARD} {place} are not an adjacent pair of shards eligible for merging")
    yield "UpdateShardCount", {**stream, "TargetShardCount": 5, "ScalingType": "UNIFORM_SCALING"}, "LimitExceededException", (
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 2 Target shard count: 5")
    yield "IncreaseStreamRetentionPeriod", {**stream, "RetentionPeriodHours": 8761}, argument, (
        "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.")
    yield "DecreaseStreamRetentionPeriod", {**stream, "RetentionPeriodHours": 23}, argument, (
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.")
    yield "DecreaseStreamRetentionPeriod", {**stream, "RetentionPeriodHours": 25}, argument, (
        f"Requested retention period (25 hours) for stream {name} can not be longer than existing retention period (24 hours). "
        "Use IncreaseRetentionPeriod API.")
    for operation in "StartStreamEncryption", "StopStreamEncryption":
        yield operation, {**stream, "EncryptionType": "KMS", "KeyId": "no key"}, argument, "KeyId no key is not the name of a key."
    metrics = ("satisfy enum value set: [IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, "
               "ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, ALL]")
    for operation in "EnableEnhancedMonitoring", "DisableEnhancedMonitoring":
        yield operation, {**stream, "ShardLevelMetrics": ["Steam"]}, *broken("Steam", "shardLevelMetrics.1.member", metrics)
    yield "UpdateMaxRecordSize", {**by_arn, "MaxRecordSizeInKiB": 10_241}, *broken(
        10_241, "maxRecordSizeInKiB", "have value less than or equal to 10240")
    yield "UpdateStreamMode", {**by_arn, "StreamModeDetails": {"StreamMode": "OFTEN"}}, *broken(
        "OFTEN", "streamModeDetails.streamMode", "satisfy enum value set: [PROVISIONED, ON_DEMAND]")
    yield "UpdateStreamWarmThroughput", {**stream, "WarmThroughputMiBps": 10}, "ValidationException", (
        "WarmThroughputMiBps can only be provided for a stream in ON_DEMAND mode.")
    yield "UpdateAccountSettings", {"MinimumThroughputBillingCommitment": {"Status": "PERHAPS"}}, *broken(
        "PERHAPS", "minimumThroughputBillingCommitment.status", "satisfy enum value set: [ENABLED, DISABLED]")
    invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
    yield "AddTagsToStream", {**stream, "Tags": {"a;b": "c"}}, argument, invalid
    yield "TagResource", {**resource, "Tags": {"a;b": "c"}}, argument, invalid
    yield "RemoveTagsFromStream", {**stream, "TagKeys": ["a%"]}, argument, (
        f"Failed to remove tags from stream {name} {PLACE} because some tags contained illegal characters. The allowed characters are Unicode "
        "letters, white-spaces, '_',',','/','=','+','-','@'.")
    yield "ListTagsForStream", {**stream, "Limit": 51}, *broken(51, "limit", "have value less than or equal to 50")
    yield "PutResourcePolicy", {**resource, "Policy": "?"}, argument, "Policy validation error: This policy contains invalid Json"
    elsewhere = arn(name, region="eu-west-1")
    for operation, more in ("GetResourcePolicy", {}), ("DeleteResourcePolicy", {}), ("PutResourcePolicy", {"Policy": "?"}):
        yield operation, {"ResourceARN": elsewhere, **more}, argument, (
            f"The region specified in the ARN '{elsewhere}' does not match the endpoint region")
    yield "DeleteResourcePolicy", resource, found, f"No resource policy found for resource ARN {arn(name)}."
    yield "RegisterStreamConsumer", {**by_arn, "ConsumerName": "c"}, used, (
        f"Consumer c under stream {name} already exists for account {ACCOUNT}.")
    for operation in "DescribeStreamConsumer", "DeregisterStreamConsumer":
        yield operation, {**by_arn, "ConsumerName": "d"}, found, f"Consumer d under stream: {name}, account {ACCOUNT} not found."
        yield operation, {}, argument, "Either ConsumerARN or both StreamARN and ConsumerName should be provided."
    yield "ListStreamConsumers", {**by_arn, "NextToken": "none"}, argument, "Invalid NextToken."
    yield "DeleteStream", stream, used, (
        f"DeleteStream can't delete {ACCOUNT}:{name} because there are consumers associated with this data stream. To delete {name} anyway, "
        "set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.")
    start = {"StartingPosition": {"Type": "LATEST"}}
    yield "SubscribeToShard", {"ConsumerARN": consumer, "ShardId": "9", **start}, found, f"Shard shardId-000000000009 {place} does not exist"
    yield "SubscribeToShard", {"ConsumerARN": consumer[:-1] + "x", "ShardId": "0", **start}, *broken(
        consumer[:-1] + "x", "consumerARN", "satisfy regular expression pattern: ^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+"
        "\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+")


def test_each_is_refused(client, start, kind, name):
    client.ask("CreateStream", StreamName=name, ShardCount=2)
    consumer = client.ask("RegisterStreamConsumer", StreamARN=arn(name), ConsumerName="c")["Consumer"]["ConsumerARN"]
    for operation, document, code, message in refusals(name, consumer):
        if operation in client.operations:
            assert client.refusal(operation, **document) == (code, message), (operation, document)
    # Who asks for nothing in particular can only ask too often; the clock stands still, so that it does.
    limited = start("--kinesis-limits", "aws")
    assert limited.http("POST", "/_personalite/clock", body=b'{"rate": 0}').status == 200
    hasty = kind(limited)
    for operation, most in ("DescribeLimits", 1), ("DescribeAccountSettings", 5):
        for _ in range(most):
            hasty.ask(operation)
        assert hasty.refusal(operation) == ("LimitExceededException", f"Rate exceeded for account {ACCOUNT}.")
    hasty.close()
    test_a_stream_that_is_not_there(client)
    assert client.refused | hasty.refused == client.operations
