"""Functions of Node that ask for the SDK and bring none: the stand-in speaks for the clients of services that are here."""

import json
import os
import subprocess
import venv

import pytest

import harness
from test_lambda import invoke, node, python

USE = """
const stream = process.env.STREAM, bucket = process.env.BUCKET;
const told = {};
const kinesis = new KinesisClient({}), s3 = new S3Client({}), ssm = new SSM({ region: 'us-east-1' });
await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }));
const put = await kinesis.send(new PutRecordCommand({ StreamName: stream, PartitionKey: 'k', Data: Buffer.from('a click') }));
const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: put.ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
told.record = [Buffer.from(Records[0].Data).toString(), Records[0].ApproximateArrivalTimestamp instanceof Date, put.$metadata.httpStatusCode];
await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a b/é&(1)', Body: 'text', ContentType: 'text/plain', Metadata: { one: '1' } }));
const got = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a b/é&(1)' }));
told.object = [await got.Body.transformToString(), got.ContentType, got.Metadata, got.ContentLength];
const list = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'a b/' }));
told.list = [list.KeyCount, list.Contents[0].Key, list.IsTruncated];
await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a b/é&(1)' }));
await ssm.putParameter({ Name: stream, Type: 'String', Value: 'kept' });
const { Parameter } = await ssm.getParameter({ Name: stream });
told.parameter = [Parameter.Value, Parameter.LastModifiedDate instanceof Date];
const other = new LambdaClient({});
const answer = await other.send(new InvokeCommand({ FunctionName: process.env.OTHER, Payload: JSON.stringify({ a: 1 }) }));
told.other = [answer.StatusCode, JSON.parse(answer.Payload.transformToString())];
await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace: 'own', MetricData: [{ MetricName: 'm', Value: 1, Timestamp: new Date() }] }));
told.errors = [];
for (const [client, command] of [[kinesis, new PutRecordCommand({ StreamName: 'none', PartitionKey: 'k', Data: new Uint8Array(1) })],
  [s3, new GetObjectCommand({ Bucket: bucket, Key: 'none' })], [ssm, new GetParameterCommand({ Name: 'none' })]]) {
  try { await client.send(command); } catch (error) {
    told.errors.push([error.name, error.$metadata.httpStatusCode, error.$fault, error instanceof Error, JSON.parse(JSON.stringify(error)).name]);
  }
}
try { await kinesis.send(new PutRecordCommand({ StreamName: 'none', PartitionKey: 'k', Data: 'x' })); } catch (error) {
  told.known = [error instanceof ResourceNotFoundException, error instanceof KinesisServiceException];
}
return told;
"""
NAMES = {
    "kinesis": "KinesisClient, CreateStreamCommand, PutRecordCommand, GetShardIteratorCommand, GetRecordsCommand, ResourceNotFoundException, KinesisServiceException",
    "s3": "S3Client, PutObjectCommand, GetObjectCommand, ListObjectsV2Command, DeleteObjectCommand", "ssm": "SSM, GetParameterCommand",
    "lambda": "LambdaClient, InvokeCommand", "cloudwatch": "CloudWatchClient, PutMetricDataCommand",
}


@pytest.mark.parametrize("file", ["index__js", "index__mjs"])
def test_the_stand_in_speaks_to_the_services(start, name, file):
    server = start("--log-level", "debug")
    functions = server.client("lambda")
    server.client("s3").create_bucket(Bucket=f"sdk-{name}")
    node(functions, f"{name}-other", "exports.handler = async (event) => ({ got: event })")
    if file == "index__js":
        head = "\n".join(f"const {{ {names} }} = require('@aws-sdk/client-{service}');" for service, names in NAMES.items())
        text = f"{head}\nexports.handler = async () => {{ {USE} }};"
    else:
        head = "\n".join(f"import {{ {names} }} from '@aws-sdk/client-{service}';" for service, names in NAMES.items())
        text = f"{head}\nexport const handler = async () => {{ {USE} }};"
    variables = {"STREAM": f"sdk-{name}", "BUCKET": f"sdk-{name}", "OTHER": f"{name}-other"}
    node(functions, name, text, file=file, Timeout=20, Environment={"Variables": variables})
    answer, told = invoke(functions, name)
    assert "FunctionError" not in answer, told
    assert told == {
        "record": ["a click", True, 200], "object": ["text", "text/plain", {"one": "1"}, 4], "list": [1, "a b/é&(1)", False],
        "parameter": ["kept", True], "other": [200, {"got": {"a": 1}}],
        "errors": [
            ["ResourceNotFoundException", 400, "client", True, "ResourceNotFoundException"], ["NoSuchKey", 404, "client", True, "NoSuchKey"],
            ["ParameterNotFound", 400, "client", True, "ParameterNotFound"],
        ],
        "known": [True, True],
    }
    for service in NAMES:
        assert f"@aws-sdk/client-{service} is neither" in server.log.read_text()


def test_what_is_installed_comes_first_and_what_is_nowhere_is_said(start, tmp_path):
    package = tmp_path / "@aws-sdk/client-kinesis"
    package.mkdir(parents=True)
    (package / "index.js").write_text("exports.whose = 'installed';")
    server = start(environment={"NODE_PATH": str(tmp_path)})
    functions = server.client("lambda")
    for name, file, text in [
        ("script", "index__js", "const { whose } = require('@aws-sdk/client-kinesis'); exports.handler = async () => whose;"),
        ("module", "index__mjs", "import sdk from '@aws-sdk/client-kinesis'; export const handler = async () => sdk.whose;"),
    ]:
        node(functions, name, text, file=file)
        assert invoke(functions, name)[1] == "installed"
    for name, file, text in [
        ("none", "index__js", "require('@aws-sdk/client-dynamodb'); exports.handler = async () => 1;"),
        ("nowhere", "index__mjs", "import { x } from '@aws-sdk/client-dynamodb'; export const handler = async () => 1;"),
    ]:
        node(functions, name, text, file=file)
        answer, told = invoke(functions, name)
        assert answer["FunctionError"] == "Unhandled" and told["errorType"] == "Runtime.ImportModuleError", json.dumps(told)
        assert "@aws-sdk/client-dynamodb" in told["errorMessage"]


def test_the_stand_in_never_leaves_the_server(server, name):
    """Without an endpoint nothing is asked of AWS."""
    functions = server.client("lambda")
    text = """
    const { KinesisClient, ListStreamsCommand } = require('@aws-sdk/client-kinesis');
    exports.handler = async () => { delete process.env.AWS_ENDPOINT_URL; await new KinesisClient({}).send(new ListStreamsCommand({})); };"""
    node(functions, name, text)
    assert "AWS_ENDPOINT_URL" in invoke(functions, name)[1]["errorMessage"]


def test_the_stand_in_passes_no_member_over(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    program = """
const { S3Client, GetObjectCommand, DeleteObjectCommand, PutObjectCommand, HeadObjectCommand } = require(process.argv[1])('s3');
const { LambdaClient, InvokeCommand } = require(process.argv[1])('lambda');
(async () => {
  const [Bucket] = process.argv.slice(2), s3 = new S3Client({ maxAttempts: 1 }), told = [];
  await s3.send(new PutObjectCommand({ Bucket, Key: 'm', Body: 'x', Metadata: { a: 'two  blanks' }, ContentDisposition: 'inline' }));
  told.push((await s3.send(new HeadObjectCommand({ Bucket, Key: 'm' }))).Metadata.a);
  for (const Command of [GetObjectCommand, DeleteObjectCommand]) {
    told.push(await s3.send(new Command({ Bucket, Key: 'k', VersionId: 'another' })).then(() => 'done', (error) => error.$fault));
  }
  const wrong = [[s3, new PutObjectCommand({ Bucket, Key: 'k', ACL: 'private' })], [s3, new GetObjectCommand({ Bucket })],
    [s3, new GetObjectCommand({ Bucket, Key: '' })], [new LambdaClient({}), new InvokeCommand({})]];
  for (const [client, command] of wrong) await client.send(command).catch((error) => told.push(error.message.split(' for @aws')[0]));
  console.log(JSON.stringify(told));
})();
"""
    environment = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    ran = subprocess.run(
        ["node", "-e", program, harness.ROOT / "Sources/CFunctionBootstraps/Files/sdk.js", bucket],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
    assert json.loads(ran.stdout or "null") == [
        "two  blanks", "client", "client", "ACL of PutObject is not carried out by this stand-in", "No value provided for input HTTP label: Key.",
        "Empty value provided for input HTTP label: Key.", "No value provided for input HTTP label: FunctionName.",
    ], ran.stderr
    # A version that is not there was not taken for the object itself.
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"


PYTHON = """
import datetime
import boto3
import botocore.exceptions
from botocore.config import Config
from botocore.exceptions import ClientError


def handler(event, context):
    kinesis = boto3.client("kinesis", config=Config(retries={}))
    told = {}
    kinesis.create_stream(StreamName=event["name"], ShardCount=1)
    shard = kinesis.put_record(StreamName=event["name"], PartitionKey="k", Data="é")["ShardId"]
    at = kinesis.get_shard_iterator(StreamName=event["name"], ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    record = kinesis.get_records(ShardIterator=at)["Records"][0]
    told["record"] = [record["Data"].decode(), isinstance(record["ApproximateArrivalTimestamp"], datetime.datetime)]
    personalize = boto3.Session(region_name="us-east-1").client("personalize")
    made = personalize.create_dataset_group(name=event["name"])
    told["group"] = [made["ResponseMetadata"]["HTTPStatusCode"], made["datasetGroupArn"]]
    shown = personalize.describe_dataset_group(datasetGroupArn=made["datasetGroupArn"])["datasetGroup"]
    told["time"] = isinstance(shown["creationDateTime"], datetime.datetime)
    try:
        personalize.describe_campaign(campaignArn=made["datasetGroupArn"].replace("dataset-group", "campaign"))
    except personalize.exceptions.ResourceNotFoundException as error:
        told["error"] = [error.response["Error"]["Code"], error.operation_name, isinstance(error, ClientError)]
    sent = {"eventType": "click", "sentAt": datetime.datetime.now(datetime.timezone.utc)}
    try:
        boto3.client("personalize-events").put_events(trackingId="none", sessionId="s", eventList=[sent])
    except botocore.exceptions.ClientError as error:
        told["events"] = error.response["Error"]["Message"]
    told["refused"] = []
    for wrong in (lambda: boto3.client("s3"), lambda: kinesis.get_paginator("list_streams"), lambda: boto3.resource("s3")):
        try:
            wrong()
        except Exception as error:
            told["refused"].append("stand-in for boto3" in str(error))
    return told
"""


def test_boto3_is_a_stand_in_where_it_is_not_installed(start, name, tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    server = start(environment={"PATH": f"{tmp_path / 'bare/bin'}:{os.environ['PATH']}"})
    functions = server.client("lambda")
    python(functions, name, PYTHON)
    _, answer = invoke(functions, name, {"name": name})
    assert answer == {
        "record": ["é", True], "group": [200, f"arn:aws:personalize:us-east-1:000000000000:dataset-group/{name}"], "time": True,
        "error": ["ResourceNotFoundException", "DescribeCampaign", True], "events": "The trackingId none is invalid.", "refused": [True, True, True],
    }
    log = server.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert any("personalite's stand-in for it" in event["message"] for event in log)
