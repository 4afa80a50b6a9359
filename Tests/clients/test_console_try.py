"""Try it: lists and why they are as they are, in the browser and by `/_personalite/explain`; and what others stored, shown."""

import json
import math
import re
import shlex
import subprocess
import sys
import time
import urllib.parse

import world as worlds
from console import console, picture
from harness import clean_environment

MARKUP = "<img src=x onerror=\"document.title='taken'\">"


def explain(server, **parameters):
    return server.http("GET", "/_personalite/explain?" + urllib.parse.urlencode(parameters, doseq=True))


def test_the_parts_add_up_to_the_score_that_is_served(films):
    runtime = films.server.client("personalize-runtime")
    films.click("17", "185", int(time.time()))
    for user in ("429", "17", "nobody"):
        lines = films.ask("user", user, numResults=25)
        for place, (item, score) in enumerate(lines, 1):
            found = explain(films.server, campaignArn=films.campaigns["user"], userId=user, itemId=item).json
            assert (found["score"], found["rank"]) == (score, place)
            total = math.fsum(part["value"] for part in found["parts"])
            assert abs(math.exp(total) / found["probability"] - 1) < 1e-4 and abs(math.exp(total) - score) < 1e-6
    asked = [item for item, _ in lines]
    ranked = runtime.get_personalized_ranking(campaignArn=films.campaigns["ranking"], userId="429", inputList=asked)["personalizedRanking"]
    for line in ranked:
        # Items of equal scores share a place.
        place = 1 + sum(one["score"] > line["score"] for one in ranked)
        found = explain(films.server, campaignArn=films.campaigns["ranking"], userId="429", itemId=line["itemId"], inputList=asked).json
        assert (found["score"], found["rank"]) == (line["score"], place)
        assert abs(math.exp(sum(part["value"] for part in found["parts"])) - line["score"]) < 1e-6
    # A click of this moment is a part of its own.
    found = explain(films.server, campaignArn=films.campaigns["user"], userId="17", itemId=films.ask("user", "17")[3][0]).json
    assert found["history"][-1]["itemId"] == "185"


def test_a_list_longer_than_an_address_goes_by_post(films):
    arn = films.campaigns["ranking"]
    # Ids are of up to 256 characters.
    asked = ["1", "185"] + [f"{place:0256}" for place in range(450)]
    body = {"campaignArn": arn, "userId": "429", "itemId": "185", "inputList": asked}
    answer = films.server.http("POST", "/_personalite/explain", json.dumps(body).encode())
    score = {line["itemId"]: line.get("score") for line in films.server.client("personalize-runtime").get_personalized_ranking(
        campaignArn=arn, userId="429", inputList=asked)["personalizedRanking"]}
    assert answer.status == 200 and answer.json["score"] == score["185"]
    assert answer.json == {**answer.json, "userId": "429"}
    items = films.server.http("POST", "/_personalite/items", json.dumps({"campaignArn": arn, "itemId": asked}).encode()).json["items"]
    assert [one["itemId"] for one in items] == ["1", "185"]
    for wrong in (b"[]", b"{", json.dumps({**body, "nothing": "x"}).encode(), json.dumps({**body, "inputList": [1]}).encode(),
                  json.dumps({**body, "filterValues": []}).encode() + b"}", json.dumps({**body, "context": "x"}).encode()):
        answer = films.server.http("POST", "/_personalite/explain", wrong)
        assert (answer.status, answer.json["code"]) == (400, "InvalidInputException"), wrong
    filters = films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"]
    kept = {"campaignArn": films.campaigns["user"], "userId": "429", "itemId": "185", "filterArn": filters[0]["filterArn"]}
    texts = [films.server.http("POST", "/_personalite/explain", json.dumps({**kept, "filterValues": {"GENRE": '"Comedy"'}}).encode()).json,
             explain(films.server, **kept, filterValues=json.dumps({"GENRE": '"Comedy"'})).json]
    assert texts[0] == texts[1]


def test_what_has_no_parts_says_why(films):
    for kind in ("sims", "popular"):
        found = explain(films.server, campaignArn=films.campaigns[kind], userId="429", itemId="1").json
        assert not found["explained"] and "no scores" in found["reason"]
    arn = films.campaigns["user"]
    assert not explain(films.server, campaignArn=arn, userId="429", itemId="no such item").json["explained"]
    for status, code, parameters in [
        (400, "InvalidInputException", {"campaignArn": arn}), (400, "InvalidInputException", {"userId": "1", "itemId": "1"}),
        (404, "ResourceNotFoundException", {"campaignArn": arn + "x", "userId": "1"}),
        (400, "InvalidInputException", {"campaignArn": arn, "userId": "1", "unknown": "1"}),
        (400, "InvalidInputException", {"campaignArn": arn, "userId": "1", "context": "[1]"}),
        (400, "InvalidInputException", {"campaignArn": films.campaigns["ranking"], "userId": "1", "itemId": "1"}),
    ]:
        answer = explain(films.server, **parameters)
        assert (answer.status, answer.json["code"]) == (status, code), answer


def test_a_filter_says_what_it_leaves_out(films):
    arn = films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"][0]["filterArn"]
    lines = films.ask("user", "429", filterArn=arn, filterValues={"GENRE": '"Comedy"'})
    kept = explain(
        films.server, campaignArn=films.campaigns["user"], userId="429", itemId=lines[0][0], filterArn=arn, filterValues=json.dumps({"GENRE": '"Comedy"'})).json
    assert not kept["isRemoved"] and kept["score"] == lines[0][1]
    others = {item for item, _ in films.ask("user", "429", numResults=500)} - {item for item, _ in films.ask(
        "user", "429", numResults=500, filterArn=arn, filterValues={"GENRE": '"Comedy"'})}
    gone = explain(
        films.server, campaignArn=films.campaigns["user"], userId="429", itemId=min(others), filterArn=arn, filterValues=json.dumps({"GENRE": '"Comedy"'})).json
    assert gone["isRemoved"]


def test_users_and_items_of_a_campaign(films):
    arn = films.campaigns["user"]
    users = films.server.http("GET", f"/_personalite/users?campaignArn={arn}&prefix=42&count=3").json
    assert len(users["users"]) == 3 and all(one.startswith("42") for one in users["users"]) and users["total"] > 3
    items = films.server.http("GET", f"/_personalite/items?campaignArn={arn}&itemId=1&itemId=nothing").json["items"]
    assert [one["itemId"] for one in items] == ["1"] and items[0]["title"] == worlds.titles()["1"] == items[0]["columns"]["TITLE"]


def test_try_it(films, browser):
    page = browser.open(console(films.server, f"try?deployment={films.campaigns['user']}&user=429"), height=1200)
    page.sees("For 429")
    lines = films.ask("user", "429", numResults=10)
    assert page.run("[...document.querySelectorAll('.answer > li code')].map(one => one.textContent)") == [item for item, _ in lines]
    assert worlds.titles()[lines[0][0]] in page.text(".answer")
    page.click(".answer button", "Why")
    page.sees("as the sum of logarithms")
    shown = page.text(".why")
    assert f"{lines[0][1]:.7f}" in shown and "before the newest" in shown
    picture(page, "why")
    # The same request by other clients, as it stands there.
    environment = clean_environment(films.server.folder, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    for name, command in [("curl", ["bash", "-c"]), ("boto3", [sys.executable, "-c"])]:
        page.click("[role=tab]", name)
        text = page.run("document.querySelector('#snippet pre').textContent")
        run = subprocess.run([*command, text], capture_output=True, text=True, timeout=60, env=environment)
        assert run.returncode == 0, run.stderr
        assert re.findall(r"""["']itemId["']: ?["']([^"']+)["']""", run.stdout) == [item for item, _ in lines], run.stdout
    page.click("[role=tab]", "aws CLI")
    words = shlex.split(page.run("document.querySelector('#snippet pre').textContent").replace("\\\n", " "))
    assert words[:3] == ["aws", "personalize-runtime", "get-recommendations"]
    answer = films.server.aws(*words[1:3], *[word for word in words[3:] if word not in ("--endpoint-url", films.server.url)])
    assert [line["itemId"] for line in answer["itemList"]] == [item for item, _ in lines]
    # A filter with a value.
    page.fill("Filter", films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"][0]["filterArn"])
    page.fill("GENRE", "Comedy")
    page.click("button", "Recommend")
    arn = films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"][0]["filterArn"]
    expected = [item for item, _ in films.ask("user", "429", numResults=10, filterArn=arn, filterValues={"GENRE": '"Comedy"'})]
    page.until("JSON.stringify([...document.querySelectorAll('[aria-label=Answer] .answer > li code')].map(one => one.textContent)) === JSON.stringify(expected)", expected=expected)
    # Related items, and a list that is ranked.
    page.fill("Campaign or recommender", films.campaigns["sims"])
    page.fill("Item", "185")
    page.click("button", "Recommend")
    page.sees("Items related to 185")
    page.fill("Campaign or recommender", films.campaigns["ranking"])
    page.fill("User", "429")
    page.fill("Items to rank", "1, 185 50")
    page.click("button", "Rank")
    page.sees("The list, ranked for 429")
    assert page.run("document.querySelectorAll('[aria-label=Answer] .answer > li').length") == 3
    assert page.faults == []


# What was stored by others


def test_markup_in_ids_does_nothing(start, browser):
    """Whatever ids, names and texts hold, it is shown as it is and makes no element."""
    server = start()
    stored = worlds.World(server, "stored")
    stored.group()
    stored.dataset()
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"]
    names = [MARKUP, "<script>document.title='taken'</script>", "javascript:document.title='taken'", "'\"><svg onload=alert(1)>", "{{7*7}}"]
    quoted = ['"' + one.replace('"', '""') + '"' for one in names]
    for user in range(60):
        lines += [f"{quoted[user % 5] if user < 5 else f'u{user}'},{quoted[(user + step) % 5] if step % 2 else f'i{step}'},{1600000000 + user * 100 + step},click" for step in range(25)]
    stored.imported("\n".join(lines) + "\n").train("user")
    stored.s3.put_object(Bucket=stored.bucket, Key=MARKUP, Body=MARKUP.encode())
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", PartitionKey=MARKUP, Data=MARKUP.encode())
    server.http("GET", "/%3Cimg%20src=x%20onerror=alert(1)%3E/key")
    for path, text in [
        ("try?" + urllib.parse.urlencode({"deployment": stored.campaigns["user"], "user": MARKUP}), "For <img"), ("streams", MARKUP),
        ("objects?" + urllib.parse.urlencode({"bucket": stored.bucket, "key": MARKUP}), MARKUP), ("overview", "stored-group"), ("requests", "s3"),
        (f"overview?{MARKUP}", "stored-group"),
    ]:
        page = browser.open(console(server, path))
        page.sees(text)
        if path.startswith("try"):
            page.until("document.querySelector('.answer').textContent.includes('<')")
            page.click(".answer button", "Why")
            page.sees("as the sum of logarithms")
        if path == "requests":
            page.fill("Status", "bad")
            page.click(".line", "404")
            page.sees("%3Cimg")
        assert page.run("document.querySelectorAll('img, main script, main svg:not(.bars), iframe').length") == 0
        assert "taken" not in page.run("document.title") and page.faults == [], page.faults
