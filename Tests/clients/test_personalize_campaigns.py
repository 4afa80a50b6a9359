"""Campaigns and event trackers."""

import json
import uuid

import pytest

from harness import ACCOUNT, ROLE
from test_personalize_groups import arn, recent
from test_s3 import refusal
from world import World, gone, schema


@pytest.fixture(scope="module")
def trained(server):
    """A small group with a trained version of two recipes and no campaign."""
    world = World(server, "campaigns").small()
    for kind in ("user", "sims"):
        world.solution(kind)
        world.version(kind, name="v1")
        world.active("solution_version", solutionVersionArn=world.versions[kind])
    return world


def test_a_campaign_lives_and_dies(trained, personalize, runtime, name):
    given = {"solutionVersionArn": trained.versions["user"], "minProvisionedTPS": 3,
             "campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0.1", "explorationItemAgeCutOff": "7"}}}
    made = personalize.create_campaign(name=name, **given)["campaignArn"]
    assert made == arn(f"campaign/{name}")
    found = personalize.describe_campaign(campaignArn=made)["campaign"]
    assert (found["name"], found["campaignArn"], found["status"]) == (name, made, "ACTIVE")
    assert {key: found[key] for key in given} == given
    assert recent(found["creationDateTime"], found["lastUpdatedDateTime"]) and "latestCampaignUpdate" not in found
    listed = personalize.list_campaigns(solutionArn=trained.solutions["user"])["campaigns"]
    assert [(item["name"], item["campaignArn"], item["status"]) for item in listed if item["name"] == name] == [(name, made, "ACTIVE")]
    assert name not in [item["name"] for item in personalize.list_campaigns(solutionArn=trained.solutions["sims"])["campaigns"]]
    assert len(runtime.get_recommendations(campaignArn=made, userId="u1")["itemList"]) == 25
    assert refusal(personalize.create_campaign, name=name, **given) == (
        400, "ResourceAlreadyExistsException", f"Another resource with Arn {made} already exists.")
    personalize.delete_campaign(campaignArn=made)
    assert gone(personalize.describe_campaign, campaignArn=made)
    assert refusal(runtime.get_recommendations, campaignArn=made, userId="u1")[:2] == (404, "ResourceNotFoundException")
    assert personalize.describe_solution_version(solutionVersionArn=trained.versions["user"])["solutionVersion"]["status"] == "ACTIVE"


def test_what_was_not_given_is_not_shown(trained, personalize, name):
    made = personalize.create_campaign(name=name, solutionVersionArn=trained.versions["sims"])["campaignArn"]
    found = personalize.describe_campaign(campaignArn=made)["campaign"]
    assert found["minProvisionedTPS"] == 1 and "campaignConfig" not in found


def test_the_latest_version_by_its_alias(trained, personalize, name):
    alias = trained.solutions["user"] + "/$LATEST"
    made = personalize.create_campaign(name=name, solutionVersionArn=alias, campaignConfig={"syncWithLatestSolutionVersion": True})["campaignArn"]
    found = personalize.describe_campaign(campaignArn=made)["campaign"]
    assert found["solutionVersionArn"] in (alias, trained.versions["user"])
    sync = {"campaignConfig": {"syncWithLatestSolutionVersion": True}}
    assert refusal(personalize.create_campaign, name=name + "-x", solutionVersionArn=trained.versions["user"], **sync)[:2] == (
        400, "InvalidInputException")


def test_a_solution_is_no_version(trained, personalize, name):
    for wrong in (trained.solutions["user"], trained.solutions["user"] + "/none"):
        assert refusal(personalize.create_campaign, name=name, solutionVersionArn=wrong)[:2] == (400, "ResourceNotFoundException")


@pytest.mark.parametrize("more", [
    {"minProvisionedTPS": 0}, {"name": "no name"}, {"solutionVersionArn": "x"},
    {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "2"}}},
    {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "much"}}},
    {"campaignConfig": {"itemExplorationConfig": {"courage": "1"}}},
])
def test_campaigns_that_are_refused(trained, server, name, more):
    answer = server.call("personalize", "CreateCampaign", {"name": name, "solutionVersionArn": trained.versions["user"], **more})
    assert (answer.status, answer.json["__type"]) == (400, "InvalidInputException"), answer


def test_exploration_is_for_recipes_that_explore(trained, personalize, name):
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    assert refusal(personalize.create_campaign, name=name, solutionVersionArn=trained.versions["sims"], campaignConfig=config)[:2] == (
        400, "InvalidInputException")


def test_a_ranking_is_influenced_by_popularity_and_freshness(server, personalize, name):
    """Thirty items of one text, the more popular the higher their number, the younger the lower it is."""
    world = World(server, name).group()
    world.dataset()
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("NAME", "string", {"itemName": True}), ("ABOUT", "string", {"textual": True}),
                                   ("CREATION_TIMESTAMP", "long")))
    lines = [f"u{user},n{item},{1_600_000_000 + user},click" for item in range(30) for user in range(10 + 3 * item)]
    lines += [f"u{user},other{user % 9},{1_600_000_100 + user},click" for user in range(100)]
    world.imported("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n" + "\n".join(lines) + "\n")
    world.imported("ITEM_ID,NAME,ABOUT,CREATION_TIMESTAMP\n" + "".join(f"n{item},film,a quiet film about the sea,{1_500_000_000 - item * 1000}\n" for item in range(30))
                   + "".join(f"other{item},cartoon,loud cartoons,1400000000\n" for item in range(9)), kind="Items", job="items")
    world.solution("semantic")
    world.version("semantic")
    world.active("solution_version", solutionVersionArn=world.versions["semantic"])
    runtime = server.client("personalize-runtime")

    def list_with(suffix, influence=None):
        config = {"campaignConfig": {"rankingInfluence": influence}} if influence else {}
        campaign = world.campaign("semantic", suffix, **config)
        assert personalize.describe_campaign(campaignArn=campaign)["campaign"].get("campaignConfig") == config.get("campaignConfig")
        answer = runtime.get_recommendations(campaignArn=campaign, itemId="n15", numResults=40)
        return [item["itemId"] for item in answer["itemList"]][:29]

    def by_number(names):
        return sorted(names, key=lambda item: int(item[1:]))

    plain = list_with("-plain")
    assert set(plain) == {f"n{item}" for item in range(30)} - {"n15"}
    popular, fresh = list_with("-popular", {"POPULARITY": 1}), list_with("-fresh", {"FRESHNESS": 1.0, "POPULARITY": 0})
    # At a weight of 1 the two count as much as the place by likeness, which for equal texts is that of the ids.
    place = {item: index / 28 for index, item in enumerate(plain)}
    share = {item: index / 28 for index, item in enumerate(by_number(plain))}
    assert popular == sorted(plain, key=lambda item: (round(place[item] - share[item], 9), place[item]))
    assert fresh == sorted(plain, key=lambda item: (round(place[item] + share[item], 9), place[item]))
    # A batch job is told in the same words.
    output = f"s3://{world.bucket}/out/"
    location = world.put("in.json", '{"itemId":"n15"}\n')
    job = personalize.create_batch_inference_job(
        jobName=name, solutionVersionArn=world.versions["semantic"], numResults=40, roleArn=ROLE, batchInferenceJobConfig={"rankingInfluence": {"FRESHNESS": 1}},
        jobInput={"s3DataSource": {"path": location}}, jobOutput={"s3DataDestination": {"path": output}})["batchInferenceJobArn"]
    world.active("batch_inference_job", batchInferenceJobArn=job)
    line = json.loads(world.s3.get_object(Bucket=world.bucket, Key="out/in.json.out")["Body"].read())
    assert line["output"]["recommendedItems"][:29] == fresh


def test_influence_is_for_semantic_similarity(trained, personalize, name):
    said = refusal(personalize.create_campaign, name=name, solutionVersionArn=trained.versions["user"], campaignConfig={"rankingInfluence": {"POPULARITY": 0.5}})
    assert said[:2] == (400, "InvalidInputException") and "rankingInfluence" in said[2]


def test_a_slow_campaign_does_not_answer_yet(start):
    server = start("--job-delay", "0.3")
    world = World(server, "slow").small()
    world.solution("user")
    version = world.version("user")
    personalize = server.client("personalize")
    early = {"name": "early", "solutionVersionArn": version}
    assert refusal(personalize.create_campaign, **early)[1] in ("ResourceInUseException", "InvalidInputException")
    assert refusal(personalize.get_solution_metrics, solutionVersionArn=version)[:2] == (400, "ResourceInUseException")
    assert refusal(personalize.delete_solution, solutionArn=world.solutions["user"])[:2] == (400, "ResourceInUseException")
    world.active("solution_version", solutionVersionArn=version)
    made = personalize.create_campaign(**early)["campaignArn"]
    assert personalize.describe_campaign(campaignArn=made)["campaign"]["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")
    status, code, _ = refusal(server.client("personalize-runtime").get_recommendations, campaignArn=made, userId="u1")
    assert code in ("ResourceNotFoundException", "InvalidInputException")
    assert refusal(personalize.delete_campaign, campaignArn=made)[:2] == (400, "ResourceInUseException")
    world.active("campaign", campaignArn=made)
    personalize.delete_campaign(campaignArn=made)
    assert personalize.describe_campaign(campaignArn=made)["campaign"]["status"] in ("DELETE PENDING", "DELETE IN_PROGRESS")


def test_an_event_tracker_lives_and_dies(server, personalize, events, name):
    world = World(server, name).group()
    world.dataset()
    made = personalize.create_event_tracker(name=name, datasetGroupArn=world.group_arn)
    number = made["eventTrackerArn"].removeprefix(arn("event-tracker/"))
    assert len(number) == 8 and set(number) <= set("0123456789abcdef")
    assert uuid.UUID(made["trackingId"]).version == 4
    found = personalize.describe_event_tracker(eventTrackerArn=made["eventTrackerArn"])["eventTracker"]
    assert (found["name"], found["accountId"], found["trackingId"]) == (name, ACCOUNT, made["trackingId"])
    assert (found["datasetGroupArn"], found["status"]) == (world.group_arn, "ACTIVE")
    listed, = personalize.list_event_trackers(datasetGroupArn=world.group_arn)["eventTrackers"]
    assert (listed["name"], listed["eventTrackerArn"], listed["status"]) == (name, made["eventTrackerArn"], "ACTIVE")
    assert "trackingId" not in listed
    assert refusal(personalize.create_event_tracker, name=name + "-2", datasetGroupArn=world.group_arn)[:2] == (
        400, "ResourceAlreadyExistsException")
    event = {"trackingId": made["trackingId"], "userId": "u", "sessionId": "s", "eventList": [{"eventType": "click", "itemId": "i", "sentAt": 1}]}
    events.put_events(**event)
    assert refusal(personalize.delete_dataset_group, datasetGroupArn=world.group_arn)[:2] == (400, "ResourceInUseException")
    personalize.delete_event_tracker(eventTrackerArn=made["eventTrackerArn"])
    assert gone(personalize.describe_event_tracker, eventTrackerArn=made["eventTrackerArn"])
    assert refusal(events.put_events, **event)[:2] == (400, "InvalidInputException")
    again = personalize.create_event_tracker(name=name, datasetGroupArn=world.group_arn)
    assert again["trackingId"] != made["trackingId"] and again["eventTrackerArn"] != made["eventTrackerArn"]


def test_everything_is_taken_down_in_order(server, personalize, name):
    world = World(server, name).small().train("user")
    parts = [
        (personalize.delete_campaign, {"campaignArn": world.campaigns["user"]}),
        (personalize.delete_solution, {"solutionArn": world.solutions["user"]}),
        (personalize.delete_event_tracker, {"eventTrackerArn": world.tracker_arn}),
        (personalize.delete_dataset, {"datasetArn": world.datasets["Interactions"]}),
        (personalize.delete_schema, {"schemaArn": arn(f"schema/{name}-interactions")}),
        (personalize.delete_dataset_group, {"datasetGroupArn": world.group_arn}),
    ]
    for call, what in (parts[1], parts[4], parts[5]):
        assert refusal(call, **what)[:2] == (400, "ResourceInUseException")
    for call, what in parts:
        call(**what)
    for call, what in parts:
        assert refusal(call, **what)[:2] == (400, "ResourceNotFoundException")
    world.small()
