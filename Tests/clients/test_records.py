"""PutItems, PutUsers, PutActions and PutActionInteractions, and where what they bring is seen."""

import json
import time

import pytest

from harness import until
from test_personalize_groups import arn
from test_s3 import refusal
from world import World, schema

ITEMS = schema("Items", ("ITEM_ID", "string"), ("GENRE", ["null", "string"], {"categorical": True}), ("YEAR", "int"),
               ("CREATION_TIMESTAMP", ["null", "long"]))
USERS = schema("Users", ("USER_ID", "string"), ("PLAN", ["null", "string"], {"categorical": True}))


@pytest.fixture
def shop(server, name):
    """Small interactions with Items and Users datasets that nothing was imported into."""
    world = World(server, name).small()
    world.dataset("Items", ITEMS)
    world.dataset("Users", USERS)
    return world


def put_item(events, shop, item, **properties):
    return events.put_items(datasetArn=shop.datasets["Items"], items=[{"itemId": item, "properties": json.dumps(properties)}])


def update(server):
    """Asks for the periodic update; what was updated."""
    answer = server.http("POST", "/_personalite/update")
    assert answer.status == 200, answer
    return answer.json["updated"]


def test_what_is_put_is_filtered_by_at_once(shop, events):
    shop.train("user")
    wanted = shop.personalize.create_filter(name=shop.prefix, datasetGroupArn=shop.group_arn,
                                            filterExpression='INCLUDE ItemID WHERE Items.GENRE IN ("Noir") AND Items.YEAR < $Y')["filterArn"]

    def found():
        return {item for item, _ in shop.ask(user="u1", filterArn=wanted, filterValues={"Y": "1960"})}

    assert found() == set()
    answer = put_item(events, shop, "i7", genre="Drama|Noir", year=1950)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    events.put_items(datasetArn=shop.datasets["Items"], items=[
        {"itemId": "i8", "properties": '{"GENRE":"Noir","YEAR":"1959"}'}, {"itemId": "i9", "properties": '{"genre":"Noir","year":1999}'}])
    until(lambda: found() == {"i7", "i8"}, 1)
    put_item(events, shop, "i7", year=1950)
    until(lambda: found() == {"i8"}, 1)


def test_users_that_are_put_decide_conditions(shop, events):
    shop.train("user")
    unwanted = shop.personalize.create_filter(
        name=shop.prefix, datasetGroupArn=shop.group_arn,
        filterExpression='EXCLUDE ItemID WHERE Items.YEAR > 0 IF CurrentUser.PLAN IN ("free")')["filterArn"]
    put_item(events, shop, "i7", year=1950)
    everything = [item for item, _ in shop.ask(user="u1", numResults=60, filterArn=unwanted)]
    assert "i7" in everything
    events.put_users(datasetArn=shop.datasets["Users"], users=[{"userId": "u1", "properties": '{"plan":"free"}'}])
    until(lambda: [item for item, _ in shop.ask(user="u1", numResults=60, filterArn=unwanted)] == [item for item in everything if item != "i7"], 1)


def test_new_items_come_with_the_update(shop, server, events):
    shop.train("user", "popular")
    put_item(events, shop, "brand new", genre="Noir", year=2024, creationTimestamp=1_700_000_000)
    assert "brand new" not in dict(shop.ask(user="u1", numResults=100))
    assert shop.campaigns["user"] in update(server)
    assert "brand new" in dict(shop.ask(user="u1", numResults=100))
    assert "brand new" not in dict(shop.ask("popular", user="u1", numResults=100))
    assert shop.campaigns["user"] not in update(server)


def test_the_update_is_guarded(server):
    assert server.http("POST", "/_personalite/update", headers={"Host": "example.com"}).status == 403
    assert server.http("POST", "/_personalite/update", headers={"Origin": "https://example.com"}).status == 403
    assert server.http("GET", "/_personalite/update").status == 405


def test_the_update_comes_by_itself_after_two_hours(start, name):
    server = start()
    world = World(server, name).small()
    world.dataset("Items", ITEMS)
    world.train("user")

    def clock(seconds):
        assert server.http("POST", "/_personalite/clock", json.dumps({"advance": seconds}).encode(), {"content-type": "application/json"}).status == 200

    clock(1)
    put_item(server.client("personalize-events"), world, "brand new", year=2024)
    clock(3600)
    assert "brand new" not in dict(world.ask(user="u1", numResults=100))
    clock(3600)
    until(lambda: "brand new" in dict(world.ask(user="u1", numResults=100)), 10)


def test_what_was_put_outlives_a_kill(start, tmp_path, name):
    server = start("--data-dir", tmp_path)
    world = World(server, name).small()
    world.dataset("Items", ITEMS)
    world.train("user")
    wanted = world.personalize.create_filter(name=name, datasetGroupArn=world.group_arn, filterExpression="INCLUDE ItemID WHERE Items.YEAR = 1950")
    put_item(server.client("personalize-events"), world, "i7", year=1950)
    server.kill()
    world.server = start("--data-dir", tmp_path)
    assert [item for item, _ in world.ask(user="u1", filterArn=wanted["filterArn"])] == ["i7"]


def test_training_reads_what_was_put(shop, server, events):
    for number in range(3):
        put_item(events, shop, f"fresh {number}", genre="Noir", year=2000)
    shop.train("user")
    assert {f"fresh {number}" for number in range(3)} <= set(dict(shop.ask(user="u1", numResults=100)))


@pytest.mark.parametrize("properties", [
    "{}", '{"year":"new"}', '{"year":1,"genre":["a"]}', "[]", "{", '"{}"', '{"year":' + "1" * 33000 + "}", '{"year":3000000000}',
])
def test_items_that_are_refused(shop, server, properties):
    events = server.client("personalize-events", validate=False)
    asked = {"datasetArn": shop.datasets["Items"], "items": [{"itemId": "x", "properties": properties}]}
    assert refusal(events.put_items, **asked)[:2] == (400, "InvalidInputException")


def test_datasets_that_are_refused(shop, server):
    events = server.client("personalize-events", validate=False)
    item = {"itemId": "x", "properties": '{"year":1}'}
    missing = arn("dataset/none/ITEMS")
    assert refusal(events.put_items, datasetArn=missing, items=[item]) == (
        404, "ResourceNotFoundException", f"Resource Arn {missing} does not exist.")
    for more in ({"datasetArn": shop.datasets["Users"]}, {"datasetArn": "nonsense"}, {"items": []}, {"items": [item] * 11}, {"items": [{"itemId": ""}]},
                 {"datasetArn": shop.datasets["Items"].replace("000000000000", "111122223333")}):
        assert refusal(events.put_items, **{"datasetArn": shop.datasets["Items"], "items": [item], **more})[:2] == (400, "InvalidInputException")


def next_best_action(server, name):
    """A group with actions and what members did with them, trained and deployed."""
    world = World(server, name).small()
    world.dataset("Actions", schema("Actions", ("ACTION_ID", "string"), ("VALUE", ["null", "long"]), ("KIND", ["null", "string"])))
    world.dataset("Action_Interactions", schema("ActionInteractions", ("USER_ID", "string"), ("ACTION_ID", "string"), ("EVENT_TYPE", "string"),
                                                ("TIMESTAMP", "long")))
    lines = ["USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP"]
    for user in range(40):
        for action in range(5):
            for step in range(8):
                kind = "TAKEN" if (user + action + step) % 5 < action else "NOT_TAKEN"
                lines.append(f"u{user},a{action},{kind},{1_600_000_000 + step * 86_400}")
    world.imported("ACTION_ID,VALUE,KIND\n" + "\n".join(f"a{n},{n + 1},{'even' if n % 2 == 0 else 'odd'}" for n in range(5)) + "\n", kind="Actions", job="a")
    world.imported("\n".join(lines) + "\n", kind="Action_Interactions", job="ai")
    personalize = world.personalize
    solution = personalize.create_solution(name=name, datasetGroupArn=world.group_arn, recipeArn="arn:aws:personalize:::recipe/aws-next-best-action")
    version = personalize.create_solution_version(solutionArn=solution["solutionArn"])["solutionVersionArn"]
    world.active("solution_version", solutionVersionArn=version)
    campaign = personalize.create_campaign(name=name, solutionVersionArn=version, minProvisionedTPS=1)["campaignArn"]
    world.active("campaign", campaignArn=campaign)
    world.action_tracker = personalize.describe_dataset(datasetArn=world.datasets["Action_Interactions"])["dataset"]["trackingId"]
    return world, campaign


def test_actions(server, runtime, events, name):
    world, campaign = next_best_action(server, name)

    def actions(**more):
        return runtime.get_action_recommendations(campaignArn=campaign, userId="newcomer", **more)

    answer = actions()
    assert answer["recommendationId"].startswith("RID-")
    scores = [action["score"] for action in answer["actionList"]]
    # The more often an action was taken by others the likelier it is; nobody ever took a0.
    assert [action["actionId"] for action in answer["actionList"]] == ["a4", "a3", "a2", "a1", "a0"]
    assert scores == sorted(scores, reverse=True) and all(0 < score < 1 for score in scores[:4]) and scores[4] == 0
    assert len(actions(numResults=2)["actionList"]) == 2
    odd = world.personalize.create_filter(name=f"{name}-odd", datasetGroupArn=world.group_arn,
                                          filterExpression='INCLUDE ActionID WHERE Actions.KIND IN ("odd")')["filterArn"]
    assert {action["actionId"] for action in actions(filterArn=odd)["actionList"]} == {"a1", "a3"}
    untaken = world.personalize.create_filter(name=f"{name}-untaken", datasetGroupArn=world.group_arn,
                                              filterExpression='EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("not taken")')["filterArn"]
    stranger = runtime.get_action_recommendations(campaignArn=campaign, userId="stranger", filterArn=untaken)["actionList"]
    assert len(stranger) == 5
    events.put_action_interactions(trackingId=world.action_tracker, actionInteractions=[
        {"actionId": "a3", "userId": "stranger", "sessionId": "s", "timestamp": time.time(), "eventType": "Not Taken"}])
    until(lambda: "a3" not in [action["actionId"] for action in runtime.get_action_recommendations(
        campaignArn=campaign, userId="stranger", filterArn=untaken)["actionList"]], 1)
    events.put_actions(datasetArn=world.datasets["Actions"], actions=[{"actionId": "a1", "properties": '{"value":2,"kind":"even"}'}])
    assert [action["actionId"] for action in actions(filterArn=odd)["actionList"]] == ["a3"]
    for more in ({"numResults": 101}, {"userId": None}, {"campaignArn": None}):
        asked = {key: value for key, value in {"campaignArn": campaign, "userId": "u1", **more}.items() if value is not None}
        assert refusal(runtime.get_action_recommendations, **asked)[:2] == (400, "InvalidInputException")
    assert refusal(runtime.get_recommendations, campaignArn=campaign, userId="u1")[:2] == (400, "InvalidInputException")


def test_action_interactions_that_are_refused(server, name):
    world = World(server, name).small()
    world.dataset("Actions", schema("Actions", ("ACTION_ID", "string"), ("VALUE", ["null", "long"])))
    world.dataset("Action_Interactions", schema("ActionInteractions", ("USER_ID", "string"), ("ACTION_ID", "string"), ("EVENT_TYPE", "string"),
                                                ("TIMESTAMP", "long")))
    tracker = world.personalize.describe_dataset(datasetArn=world.datasets["Action_Interactions"])["dataset"]["trackingId"]
    events = server.client("personalize-events", validate=False)
    fine = {"actionId": "a", "userId": "u", "sessionId": "s", "timestamp": 1_700_000_000, "eventType": "Viewed"}
    for tracking, changed in [("nobody", {}), (tracker, {"eventType": "bought"}), (tracker, {"actionId": ""}), (tracker, {"timestamp": None}),
                              (tracker, {"properties": "[]"}), (tracker, {"impression": []})]:
        interaction = {key: value for key, value in {**fine, **changed}.items() if value is not None}
        assert refusal(events.put_action_interactions, trackingId=tracking, actionInteractions=[interaction])[:2] == (400, "InvalidInputException")
    answer = events.put_action_interactions(trackingId=tracker, actionInteractions=[fine])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
