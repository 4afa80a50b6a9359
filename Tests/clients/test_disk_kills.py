"""`kill -9` with every operation in the mix, a reset among them, on one directory: nothing that was acknowledged is lost or there twice."""

import os
import random
import threading
import time

import disk
from harness import Server
from test_disk_power import SCHEMA, SEED, Caller, content, keys_of_objects, lost, pages

CYCLES = int(os.environ.get("PERSONALITE_KILL_CYCLES", "6"))


def work(port, cycle, number, acknowledged):
    """Writes until the server is gone."""
    chance, count = random.Random(f"{SEED} {cycle} {number}"), 0
    try:
        with Caller(port) as caller:
            while True:
                count += 1
                name = f"c{cycle}n{number}x{count}"
                kind = chance.choice(["record", "many", "many", "object", "schema", "stream", "delete"])
                size = 1
                if kind == "record":
                    status, _ = caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=name)
                elif kind == "many":
                    size = 500
                    records = [{"Data": "aGk=", "PartitionKey": f"{name}y{part}"} for part in range(size)]
                    status, answer = caller.kinesis("PutRecords", StreamName="s", Records=records)
                    assert status != 200 or answer["FailedRecordCount"] == 0, answer
                elif kind == "object":
                    status, _ = caller.ask("PUT", f"/kept/{name}", content(name))
                elif kind == "schema":
                    status, _ = caller.personalize("CreateSchema", name=name, schema=SCHEMA)
                elif kind == "stream":
                    status, _ = caller.kinesis("CreateStream", StreamName=name, ShardCount=1)
                else:
                    status, _ = caller.ask("PUT", f"/kept/{name}", content(name))
                    status, _ = caller.ask("DELETE", f"/kept/{name}") if status == 200 else (status, b"")
                assert status in (200, 204), (kind, status)
                acknowledged.append((kind, name, size))
    except (OSError, ValueError, EOFError, ConnectionError):
        return
    except Exception as error:
        if type(error).__module__ != "http.client":
            acknowledged.append(("broken", repr(error), 0))


def prepare(port):
    with Caller(port) as caller:
        assert caller.kinesis("CreateStream", StreamName="s", ShardCount=2)[0] == 200
        assert caller.ask("PUT", "/kept")[0] == 200


def is_empty(port):
    with Caller(port) as caller:
        streams = pages(caller, "ListStreams", lambda answer: answer["StreamNames"])
        schemas = pages(caller, "ListSchemas", lambda answer: [schema["name"] for schema in answer["schemas"]])
        buckets = caller.ask("GET", "/")[1].count(b"<Name>")
    return not streams and not schemas and not buckets


def test_kills(tmp_path):
    chance, known, total, resets = random.Random(SEED), [], 0, 0
    server = Server(tmp_path, "--auth", "off", "--data-dir", tmp_path / "data")
    prepare(server.port)
    budget, cycles = disk.Budget("kills"), 0
    try:
        for cycle in range(CYCLES):
            if budget.is_over:
                break
            cycles += 1
            if cycles % 100 == 0:
                print(f"{cycles} cycles, {total} acknowledged writes", flush=True)
            acknowledged = []
            threads = [threading.Thread(target=work, args=(server.port, cycle, number, acknowledged), daemon=True) for number in range(3)]
            for thread in threads:
                thread.start()
            wanted = chance.randrange(5, 40)
            ends = time.monotonic() + 20
            while len(acknowledged) < wanted and time.monotonic() < ends:
                threads[0].join(0.002)
            server.kill()
            for thread in threads:
                thread.join(60)
            assert not [what for what in acknowledged if what[0] == "broken"], acknowledged[-3:]
            known += acknowledged
            total += sum(size for _, _, size in acknowledged)
            server = Server(tmp_path, "--auth", "off", "--data-dir", tmp_path / "data")
            # `lost` also sees to it that no record is there twice.
            missing = lost(server, [(kind, name) for kind, name, _ in known])
            assert not missing, (cycle, missing[:5])
            # A kill within a write leaves a last frame that is not whole; it is no damage.
            damaged = set(os.listdir(tmp_path / "data/damaged")) if (tmp_path / "data/damaged").exists() else set()
            assert damaged <= {"personalite.sqlite-wal-unfinished"}, (cycle, damaged)
            if cycle % 3 == 2:
                known = reset_and_kill(tmp_path, server, known, chance)
                server = Server(tmp_path, "--auth", "off", "--data-dir", tmp_path / "data")
                if known is None:
                    assert is_empty(server.port)
                    known, resets = [], resets + 1
                    prepare(server.port)
                else:
                    assert not lost(server, [(kind, name) for kind, name, _ in known])
    finally:
        server.kill()
    print(f"{cycles} cycles, {total} acknowledged writes, {resets} resets")


def reset_and_kill(folder, server, known, chance):
    """A kill within a reset: the world is as before, or empty (None); never half of it."""
    answered = []

    def reset():
        try:
            with Caller(server.port) as caller:
                answered.append(caller.ask("POST", "/_personalite/reset")[0])
        except OSError:
            pass
        except Exception as error:
            assert type(error).__module__ == "http.client", error

    thread = threading.Thread(target=reset)
    thread.start()
    thread.join(chance.uniform(0.001, 0.02))
    server.kill()
    thread.join(60)
    again = Server(folder, "--auth", "off", "--data-dir", folder / "data")
    try:
        empty = is_empty(again.port)
        assert empty or not answered, "a reset that was answered did not happen"
        if empty:
            # New objects meet no file of before.
            with Caller(again.port) as caller:
                assert caller.ask("PUT", "/kept")[0] == 200
                for number in range(10):
                    assert caller.ask("PUT", f"/kept/{number}", b"x")[0] == 200
                assert len(keys_of_objects(caller)) == 10
                assert caller.ask("POST", "/_personalite/reset")[0] == 200
        return None if empty else known
    finally:
        again.kill()
