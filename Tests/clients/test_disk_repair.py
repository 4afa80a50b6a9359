"""`check --repair` that is interrupted, or meets what it cannot read: nothing is lost that was whole, and a second repair finds what the first left."""

import errno
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

import disk
from harness import BINARY, Server
from test_disk_power import SCHEMA, Caller, content, keys_of_records, pages

RECORDS = {f"r{number}" for number in range(60)}


def check(data, *options, **more):
    done = subprocess.run([BINARY, "check", "--data-dir", data, *options], capture_output=True, text=True, timeout=120, **more)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A directory of a server that ended, with records, objects and schemas."""
    folder = tmp_path_factory.mktemp("store")
    server = Server(folder, "--auth", "off", "--data-dir", folder / "data")
    try:
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=1)[0] == 200
            assert caller.ask("PUT", "/kept")[0] == 200
            for name in sorted(RECORDS):
                assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey=name)[0] == 200
                assert caller.personalize("CreateSchema", name=name, schema=SCHEMA)[0] == 200
            for number in range(5):
                assert caller.ask("PUT", f"/kept/n{number}", content(f"n{number}"))[0] == 200
    finally:
        server.stop()
    return folder / "data"


def answers(folder, data):
    """(keys of records, names of schemas, names of objects) of a server on the directory."""
    server = Server(folder, "--auth", "off", "--data-dir", data)
    try:
        with Caller(server.port) as caller:
            schemas = set(pages(caller, "ListSchemas", lambda answer: [schema["name"] for schema in answer["schemas"]]))
            objects = {f"n{number}" for number in range(5) if caller.ask("GET", f"/kept/n{number}")[0] == 200}
            return keys_of_records(caller), schemas, objects
    finally:
        server.kill()


def damage(data, kind):
    """More than a bit, so that it cannot be turned back."""
    if kind == "database":
        path = data / "personalite.sqlite"
        # A page of the schemas' rows: the file ends with them.
        at = path.stat().st_size // 4096 * 4096 - 6 * 4096 + 2000
    else:
        path = max((data / "log").glob("*.log"), key=lambda path: path.stat().st_size)
        at = path.stat().st_size // 2
    bytes_ = bytearray(path.read_bytes())
    for offset in range(at, at + 8):
        bytes_[offset] ^= 0x55
    path.write_bytes(bytes_)


def test_a_database_without_its_definitions_is_told_and_left(store, tmp_path):
    data = pathlib.Path(shutil.copytree(store, tmp_path / "data"))
    with sqlite3.connect(data / "personalite.sqlite") as database:
        # Their pages are of no table, so no table says where they are; the first of all begins with them.
        taken = {page for page, in database.execute("SELECT pageno FROM dbstat WHERE name != 'sqlite_schema'")}
    database.close()
    path = data / "personalite.sqlite"
    content = bytearray(path.read_bytes())
    page = max(number for number in range(2, len(content) // 4096 + 1) if number not in taken)
    for offset in range((page - 1) * 4096 + 2000, (page - 1) * 4096 + 2008):
        content[offset] ^= 0x55
    path.write_bytes(bytes(content))
    status, words = check(data, "--repair")
    assert status == 1 and "cannot be repaired" in words
    # What is there is what was there, for whoever knows more.
    assert path.read_bytes() == bytes(content)


@pytest.mark.parametrize("kind", ["database", "log"])
@pytest.mark.parametrize("call", ["rename", "sync", "unlink", "write"])
def test_a_repair_that_fails_half_way_is_finished_by_the_next(kind, call, store, tmp_path):
    (tmp_path / "wanted").mkdir()
    shutil.copytree(store, tmp_path / "wanted" / "data")
    damage(tmp_path / "wanted" / "data", kind)
    assert check(tmp_path / "wanted" / "data", "--repair")[0] == 0
    wanted = answers(tmp_path / "wanted", tmp_path / "wanted" / "data")
    assert wanted[2] == {f"n{number}" for number in range(5)} and len(wanted[0]) > 20 and len(wanted[1]) > 20
    for after in range(6):
        place = tmp_path / f"{after}"
        place.mkdir()
        data = pathlib.Path(shutil.copytree(store, place / "data"))
        damage(data, kind)
        faulty = disk.Disk(place, data, keeps_journal=False)
        faulty.fail(call, after=after, count=1, code=errno.EIO)
        status, words = check(data, "--repair", env={**os.environ, **faulty.environment})
        failed = faulty.heal()
        # A sync or the removal of a temporary file that fails need not end it; whoever says that it is done has done it.
        assert status == 0 or failed, words
        if status:
            check(data, "--repair")
        status, words = check(data)
        assert status == 0, f"after {after}: {words}"
        assert answers(place, data) == wanted, f"{call} {after}, {failed} failed"
        if not failed:
            break


@pytest.mark.parametrize("name", ["objects", "models", "log", "one object"])
def test_what_cannot_be_read_now_is_not_set_aside(name, store, tmp_path):
    data = pathlib.Path(shutil.copytree(store, tmp_path / "data"))
    (data / "models").mkdir(exist_ok=True)
    locked = next(data.glob("objects/*/*")) if name == "one object" else data / name
    mode = locked.stat().st_mode
    # The superuser reads everything.
    somebody = {} if os.geteuid() else {"user": 65534}
    if somebody:
        for path in [tmp_path, data, *data.rglob("*")]:
            os.chown(path, 65534, 65534)
        for path in tmp_path.parents:
            if path.stat().st_uid == 0 and path != pathlib.Path("/") and not path.stat().st_mode & 1:
                path.chmod(path.stat().st_mode | 0o11)
    locked.chmod(0)
    try:
        for options in ([], ["--repair"]):
            status, words = check(data, *options, **somebody)
            assert status == 1 and "cannot be read: Permission denied" in words, words
        assert not (data / "damaged").exists()
    finally:
        locked.chmod(mode)
    assert check(data)[0] == 0
    assert answers(tmp_path, data)[0] == RECORDS


def test_a_pipe_in_the_place_of_a_file_is_named_and_nobody_waits(store, tmp_path):
    data = pathlib.Path(shutil.copytree(store, tmp_path / "data"))
    path = next(data.glob("objects/*/*"))
    path.unlink()
    os.mkfifo(path)
    status, words = check(data, "--repair")
    assert status == 1 and "it is no regular file" in words, words


def test_a_part_that_is_damaged_does_not_become_an_object(tmp_path):
    data = tmp_path / "data"
    server = Server(tmp_path, "--auth", "off", "--data-dir", data)
    try:
        with Caller(server.port) as caller:
            assert caller.ask("PUT", "/kept")[0] == 200
            upload = caller.ask("POST", "/kept/joined?uploads")[1].split(b"<UploadId>")[1].split(b"<")[0].decode()
            assert caller.ask("PUT", f"/kept/joined?partNumber=1&uploadId={upload}", os.urandom(3 << 20))[0] == 200
            listed = caller.ask("GET", f"/kept/joined?uploadId={upload}")[1]
            tag = listed.split(b"<ETag>")[1].split(b"</ETag>")[0].decode()
    finally:
        server.stop()
    path = next(data.glob("objects/*/*"))
    bytes_ = bytearray(path.read_bytes())
    bytes_[1000] ^= 1
    path.write_bytes(bytes_)
    body = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>"
    server = Server(tmp_path, "--auth", "off", "--data-dir", data)
    try:
        with Caller(server.port) as caller:
            status, answer = caller.ask("POST", f"/kept/joined?uploadId={upload}", body)
            assert status == 500 and b"InternalError" in answer
            assert caller.ask("GET", "/kept/joined")[0] == 404
    finally:
        server.kill()
