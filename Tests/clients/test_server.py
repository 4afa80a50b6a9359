"""The process itself: its options, its own pages, its end."""

import os
import queue
import signal
import socket
import subprocess
import threading
import time
import venv

import botocore.exceptions
import pytest

import harness
from harness import BINARY, clean_environment
from test_records import next_best_action
from test_s3 import refusal
from world import World, schema


def run(folder, *arguments, **environment):
    """(exit status, output, errors) of a command that ends by itself."""
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30, cwd=folder, env=clean_environment(folder, **environment))
    return done.returncode, done.stdout, done.stderr


def test_its_own_pages(server):
    health = server.http("GET", "/_personalite/health")
    assert health.status == 200 and health.json["services"]["kinesis"] == "running"
    assert server.http("GET", "/_personalite/ready").status == 200
    assert server.http("GET", "/_personalite/version").json["version"] == server.version
    assert server.http("GET", "/_personalite/none").status == 404


def test_reset_forgets_everything_but_only_when_asked_from_here(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"host": "127.0.0.1.evil.example"}, {"origin": "null"}):
        assert server.http("POST", "/_personalite/reset", headers=headers).status == 403
    assert server.http("GET", "/_personalite/reset").status == 405
    assert kinesis.list_streams()["StreamNames"] == ["s"]
    assert server.http("POST", "/_personalite/reset").status == 200
    assert kinesis.list_streams()["StreamNames"] == []
    assert server.client("s3").list_buckets()["Buckets"] == []


def test_it_ends_on_sigterm_at_once(start):
    server = start()
    idle = socket.create_connection(("127.0.0.1", server.port))
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 2
    idle.close()


def test_it_starts_fast_and_stays_small(start):
    server = start()
    assert server.memory() < 40 << 20
    assert len(os.listdir(f"/proc/{server.pid}/task")) <= 16


def test_many_clients_at_once(server):
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for connection in connections:
        connection.sendall(b"GET /_personalite/health HTTP/1.1\r\nhost: localhost\r\n\r\n")
    for connection in connections:
        connection.settimeout(10)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.close()


@pytest.mark.parametrize("arguments, environment, named", [
    (["--port", "99999"], {}, "port"), (["--auth", "maybe"], {}, "auth"), ([], {"PERSONALITE_PORT": "many"}, "PERSONALITE_PORT"),
    ([], {"PERSONALITE_AUTH": "maybe"}, "PERSONALITE_AUTH"), (["--account", "12"], {}, "account"), (["--credentials", "/none"], {}, "/none"),
    (["--job-delay", "-1"], {}, "job-delay"), (["--no-such-option"], {}, "no-such-option"),
])
def test_options_that_are_wrong(tmp_path, arguments, environment, named):
    status, _, errors = run(tmp_path, "serve", *arguments, **environment)
    assert status == 64 and named in errors


def test_it_listens_beyond_this_machine_only_when_told(tmp_path):
    status, _, errors = run(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert status != 0 and "--allow-insecure-host" in errors
    keys = tmp_path / "keys"
    keys.write_text("[default]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n")
    for more in (["--allow-insecure-host"], ["--i-know"], ["--credentials", str(keys)]):
        process = subprocess.Popen([BINARY, "serve", "--host", "0.0.0.0", "--port", "0", *more], stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL, env=clean_environment(tmp_path))
        try:
            assert "listening on" in process.stdout.readline()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            process.stdout.close()


def test_a_port_that_is_taken(server, tmp_path):
    status, _, errors = run(tmp_path, "serve", "--port", str(server.port))
    assert status != 0 and str(server.port) in errors


def test_a_flag_wins_over_the_environment(start):
    server = start("--account", "111111111111", environment={"PERSONALITE_ACCOUNT": "222222222222", "PERSONALITE_REGION": "us-west-2"})
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    assert ":111111111111:" in server.client("kinesis").describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]


def test_help_teaches(tmp_path):
    status, text, _ = run(tmp_path, "serve", "--help")
    assert status == 0 and "--data-dir" in text and "PERSONALITE_" in text
    status, text, _ = run(tmp_path, "--help")
    assert status == 0 and "serve" in text and "demo" in text and "endpoint_url" in text
    status, text, _ = run(tmp_path, "version")
    assert status == 0 and text.strip()


def test_one_data_directory_has_one_server(start, tmp_path):
    start("--data-dir", tmp_path / "data")
    status, _, errors = run(tmp_path, "serve", "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert status != 0 and str(tmp_path / "data") in errors


def test_the_profile_of_the_manual_works(server, tmp_path):
    """The snippet of the README: per-service endpoints in ~/.aws/config, nothing on the command line."""
    readme = (harness.ROOT / "README.md").read_text()
    config = readme.split("# ~/.aws/config\n", 1)[1].split("```", 1)[0].replace("http://127.0.0.1:4590", server.url)
    keys = readme.split("# ~/.aws/credentials\n", 1)[1].split("```", 1)[0]
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(config)
    (tmp_path / ".aws/credentials").write_text(keys)
    aws = os.path.join(os.path.dirname(harness.sys.executable), "aws")
    for command in (["s3", "ls"], ["kinesis", "list-streams"], ["personalize", "list-dataset-groups"]):
        done = subprocess.run([aws, "--profile", "personalite", *command], capture_output=True, text=True, timeout=60, env=clean_environment(tmp_path))
        assert done.returncode == 0, done.stderr


def demo(tmp_path, *arguments, **environment):
    """What the demo prints until it goes on; --stay leaves the server there until Ctrl-C."""
    process = subprocess.Popen([BINARY, "demo", "--stay", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               cwd=harness.ROOT, env=clean_environment(tmp_path, **environment))
    lines = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True)
    reader.start()
    try:
        text = ""
        while "Ctrl-C" not in text:
            text += lines.get(timeout=60)
        port = int(text.split("http://127.0.0.1:", 1)[1].split(",")[0])
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(20)
        reader.join(10)
        process.stdout.close()
    assert status == 0
    return text


def test_the_demo_plays_the_story(tmp_path):
    """To its end, with the list before and after and the commands."""
    text = demo(tmp_path)
    assert "with functions in Node" in text and "resources" in text
    assert "before" in text and "after" in text and "new" in text and "Suitcase for Hallowick" in text
    assert "aws cloudformation deploy" in text and "curl " in text


@pytest.mark.parametrize("has_boto3", [True, False])
def test_the_demo_without_node(tmp_path, has_boto3):
    """Where nothing but Python is on the PATH it says so, and plays the same, here on a tenth of the data."""
    head, *lines = (harness.FILMNIGHT / "interactions.csv").read_text().splitlines()
    some = tmp_path / "interactions.csv"
    some.write_text("\n".join([head, *(line for line in lines if line.split(",")[0].endswith("9"))]))
    if has_boto3:
        (tmp_path / "bin").mkdir()
        shim = tmp_path / "bin/python3"
        shim.write_text(f"#!/bin/sh\nexec '{harness.sys.executable}' \"$@\"\n")
        shim.chmod(0o755)
    else:
        # One that has nothing but what comes with Python.
        venv.create(tmp_path, symlinks=True)
    text = demo(tmp_path, "--interactions", some, "--items", harness.FILMNIGHT / "items.csv", PATH=str(tmp_path / "bin"))
    assert "There is no node on the PATH, so the functions are those in Python." in text and "with functions in Python" in text
    assert "before" in text and "after" in text and "--parameter-overrides 'Handlers=python'" in text


def test_the_demo_where_no_function_can_run(tmp_path):
    status, text, errors = run(harness.ROOT, "demo", PATH=str(tmp_path))
    assert status == 1 and text == ""
    assert "there is neither a node nor a python3" in errors and "nodejs" in errors


def test_the_files_of_the_demo_are_had_without_a_source_tree(tmp_path):
    status, text, errors = run(tmp_path, "demo", "--files", tmp_path / "post")
    assert (status, text, errors) == (0, "", "")
    names = [path.relative_to(tmp_path / "post") for path in (tmp_path / "post").rglob("*") if path.is_file()]
    assert len(names) == 17
    assert all((tmp_path / "post" / name).read_bytes() == (harness.ROOT / "testdata/post" / name).read_bytes() for name in names)
    assert run(tmp_path, "demo", "--files", tmp_path / "post/template.yaml")[0] == 1


def test_the_option_of_the_native_application_says_where_it_went(tmp_path):
    for arguments, environment in ((["--reference-app"], {}), ([], {"PERSONALITE_REFERENCE_APP": "1"})):
        status, _, errors = run(tmp_path, "serve", "--port", "0", *arguments, **environment)
        assert status == 64 and "is gone" in errors and "testdata/post/README.md" in errors


def accepted(call):
    """How many of many equal calls are answered before one is throttled, in AWS's words."""
    for number in range(5000):
        try:
            call()
        except botocore.exceptions.ClientError as error:
            told = error.response
            assert (told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"], told["Error"]["Message"]) == (400, "ThrottlingException", "Rate exceeded")
            assert "x-personalite-hint" in told["ResponseMetadata"]["HTTPHeaders"]
            return number
    raise AssertionError("nothing was throttled")


def test_an_account_has_rates_where_it_has_quotas(start, name):
    """The clock stands still, so that a second is as long as the test likes."""
    server = start("--quotas", "aws")
    world = World(server, name).small().train("user", "popular")
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("YEAR", "string")))
    events, runtime = server.client("personalize-events"), server.client("personalize-runtime")
    server.clock(rate=0)
    server.clock(advance=1)

    def click():
        world.click("u1", "i1", 1_700_000_000)

    def put():
        events.put_items(datasetArn=world.datasets["Items"], items=[{"itemId": "i1", "properties": '{"year":"1999"}'}])

    assert accepted(put) == 10 and accepted(click) == 1000
    server.clock(advance=0.5)
    assert accepted(put) == 5 and accepted(click) == 500
    assert accepted(lambda: world.ask("user", user="u1")) == 500
    # Another campaign has a rate of its own.
    assert accepted(lambda: world.ask("popular", user="u1")) == 500
    # What the runtime has been asked in this second counts for all; what does not exist is asked too.
    missing = f"{world.campaigns['user']}-missing"
    assert refusal(runtime.get_recommendations, campaignArn=missing, userId="u1")[1] == "ResourceNotFoundException"
    # The control plane has no rates.
    for _ in range(50):
        world.personalize.list_datasets()


def test_rates_of_a_file(start, tmp_path, name):
    path = tmp_path / "quotas.json"
    path.write_text('{"runtime-requests-per-second":3,"put-events-per-second":2,"put-records-per-second":null,"active-campaigns":null}')
    server = start("--quotas", path)
    world, campaign = next_best_action(server, name)
    events, runtime = server.client("personalize-events"), server.client("personalize-runtime")
    server.clock(rate=0)
    server.clock(advance=1)
    taken = {"actionId": "a1", "userId": "u1", "sessionId": "s", "timestamp": 1_700_000_000, "eventType": "Viewed"}
    assert accepted(lambda: events.put_action_interactions(trackingId=world.action_tracker, actionInteractions=[taken])) == 2
    for _ in range(20):
        events.put_actions(datasetArn=world.datasets["Actions"], actions=[{"actionId": "a9", "properties": '{"value":1}'}])
    assert accepted(lambda: runtime.get_action_recommendations(campaignArn=campaign, userId="u1")) == 3
    server.clock(advance=1)
    assert accepted(lambda: runtime.get_action_recommendations(campaignArn=campaign, userId="u1")) == 3
