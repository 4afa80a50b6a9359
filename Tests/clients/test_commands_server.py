"""`status`, `import`, `recommend`, `explain`, `clock`, `faults`, `reset`, `doctor` and `completion`: what people ask a server from a shell."""

import json
import subprocess
import sys

import pytest

import world as worlds
from test_commands import run


def ask(films, *arguments, **variables):
    """What a command says of the server with the film-night data, as JSON."""
    status, output, errors = run(films.server.folder, *arguments, "--output", "json", AWS_ENDPOINT_URL=films.server.url, **variables)
    assert status == 0, errors
    return json.loads(output)


def says(films, *arguments, fails=False, **variables):
    status, output, errors = run(films.server.folder, *arguments, AWS_ENDPOINT_URL=films.server.url, **variables)
    assert (status == 1) == fails, output + errors
    return errors if fails else output


def test_recommend(films):
    lines = films.ask("user", "429", numResults=10)
    found = ask(films, "recommend", "429", "--campaign", "films-user")
    assert [(one["itemId"], one["score"]) for one in found["list"]] == lines
    assert found["list"][0]["title"] == worlds.titles()[lines[0][0]]
    text = says(films, "recommend", "429", "--campaign", films.campaigns["user"], "--count", "3")
    assert len(text.splitlines()) == 5 and worlds.titles()[lines[0][0]] in text
    filtered = ask(films, "recommend", "429", "--campaign", "films-user", "--filter", "films-genre", "--value", "GENRE=Comedy,Drama")
    arn = films.personalize.list_filters(datasetGroupArn=films.group_arn)["Filters"][0]["filterArn"]
    assert [one["itemId"] for one in filtered["list"]] == [item for item, _ in films.ask(
        "user", "429", numResults=10, filterArn=arn, filterValues={"GENRE": '"Comedy","Drama"'})]
    # One of a kind is found by itself, and what is asked follows from the recipe.
    assert ask(films, "recommend", "--item", "185")["recipe"] == "aws-sims"
    ranked = ask(films, "recommend", "429", "--item", "1", "--item", "185", "--item", "50")
    assert ranked["recipe"] == "aws-personalized-ranking" and {one["itemId"] for one in ranked["list"]} == {"1", "185", "50"}
    assert "Several could be asked" in says(films, "recommend", "429", fails=True)
    assert "no campaign or recommender nothing" in says(films, "recommend", "429", "--campaign", "nothing", fails=True)
    assert "ResourceNotFoundException" in says(films, "recommend", "429", "--campaign", "films-user", "--filter", "nothing", fails=True)
    assert "InvalidSignatureException" in says(films, "recommend", "429", fails=True, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="wrong")


def test_explain(films):
    item, score = films.ask("user", "429", numResults=1)[0]
    found = ask(films, "explain", "429", item, "--campaign", "films-user")
    assert found["explained"] and found["score"] == score and found["rank"] == 1
    text = says(films, "explain", "429", item, "--campaign", "films-user")
    assert "place 1 of all" in text and worlds.titles()[item] in text and "before the newest" in text
    ranking = says(films, "explain", "429", "185", "--among", "1", "--among", "185")
    assert "in the list" in ranking
    assert "not an item that the model knows" in says(films, "explain", "429", "nothing", "--campaign", "films-user", fails=True)


def test_status(films):
    found = ask(films, "status")
    group = found["datasetGroups"][0]
    assert group["name"] == "films-group" and {one["name"] for one in group["campaigns"]} == {arn.split("/")[-1] for arn in films.campaigns.values()}
    assert found["streams"] == ["films"]
    text = says(films, "status")
    assert "films-group ACTIVE" in text and "INTERACTIONS, ITEMS" in text and "\x1b" not in text


def test_an_import_from_files_to_lists(start, tmp_path):
    server = start()
    films = tmp_path / "movies.csv"
    films.write_text("movie,genre,plot\n" + "".join(f'i{n},"{"A|B" if n % 2 else "B"}","A film, the {n}th, in which ""much"" happens to everybody who is in it"\n' for n in range(60)))
    views = tmp_path / "my views.csv"
    views.write_text(worlds.rows().replace("USER_ID,ITEM_ID,TIMESTAMP", "visitor,movie,time", 1))
    variables = {"AWS_ENDPOINT_URL": server.url}
    status, output, errors = run(tmp_path, "import", "my views.csv", "movies.csv", "--show", **variables)
    assert status == 0 and "the data set Interactions of my-views" in output and "categorical" in output and "textual" in output, errors
    assert server.client("personalize").list_dataset_groups()["datasetGroups"] == []
    status, output, errors = run(tmp_path, "import", "my views.csv", "movies.csv", "--output", "json", **variables)
    assert status == 0, errors
    made = json.loads(output)
    assert made["userId"] == "u0"
    status, output, errors = run(tmp_path, "recommend", "u0", "--output", "json", **variables)
    assert status == 0 and len(json.loads(output)["list"]) == 10, errors
    group = server.client("personalize").list_dataset_groups()["datasetGroups"]
    assert [one["name"] for one in group] == ["my-views"]
    # Again under another name, as a person sees it.
    status, output, errors = run(tmp_path, "import", "my views.csv", "--name", "again", "--recipe", "aws-popularity-count", "--as", "Interactions", **variables)
    assert status == 0 and "Training" in output and "personalite recommend u0 --campaign again-campaign" in output, errors
    status, _, errors = run(tmp_path, "import", "my views.csv", "--name", "again", **variables)
    assert status == 1 and "ResourceAlreadyExistsException" in errors


@pytest.mark.parametrize("text, words", [
    ("a,b\n1,2\n", "must be the interactions"), ("USER_ID,ITEM_ID\nu,i\n", "has no column TIMESTAMP"), ("", "no line of headings"),
    ("USER_ID,ITEM_ID,TIMESTAMP\nu,i,2024-01-01\n", "whole seconds since 1970"),
])
def test_an_import_that_cannot_be_makes_nothing(server, tmp_path, text, words):
    (tmp_path / "x.csv").write_text(text)
    before = server.client("personalize").list_dataset_groups()["datasetGroups"]
    status, _, errors = run(tmp_path, "import", "x.csv", AWS_ENDPOINT_URL=server.url)
    assert status == 1 and words in errors
    assert server.client("personalize").list_dataset_groups()["datasetGroups"] == before
    (tmp_path / "x.csv").write_text("who,what,at\nu,i,1\n")
    status, output, errors = run(
        tmp_path, "import", "x.csv", "--as", "Interactions", "--show", "--output", "json", "--column", "who=USER_ID", "--column", "what=ITEM_ID", "--column", "at=TIMESTAMP")
    assert status == 0 and [field["name"] for field in json.loads(json.loads(output)["files"][0]["schema"])["fields"]] == ["USER_ID", "ITEM_ID", "TIMESTAMP"], errors
    for wrong in (["--column", "nothing=X"], ["--as", "Things"], ["--as", "Users"], ["--name", "a b"], ["--column", "who=USER_ID:text"]):
        assert run(tmp_path, "import", "x.csv", "--show", *wrong)[0] == 1


def test_clock_faults_and_reset(start, tmp_path):
    server = start()
    variables = {"AWS_ENDPOINT_URL": server.url}
    before = server.clock()
    assert run(tmp_path, "clock", "--advance", "2h", **variables)[0] == 0
    assert server.clock() - before >= 7200
    status, output, _ = run(tmp_path, "clock", "--freeze", "--output", "json", **variables)
    assert status == 0 and json.loads(output)["frozen"] and server.clock() == server.clock()
    status, output, _ = run(tmp_path, "clock", "--machine", **variables)
    assert status == 0 and "at the machine's pace" in output
    assert run(tmp_path, "clock", "--advance", "soon", **variables)[0] == 64
    assert "No faults" in run(tmp_path, "faults", **variables)[1]
    status, output, errors = run(tmp_path, "faults", "add", "--service", "kinesis", "--operation", "ListStreams", "--code", "Tired", "--status", "500", **variables)
    assert status == 0 and "Tired (500)" in output, errors
    assert server.call("kinesis", "ListStreams", {}).status == 500
    assert run(tmp_path, "faults", "add", "--service", "nothing", **variables)[0] == 1
    assert run(tmp_path, "faults", "clear", **variables)[0] == 0
    assert server.call("kinesis", "ListStreams", {}).status == 200
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    status, _, errors = run(tmp_path, "reset", **variables)
    assert status == 1 and "--yes" in errors and server.client("kinesis").list_streams()["StreamNames"] == ["s"]
    assert run(tmp_path, "reset", "--yes", **variables)[0] == 0
    assert server.client("kinesis").list_streams()["StreamNames"] == []


def test_doctor(server, tmp_path):
    def doctor(*arguments, **variables):
        status, output, errors = run(tmp_path, "doctor", "--output", "json", *arguments, **variables)
        assert errors == ""
        found = json.loads(output)
        assert (status == 0) == found["healthy"]
        return found["healthy"], {one["subject"]: one for one in found["findings"] if one["verdict"] != "well"}, output

    right = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1", "no_proxy": "127.0.0.1"}
    healthy, others, _ = doctor(**right)
    assert healthy and set(others) <= {"disk"}
    healthy, others, _ = doctor("--endpoint", "http://127.0.0.1:1")
    assert not healthy and "personalite serve" in others["port"]["advice"]
    healthy, others, _ = doctor(**right, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="wrong")
    assert not healthy and "InvalidSignatureException" in others["key"]["words"] and "secret" in others["key"]["advice"]
    healthy, others, _ = doctor(**right, AWS_ACCESS_KEY_ID="stranger", AWS_SECRET_ACCESS_KEY="wrong")
    assert not healthy and "does not know this key" in others["key"]["advice"]
    healthy, _, text = doctor(**{**right, "no_proxy": "", "http_proxy": "http://p:1"}, AWS_ENDPOINT_URL_S3="http://127.0.0.1:1", AWS_PROFILE="nobody")
    assert healthy and "AWS_ENDPOINT_URL_S3" in text and "nobody" in text and "http_proxy" in text
    assert not doctor("--data-dir", "nowhere", **right)[0]
    # Another program that has the port.
    other = subprocess.Popen([sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path)
    try:
        port = other.stdout.readline().split(" port ")[1].split()[0]
        healthy, others, _ = doctor("--endpoint", f"http://127.0.0.1:{port}")
        assert not healthy and "no personalite" in others["server"]["words"]
    finally:
        other.kill()
        other.wait(20)
        other.stdout.close()
    assert "ok" in run(tmp_path, "doctor", **right)[1]


@pytest.mark.parametrize("command", [["status"], ["recommend", "u"], ["explain", "u", "i"], ["clock"], ["faults"], ["reset", "--yes"]])
def test_without_a_server_each_says_what_to_do(tmp_path, command):
    status, output, errors = run(tmp_path, *command, "--endpoint", "http://127.0.0.1:1")
    assert (status, output) == (1, "") and "Connection refused" in errors and "personalite doctor" in errors


def test_completions(tmp_path):
    for shell, words in [("bash", "complete "), ("zsh", "#compdef personalite"), ("fish", "complete -c")]:
        status, output, _ = run(tmp_path, "completion", shell)
        assert status == 0 and words in output and "recommend" in output
    assert run(tmp_path, "completion", SHELL="/bin/bash")[1] == run(tmp_path, "completion", "bash")[1]
    assert subprocess.run(["bash", "-n"], input=run(tmp_path, "completion", "bash")[1], text=True, timeout=20).returncode == 0
    for command in ("status", "import", "recommend", "explain", "doctor", "clock", "faults", "reset", "snapshot", "completion"):
        status, output, _ = run(tmp_path, command, "--help")
        assert status == 0 and "OVERVIEW" in output
