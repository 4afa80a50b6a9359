"""The founding post from beginning to end, with nothing but the aws CLI and curl: its stack, its nine routes, its click.

It plays on the sample data, or on the post's own: `make story INTERACTIONS=interactions.csv ITEMS=item-meta.csv`.
"""

import json
import os
import time
from pathlib import Path

import pytest

from harness import FILMNIGHT, ROOT, Server, until

ARN = "arn:aws:personalize:us-east-1:000000000000"
DATA = {"interactions.csv": Path(os.environ.get("PERSONALITE_INTERACTIONS") or FILMNIGHT / "interactions.csv"),
        "items.csv": Path(os.environ.get("PERSONALITE_ITEMS") or FILMNIGHT / "items.csv")}


class Reader:
    """Somebody who follows the post by hand."""

    def __init__(self, server, language):
        self.server, self.language = server, language
        self.arns = {}

    def aws(self, *arguments):
        return self.server.aws("personalize", *arguments)

    def curl(self, method, route, document=None, status=200):
        """The answer of a route of the presentation layer: JSON, or a text that is none."""
        body = ["-H", "content-type: application/json", "-d", json.dumps(document)] if document is not None else []
        stage = f"{self.server.url}/_aws/execute-api/{self.arns['api']}/prod"
        answer = self.server.curl("-X", method, "-w", "\n%{http_code}", *body, f"{stage}{route}")
        text, code = answer.rsplit("\n", 1)
        assert int(code) == status, f"{answer}\n{self.server.tail()}"
        try:
            return json.loads(text)
        except ValueError:
            return text

    def status(self, answer):
        """What the service answered the function, as its SDK tells it."""
        return answer["$metadata"]["httpStatusCode"] if self.language == "node" else answer["ResponseMetadata"]["HTTPStatusCode"]

    def recommendations(self):
        query = f"?campaignArn={self.arns['campaign']}&userId=429&numResults=5"
        return self.curl("GET", f"/getRecommendations{query}")


@pytest.fixture(scope="module", params=["node", "python"])
def reader(request, tmp_path_factory):
    """With functions in either language, which answer the same but for what their SDKs add."""
    server = Server(tmp_path_factory.mktemp("story"))
    yield Reader(server, request.param)
    server.kill()


def test_the_data_is_uploaded(reader):
    reader.server.aws("s3", "mb", "s3://film-night")
    policy = {"Version": "2012-10-17", "Id": "PersonalizeS3BucketAccessPolicy", "Statement": [{
        "Sid": "PersonalizeS3BucketAccessPolicy", "Effect": "Allow", "Principal": {"Service": "personalize.amazonaws.com"},
        "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::film-night", "arn:aws:s3:::film-night/*"]}]}
    reader.server.aws("s3api", "put-bucket-policy", "--bucket", "film-night", "--policy", json.dumps(policy))
    for key, file in DATA.items():
        reader.server.aws("s3", "cp", file, f"s3://film-night/{key}")
    assert reader.server.aws("s3", "ls", "s3://film-night").count(".csv") == 2


def test_the_stack_is_deployed(reader, tmp_path):
    """Its functions are packed and uploaded by the aws CLI; the data are imported while it is made."""
    aws, made = reader.server.aws, tmp_path / "post.yaml"
    # The command uploads to where the variable says, whatever --endpoint-url is.
    aws("cloudformation", "package", "--template-file", ROOT / "testdata/post/template.yaml", "--s3-bucket", "film-night", "--output-template-file", made,
        environment={"AWS_ENDPOINT_URL": reader.server.url})
    aws("cloudformation", "deploy", "--template-file", made, "--stack-name", "post", "--capabilities", "CAPABILITY_NAMED_IAM",
        "--parameter-overrides", f"Handlers={reader.language}")
    stack, = aws("cloudformation", "describe-stacks", "--stack-name", "post")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    reader.arns.update(api=outputs["Api"], archive=outputs["Archive"], group=f"{ARN}:dataset-group/my-dsg-1")
    assert outputs["Endpoint"] == f"https://{outputs['Api']}.execute-api.us-east-1.amazonaws.com/prod/"
    for name in ("INTERACTIONS", "ITEMS"):
        job, = reader.aws("list-dataset-import-jobs", "--dataset-arn", f"{ARN}:dataset/my-dsg-1/{name}")["datasetImportJobs"]
        assert job["status"] == "ACTIVE"


def test_a_solution_is_trained_over_rest(reader):
    solution = f"{ARN}:solution/my-sol-from-cdk"
    started = time.monotonic()
    answer = reader.curl("POST", "/solutionVersion", {"solutionArn": solution, "version": "v1"})
    assert answer["solutionVersionArn"] == solution + "/v1" and reader.status(answer) == 200
    reader.arns["version"] = answer["solutionVersionArn"]
    ask = {"solutionVersionArn": reader.arns["version"]}
    until(lambda: reader.curl("POST", "/describeSolutionVersion", ask) == "ACTIVE", 60, "training")
    print(f"\ntrained and evaluated in {time.monotonic() - started:.2f} s, as a client sees it")
    metrics = reader.aws("get-solution-metrics", "--solution-version-arn", reader.arns["version"])["metrics"]
    print(json.dumps(metrics, indent=1))
    assert metrics["normalized_discounted_cumulative_gain_at_10"] > 0.05


def test_a_campaign_and_a_tracker_are_made_over_rest(reader):
    campaign = reader.curl("POST", "/campaign", {"name": "my-campaign", "solutionVersionArn": reader.arns["version"]})
    reader.arns["campaign"] = campaign["campaignArn"]
    until(lambda: reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}) == "ACTIVE", 20)
    tracker = reader.curl("POST", "/eventTracker", {"name": "my-tracker", "datasetGroupArn": reader.arns["group"]})
    reader.arns["tracker"], reader.arns["tracking"] = tracker["eventTrackerArn"], tracker["trackingId"]


def click(reader, **more):
    return {"stream-name": "my-stream", "PartitionKey": "userId", "Data": {
        "userId": "429", "interactions": 1, "itemId": "185", "eventType": "click", "sentAt": "1698711110",
        "trackingId": reader.arns["tracking"], **more}}


def test_a_click_through_the_stream_moves_the_list(reader):
    before = reader.recommendations()
    assert len(before["itemList"]) == 5 and reader.status(before) == 200
    if reader.language == "node":
        assert before["$metadata"].keys() >= {"httpStatusCode", "requestId", "attempts", "totalRetryDelay"}
    answer = reader.curl("POST", "/data", click(reader))
    assert answer["Message"] == "Event sent successfully"
    assert answer["data"]["ShardId"].startswith("shardId-") and int(answer["data"]["SequenceNumber"])
    after = until(lambda: (now := reader.recommendations())["itemList"] != before["itemList"] and now, 20, "the list moves")
    for old, new in zip(before["itemList"], after["itemList"]):
        print(f"{old['itemId']:>8} {old['score']:.7f}   → {new['itemId']:>8} {new['score']:.7f}")
    assert after["recommendationId"][-10:] == before["recommendationId"][-10:]


def test_a_record_that_cannot_be_delivered_blocks_nothing(reader):
    """The tracker is nobody's, the text is no time, and the last is no object; the function answers all of them."""
    before = reader.recommendations()["itemList"]
    users = [click(reader, userId=user, itemId="") for user in (429, None, "")]
    for broken in (click(reader, trackingId="nobody"), click(reader, sentAt="yesterday"), *users, {**click(reader), "Data": "no object"}):
        reader.curl("POST", "/data", broken)
    reader.curl("POST", "/data", click(reader, itemId="42", interactions="2"))
    until(lambda: reader.recommendations()["itemList"] != before, 20, "the list moves past the broken records")


def test_a_record_put_by_the_cli_is_heard_as_well(reader):
    before = reader.recommendations()["itemList"]
    reader.server.aws("kinesis", "put-record", "--stream-name", "my-stream", "--partition-key", "userId",
                      "--data", json.dumps(click(reader, itemId="7", sentAt=int(time.time() * 1000))["Data"]))
    until(lambda: reader.recommendations()["itemList"] != before, 20)


def test_every_record_is_archived(reader):
    """The delivery stream writes every five minutes."""
    s3 = reader.server.client("s3")
    reader.server.clock(advance=301)

    def every_record():
        items = s3.list_objects_v2(Bucket=reader.arns["archive"]).get("Contents", [])
        text = b"".join(s3.get_object(Bucket=reader.arns["archive"], Key=item["Key"])["Body"].read() for item in items)
        return b'"nobody"' in text and text.count(b'"185"') >= 3 and b'"42"' in text and b'"7"' in text

    until(every_record, 20, "the archive")


def test_the_other_ways_in(reader):
    before = reader.recommendations()["itemList"]
    host = f"{reader.arns['api']}.execute-api.localhost:{reader.server.port}"
    body = json.dumps(click(reader, itemId="110"))
    send = ["-H", f"host: {host}", "-d", body, f"{reader.server.url}/prod/data"]
    # A form is what curl calls a body by itself, and the route takes JSON alone.
    assert json.loads(reader.server.curl(*send)) == {"message": "Unsupported Media Type"}
    answer = reader.server.curl("-H", "content-type: application/json", *send)
    assert json.loads(answer)["Message"] == "Event sent successfully"
    until(lambda: reader.recommendations()["itemList"] != before, 20)


def test_what_the_routes_refuse(reader):
    missing = reader.arns["campaign"] + "-none"
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": missing}, status=500) == "Campaign is deleted or does not exist"
    again = reader.curl("POST", "/campaign", {"name": "my-campaign", "solutionVersionArn": reader.arns["version"]}, status=500)
    assert (again["name"] if reader.language == "node" else again["Error"]["Code"]) == "ResourceAlreadyExistsException"
    reader.curl("POST", "/solutionVersion", {"solutionArn": "nonsense", "version": "v1"}, status=500)
    reader.curl("GET", "/getRecommendations?userId=429", status=500)
    for body in ({}, [], 5, "text"):
        reader.curl("POST", "/campaign", body, status=500)
    query = f"?campaignArn={reader.arns['campaign']}&userId=429&numResults="
    assert len(reader.curl("GET", f"/getRecommendations{query}many")["itemList"]) == 25
    # One of the two deletions is no whole request, and the other is done.
    told = reader.curl("DELETE", "/deleteResources", {"campaignArn": missing}, status=500)
    assert "does not exist" in told and "deleteEventTracker: " in told
    # The functions do not expect a request without a query or with a body that is no JSON, and break.
    broken = {"message": "Internal server error"}
    assert reader.curl("GET", "/getRecommendations", status=502) == broken
    assert reader.curl("POST", "/campaign", status=502) == broken
    assert reader.curl("GET", "/nothing", status=403) == {"message": "Missing Authentication Token"}


def test_the_route_that_cannot_succeed(reader):
    """Its function expects records of a stream."""
    assert reader.curl("POST", "/putEvents", click(reader)["Data"], status=502) == {"message": "Internal server error"}


def test_the_resources_are_deleted_by_a_route_that_says_500(reader):
    gone = {"campaignArn": reader.arns["campaign"], "eventTrackerArn": reader.arns["tracker"]}
    told = reader.curl("DELETE", "/deleteResources", gone, status=500)
    metadata = "$metadata" if reader.language == "node" else "ResponseMetadata"
    assert told.startswith(f'deleteCampaignResponse: {{"{metadata}"') and f', deleteEventTracker: {{"{metadata}"' in told
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}) == "DELETE PENDING"
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}, status=500) == "Campaign is deleted or does not exist"
    told = reader.curl("DELETE", "/deleteResources", gone, status=500)
    assert told.startswith('deleteCampaignResponse: "') and "does not exist" in told


def test_the_stack_goes(reader):
    aws = reader.server.aws
    aws("cloudformation", "delete-stack", "--stack-name", "post")
    until(lambda: reader.aws("list-dataset-groups")["datasetGroups"] == [], 20, "the stack's end")
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "post")
    assert aws("kinesis", "list-streams")["StreamNames"] == [] and aws("lambda", "list-functions")["Functions"] == []
    # What was archived stays, as the template says.
    assert reader.arns["archive"] in aws("s3", "ls")
