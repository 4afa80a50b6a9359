"""The founding post from beginning to end, with nothing but the aws CLI and curl.

It plays on the sample data, or on the post's own: `make story INTERACTIONS=interactions.csv ITEMS=item-meta.csv`.
"""

import json
import os
import time
from pathlib import Path

import pytest

from harness import FILMNIGHT, ROLE, Server, until
from world import INTERACTIONS, ITEMS

STAGE = "/_aws/execute-api/reference/prod"
DATA = {"interactions.csv": Path(os.environ.get("PERSONALITE_INTERACTIONS") or FILMNIGHT / "interactions.csv"),
        "items.csv": Path(os.environ.get("PERSONALITE_ITEMS") or FILMNIGHT / "items.csv")}


class Reader:
    """Somebody who follows the post by hand."""

    def __init__(self, server):
        self.server = server
        self.arns = {}

    def aws(self, *arguments):
        return self.server.aws("personalize", *arguments)

    def curl(self, method, route, document=None, status=200):
        """The answer of a route of the presentation layer."""
        body = ["-H", "content-type: application/json", "-d", json.dumps(document)] if document is not None else []
        answer = self.server.curl("-X", method, "-w", "\n%{http_code}", *body, f"{self.server.url}{STAGE}{route}")
        text, code = answer.rsplit("\n", 1)
        assert int(code) == status, answer
        return json.loads(text)

    def wait_for(self, operation, option, arn, part):
        def status():
            found = self.aws(operation, option, arn, "--query", f"{part}.status")
            return found.strip() if found.strip() in ("ACTIVE", "CREATE FAILED") else None

        assert until(status, 60, part) in ("ACTIVE", '"ACTIVE"')

    def recommendations(self):
        query = f"?campaignArn={self.arns['campaign']}&userId=429&numResults=5"
        return self.curl("GET", f"/getRecommendations{query}")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("story"), "--reference-app")
    yield Reader(server)
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


def test_a_dataset_group_is_made_and_filled(reader):
    group = reader.aws("create-dataset-group", "--name", "my-dsg-1")["datasetGroupArn"]
    reader.wait_for("describe-dataset-group", "--dataset-group-arn", group, "datasetGroup")
    reader.arns["group"] = group
    jobs = []
    for kind, name, text, job, key in [("Interactions", "my-schema", INTERACTIONS, "my-job-name-test", "interactions.csv"),
                                       ("Items", "my-item-schema", ITEMS, "my-job-name-test-item", "items.csv")]:
        schema = reader.aws("create-schema", "--name", name, "--schema", text)["schemaArn"]
        dataset = reader.aws("create-dataset", "--name", f"dataset-{kind.lower()}", "--schema-arn", schema, "--dataset-group-arn", group,
                             "--dataset-type", kind)["datasetArn"]
        jobs.append(reader.aws("create-dataset-import-job", "--job-name", job, "--dataset-arn", dataset, "--role-arn", ROLE,
                               "--data-source", f"dataLocation=s3://film-night/{key}")["datasetImportJobArn"])
    for job in jobs:
        reader.wait_for("describe-dataset-import-job", "--dataset-import-job-arn", job, "datasetImportJob")


def test_a_solution_is_trained_over_rest(reader):
    solution = reader.aws("create-solution", "--name", "my-sol-from-cdk", "--dataset-group-arn", reader.arns["group"],
                          "--recipe-arn", "arn:aws:personalize:::recipe/aws-user-personalization")["solutionArn"]
    started = time.monotonic()
    answer = reader.curl("POST", "/solutionVersion", {"solutionArn": solution, "version": "v1"})
    assert answer["solutionVersionArn"] == solution + "/v1" and answer["$metadata"]["httpStatusCode"] == 200
    reader.arns["version"] = answer["solutionVersionArn"]
    ask = {"solutionVersionArn": reader.arns["version"]}
    until(lambda: reader.curl("POST", "/describeSolutionVersion", ask) == "ACTIVE", 10, "training")
    print(f"\ntrained and evaluated in {time.monotonic() - started:.2f} s, as a client sees it")
    metrics = reader.aws("get-solution-metrics", "--solution-version-arn", reader.arns["version"])["metrics"]
    print(json.dumps(metrics, indent=1))
    assert metrics["normalized_discounted_cumulative_gain_at_10"] > 0.05


def test_a_campaign_and_a_tracker_are_made_over_rest(reader):
    campaign = reader.curl("POST", "/campaign", {"name": "my-campaign", "solutionVersionArn": reader.arns["version"]})
    reader.arns["campaign"] = campaign["campaignArn"]
    until(lambda: reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}) == "ACTIVE", 10)
    tracker = reader.curl("POST", "/eventTracker", {"name": "my-tracker", "datasetGroupArn": reader.arns["group"]})
    reader.arns["tracker"], reader.arns["tracking"] = tracker["eventTrackerArn"], tracker["trackingId"]


def click(reader, **more):
    return {"stream-name": "my-stream", "PartitionKey": "userId", "Data": {
        "userId": "429", "interactions": 1, "itemId": "185", "eventType": "click", "sentAt": "1698711110",
        "trackingId": reader.arns["tracking"], **more}}


def test_a_click_through_the_stream_moves_the_list(reader):
    before = reader.recommendations()
    assert len(before["itemList"]) == 5 and before["$metadata"]["httpStatusCode"] == 200
    assert before["$metadata"].keys() >= {"httpStatusCode", "requestId", "attempts", "totalRetryDelay"}
    answer = reader.curl("POST", "/data", click(reader))
    assert answer["Message"] == "Event sent successfully"
    assert answer["data"]["ShardId"].startswith("shardId-") and int(answer["data"]["SequenceNumber"])
    after = until(lambda: (now := reader.recommendations())["itemList"] != before["itemList"] and now, 2, "the list moves")
    for old, new in zip(before["itemList"], after["itemList"]):
        print(f"{old['itemId']:>8} {old['score']:.7f}   → {new['itemId']:>8} {new['score']:.7f}")
    assert after["recommendationId"][-10:] == before["recommendationId"][-10:]


def test_a_record_that_cannot_be_delivered_blocks_nothing(reader):
    before = reader.recommendations()["itemList"]
    for broken in (click(reader, trackingId="nobody"), click(reader, sentAt="yesterday"), {**click(reader), "Data": "no object"}):
        reader.curl("POST", "/data", broken)
    reader.curl("POST", "/data", click(reader, itemId="42", sentAt=1698711200, interactions=2))
    until(lambda: reader.recommendations()["itemList"] != before, 2, "the list moves past the broken records")


def test_a_record_put_by_the_cli_is_heard_as_well(reader):
    before = reader.recommendations()["itemList"]
    reader.server.aws("kinesis", "put-record", "--stream-name", "my-stream", "--partition-key", "userId",
                      "--data", json.dumps(click(reader, itemId="7", sentAt=1698711300)["Data"]))
    until(lambda: reader.recommendations()["itemList"] != before, 2)


def test_every_record_is_archived(reader):
    s3 = reader.server.client("s3")

    def archived():
        found = []
        for bucket in s3.list_buckets()["Buckets"]:
            if bucket["Name"] != "film-night":
                for item in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
                    found.append(s3.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read())
        return b"".join(found)

    def every_record():
        text = archived()
        return b'"nobody"' in text and text.count(b'"185"') >= 3 and b'"42"' in text and b'"7"' in text

    until(every_record, 10, "the archive")


def test_the_other_ways_in(reader):
    before = reader.recommendations()["itemList"]
    host = f"reference.execute-api.localhost:{reader.server.port}"
    answer = reader.server.curl("-H", f"host: {host}", "-d", json.dumps(click(reader, itemId="110", sentAt=1698711400)),
                                f"{reader.server.url}/prod/data")
    assert json.loads(answer)["Message"] == "Event sent successfully"
    until(lambda: reader.recommendations()["itemList"] != before, 2)


def test_what_the_routes_refuse(reader):
    missing = reader.arns["campaign"] + "-none"
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": missing}, status=500) == "Campaign is deleted or does not exist"
    reader.curl("POST", "/campaign", {"name": "my-campaign", "solutionVersionArn": reader.arns["version"]}, status=500)
    reader.curl("POST", "/solutionVersion", {"solutionArn": "nonsense", "version": "v1"}, status=500)
    reader.curl("GET", "/getRecommendations?userId=429", status=500)


def test_the_resources_are_deleted(reader):
    gone = {"campaignArn": reader.arns["campaign"], "eventTrackerArn": reader.arns["tracker"]}
    reader.curl("DELETE", "/deleteResources", gone)
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}) == "DELETE PENDING"
    assert reader.curl("POST", "/describeCampaign", {"campaignArn": reader.arns["campaign"]}, status=500) == "Campaign is deleted or does not exist"
    reader.curl("DELETE", "/deleteResources", gone)


def test_without_the_option_there_is_no_reference_app(server):
    assert server.http("GET", f"{STAGE}/getRecommendations").status in (403, 404)
