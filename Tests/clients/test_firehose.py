"""Amazon Data Firehose, by boto3 and by `aws firehose`."""

import datetime
import gzip
import json
import re
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import ACCOUNT, REGION, ROLE, Server, until
from test_s3 import refusal

PLAIN = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::out"}


def arn(name):
    return f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"


def objects(server, bucket="out", prefix=""):
    """The objects of a bucket by key, in the order of their keys."""
    s3 = server.client("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def delivered(server, count=1, **where):
    until(lambda: len(objects(server, **where)) >= count, what="objects")
    return objects(server, **where)


@pytest.fixture
def frozen(start):
    """A server of a test's own, whose clock stands still, with a bucket."""
    server = start()
    server.clock(rate=0)
    server.client("s3").create_bucket(Bucket="out")
    return server


def create(server, name, **extended):
    return server.client("firehose").create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration={**PLAIN, **extended}
    )


def test_a_stream_is_made_described_and_deleted(server, name):
    firehose = server.client("firehose")
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    made = firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=PLAIN, Tags=tags)
    assert made["DeliveryStreamARN"] == arn(name)
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert (shown["DeliveryStreamStatus"], shown["DeliveryStreamType"], shown["VersionId"]) == ("ACTIVE", "DirectPut", "1")
    [destination] = shown["Destinations"]
    assert destination["DestinationId"] == "destinationId-000000000001" and not shown["HasMoreDestinations"]
    extended = destination["ExtendedS3DestinationDescription"]
    assert extended["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300} == destination["S3DestinationDescription"]["BufferingHints"]
    assert (extended["CompressionFormat"], extended["S3BackupMode"]) == ("UNCOMPRESSED", "Disabled")
    assert extended["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    assert refusal(firehose.create_delivery_stream, DeliveryStreamName=name, S3DestinationConfiguration=PLAIN) == (
        400, "ResourceInUseException", f"Firehose {name} under accountId {ACCOUNT} already exists",
    )
    listed = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name, Limit=1)
    assert (listed["Tags"], listed["HasMoreTags"]) == ([{"Key": "a", "Value": "1"}], True)
    firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["a"])
    firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "b", "Value": "3"}, {"Key": "c"}])
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"] == [{"Key": "b", "Value": "3"}, {"Key": "c"}]
    firehose.start_delivery_stream_encryption(DeliveryStreamName=name)
    assert firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})["Encrypted"] is True
    firehose.stop_delivery_stream_encryption(DeliveryStreamName=name)
    assert firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})["Encrypted"] is False
    firehose.delete_delivery_stream(DeliveryStreamName=name)
    assert refusal(firehose.describe_delivery_stream, DeliveryStreamName=name) == (
        400, "ResourceNotFoundException", f"Firehose {name} under account {ACCOUNT} not found.",
    )


def test_streams_are_listed_in_pages_of_an_account_and_region(start):
    server = start()
    firehose = server.client("firehose")
    for number in range(12):
        create(server, f"s{number:02}")
    page = firehose.list_delivery_streams()
    assert (len(page["DeliveryStreamNames"]), page["HasMoreDeliveryStreams"]) == (10, True)
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="s09", DeliveryStreamType="DirectPut")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["s10", "s11"], False)
    assert firehose.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == []
    assert server.client("firehose", region="eu-west-1").list_delivery_streams()["DeliveryStreamNames"] == []
    assert server.client("firehose", key="123456789012").list_delivery_streams()["DeliveryStreamNames"] == []


def test_records_are_glued_together_once_the_interval_is_over(frozen):
    create(frozen, "s", Prefix="raw/")
    first = frozen.client("firehose").put_record(DeliveryStreamName="s", Record={"Data": b'{"n":1}'})
    assert first["RecordId"]
    answer = frozen.client("firehose").put_record_batch(DeliveryStreamName="s", Records=[{"Data": b'{"n":2}'}, {"Data": b'{"n":3}'}])
    assert answer["FailedPutCount"] == 0 and len(answer["RequestResponses"]) == 2
    frozen.clock(advance=299)
    now = frozen.clock(advance=2)
    [(key, body)] = delivered(frozen).items()
    assert body == b'{"n":1}{"n":2}{"n":3}'
    # The time in the key is that of the oldest record.
    moment = datetime.datetime.fromtimestamp(now - 301, datetime.timezone.utc)
    assert re.fullmatch(rf"raw/{moment:%Y/%m/%d/%H}/s-1-{moment:%Y-%m-%d-%H-%M-%S}-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", key)


def test_records_are_partitioned_by_their_keys(frozen):
    query = '{user: .user.id, day: (.sent | strftime("%Y-%m-%d"))}'
    parameters = [{"ParameterName": "MetadataExtractionQuery", "ParameterValue": query}, {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]
    processors = [{"Type": "MetadataExtraction", "Parameters": parameters}, {"Type": "AppendDelimiterToRecord"}]
    create(
        frozen, "s", Prefix="!{partitionKeyFromQuery:day}/user=!{partitionKeyFromQuery:user}/", ErrorOutputPrefix="bad/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60}, DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={"Enabled": True, "Processors": processors},
    )
    records = [{"user": {"id": user}, "sent": 1_700_000_000 + number} for number, user in enumerate(["a", "b", "a", 7])]
    texts = [json.dumps(record).encode() for record in records] + [b"no JSON"]
    frozen.client("firehose").put_record_batch(DeliveryStreamName="s", Records=[{"Data": text} for text in texts])
    frozen.clock(advance=61)
    found = {key.rsplit("/", 5)[0]: body for key, body in delivered(frozen, 4).items()}
    assert found.keys() == {"2023-11-14/user=a", "2023-11-14/user=b", "2023-11-14/user=7", "bad/processing-failed"}
    assert found["2023-11-14/user=a"] == texts[0] + b"\n" + texts[2] + b"\n" and found["2023-11-14/user=7"] == texts[3] + b"\n"
    assert json.loads(found["bad/processing-failed"])["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"


def test_a_full_buffer_does_not_wait(frozen):
    create(frozen, "s", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    records = [{"Data": bytes([letter]) * 300_000} for letter in b"abcd"]
    frozen.client("firehose").put_record_batch(DeliveryStreamName="s", Records=records)
    [body] = delivered(frozen).values()
    assert body == b"".join(record["Data"] for record in records)


def test_prefixes_compression_and_delimiters(frozen):
    create(
        frozen, "s", Prefix="y=!{timestamp:yyyy}/'m'=!{timestamp:MMM''dd}/!{firehose:random-string}/", ErrorOutputPrefix="bad/!{firehose:error-output-type}/",
        CompressionFormat="GZIP", ProcessingConfiguration={"Enabled": True, "Processors": [{
            "Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }]},
    )
    frozen.client("firehose").put_record_batch(DeliveryStreamName="s", Records=[{"Data": b"one"}, {"Data": b"two"}])
    frozen.clock(advance=301)
    [(key, body)] = delivered(frozen).items()
    assert re.match(r"y=\d{4}/'m'=[A-Z][a-z]{2}'\d\d/[a-z0-9]{11}/s-1-", key) and key.endswith(".gz")
    assert gzip.decompress(body) == b"one\ntwo\n"


def test_a_backup_has_the_records_as_they_came(frozen):
    frozen.client("s3").create_bucket(Bucket="backup")
    create(
        frozen, "s", FileExtension=".json", S3BackupMode="Enabled",
        S3BackupConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::backup", "Prefix": "kept/", "CompressionFormat": "GZIP"},
    )
    frozen.client("firehose").put_record(DeliveryStreamName="s", Record={"Data": b"text"})
    frozen.clock(advance=301)
    [(key, body)] = delivered(frozen).items()
    assert key.endswith(".json") and body == b"text"
    [(key, body)] = delivered(frozen, bucket="backup").items()
    assert key.startswith("kept/") and gzip.decompress(body) == b"text"


def test_updates_take_the_version_that_was_seen(frozen):
    firehose = frozen.client("firehose")
    create(frozen, "s")
    firehose.put_record(DeliveryStreamName="s", Record={"Data": b"x"})
    change = {"DeliveryStreamName": "s", "DestinationId": "destinationId-000000000001", "ExtendedS3DestinationUpdate": {"Prefix": "new/"}}
    assert refusal(firehose.update_destination, CurrentDeliveryStreamVersionId="7", **change) == (
        400, "ConcurrentModificationException",
        "Cannot update firehose: s since the current version id: 1 and specified version id: 7 do not match",
    )
    firehose.update_destination(CurrentDeliveryStreamVersionId="1", **change)
    shown = firehose.describe_delivery_stream(DeliveryStreamName="s")["DeliveryStreamDescription"]
    assert shown["VersionId"] == "2" and shown["Destinations"][0]["S3DestinationDescription"]["Prefix"] == "new/"
    frozen.clock(advance=301)
    [key] = delivered(frozen)
    assert key.startswith("new/") and "/s-2-" in key


def test_a_bucket_that_is_not_there_is_waited_for(start):
    server = start()
    server.clock(rate=0)
    create(server, "s")
    server.client("firehose").put_record(DeliveryStreamName="s", Record={"Data": b"kept"})
    server.clock(advance=301)
    until(lambda: "could not deliver" in server.tail(), what="the warning")
    assert server.client("s3").list_buckets()["Buckets"] == []
    server.client("s3").create_bucket(Bucket="out")
    assert list(delivered(server).values()) == [b"kept"]


def test_a_stream_is_delivered_from_where_the_delivery_stream_began(frozen):
    kinesis, firehose = frozen.client("kinesis"), frozen.client("firehose")
    kinesis.create_stream(StreamName="source", ShardCount=1)
    kinesis.put_record(StreamName="source", Data=b"before", PartitionKey="k")
    frozen.clock(advance=1)
    source = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/source"
    firehose.create_delivery_stream(
        DeliveryStreamName="s", DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": source, "RoleARN": ROLE}, S3DestinationConfiguration=PLAIN,
    )
    shown = firehose.describe_delivery_stream(DeliveryStreamName="s")["DeliveryStreamDescription"]
    assert shown["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"] == source
    assert refusal(firehose.put_record, DeliveryStreamName="s", Record={"Data": b"x"})[1:] == (
        "InvalidArgumentException", "This operation is not permitted on KinesisStreamAsSource delivery stream type.",
    )
    kinesis.put_record(StreamName="source", Data=b"one", PartitionKey="k")
    kinesis.update_shard_count(StreamName="source", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    frozen.clock(advance=2)
    until(lambda: kinesis.describe_stream_summary(StreamName="source")["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    for key in "abcdef":
        kinesis.put_record(StreamName="source", Data=b"two", PartitionKey=key)
    frozen.clock(advance=301)
    until(lambda: sum(map(len, objects(frozen).values())) >= 21, what="all records")
    assert sorted(re.findall(b"one|two|before", b"".join(objects(frozen).values()))) == [b"one"] + [b"two"] * 6


def test_what_is_not_carried_out_is_refused_by_name(server, name):
    firehose = server.client("firehose")
    splunk = {"HECEndpoint": "https://example.com", "HECEndpointType": "Raw", "HECToken": "t", "S3Configuration": PLAIN}
    assert "SplunkDestinationConfiguration is not carried out" in refusal(
        firehose.create_delivery_stream, DeliveryStreamName=name, SplunkDestinationConfiguration=splunk
    )[2]
    for member, value, said in [
        ("DataFormatConversionConfiguration", {"Enabled": True}, "DataFormatConversionConfiguration"),
        ("CompressionFormat", "Snappy", "The compression format Snappy"),
        ("CustomTimeZone", "Europe/Berlin", "The CustomTimeZone Europe/Berlin"),
        ("ProcessingConfiguration", {"Enabled": True, "Processors": [{"Type": "RecordDeAggregation"}]}, "The processor RecordDeAggregation"),
    ]:
        status, code, message = refusal(create, server=server, name=name, **{member: value})
        assert (status, code, message) == (400, "InvalidArgumentException", f"{said} is not carried out by personalite.")


@pytest.mark.parametrize("member, said", [
    ({"Prefix": "!{timestamp:yyyy}/"}, "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"),
    ({"Prefix": "!{timestamp:QQ}/", "ErrorOutputPrefix": "e"}, "!{timestamp:QQ}: the letter Q is not carried out by personalite"),
    ({"Prefix": "!{firehose:other}/", "ErrorOutputPrefix": "e"}, "!{firehose:other} is no expression"),
    ({"Prefix": "a!{b", "ErrorOutputPrefix": "e"}, "the expression is not closed"),
    ({"ErrorOutputPrefix": "!{timestamp:yyyy}"}, "ErrorOutputPrefix has expressions and no !{firehose:error-output-type}"),
    ({"BufferingHints": {"SizeInMBs": 1}}, "Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints"),
    ({"S3BackupMode": "Enabled"}, "S3BackupConfiguration must be provided when S3BackupMode is Enabled"),
    ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."),
    ({"Prefix": "!{partitionKeyFromQuery:k}/", "ErrorOutputPrefix": "e"},
     "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled."),
])
def test_wrong_settings_are_refused(server, name, member, said):
    assert refusal(create, server=server, name=name, **member) == (400, "InvalidArgumentException", said)


def test_limits(server, name):
    firehose = server.client("firehose", validate=False)
    create(server, name)
    put = {"DeliveryStreamName": name}
    status, code, message = refusal(firehose.put_record, Record={"Data": b"x" * 1_024_001}, **put)
    assert (status, code) == (400, "ValidationException") and "'record.data'" in message and "1024000" in message
    firehose.put_record(Record={"Data": b"x" * 1_024_000}, **put)
    assert refusal(firehose.put_record_batch, Records=[{"Data": b"x"}] * 501, **put)[1] == "ValidationException"
    large = [{"Data": b"x" * 1_000_000}] * 5
    assert refusal(firehose.put_record_batch, Records=large, **put)[1:] == ("InvalidArgumentException", "Records size exceeds 4 MB limit")
    assert refusal(firehose.put_record, DeliveryStreamName="no/name", Record={"Data": b"x"})[1] == "ValidationException"
    assert refusal(firehose.put_record, DeliveryStreamName="none", Record={"Data": b"x"})[1] == "ResourceNotFoundException"
    assert refusal(firehose.create_delivery_stream, DeliveryStreamName=f"{name}x")[1] == "InvalidArgumentException"
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "Firehose_20150804.Nothing"}
    answer = server.signed("POST", "/", b"{}", headers, service="firehose")
    assert answer.status == 400 and answer.json["__type"] == "UnknownOperationException"


def test_by_the_cli(server, name):
    server.aws("s3api", "create-bucket", "--bucket", f"out-{name}")
    destination = json.dumps({**PLAIN, "BucketARN": f"arn:aws:s3:::out-{name}", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}})
    made = server.aws("firehose", "create-delivery-stream", "--delivery-stream-name", name, "--extended-s3-destination-configuration", destination)
    assert made["DeliveryStreamARN"] == arn(name)
    server.aws("firehose", "put-record", "--delivery-stream-name", name, "--record", '{"Data":"text"}')
    assert b"".join(delivered(server, bucket=f"out-{name}").values()) == b"text"
    assert "ResourceNotFoundException" in server.aws("firehose", "delete-delivery-stream", "--delivery-stream-name", "none", fails=True)
    server.aws("firehose", "delete-delivery-stream", "--delivery-stream-name", name)


def test_a_stack_has_a_delivery_stream(server, name):
    cfn, firehose = server.client("cloudformation"), server.client("firehose")

    def template(**more):
        return json.dumps({"Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Source": {"Type": "AWS::Kinesis::Stream"},
            "Archive": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {
                "DeliveryStreamType": "KinesisStreamAsSource",
                "KinesisStreamSourceConfiguration": {"KinesisStreamARN": {"Fn::GetAtt": ["Source", "Arn"]}, "RoleARN": ROLE},
                "ExtendedS3DestinationConfiguration": {
                    "BucketARN": {"Fn::GetAtt": ["Bucket", "Arn"]}, "RoleARN": ROLE, "BufferingHints": {"IntervalInSeconds": "60", "SizeInMBs": 1}, **more,
                },
            }},
        }, "Outputs": {"Name": {"Value": {"Ref": "Archive"}}, "Arn": {"Value": {"Fn::GetAtt": ["Archive", "Arn"]}}}})

    def stack():
        return cfn.describe_stacks(StackName=name)["Stacks"][0]

    cfn.create_stack(StackName=name, TemplateBody=template(Prefix="a/"))
    until(lambda: stack()["StackStatus"] == "CREATE_COMPLETE", what="the stack")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack()["Outputs"]}
    assert outputs["Arn"] == arn(outputs["Name"])
    cfn.update_stack(StackName=name, TemplateBody=template(CompressionFormat="GZIP"))
    until(lambda: stack()["StackStatus"] == "UPDATE_COMPLETE", what="the update")
    shown = firehose.describe_delivery_stream(DeliveryStreamName=outputs["Name"])["DeliveryStreamDescription"]
    destination = shown["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert (shown["VersionId"], destination["CompressionFormat"], destination["Prefix"]) == ("2", "GZIP", "")
    assert destination["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 1}
    cfn.delete_stack(StackName=name)
    until(lambda: refusal(cfn.describe_stacks, StackName=name), what="the deletion")
    assert refusal(firehose.describe_delivery_stream, DeliveryStreamName=outputs["Name"])[1] == "ResourceNotFoundException"


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    acknowledged, counter, lock = set(), iter(range(10**9)), threading.Lock()
    for round_number in range(4):
        server = Server(tmp_path, "--data-dir", tmp_path / "data")
        try:
            firehose, kinesis = server.client("firehose"), server.client("kinesis")
            if round_number == 0:
                server.client("s3").create_bucket(Bucket="out")
                kinesis.create_stream(StreamName="source", ShardCount=2)
                create(server, "direct", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1}, Prefix="direct/")
                firehose.create_delivery_stream(
                    DeliveryStreamName="read", DeliveryStreamType="KinesisStreamAsSource",
                    KinesisStreamSourceConfiguration={"KinesisStreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/source", "RoleARN": ROLE},
                    ExtendedS3DestinationConfiguration={**PLAIN, "Prefix": "read/", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}},
                )

            def work(firehose=firehose, kinesis=kinesis):
                try:
                    while True:
                        with lock:
                            numbers = [next(counter) for _ in range(3)]
                        texts = [f"<{number:012}>" + "." * 400 for number in numbers]
                        firehose.put_record(DeliveryStreamName="direct", Record={"Data": texts[0].encode()})
                        with lock:
                            acknowledged.add(("direct", numbers[0]))
                        firehose.put_record_batch(DeliveryStreamName="direct", Records=[{"Data": text.encode()} for text in texts[1:2]])
                        with lock:
                            acknowledged.add(("direct", numbers[1]))
                        kinesis.put_record(StreamName="source", Data=texts[2].encode(), PartitionKey=str(numbers[2]))
                        with lock:
                            acknowledged.add(("read", numbers[2]))
                except (BotoCoreError, ClientError, OSError):
                    pass

            threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
            for thread in threads:
                thread.start()
            goal = len(acknowledged) + 600
            until(lambda: len(acknowledged) >= goal, 120, "acknowledgements")
            # In the middle of delivery: some objects are there, and more is on its way.
            until(lambda: len(objects(server)) > round_number, 60, "objects")
        finally:
            server.kill()
        for thread in threads:
            thread.join(60)
    server = Server(tmp_path, "--data-dir", tmp_path / "data")
    try:
        server.clock(advance=2)

        def found():
            return {
                (kind, int(number)) for kind in ("direct", "read")
                for number in re.findall(rb"<(\d{12})>", b"".join(objects(server, prefix=f"{kind}/").values()))
            }

        until(lambda: acknowledged <= found(), 60, "everything that was acknowledged")
        # What was delivered is not read again at the next start: the log has no more than what is open.
        assert server.stop() == 0
    finally:
        server.kill()
