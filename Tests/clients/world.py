"""What the Personalize tests stand on: schemas, data in a bucket, and a dataset group trained with every recipe."""

import csv
import json

from harness import FILMNIGHT, ROLE, until
from test_s3 import refusal

RECIPES = {
    "user": "arn:aws:personalize:::recipe/aws-user-personalization",
    "sims": "arn:aws:personalize:::recipe/aws-sims",
    "ranking": "arn:aws:personalize:::recipe/aws-personalized-ranking",
    "popular": "arn:aws:personalize:::recipe/aws-popularity-count",
}
# Not among those that a world trains by itself.
OTHERS = {
    "affinity": "arn:aws:personalize:::recipe/aws-item-affinity",
    "trending": "arn:aws:personalize:::recipe/aws-trending-now",
    "semantic": "arn:aws:personalize:::recipe/aws-semantic-similarity",
    "v2": "arn:aws:personalize:::recipe/aws-user-personalization-v2",
}


def gone(describe, **which):
    """Whether a deleted resource is described once more, as being deleted, and then is no more."""
    answer = describe(**which)
    found, = (part for name, part in answer.items() if name != "ResponseMetadata")
    return found["status"] == "DELETE PENDING" and refusal(describe, **which)[:2] == (400, "ResourceNotFoundException")


def schema(kind, *fields):
    """The text of a schema; a field is a name, a type and more attributes."""
    members = [{"name": name, "type": kind, **(more[0] if more else {})} for name, kind, *more in fields]
    return json.dumps({"type": "record", "name": kind, "namespace": "com.amazonaws.personalize.schema", "fields": members, "version": "1.0"})


INTERACTIONS = schema("Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long"), ("EVENT_TYPE", "string"))
ITEMS = schema("Items", ("ITEM_ID", "string"), ("GENRE", ["null", "string"], {"categorical": True}), ("YEAR", "string"))


def rows(users=40, per_user=30, items=60, start=1_600_000_000):
    """Small interactions with a pattern: everybody walks the same ring of items from a place of their own."""
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"]
    for user in range(users):
        lines += [f"u{user},i{(user * 7 + step) % items},{start + user * 1000 + step},click" for step in range(per_user)]
    return "\n".join(lines) + "\n"


def titles():
    with (FILMNIGHT / "titles.csv").open() as file:
        return {row["ITEM_ID"]: row["TITLE"] for row in csv.DictReader(file)}


def histories():
    """user → [(timestamp, item, event type)] of the film-night data, oldest first."""
    result = {}
    with (FILMNIGHT / "interactions.csv").open() as file:
        for row in csv.DictReader(file):
            result.setdefault(row["USER_ID"], []).append((int(row["TIMESTAMP"]), row["ITEM_ID"], row["EVENT_TYPE"]))
    return result


class World:
    """Builds resources under one name prefix; every step waits until it is ACTIVE, and says why when it fails."""

    def __init__(self, server, prefix, **client):
        self.server, self.prefix = server, prefix
        self.personalize = server.client("personalize", **client)
        self.s3 = server.client("s3", **client)
        self.solutions, self.versions, self.campaigns = {}, {}, {}
        self.bucket = f"{prefix}-bucket"
        self.group_arn = self.tracker = None
        self.datasets = {}

    def wait(self, what, within=60.0, **arn):
        """A resource once it is no longer on its way: `wait("campaign", campaignArn=…)`."""
        describe = getattr(self.personalize, f"describe_{what}")
        key = {"dataset_group": "datasetGroup", "dataset_import_job": "datasetImportJob", "solution_version": "solutionVersion",
               "event_tracker": "eventTracker", "dataset_export_job": "datasetExportJob", "batch_inference_job": "batchInferenceJob",
               "batch_segment_job": "batchSegmentJob"}.get(what, what)

        def settled():
            found = describe(**arn)[key]
            return found if found["status"] in ("ACTIVE", "CREATE FAILED", "CREATE STOPPED") else None

        return until(settled, within, what)

    def active(self, what, **arn):
        found = self.wait(what, **arn)
        assert found["status"] == "ACTIVE", found
        return found

    def group(self, suffix="group", **more):
        self.group_arn = self.personalize.create_dataset_group(name=f"{self.prefix}-{suffix}", **more)["datasetGroupArn"]
        self.active("dataset_group", datasetGroupArn=self.group_arn)
        return self

    def dataset(self, kind="Interactions", text=INTERACTIONS, **more):
        schema_arn = self.personalize.create_schema(name=f"{self.prefix}-{kind}".lower(), schema=text, **more)["schemaArn"]
        made = self.personalize.create_dataset(
            name=f"{self.prefix}-{kind}".lower(), schemaArn=schema_arn, datasetGroupArn=self.group_arn, datasetType=kind)
        self.datasets[kind] = made["datasetArn"]
        self.active("dataset", datasetArn=made["datasetArn"])
        return made["datasetArn"]

    def put(self, key, body):
        """An object of the world's bucket, and its location."""
        try:
            self.s3.create_bucket(Bucket=self.bucket)
        except self.s3.exceptions.BucketAlreadyOwnedByYou:
            pass
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def import_data(self, body, kind="Interactions", job="job", key=None, **more):
        """Runs an import job to its end and returns its description, ACTIVE or failed."""
        location = self.put(key or f"{job}.csv", body)
        arn = self.personalize.create_dataset_import_job(
            jobName=f"{self.prefix}-{job}", datasetArn=self.datasets[kind], dataSource={"dataLocation": location}, roleArn=ROLE, **more
        )["datasetImportJobArn"]
        return self.wait("dataset_import_job", datasetImportJobArn=arn)

    def imported(self, *arguments, **more):
        job = self.import_data(*arguments, **more)
        assert job["status"] == "ACTIVE", job
        return self

    def small(self):
        """A group with a small interactions dataset, filled."""
        self.group()
        self.dataset()
        return self.imported(rows())

    def load(self, interactions=None, items=None):
        """A group with these two CSVs; without the first the film-night data, without the second alone no Items dataset."""
        if interactions is None:
            interactions, items = ((FILMNIGHT / name).read_bytes() for name in ("interactions.csv", "items.csv"))
        self.group()
        self.dataset()
        self.imported(interactions)
        if items is not None:
            self.dataset("Items", ITEMS)
            self.imported(items, kind="Items", job="items")
        return self

    def solution(self, kind, suffix="", **more):
        arn = self.personalize.create_solution(
            name=f"{self.prefix}-{kind}{suffix}", datasetGroupArn=self.group_arn, recipeArn=(RECIPES | OTHERS)[kind], **more)["solutionArn"]
        self.solutions[kind] = arn
        self.active("solution", solutionArn=arn)
        return arn

    def version(self, kind, **more):
        arn = self.personalize.create_solution_version(solutionArn=self.solutions[kind], **more)["solutionVersionArn"]
        self.versions[kind] = arn
        return arn

    def campaign(self, kind, suffix="", **more):
        arn = self.personalize.create_campaign(
            name=f"{self.prefix}-{kind}{suffix}", solutionVersionArn=self.versions[kind], **{"minProvisionedTPS": 1, **more})["campaignArn"]
        self.campaigns[kind] = arn
        self.active("campaign", campaignArn=arn)
        return arn

    def track(self):
        """The event tracker's tracking id."""
        made = self.personalize.create_event_tracker(name=f"{self.prefix}-tracker", datasetGroupArn=self.group_arn)
        self.tracker_arn, self.tracker = made["eventTrackerArn"], made["trackingId"]
        self.active("event_tracker", eventTrackerArn=self.tracker_arn)
        return self.tracker

    def train(self, *kinds, name="v1"):
        """Solutions, versions and campaigns for these recipes, or for all."""
        kinds = kinds or tuple(RECIPES)
        for kind in kinds:
            self.solution(kind)
            self.version(kind, name=name)
        for kind in kinds:
            self.active("solution_version", solutionVersionArn=self.versions[kind])
            self.campaign(kind)
        if self.tracker is None:
            self.track()
        return self

    def ask(self, kind="user", user="429", **more):
        """[(item, score)] of a campaign."""
        runtime = self.server.client("personalize-runtime")
        answer = runtime.get_recommendations(campaignArn=self.campaigns[kind], userId=user, **more)
        return [(item["itemId"], item.get("score")) for item in answer["itemList"]]

    def click(self, user, item, at, event="click", session=None, **more):
        """One event in the form of today."""
        self.server.client("personalize-events").put_events(
            trackingId=self.tracker, userId=user, sessionId=session or f"s-{user}",
            eventList=[{"eventType": event, "itemId": item, "sentAt": at, **more}])
