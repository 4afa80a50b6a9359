"""Events: what is learned from them, in every form that clients send, and what is refused."""

import json
import time

import pytest

from harness import until
from test_s3 import refusal
from world import World

AFTER_THE_DATA = 1_698_711_110


@pytest.fixture(scope="module")
def users():
    """Members of the film club that nobody else of these tests uses."""
    return iter(str(user) for user in range(101, 401))


@pytest.fixture
def user(users):
    return next(users)


def moved(world, user, before, within=1.0):
    """The list once it differs from what it was before."""
    return until(lambda: (now := world.ask(user=user)) != before and now, within, "the list moves")


def put(server, world, user, *events, session="session", **more):
    document = {"trackingId": world.tracker, "userId": user, "sessionId": session, "eventList": list(events), **more}
    body = json.dumps({key: value for key, value in document.items() if value is not None}).encode()
    return server.signed("POST", "/events", body, {"content-type": "application/json"}, service="personalize")


def click(item="185", at=AFTER_THE_DATA, **more):
    return {"eventType": "click", "itemId": item, "sentAt": at, **more}


def test_a_click_moves_the_list_of_one_user_and_no_other(world, user, users):
    other = next(users)
    before, others, strangers = world.ask(user=user), world.ask(user=other), world.ask(user="stranger")
    world.click(user, "185", time.time())
    after = moved(world, user, before)
    assert len({item for item, _ in after} - {item for item, _ in before}) >= 3
    assert world.ask(user=other) == others and world.ask(user="stranger") == strangers


def test_clicks_add_up(world, user):
    lists = [world.ask(user=user)]
    for number, item in enumerate(("185", "42", "7")):
        world.click(user, item, time.time() + number)
        lists.append(moved(world, user, lists[-1]))
    assert len({tuple(items) for items in lists}) == 4


def test_an_old_event_counts_less_than_a_new_one(world, users):
    def distance(at):
        user = next(users)
        before = dict(world.ask(user=user, numResults=500))
        world.click(user, "185", at)
        after = dict(until(lambda: world.ask(user=user, numResults=500)))
        return sum(abs(after.get(item, 0) - before.get(item, 0)) for item in before.keys() | after.keys()) / 2

    old = [distance(1_500_000_000) for _ in range(5)]
    new = [distance(AFTER_THE_DATA) for _ in range(5)]
    assert sum(new) > 2 * sum(old)


def test_a_stranger_becomes_known(world):
    before = world.ask(user="newcomer")
    world.click("newcomer", "185", time.time())
    after = moved(world, "newcomer", before)
    assert after != world.ask(user="another newcomer") == before


def test_the_item_may_be_in_the_properties(server, world, user):
    before = world.ask(user=user)
    old_form = {"eventType": "click", "sentAt": AFTER_THE_DATA, "properties": json.dumps({"itemId": "185", "eventValue": 1})}
    assert put(server, world, user, old_form).status == 200
    moved(world, user, before)


def test_both_forms_teach_the_same(server, world):
    for user, event in [("form-a", click()), ("form-b", {"eventType": "click", "sentAt": AFTER_THE_DATA, "properties": '{"itemId":"185"}'})]:
        assert put(server, world, user, event).status == 200
    until(lambda: world.ask(user="form-a") == world.ask(user="form-b") != world.ask(user="stranger"), 1)


@pytest.mark.parametrize("event", [
    click(properties="{}"), click(at=AFTER_THE_DATA + 0.123), click(eventId="e-1"), click(eventValue=4.5),
    click(recommendationId="RID-1d-40c1-8d20-dfffbd7b0ac7-CID-06b10f"), click(impression=["1", "2"]), click(at=1698711.11), click(item="unheard of"),
    click(metricAttribution={"eventAttributionSource": "newsletter"}),
])
def test_forms_that_are_taken(server, world, user, event):
    answer = put(server, world, user, event)
    assert (answer.status, answer.body) == (200, b""), answer
    assert answer.headers["x-amzn-requestid"]


def test_a_number_in_exponent_form(server, world, user):
    before = world.ask(user=user)
    body = json.dumps({"trackingId": world.tracker, "userId": user, "sessionId": "s", "eventList": [click(at=0)]})
    body = body.replace('"sentAt": 0', '"sentAt": 1.69871111E9').encode()
    assert server.signed("POST", "/events", body, {"content-type": "application/json"}, service="personalize").status == 200
    moved(world, user, before)


def test_several_events_at_once(server, world, user):
    before = world.ask(user=user)
    assert put(server, world, user, *(click(str(item), AFTER_THE_DATA + item) for item in range(1, 11))).status == 200
    moved(world, user, before)


def test_without_a_user_the_session_is_one(server, world):
    stranger = world.ask(user="stranger")
    assert put(server, world, None, click(), session="anonymous-visit").status == 200
    until(lambda: world.ask(user="anonymous-visit") != stranger, 1)


def test_a_session_called_null_is_dropped(server, world, user):
    before = world.ask(user=user)
    assert put(server, world, user, click(), session="null").status == 200
    assert put(server, world, None, click(), session="null").status == 200
    world.click("somebody-else", "185", AFTER_THE_DATA)
    assert world.ask(user=user) == before and world.ask(user="null") == world.ask(user="stranger")


def test_the_same_event_counts_once(server, world):
    for user, times in (("once", 1), ("thrice", 3)):
        for _ in range(times):
            assert put(server, world, user, click(), click("42", AFTER_THE_DATA + 1), session=user).status == 200
    until(lambda: world.ask(user="once") == world.ask(user="thrice") != world.ask(user="stranger"), 1)


def test_an_event_id_counts_once(server, world):
    assert put(server, world, "by-id", click(eventId="the-id")).status == 200
    first = until(lambda: (now := world.ask(user="by-id")) != world.ask(user="stranger") and now, 1)
    assert put(server, world, "by-id", click("42", AFTER_THE_DATA + 5, eventId="the-id")).status == 200
    assert world.ask(user="by-id") == first


def test_an_event_without_a_time_that_says_null_is_now(server, world):
    """The founding post's click sends its time as text, of which its handler makes null; the click moved the list."""
    assert put(server, world, "timeless", click(at=None)).status == 200
    until(lambda: world.ask(user="timeless") != world.ask(user="stranger"), 1)


@pytest.mark.parametrize("event, code", [
    ({"eventType": "click", "sentAt": AFTER_THE_DATA}, "InvalidInputException"),
    (click(properties="not json"), "InvalidInputException"),
    (click(properties=json.dumps(json.dumps({"a": 1}))), "InvalidInputException"),
    (click(properties='{"timestamp":"1"}'), "InvalidInputException"),
    (click(properties='{"UserId":"1"}'), "InvalidInputException"),
    (click(properties=json.dumps({"note": "x" * 1024})), "InvalidInputException"),
    (click(at="1698711110"), "SerializationException"), (click(at="yesterday"), "SerializationException"),
    ({"itemId": "1", "sentAt": 1}, "InvalidInputException"), (click(item="x" * 257), "InvalidInputException"), (click(item=5), "SerializationException"),
    (click(impression=[]), "InvalidInputException"), (click(impression=["1"] * 26), "InvalidInputException"),
    (click(recommendationId="R" * 41), "InvalidInputException"),
])
def test_events_that_are_refused(server, world, user, event, code):
    before = world.ask(user=user)
    answer = put(server, world, user, click("42"), event)
    assert answer.status == 400, answer
    assert answer.headers["x-amzn-errortype"] == code or (code is None and answer.headers["x-amzn-errortype"] in (
        "SerializationException", "InvalidInputException"))
    assert answer.json.get("message") or answer.json.get("Message")
    assert world.ask(user=user) == before


def test_broken_properties_in_the_words_of_the_service(server, world, user):
    answer = put(server, world, user, click(properties='"{}"'))
    assert answer.json["message"] == "Error parsing properties json"


@pytest.mark.parametrize("more", [{"eventList": []}, {"eventList": [click()] * 11}, {"sessionId": ""}, {"trackingId": "unknown"}, {"trackingId": ""}])
def test_calls_that_are_refused(server, world, more):
    document = {"trackingId": world.tracker, "userId": "u", "sessionId": "s", "eventList": [click()], **more}
    events = server.client("personalize-events", validate=False)
    status, code, message = refusal(events.put_events, **document)
    assert (status, code) == (400, "InvalidInputException") and message


def test_a_tracker_needs_interactions(personalize, events, name):
    group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    tracker = personalize.create_event_tracker(name=name, datasetGroupArn=group)["trackingId"]
    assert refusal(events.put_events, trackingId=tracker, userId="u", sessionId="s", eventList=[click()])[:2] == (400, "InvalidInputException")


def test_ranking_hears_of_events_too(world, runtime, user):
    asked = [str(item) for item in range(1, 60)]

    def ranking():
        return runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId=user, inputList=asked)["personalizedRanking"]

    before = ranking()
    world.click(user, "185", time.time())
    until(lambda: ranking() != before, 1)


def test_static_lists_do_not(world, runtime, user):
    def lists():
        similar = runtime.get_recommendations(campaignArn=world.campaigns["sims"], itemId="185")["itemList"]
        return similar, world.ask("popular", user=user)

    before, mine = lists(), world.ask(user=user)
    world.click(user, "185", time.time())
    moved(world, user, mine)
    assert lists() == before


def test_streamed_rows_are_trained_on_next_time(server, name):
    world = World(server, name).small().train("popular")
    for number in range(60):
        world.click(f"fan{number}", "the-new-one", 1_600_100_000 + number)
    world.version("popular", name="v2")
    world.active("solution_version", solutionVersionArn=world.versions["popular"])
    world.campaign("popular", suffix="-2")
    assert world.ask("popular")[0][0] == "the-new-one"


def test_events_take_the_memory_of_their_option_and_no_more(start, tmp_path):
    mebi = 1 << 20

    def wide(number, part):
        return click(item="i1", at=AFTER_THE_DATA + number, properties=json.dumps({"note": f"{number}/{part} " + "x" * 900}))

    def grown(*options):
        server = start("--auth", "off", "--event-memory", "4MiB", *options)
        world = World(server, "m").small().train("user")

        def put_all(numbers):
            for number in numbers:
                assert put(server, world, f"u{number % 50}", *(wide(number, part) for part in range(10))).status == 200

        put_all(range(500))
        before = server.memory()
        put_all(range(500, 2000))
        # 15 MB came, in requests that leave the allocator something of theirs; where there is a log, memory has the place of each.
        return server, world, server.memory() - before

    server, _, growth = grown()
    assert growth < 8 * mebi
    assert "the oldest streamed events were dropped" in server.tail()
    server, world, growth = grown("--data-dir", tmp_path / "data")
    assert growth < 8 * mebi
    assert "dropped" not in server.tail()

    def size():
        return sum(path.stat().st_size for path in (tmp_path / "data/log").glob("*.log"))

    # Nothing is lost: the first event is still known, and repeating it changes nothing; what users did is still answered by.
    known = size()
    assert put(server, world, "u0", wide(0, 0)).status == 200 and size() == known
    mine = world.ask(user="u7")
    server.kill()
    server = start("--auth", "off", "--data-dir", tmp_path / "data")
    world.server = server
    assert world.ask(user="u7") == mine
    assert put(server, world, "u0", wide(0, 0)).status == 200 and size() == known
    assert put(server, world, "u0", wide(9999, 0)).status == 200 and size() > known
