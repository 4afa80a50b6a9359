"""The console's looks into data: what data sets hold, filters while they are written, trainings beside popularity, readers of streams, settings, snapshots
and functions; each by its page and by the path below `/_personalite/` that the page asks."""

import collections
import contextlib
import csv
import json
import threading
import time
import urllib.parse

import pytest

import world as worlds
from console import console, picture
from harness import FILMNIGHT, until
from test_lambda import python


def ask(server, path, **parameters):
    return server.http("GET", f"/_personalite/{path}?{urllib.parse.urlencode(parameters)}")


def rows():
    with (FILMNIGHT / "interactions.csv").open() as file:
        return list(csv.DictReader(file))


def test_what_a_data_set_holds(films):
    """Every figure against a count of the file by other means."""
    events = rows()
    found = ask(films.server, "dataset", datasetArn=films.datasets["Interactions"]).json
    imported = found["imported"]
    assert imported["rows"] == len(events) and found["datasetType"] == "INTERACTIONS"
    columns = {one["name"]: one for one in imported["columns"]}
    for name in ("USER_ID", "ITEM_ID", "EVENT_TYPE"):
        counts = collections.Counter(one[name] for one in events)
        assert columns[name]["distinct"] == len(counts) and columns[name]["nulls"] == 0
        top = [(one["value"], one["count"]) for one in columns[name]["top"]]
        assert [count for _, count in top] == [count for _, count in counts.most_common(10)] and all(counts[value] == count for value, count in top)
    times = [int(one["TIMESTAMP"]) for one in events]
    spread = imported["times"]
    assert (spread["least"], spread["most"], sum(spread["bins"])) == (min(times), max(times), len(events))
    wide = (max(times) - min(times)) / 60
    assert spread["bins"][0] == sum(one < min(times) + wide for one in times)
    for tail in imported["tails"]:
        counts = sorted(collections.Counter(one[tail["column"]] for one in events).values(), reverse=True)
        assert (tail["ids"], tail["once"]) == (len(counts), counts.count(1))
        assert all(counts[rank - 1] == count for rank, count in tail["curve"])
        tenth = next(one for one in tail["shares"] if one["ids"] == 0.1)
        assert tenth["rows"] == pytest.approx(sum(counts[:round(len(counts) / 10)]) / len(events))
    assert {one["column"] for one in imported["tails"]} == {"USER_ID", "ITEM_ID"}
    items = ask(films.server, "dataset", datasetArn=films.datasets["Items"]).json["imported"]
    with (FILMNIGHT / "items.csv").open() as file:
        genres = collections.Counter(genre for one in csv.DictReader(file) for genre in one["GENRE"].split("|") if genre)
    genre = next(one for one in items["columns"] if one["name"] == "GENRE")
    assert genre["distinct"] == len(genres) and genre["top"][0]["count"] == genres.most_common(1)[0][1]
    assert items["tails"] == []


def test_what_is_streamed_is_summed_up_as_it_comes(start):
    server = start()
    shop = worlds.World(server, "streamed").group()
    shop.dataset()
    arn = shop.datasets["Interactions"]
    found = ask(server, "dataset", datasetArn=arn).json
    assert "imported" not in found and "streamed" not in found and found["streamedRows"] == 0
    tracker = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group_arn)
    shop.active("event_tracker", eventTrackerArn=tracker["eventTrackerArn"])
    events = server.client("personalize-events")

    def send(user, items):
        events.put_events(trackingId=tracker["trackingId"], userId=user, sessionId="s", eventList=[
            {"eventType": "click", "itemId": item, "sentAt": 1_700_000_000 + place} for place, item in enumerate(items)])

    send("u1", ["a", "b", "a"])
    send("u2", ["a"])

    def counted(many):
        return until(lambda: (found := ask(server, "dataset", datasetArn=arn).json)["countedRows"] == many and found, 20)

    found = counted(4)
    columns = {one["name"]: one for one in found["streamed"]["columns"]}
    assert found["streamedRows"] == 4 and [(one["value"], one["count"]) for one in columns["ITEM_ID"]["top"]] == [("a", 3), ("b", 1)]
    assert sum(found["streamed"]["times"]["bins"]) == 4
    send("u3", ["c"])
    assert counted(5)["streamed"]["rows"] == 5
    # An import adds what it brings, and the page of the new rows is another.
    assert shop.import_data(worlds.rows())["status"] == "ACTIVE"
    assert counted(5)["imported"]["rows"] == 1200


def test_rejected_rows_are_kept_with_line_and_reason(start):
    server = start()
    shop = worlds.World(server, "refused").group()
    shop.dataset()
    lines = worlds.rows().splitlines()
    lines[10], lines[20] = "u,i,soon,click", "u,i"
    job = shop.import_data("\n".join(lines) + "\n")
    assert job["status"] == "ACTIVE"
    found = ask(server, "rejected", datasetImportJobArn=job["datasetImportJobArn"]).json
    assert (found["leftOut"], found["mended"], [one["line"] for one in found["rows"]]) == (2, 0, [11, 21])
    assert found["rows"][0]["reason"].startswith("TIMESTAMP: ") and found["rows"][1]["reason"] == "the row has 2 values, the header 4"
    assert found["rows"][0]["file"] == "s3://refused-bucket/job.csv"
    # So many that the job fails.
    bad = shop.import_data("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n" + "u,i,soon,click\n" * 2000, job="bad")
    assert bad["status"] == "CREATE FAILED"
    found = ask(server, "rejected", datasetImportJobArn=bad["datasetImportJobArn"]).json
    assert found["leftOut"] == 2000 and [one["line"] for one in found["rows"]] == list(range(2, 12))
    good = shop.import_data(worlds.rows(), job="good")
    assert ask(server, "rejected", datasetImportJobArn=good["datasetImportJobArn"]).json == {"leftOut": 0, "mended": 0, "rows": []}


@pytest.mark.parametrize("path, parameters, status", [
    ("dataset", {}, 400), ("dataset", {"datasetArn": "x"}, 400), ("dataset", {"datasetArn": "arn:aws:personalize:us-east-1:000000000000:dataset/no/INTERACTIONS"}, 400),
    ("dataset", {"datasetArn": "x", "more": "y"}, 400), ("rejected", {"datasetImportJobArn": "arn:aws:personalize:us-east-1:000000000000:dataset-import-job/no"}, 400),
    ("training", {"solutionVersionArn": "arn:aws:personalize:us-east-1:000000000000:solution/no/no"}, 400), ("training", {"datasetArn": "x"}, 400),
    ("readers", {"streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/no"}, 400), ("readers", {"streamArn": "x"}, 400), ("readers", {}, 400),
])
def test_what_is_not_there_is_refused(server, path, parameters, status):
    answer = ask(server, path, **parameters)
    assert answer.status == status and answer.json["code"] and answer.json["message"], answer
    assert server.http("POST", f"/_personalite/{path}", b"{}").status == 405


def test_the_page_of_data_sets(films, browser):
    page = browser.open(console(films.server, "data?group=" + urllib.parse.quote(films.group_arn, safe="")))
    page.sees("Events over time")
    page.sees("Long tail of items")
    shown = page.text("main")
    assert f"{len(rows()):,} rows imported" in shown
    # Events over time, the tails of users and items, and the column of times; the other columns are words.
    assert page.run("document.querySelectorAll('.dataset .chart svg[role=img]').length") == 4
    assert "Comedy" in page.run("[...document.querySelectorAll('.tops .name')].map(one => one.textContent)")
    picture(page, "distributions")
    assert page.faults == []


def test_a_file_is_added_to_a_data_set(start, browser, tmp_path):
    server = start()
    shop = worlds.World(server, "more").group()
    shop.dataset()
    (tmp_path / "first.csv").write_text(worlds.rows())
    page = browser.open(console(server, "data"))
    page.click("summary", "Import a file")
    page.give_files(".dataset input[type=file]", tmp_path / "first.csv")
    page.click(".dataset button", "Import")
    page.sees("1,200 rows imported")
    page.until("!document.querySelector('.dataset').innerText.includes('PENDING')")
    page.give_files(".dataset input[type=file]", tmp_path / "first.csv")
    page.click(".dataset button", "Import")
    page.sees("2,400 rows imported")
    (tmp_path / "other.csv").write_text("USER_ID,ITEM_ID\nu,i\n")
    page.give_files(".dataset input[type=file]", tmp_path / "other.csv")
    page.click(".dataset button", "Import")
    page.sees("The file has no column TIMESTAMP, EVENT_TYPE.")
    assert page.faults == []


def tried(films, expression, **more):
    body = {"campaignArn": films.campaigns["user"], "expression": expression, **more}
    return films.server.http("POST", "/_personalite/filter", json.dumps(body).encode())


def test_a_filter_is_counted_before_it_is_one(films):
    with (FILMNIGHT / "items.csv").open() as file:
        comedies = {one["ITEM_ID"] for one in csv.DictReader(file) if "Comedy" in one["GENRE"].split("|")}
    found = tried(films, 'INCLUDE ItemID WHERE Items.GENRE IN ("Comedy")').json
    known = {one["ITEM_ID"] for one in rows()} | comedies
    assert found["isValid"] and found["left"] == len(comedies & known) and found["of"] >= found["left"]
    assert {one["itemId"] for one in found["examples"]} <= comedies and found["examples"][0]["title"] == worlds.titles()[found["examples"][0]["itemId"]]
    found = tried(films, "INCLUDE ItemID WHERE Items.GENRE IN ($G)").json
    assert found["parameters"] == ["G"] and "left" not in found and "parameter G" in found["reason"]
    assert tried(films, "INCLUDE ItemID WHERE Items.GENRE IN ($G)", filterValues={"G": '"Comedy"'}).json["left"] == len(comedies & known)
    seen = {one["ITEM_ID"] for one in rows() if one["USER_ID"] == "429"}
    watched = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
    assert "userId" in tried(films, watched).json["reason"]
    found = tried(films, watched, userId="429").json
    assert found["of"] - found["left"] == len(seen)
    assert "UserID" in tried(films, 'INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("*")').json["reason"]
    # No filter was made of any of them.
    assert len(films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"]) == 1


@pytest.mark.parametrize("expression, position, words", [
    ("INCLUDE ItemID WHERE Items.GENRE IS 5", 34, "expected an operator"), ("INCLUDE ItemID WHERE Items.GENR IN (\"a\")", 22, "has no field GENR"),
    ("INCLUDE ItemID WHERE Items.GENRE IN (\"ä\" \"b\")", 42, "expected , or )"), ("𝄞", 1, "unexpected character"), ("INCLUDE", 8, "expected ItemID"),
    ("INCLUDE ItemID WHERE Items.GENRE IN (\"a", 38, "closing quote"),
])
def test_faults_of_filters_have_their_position(films, expression, position, words):
    found = tried(films, expression).json
    assert (found["isValid"], found["position"]) == (False, position) and words in found["reason"], found
    with pytest.raises(films.personalize.exceptions.InvalidInputException, match=f"at position {position}"):
        films.personalize.create_filter(name="wrong", datasetGroupArn=films.group_arn, filterExpression=expression)


def test_requests_for_filters_are_bounded(films):
    assert tried(films, "INCLUDE ItemID WHERE Items.GENRE IN (" + '"a",' * 1000).status == 400
    assert films.server.http("POST", "/_personalite/filter", json.dumps({"campaignArn": films.campaigns["user"]}).encode()).status == 400
    assert films.server.http("GET", "/_personalite/filter").status == 405


def test_a_filter_is_written_on_the_page(films, browser):
    page = browser.open(console(films.server, f"try?deployment={films.campaigns['user']}&user=429"), height=1200)
    page.sees("For 429")
    page.click("summary", "Write a filter")
    page.fill("Expression", "INCLUDE ItemID WHERE Items.GENRE IS 5")
    page.sees("At character 34")
    assert page.text("mark") == "I" and page.run("document.querySelector('textarea[aria-invalid]') !== null")
    assert page.text("pre:has(mark)").split("\n")[1].index("↑") == 33
    picture(page, "filter-fault")
    # Of several lines the arrow stands below the one that is wrong.
    page.fill("Expression", "INCLUDE ItemID WHERE\n  Items.GENRE IS 5\n  AND Items.YEAR IN (\"1995\")")
    page.sees("At character 36")
    lines = page.text("pre:has(mark)").split("\n")
    assert lines[1] == "  Items.GENRE IS 5" and lines[2].index("↑") == lines[1].index("IS")
    page.fill("Expression", "INCLUDE ItemID WHERE Items.GENRE IN ($SORT)")
    page.sees("A value must be provided for the filter parameter SORT")
    page.fill("$SORT", "Comedy")
    page.sees("are left, such as")
    counted = page.text("[role=status] strong")
    picture(page, "filter")
    left = tried(films, 'INCLUDE ItemID WHERE Items.GENRE IN ("Comedy")').json
    assert counted == f"{left['left']:,} of {left['of']:,}"
    # Who it is for may be another later.
    page.fill("Expression", 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
    for user in ("429", "17"):
        page.fill("User", user)
        left = tried(films, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', userId=user).json
        page.sees(f"{left['left']:,} of {left['of']:,}")
    page.fill("User", "429")
    page.fill("Expression", "INCLUDE ItemID WHERE Items.GENRE IN ($SORT)")
    page.fill("$SORT", "Comedy")
    page.sees(counted)
    page.fill("Name of the filter", "films-written")
    page.click("button", "Make it a filter")
    page.until("document.querySelector('select option[value$=\"filter/films-written\"]') !== null")
    page.fill("SORT", "Comedy")
    page.click("button", "Recommend")
    arn = next(one["filterArn"] for one in films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"] if one["name"] == "films-written")
    expected = [item for item, _ in films.ask("user", "429", numResults=10, filterArn=arn, filterValues={"SORT": '"Comedy"'})]
    page.until("JSON.stringify([...document.querySelectorAll('[aria-label=Answer] .answer > li code')].map(one => one.textContent)) === JSON.stringify(expected)", expected=expected)
    films.personalize.delete_filter(filterArn=arn)
    assert page.faults == []


def curves(found):
    for line in found["curves"]:
        places = [at for at, _ in line["points"]]
        assert places == sorted(places) and 0 <= places[0] and places[-1] <= 1 and len(places) <= 201
    return found["curves"]


def test_a_training_is_told_beside_popularity(films):
    found = ask(films.server, "training", solutionVersionArn=films.versions["user"]).json
    metrics = films.personalize.get_solution_metrics(solutionVersionArn=films.versions["user"])["metrics"]
    assert set(found["popularity"]) == set(metrics) and found["testUsers"] > 0
    # The recipe that is popularity is what every other recipe is held against.
    popular = films.personalize.get_solution_metrics(solutionVersionArn=films.versions["popular"])["metrics"]
    assert found["popularity"] == popular and metrics["precision_at_5"] > popular["precision_at_5"]
    # Its newest version counts, and has nothing that is learnt by steps; the second recipe has.
    assert {one["figure"] for one in curves(found)} <= {"evaluation objective"}
    solution = films.solution("v2")
    films.version("v2")
    films.active("solution_version", solutionVersionArn=films.versions["v2"])
    found = ask(films.server, "training", solutionVersionArn=films.versions["v2"]).json
    assert {one["figure"] for one in curves(found)} == {"loss", "evaluation objective"}
    learnt = max((one["points"] for one in found["curves"] if one["figure"] == "loss"), key=len)
    assert len(learnt) > 3 and learnt[-1][1] < learnt[0][1]
    films.personalize.delete_solution(solutionArn=solution)


def test_versions_are_compared_on_the_page(films, browser):
    page = browser.open(console(films.server, "training?group=" + urllib.parse.quote(films.group_arn, safe="")))
    page.sees("Popularity")
    popular = films.personalize.get_solution_metrics(solutionVersionArn=films.versions["popular"])["metrics"]["precision_at_5"]
    own = films.personalize.get_solution_metrics(solutionVersionArn=films.versions["user"])["metrics"]["precision_at_5"]
    cells = page.run("[...document.querySelector('section[aria-label=films-user] [aria-label=Metrics]').querySelectorAll('tr')].map(row => [...row.cells].map(cell => cell.textContent))")
    assert next(row for row in cells if row[0] == "precision_at_5") == ["precision_at_5", f"{popular:.4f}", f"{own:.4f} {own / popular:.2f}×"]
    page.click("summary", "learnt")
    page.sees("Evaluation objective")
    picture(page, "versions")
    assert page.faults == []


def test_readers_and_how_far_behind_they_are(start, browser):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="read", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="read")["StreamDescriptionSummary"]["StreamARN"]
    found = ask(server, "readers", streamArn=arn).json
    assert (found["iterators"], found["subscriptions"]) == ([], []) and found["now"] == pytest.approx(time.time(), abs=5)
    kinesis.put_records(StreamName="read", Records=[{"PartitionKey": "k", "Data": b"x"}] * 10)
    server.http("POST", "/_personalite/clock", json.dumps({"advance": 60}).encode())
    kinesis.put_record(StreamName="read", PartitionKey="k", Data=b"y")
    iterator = kinesis.get_shard_iterator(StreamName="read", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator, Limit=4)
    found, = ask(server, "readers", streamArn=arn).json["iterators"]
    assert found["shardId"] == "shardId-000000000000" and found["records"] == 4 and found["answers"] == 1
    assert found["millisBehindLatest"] == answer["MillisBehindLatest"] > 50_000
    kinesis.get_records(ShardIterator=answer["NextShardIterator"])
    found, = ask(server, "readers", streamArn=arn).json["iterators"]
    assert (found["millisBehindLatest"], found["records"], found["answers"]) == (0, 7, 2)
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="watcher")["Consumer"]["ConsumerARN"]
    until(lambda: kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
    events = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId="0", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    heard = threading.Event()

    def listen():
        # Ends with an exception once the connection is closed under it, and that is what closing is for.
        with contextlib.suppress(Exception):
            for event in events:
                if event["SubscribeToShardEvent"]["Records"]:
                    heard.set()

    threading.Thread(target=listen, daemon=True).start()
    assert heard.wait(20)
    found = until(lambda: [one for one in ask(server, "readers", streamArn=arn).json["subscriptions"] if one["millisBehindLatest"] == 0], 20)
    assert (found[0]["consumer"], found[0]["shardId"]) == ("watcher", "shardId-000000000000")
    page = browser.open(console(server, "streams?stream=read"))
    page.sees("watcher", "[aria-label=Subscriptions]")
    page.sees("shardId-000000000000", "[aria-label=Iterators]")
    picture(page, "readers")
    events.close()
    page.until("document.querySelector('[aria-label=Readers]').innerText.includes('Nobody is subscribed')")
    assert page.faults == []


def test_settings_say_where_they_came_from(start, browser, tmp_path):
    server = start("--seed", "7", "--snapshots", tmp_path, environment={"PERSONALITE_JOB_DELAY": "0.5", "PERSONALITE_KEYS": "me:my secret"})
    found = {one["name"]: one for one in server.http("GET", "/_personalite/settings").json["settings"]}
    assert (found["seed"]["value"], found["seed"]["origin"]) == ("7", "--seed")
    assert (found["job-delay"]["value"], found["job-delay"]["origin"]) == ("0.5", "PERSONALITE_JOB_DELAY")
    assert (found["host"]["value"], found["host"]["origin"]) == ("127.0.0.1", "default") and "value" not in found["data-dir"]
    assert "my secret" not in json.dumps(found) and found["keys"]["origin"] == "PERSONALITE_KEYS"
    page = browser.open(console(server, "server"))
    page.sees("--job-delay", "[aria-label=Settings]")
    row = page.run("[...document.querySelectorAll('[aria-label=Settings] tr')].map(row => [...row.cells].map(cell => cell.textContent)).find(row => row[0] === '--job-delay')")
    assert row[1:3] == ["0.5", "PERSONALITE_JOB_DELAY"]
    # A snapshot is made and gone back to.
    server.client("kinesis").create_stream(StreamName="kept", ShardCount=1)
    page.fill("Snapshot", "before")
    page.click("button", "Save")
    page.sees("before", "[aria-label=Snapshots]")
    server.client("kinesis").delete_stream(StreamName="kept")
    page.run("(window.confirm = () => true)")
    page.click("button", "Load")
    until(lambda: server.client("kinesis").list_streams()["StreamNames"] == ["kept"], 20)
    page.click("button", "Delete")
    page.sees("None yet.", "[aria-label=Snapshots]")
    picture(page, "server")
    assert page.faults == []


def test_clock_and_faults_beside_the_requests(start, browser):
    server = start()
    page = browser.open(console(server, "requests"))
    page.sees("requests")
    page.click("summary", "Clock and faults")
    page.fill("Rules", '[{"service": "kinesis", "operation": "ListStreams", "error": {"code": "LimitExceededException", "statusCode": 400}}]')
    page.click("button", "Set the rules")
    page.until("document.querySelector('#told').textContent === 'The faults were set.'")
    with pytest.raises(server.client("kinesis").exceptions.LimitExceededException):
        server.client("kinesis").list_streams()
    page.until("[...document.querySelectorAll('.line')].some(one => one.textContent.includes('ListStreams') && one.textContent.includes('400'))")
    page.fill("Seconds", "3600")
    page.click("button", "Advance")
    page.sees("3600 s ahead", "[aria-label=Clock]")
    assert server.http("GET", "/_personalite/clock").json["ahead"] == pytest.approx(3600, abs=2)
    picture(page, "faults")
    assert page.faults == []


def test_functions_and_what_they_wrote(start, browser):
    server = start()
    functions, kinesis = server.client("lambda"), server.client("kinesis")
    python(functions, "hello", 'def handler(event, context):\n    print("seen <b>", event)\n    if event == {"fail": True}: raise ValueError("on purpose")\n    return {"got": event}\n',
           Environment={"Variables": {"MODE": "test"}})
    kinesis.create_stream(StreamName="feed", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="feed")["StreamDescriptionSummary"]["StreamARN"]
    functions.create_event_source_mapping(FunctionName="hello", EventSourceArn=arn, StartingPosition="LATEST")
    page = browser.open(console(server, "functions"))
    page.click("a", "hello")
    page.sees("What brings it events")
    page.sees("stream/feed")
    page.fill("Event", '{"film": 185}')
    page.click("button", "Invoke")
    page.sees('{"got": {"film": 185}}')
    page.sees("seen <b> {'film': 185}", "[role=log]")
    page.fill("Event", '{"fail": true}')
    page.click("button", "Invoke")
    page.sees("Unhandled", "[aria-label=Invocation]")
    page.sees("on purpose", "[role=log]")
    page.fill("Pattern", "purpose")
    page.until("!document.querySelector('[role=log]').innerText.includes('film')")
    picture(page, "functions")
    server.client("logs").create_log_group(logGroupName="by-hand")
    page.until("[...document.querySelectorAll('select option')].some(one => one.value === 'by-hand')")
    assert page.run("document.querySelectorAll('main b').length") == 0 and page.faults == []
