"""A reader that follows every shard through splits and merges while four producers write and the server is killed in the middle.

Every record that was acknowledged is read once and in the order of its partition key. `PERSONALITE_CYCLES=200 make clients PYTEST='-k follow'`
does that many cycles on one data directory.
"""

import json
import os
import random
import threading
import time

from botocore.exceptions import ClientError

from harness import settled, until
from test_durability import LOST_CONNECTION, home  # noqa: F401

CYCLES = int(os.environ.get("PERSONALITE_CYCLES", "3"))
PRODUCERS, KEYS = 4, 3
# Seconds of the server in one of ours: a shard that is closed takes records until its second is over.
RATE = 20


class Cycle:
    def __init__(self, home, name, seed):
        self.home, self.name, self.random = home, name, random.Random(seed)
        self.acknowledged, self.uncertain, self.read = {}, set(), {}
        self.lock, self.stopped, self.written_out = threading.Lock(), threading.Event(), threading.Event()
        self.failures = []

    def kinesis(self):
        return self.home.server.client("kinesis")

    def again(self, call, **arguments):
        """Asks until the server is there to answer."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return getattr(self.kinesis(), call)(**arguments)
            except ClientError:
                raise
            except LOST_CONNECTION:
                assert time.monotonic() < deadline, f"{call} was not answered"

    def produce(self, number):
        """Writes records that name their key and their place in it; what is not acknowledged is not tried again."""
        counts = dict.fromkeys([f"{number}-{key}" for key in range(KEYS)], 0)
        while not self.stopped.is_set():
            batch = []
            for key in counts:
                for _ in range(1 + number):
                    batch.append((key, counts[key]))
                    counts[key] += 1
            try:
                if number == 0:
                    for key, count in batch:
                        with self.lock:
                            self.uncertain.add((key, count))
                        answer = self.kinesis().put_record(StreamName=self.name, PartitionKey=key, Data=f"{key}:{count}".encode())
                        self.note([(key, count)], [answer])
                else:
                    with self.lock:
                        self.uncertain.update(batch)
                    records = [{"PartitionKey": key, "Data": f"{key}:{count}".encode()} for key, count in batch]
                    answer = self.kinesis().put_records(StreamName=self.name, Records=records)
                    assert answer["FailedRecordCount"] == 0
                    self.note(batch, answer["Records"])
            except LOST_CONNECTION:
                continue

    def note(self, batch, answers):
        with self.lock:
            for record, answer in zip(batch, answers):
                self.uncertain.discard(record)
                self.acknowledged[record] = answer["SequenceNumber"]

    def follow(self):
        """Reads each shard to its end and only then its children, a merged one when both of its parents are done."""
        first = self.again("list_shards", StreamName=self.name)["Shards"]
        waiting, ended, begun = [shard["ShardId"] for shard in first if "ParentShardId" not in shard], set(), set()
        iterators = {}
        while True:
            for shard in waiting:
                iterators[shard] = self.again("get_shard_iterator", StreamName=self.name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
                begun.add(shard)
            waiting = []
            for shard in list(iterators):
                page = self.again("get_records", ShardIterator=iterators[shard])
                with self.lock:
                    for record in page["Records"]:
                        key, count = record["Data"].decode().rsplit(":", 1)
                        assert key == record["PartitionKey"]
                        self.read.setdefault(key, []).append((int(count), record["SequenceNumber"]))
                iterators[shard] = page.get("NextShardIterator")
                if iterators[shard] is None:
                    del iterators[shard]
                    ended.add(shard)
                    for child in page["ChildShards"]:
                        if child["ShardId"] not in begun and ended.issuperset(child["ParentShards"]) and child["ShardId"] not in waiting:
                            waiting.append(child["ShardId"])
            if self.written_out.is_set() and self.is_complete():
                return

    def is_complete(self):
        with self.lock:
            return self.acknowledged.keys() <= {(key, count) for key, records in self.read.items() for count, _ in records}

    def reshard(self):
        """Splits an open shard in the middle, or merges two neighbours."""
        settled(self.kinesis(), self.name)
        shards = self.again("list_shards", StreamName=self.name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        ranges = sorted((int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]), shard["ShardId"]) for shard in shards)
        at = self.random.randrange(len(ranges))
        if len(ranges) < 2 or (len(ranges) < 5 and self.random.random() < 0.6):
            start, end, shard = ranges[at]
            self.again("split_shard", StreamName=self.name, ShardToSplit=shard, NewStartingHashKey=str((start + end) // 2))
        else:
            at = min(at, len(ranges) - 2)
            self.again("merge_shards", StreamName=self.name, ShardToMerge=ranges[at][2], AdjacentShardToMerge=ranges[at + 1][2])

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def written(self, more):
        """Returns when `more` records more have been acknowledged."""
        goal = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= goal or self.failures, 60, "acknowledgements")
        assert not self.failures

    def run(self):
        self.kinesis().create_stream(StreamName=self.name, ShardCount=2)
        threads = [threading.Thread(target=self.guarded, args=(self.produce, number), daemon=True) for number in range(PRODUCERS)]
        threads.append(threading.Thread(target=self.guarded, args=(self.follow,), daemon=True))
        for thread in threads:
            thread.start()
        for _ in range(2):
            self.written(60)
            self.reshard()
        self.written(60)
        self.home.server.kill()
        start(self.home)
        for _ in range(2):
            self.written(60)
            self.reshard()
        self.written(60)
        self.stopped.set()
        for thread in threads:
            if thread is threads[-1]:
                # The reader ends only when nobody can be acknowledged any more.
                self.written_out.set()
            thread.join(60)
            assert not thread.is_alive() and not self.failures
        self.check()
        self.kinesis().delete_stream(StreamName=self.name)

    def check(self):
        known = self.acknowledged.keys() | self.uncertain
        for key, records in self.read.items():
            counts = [count for count, _ in records]
            assert counts == sorted(set(counts)), f"{key} is out of order or doubled: {counts}"
            assert {(key, count) for count in counts} <= known
            for count, number in records:
                assert self.acknowledged.get((key, count), number) == number
        missing = self.acknowledged.keys() - {(key, count) for key, records in self.read.items() for count, _ in records}
        assert not missing


def start(home):
    server = home.start()
    server.client("kinesis")
    assert server.http("POST", "/_personalite/clock", body=json.dumps({"rate": RATE}).encode()).status == 200


def test_a_reader_follows_every_shard_across_kills(home):  # noqa: F811
    start(home)
    for number in range(CYCLES):
        Cycle(home, f"s{number}", number).run()
