"""A disk whose calls fail, one at a time or all of them, and a clock that jumps: every write is refused in words or kept, and all is well again afterwards."""

import errno
import http.client
import os
import random

import pytest

import disk
from harness import Server, until
from test_disk_power import SCHEMA, SEED, Caller, content, keys_of_records, lost

# How many of each kind's calls are made to fail, each in its turn.
PLACES = int(os.environ.get("PERSONALITE_FAILING_CALLS", "4"))
KINDS = [
    ("write", errno.ENOSPC), ("write", errno.EIO), ("sync", errno.EIO), ("open", errno.EMFILE), ("open", errno.EACCES), ("read", errno.EIO),
    ("rename", errno.EIO), ("truncate", errno.EIO), ("unlink", errno.EIO), ("mkdir", errno.ENOSPC),
]


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    yield home
    home.server.kill()


class Home:
    """A data directory on a disk that obeys, with what every test writes to."""

    def __init__(self, folder):
        self.folder, self.data, self.acknowledged, self.count = folder, folder / "data", [], 0
        self.disk = disk.Disk(folder, self.data, keeps_journal=False)
        self.start("always")
        with Caller(self.server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=2)[0] == 200
            assert caller.ask("PUT", "/kept")[0] == 200

    def start(self, policy):
        self.server = Server(self.folder, "--auth", "off", "--data-dir", self.data, "--sync", policy, environment=self.disk.environment)

    def write(self, caller):
        """One write of each kind: the statuses and the texts of those that were refused."""
        answers = {}
        for kind in ["record", "records", "object", "schema", "delete"]:
            self.count += 1
            name = f"n{self.count}"
            if kind == "record":
                status, body = caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=name)
            elif kind == "records":
                status, body = caller.kinesis("PutRecords", StreamName="s", Records=[{"Data": "aGk=", "PartitionKey": f"{name}y{part}"} for part in range(20)])
                if status == 200 and body["FailedRecordCount"]:
                    assert body["FailedRecordCount"] == 20, body
                    status = 500
            elif kind == "object":
                status, body = caller.ask("PUT", f"/kept/{name}", content(name))
            elif kind == "schema":
                status, body = caller.personalize("CreateSchema", name=name, schema=SCHEMA)
            else:
                status, body = caller.ask("PUT", f"/kept/{name}", content(name))
                if status == 200:
                    status, body = caller.ask("DELETE", f"/kept/{name}")
            if status in (200, 204):
                self.acknowledged.append((kind, name))
            else:
                answers[kind] = status, body
        return answers

    def is_well(self):
        """Whether every kind of write succeeds on a new connection."""
        with Caller(self.server.port) as caller:
            return not self.write(caller)

    def kept(self):
        """After `kill -9` and a start on a whole disk all that was acknowledged is there, once."""
        self.server.kill()
        self.start("always")
        missing = lost(self.server, self.acknowledged)
        assert not missing, missing[:5]


@pytest.mark.parametrize("call, code", KINDS, ids=lambda value: value if isinstance(value, str) else errno.errorcode[value])
def test_one_call(home, call, code):
    chance = random.Random(SEED)
    for place in range(PLACES):
        home.disk.fail(call, after=place if place < 8 else chance.randrange(200), count=1, code=code)
        with Caller(home.server.port) as caller:
            refused = home.write(caller)
        for kind, (status, body) in refused.items():
            assert status in (500, 503) and body, (place, kind, status, body)
        home.disk.heal()
        until(home.is_well, 10, f"{call} {place}: all is well again; {home.server.tail()[-600:]}")
        assert home.server.http("GET", "/_personalite/ready").status == 200
    home.kept()


def test_start(home):
    """The n-th call of a start fails: it says so and ends, or it starts with everything; the next start has everything."""
    with Caller(home.server.port) as caller:
        assert not home.write(caller)
    for call, code in [("open", errno.EMFILE), ("read", errno.EIO), ("write", errno.ENOSPC), ("sync", errno.EIO)]:
        for place in range(PLACES):
            home.server.kill()
            home.disk.fail(call, after=place, count=1, code=code)
            try:
                home.start("always")
            except AssertionError as refused:
                assert "first line was None" in str(refused) and "cannot start: " in str(refused), str(refused)
            else:
                home.disk.heal()
                missing = lost(home.server, home.acknowledged)
                assert not missing, (call, place, missing[:5])
            home.disk.heal()
    home.kept()


def test_full(home):
    """No write of any file succeeds for a while: writes are refused in words, reads go on, and when there is room again all is well."""
    with Caller(home.server.port) as caller:
        assert not home.write(caller)
        home.disk.fail("write", "mkdir", code=errno.ENOSPC)
        for _ in range(PLACES):
            refused = home.write(caller)
            assert {"record", "records", "object", "schema"} <= set(refused), refused
            assert all(status in (500, 503) and body for status, body in refused.values()), refused
            assert keys_of_records(caller)
            assert caller.personalize("ListSchemas")[0] == 200
            assert caller.ask("GET", "/kept?list-type=2")[0] == 200
    assert home.disk.heal()
    until(home.is_well, 10, "all is well again")
    home.kept()


def test_clock_that_jumps(home):
    """The clock of the day goes back and forth by hours: what is written is kept in its order, once, and found."""
    chance, names = random.Random(SEED), []
    with Caller(home.server.port) as caller:
        for number in range(PLACES * 20):
            home.disk.jump(chance.choice([0, 3600, -3600, 86_400, -86_400, 1, -1]))
            name = f"j{number}"
            status, answer = caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=name, ExplicitHashKey="1")
            assert status == 200, answer
            names.append((int(answer["SequenceNumber"]), name))
            home.acknowledged.append(("record", name))
            if number % 16 == 15:
                home.disk.jump(0)
                home.server.kill()
                home.start("always")
                caller.connection.close()
                caller.connection = http.client.HTTPConnection("127.0.0.1", home.server.port, timeout=60)
    assert names == sorted(names)
    home.disk.jump(0)
    home.kept()
