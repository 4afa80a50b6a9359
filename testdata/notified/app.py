"""A bucket that tells a function of its objects, as a CDK application says it."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications

HANDLER = """
import boto3, json, os, time
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket=os.environ["HEARD"], Key=f"{time.time_ns():020}-{context.aws_request_id}", Body=json.dumps(event))
"""

app = cdk.App()
stack = cdk.Stack(app, "Notified")
heard = s3.Bucket(stack, "Heard", removal_policy=cdk.RemovalPolicy.DESTROY)
bucket = s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY)
function = functions.Function(
    stack, "Function", runtime=functions.Runtime.PYTHON_3_12, handler="index.handler", code=functions.Code.from_inline(HANDLER),
    environment={"HEARD": heard.bucket_name}, timeout=cdk.Duration.seconds(30),
)
heard.grant_put(function)
bucket.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.LambdaDestination(function), s3.NotificationKeyFilter(prefix="in/", suffix=".csv"))
cdk.CfnOutput(stack, "BucketName", value=bucket.bucket_name, key="Bucket")
cdk.CfnOutput(stack, "HeardName", value=heard.bucket_name, key="Heard")
app.synth()
