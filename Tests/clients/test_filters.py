"""Filters, promotions and metadata, as boto3 asks for them."""

import csv
import time

import pytest

from harness import FILMNIGHT, until
from test_personalize_groups import arn
from test_s3 import refusal
from world import World, gone, histories


@pytest.fixture(scope="module")
def films():
    """item → its genres."""
    with (FILMNIGHT / "items.csv").open() as file:
        return {row["ITEM_ID"]: set(filter(None, row["GENRE"].split("|"))) for row in csv.DictReader(file)}


@pytest.fixture
def make(world, name):
    """Makes a filter in the world's group, ready to be used."""
    made = []

    def make(expression, group=None):
        filter_arn = world.personalize.create_filter(
            name=f"{name}-{len(made)}", datasetGroupArn=group or world.group_arn, filterExpression=expression)["filterArn"]
        made.append(filter_arn)
        assert world.active("filter", filterArn=filter_arn)["filterExpression"] == expression
        return filter_arn

    yield make
    for filter_arn in made:
        world.personalize.delete_filter(filterArn=filter_arn)


def items(found):
    return [item for item, _ in found]


def test_a_filter_from_beginning_to_end(world, personalize, name):
    expression = 'EXCLUDE itemId WHERE INTERACTIONS.event_type in ("watch")'
    made = personalize.create_filter(name=name, datasetGroupArn=world.group_arn, filterExpression=expression,
                                     tags=[{"tagKey": "a", "tagValue": "b"}])["filterArn"]
    assert made == arn(f"filter/{name}")
    described = personalize.describe_filter(filterArn=made)["filter"]
    assert (described["name"], described["datasetGroupArn"], described["filterExpression"], described["status"]) == (
        name, world.group_arn, expression, "ACTIVE")
    assert personalize.list_tags_for_resource(resourceArn=made)["tags"] == [{"tagKey": "a", "tagValue": "b"}]
    listed = [entry for page in personalize.get_paginator("list_filters").paginate(datasetGroupArn=world.group_arn, PaginationConfig={"PageSize": 1})
              for entry in page["Filters"]]
    assert [entry["name"] for entry in listed if entry["filterArn"] == made] == [name] and "filterExpression" not in listed[-1]
    again = refusal(personalize.create_filter, name=name, datasetGroupArn=world.group_arn, filterExpression=expression)
    assert again == (400, "ResourceAlreadyExistsException", f"Another resource with Arn {made} already exists.")
    personalize.delete_filter(filterArn=made)
    assert gone(personalize.describe_filter, filterArn=made)
    assert refusal(personalize.delete_filter, filterArn=made)[1] == "ResourceNotFoundException"


@pytest.mark.parametrize("expression, words", [
    ("INCLUDE ItemID WHERE Items.GENRE NOT IN ($G)",
     "Could not create filter. Invalid input symbol: $G. Placeholders are not allowed with NOT_IN operator."),
    ("INCLUDE ItemID WHERE Items.NOPE IN (1)", "Could not create filter. Invalid Expression"),
    ("INCLUDE ItemID WHERE Items.GENRE > 3", "Could not create filter. Invalid Expression"),
    ("INCLUDE ItemID WHERE Users.AGE > 3", "Could not create filter. Invalid Expression"),
    ("INCLUDE ItemID Items.GENRE", "at position 16."),
    ("", "Member must have length greater than or equal to 1"), ("INCLUDE " * 400, "Member must have length less than or equal to 2500"),
])
def test_expressions_that_are_refused(world, server, name, expression, words):
    personalize = server.client("personalize", validate=False)
    status, code, message = refusal(personalize.create_filter, name=name, datasetGroupArn=world.group_arn, filterExpression=expression)
    assert (status, code) == (400, "InvalidInputException") and words in message


def test_genres_with_values_of_the_request(world, make, films):
    wanted = make("INCLUDE ItemID WHERE Items.GENRE IN ($GENRES)")
    genres = sorted(set.union(*films.values()))[:2]
    found = world.ask(filterArn=wanted, filterValues={"GENRES": ",".join(f'"{genre}"' for genre in genres)})
    assert len(found) == 25 and all(films[item] & set(genres) for item in items(found))
    everything = dict(world.ask(numResults=500))
    assert all(everything.get(item, score) == score for item, score in found) and set(items(found)) & set(everything)
    unwanted = make("EXCLUDE ItemID WHERE Items.GENRE IN ($GENRES)")
    rest = world.ask(filterArn=unwanted, filterValues={"GENRES": f'"{genres[0]}"'}, numResults=100)
    assert len(rest) == 100 and not any(genres[0] in films[item] for item in items(rest))
    assert world.ask(filterArn=unwanted) == world.ask()


@pytest.mark.parametrize("values, code", [
    (None, "InvalidInputException"), ({"OTHER": '"x"'}, "InvalidInputException"), ({"genres": '"x"'}, "InvalidInputException"),
    ({"GENRES": "Comedy"}, "InvalidInputException"), ({"GENRES": '"Comedy'}, "InvalidInputException"), ({"GENRES": ""}, "InvalidInputException"),
    ({"GENRES": '"x"', "a-b": '"x"'}, "InvalidInputException"), ({"GENRES": '"' + "x" * 1000 + '"'}, "InvalidInputException"),
])
def test_values_that_are_refused(world, server, make, values, code):
    wanted = make("INCLUDE ItemID WHERE Items.GENRE IN ($GENRES)")
    runtime = server.client("personalize-runtime", validate=False)
    status, answered, message = refusal(runtime.get_recommendations, campaignArn=world.campaigns["user"], userId="1", filterArn=wanted,
                                        **({"filterValues": values} if values is not None else {}))
    assert (status, answered) == (400, code) and message


def test_a_filter_that_is_not_there(world, runtime):
    assert refusal(runtime.get_recommendations, campaignArn=world.campaigns["user"], userId="1", filterArn=arn("filter/none")) == (
        404, "ResourceNotFoundException", f"Resource Arn {arn('filter/none')} does not exist.")


def test_what_was_watched_is_out_within_a_second(world, make):
    """The second observation of AWS's own notebook: four watch events on the four best, and none of the four comes back."""
    unseen = make('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")')
    watched = make('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")')
    user = "77"
    seen = {item for _, item, kind in histories()[user] if kind == "watch"}
    before = items(world.ask(user=user, filterArn=unseen))
    assert len(before) == 25 and not seen & set(before) and seen & set(items(world.ask(user=user, filterArn=watched)))
    for item in before[:4]:
        world.click(user, item, time.time(), event="Watch")
    until(lambda: not set(before[:4]) & set(items(world.ask(user=user, filterArn=unseen))), 1)
    assert set(before[:4]) <= set(items(world.ask(user=user, filterArn=watched, numResults=500)))


def test_only_what_was_touched(world, make):
    """All of it, where AWS looks at a limited pool; and nothing else to fill the list."""
    seen = make('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
    for user in ("5", "60"):
        newest = {}
        for at, item, kind in sorted(histories()[user], reverse=True):
            newest.setdefault(kind, []).append(item)
        touched = {item for kind in newest.values() for item in kind[:100]}
        assert set(items(world.ask(user=user, filterArn=seen, numResults=500))) == touched
    assert world.ask(user="a stranger", filterArn=seen) == []


def test_related_items_by_the_item_in_question(world, runtime, make, films):
    alike = make("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE")
    answer = runtime.get_recommendations(campaignArn=world.campaigns["sims"], itemId="185", filterArn=alike)["itemList"]
    assert answer and all(films[item["itemId"]] & films["185"] for item in answer)
    assert refusal(runtime.get_recommendations, campaignArn=world.campaigns["user"], userId="1", itemId="185", filterArn=alike)[:2] == (
        400, "InvalidInputException")


def test_a_ranking_through_a_filter(world, runtime, make, films):
    genre = sorted(films["185"])[0]
    wanted = make("INCLUDE ItemID WHERE Items.GENRE IN ($G)")
    asked = list(films)[:100]
    answer = runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId="9", inputList=asked, filterArn=wanted,
                                              filterValues={"G": f'"{genre}"'})["personalizedRanking"]
    assert {item["itemId"] for item in answer} == {item for item in asked if genre in films[item]}


def test_promotions(world, runtime, make, films):
    genre = sorted(films["185"])[0]
    promoted = make("INCLUDE ItemID WHERE Items.GENRE IN ($G)")
    answer = runtime.get_recommendations(
        campaignArn=world.campaigns["user"], userId="429", numResults=20,
        promotions=[{"name": "week", "percentPromotedItems": 30, "filterArn": promoted, "filterValues": {"G": f'"{genre}"'}}])["itemList"]
    chosen = [item for item in answer if item.get("promotionName") == "week"]
    assert len(answer) == 20 and len(chosen) == 6 and all(genre in films[item["itemId"]] for item in chosen)
    for kind in (chosen, [item for item in answer if "promotionName" not in item]):
        assert [item["score"] for item in kind] == sorted((item["score"] for item in kind), reverse=True)


def test_promotions_have_their_places_from_the_seed(start):
    lists = []
    for _ in range(2):
        world = World(start("--seed", "7"), "seeded").load().train("user")
        promoted = world.personalize.create_filter(name="p", datasetGroupArn=world.group_arn,
                                                   filterExpression='INCLUDE ItemID WHERE Items.YEAR IN ("1999", "2004")')["filterArn"]
        runtime = world.server.client("personalize-runtime")
        answer = runtime.get_recommendations(campaignArn=world.campaigns["user"], userId="429", numResults=20,
                                             promotions=[{"name": "p", "percentPromotedItems": 25, "filterArn": promoted}])["itemList"]
        lists.append([(item["itemId"], item.get("promotionName")) for item in answer])
    assert lists[0] == lists[1] and 0 < sum(name == "p" for _, name in lists[0]) <= 5


def test_metadata(world, runtime, name, films):
    made = world.personalize.create_campaign(
        name=name, solutionVersionArn=world.versions["user"], minProvisionedTPS=1,
        campaignConfig={"enableMetadataWithRecommendations": True})["campaignArn"]
    assert world.active("campaign", campaignArn=made)["campaignConfig"] == {"enableMetadataWithRecommendations": True}
    answer = runtime.get_recommendations(campaignArn=made, userId="429", numResults=50, metadataColumns={"ITEMS": ["GENRE", "Year"]})["itemList"]
    assert len(answer) == 50
    for item in answer:
        assert set(item["metadata"]) <= {"genre", "year"} and set(item["metadata"].get("genre", "").split("|")) - {""} == films[item["itemId"]]
    for more in ({"numResults": 51}, {"metadataColumns": {"ITEMS": ["NOPE"]}}, {"metadataColumns": {"USERS": ["YEAR"]}},
                 {"metadataColumns": {"ITEMS": ["YEAR"] * 11}}):
        asked = {"campaignArn": made, "userId": "1", "metadataColumns": {"ITEMS": ["YEAR"]}, **more}
        assert refusal(runtime.get_recommendations, **asked)[:2] == (400, "InvalidInputException")
    assert refusal(runtime.get_recommendations, campaignArn=world.campaigns["user"], userId="1", metadataColumns={"ITEMS": ["YEAR"]})[:2] == (
        400, "InvalidInputException")
    world.personalize.delete_campaign(campaignArn=made)
