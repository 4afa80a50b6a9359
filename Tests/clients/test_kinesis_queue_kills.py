"""Four receivers of one queue, some of which acknowledge, while the server is killed: nothing is lost, and what was acknowledged never comes again.

`PERSONALITE_QUEUE_CYCLES=200 make clients PYTEST='-k queue_kills'` kills that often on one data directory.
"""

import os
import random
import threading

from harness import until
from test_durability import LOST_CONNECTION, home  # noqa: F401
from test_kinesis_queues import create, entries

CYCLES = int(os.environ.get("PERSONALITE_QUEUE_CYCLES", "5"))


class Cycle:
    def __init__(self, home, seed):
        self.home, self.seed = home, seed
        self.lock, self.stopped = threading.Lock(), threading.Event()
        # What was put for certain, what was received, what was asked to be acknowledged, and what was acknowledged for certain.
        self.put, self.received, self.asked, self.acknowledged = set(), set(), set(), set()
        self.again, self.failures = [], []

    def produce(self, kinesis, cycle):
        for number in range(10**9):
            if self.stopped.is_set():
                return
            texts = [f"{cycle}-{number}-{place}" for place in range(20)]
            kinesis.put_records(StreamName="s", Records=[{"Data": text.encode(), "PartitionKey": text} for text in texts])
            with self.lock:
                self.put.update(texts)

    def receive(self, kinesis, queue, name):
        chance = random.Random(f"{self.seed}-{name}")
        while not self.stopped.is_set():
            with self.lock:
                acknowledged = set(self.acknowledged)
            records = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=1, VisibilityTimeoutSeconds=chance.choice([0, 1, 2]))["QueueRecords"]
            texts = [record["Data"].decode() for record in records]
            with self.lock:
                self.received.update(texts)
                self.again += [text for text in texts if text in acknowledged]
            if not records or (name % 2 and chance.random() < 0.5):
                continue
            with self.lock:
                self.asked.update(texts)
            answer = kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(records))
            done = {entry["ReceiptHandle"] for entry in answer["Successful"]}
            with self.lock:
                self.acknowledged.update(text for text, record in zip(texts, records) if record["ReceiptHandle"] in done)

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except LOST_CONNECTION:
            if not self.stopped.is_set():
                self.stopped.wait(0)
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def run(self, queue, cycle):
        """Works until enough was acknowledged, and kills the server in the middle of it."""
        self.stopped.clear()
        client = self.home.server.client
        threads = [threading.Thread(target=self.guarded, args=(self.produce, client("kinesis"), cycle), daemon=True)]
        threads += [threading.Thread(target=self.guarded, args=(self.receive, client("kinesis"), queue, name), daemon=True) for name in range(4)]
        goal = len(self.acknowledged) + 60
        for thread in threads:
            thread.start()
        until(lambda: len(self.acknowledged) >= goal or self.failures, 60, "acknowledgements")
        self.home.server.kill()
        self.stopped.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert not self.failures and not self.again, self.again
        self.home.start()


def test_queue_kills(home):  # noqa: F811
    kinesis = home.start().client("kinesis")
    kinesis.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    queue = create(kinesis, "q", stream="s", DeadLetterConfiguration={"TargetType": "NONE"})["QueueARN"]
    cycles = Cycle(home, 1)
    for cycle in range(CYCLES):
        cycles.run(queue, cycle)
    # What nobody acknowledged comes in the end, and nothing else; an acknowledgement whose answer was lost may have been kept or not.
    kinesis, left = home.server.client("kinesis"), set()
    while True:
        records = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=4, VisibilityTimeoutSeconds=600)["QueueRecords"]
        if not records:
            break
        left.update(record["Data"].decode() for record in records)
    print(f"{CYCLES} kills: {len(cycles.put)} records put, {len(cycles.acknowledged)} acknowledged, {len(left)} received at the end; "
          f"{len(left & cycles.acknowledged)} of the acknowledged again, {len(cycles.put - cycles.asked - left)} lost")
    assert not left & cycles.acknowledged
    assert cycles.put - cycles.asked <= left, "records were lost"
    assert len(cycles.acknowledged) >= CYCLES * 60
