"""One flipped bit in any file of a data directory: it is told, or it changes no answer; and `check --repair` loses nothing but what it hit."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess

import pytest

import disk
from harness import BINARY, Server
from test_disk_power import SCHEMA, SEED, Caller, content, keys_of_objects, keys_of_records, pages
from world import World

FLIPS = int(os.environ.get("PERSONALITE_FLIPS", "4"))
KINDS = {
    "database": "personalite.sqlite", "write-ahead log": "personalite.sqlite-wal", "record log": "log/*.log", "manifest": "log/manifest",
    "table": "datasets/*.table", "model": "models/*.model", "object": "objects/*/*",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A directory with something in every kind of file, of a server that was killed, and what it answers."""
    folder = tmp_path_factory.mktemp("store")
    server = Server(folder, "--auth", "off", "--data-dir", folder / "data")
    try:
        world = World(server, "w").small().train("user")
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=2)[0] == 200
            assert caller.ask("PUT", "/kept")[0] == 200
            for number in range(30):
                name = f"n{number}"
                assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=name)[0] == 200
                assert caller.ask("PUT", f"/kept/{name}", content(name))[0] == 200
                assert caller.personalize("CreateSchema", name=name, schema=SCHEMA)[0] == 200
        world.click("u1", "i5", 1_700_000_000)
        campaign = world.campaigns["user"]
        # Ended, so that the rows are in the database's own file; and once more, so that the write-ahead log has some that are nowhere else, and models and
        # tables are read from their files.
        server.stop()
        server = Server(folder, "--auth", "off", "--data-dir", folder / "data")
        with Caller(server.port) as caller:
            for number in range(10):
                assert caller.personalize("CreateSchema", name=f"late{number}", schema=SCHEMA)[0] == 200
        answers = everything(server, campaign)
    finally:
        server.kill()
    return folder / "data", campaign, answers


def everything(server, campaign):
    """What a server answers to questions about each of its resources, by a name of each; only answers of success."""
    answers = {}
    with Caller(server.port) as caller:
        def note(name, find):
            try:
                answers[name] = find()
            except (AssertionError, KeyError, IndexError) as refused:
                answers[name] = f"refused: {str(refused)[:200]}"

        note("records", lambda: sorted(keys_of_records(caller)))
        note("objects", lambda: sorted(keys_of_objects(caller)))
        for number in range(30):
            status, body = caller.ask("GET", f"/kept/n{number}")
            answers[f"object n{number}"] = hashlib.md5(body).hexdigest() if status == 200 else f"refused: {status}"
        note("schemas", lambda: sorted(pages(caller, "ListSchemas", lambda answer: [schema["name"] for schema in answer["schemas"]])))
        note("streams", lambda: sorted(pages(caller, "ListStreams", lambda answer: answer["StreamNames"])))
        for user in ("u1", "u7", "stranger"):
            status, body = caller.ask("POST", "/recommendations", json.dumps({"campaignArn": campaign, "userId": user}), content_type="application/json")
            answers[f"list of {user}"] = [item["itemId"] for item in json.loads(body)["itemList"]] if status == 200 else f"refused: {status}"
        for operation, key in [("DescribeCampaign", "campaignArn")]:
            status, body = caller.personalize(operation, **{key: campaign})
            answers[operation] = body if status == 200 else f"refused: {status}"
    return answers


def check(data, *options):
    done = subprocess.run([BINARY, "check", "--data-dir", data, *options], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kind", list(KINDS))
def test_flipped_bits(store, kind, tmp_path):
    data, campaign, whole = store
    files = sorted(path for path in data.glob(KINDS[kind]) if path.stat().st_size)
    assert files
    chance, outcomes, broken, ends = random.Random(f"{SEED} {kind}"), {}, [], disk.Budget("flips")
    for number in range(FLIPS):
        if ends.is_over:
            break
        place = tmp_path / f"{number}"
        shutil.copytree(data, place / "data")
        victim = place / "data" / chance.choice(files).relative_to(data)
        at, bit = chance.randrange(victim.stat().st_size), chance.randrange(8)
        bytes_ = bytearray(victim.read_bytes())
        bytes_[at] ^= 1 << bit
        victim.write_bytes(bytes_)
        outcome, fault = judge(place, campaign, whole, victim)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        if fault:
            broken.append((victim.relative_to(place / "data").as_posix(), at, bit, fault))
        shutil.rmtree(place)
    print(f"{kind}: {outcomes}")
    assert not broken, f"{len(broken)} of {sum(outcomes.values())}: {broken[:4]}"


def judge(place, campaign, whole, victim):
    """(what came of it, what must not have)."""
    copy = pathlib.Path(shutil.copytree(place / "data", place / "copy"))
    found, report = check(copy)
    try:
        server = Server(place, "--auth", "off", "--data-dir", place / "data")
    except AssertionError as refused:
        outcome, fault = "start refused", None if "cannot start: " in str(refused) else f"no reason: {str(refused)[-300:]}"
    else:
        try:
            answers = everything(server, campaign)
        finally:
            server.kill()
        log = server.tail()
        differing = sorted(name for name in whole if answers[name] != whole[name])
        silent = [name for name in differing if not str(answers[name]).startswith("refused: ")]
        if not differing:
            outcome, fault = "harmless" if not found else "harmless and found", None
        elif not silent or " warning " in log or " error " in log:
            outcome, fault = "told", None
        elif found:
            outcome, fault = "found by check alone", f"answered otherwise in silence: {silent[:3]}"
        else:
            outcome, fault = "silent", f"nobody tells: {silent[:3]} {[(whole[name], answers[name]) for name in silent[:1]]!r:.300}"
    if fault:
        return outcome, fault
    status, report = check(copy, "--repair")
    try:
        server = Server(place, "--auth", "off", "--data-dir", copy)
    except AssertionError as refused:
        return outcome, f"does not start after repair: {report[-300:]} {str(refused)[-300:]}"
    try:
        answers = everything(server, campaign)
    finally:
        server.kill()
    differing = {name for name in whole if answers[name] != whole[name]}
    if victim.parent.parent.name == "objects" and len(differing - {"objects"}) > 1:
        return outcome, f"one object was hit, and {sorted(differing)} are otherwise"
    if victim.suffix in (".model", ".table") and differing & {"records", "objects", "schemas", "streams"}:
        return outcome, f"{victim.name} was hit, and {sorted(differing)} are otherwise"
    if victim.suffix == ".log" and differing & {"objects", "schemas", "streams", "DescribeCampaign"}:
        return outcome, f"the record log was hit, and {sorted(differing)} are otherwise"
    # Rows that were hit go; whatever a page of the database held is few among so many.
    for name in ("records", "objects", "schemas"):
        lost = set(whole[name]) - set(answers[name]) if isinstance(answers[name], list) else set(whole[name])
        if len(lost) > len(whole[name]) // 2 + 1 and victim.suffix != ".sqlite-wal":
            return outcome, f"{len(lost)} of {len(whole[name])} {name} are lost by one bit"
    return outcome, None
