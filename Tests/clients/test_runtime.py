"""Recommendations and rankings."""

import re

import pytest

from test_personalize_groups import arn
from test_s3 import refusal
from world import World, histories

CATALOGUE = 2500


def test_a_list(world, runtime):
    answer = runtime.get_recommendations(campaignArn=world.campaigns["user"], userId="429", numResults=5)
    scores = [item["score"] for item in answer["itemList"]]
    assert len(scores) == 5 and scores == sorted(scores, reverse=True)
    assert len({item["itemId"] for item in answer["itemList"]}) == 5
    assert re.fullmatch(r"RID-[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-CID-[0-9a-f]{6}", answer["recommendationId"])
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    again = runtime.get_recommendations(campaignArn=world.campaigns["user"], userId="429", numResults=5)
    assert again["itemList"] == answer["itemList"] and again["recommendationId"] != answer["recommendationId"]
    assert again["recommendationId"][-10:] == answer["recommendationId"][-10:]


def test_scores_are_shares_of_the_whole_catalogue(world):
    found = world.ask(user="17", numResults=500)
    scores = [score for _, score in found]
    assert len(found) == 500 and all(round(score, 7) == score for score in scores)
    assert 0.5 * 500 / CATALOGUE < sum(scores) < 1
    assert 1 / CATALOGUE < scores[0] < 0.5


def test_numbers_on_the_wire_have_seven_decimals(server, world):
    body = b'{"campaignArn":"%s","userId":"429"}' % world.campaigns["user"].encode()
    answer = server.signed("POST", "/recommendations", body, {"content-type": "application/json"}, service="personalize")
    scores = re.findall(rb'"score":([0-9.eE-]+)', answer.body)
    assert len(scores) == 25 and answer.headers["content-type"] == "application/json"
    assert all(re.fullmatch(rb"0\.\d{1,7}|\d(\.\d+)?[eE]-0?\d", score) for score in scores)


@pytest.mark.parametrize("asked, count", [(1, 1), (25, 25), (500, 500), (None, 25)])
def test_how_many(world, asked, count):
    assert len(world.ask(**({"numResults": asked} if asked else {}))) == count


@pytest.mark.parametrize("kind", ["user", "popular"])
def test_nobody_knows_a_stranger(world, kind):
    assert world.ask(kind, user="a stranger") == world.ask(kind, user="another stranger")


def test_users_get_lists_of_their_own(world):
    lists = {user: tuple(item for item, _ in world.ask(user=str(user), numResults=10)) for user in range(1, 21)}
    assert len(set(lists.values())) == 20


def test_the_list_fits_the_taste(world):
    """The films of a member's last nights share a circle; so must most of what is recommended: far more than by chance."""
    past = histories()
    hits = sum(bool({item for item, _ in world.ask(user=str(user))} & {item for _, item, _ in past[str(user)]}) for user in range(1, 101))
    assert hits > 50


def test_popularity_is_the_same_for_everybody_and_has_no_scores(world):
    lists = [world.ask("popular", user=user) for user in ("1", "2", "stranger")]
    assert lists[0] == lists[1] == lists[2]
    assert all(score is None for _, score in lists[0])
    fans = {}
    for user, events in histories().items():
        for item in {item for _, item, _ in events}:
            fans[item] = fans.get(item, 0) + 1
    assert [fans[item] for item, _ in lists[0]] == sorted(fans.values(), reverse=True)[:25]


def test_similar_items(world, runtime):
    answer = runtime.get_recommendations(campaignArn=world.campaigns["sims"], itemId="185", numResults=10)
    items = [item["itemId"] for item in answer["itemList"]]
    assert len(items) == 10 and "185" not in items and all("score" not in item for item in answer["itemList"])
    near = {user for user, events in histories().items() if "185" in {item for _, item, _ in events}}
    both = sum(items[0] in {item for _, item, _ in histories()[user]} for user in list(near)[:20])
    assert both >= 3
    unknown = runtime.get_recommendations(campaignArn=world.campaigns["sims"], itemId="never heard of")["itemList"]
    assert [item["itemId"] for item in unknown] == [item for item, _ in world.ask("popular")]


def test_a_ranking(world, runtime):
    asked = ["1", "185", "no such film", "42", "1000", "nor this", "7"]
    answer = runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId="429", inputList=asked)
    ranked = answer["personalizedRanking"]
    assert sorted(item["itemId"] for item in ranked) == sorted(asked)
    assert [item["itemId"] for item in ranked[-2:]] == ["no such film", "nor this"] and all("score" not in item for item in ranked[-2:])
    scores = [item["score"] for item in ranked[:-2]]
    assert scores == sorted(scores, reverse=True) and abs(sum(scores) - 1) < 1e-6
    assert answer["recommendationId"].startswith("RID-")
    other = runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId="3", inputList=asked)["personalizedRanking"]
    assert [item.get("score") for item in other] != [item.get("score") for item in ranked]
    stranger = runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId="stranger", inputList=asked)
    assert all("score" in item for item in stranger["personalizedRanking"][:-2])


def test_what_is_not_there(world, runtime):
    missing = arn("campaign/none")
    assert refusal(runtime.get_recommendations, campaignArn=missing, userId="1")[:2] == (404, "ResourceNotFoundException")
    assert refusal(runtime.get_personalized_ranking, campaignArn=missing, userId="1", inputList=["1"])[:2] == (404, "ResourceNotFoundException")


@pytest.mark.parametrize("kind, more", [
    (None, {"userId": "1"}), ("user", {}), ("sims", {}), ("sims", {"userId": "1"}), ("user", {"userId": "1", "numResults": 501}),
    ("user", {"userId": "1", "numResults": -1}), ("user", {"userId": "x" * 257}), ("ranking", {"userId": "1"}),
    ("user", {"userId": "1", "filterArn": "arn:aws:personalize:us-east-1:000000000000:filter/none"}),
])
def test_requests_that_are_refused(world, server, kind, more):
    document = {**({"campaignArn": world.campaigns[kind]} if kind else {}), **more}
    runtime = server.client("personalize-runtime", validate=False)
    status, code, message = refusal(runtime.get_recommendations, **document)
    assert (status, code) in ((400, "InvalidInputException"), (404, "ResourceNotFoundException")) and message
    assert code == "InvalidInputException" or "filterArn" in more


def test_a_ranking_needs_a_ranking_campaign_and_a_list(world, server):
    runtime = server.client("personalize-runtime", validate=False)
    assert refusal(runtime.get_personalized_ranking, campaignArn=world.campaigns["user"], userId="1", inputList=["1"])[:2] == (
        400, "InvalidInputException")
    many = [str(number) for number in range(501)]
    assert refusal(runtime.get_personalized_ranking, campaignArn=world.campaigns["ranking"], userId="1", inputList=many)[:2] == (
        400, "InvalidInputException")


def test_ids_that_are_not_needed_are_ignored(world, runtime):
    with_item = runtime.get_recommendations(campaignArn=world.campaigns["user"], userId="429", itemId="185")["itemList"]
    assert [(item["itemId"], item["score"]) for item in with_item] == world.ask()


def test_two_servers_give_the_same_lists(start):
    one, other = (World(start(), "world").load().train("user") for _ in range(2))
    for user in ("1", "42", "429", "stranger"):
        assert other.ask(user=user, numResults=50) == one.ask(user=user, numResults=50)


def test_trends_follow_the_clock(start, name):
    """Two hours at a time: what is new trends, then what is newer, and a silence of two intervals leaves what is popular."""
    server = start()
    now = server.clock(rate=0)
    world = World(server, name).small().train("popular")
    world.solution("trending")
    world.version("trending")
    world.active("solution_version", solutionVersionArn=world.versions["trending"])
    world.campaign("trending")
    runtime = server.client("personalize-runtime")

    def trending(count=1):
        answer = runtime.get_recommendations(campaignArn=world.campaigns["trending"], numResults=count)
        return [item["itemId"] for item in answer["itemList"]]

    popular = [item for item, _ in world.ask("popular", numResults=20)]
    # The data are years old, and have a trend all the same: what was new in them at last.
    assert trending() != popular[:1]
    for number in range(20):
        world.click(f"n{number}", "i3", now + number % 5 - 10)
    assert trending() == ["i3"]
    # A silent interval later the burst is still there; what grows then comes before it.
    now = server.clock(advance=7200)
    assert trending() == ["i3"]
    for number in range(10):
        world.click(f"n{number}", "i41", now - number)
    assert trending(2) == ["i41", "i3"]
    server.clock(advance=4 * 7200)
    assert trending(20) == popular
