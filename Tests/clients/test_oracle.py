"""botocore as the other end. Every answer of every test is compared with the model (see oracle.py); here every operation is."""

import json

import pytest

import harness
import oracle
from test_personalize_groups import arn
from harness import settled, until
from test_records import next_best_action
from world import World, rows, schema

BUILT = {
    "kinesis": {"CreateStream", "DescribeStream", "DescribeStreamSummary", "ListStreams", "ListShards", "PutRecord", "PutRecords",
                "GetShardIterator", "GetRecords", "DeleteStream", "SplitShard", "MergeShards", "UpdateShardCount", "UpdateStreamMode",
                "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod", "StartStreamEncryption", "StopStreamEncryption",
                "UpdateMaxRecordSize", "DescribeLimits", "AddTagsToStream", "RemoveTagsFromStream", "ListTagsForStream", "TagResource",
                "UntagResource", "ListTagsForResource", "RegisterStreamConsumer", "DescribeStreamConsumer", "ListStreamConsumers",
                "DeregisterStreamConsumer", "SubscribeToShard",
                "PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy",
                "EnableEnhancedMonitoring", "DisableEnhancedMonitoring", "DescribeAccountSettings", "UpdateAccountSettings",
                "UpdateStreamWarmThroughput", "UpdateStreamRecordDistributionStrategy",
                "CreateQueue", "DescribeQueue", "ListQueues", "UpdateQueue", "DeleteQueue", "ReceiveQueueRecords", "AcknowledgeQueueRecords",
                "UpdateQueueRecordsVisibility", "ReceiveDeadLetterQueueRecords", "AcknowledgeDeadLetterQueueRecords",
                "UpdateDeadLetterQueueRecordsVisibility", "RestoreDeadLetterQueueRecords",
                "CreateChannel", "DescribeChannel", "ListChannels", "UpdateChannel", "DeleteChannel"},
    "personalize-events": {"PutEvents", "PutItems", "PutUsers", "PutActions", "PutActionInteractions"},
    "personalize-runtime": {"GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"},
}
COUNTS = {"kinesis": 57, "personalize": 71, "personalize-events": 5, "personalize-runtime": 3}


def model(service):
    return harness.session()._session.get_service_model(service)


BUILT["personalize"] = set(model("personalize").operation_names)


@pytest.mark.parametrize("service", COUNTS)
def test_the_model_is_the_one_that_was_meant(service):
    assert len(model(service).operation_names) == COUNTS[service]
    assert BUILT[service] == set(model(service).operation_names)


def use_a_queue(kinesis, stream_arn):
    """Every operation of queues, on records that become dead letters at once."""
    queue = {"QueueARN": kinesis.create_queue(QueueName="oracle", StreamConfigurationList=[{"StreamARN": stream_arn}])["QueueDescription"]["QueueARN"]}
    kinesis.describe_queue(**queue)
    kinesis.list_queues()
    kinesis.put_records(StreamName="oracle", Records=[{"Data": b"%d" % number, "PartitionKey": "p"} for number in range(2)])
    record = kinesis.receive_queue_records(**queue, Limit=1)["QueueRecords"][0]["ReceiptHandle"]
    kinesis.update_queue_records_visibility(**queue, Entries=[{"ReceiptHandle": record, "VisibilityTimeoutSeconds": 60}, {"ReceiptHandle": "x", "VisibilityTimeoutSeconds": 0}])
    kinesis.acknowledge_queue_records(**queue, Entries=[{"ReceiptHandle": record}, {"ReceiptHandle": "x"}])
    kinesis.update_queue(**queue, QueueAttributes={"VisibilityTimeoutSeconds": 0, "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}})
    kinesis.receive_queue_records(**queue)
    dead = kinesis.receive_dead_letter_queue_records(**queue, VisibilityTimeoutSeconds=60)["QueueRecords"][0]["ReceiptHandle"]
    kinesis.update_dead_letter_queue_records_visibility(**queue, Entries=[{"ReceiptHandle": dead, "VisibilityTimeoutSeconds": 60}])
    kinesis.restore_dead_letter_queue_records(**queue, Entries=[{"ReceiptHandle": dead}, {"ReceiptHandle": "x"}])
    kinesis.acknowledge_dead_letter_queue_records(**queue, Entries=[{"ReceiptHandle": dead}])
    kinesis.delete_queue(**queue)


def use_a_channel(server, kinesis):
    server.client("s3").create_bucket(Bucket="oracle-channel")
    storage = {"BucketARN": "arn:aws:s3:::oracle-channel", "ExpectedBucketOwner": harness.ACCOUNT, "CompressionType": "GZIP"}
    channel = {"ChannelARN": kinesis.create_channel(
        ChannelName="oracle", ServiceExecutionRoleARN=harness.ROLE, S3DestinationConfiguration={"StorageConfiguration": storage},
        StreamConfigurationList=[{"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/oracle", "RecordConfiguration": {"RecordFormatType": "JSON"}}],
    )["ChannelDescription"]["ChannelARN"]}
    kinesis.describe_channel(**channel)
    kinesis.list_channels()
    kinesis.update_channel(**channel)
    kinesis.delete_channel(**channel)


def change_a_stream(kinesis):
    """Every change of the stream `oracle`."""
    stream, stream_arn, key = {"StreamName": "oracle"}, "arn:aws:kinesis:us-east-1:000000000000:stream/oracle", "alias/aws/kinesis"
    kinesis.split_shard(**stream, ShardToSplit="0", NewStartingHashKey="10")
    settled(kinesis, "oracle")
    kinesis.merge_shards(**stream, ShardToMerge="2", AdjacentShardToMerge="3")
    settled(kinesis, "oracle")
    kinesis.update_shard_count(**stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    settled(kinesis, "oracle")
    kinesis.update_stream_mode(StreamARN=stream_arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    kinesis.increase_stream_retention_period(**stream, RetentionPeriodHours=48)
    kinesis.decrease_stream_retention_period(**stream, RetentionPeriodHours=24)
    kinesis.start_stream_encryption(**stream, EncryptionType="KMS", KeyId=key)
    kinesis.stop_stream_encryption(**stream, EncryptionType="KMS", KeyId=key)
    kinesis.update_max_record_size(StreamARN=stream_arn, MaxRecordSizeInKiB=2048)
    kinesis.describe_limits()
    kinesis.add_tags_to_stream(**stream, Tags={"a": "b"})
    kinesis.tag_resource(ResourceARN=stream_arn, Tags={"c": "d"})
    kinesis.list_tags_for_stream(**stream)
    kinesis.list_tags_for_resource(ResourceARN=stream_arn)
    kinesis.untag_resource(ResourceARN=stream_arn, TagKeys=["c"])
    kinesis.remove_tags_from_stream(**stream, TagKeys=["a"])
    consumer = kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName="c", Tags={"e": "f"})["Consumer"]["ConsumerARN"]
    kinesis.describe_stream_consumer(ConsumerARN=consumer)
    kinesis.list_stream_consumers(StreamARN=stream_arn)
    shard = kinesis.list_shards(**stream)["Shards"][-1]["ShardId"]
    kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "LATEST"})["EventStream"].close()
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "kinesis:PutRecord", "Resource": stream_arn}
    kinesis.put_resource_policy(ResourceARN=stream_arn, Policy=json.dumps({"Version": "2012-10-17", "Statement": allowed}))
    kinesis.get_resource_policy(ResourceARN=stream_arn)
    kinesis.delete_resource_policy(ResourceARN=stream_arn)
    kinesis.enable_enhanced_monitoring(**stream, ShardLevelMetrics=["ALL"])
    kinesis.disable_enhanced_monitoring(**stream, ShardLevelMetrics=["ALL"])
    kinesis.describe_account_settings()
    kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    kinesis.update_stream_warm_throughput(**stream, WarmThroughputMiBps=1)
    kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "DISABLED"})
    kinesis.update_stream_record_distribution_strategy(StreamARN=stream_arn, RecordDistributionStrategy="AUTO")
    use_a_queue(kinesis, stream_arn)


def change_resources(personalize, world):
    """What can be changed of a world's resources."""
    personalize.tag_resource(resourceArn=world.group_arn, tags=[{"tagKey": "a", "tagValue": "b"}])
    assert personalize.list_tags_for_resource(resourceArn=world.group_arn)["tags"] == [{"tagKey": "a", "tagValue": "b"}]
    personalize.untag_resource(resourceArn=world.group_arn, tagKeys=["a"])
    personalize.update_campaign(campaignArn=world.campaigns["user"], minProvisionedTPS=2)
    personalize.describe_campaign(campaignArn=world.campaigns["user"])
    personalize.update_solution(solutionArn=world.solutions["user"], performAutoTraining=False)
    personalize.describe_solution(solutionArn=world.solutions["user"])
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("YEAR", "string")))
    wider = schema("Items", ("ITEM_ID", "string"), ("YEAR", "string"), ("PRICE", ["null", "float"]))
    wider_arn = personalize.create_schema(name="oracle-wider", schema=wider)["schemaArn"]
    personalize.update_dataset(datasetArn=world.datasets["Items"], schemaArn=wider_arn)
    assert personalize.describe_dataset(datasetArn=world.datasets["Items"])["dataset"]["latestDatasetUpdate"]["schemaArn"] == wider_arn
    personalize.delete_dataset(datasetArn=world.datasets["Items"])


def stop(start):
    """The end of a training that has not begun, on a server whose clock stands still in time for it."""
    server = start("--job-delay", 60)
    server.clock(rate=10_000)
    world = World(server, "stopped").small()
    world.solution("user")
    server.clock(rate=0)
    version = world.version("user")
    world.personalize.stop_solution_version_creation(solutionVersionArn=version)
    server.clock(rate=10_000)
    assert world.wait("solution_version", solutionVersionArn=version)["status"] == "CREATE STOPPED"


def recommend(server, personalize):
    """The life of a recommender in a domain dataset group."""
    shop = World(server, "oracle-shop").group("group", domain="ECOMMERCE")
    shop.dataset(domain="ECOMMERCE")
    shop.imported(rows().replace("click", "View"))
    made = personalize.create_recommender(
        name="oracle-shop", datasetGroupArn=shop.group_arn, recipeArn="arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views",
        recommenderConfig={"minRecommendationRequestsPerSecond": 2})["recommenderArn"]
    shop.active("recommender", recommenderArn=made)
    answer = server.client("personalize-runtime").get_recommendations(recommenderArn=made, userId="u1", numResults=3)
    assert len(answer["itemList"]) == 3
    personalize.update_recommender(recommenderArn=made, recommenderConfig={"minRecommendationRequestsPerSecond": 3})
    assert personalize.describe_recommender(recommenderArn=made)["recommender"]["latestRecommenderUpdate"]["status"] == "ACTIVE"
    listed, = personalize.list_recommenders(datasetGroupArn=shop.group_arn)["recommenders"]
    assert listed["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 3}
    personalize.stop_recommender(recommenderArn=made)
    assert personalize.describe_recommender(recommenderArn=made)["recommender"]["status"] == "INACTIVE"
    personalize.start_recommender(recommenderArn=made)
    personalize.delete_recommender(recommenderArn=made)


def arns(answer):
    """An answer without what boto3 adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def run_jobs(personalize, world):
    """Every kind of job over a world's data, each to its end, and what comes out of it."""
    bucket = f"s3://{world.bucket}"
    role, output = {"roleArn": harness.ROLE}, {"jobOutput": {"s3DataDestination": {"path": f"{bucket}/out/"}}}
    made = arns(personalize.create_dataset_export_job(jobName="oracle", datasetArn=world.datasets["Interactions"], ingestionMode="ALL", **role, **output))
    world.active("dataset_export_job", **made)
    assert [job["jobName"] for job in personalize.list_dataset_export_jobs(datasetArn=world.datasets["Interactions"])["datasetExportJobs"]] == ["oracle"]
    exported = world.s3.get_object(Bucket=world.bucket, Key="out/oracle.csv")["Body"].read().decode()
    assert exported.startswith("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n") and len(exported.splitlines()) > 1000
    lines = {"jobInput": {"s3DataSource": {"path": world.put("users.json", '{"userId":"u1"}\n')}}}
    made = arns(personalize.create_batch_inference_job(jobName="oracle", solutionVersionArn=world.versions["user"], numResults=5, **lines, **role, **output))
    world.active("batch_inference_job", **made)
    assert personalize.describe_batch_inference_job(**made)["batchInferenceJob"]["numResults"] == 5
    assert len(personalize.list_batch_inference_jobs(solutionVersionArn=world.versions["user"])["batchInferenceJobs"]) == 1
    answer = json.loads(world.s3.get_object(Bucket=world.bucket, Key="out/users.json.out")["Body"].read())
    assert [(item, score) for item, score in zip(*answer["output"].values())] == world.ask(user="u1", numResults=5), answer
    world.solution("affinity")
    world.version("affinity")
    world.active("solution_version", solutionVersionArn=world.versions["affinity"])
    lines = {"jobInput": {"s3DataSource": {"path": world.put("items.json", '{"itemId":"i1"}\n')}}}
    made = arns(personalize.create_batch_segment_job(jobName="oracle", solutionVersionArn=world.versions["affinity"], **lines, **role, **output))
    world.active("batch_segment_job", **made)
    assert "numResults" not in personalize.describe_batch_segment_job(**made)["batchSegmentJob"]
    assert len(personalize.list_batch_segment_jobs(solutionVersionArn=world.versions["affinity"])["batchSegmentJobs"]) == 1
    metric = {"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}
    made = arns(personalize.create_metric_attribution(name="oracle", datasetGroupArn=world.group_arn, metrics=[metric], metricsOutputConfig={
        "s3DataDestination": {"path": f"{bucket}/metrics/"}, **role}))
    personalize.describe_metric_attribution(**made)
    assert personalize.list_metric_attribution_metrics(**made)["metrics"] == [metric]
    world.imported(rows(), job="published", publishAttributionMetricsToS3=True)
    report, = world.s3.list_objects_v2(Bucket=world.bucket, Prefix="metrics/")["Contents"]
    assert report["Key"].startswith("metrics/AggregatedAttributionMetrics - FULL - ")
    personalize.update_metric_attribution(addMetrics=[{**metric, "metricName": "more"}], **made)
    assert len(personalize.list_metric_attributions(datasetGroupArn=world.group_arn)["metricAttributions"]) == 1
    personalize.delete_metric_attribution(**made)
    source = {"dataSource": {"dataLocation": world.put("forget.csv", "USER_ID\nu1\n")}}
    made = arns(personalize.create_data_deletion_job(jobName="oracle", datasetGroupArn=world.group_arn, **source, **role))
    job = until(lambda: (job := personalize.describe_data_deletion_job(**made)["dataDeletionJob"])["status"] == "COMPLETED" and job, what="deletion")
    assert job["numDeleted"] >= 30
    assert len(personalize.list_data_deletion_jobs(datasetGroupArn=world.group_arn)["dataDeletionJobs"]) == 1


def put_and_filter(server, personalize):
    """Records of every kind, filters, and recommended actions."""
    events = server.client("personalize-events")
    world, campaign = next_best_action(server, "oracle-actions")
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("YEAR", "string")))
    world.dataset("Users", schema("Users", ("USER_ID", "string"), ("PLAN", "string")))
    events.put_items(datasetArn=world.datasets["Items"], items=[{"itemId": "i1", "properties": '{"year":"1999"}'}])
    events.put_users(datasetArn=world.datasets["Users"], users=[{"userId": "u1", "properties": '{"plan":"free"}'}])
    events.put_actions(datasetArn=world.datasets["Actions"], actions=[{"actionId": "a9", "properties": '{"value":1}'}])
    events.put_action_interactions(trackingId=world.action_tracker, actionInteractions=[
        {"actionId": "a1", "userId": "u1", "sessionId": "s", "timestamp": 1_700_000_000, "eventType": "Viewed"}])
    made = personalize.create_filter(name="oracle", datasetGroupArn=world.group_arn, filterExpression="EXCLUDE ActionID WHERE Actions.VALUE > 3")["filterArn"]
    personalize.describe_filter(filterArn=made)
    assert made in [entry["filterArn"] for entry in personalize.list_filters()["Filters"]]
    server.client("personalize-runtime").get_action_recommendations(campaignArn=campaign, userId="u1", filterArn=made)
    personalize.delete_filter(filterArn=made)


def test_every_operation_that_is_built_answers_in_the_shape_of_its_model(server, start):
    """A whole life of every resource; the hook complains of any answer that is not as modelled."""
    personalize, kinesis = server.client("personalize"), server.client("kinesis")
    world = World(server, "oracle").small().train("user", "ranking")
    world.ask(user="u1")
    server.client("personalize-runtime").get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId="u1", inputList=["i1", "i2", "x"])
    world.click("u1", "i1", 1_700_000_000)
    for call in ("schemas", "dataset_groups", "datasets", "solutions", "campaigns", "event_trackers", "dataset_import_jobs", "recipes"):
        getattr(personalize, f"list_{call}")()
    personalize.list_solution_versions(solutionArn=world.solutions["user"])
    personalize.describe_schema(schemaArn=arn("schema/oracle-interactions"))
    recipe = personalize.describe_recipe(recipeArn="arn:aws:personalize:::recipe/aws-sims")["recipe"]
    personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])
    personalize.describe_feature_transformation(featureTransformationArn=recipe["featureTransformationArn"])
    recommend(server, personalize)
    put_and_filter(server, personalize)
    personalize.get_solution_metrics(solutionVersionArn=world.versions["user"])
    run_jobs(personalize, world)
    change_resources(personalize, world)
    stop(start)
    for kind in ("user", "ranking"):
        personalize.delete_campaign(campaignArn=world.campaigns[kind])
    for kind in ("user", "ranking", "affinity"):
        personalize.delete_solution(solutionArn=world.solutions[kind])
    personalize.delete_event_tracker(eventTrackerArn=world.tracker_arn)
    personalize.delete_dataset(datasetArn=world.datasets["Interactions"])
    personalize.delete_schema(schemaArn=arn("schema/oracle-interactions"))
    personalize.delete_dataset_group(datasetGroupArn=world.group_arn)
    kinesis.create_stream(StreamName="oracle", ShardCount=2)
    put = kinesis.put_record(StreamName="oracle", Data=b"x", PartitionKey="p")
    kinesis.put_records(StreamName="oracle", Records=[{"Data": b"y", "PartitionKey": "q"}])
    at = kinesis.get_shard_iterator(StreamName="oracle", ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.get_records(ShardIterator=at)
    change_a_stream(kinesis)
    use_a_channel(server, kinesis)
    for call in (kinesis.describe_stream, kinesis.describe_stream_summary, kinesis.list_shards, kinesis.delete_stream):
        call(StreamName="oracle")
    kinesis.list_streams()
    answered = {service: {name for kind, name in oracle.seen[True] if kind == service} for service in BUILT}
    assert {service: sorted(BUILT[service] - names) for service, names in answered.items()} == {service: [] for service in BUILT}
    shapes = [(service, name, model(service).operation_model(name).output_shape) for service in BUILT if service != "kinesis" for name in BUILT[service]]
    missing = [path for service, name, shape in shapes if shape for path in oracle.modelled(shape, name) if (service, path) not in oracle.members]
    assert [path for path in missing if not OPTIONAL & set(path.replace("[]", "").split(".")) and path not in UNASKED] == []


# Members that are there only when something was given, went wrong, or is left to be listed; every other member of every answer must have been seen.
OPTIONAL = {
    "failureReason", "nextToken", "domain", "kmsKeyArn", "filterArn", "eventType", "solutionConfig", "solutionUpdateConfig", "campaignConfig",
    "batchInferenceJobConfig", "themeGenerationConfig", "itemExplorationConfig", "trainingDataConfig", "enableMetadataWithRecommendations",
    "performIncrementalUpdate", "autoMLResult", "tunedHPOParams", "metadata", "promotionName", "reason", "categoricalHyperParameterRanges",
}
UNASKED = {"DescribeAlgorithm.algorithm.roleArn", "DescribeDatasetGroup.datasetGroup.roleArn", "DescribeBatchSegmentJob.batchSegmentJob.numResults"}


def faults(service, operation, document):
    return list(oracle.check(model(service).operation_model(operation).output_shape, document, operation))


def test_the_oracle_complains():
    """It would be no witness if it could not."""
    good = {"StreamNames": ["a"], "HasMoreStreams": False}
    assert faults("kinesis", "ListStreams", good) == []
    for wrong in ({"StreamNames": ["a"]}, {**good, "Extra": 1}, {**good, "HasMoreStreams": "no"}, {**good, "NextToken": None}, {**good, "StreamNames": "a"},
                  {**good, "StreamNames": ["a b"]}, {**good, "StreamSummaries": [{"StreamName": "a"}]}):
        assert len(faults("kinesis", "ListStreams", wrong)) >= 1, wrong
    assert faults("personalize", "DescribeSchema", {"schema": {"creationDateTime": "yesterday"}}) != []
