"""Notifications of many objects at once."""

import json

from harness import ROLE, until
from test_faults import rules
from test_s3_notifications import Told


def test_objects_that_one_delivery_writes_are_each_told(start, name):
    """Many objects in one moment of a clock that stands still, while the function's queue takes none."""
    server = start()
    server.clock(rate=0)
    told = Told(server, name)
    told.put(told.target("s3:ObjectCreated:*"))
    firehose = server.client("firehose")
    query = [{"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{kind: .kind}"}, {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]
    firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
        "RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{told.bucket}", "Prefix": "!{partitionKeyFromQuery:kind}/", "ErrorOutputPrefix": "bad/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}, "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "MetadataExtraction", "Parameters": query}]}})
    rule = {"service": "lambda", "operation": "Invoke", "error": {"statusCode": 429, "code": "TooManyRequestsException"}}
    assert rules(server, "POST", [rule])[0] == 200
    firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": json.dumps({"kind": f"k{number}"}).encode()} for number in range(12)])
    server.clock(advance=61)
    until(lambda: told.s3.list_objects_v2(Bucket=told.bucket)["KeyCount"] == 12, 30, "the objects")
    assert rules(server, "DELETE", None)[0] == 200
    assert {record["s3"]["object"]["key"].split("/")[0] for record in told.told(12)} == {f"k{number}" for number in range(12)}
