"""Whatever reads a stream that splits by itself: no record is lost or comes twice, and those of one key come in their order."""

import collections
import json
import threading

import test_kinesis_channels as channels
from harness import ROLE, until
from test_kinesis_consumers import register, subscribe
from test_kinesis_queues import create, entries, stream_arn
from test_kinesis_scaling import MEBIBYTE, is_open, one_shard, shards
from test_lambda import package

KEYS = 16

FUNCTION = """
import base64, boto3, json, os, time
s3 = boto3.client("s3")
def handler(event, context):
    seen = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"calls/{time.time_ns():020}-{context.aws_request_id}", Body=json.dumps(seen))
"""


class Marks:
    """Records that are known again: of each key one after the other."""

    def __init__(self, kinesis, name):
        self.kinesis, self.name, self.count = kinesis, name, 0

    def put(self):
        records = [{"Data": b"mark-%d %d" % (key, self.count), "PartitionKey": f"mark-{key}"} for key in range(KEYS)]
        assert self.kinesis.put_records(StreamName=self.name, Records=records)["FailedRecordCount"] == 0
        self.count += 1

    def load(self, mebibytes):
        """What makes the stream split, with marks in between."""
        for request in range(mebibytes // 10):
            self.put()
            self.kinesis.put_records(StreamName=self.name, Records=[
                {"Data": bytes(MEBIBYTE - 16), "PartitionKey": f"{request}-{record}"} for record in range(10)])

    @property
    def expected(self):
        return {f"mark-{key}": list(range(self.count)) for key in range(KEYS)}


def by_key(texts):
    found = collections.defaultdict(list)
    for text in texts:
        key, number = text.split()
        found[key].append(int(number))
    return found


class Reader:
    """Reads in threads that end with the server."""

    def __init__(self, server):
        self.server, self.texts, self.stopped = server, [], False

    def begin(self, work, *arguments):
        threading.Thread(target=self.guarded, args=(work, *arguments), daemon=True).start()

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except Exception:
            if not self.stopped:
                raise


class Pushed(Reader):
    """Follows shards by SubscribeToShard: a child once all its parents have ended."""

    def __init__(self, server, consumer):
        super().__init__(server)
        self.consumer, self.lock, self.ended, self.begun = consumer, threading.Lock(), set(), {"shardId-000000000000"}
        self.begin(self.follow, "shardId-000000000000")

    def follow(self, shard):
        kinesis, position, children = self.server.client("kinesis"), {"Type": "TRIM_HORIZON"}, None
        while children is None:
            for event in subscribe(kinesis, self.consumer, shard, **position):
                event = event["SubscribeToShardEvent"]
                # The last event of a shard has none.
                if "ContinuationSequenceNumber" in event:
                    position = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}
                children = event.get("ChildShards", children)
                with self.lock:
                    self.texts += [record["Data"].decode() for record in event["Records"] if record["PartitionKey"].startswith("mark")]
        with self.lock:
            self.ended.add(shard)
            for child in children:
                if child["ShardId"] not in self.begun and self.ended.issuperset(child["ParentShards"]):
                    self.begun.add(child["ShardId"])
                    self.begin(self.follow, child["ShardId"])


class Received(Reader):
    """Receives from a queue and acknowledges."""

    def __init__(self, server, queue):
        super().__init__(server)
        self.begin(self.receive, server.client("kinesis"), queue)

    def receive(self, kinesis, queue):
        while not self.stopped:
            records = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=1)["QueueRecords"]
            if records:
                kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records))
            self.texts += [record["Data"].decode() for record in records if record["Data"].startswith(b"mark")]


class Written:
    """What objects hold, each read once, in the order of their keys."""

    def __init__(self, server, bucket, prefix, read):
        self.s3, self.bucket, self.prefix, self.read, self.known = server.client("s3"), bucket, prefix, read, {}

    def parts(self):
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
            for item in page.get("Contents", []):
                if item["Key"] not in self.known:
                    self.known[item["Key"]] = self.read(self.s3.get_object(Bucket=self.bucket, Key=item["Key"])["Body"].read())
        return [self.known[key] for key in sorted(self.known)]

    def texts(self):
        return [text for part in self.parts() for text in part]


def lines(data):
    return [line for line in data.decode().splitlines() if line.startswith("mark")]


def test_readers_of_every_kind_follow_a_stream_that_splits(start, name):
    server, name = start("--on-demand-scaling"), f"read-{name}"
    kinesis, functions = server.client("kinesis"), server.client("lambda")
    server.client("s3").create_bucket(Bucket=name)
    server.clock(rate=0)
    one_shard(kinesis, name)
    channels.create(kinesis, "c", stream=name, format="STRING", bucket=name, freshness=0)
    pushed = Pushed(server, register(kinesis, name))
    received = Received(server, create(kinesis, name)["QueueARN"])
    functions.create_function(
        FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=60, Environment={"Variables": {"BUCKET": name}},
        Code={"ZipFile": package(app__py=FUNCTION)})
    functions.create_event_source_mapping(
        EventSourceArn=stream_arn(name), FunctionName=name, StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"partitionKey": [{"prefix": "mark"}]})}]})
    marks = Marks(kinesis, name)
    for mebibytes, wanted in ((40, 2), (80, 3)):
        marks.load(mebibytes)
        server.clock(advance=60)

        def is_split():
            marks.put()
            return sum(map(is_open, shards(kinesis, name))) == wanted

        until(is_split, 30, "a split")
        # The second in which a shard was closed is still its own.
        for _ in range(3):
            marks.put()
            server.clock(advance=1)
            marks.put()
    whole = KEYS * marks.count
    until(lambda: len(pushed.texts) >= whole, 60, "what is pushed")
    until(lambda: len(received.texts) >= whole, 60, "what a queue hands out")
    invoked, delivered = Written(server, name, "calls/", json.loads), Written(server, name, "c/", lines)
    until(lambda: len(invoked.texts()) >= whole, 60, "what the function gets")
    until(lambda: len(delivered.texts()) >= whole, 60, "what the channel delivers")
    pushed.stopped = received.stopped = True
    assert by_key(pushed.texts) == marks.expected
    assert by_key(received.texts) == marks.expected
    assert by_key(invoked.texts()) == marks.expected
    # Each object is of one shard; what their keys say of the order ends with the second.
    assert {key: sorted(numbers) for key, numbers in by_key(delivered.texts()).items()} == marks.expected
    assert all(numbers == sorted(numbers) for part in delivered.parts() for numbers in by_key(part).values())
    assert len(shards(kinesis, name)) >= 5 and "shardId-000000000000" in pushed.ended
