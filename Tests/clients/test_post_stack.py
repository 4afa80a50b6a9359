"""The post's own stack, from testdata/post: deployed by the cdk command, asked through its REST API, killed in the middle, changed, and destroyed."""

import collections
import concurrent.futures
import itertools
import json

import pytest

import deploying
import harness
from harness import FILMNIGHT, ROOT, until

APP = ROOT / "testdata/post/app.py"
ASSETS = "cdk-hnb659fds-assets-000000000000-us-east-1"
ARN = "arn:aws:personalize:us-east-1:000000000000"
PARAMETERS = {
    "bucketARN": "arn:aws:s3:::film-night", "bucketObjectsARN": "arn:aws:s3:::film-night/*",
    "interactionDataLocation": "s3://film-night/interactions.csv", "itemDataLocation": "s3://film-night/items.csv", "solutionRegion": "us-east-1",
}
TYPES = {
    "AWS::IAM::Role": 12, "AWS::IAM::Policy": 12, "AWS::ApiGateway::Resource": 9, "AWS::ApiGateway::Method": 9, "AWS::Lambda::Permission": 8,
    "AWS::Lambda::Function": 8, "AWS::Personalize::Schema": 2, "AWS::Personalize::Dataset": 2, "AWS::Personalize::DatasetGroup": 1,
    "AWS::Personalize::Solution": 1, "AWS::ApiGateway::RestApi": 1, "AWS::ApiGateway::Deployment": 1, "AWS::ApiGateway::Stage": 1,
    "AWS::Lambda::EventSourceMapping": 1, "AWS::Kinesis::Stream": 1, "AWS::S3::Bucket": 1, "AWS::Logs::LogGroup": 1, "AWS::Logs::LogStream": 1,
    "AWS::KinesisFirehose::DeliveryStream": 1, "AWS::CDK::Metadata": 1,
}
# What a deployment may cost beside the client's own work, in seconds; more of it without optimization.
MOST = 5.0 if "/debug/" in harness.BINARY else 1.0


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth")
    languages = ("node", "python")
    with concurrent.futures.ThreadPoolExecutor() as threads:
        made = threads.map(lambda language: deploying.synthesized(APP, folder / language, "-c", f"handlers={language}"), languages)
        return dict(zip(languages, made))


def deploy(assembly):
    given = [word for name, value in PARAMETERS.items() for word in ("--parameters", f"{name}={value}")]
    return ["deploy", "PostStack", "--app", assembly, "--require-approval", "never", *given]


def stack_of(server):
    return server.client("cloudformation").describe_stacks(StackName="PostStack")["Stacks"][0]


class Story:
    """Somebody who sends the post's requests."""

    def __init__(self, server):
        self.server = server
        outputs = stack_of(server)["Outputs"]
        endpoint, = (output["OutputValue"] for output in outputs if "Endpoint" in output["OutputKey"])
        self.api = endpoint.split("//")[1].split(".")[0]

    def ask(self, method, route, document=None, status=200):
        body = json.dumps(document).encode() if document is not None else b""
        answer = self.server.http(method, f"/restapis/{self.api}/prod/_user_request_/{route}", body, {"content-type": "application/json"})
        assert answer.status == status, f"{answer}\n{self.server.tail()}"
        try:
            return answer.json
        except ValueError:
            return answer.text

    def train(self):
        made = self.ask("POST", "solutionVersion", {"solutionArn": f"{ARN}:solution/my-sol-from-cdk", "version": "v1"})
        version = {"solutionVersionArn": made["solutionVersionArn"]}
        until(lambda: self.ask("POST", "describeSolutionVersion", version) == "ACTIVE", 60, "the version")
        self.campaign = self.ask("POST", "campaign", {"name": "my-campaign", **version})["campaignArn"]
        until(lambda: self.ask("POST", "describeCampaign", {"campaignArn": self.campaign}) == "ACTIVE", 20, "the campaign")
        tracker = self.ask("POST", "eventTracker", {"name": "my-tracker", "datasetGroupArn": f"{ARN}:dataset-group/my-dsg-1"})
        self.tracker, self.tracking = tracker["eventTrackerArn"], tracker["trackingId"]
        return made

    def recommendations(self):
        return self.ask("GET", f"getRecommendations?campaignArn={self.campaign}&userId=429&numResults=5")["itemList"]

    def click(self, item, user="429", sent_at="1698711110", times=1):
        data = {"userId": user, "interactions": times, "itemId": item, "eventType": "click", "sentAt": sent_at, "trackingId": self.tracking}
        return self.ask("POST", "data", {"stream-name": "my-stream", "PartitionKey": "userId", "Data": data})

    def move(self, item="185"):
        """The post's click, whose time is a text of seconds, and the list that it moves."""
        before = self.recommendations()
        assert len(before) == 5
        answer = self.click(item)
        assert answer["Message"] == "Event sent successfully" and answer["data"]["SequenceNumber"].isdecimal()
        until(lambda: self.recommendations() != before, 20, "the click")

    def delete(self):
        """500 whatever comes of it, and yet both are deleted."""
        told = self.ask("DELETE", "deleteResources", {"campaignArn": self.campaign, "eventTrackerArn": self.tracker}, status=500)
        assert told.startswith("deleteCampaignResponse: {") and ", deleteEventTracker: {" in told, told
        gone = "Campaign is deleted or does not exist"
        until(lambda: self.server.http("POST", f"/restapis/{self.api}/prod/_user_request_/describeCampaign", json.dumps(
            {"campaignArn": self.campaign}).encode()).text == gone, 20, "the campaign's end")


def upload(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="film-night")
    s3.put_object(Bucket="film-night", Key="items.csv", Body=(FILMNIGHT / "items.csv").read_bytes())
    # What every tenth user saw, with the post's user among them: training is not what is tested here.
    head, *lines = (FILMNIGHT / "interactions.csv").read_text().splitlines()
    some = [line for line in lines if line.split(",")[0].endswith("9")]
    assert any(line.startswith("429,") for line in some)
    s3.put_object(Bucket="film-night", Key="interactions.csv", Body="\n".join([head, *some]).encode())


def test_the_template_has_the_post_s_shape(assemblies):
    template = json.loads((assemblies["node"] / "PostStack.template.json").read_text())
    counts = collections.Counter(resource["Type"] for resource in template["Resources"].values())
    assert counts == TYPES and (sum(counts.values()), len(counts)) == (74, 20)
    assert template["Parameters"].keys() == {*PARAMETERS, "BootstrapVersion"}


def ingested(server, numbers=itertools.count(1)):
    """Who clicked what, as far as the event tracker knows."""
    personalize, s3 = server.client("personalize"), server.client("s3")
    name = f"seen{next(numbers)}"
    job = personalize.create_dataset_export_job(
        jobName=name, datasetArn=f"{ARN}:dataset/my-dsg-1/INTERACTIONS", ingestionMode="PUT", roleArn=harness.ROLE,
        jobOutput={"s3DataDestination": {"path": f"s3://film-night/{name}/"}})["datasetExportJobArn"]
    until(lambda: personalize.describe_dataset_export_job(datasetExportJobArn=job)["datasetExportJob"]["status"] == "ACTIVE", 20, "the export")
    lines = []
    for item in s3.list_objects_v2(Bucket="film-night", Prefix=f"{name}/").get("Contents", []):
        if item["Key"].endswith(".csv"):
            lines += s3.get_object(Bucket="film-night", Key=item["Key"])["Body"].read().decode().splitlines()[1:]
    return {tuple(line.split(",")[:2]) for line in lines}


def test_the_post_with_functions_of_node(start, assemblies, tmp_path):
    data = tmp_path / "data"
    server = start("--data-dir", data)
    upload(server)
    _, took = deploying.cdk(server, "bootstrap", "aws://000000000000/us-east-1")
    print(f"\ncdk bootstrap: {took}")
    assert took.server < MOST
    made, took = deploying.cdk(server, *deploy(assemblies["node"]))
    print(f"cdk deploy, 74 resources: {took}")
    assert took.server < MOST and "execute-api" in made
    # It was complete when the client looked first, so that it slept nowhere.
    after = took.requests[took.requests.index("ExecuteChangeSet"):]
    assert after.count("DescribeStacks") <= 2, after
    again, took = deploying.cdk(server, *deploy(assemblies["node"]))
    print(f"cdk deploy without changes: {took}")
    assert "no changes" in again and took.server < MOST

    story = Story(server)
    made = story.train()
    assert made["$metadata"]["httpStatusCode"] == 200 and made["$metadata"].keys() == {"httpStatusCode", "requestId", "attempts", "totalRetryDelay"}
    story.move()
    # The route that cannot succeed: its function expects records of a stream.
    assert story.ask("POST", "putEvents", {"userId": "429"}, status=502) == {"message": "Internal server error"}
    assert story.ask("POST", "campaign", {"name": "my-campaign", "solutionVersionArn": "nonsense"}, status=500)["name"] == "InvalidInputException"

    def one_by_one(template):
        mapping, = (resource for resource in template["Resources"].values() if resource["Type"] == "AWS::Lambda::EventSourceMapping")
        mapping["Properties"]["BatchSize"] = 1

    # The post's handler takes the last record of a batch alone; in batches of one it has to see them all.
    single = deploying.changed(assemblies["node"], tmp_path / "single", one_by_one)
    _, took = deploying.cdk(server, *deploy(single))
    print(f"cdk deploy of a change: {took}")
    assert took.server < MOST
    mapping, = server.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["BatchSize"] == 1

    wanted = {(f"visitor{number}", "185") for number in range(40)}
    for number in range(40):
        story.click("185", user=f"visitor{number}")
        if number == 25:
            # Some are delivered, one is in hand, and the others wait.
            server.kill()
            server = start("--data-dir", data)
            story.server = server
    until(lambda: not wanted - ingested(server), 60, "every click")

    def broken(template):
        one_by_one(template)
        template["Resources"]["Bad"] = {"Type": "AWS::Personalize::Schema", "Properties": {"Name": "bad", "Schema": "{}"}, "DependsOn": "Clicks"}
        template["Resources"]["Clicks"]["Properties"]["BatchSize"] = 50

    failed, took = deploying.cdk(server, *deploy(deploying.changed(assemblies["node"], tmp_path / "broken", broken)), fails=True)
    print(f"cdk deploy that fails and is rolled back: {took}")
    assert "Input schema is invalid" in failed and stack_of(server)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert server.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]["BatchSize"] == 1
    story.move("42")

    # The delivery stream writes every five minutes.
    server.clock(advance=301)
    until(lambda: archived(server) >= 40, 30, "the archive")
    story.delete()
    _, took = deploying.cdk(server, "destroy", "PostStack", "--app", single, "--force")
    print(f"cdk destroy: {took}")
    assert took.server < MOST
    assert server.client("personalize").list_dataset_groups()["datasetGroups"] == []
    assert server.client("lambda").list_functions()["Functions"] == [] and server.client("apigateway").get_rest_apis()["items"] == []
    # Its policy keeps it, and a new stack cannot make it then.
    assert server.client("kinesis").list_streams()["StreamNames"] == ["my-stream"]


def archived(server):
    """Clicks in the bucket of the delivery stream."""
    s3 = server.client("s3")
    bucket, = (one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith("poststack-"))
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return sum(s3.get_object(Bucket=bucket, Key=key)["Body"].read().count(b'"visitor') for key in keys)


def test_the_post_with_functions_of_python(start, assemblies):
    """The same by `aws cloudformation deploy`, which publishes nothing but the template."""
    server = start()
    upload(server)
    s3 = server.client("s3")
    s3.create_bucket(Bucket=ASSETS)
    server.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="32")
    deploying.publish(assemblies["python"], s3, ASSETS)
    given = [f"{name}={value}" for name, value in PARAMETERS.items()]
    command = [
        "cloudformation", "deploy", "--stack-name", "PostStack", "--template-file", assemblies["python"] / "PostStack.template.json", "--s3-bucket",
        ASSETS, "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset", "--parameter-overrides", *given,
    ]
    _, took = deploying.run(server, deploying.BIN / "aws", *command)
    print(f"\naws cloudformation deploy, 74 resources: {took}")
    assert took.server < MOST and took.requests.count("DescribeStacks") <= 2
    again, took = deploying.run(server, deploying.BIN / "aws", *command)
    print(f"aws cloudformation deploy without changes: {took}")
    assert "No changes to deploy" in again
    story = Story(server)
    story.train()
    story.move()
    assert story.ask("POST", "putEvents", {"userId": "429"}, status=502) == {"message": "Internal server error"}
    assert story.ask("POST", "describeCampaign", {"campaignArn": story.campaign + "x"}, status=500) == "Campaign is deleted or does not exist"
    story.delete()
    server.aws("cloudformation", "delete-stack", "--stack-name", "PostStack")
    until(lambda: not server.client("personalize").list_dataset_groups()["datasetGroups"], 20, "the end")
