"""The console in a real browser: driven as a person does it, against a real server."""

import json
import pathlib
import statistics

import axe_core_python
import pytest

import world as worlds
from console import console, picture
from harness import FILMNIGHT

SCREENS = {
    "overview": "films-group", "data": "Schema Interactions", "training": "films-user", "try": "Campaign or recommender", "streams": "open shards",
    "objects": "films-bucket", "stacks": "Stack", "functions": "function", "requests": "requests", "server": "Settings", "fidelity": "operations are carried out",
}


# The frame


def test_pages_are_served_with_a_strict_policy(server, start):
    page = server.http("GET", "/_personalite/console")
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "require-trusted-types-for 'script'" in policy
    script = server.http("GET", "/_personalite/console/app.js")
    assert script.headers["content-type"].startswith("text/javascript") and script.headers["x-content-type-options"] == "nosniff"
    again = server.http("GET", "/_personalite/console/app.js", headers={"if-none-match": script.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert server.http("HEAD", "/_personalite/console/app.js").headers["content-length"] == str(len(script.body))
    assert server.http("GET", "/_personalite/console/../../etc/passwd").status in (400, 404)
    assert server.http("GET", "/_personalite/console/nothing.js").status == 404
    assert server.http("POST", "/_personalite/console").status == 405
    # A page of another origin gets nothing, as everywhere.
    assert server.http("GET", "/_personalite/console", headers={"origin": "http://evil.example"}).status == 403
    assert server.http("GET", "/_personalite/console/app.js", headers={"sec-fetch-site": "cross-site"}).status == 403
    # A page that may have been opened by one of others keeps its window from that; a browser starts a process for it.
    for site, keeps in ((None, True), ("none", False), ("same-origin", False)):
        page = server.http("GET", "/_personalite/console", headers={"sec-fetch-site": site} if site else {})
        assert page.status == 200 and page.headers["vary"] == "sec-fetch-site"
        assert page.headers.get("cross-origin-opener-policy") == ("same-origin" if keeps else None)
    headers = {"sec-fetch-site": "cross-site", "referer": "http://a.example/page"}
    opened = start("--allow-origin", "http://a.example").http("GET", "/_personalite/console", headers=headers)
    assert opened.status == 200 and opened.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", [
    "requests", "live", "work", "explain?campaignArn=a", "users?campaignArn=a", "items?campaignArn=a", "dataset?datasetArn=a", "rejected?datasetImportJobArn=a",
    "training?solutionVersionArn=a", "readers?streamArn=a", "settings"])
def test_what_tells_of_data_is_told_to_this_machine_only(server, path):
    """A page whose name was made to point at this machine sends another Host; a page of another origin says where it comes from."""
    assert server.http("GET", f"/_personalite/{path}", headers={"host": "evil.example"}).status == 403
    assert server.http("GET", f"/_personalite/{path}", headers={"origin": "http://evil.example"}).status == 403
    assert server.http("POST", "/_personalite/filter", b"{}", {"origin": "http://evil.example"}).status == 403


def test_what_the_first_paint_takes(start, browser):
    """`-s` shows Chromium's own times of the first contentful paint, from the start of the navigation; docs/performance.md has those of a quiet machine."""
    server = start()
    painted = []
    for _ in range(12):
        page = browser.open(console(server))
        page.sees("Nothing here yet")
        painted.append(page.until("performance.getEntriesByType('paint').find(one => one.name === 'first-contentful-paint')?.startTime"))
    print(f"first paint: {sorted(round(one) for one in painted)} ms")
    resources = page.run("performance.getEntriesByType('resource').filter(one => one.name.includes('/console/')).map(one => one.decodedBodySize)")
    assert 0 < len(resources) <= 30 and 0 < sum(resources) <= 300_000


def test_frame(films, browser):
    page = browser.open(console(films.server))
    page.sees("films-group")
    picture(page, "overview")
    assert page.run("document.title") == "Overview – personalite"
    page.click("nav a", "Streams")
    page.sees("open shards")
    assert page.run("location.hash").startswith("#/us-east-1/streams?stream=films")
    # The way back, and an address that somebody was sent.
    page.run("history.back()")
    page.sees("films-group")
    other = browser.open(console(films.server, "objects?bucket=films-bucket&prefix=notes/&key=notes/read me.txt"))
    other.sees("some text")
    assert browser.open(console(films.server, "nowhere")).sees("There is no such screen") is None
    page.fill("Theme", "dark")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 30)"
    page.fill("Theme", "")
    # Another region is another place.
    page.fill("Region", "eu-west-1")
    page.sees("Nothing here yet")
    page.fill("Region", "us-east-1")
    page.sees("films-group")
    assert page.faults == [] and other.faults == []


def test_refusals_are_shown_in_the_services_words(films, browser):
    page = browser.open(console(films.server))
    page.click("button", "Key")
    page.fill("Access key id", "test")
    page.fill("Secret access key", "wrong")
    page.click("dialog button", "Use it")
    page.sees("InvalidSignatureException")
    shown = page.text(".fault")
    assert "The request signature we calculated does not match" in shown and "request " in shown
    picture(page, "refused")
    # The key stays in its tab.
    browser.open(console(films.server)).sees("films-group")
    # Another account.
    page.click("button", "Key")
    page.fill("Access key id", "111122223333")
    page.fill("Secret access key", "test")
    page.click("dialog button", "Use it")
    page.sees("Nothing here yet")


def test_what_failed_and_why(start, browser):
    server = start()
    other = worlds.World(server, "broken").group()
    other.dataset()
    job = other.import_data("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nu,i,no time,click\n")
    assert job["status"] == "CREATE FAILED"
    page = browser.open(console(server))
    page.sees("What failed, and why")
    assert job["failureReason"] in page.text("main")
    page.sees("CREATE FAILED")
    # What clients do is seen without a reload.
    server.client("personalize").create_dataset_group(name="later")
    page.sees("later")
    assert page.faults == []


# The founding story, from an empty server


def test_story_from_an_empty_server(start, browser):
    server = start()
    page = browser.open(console(server))
    page.sees("Nothing here yet")
    page.click("a", "Begin with a CSV file")
    page.sees("A new data set group from CSV files")
    page.give_files("input[type=file]", FILMNIGHT / "interactions.csv", FILMNIGHT / "items.csv")
    page.sees("Import, train and deploy")
    assert page.run("[...document.querySelectorAll('fieldset select[id]')].map(one => one.value)") == ["Interactions", "Items"]
    picture(page, "begin")
    page.fill("Name of the group", "story")
    page.click("button", "Import, train and deploy")
    page.until("location.hash.includes('/try')", 120)
    page.fill("User", "429")
    page.click("button", "Recommend")
    page.sees("For 429")
    before = page.until("[...document.querySelectorAll('[aria-label=Answer] .answer > li code')].map(one => one.textContent)")
    page.fill("Item of the event", "185")
    page.click("button", "Send the event")
    page.sees("After click on 185")
    after = page.run("[...document.querySelectorAll('[aria-label=Answer] .answer > li code')].map(one => one.textContent)")
    assert before != after and len(after) == 10
    assert page.run("[...document.querySelectorAll('[aria-label=Before] .answer > li code')].map(one => one.textContent)") == before
    assert page.run("document.querySelectorAll('.moved').length") > 0
    # What a client sees is what the page shows.
    arn = server.client("personalize").list_campaigns()["campaigns"][0]["campaignArn"]
    answer = server.client("personalize-runtime").get_recommendations(campaignArn=arn, userId="429", numResults=10)
    assert [one["itemId"] for one in answer["itemList"]] == after
    picture(page, "moved")
    assert page.faults == []


def test_bad_rows_of_an_import(start, browser, tmp_path):
    (tmp_path / "bad.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,100\n,i2,101\n")
    page = browser.open(console(start(), "data"))
    page.give_files("input[type=file]", tmp_path / "bad.csv")
    page.sees("Import, train and deploy")
    page.click("button", "Import, train and deploy")
    page.until("Boolean(document.querySelector('.steps .fault'))")
    assert "rows that do not conform to the dataset schema" in page.text(".steps .fault")
    # What was made until then is there, and says the same.
    page.sees("CREATE FAILED", "p-data > div")
    page.sees("Rows of bad-interactions-1 that do not fit: 1 left out")
    assert page.run("[...document.querySelectorAll('[aria-label^=\"Rejected rows\"] tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))") == [
        ["3", "USER_ID: the value is missing"]]


# Streams


def test_streams(start, browser):
    server = start()
    page = browser.open(console(server, "streams"))
    page.fill("Name", "events")
    page.fill("Shards", "2")
    page.click("button", "Create a stream")
    page.sees("2 open shards")
    page.fill("Partition key", "someone")
    page.fill("Data", '{"film": 185}')
    page.click("button", "Put")
    page.sees('"film": 185')
    kinesis = server.client("kinesis")
    page.click("button", "Split in the middle")
    page.sees("3 open shards")
    page.until("document.querySelectorAll('rect.range').length === 4")
    assert len(kinesis.list_shards(StreamName="events")["Shards"]) == 4
    opened = [one["ShardId"] for one in kinesis.list_shards(StreamName="events")["Shards"] if "EndingSequenceNumber" not in one["SequenceNumberRange"]]
    page.fill("Shard", opened[1])
    page.click("button", "Merge with the next")
    page.sees("2 open shards")
    page.until("document.querySelectorAll('rect.range').length === 5")
    page.fill("As", "hex")
    picture(page, "streams")
    found = {shard["ShardId"]: kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(
        StreamName="events", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"])["Records"]
        for shard in kinesis.list_shards(StreamName="events")["Shards"]}
    shard = next(name for name, records in found.items() if records)
    page.fill("Shard", shard)
    page.sees("7b 22 66 69 6c 6d")
    assert page.faults == []


# Training


def test_training_is_watched_and_stopped(start, browser):
    server = start()
    trained = worlds.World(server, "watched").load()
    arn = trained.solution("user")
    page = browser.open(console(server, "training"))
    page.click("button", "Train a version")
    page.click("button", "Stop")
    version = server.client("personalize").list_solution_versions(solutionArn=arn)["solutionVersions"][0]["solutionVersionArn"]
    page.until("document.querySelector('main').innerText.includes('CREATE STOPPED')", 60)
    assert trained.wait("solution_version", solutionVersionArn=version)["status"] == "CREATE STOPPED"
    page.click("button", "Train a version")
    page.sees("ACTIVE", within=120)
    page.sees("precision_at_5", within=120)
    page.click("button", "Deploy")
    page.click("dialog button.main", "Deploy")
    page.sees("Campaigns:")
    picture(page, "training")
    assert server.client("personalize").list_campaigns(solutionArn=arn)["campaigns"]
    assert page.faults == []


# For everybody


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessibility(theme, films, browser):
    """axe-core's rules for WCAG 2.1 A and AA on every screen; they include the contrast of texts."""
    axe = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
    for screen, text in SCREENS.items():
        more = f"?deployment={films.campaigns['user']}&user=429" if screen == "try" else ""
        page = browser.open(console(films.server, screen + more))
        page.fill("Theme", theme)
        page.sees(text)
        if screen == "try":
            page.click(".answer button", "Why")
            page.sees("as the sum of logarithms")
        page.send("Runtime.evaluate", expression=axe)
        found = page.run("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(found => found.violations.map("
                         "one => [one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + ' ' + node.failureSummary)]))")
        picture(page, f"{screen}-{theme}")
        assert found == [], f"{screen} {theme}: {json.dumps(found, indent=1)}"
        assert page.faults == [], (screen, page.faults)


def test_by_keyboard_alone(films, browser):
    page = browser.open(console(films.server, "overview"))
    page.sees("films-group")

    def reach(what, most=80):
        for _ in range(most):
            page.press("Tab")
            if what in (page.run("document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label') || document.activeElement.id") or ""):
                return
        raise AssertionError(f"{what} is not reached by {most} tabs")

    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Skip to the content"
    reach("Try it")
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.press("Enter")
    page.sees("Campaign or recommender")
    page.run("document.querySelector('main').focus()")
    for _ in range(2):
        page.press("Tab")
    assert page.run("document.activeElement.labels[0].textContent") == "User"
    page.type("429")
    page.press("Enter")
    page.sees("For 429")
    reach("Why")
    page.press("Enter")
    page.sees("as the sum of logarithms")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"


def test_a_long_list_stays_smooth(films, browser):
    page = browser.open(console(films.server, "requests"))
    page.sees("requests")
    taken = page.run("""(() => {
        const list = document.querySelector("p-list");
        list.line = index => ["line ", index];
        list.update(100000);
        const times = [];
        for (let step = 0; step < 200; step++) {
            list.scrollTop = (step * 7919 * 28) % list.scrollHeight;
            const begin = performance.now();
            list.draw();
            list.getBoundingClientRect();
            times.push(performance.now() - begin);
        }
        return {times, lines: list.querySelectorAll(".line").length, height: list.scrollHeight};
    })()""")
    assert taken["lines"] < 60 and taken["height"] >= 100_000 * 28
    print(f"a list of 100,000: {statistics.median(taken['times']):.2f} ms a step, {max(taken['times']):.2f} at most")
    # A screen shows sixty pictures a second.
    assert statistics.median(taken["times"]) < 16
    page.run("document.querySelector('p-list').focus()")
    page.run("document.querySelector('p-list').dispatchEvent(new KeyboardEvent('keydown', {key: 'End'}))")
    page.until("document.querySelector('[aria-selected=true]')?.textContent.includes('99999')")
