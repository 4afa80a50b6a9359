"""Power that goes: the disk has what was synced, and of the rest any sectors; what was acknowledged in time is there."""

import hashlib
import http.client
import json
import os
import random
import shutil
import threading
import time

import pytest

import disk
from harness import Server, until

CUTS = int(os.environ.get("PERSONALITE_CUTS", "12"))
SECONDS = float(os.environ.get("PERSONALITE_CUT_SECONDS", "2"))
SEED = int(os.environ.get("PERSONALITE_FAULT_SEED", "1"))
# `--sync interval` promises the disk within a second; a busy machine gets as much again before it is believed to be late.
LATEST = {"always": 0.0, "interval": 2.0}


class Caller:
    """One connection; unsigned requests, of which each success is written down with the moment that it was known."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, method, path, body=b"", **headers):
        self.connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def call(self, target, **document):
        status, body = self.ask("POST", "/", json.dumps(document), x_amz_target=target, content_type="application/x-amz-json-1.1")
        return status, json.loads(body) if body else {}

    def kinesis(self, operation, **document):
        return self.call(f"Kinesis_20131202.{operation}", **document)

    def personalize(self, operation, **document):
        return self.call(f"AmazonPersonalize.{operation}", **document)


SCHEMA = json.dumps({"type": "record", "name": "Interactions", "namespace": "a", "version": "1.0", "fields": [
    {"name": "USER_ID", "type": "string"}, {"name": "ITEM_ID", "type": "string"}, {"name": "TIMESTAMP", "type": "long"}]})


def content(name):
    return hashlib.shake_128(name.encode()).digest(200 + len(name) * 997 % 9000)


def work(server, plate, number, acknowledged, ends):
    """Writes of every kind until the end; each acknowledged one is noted with the journal's length, which covers it."""
    with Caller(server.port) as caller:
        _work(caller, plate, number, acknowledged, ends)


def _work(caller, plate, number, acknowledged, ends):
    chance, count = random.Random(SEED * 100 + number), 0
    while time.monotonic() < ends:
        count += 1
        name = f"n{number}x{count}"
        kind = chance.choice(["record", "records", "object", "schema", "stream", "tag", "delete"])
        if kind == "record":
            status, _ = caller.kinesis("PutRecord", StreamName="s", Data=name.encode().hex() + "00" * (len(name) % 2), PartitionKey=name)
        elif kind == "records":
            status, answer = caller.kinesis("PutRecords", StreamName="s", Records=[{"Data": "aGk=", "PartitionKey": f"{name}y{part}"} for part in range(20)])
            assert answer["FailedRecordCount"] == 0
        elif kind == "object":
            status, _ = caller.ask("PUT", f"/kept/{name}", content(name))
        elif kind == "schema":
            status, _ = caller.personalize("CreateSchema", name=name, schema=SCHEMA)
        elif kind == "stream":
            status, _ = caller.kinesis("CreateStream", StreamName=name, ShardCount=1)
        elif kind == "tag":
            status, _ = caller.kinesis("AddTagsToStream", StreamName="s", Tags={name: "v"}) if count < 40 else (0, {})
            if status == 400:  # A stream has fifty tags at most.
                continue
        else:
            status, _ = caller.ask("PUT", f"/kept/{name}", content(name))
            status, _ = caller.ask("DELETE", f"/kept/{name}") if status == 200 else (status, b"")
        if status in (200, 204):
            acknowledged.append((plate.position, time.monotonic(), kind, name))
        else:
            assert status == 0, (kind, status)


def pages(caller, operation, names, **document):
    """All names of a list of Kinesis or Personalize."""
    found, more = set(), {}
    while True:
        status, answer = caller.kinesis(operation, **document, **more) if operation == "ListStreams" else caller.personalize(operation, **more)
        assert status == 200, answer
        found |= set(names(answer))
        if operation == "ListStreams" and answer["HasMoreStreams"]:
            more = {"NextToken": answer["NextToken"]}
        elif answer.get("nextToken"):
            more = {"nextToken": answer["nextToken"]}
        else:
            return found


def keys_of_records(caller):
    found, counted = set(), 0
    _, answer = caller.kinesis("ListShards", StreamName="s")
    for shard in answer["Shards"]:
        _, answer = caller.kinesis("GetShardIterator", StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        iterator = answer["ShardIterator"]
        while True:
            status, answer = caller.kinesis("GetRecords", ShardIterator=iterator)
            assert status == 200, answer
            if not answer["Records"]:
                break
            counted += len(answer["Records"])
            found |= {record["PartitionKey"] for record in answer["Records"]}
            iterator = answer["NextShardIterator"]
    assert counted == len(found), "a record is there twice"
    return found


def keys_of_objects(caller):
    found, marker = set(), ""
    while True:
        status, body = caller.ask("GET", f"/kept?list-type=2{marker}")
        assert status == 200, body
        text = body.decode()
        keys = [part.partition("</Key>")[0] for part in text.split("<Key>")[1:]]
        found |= set(keys)
        if "<IsTruncated>true" not in text:
            return found
        marker = f"&start-after={keys[-1]}"


def lost(server, due):
    """Of what was acknowledged, what is not there."""
    with Caller(server.port) as caller:
        return _lost(caller, due)


def _lost(caller, due):
    missing = []
    records, objects = keys_of_records(caller), keys_of_objects(caller)
    schemas = pages(caller, "ListSchemas", lambda answer: [schema["name"] for schema in answer["schemas"]])
    streams = pages(caller, "ListStreams", lambda answer: answer["StreamNames"])
    tags = {tag["Key"] for tag in caller.kinesis("ListTagsForStream", StreamName="s", Limit=50)[1]["Tags"]}
    for kind, name in due:
        there = {
            "record": lambda: name in records, "records": lambda: all(f"{name}y{part}" in records for part in range(20)),
            "many": lambda: all(f"{name}y{part}" in records for part in range(500)),
            "object": lambda: name in objects, "schema": lambda: name in schemas, "stream": lambda: name in streams,
            "tag": lambda: name in tags, "delete": lambda: name not in objects,
        }[kind]()
        if not there:
            missing.append((kind, name))
    wanted = [name for kind, name in due if kind == "object" and name in objects]
    for name in random.Random(1).sample(wanted, min(3, len(wanted))):
        status, body = caller.ask("GET", f"/kept/{name}")
        if (status, body) != (200, content(name)):
            missing.append(("content", name))
    return missing


@pytest.mark.parametrize("policy", ["always", "interval"])
def test_power(policy, tmp_path):
    data = tmp_path / "data"
    plate = disk.Disk(tmp_path, data)
    server = Server(tmp_path, "--auth", "off", "--data-dir", data, "--sync", policy, environment=plate.environment)
    acknowledged = []
    try:
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=2)[0] == 200
            assert caller.ask("PUT", "/kept")[0] == 200
        # What holds the rest has to be there first. A certificate that is lost is made anew, and what is lost of the manifest is known again.
        until(lambda: not [path for path in plate.owes() if not path.startswith(("tls/", "log/manifest"))], 10, "a sync of everything")
        start = plate.position
        threads = [threading.Thread(target=work, args=(server, plate, number, acknowledged, time.monotonic() + SECONDS)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60 + SECONDS)
    finally:
        server.kill()
    events = plate.events()
    assert len(acknowledged) > 20
    ends, done, failures = disk.Budget("power"), 0, []
    while done < CUTS and not ends.is_over:
        # Each round is the whole time once, so that few rounds are spread over it as many are.
        share = min(CUTS - done, 50, len(events))
        for number, cut, platter in moments(events, share, SEED * 1_000_000 + done):
            done += 1
            if done % 500 == 0:
                print(f"{policy}: {done} cuts", flush=True)
            position, moment = events[cut][5], events[cut][2] / 1e9
            if position < start:
                continue
            due = [(kind, name) for known, when, kind, name in acknowledged if known <= position and when <= moment - LATEST[policy]]
            missing = after(platter, number, tmp_path / "cut", due)
            if missing:
                failures.append((number, cut, len(due), missing[:3]))
            if ends.is_over:
                break
    print(f"{policy}: {done} cuts, {len(acknowledged)} acknowledged, {len(failures)} cuts lost something")
    assert not failures, failures[:5]


def synced(plate):
    """The files that were synced, from the data directory on."""
    names, found = {}, set()
    for kind, file, _, _, body, _ in plate.events():
        if kind == "C":
            names[file] = body.decode()
        elif kind == "S":
            found.add(names[file])
    return found


@pytest.mark.parametrize("policy", ["always", "interval"])
def test_a_start_syncs_what_a_killed_server_left(policy, tmp_path):
    data = tmp_path / "data"
    killed = Server(tmp_path, "--auth", "off", "--data-dir", data, "--sync", "interval")
    try:
        with Caller(killed.port) as caller:
            assert caller.ask("PUT", "/kept")[0] == 200
            # More than is held back in memory, and less.
            assert caller.ask("PUT", "/kept/large", bytes(3 << 20))[0] == 200
            assert caller.ask("PUT", "/kept/small", b"small")[0] == 200
    finally:
        killed.kill()
    left = {path.relative_to(data).as_posix() for path in data.glob("objects/*/*")}
    assert len(left) == 2
    (tmp_path / "next").mkdir()
    plate = disk.Disk(tmp_path / "next", data)
    server = Server(tmp_path / "next", "--auth", "off", "--data-dir", data, "--sync", policy, environment=plate.environment)
    try:
        until(lambda: left <= synced(plate), 5, "a sync of the objects")
        folders = {body.decode() for kind, _, _, _, body, _ in plate.events() if kind == "D"}
        assert {"objects"} | {path.rpartition("/")[0] for path in left} <= folders
    finally:
        server.kill()


def moments(events, count, seed):
    """So many moments in their order, by chance: a number of its own, the last event before it, the disk as it is then."""
    platter, at = disk.Platter(), 0
    for number, cut in enumerate(sorted(random.Random(seed).sample(range(len(events)), count))):
        while at <= cut:
            platter.take(events[at])
            at += 1
        yield seed + number, cut, platter


def after(platter, number, place, due):
    """What a server that starts on the disk after the cut has lost of what was due."""
    (place / "data").mkdir(parents=True)
    platter.cut(place / "data", number)
    again = None
    try:
        again = Server(place, "--auth", "off", "--data-dir", place / "data")
        return lost(again, due)
    except AssertionError as error:
        return [("start", str(error)[-1500:])]
    finally:
        if again:
            again.kill()
        shutil.rmtree(place)
