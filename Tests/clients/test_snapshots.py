"""`personalite snapshot` and `serve --snapshot`: of servers in memory and with data directories, while they work, and when they are killed."""

import json
import os
import subprocess
import threading
import time

import pytest

from harness import BINARY, Server, clean_environment, until
from test_commands import run
from world import World

ROLE = "arn:aws:iam::000000000000:role/personalite"


class Shelf:
    """A folder of snapshots, and servers that use it."""

    def __init__(self, folder):
        self.folder = folder
        self.snapshots = folder / "snapshots"
        self.servers = []

    def start(self, *options):
        self.servers.append(Server(self.folder, "--snapshots", self.snapshots, *options))
        return self.servers[-1]

    def ask(self, server, *words, fails=False):
        status, output, errors = run(self.folder, "snapshot", *words, AWS_ENDPOINT_URL=server.url)
        assert (status != 0) == fails, output + errors
        return errors if fails else output

    def names(self, server):
        return [one["name"] for one in json.loads(self.ask(server, "list", "--output", "json"))["snapshots"]]

    def check(self, name):
        status, output, errors = run(self.folder, "check", "--data-dir", str(self.snapshots / name))
        assert status == 0 and "is whole" in output, output + errors

    def drafts(self):
        return [one for one in os.listdir(self.snapshots) if one.startswith(".")] if self.snapshots.exists() else []


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path)
    yield shelf
    for server in shelf.servers:
        server.kill()


def fill(server):
    """Something of everything that outlives a server; what is asked of it afterwards is compared."""
    world = World(server, "w").small()
    kinesis, s3 = server.client("kinesis"), server.client("s3")
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    for number in range(200):
        kinesis.put_record(StreamName="clicks", Data=f"record {number}".encode(), PartitionKey=f"k{number % 7}")
    s3.create_bucket(Bucket="things")
    s3.put_object(Bucket="things", Key="small", Body=b"small")
    s3.put_object(Bucket="things", Key="empty", Body=b"")
    s3.put_object(Bucket="things", Key="large", Body=bytes(range(256)) * 4096)
    upload = s3.create_multipart_upload(Bucket="things", Key="parts")["UploadId"]
    s3.upload_part(Bucket="things", Key="parts", UploadId=upload, PartNumber=1, Body=b"p" * 6_000_000)
    server.client("ssm").put_parameter(Name="/a", Value="b", Type="String")
    return world


def state(server):
    """What clients see of it."""
    kinesis, s3, personalize = server.client("kinesis"), server.client("s3"), server.client("personalize")
    records = []
    for shard in kinesis.list_shards(StreamName="clicks")["Shards"]:
        iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records += [(one["SequenceNumber"], one["Data"], one["PartitionKey"], one["ApproximateArrivalTimestamp"]) for one in kinesis.get_records(ShardIterator=iterator)["Records"]]
    objects = {one["Key"]: s3.get_object(Bucket="things", Key=one["Key"])["Body"].read() for one in s3.list_objects_v2(Bucket="things").get("Contents", [])}
    uploads = [(one["Key"], one["UploadId"]) for one in s3.list_multipart_uploads(Bucket="things").get("Uploads", [])]
    groups = personalize.list_dataset_groups()["datasetGroups"]
    return records, objects, uploads, groups, server.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"]


def campaign(world, server, recipe="aws-popularity-count"):
    personalize = server.client("personalize")
    solution = personalize.create_solution(name="s", datasetGroupArn=world.group_arn, recipeArn=f"arn:aws:personalize:::recipe/{recipe}")["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    status, _, errors = run(server.folder, "wait", version, AWS_ENDPOINT_URL=server.url)
    assert status == 0, errors
    arn = personalize.create_campaign(name="c", solutionVersionArn=version)["campaignArn"]
    assert run(server.folder, "wait", arn, AWS_ENDPOINT_URL=server.url)[0] == 0
    return arn


def lists(server, arn, users=("u1", "u7", "u39", "nobody")):
    runtime = server.client("personalize-runtime")
    return [runtime.get_recommendations(campaignArn=arn, userId=user, numResults=10)["itemList"] for user in users]


def put_events(server, tracking, user, items, start=1_700_000_000):
    for index, item in enumerate(items):
        server.client("personalize-events").put_events(trackingId=tracking, sessionId=f"s-{user}", userId=user, eventList=[
            {"eventType": "click", "itemId": item, "sentAt": start + index}])


@pytest.mark.parametrize("storage", [["--data-dir", "d"], []], ids=["durable", "memory"])
def test_all_of_a_server_comes_back(shelf, storage):
    server = shelf.start(*storage)
    world = fill(server)
    arn = campaign(world, server, "aws-user-personalization")
    tracker = server.client("personalize").create_event_tracker(name="t", datasetGroupArn=world.group_arn)
    put_events(server, tracker["trackingId"], "u1", ["i3", "i9", "i27"])
    before, listed = state(server), lists(server, arn)
    assert "Saved shop" in shelf.ask(server, "save", "shop")
    assert shelf.names(server) == ["shop"] and shelf.drafts() == []
    shelf.check("shop")
    assert "already" in shelf.ask(server, "save", "shop", fails=True)
    # What comes afterwards is not in it.
    server.client("kinesis").put_record(StreamName="clicks", Data=b"later", PartitionKey="k")
    server.client("s3").put_object(Bucket="things", Key="small", Body=b"other")
    put_events(server, tracker["trackingId"], "u1", ["i50", "i51", "i52"], start=1_700_001_000)
    assert lists(server, arn) != listed and state(server) != before
    if storage:
        # What a data directory keeps is never removed.
        assert "keeps its data" in shelf.ask(server, "load", "shop", "--yes", fails=True) and state(server) != before
    else:
        # Back in the same server, on the same port.
        assert "Loaded shop" in shelf.ask(server, "load", "shop", "--yes")
        assert state(server) == before and lists(server, arn) == listed
        assert server.http("GET", "/_personalite/ready").status == 200
    # In another one, in memory and in a data directory.
    for options in ([], ["--data-dir", "e"]):
        other = shelf.start("--snapshot", "shop", *options)
        assert state(other) == before and lists(other, arn) == listed
        # It goes on: numbers are not given again, events count, objects are made.
        put = other.client("kinesis").put_record(StreamName="clicks", Data=b"more", PartitionKey="k0")
        # Of one shard numbers grow; the low digits name it.
        assert int(put["SequenceNumber"]) > max(int(number) for number, *_ in before[0] if int(number) % 2**32 == int(put["SequenceNumber"]) % 2**32)
        put_events(other, tracker["trackingId"], "u7", ["i50", "i51", "i52"])
        assert lists(other, arn) != listed
        other.client("s3").put_object(Bucket="things", Key="new", Body=b"n" * 500_000)
        shelf.ask(other, "save", "second-" + "".join(options[:1]).strip("-"))
        assert other.stop() == 0
    assert shelf.drafts() == [] or not storage
    # The snapshot is as it was, for it shares no file that is written to.
    shelf.check("shop")
    fresh = shelf.start("--snapshot", "shop")
    assert state(fresh) == before and lists(fresh, arn) == listed
    assert set(shelf.names(fresh)) == {"shop", "second-", "second-data-dir"}
    shelf.ask(fresh, "delete", "shop")
    assert "no snapshot" in shelf.ask(fresh, "load", "shop", "--yes", fails=True) and set(shelf.names(fresh)) == {"second-", "second-data-dir"}
    assert state(fresh) == before


@pytest.mark.parametrize("storage", [["--data-dir", "d"], []], ids=["durable", "memory"])
def test_events_that_were_removed_stay_removed(shelf, storage):
    server = shelf.start(*storage)
    world = World(server, "w").small()
    arn = campaign(world, server, "aws-user-personalization")
    personalize = server.client("personalize")
    tracker = personalize.create_event_tracker(name="t", datasetGroupArn=world.group_arn)["trackingId"]
    for number, user in enumerate(("new1", "new2", "new1", "new2")):
        put_events(server, tracker, user, [f"i{20 + number}", f"i{30 + number}"], start=1_700_000_000 + 100 * number)
    location = world.put("users.csv", b"USER_ID\nnew1\n")
    job = personalize.create_data_deletion_job(
        jobName="d", datasetGroupArn=world.group_arn, roleArn=ROLE, dataSource={"dataLocation": location})["dataDeletionJobArn"]
    until(lambda: personalize.describe_data_deletion_job(dataDeletionJobArn=job)["dataDeletionJob"]["status"] == "COMPLETED", 30, "the deletion")
    before = lists(server, arn, ("new1", "new2", "nobody"))
    shelf.ask(server, "save", "a")
    shelf.check("a")
    other = shelf.start("--snapshot", "a")
    assert lists(other, arn, ("new1", "new2", "nobody")) == before
    # What a client sends again is known, and what is new counts.
    put_events(other, tracker, "new2", ["i21", "i31"], start=1_700_000_100)
    assert lists(other, arn, ("new2",)) == before[1:2]
    put_events(other, tracker, "new2", ["i40", "i41"], start=1_700_001_000)
    assert lists(other, arn, ("new2",)) != before[1:2]


@pytest.mark.parametrize("sync", ["interval", "always"])
def test_a_save_while_records_come_has_a_whole_beginning_of_them(shelf, sync):
    server = shelf.start("--data-dir", "d", "--sync", sync)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    ended = threading.Event()
    counts = []

    def put():
        number = 0
        while not ended.is_set():
            kinesis.put_records(StreamName="s", Records=[{"Data": f"{number + index}".encode() + b" " * 2000, "PartitionKey": "k"} for index in range(100)])
            number += 100
        counts.append(number)

    writer = threading.Thread(target=put)
    writer.start()
    try:
        for name in ("a", "b", "c"):
            shelf.ask(server, "save", name)
    finally:
        ended.set()
        writer.join()
    found = []
    for name in ("a", "b", "c"):
        shelf.check(name)
        other = shelf.start("--snapshot", name)
        reader = other.client("kinesis")
        iterator = reader.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        numbers = []
        while True:
            page = reader.get_records(ShardIterator=iterator)
            if not page["Records"]:
                break
            numbers += [int(one["Data"].split()[0]) for one in page["Records"]]
            iterator = page["NextShardIterator"]
        assert numbers == list(range(len(numbers)))
        found.append(len(numbers))
        other.kill()
    assert found == sorted(found) and found[-1] <= counts[0]


def test_what_is_refused(shelf):
    server = shelf.start("--data-dir", "d")
    shelf.ask(server, "save", "a")
    for name in ("", ".", "..", ".x", "a/b", "../a", "-x", "x" * 65, "é", "a b"):
        status, _, errors = run(shelf.folder, "snapshot", "save", "--", name, AWS_ENDPOINT_URL=server.url)
        assert status == 1 and "name" in errors, (name, errors)
    for method, path, status in [
        ("POST", "/_personalite/snapshots/..%2fa", 400), ("POST", "/_personalite/snapshots/", 400), ("POST", "/_personalite/snapshots/../d", 404),
        ("PUT", "/_personalite/snapshots/a", 405), ("GET", "/_personalite/snapshots/a/b", 404), ("DELETE", "/_personalite/snapshots", 405),
        ("DELETE", "/_personalite/snapshots/none", 404), ("POST", "/_personalite/snapshots/none/load", 404), ("POST", "/_personalite/snapshots/a", 409),
    ]:
        assert server.http(method, path).status == status, (method, path)
    evil = {"host": "evil.example"}
    for method, path in [("GET", "/_personalite/snapshots"), ("POST", "/_personalite/snapshots/b"), ("POST", "/_personalite/snapshots/a/load"), ("DELETE", "/_personalite/snapshots/a")]:
        assert server.http(method, path, headers=evil).status == 403
        assert method == "GET" or server.http(method, path, headers={"origin": "http://evil.example"}).status == 403
    assert shelf.names(server) == ["a"]
    assert "--yes" in shelf.ask(server, "load", "a", fails=True)
    # At a start.
    for words, said in [
        (["--snapshot", "none"], "no snapshot none"), (["--snapshot", "../d"], "name"),
        (["--snapshot", "a", "--data-dir", "d"], "another server uses"),
    ]:
        status, _, errors = run(shelf.folder, "serve", "--port", "0", "--snapshots", str(shelf.snapshots), *words)
        assert status in (1, 64) and said in errors, errors
    assert server.stop() == 0
    words = ["run", "--snapshots", str(shelf.snapshots), "--snapshot", "a", "--data-dir", "d"]
    before = sorted(path.name for path in (shelf.folder / "d").rglob("*"))
    status, _, errors = run(shelf.folder, *words, "--", "true")
    assert status == 1 and "has data already" in errors and sorted(path.name for path in (shelf.folder / "d").rglob("*")) == before
    # A folder that others may write to could have anything in it.
    shelf.snapshots.chmod(0o777)
    status, _, errors = run(shelf.folder, *words[:-2], "--", "true")
    assert status == 1 and "others can write" in errors
    shelf.snapshots.chmod(0o700)
    # What is no snapshot is not listed, and not loaded.
    (shelf.snapshots / "other").mkdir()
    (shelf.snapshots / "broken").mkdir()
    (shelf.snapshots / "broken/snapshot.json").write_text("{")
    server = shelf.start()
    assert shelf.names(server) == ["a"]
    assert "no snapshot" in shelf.ask(server, "load", "broken", "--yes", fails=True)


def test_a_snapshot_that_cannot_be_opened_takes_nothing_s_place(shelf):
    server = shelf.start()
    shelf.ask(server, "save", "a")
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    database = shelf.snapshots / "a/personalite.sqlite"
    content = bytearray(database.read_bytes())
    content[60:64] = (9999).to_bytes(4, "big")
    database.write_bytes(bytes(content))
    assert "refused" in shelf.ask(server, "load", "a", "--yes", fails=True)
    assert server.client("kinesis").list_streams()["StreamNames"] == ["s"] and server.http("GET", "/_personalite/ready").status == 200
    assert shelf.drafts() == []
    server.client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    status, _, errors = run(shelf.folder, "run", "--snapshots", str(shelf.snapshots), "--snapshot", "a", "--data-dir", "e", "--", "true")
    assert status == 1 and "cannot start" in errors and sorted(path.name for path in (shelf.folder / "e").iterdir()) == ["lock"]


def test_a_server_in_memory_leaves_nothing_of_its_copy(shelf):
    server = shelf.start()
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    shelf.ask(server, "save", "a")
    assert shelf.drafts() == []
    killed = shelf.start("--snapshot", "a")
    assert len(shelf.drafts()) == 1
    killed.kill()
    ended = shelf.start("--snapshot", "a")
    assert len(shelf.drafts()) == 1
    shelf.ask(ended, "load", "a", "--yes")
    shelf.ask(ended, "load", "a", "--yes")
    assert len(shelf.drafts()) == 1 and ended.client("kinesis").list_streams()["StreamNames"] == ["s"]
    assert ended.stop() == 0 and shelf.drafts() == []


def test_many_begin_with_one_snapshot_at_a_time(shelf):
    server = shelf.start()
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    shelf.ask(server, "save", "a")
    words = [BINARY, "run", "--snapshots", str(shelf.snapshots), "--snapshot", "a", "--", "sh", "-c", f'"{BINARY}" status --output json']
    many = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=shelf.folder, env=clean_environment(shelf.folder)) for _ in range(8)]
    assert [json.loads(process.communicate(timeout=60)[0])["streams"] for process in many] == [["s"]] * 8
    assert shelf.drafts() == []


def test_the_default_place_and_run(tmp_path):
    status, _, errors = run(
        tmp_path, "run", "--", "sh", "-c", f'aws() {{ :; }}; "{BINARY}" snapshot save a && "{BINARY}" snapshot list', XDG_DATA_HOME=str(tmp_path / "data"))
    assert status == 0 and (tmp_path / "data/personalite/snapshots/a/snapshot.json").exists(), errors
    assert (tmp_path / "data/personalite/snapshots").stat().st_mode & 0o077 == 0
    status, output, _ = run(tmp_path, "run", "--snapshot", "a", "--", "sh", "-c", f'"{BINARY}" status', XDG_DATA_HOME=str(tmp_path / "data"))
    assert status == 0 and "personalite" in output


def test_a_million_events_are_back_as_fast_as_a_start(shelf):
    server = shelf.start("--data-dir", "d")
    lines = ["USER_ID,ITEM_ID,TIMESTAMP"] + [f"u{n % 20000},i{(n * 7919) % 3000},{1_600_000_000 + n}" for n in range(1_000_000)]
    (shelf.folder / "big.csv").write_text("\n".join(lines) + "\n")
    status, output, errors = run(shelf.folder, "import", "big.csv", "--recipe", "aws-popularity-count", "--output", "json", timeout=300, AWS_ENDPOINT_URL=server.url)
    assert status == 0, errors
    arn = json.loads(output)["campaignArn"]
    before = lists(server, arn, ["u1"])

    def timed(work):
        begun = time.monotonic()
        result = work()
        return result, time.monotonic() - begun

    _, saved = timed(lambda: shelf.ask(server, "save", "big"))
    other, begun = timed(lambda: shelf.start("--snapshot", "big"))
    assert lists(other, arn, ["u1"]) == before
    _, loaded = timed(lambda: shelf.ask(other, "load", "big", "--yes"))
    assert lists(other, arn, ["u1"]) == before
    assert server.stop() == 0
    again, plain = timed(lambda: shelf.start("--data-dir", "d"))
    assert lists(again, arn, ["u1"]) == before
    print(f"save {saved:.2f} s, load {loaded:.2f} s, start with the snapshot {begun:.2f} s, start without {plain:.2f} s")
    # A server that is built for debugging reads models slowly; what a snapshot adds to a start is little in any.
    assert loaded < max(1, 2 * plain) and begun < max(1, 2 * plain)
