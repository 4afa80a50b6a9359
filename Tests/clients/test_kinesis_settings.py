"""What can be changed in a stream but its shards: retention, encryption, mode, record size, tags."""

import pytest

from test_kinesis import arn, make
from test_kinesis_records import data, iterator, put
from test_s3 import refusal


@pytest.fixture
def stream(kinesis, name):
    return make(kinesis, name)


def hours(kinesis, stream):
    return kinesis.describe_stream(StreamName=stream)["StreamDescription"]["RetentionPeriodHours"]


def test_retention_goes_up_and_down(kinesis, stream):
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=8760)
    assert hours(kinesis, stream) == 8760
    kinesis.decrease_stream_retention_period(StreamARN=arn(stream), RetentionPeriodHours=48)
    assert hours(kinesis, stream) == 48


@pytest.mark.parametrize("call, period, text", [
    ("increase", 23, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."),
    ("decrease", 0, "Minimum allowed retention period is 24 hours. Requested retention period (0 hours) is too short."),
    ("increase", 8761, "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."),
    ("increase", 47, "Requested retention period (47 hours) for stream {} can not be shorter than existing retention period (48 hours). "
                     "Use DecreaseRetentionPeriod API."),
    ("decrease", 49, "Requested retention period (49 hours) for stream {} can not be longer than existing retention period (48 hours). "
                     "Use IncreaseRetentionPeriod API."),
])
def test_periods_that_are_refused(kinesis, stream, call, period, text):
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    change = getattr(kinesis, f"{call}_stream_retention_period")
    assert refusal(change, StreamName=stream, RetentionPeriodHours=period) == (400, "InvalidArgumentException", text.format(stream))
    assert hours(kinesis, stream) == 48


def test_encryption_shows_in_every_answer(kinesis, stream):
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    described = kinesis.describe_stream(StreamName=stream)["StreamDescription"]
    assert (described["EncryptionType"], described["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="p")["EncryptionType"] == "KMS"
    assert kinesis.put_records(StreamName=stream, Records=[{"Data": b"y", "PartitionKey": "p"}])["EncryptionType"] == "KMS"
    assert {record["EncryptionType"] for record in kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"]} == {"KMS"}
    assert refusal(kinesis.start_stream_encryption, StreamName=stream, EncryptionType="KMS", KeyId="?")[1] == "InvalidArgumentException"
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    described = kinesis.describe_stream(StreamName=stream)["StreamDescription"]
    assert described["EncryptionType"] == "NONE" and "KeyId" not in described


def test_the_mode_changes_and_the_shards_stay(kinesis, stream):
    before = kinesis.list_shards(StreamName=stream)["Shards"]
    for mode in ("ON_DEMAND", "ON_DEMAND", "PROVISIONED"):
        kinesis.update_stream_mode(StreamARN=arn(stream), StreamModeDetails={"StreamMode": mode})
        assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamModeDetails"] == {"StreamMode": mode}
    assert kinesis.list_shards(StreamName=stream)["Shards"] == before


def test_larger_records(kinesis, stream):
    large = bytes(3 << 20)
    assert refusal(kinesis.put_record, StreamName=stream, Data=large, PartitionKey="p")[1] == "InvalidArgumentException"
    kinesis.update_max_record_size(StreamARN=arn(stream), MaxRecordSizeInKiB=4096)
    assert kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["MaxRecordSizeInKiB"] == 4096
    put(kinesis, stream, large)
    assert data(kinesis.get_records(ShardIterator=iterator(kinesis, stream))) == [large]


def test_tags(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"first": "1"})
    kinesis.add_tags_to_stream(StreamName=name, Tags={"b": "2", "a": ""})
    kinesis.tag_resource(ResourceARN=arn(name), Tags={"b": "two", "größe": "x y"})
    listed = kinesis.list_tags_for_stream(StreamName=name)
    assert (listed["HasMoreTags"], [(tag["Key"], tag["Value"]) for tag in listed["Tags"]]) == (
        False, [("a", ""), ("b", "two"), ("first", "1"), ("größe", "x y")])
    page = kinesis.list_tags_for_stream(StreamName=name, Limit=2, ExclusiveStartTagKey="aa")
    assert ([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]) == (["b", "first"], True)
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["a", "never"])
    kinesis.untag_resource(ResourceARN=arn(name), TagKeys=["b"])
    assert [tag["Key"] for tag in kinesis.list_tags_for_resource(ResourceARN=arn(name))["Tags"]] == ["first", "größe"]
    kinesis.delete_stream(StreamName=name)
    kinesis.create_stream(StreamName=name, ShardCount=1)
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == []


def test_tags_that_are_refused(kinesis, stream):
    invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
    assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags={"a;b": "c"}) == (400, "InvalidArgumentException", invalid)
    illegal = (f"Failed to add tags to stream {stream} under account 000000000000 because some tags contained illegal characters. "
               "The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.")
    assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags={"a%": "c"}) == (400, "InvalidArgumentException", illegal)
    many = (f"Failed to add tags to stream {stream} under account 000000000000 because a given stream cannot have more than 10 tags "
            "associated with it.")
    assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags={str(number): "" for number in range(51)}) == (
        400, "InvalidArgumentException", many)
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == []


def test_only_the_newer_operations_take_colons_in_tags(kinesis, stream, name):
    invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
    refused = (400, "InvalidArgumentException", invalid)
    for tags in {"a:b": "c"}, {"a": "b:c"}:
        assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags=tags) == refused
        assert refusal(kinesis.create_stream, StreamName=f"{name}-more", ShardCount=1, Tags=tags) == refused
        kinesis.tag_resource(ResourceARN=arn(stream), Tags=tags)
    assert refusal(kinesis.remove_tags_from_stream, StreamName=stream, TagKeys=["a:b"]) == refused
    assert [(tag["Key"], tag["Value"]) for tag in kinesis.list_tags_for_stream(StreamName=stream)["Tags"]] == [("a", "b:c"), ("a:b", "c")]
    kinesis.untag_resource(ResourceARN=arn(stream), TagKeys=["a:b"])
    consumer = kinesis.register_stream_consumer(StreamARN=arn(stream), ConsumerName="c", Tags={"team:x": "y:z"})["Consumer"]["ConsumerARN"]
    assert kinesis.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [{"Key": "team:x", "Value": "y:z"}]
    for text in ";", ",", "\t", "\n", "!", "💣":
        for tags in {f"a{text}b": "c"}, {"a": f"b{text}c"}:
            assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags=tags) == refused
            assert refusal(kinesis.tag_resource, ResourceARN=arn(stream), Tags=tags) == refused
    every = "Größe 1_./=+-@"
    kinesis.add_tags_to_stream(StreamName=stream, Tags={every: every})
    kinesis.tag_resource(ResourceARN=arn(stream), Tags={every + ":": every + ":"})


def test_a_dry_run_does_nothing(server, kinesis, stream):
    at = iterator(kinesis, stream)
    for operation, document in (("PutRecord", {"StreamName": stream, "Data": "", "PartitionKey": "p"}),
                                ("PutRecords", {"StreamName": stream, "Records": [{"Data": "", "PartitionKey": "p"}]}),
                                ("GetRecords", {"ShardIterator": at}),
                                ("GetShardIterator", {"StreamName": stream, "ShardId": "0", "ShardIteratorType": "LATEST"})):
        answer = server.call("kinesis", operation, {**document, "DryRun": True})
        assert (answer.status, answer.json["__type"]) == (400, "DryRunOperationException")
    assert data(kinesis.get_records(ShardIterator=at)) == []


METRICS = ["IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
           "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds"]


def test_enhanced_monitoring(kinesis, stream):
    first = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["OutgoingBytes", "IncomingBytes"])
    assert (first["StreamName"], first["StreamARN"]) == (stream, arn(stream))
    assert (first["CurrentShardLevelMetrics"], first["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes", "OutgoingBytes"])
    every = kinesis.enable_enhanced_monitoring(StreamARN=arn(stream), ShardLevelMetrics=["ALL"])
    assert (every["CurrentShardLevelMetrics"], every["DesiredShardLevelMetrics"]) == (["IncomingBytes", "OutgoingBytes"], METRICS)
    for described in (kinesis.describe_stream(StreamName=stream)["StreamDescription"],
                      kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]):
        assert described["EnhancedMonitoring"] == [{"ShardLevelMetrics": METRICS}]
    fewer = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=METRICS[:6])
    assert fewer["DesiredShardLevelMetrics"] == METRICS[6:]
    assert kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["ALL"])["DesiredShardLevelMetrics"] == []
    assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert refusal(kinesis.enable_enhanced_monitoring, StreamName=stream, ShardLevelMetrics=["Bytes"])[1] == "ValidationException"
    assert refusal(kinesis.enable_enhanced_monitoring, StreamName="nowhere", ShardLevelMetrics=["ALL"])[1] == "ResourceNotFoundException"


def commit(kinesis, status):
    return kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": status})["MinimumThroughputBillingCommitment"]


def test_account_settings_belong_to_an_account_and_region(server):
    kinesis = server.client("kinesis", region="eu-north-1")
    assert kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"] == {"Status": "DISABLED"}
    enabled = commit(kinesis, "ENABLED")
    assert enabled["Status"] == "ENABLED" and (enabled["EarliestAllowedEndAt"] - enabled["StartedAt"]).total_seconds() == 86400
    assert commit(kinesis, "DISABLED") == enabled | {"Status": "ENABLED_UNTIL_EARLIEST_ALLOWED_END"}
    assert commit(kinesis, "ENABLED") == enabled
    assert kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"] == enabled
    elsewhere = server.client("kinesis", region="eu-south-1")
    assert elsewhere.describe_account_settings()["MinimumThroughputBillingCommitment"] == {"Status": "DISABLED"}


def test_warm_throughput_needs_the_mode_and_the_commitment(server, name):
    kinesis = server.client("kinesis", region="eu-west-2")
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = lambda of=name: kinesis.describe_stream_summary(StreamName=of)["StreamDescriptionSummary"]
    assert "WarmThroughput" not in summary()
    warm = {"StreamName": name, "WarmThroughputMiBps": 100}
    assert refusal(kinesis.update_stream_warm_throughput, **warm)[1] == "ValidationException"
    assert refusal(kinesis.create_stream, StreamName="w", StreamModeDetails={"StreamMode": "ON_DEMAND"}, WarmThroughputMiBps=5)[1] == "ValidationException"
    commit(kinesis, "ENABLED")
    answer = kinesis.update_stream_warm_throughput(**warm)
    assert (answer["StreamName"], answer["WarmThroughput"]["TargetMiBps"]) == (name, 100)
    assert summary()["WarmThroughput"] == {"TargetMiBps": 100, "CurrentMiBps": 100}
    assert refusal(kinesis.update_stream_warm_throughput, StreamName=name, WarmThroughputMiBps=10241)[1] == "InvalidArgumentException"
    kinesis.create_stream(StreamName=name + "w", StreamModeDetails={"StreamMode": "ON_DEMAND"}, WarmThroughputMiBps=7)
    assert summary(name + "w")["WarmThroughput"] == {"TargetMiBps": 7, "CurrentMiBps": 7}
    kinesis.update_stream_mode(StreamARN=summary()["StreamARN"], StreamModeDetails={"StreamMode": "PROVISIONED"})
    assert "WarmThroughput" not in summary()
    assert refusal(kinesis.update_stream_warm_throughput, **warm)[1] == "ValidationException"
    kinesis.update_stream_mode(StreamARN=summary()["StreamARN"], StreamModeDetails={"StreamMode": "ON_DEMAND"}, WarmThroughputMiBps=9)
    assert summary()["WarmThroughput"] == {"TargetMiBps": 9, "CurrentMiBps": 9}


def test_the_distribution_strategy(kinesis, name):
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    strategy = lambda: kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["RecordDistributionStrategy"]
    change = lambda to: kinesis.update_stream_record_distribution_strategy(StreamARN=arn(name), RecordDistributionStrategy=to)
    assert strategy() == "USER_PARTITION_KEY"
    change("AUTO")
    assert strategy() == "AUTO"
    assert len({kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="same")["ShardId"] for _ in range(60)}) > 1
    assert refusal(kinesis.update_stream_mode, StreamARN=arn(name), StreamModeDetails={"StreamMode": "PROVISIONED"})[1] == "InvalidArgumentException"
    change("USER_PARTITION_KEY")
    assert len({kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="same")["ShardId"] for _ in range(60)}) == 1
    kinesis.update_stream_mode(StreamARN=arn(name), StreamModeDetails={"StreamMode": "PROVISIONED"})
    assert refusal(kinesis.update_stream_record_distribution_strategy, StreamARN=arn(name), RecordDistributionStrategy="AUTO")[1] == "InvalidArgumentException"
