"""Amazon CloudWatch, in JSON by boto3, in CBOR by cbor2, in the query protocol by plain forms, and by `aws cloudwatch`."""

import datetime
import gzip
import json
import re
import time
import urllib.parse

import cbor2
import pytest

from harness import ACCOUNT, REGION, ROLE, until
from test_s3 import refusal
from world import World, schema

UTC = datetime.timezone.utc


@pytest.fixture
def cloudwatch(server):
    return server.client("cloudwatch")


def minute(ago=0):
    now = datetime.datetime.now(UTC).replace(second=0, microsecond=0)
    return now - datetime.timedelta(minutes=ago)


def span(**more):
    return {"StartTime": minute(30), "EndTime": minute(-2), **more}


def query(metric, stat="Sum", period=60, **more):
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}, **more}


def test_values_are_summed_up_by_period(cloudwatch, name):
    dimensions = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
    data = [
        {"MetricName": "n", "Dimensions": dimensions, "Timestamp": minute(10), "Value": 1.5, "Unit": "Count"},
        {"MetricName": "n", "Dimensions": dimensions[::-1], "Timestamp": minute(10), "Values": [2.0, 4.0], "Counts": [1.0, 2.0], "Unit": "Count"},
        {"MetricName": "n", "Dimensions": dimensions, "Timestamp": minute(9), "Unit": "Count",
         "StatisticValues": {"SampleCount": 2.0, "Sum": 7.0, "Minimum": 3.0, "Maximum": 4.0}},
        {"MetricName": "n", "Value": 100.0, "Timestamp": minute(10)},
    ]
    cloudwatch.put_metric_data(Namespace=name, MetricData=data)
    metric = {"Namespace": name, "MetricName": "n", "Dimensions": dimensions}
    answer = cloudwatch.get_metric_statistics(**metric, **span(Period=60, Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"]))
    assert answer["Label"] == "n"
    assert [{**point, "Timestamp": point["Timestamp"].astimezone(UTC)} for point in answer["Datapoints"]] == [
        {"Timestamp": minute(10), "SampleCount": 4.0, "Average": 2.875, "Sum": 11.5, "Minimum": 1.5, "Maximum": 4.0, "Unit": "Count"},
        {"Timestamp": minute(9), "SampleCount": 2.0, "Average": 3.5, "Sum": 7.0, "Minimum": 3.0, "Maximum": 4.0, "Unit": "Count"},
    ]
    [result] = cloudwatch.get_metric_data(MetricDataQueries=[query(metric, Label="all")], **span())["MetricDataResults"]
    assert (result["Id"], result["Label"], result["StatusCode"], result["Values"]) == ("m1", "all", "Complete", [7.0, 11.5])
    [result] = cloudwatch.get_metric_data(
        MetricDataQueries=[query(metric, "Average", 3600)], StartTime=minute(180), EndTime=minute(-60), ScanBy="TimestampAscending",
    )["MetricDataResults"]
    assert sum(result["Values"]) > 0 and result["Timestamps"] == sorted(result["Timestamps"])
    # Pages of points go over all queries.
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=[query(metric)], **span(), PaginationConfig={"PageSize": 1}))
    assert [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]] == [7.0, 11.5]


def test_metrics_are_listed_by_what_they_have(cloudwatch, name):
    for kind in "ab":
        cloudwatch.put_metric_data(Namespace=name, MetricData=[{"MetricName": kind, "Dimensions": [{"Name": "k", "Value": kind}], "Value": 1}])
    listed = [metric["MetricName"] for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=name) for metric in page["Metrics"]]
    assert listed == ["a", "b"]
    assert [m["MetricName"] for m in cloudwatch.list_metrics(Namespace=name, Dimensions=[{"Name": "k", "Value": "b"}])["Metrics"]] == ["b"]
    assert len(cloudwatch.list_metrics(Namespace=name, Dimensions=[{"Name": "k"}], RecentlyActive="PT3H")["Metrics"]) == 2
    assert cloudwatch.list_metrics(Namespace=name, MetricName="c")["Metrics"] == []


def test_large_requests_are_compressed(cloudwatch, server, name):
    data = [{"MetricName": f"m{number}", "Dimensions": [{"Name": "name", "Value": "x" * 100}], "Value": number} for number in range(300)]
    cloudwatch.put_metric_data(Namespace=name, MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace=name)["Metrics"]) == 300
    target = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "GraniteServiceVersion20100801.ListMetrics"}
    for body in (b"no gzip", gzip.compress(b"{}")[:-9]):
        assert server.signed("POST", "/", body, {**target, "content-encoding": "gzip"}, service="monitoring").status == 400
    assert server.signed("POST", "/", gzip.compress(b"{}"), {**target, "content-encoding": "gzip"}, service="monitoring").status == 200


@pytest.mark.parametrize("change, code", [
    ({"Value": 1.0, "Timestamp": minute(15 * 24 * 60)}, "InvalidParameterValue"),
    ({"Value": 1.0, "Timestamp": minute(-180)}, "InvalidParameterValue"),
    ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
    ({}, "MissingParameter"),
    ({"Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue"),
    ({"Value": 1.0, "StorageResolution": 7}, "InvalidParameterValue"),
    ({"Value": 1.0, "Dimensions": [{"Name": "a", "Value": "1"}] * 2}, "InvalidParameterValue"),
    ({"StatisticValues": {"SampleCount": 0.0, "Sum": 0.0, "Minimum": 0.0, "Maximum": 0.0}}, "InvalidParameterValue"),
])
def test_wrong_values_are_refused(cloudwatch, name, change, code):
    assert refusal(cloudwatch.put_metric_data, Namespace=name, MetricData=[{"MetricName": "n", **change}])[:2] == (400, code)


def test_what_is_not_carried_out_is_refused_by_name(cloudwatch, name):
    metric = {"Namespace": name, "MetricName": "n"}
    refused = [
        (cloudwatch.get_metric_data, span(MetricDataQueries=[{"Id": "e", "Expression": "SUM(METRICS())"}]), "metric math"),
        (cloudwatch.get_metric_data, span(MetricDataQueries=[query(metric, "p99")]), "p99"),
        (cloudwatch.get_metric_statistics, span(**metric, Period=60, ExtendedStatistics=["p50"]), "ExtendedStatistics"),
        (cloudwatch.get_metric_statistics, span(**metric, Period=7, Statistics=["Sum"]), "Period"),
        (cloudwatch.describe_alarms, {"ChildrenOfAlarmName": "a"}, "ChildrenOfAlarmName"),
    ]
    for call, arguments, said in refused:
        status, code, message = refusal(call, **arguments)
        assert (status, code) == (400, "ValidationError") and said in message, message
    ours = {"Namespace": "AWS/Kinesis", "MetricData": [{"MetricName": "n", "Value": 1}]}
    assert refusal(cloudwatch.put_metric_data, **ours)[:2] == (400, "InvalidParameterValue")
    backwards = {"StartTime": minute(1), "EndTime": minute(2), "Period": 60, "Statistics": ["Sum"]}
    assert refusal(cloudwatch.get_metric_statistics, **metric, **backwards)[0] == 400
    many = {"StartTime": minute(2000), "EndTime": minute(), "Period": 60, "Statistics": ["Sum"]}
    assert refusal(cloudwatch.get_metric_statistics, **metric, **many)[1] == "InvalidParameterCombination"


def test_alarms_are_records_with_a_state(start):
    server = start("--data-dir", "data")
    cloudwatch = server.client("cloudwatch")
    alarm = {
        "AlarmName": "late", "MetricName": "n", "Namespace": "app", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:t"],
    }
    cloudwatch.put_metric_alarm(**alarm, Tags=[{"Key": "k", "Value": "v"}])
    [shown] = cloudwatch.describe_alarms(AlarmNames=["late"])["MetricAlarms"]
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:late"
    assert {**shown, **alarm} == shown
    assert (shown["AlarmArn"], shown["StateValue"], shown["StateReason"], shown["ActionsEnabled"], shown["OKActions"]) == (
        arn, "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", True, [],
    )
    cloudwatch.set_alarm_state(AlarmName="late", StateValue="ALARM", StateReason="testing")
    cloudwatch.disable_alarm_actions(AlarmNames=["late"])
    [shown] = cloudwatch.describe_alarms(StateValue="ALARM", ActionPrefix="arn:aws:sns")["MetricAlarms"]
    assert (shown["StateReason"], shown["ActionsEnabled"]) == ("testing", False)
    assert cloudwatch.describe_alarms_for_metric(MetricName="n", Namespace="app")["MetricAlarms"][0]["AlarmName"] == "late"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "l", "Value": "w"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["k"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert refusal(cloudwatch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="x")[:2] == (404, "ResourceNotFound")
    assert "Metrics is not carried out" in refusal(
        cloudwatch.put_metric_alarm, AlarmName="m", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1.0,
        Metrics=[{"Id": "a", "Expression": "1"}],
    )[2]
    for change in ({"Period": 61}, {"DatapointsToAlarm": 4}, {"TreatMissingData": "x"}, {"Period": 86_400, "EvaluationPeriods": 8}, {"Statistic": None}):
        arguments = {key: value for key, value in {**alarm, **change}.items() if value is not None}
        assert refusal(cloudwatch.put_metric_alarm, **arguments)[0] == 400, change
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["late", "none"])[:2] == (404, "ResourceNotFound")
    cloudwatch.delete_alarms(AlarmNames=["late"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def ask_cbor(server, operation, document, status=200):
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "accept": "application/cbor"}
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    answer = server.signed("POST", path, cbor2.dumps(document, timezone=UTC, datetime_as_timestamp=True), headers, service="monitoring")
    assert answer.status == status, answer
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert answer.headers["content-type"] == ("application/cbor" if answer.body else None)
    return answer, cbor2.loads(answer.body) if answer.body else None


def test_cbor(server, name):
    ask_cbor(server, "PutMetricData", {"Namespace": name, "MetricData": [{"MetricName": "n", "Value": 2.5, "Timestamp": minute(5)}]})
    request = span(Namespace=name, MetricName="n", Period=60, Statistics=["Sum"])
    _, answer = ask_cbor(server, "GetMetricStatistics", request)
    assert answer == {"Label": "n", "Datapoints": [{"Timestamp": minute(5), "Sum": 2.5, "Unit": "None"}]}
    answer, body = ask_cbor(server, "SetAlarmState", {"AlarmName": "none", "StateValue": "OK", "StateReason": ""}, status=404)
    assert body["__type"].endswith("#ResourceNotFound") and answer.headers["x-amzn-query-error"] == "ResourceNotFound;Sender"
    _, body = ask_cbor(server, "Nothing", {}, status=400)
    assert body["__type"].endswith("UnknownOperationException")


def ask_form(server, status=200, **form):
    body = urllib.parse.urlencode({"Version": "2010-08-01", **{key.replace("_", "."): value for key, value in form.items()}}).encode()
    answer = server.signed("POST", "/", body, {"content-type": "application/x-www-form-urlencoded"}, service="monitoring")
    assert answer.status == status, answer
    return answer.text


def test_forms(server, name):
    put = {"MetricData_member_1_MetricName": "n", "MetricData_member_1_Value": "2.5", "MetricData_member_1_Timestamp": minute(5).isoformat()}
    text = ask_form(server, Action="PutMetricData", Namespace=name, **put)
    assert '<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">' in text
    text = ask_form(
        server, Action="GetMetricStatistics", Namespace=name, MetricName="n", Period="60", Statistics_member_1="Sum",
        StartTime=minute(30).strftime("%Y-%m-%dT%H:%M:%SZ"), EndTime=minute(-2).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    )
    assert "<Sum>2.5</Sum>" in text and f"<Timestamp>{minute(5):%Y-%m-%dT%H:%M:%S}.000Z</Timestamp>" in text
    text = ask_form(server, 400, Action="PutMetricData", Namespace=name, MetricData_member_1_MetricName="n")
    assert "<Code>MissingParameter</Code>" in text


def test_by_the_cli(server, name):
    server.aws("cloudwatch", "put-metric-data", "--namespace", name, "--metric-name", "n", "--value", "3")
    assert server.aws("cloudwatch", "list-metrics", "--namespace", name)["Metrics"] == [{"Namespace": name, "MetricName": "n", "Dimensions": []}]
    points = server.aws(
        "cloudwatch", "get-metric-statistics", "--namespace", name, "--metric-name", "n", "--period", "60", "--statistics", "Sum",
        "--start-time", minute(5).isoformat(), "--end-time", minute(-5).isoformat(),
    )["Datapoints"]
    assert [point["Sum"] for point in points] == [3.0]
    assert "ResourceNotFound" in server.aws(
        "cloudwatch", "set-alarm-state", "--alarm-name", "none", "--state-value", "OK", "--state-reason", "x", fails=True,
    )


def test_services_have_figures(start):
    server = start()
    kinesis, firehose, cloudwatch = server.client("kinesis"), server.client("firehose"), server.client("cloudwatch")
    server.clock(rate=0)
    server.client("s3").create_bucket(Bucket="out")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"12345", PartitionKey="k")
    kinesis.put_records(StreamName="s", Records=[{"Data": b"123", "PartitionKey": "k"}] * 2)
    at = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.get_records(ShardIterator=at)
    firehose.create_delivery_stream(DeliveryStreamName="d", S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::out"})
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"12345"})
    server.clock(advance=301)
    until(lambda: server.client("s3").list_objects_v2(Bucket="out").get("Contents"), what="the object")

    def value(namespace, metric, dimension, stat="Sum"):
        now = datetime.datetime.fromtimestamp(server.clock(), UTC)
        answer = cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=metric, Dimensions=[dict(zip(("Name", "Value"), dimension))], Period=3600, Statistics=[stat],
            StartTime=now - datetime.timedelta(hours=3), EndTime=now + datetime.timedelta(hours=1),
        )
        return sum(point[stat] for point in answer["Datapoints"])

    stream, delivery = ("StreamName", "s"), ("DeliveryStreamName", "d")
    assert value("AWS/Kinesis", "IncomingRecords", stream) == 3 == value("AWS/Kinesis", "GetRecords.Records", stream)
    assert value("AWS/Kinesis", "PutRecord.Success", stream) == 1 and value("AWS/Kinesis", "PutRecords.SuccessfulRecords", stream) == 2
    # Partition keys count, as they do against the limits of shards.
    assert value("AWS/Kinesis", "IncomingBytes", stream) == 14
    assert value("AWS/Firehose", "IncomingBytes", delivery) == 5
    until(lambda: value("AWS/Firehose", "DeliveryToS3.Success", delivery) == 1, what="the delivery")
    assert value("AWS/Firehose", "DeliveryToS3.DataFreshness", delivery, "Maximum") >= 300
    answer = server.http("GET", "/_personalite/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(rf'^aws_kinesis_incoming_records_sum{{account="{ACCOUNT}",region="{REGION}",stream_name="s"}} 3.0$', answer.text, re.M)
    assert "# TYPE aws_firehose_incoming_bytes summary" in answer.text
    assert server.http("POST", "/_personalite/reset").status == 200
    assert cloudwatch.list_metrics()["Metrics"] == []


def test_personalize_has_figures(server, cloudwatch, name):
    world = World(server, name).small()
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("PRICE", "float"), ("KIND", ["null", "string"], {"categorical": True})))
    world.imported("ITEM_ID,PRICE,KIND\n" + "".join(f"i{number},{number}.5,a\n" for number in range(60)), kind="Items", job="items")
    world.train("popular")
    runtime, events, personalize = server.client("personalize-runtime"), server.client("personalize-events"), world.personalize
    campaign = world.campaigns["popular"]
    output = {"roleArn": ROLE}
    attribution = personalize.create_metric_attribution(name=name, datasetGroupArn=world.group_arn, metricsOutputConfig=output, metrics=[
        {"eventType": "click", "metricName": f"{name}-count", "expression": "SAMPLECOUNT()"},
        {"eventType": "Buy", "metricName": f"{name}-sum", "expression": "SUM(Items.PRICE)"},
    ])["metricAttributionArn"]
    until(lambda: personalize.describe_metric_attribution(metricAttributionArn=attribution)["metricAttribution"]["status"] == "ACTIVE")

    def value(metric, stat="Sum", **dimensions):
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/Personalize", MetricName=metric, Dimensions=[{"Name": key, "Value": text} for key, text in dimensions.items()],
            Period=3600, Statistics=[stat], **{**span(), "EndTime": minute(-60)})
        return sum(point[stat] for point in answer["Datapoints"])

    shown = runtime.get_recommendations(campaignArn=campaign, userId="u1")
    refusal(server.client("personalize-runtime", validate=False).get_recommendations, campaignArn=campaign, userId="u1", numResults=5000)
    assert value("GetRecommendations", CampaignArn=campaign) == 2 and value("GetRecommendations4xxErrors", CampaignArn=campaign) == 1
    assert value("GetRecommendationsLatency", "SampleCount", CampaignArn=campaign) == 2
    # What is asked of a campaign that is not here has no figures.
    refusal(runtime.get_recommendations, campaignArn=campaign + "-none", userId="u1")
    assert value("GetRecommendations", CampaignArn=campaign + "-none") == 0

    def put(*list):
        events.put_events(trackingId=world.tracker, userId="u1", sessionId="s", eventList=[{"sentAt": time.time(), **event} for event in list])

    put({"eventType": "click", "itemId": "i1"}, {"eventType": "click", "itemId": "i2", "recommendationId": shown["recommendationId"]})
    put({"eventType": "buy", "itemId": "i3", "metricAttribution": {"eventAttributionSource": "mail"}},
        {"eventType": "Buy", "itemId": "i4", "metricAttribution": {"eventAttributionSource": "mail"}},
        {"eventType": "click", "itemId": "i5", "sentAt": time.time() - 15 * 86_400})
    tracker = {"DatasetGroupArn": world.group_arn, "DatasetArn": world.datasets["Interactions"], "EventTrackerArn": world.tracker_arn}
    assert value("PutEventsRequests", **tracker) == 2 == value("PutEventLatency", "SampleCount", **tracker)
    group = world.group_arn
    assert value(f"{name}-count", DatasetGroupArn=group, EventAttributionSource="SOURCE_NAME_UNDEFINED") == 1
    assert value(f"{name}-count", DatasetGroupArn=group, EventAttributionSource=campaign) == 1
    assert value(f"{name}-sum", DatasetGroupArn=group, EventAttributionSource="mail") == 8.0
    personalize.delete_metric_attribution(metricAttributionArn=attribution)
    put({"eventType": "click", "itemId": "i1"})
    assert value(f"{name}-count", DatasetGroupArn=group, EventAttributionSource="SOURCE_NAME_UNDEFINED") == 1
    events.put_items(datasetArn=world.datasets["Items"], items=[{"itemId": "i99", "properties": json.dumps({"price": 1.0})}])
    assert value("PutItemsRequests", DatasetGroupArn=group, DatasetArn=world.datasets["Items"]) == 1


def test_a_stack_has_an_alarm(server, name):
    cfn, cloudwatch = server.client("cloudformation"), server.client("cloudwatch")

    def template(**more):
        return json.dumps({"Resources": {"Late": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            "MetricName": "n", "Namespace": "app", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": "1", "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold", **more,
        }}}, "Outputs": {"Name": {"Value": {"Ref": "Late"}}, "Arn": {"Value": {"Fn::GetAtt": ["Late", "Arn"]}}}})

    def stack():
        return cfn.describe_stacks(StackName=name)["Stacks"][0]

    cfn.create_stack(StackName=name, TemplateBody=template())
    until(lambda: stack()["StackStatus"] == "CREATE_COMPLETE", what="the stack")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack()["Outputs"]}
    cfn.update_stack(StackName=name, TemplateBody=template(Threshold=2))
    until(lambda: stack()["StackStatus"] == "UPDATE_COMPLETE", what="the update")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[outputs["Name"]])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["AlarmArn"]) == (2.0, outputs["Arn"])
    cfn.delete_stack(StackName=name)
    until(lambda: cloudwatch.describe_alarms(AlarmNames=[outputs["Name"]])["MetricAlarms"] == [], what="the deletion")
