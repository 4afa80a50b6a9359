"""`kill -9` in the middle of everything: what was acknowledged is there afterwards, and once."""

import hashlib
import os
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from harness import Server, until
from test_s3 import refusal
from world import World, rows

# Twenty kills over the five kinds of work: each test kills this often.
ROUNDS = int(os.environ.get("PERSONALITE_KILLS", "20")) // 5
LOST_CONNECTION = (BotoCoreError, HTTPClientError, ClientError, OSError)


class Home:
    """A data directory and whatever server runs on it."""

    def __init__(self, folder):
        self.folder, self.server = folder, None

    def start(self):
        self.server = Server(self.folder, "--data-dir", self.folder / "data")
        return self.server

    def kill_during(self, work, acknowledged, at_least):
        """Runs `work(number)` in four threads, kills the server once so much is acknowledged, and ends the threads."""
        threads = [threading.Thread(target=self._until_it_fails, args=(work, number), daemon=True) for number in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(acknowledged) >= at_least, 60, "acknowledgements")
        self.server.kill()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()

    @staticmethod
    def _until_it_fails(work, number):
        try:
            while True:
                work(number)
        except LOST_CONNECTION:
            pass


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    yield home
    if home.server:
        home.server.kill()


def read_all(kinesis, stream):
    """Every record of a stream in order, by shard."""
    shards = {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        at = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records = shards.setdefault(shard["ShardId"], [])
        while page := kinesis.get_records(ShardIterator=at):
            records += page["Records"]
            at = page["NextShardIterator"]
            if not page["Records"]:
                break
    return shards


def test_records(home):
    """PutRecord and PutRecords."""
    acknowledged, counter, lock = {}, iter(range(10**9)), threading.Lock()
    for round_number in range(ROUNDS):
        kinesis = home.start().client("kinesis")
        if round_number == 0:
            kinesis.create_stream(StreamName="s", ShardCount=2)

        def put(number):
            with lock:
                names = [str(next(counter)) for _ in range(1 if number % 2 else 5)]
            if len(names) == 1:
                answer = kinesis.put_record(StreamName="s", Data=names[0].encode(), PartitionKey=names[0])
                acknowledged[names[0]] = answer["ShardId"], answer["SequenceNumber"]
            else:
                answer = kinesis.put_records(StreamName="s", Records=[{"Data": name.encode(), "PartitionKey": name} for name in names])
                assert answer["FailedRecordCount"] == 0
                acknowledged.update({name: (record["ShardId"], record["SequenceNumber"]) for name, record in zip(names, answer["Records"])})

        home.kill_during(put, acknowledged, len(acknowledged) + random.Random(round_number).randrange(50, 400))
    shards = read_all(home.start().client("kinesis"), "s")
    found = {}
    for shard, records in shards.items():
        numbers = [int(record["SequenceNumber"]) for record in records]
        assert numbers == sorted(set(numbers))
        for record in records:
            name = record["Data"].decode()
            assert name not in found, f"{name} is there twice"
            found[name] = shard, record["SequenceNumber"]
    assert {name: found.get(name) for name in acknowledged} == acknowledged
    # At most what was under way when the server was killed may be there unacknowledged.
    assert len(found) - len(acknowledged) <= ROUNDS * 4 * 5


def test_objects(home):
    acknowledged, deleted, counter = {}, set(), iter(range(10**9))
    lock = threading.Lock()
    for round_number in range(ROUNDS):
        s3 = home.start().client("s3")
        if round_number == 0:
            s3.create_bucket(Bucket="kept")

        def put(number):
            with lock:
                name = f"{next(counter):05}"
            body = hashlib.shake_128(name.encode()).digest(200_000 if number == 0 else 2_000)
            s3.put_object(Bucket="kept", Key=name, Body=body)
            acknowledged[name] = hashlib.md5(body).hexdigest()
            if number == 1:
                s3.delete_object(Bucket="kept", Key=name)
                deleted.add(name)

        home.kill_during(put, acknowledged, len(acknowledged) + random.Random(round_number).randrange(20, 150))
    s3 = home.start().client("s3")
    listed = {item["Key"]: item["ETag"].strip('"') for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kept") for item in page["Contents"]}
    for name, digest in acknowledged.items():
        if name in deleted:
            assert name not in listed
    # A delete that was under way may or may not have happened; it can only be the last of its thread in each round.
    missing = {name for name in acknowledged if name not in deleted and name not in listed}
    assert len(missing) <= ROUNDS
    for name in listed:
        body = s3.get_object(Bucket="kept", Key=name)["Body"].read()
        assert hashlib.md5(body).hexdigest() == listed[name] == acknowledged.get(name, listed[name])


def test_events(home):
    """PutEvents: a user's list after the kill is the list that the acknowledged events give."""
    home.start()
    world = World(home.server, "events").small().train("user")
    home.server.stop()
    for round_number in range(ROUNDS):
        world.server = home.start()
        acknowledged, counter, lock = {}, iter(range(10**9)), threading.Lock()
        world.server.client("personalize-events")

        def put(number):
            with lock:
                user = f"r{round_number}-{next(counter)}"
            world.click(user, f"i{int(user.split('-')[1]) % 60}", 1_700_000_000)
            acknowledged[user] = int(user.split("-")[1]) % 60

        home.kill_during(put, acknowledged, random.Random(round_number).randrange(20, 200))
        world.server = home.start()
        sample = random.Random(round_number).sample(sorted(acknowledged), 20)
        for user in sample:
            world.click(f"twin-{user}", f"i{acknowledged[user]}", 1_700_000_000)
        for user in sample:
            until(lambda: world.ask(user=f"twin-{user}") == world.ask(user=user) != world.ask(user="stranger"), 2, f"the event of {user}")
        home.server.kill()


@pytest.mark.parametrize("kind", ["import", "training"])
def test_jobs(home, kind):
    """A job that was cut off is carried out again, or fails and says why; nothing is doubled and nothing hangs."""
    home.start()
    world = World(home.server, kind)
    world.group()
    world.dataset()
    body = rows(users=400, per_user=200, items=300)
    if kind == "training":
        world.imported(body)
        world.solution("user")
    for round_number in range(ROUNDS):
        world.personalize, world.s3 = home.server.client("personalize"), home.server.client("s3")
        if kind == "import":
            location = world.put("big.csv", body)
            arn = {"datasetImportJobArn": world.personalize.create_dataset_import_job(
                jobName=f"job-{round_number}", datasetArn=world.datasets["Interactions"], dataSource={"dataLocation": location},
                roleArn="arn:aws:iam::000000000000:role/r")["datasetImportJobArn"]}
            what = "dataset_import_job"
        else:
            arn = {"solutionVersionArn": world.version("user", name=f"v{round_number}")}
            what = "solution_version"
        for _ in range(random.Random(round_number).randrange(0, 4)):
            getattr(world.personalize, f"describe_{what}")(**arn)
        home.server.kill()
        world.server = home.start()
        world.personalize = home.server.client("personalize")
        found = world.wait(what, **arn)
        assert found["status"] == "ACTIVE" or found["failureReason"], found
    if kind == "import":
        world.s3 = home.server.client("s3")
        world.imported(body, job="last")
        world.solution("user")
    world.version("user", name="last")
    world.active("solution_version", solutionVersionArn=world.versions["user"])
    world.campaign("user")
    fresh = world.ask(user="u7", numResults=50)
    home.server.stop()
    home.start()
    world.server = home.server
    assert world.ask(user="u7", numResults=50) == fresh


def test_deletes_stay_deleted_and_resources_stay(home):
    home.start()
    world = World(home.server, "kept").small().train("user")
    other = home.server.client("personalize").create_dataset_group(name="gone")["datasetGroupArn"]
    home.server.client("kinesis").create_stream(StreamName="gone", ShardCount=1)
    home.server.client("kinesis").create_stream(StreamName="kept", ShardCount=3)
    home.server.client("kinesis").delete_stream(StreamName="gone")
    home.server.client("personalize").delete_dataset_group(datasetGroupArn=other)
    before = world.ask(user="u1")
    described = world.personalize.describe_campaign(campaignArn=world.campaigns["user"])["campaign"]
    streams = home.server.client("kinesis").describe_stream(StreamName="kept")["StreamDescription"]
    home.server.kill()
    world.server = home.start()
    personalize, kinesis = home.server.client("personalize"), home.server.client("kinesis")
    assert refusal(personalize.describe_dataset_group, datasetGroupArn=other)[1] == "ResourceNotFoundException"
    assert kinesis.list_streams()["StreamNames"] == ["kept"]
    assert kinesis.describe_stream(StreamName="kept")["StreamDescription"] == streams
    assert personalize.describe_campaign(campaignArn=world.campaigns["user"])["campaign"] == described
    assert world.ask(user="u1") == before
    world.click("u1", "i5", 1_700_000_000)
    until(lambda: world.ask(user="u1") != before, 2)


def test_uploads_in_parts_survive(home):
    s3 = home.start().client("s3")
    s3.create_bucket(Bucket="parts")
    started = s3.create_multipart_upload(Bucket="parts", Key="k")["UploadId"]
    body = os.urandom(5 << 20)
    etag = s3.upload_part(Bucket="parts", Key="k", UploadId=started, PartNumber=1, Body=body)["ETag"]
    home.server.kill()
    s3 = home.start().client("s3")
    s3.complete_multipart_upload(Bucket="parts", Key="k", UploadId=started, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    home.server.kill()
    assert home.start().client("s3").get_object(Bucket="parts", Key="k")["Body"].read() == body


def test_an_orderly_end_keeps_everything(home):
    server = home.start()
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    server.client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="p")
    assert server.stop() == 0
    shards = read_all(home.start().client("kinesis"), "s")
    assert [record["Data"] for record in shards["shardId-000000000000"]] == [b"x"]


def test_in_memory_leaves_nothing_behind(start, tmp_path):
    server = start(environment={"TMPDIR": str(tmp_path)})
    world = World(server, "memory").small().train("user")
    world.put("large", os.urandom(3 << 20))
    assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in server.folder.iterdir()] == ["server.log"]
