"""`kill -9` in the middle of everything: what was acknowledged is there afterwards, and once."""

import hashlib
import json
import os
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from harness import Server, until
from test_s3 import refusal
from world import World, gone, rows

# Twenty kills over five kinds of work, and as many over the jobs that write: each test kills this often.
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
    assert gone(personalize.describe_dataset_group, datasetGroupArn=other)
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


ROLE = {"roleArn": "arn:aws:iam::000000000000:role/r"}
USERS, PER_USER = 400, 100


class JobWorld(World):
    """Something to export, to infer from, to forget and to report on, and the jobs that do."""

    def prepare(self):
        self.group()
        self.dataset()
        self.imported(rows(users=USERS, per_user=PER_USER, items=300))
        for kind in ("user", "affinity"):
            self.solution(kind)
            self.version(kind, name="v1")
            self.active("solution_version", solutionVersionArn=self.versions[kind])
        # Long enough to be cut off in their middle; numbers of their own tell every line from every other.
        self.put("infer.json", "".join(f'{{"userId":"u{line % USERS}"}}\n' for line in range(6000)))
        self.put("segment.json", "".join(f'{{"itemId":"i{line % 300}"}}\n' for line in range(500)))
        self.put("report.csv", rows(users=USERS, per_user=PER_USER, items=300, start=1_600_500_000))
        self.personalize.create_metric_attribution(
            name="kill", datasetGroupArn=self.group_arn, metrics=[{"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}],
            metricsOutputConfig={"s3DataDestination": {"path": f"s3://{self.bucket}/report/"}, **ROLE})
        return self

    def turn(self, server):
        self.server, self.personalize, self.s3 = server, server.client("personalize"), server.client("s3")

    def location(self, key):
        return {"s3DataSource": {"path": f"s3://{self.bucket}/{key}"}}

    def ask_for(self, kind, number):
        """Asks for a job, and returns what describes it."""
        name, output = f"{kind}-{number}", {"jobOutput": {"s3DataDestination": {"path": f"s3://{self.bucket}/{kind}-{number}/"}}}
        personalize, dataset = self.personalize, self.datasets["Interactions"]
        if kind == "infer":
            made = personalize.create_batch_inference_job(
                jobName=name, solutionVersionArn=self.versions["user"], numResults=100, jobInput=self.location("infer.json"), **output, **ROLE)
            what = "batch_inference_job"
        elif kind == "segment":
            made = personalize.create_batch_segment_job(
                jobName=name, solutionVersionArn=self.versions["affinity"], numResults=200, jobInput=self.location("segment.json"), **output, **ROLE)
            what = "batch_segment_job"
        elif kind == "export":
            made = personalize.create_dataset_export_job(jobName=name, datasetArn=dataset, ingestionMode="ALL", **output, **ROLE)
            what = "dataset_export_job"
        elif kind == "delete":
            users = self.put(f"forget-{number}.csv", "USER_ID\n" + "".join(f"u{user}\n" for user in range(20 * number, 20 * number + 20)))
            made = personalize.create_data_deletion_job(jobName=name, datasetGroupArn=self.group_arn, dataSource={"dataLocation": users}, **ROLE)
            what = "data_deletion_job"
        else:
            made = personalize.create_dataset_import_job(
                jobName=name, datasetArn=dataset, dataSource={"dataLocation": f"s3://{self.bucket}/report.csv"}, publishAttributionMetricsToS3=True, **ROLE)
            what = "dataset_import_job"
        del made["ResponseMetadata"]
        return lambda: next(value for key, value in getattr(self.personalize, f"describe_{what}")(**made).items() if key != "ResponseMetadata")

    def objects(self, prefix):
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return {item["Key"]: self.s3.get_object(Bucket=self.bucket, Key=item["Key"])["Body"].read() for item in listed}


def output(world, prefix):
    """What a job wrote, without the file by which the service tries whether it may write."""
    return {key: body for key, body in world.objects(prefix).items() if not key.endswith("_CHECK")}


@pytest.mark.parametrize("kind", ["infer", "segment", "export", "delete", "report"])
def test_jobs_that_write(home, kind):
    """A job that is killed in its middle ends as if it had not been: all of its output, once, and no part of it under its name before."""
    world = JobWorld(home.start(), kind).prepare()
    cut_off = 0
    whole = None
    for number in range(ROUNDS + 1):
        describe = world.ask_for(kind, number)
        prefix = "report/" if kind == "report" else f"{kind}-{number}/"
        if number > 0:
            until(lambda: describe()["status"].endswith(("IN_PROGRESS", "ACTIVE", "COMPLETED")), what="start")
            for _ in range(random.Random(number).randrange(0, 12)):
                describe()
            home.server.kill()
            world.turn(home.start())
            cut_off += describe()["status"].endswith("IN_PROGRESS")
            # What is there already is all there is to be.
            if whole is not None and kind != "report":
                assert all(body == whole for body in output(world, prefix).values())
        job = until(lambda: (job := describe())["status"] in ("ACTIVE", "COMPLETED", "CREATE FAILED", "FAILED") and job, 60, "the job's end")
        assert job["status"] in ("ACTIVE", "COMPLETED"), job
        found = world.objects(prefix)
        if kind == "delete":
            assert job["numDeleted"] == 20 * PER_USER
            continue
        if kind == "report":
            assert len(found) == number + 1
            assert all(f"CLICKS,CLICK,{USERS * PER_USER}.0,samplecount,SOURCE_NAME_UNDEFINED," in body.decode() for body in found.values())
            continue
        (key, body), = output(world, prefix).items()
        whole = whole or body
        assert body == whole and key.startswith(prefix)
    if kind == "infer":
        lines = whole.decode().splitlines()
        assert len(lines) == 6000 and cut_off
        answers = [json.loads(line) for line in lines]
        assert [answer["input"]["userId"] for answer in answers] == [f"u{line % USERS}" for line in range(6000)]
        assert all(len(answer["output"]["recommendedItems"]) == 100 for answer in answers)
    if kind == "segment":
        assert len(whole.splitlines()) == 500
    if kind == "export":
        assert len(whole.splitlines()) == USERS * PER_USER + 1
    if kind == "delete":
        describe = world.ask_for("export", 99)
        until(lambda: describe()["status"] == "ACTIVE", what="export")
        (_, body), = world.objects("export-99/").items()
        gone = {f"u{user}" for user in range(20 * (ROUNDS + 1))}
        assert {line.split(",")[0] for line in body.decode().splitlines()[1:]} == {f"u{user}" for user in range(USERS)} - gone
    print(f"{kind}: {cut_off} of {ROUNDS} were cut off")
