"""The stack of AWS's post on near-real-time recommendations, as a CDK application."""

import json
import pathlib

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway, aws_iam as iam, aws_kinesis as kinesis, aws_kinesisfirehose as firehose, aws_lambda as functions, aws_logs as logs,
    aws_personalize as personalize, aws_s3 as s3,
)

HERE = pathlib.Path(__file__).parent
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization"
ROUTES = {
    "createCampaign": ("POST", "campaign"), "createEventTracker": ("POST", "eventTracker"), "createSolutionVersion": ("POST", "solutionVersion"),
    "putEvents": ("POST", "putEvents"), "getRecommendations": ("GET", "getRecommendations"), "deleteResources": ("DELETE", "deleteResources"),
    "describeSolutionVersion": ("POST", "describeSolutionVersion"), "describeCampaign": ("POST", "describeCampaign"),
}


def schema(name, fields):
    return json.dumps({"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema", "fields": fields, "version": "1.0"})


class PostStack(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        texts = {
            parameter: cdk.CfnParameter(self, parameter, type="String", description=text).value_as_string
            for parameter, text in {
                "bucketARN": "The bucket with the data", "bucketObjectsARN": "Its objects", "interactionDataLocation": "Interactions, s3://…",
                "itemDataLocation": "Items, s3://…", "solutionRegion": "Where Personalize is asked",
            }.items()
        }
        self.data(texts)
        stream = kinesis.Stream(
            self, "Stream", stream_name="my-stream", shard_count=1, retention_period=cdk.Duration.hours(24),
            encryption=kinesis.StreamEncryption.MANAGED, removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.archive(stream)
        handlers = {name: self.handler(name, texts["solutionRegion"]) for name in ROUTES}
        stream.grant_read(handlers["putEvents"])
        functions.CfnEventSourceMapping(
            self, "Clicks", batch_size=100, event_source_arn=stream.stream_arn, function_name=handlers["putEvents"].function_name,
            starting_position="TRIM_HORIZON",
        )
        self.presentation(handlers, stream)

    def data(self, texts):
        """What is known of the users, and what learns from it."""
        role = iam.Role(self, "PersonalizeRole", role_name="my-amazon-personalize-role", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject", "s3:ListBucket"], resources=[texts["bucketARN"], texts["bucketObjectsARN"]]))
        group = personalize.CfnDatasetGroup(self, "Group", name="my-dsg-1")
        text, year = {"type": "string"}, {"name": "YEAR", "type": "string"}
        kinds = {
            "Interactions": ("my-schema", texts["interactionDataLocation"], schema("Interactions", [
                {"name": "USER_ID", **text}, {"name": "ITEM_ID", **text}, {"name": "EVENT_TYPE", **text}, {"name": "TIMESTAMP", "type": "long"}])),
            "Items": ("my-item-schema", texts["itemDataLocation"], schema("Items", [
                {"name": "ITEM_ID", **text}, {"name": "GENRE", "type": ["null", "string"], "categorical": True}, year])),
        }
        datasets = {}
        for kind, (name, location, fields) in kinds.items():
            shape = personalize.CfnSchema(self, f"{kind}Schema", name=name, schema=fields)
            datasets[kind] = personalize.CfnDataset(
                self, kind, name=f"my-{kind.lower()}", dataset_type=kind, dataset_group_arn=group.attr_dataset_group_arn, schema_arn=shape.attr_schema_arn,
                dataset_import_job={"jobName": f"import-{kind.lower()}", "dataSource": {"DataLocation": location}, "roleArn": role.role_arn},
            )
        solution = personalize.CfnSolution(
            self, "Solution", name="my-sol-from-cdk", dataset_group_arn=group.attr_dataset_group_arn, recipe_arn=RECIPE)
        solution.add_resource_dependency(datasets["Interactions"])

    def archive(self, stream):
        """Every click, in a bucket."""
        bucket = s3.Bucket(self, "Archive")
        group = logs.LogGroup(self, "DeliveryLog")
        log = logs.LogStream(self, "DeliveryLogStream", log_group=group)
        service = iam.ServicePrincipal("firehose.amazonaws.com")
        roles = {name: iam.Role(self, f"Delivery{name}Role", assumed_by=service) for name in ("Source", "Destination")}
        policies = [
            stream.grant_read(roles["Source"]), bucket.grant_read_write(roles["Destination"]), group.grant_write(roles["Destination"]),
        ]
        delivery = firehose.CfnDeliveryStream(
            self, "Delivery", delivery_stream_type="KinesisStreamAsSource",
            kinesis_stream_source_configuration={"kinesisStreamArn": stream.stream_arn, "roleArn": roles["Source"].role_arn},
            extended_s3_destination_configuration={
                "bucketArn": bucket.bucket_arn, "roleArn": roles["Destination"].role_arn,
                "cloudWatchLoggingOptions": {"enabled": True, "logGroupName": group.log_group_name, "logStreamName": log.log_stream_name},
            },
        )
        for policy in policies:
            policy.apply_before(delivery)

    def handler(self, name, region):
        """A function, with what it may do as a policy of its own."""
        language = self.node.try_get_context("handlers") or "node"
        function = functions.Function(
            self, name, function_name=name, handler="index.handler", environment={"REGION": region, "AWS_NODEJS_CONNECTION_REUSE_ENABLED": "1"},
            runtime=functions.Runtime.NODEJS_22_X if language == "node" else functions.Runtime.PYTHON_3_13,
            code=functions.Code.from_asset(str(HERE / "handlers" / language / name)),
        )
        function.add_to_role_policy(iam.PolicyStatement(actions=["personalize:*"], resources=["*"]))
        return function

    def presentation(self, handlers, stream):
        api = apigateway.RestApi(
            self, "Api", rest_api_name="amazon-personalize-presentation-layer", cloud_watch_role=False)
        for name, (method, path) in ROUTES.items():
            api.root.add_resource(path).add_method(method, apigateway.LambdaIntegration(handlers[name], allow_test_invoke=False))
        role = iam.Role(self, "ApiRole", role_name="my-apigateway-role", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
        stream.grant_write(role)
        put = apigateway.AwsIntegration(
            service="kinesis", action="PutRecord", integration_http_method="POST",
            options=apigateway.IntegrationOptions(
                credentials_role=role, passthrough_behavior=apigateway.PassthroughBehavior.WHEN_NO_TEMPLATES,
                request_templates={"application/json": (
                    """{"StreamName": "$input.path('$.stream-name')", "Data": "$util.base64Encode($input.json('$.Data'))",\n"""
                    """"PartitionKey": "$input.path('$.PartitionKey')"}""")},
                integration_responses=[apigateway.IntegrationResponse(status_code="200", response_templates={
                    "application/json": """{"Message": "Event sent successfully", "data": $input.body}"""})],
            ),
        )
        api.root.add_resource("data").add_method("POST", put, method_responses=[
            apigateway.MethodResponse(status_code="200", response_models={"application/json": apigateway.Model.EMPTY_MODEL})])


app = cdk.App()
PostStack(app, app.node.try_get_context("stack") or "PostStack")
app.synth()
