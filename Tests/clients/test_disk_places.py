"""Files of a data directory that are not where they were left: gone, in each other's places, another directory's, cut short; at rest and under a server."""

import os
import pathlib
import shutil
import subprocess

import pytest

from harness import BINARY, Server, until
from test_disk_power import Caller, content, keys_of_records
from test_disk_repair import check
from world import World, rows


def items():
    return "ITEM_ID,GENRE,YEAR\n" + "".join(f"i{number},{'AB'[number % 2]},2001\n" for number in range(60))


def fill(folder, name):
    """A directory of a server that ended, with records, objects, two tables and two models; and one of its campaigns."""
    server = Server(folder, "--auth", "off", "--data-dir", folder / name)
    try:
        world = World(server, "w").load(rows(), items()).train("user", "popular")
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=1)[0] == 200
            assert caller.ask("PUT", "/kept")[0] == 200
            for number in range(20):
                assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=f"k{number}")[0] == 200
                assert caller.ask("PUT", f"/kept/n{number}", content(f"n{number}"))[0] == 200
        return folder / name, world.campaigns["user"]
    finally:
        server.stop()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("store"), "data")


@pytest.fixture
def copy(store, tmp_path):
    return pathlib.Path(shutil.copytree(store[0], tmp_path / "data"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("other"), "data")[0]


def segment(data):
    return max((data / "log").glob("*.log"))


def swap(one, two):
    aside = one.with_suffix(".swap")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)


def first_two(data, pattern):
    return sorted(data.glob(pattern))[:2]


CHANGES = {
    "a segment is gone": (lambda data, other: segment(data).unlink(), "log segment"),
    "another directory's segment": (lambda data, other: shutil.copy(segment(other), segment(data)), "log segment"),
    "the log is gone": (lambda data, other: shutil.rmtree(data / "log"), "log: "),
    "another directory's log": (lambda data, other: (shutil.rmtree(data / "log"), shutil.copytree(other / "log", data / "log")), "log: "),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_that_is_not_as_it_was_left_is_not_opened(change, copy, other, tmp_path):
    do, where = CHANGES[change]
    do(copy, other)
    before = sorted((path, path.stat().st_size) for path in copy.rglob("*") if path.is_file() and path.suffix != ".sqlite-shm")
    status, report = check(copy)
    assert status == 1 and where in report
    with pytest.raises(AssertionError, match="Put"):
        Server(tmp_path, "--auth", "off", "--data-dir", copy)
    assert {path for path, _ in before} <= set(copy.rglob("*"))
    status, report = check(copy, "--repair")
    assert where in report
    assert check(copy)[0] == 0
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        with Caller(server.port) as caller:
            assert keys_of_records(caller) == set()
            assert all(caller.ask("GET", f"/kept/n{number}")[1] == content(f"n{number}") for number in range(20))
            assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey="new")[0] == 200
            assert keys_of_records(caller) == {"new"}
    finally:
        server.kill()
    assert check(copy)[0] == 0


@pytest.mark.parametrize("pattern", ["datasets/*.table", "models/*.model"])
def test_tables_and_models_in_each_others_places_are_told(pattern, store, copy, tmp_path):
    one, two = first_two(copy, pattern)
    swap(one, two)
    status, report = check(copy)
    assert status == 1 and f"is the file of {two.stem}, not of {one.stem}" in report and f"is the file of {one.stem}, not of {two.stem}" in report
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        with Caller(server.port) as caller:
            if pattern.startswith("models"):
                status, body = caller.ask("POST", "/recommendations", f'{{"campaignArn":"{store[1]}","userId":"u1"}}'.encode(), content_type="application/json")
                assert status == 500, body
        if pattern.startswith("models"):
            assert "is the file of" in server.tail()
    finally:
        server.kill()
    assert check(copy, "--repair")[1].count("is the file of") == 2
    assert check(copy)[0] == 0
    assert len(list((copy / "damaged").rglob(pattern.split("/")[1]))) == 2


@pytest.mark.parametrize("pattern", ["datasets/*.table", "models/*.model"])
def test_tables_and_models_that_are_gone_are_told(pattern, copy, tmp_path):
    gone = first_two(copy, pattern)[0]
    gone.unlink()
    status, report = check(copy)
    assert status == 1 and f"{gone.relative_to(copy)}: is not there, and arn:aws:personalize" in report
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        assert gone.name in server.tail() and "a file is not there" in server.tail()
    finally:
        server.kill()
    assert check(copy, "--repair")[0] == 0
    assert check(copy)[0] == 0


def test_a_database_that_is_short_by_pages_keeps_the_rows_that_are_there(copy, tmp_path):
    database = copy / "personalite.sqlite"
    os.truncate(database, database.stat().st_size - 4096)
    assert check(copy)[0] == 1
    status, report = check(copy, "--repair")
    assert status == 0, report
    assert check(copy)[0] == 0
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        with Caller(server.port) as caller:
            assert caller.personalize("ListSchemas")[0] == 200
    finally:
        server.kill()


@pytest.mark.parametrize("name", ["lock", "personalite.sqlite-shm"])
def test_a_second_server_stays_out_whatever_is_removed(name, copy, tmp_path):
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        (copy / name).unlink()
        with pytest.raises(AssertionError, match="another server uses this data directory"):
            Server(tmp_path, "--auth", "off", "--data-dir", copy)
        status, report = check(copy)
        assert status == 1 and "another server uses this data directory" in report
    finally:
        server.kill()


@pytest.mark.parametrize("change", ["replaced", "cut"])
@pytest.mark.parametrize("kind", ["segment", "database"])
def test_files_that_are_changed_under_a_server_end_its_writing(kind, change, copy, tmp_path):
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        with Caller(server.port) as caller:
            assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey="k")[0] == 200
            assert caller.ask("GET", "/_personalite/ready")[0] == 200
            path = segment(copy) if kind == "segment" else copy / "personalite.sqlite"
            if change == "replaced":
                shutil.copy(path, tmp_path / "copy")
                os.replace(tmp_path / "copy", path)
            else:
                os.truncate(path, 100)
            until(lambda: caller.ask("GET", "/_personalite/ready")[0] == 503, what="noticed")
            status, answer = caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey="k")
            assert status == 503 and path.name in str(answer)
    finally:
        server.kill()


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(copy, tmp_path):
    table = first_two(copy, "datasets/*.table")[0]
    blob = next(path for path in (copy / "objects").rglob("*") if path.is_file())
    server = Server(tmp_path, "--auth", "off", "--data-dir", copy)
    try:
        for path in (table, blob):
            path.unlink()
            os.mkfifo(path)
        with Caller(server.port) as caller:
            answers = [caller.ask("GET", f"/kept/n{number}")[0] for number in range(20)]
            assert set(answers) <= {200, 500} and answers.count(500) <= 1
            assert caller.personalize("ListSchemas")[0] == 200
    finally:
        server.kill()


def test_a_database_that_may_only_be_read_is_refused(copy, tmp_path):
    if os.geteuid() == 0:
        # Whoever may do everything may write: the server is started as somebody else.
        for path in [copy, *copy.rglob("*")]:
            os.chown(path, 65534, 65534)
        for folder in [copy.parent, *copy.parent.parents]:
            if folder.stat().st_uid == 0 and folder != pathlib.Path("/"):
                folder.chmod(folder.stat().st_mode | 0o711)
    (copy / "personalite.sqlite").chmod(0o444)
    as_user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run([BINARY, "serve", "--port", "0", "--data-dir", copy], capture_output=True, text=True, timeout=20, cwd="/", **as_user)
    assert done.returncode == 1 and "may only be read" in done.stdout + done.stderr


def test_a_negative_size_is_refused_in_the_option_s_words():
    done = subprocess.run([BINARY, "serve", "--event-memory", "-1"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and "Missing value" not in done.stderr and "-1" in done.stderr


def test_the_directory_s_lock_says_which_file_it_is(tmp_path):
    data = tmp_path / "data"
    (data / "lock").mkdir(parents=True)
    done = subprocess.run([BINARY, "serve", "--port", "0", "--data-dir", data], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and f"{data}/lock" in done.stdout + done.stderr
