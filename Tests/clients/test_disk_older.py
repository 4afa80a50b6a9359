"""A database that is older than the files beside it, or is not there: nothing of what it does not know is given to what is made later."""

import os
import subprocess

import pytest

from harness import BINARY, Server
from test_disk_power import Caller, keys_of_records


def test_records_of_a_stream_that_the_database_lost_are_nobody_elses(tmp_path):
    data = tmp_path / "data"
    wal = data / "personalite.sqlite-wal"

    def serve():
        return Server(tmp_path, "--auth", "off", "--data-dir", data)

    server = serve()
    try:
        known = wal.stat().st_size
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="lost", ShardCount=1)[0] == 200
            for number in range(20):
                assert caller.kinesis("PutRecord", StreamName="lost", Data="c2VjcmV0", PartitionKey=f"k{number}")[0] == 200
    finally:
        server.kill()
    # What a loss of power may take under `--sync interval`.
    os.truncate(wal, known)
    for turn in range(2):
        server = serve()
        try:
            with Caller(server.port) as caller:
                if turn == 0:
                    assert caller.kinesis("CreateStream", StreamName="s", ShardCount=1)[0] == 200
                    assert "a stream that the database does not know" in server.tail()
                assert keys_of_records(caller) == set()
        finally:
            server.kill()


@pytest.mark.parametrize("leaves", ["nothing", "no byte"])
def test_a_lost_database_is_told_and_its_log_is_kept(leaves, tmp_path):
    data = tmp_path / "data"
    server = Server(tmp_path, "--auth", "off", "--data-dir", data)
    try:
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="kept", ShardCount=1)[0] == 200
    finally:
        server.kill()
    log = (data / "personalite.sqlite-wal").read_bytes()
    assert log
    (data / "personalite.sqlite").unlink()
    if leaves == "no byte":
        (data / "personalite.sqlite").touch()
    with pytest.raises(AssertionError, match="but not the database that names them"):
        Server(tmp_path, "--auth", "off", "--data-dir", data)
    done = subprocess.run([BINARY, "check", "--data-dir", data], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "is not there, though there are" in done.stdout + done.stderr
    assert (data / "personalite.sqlite-wal").read_bytes() == log
    subprocess.run([BINARY, "check", "--data-dir", data, "--repair"], capture_output=True, timeout=60)
    assert (data / "damaged" / "personalite.sqlite-wal").read_bytes() == log
    Server(tmp_path, "--auth", "off", "--data-dir", data).kill()


def test_a_file_with_an_impossible_number_is_none_of_the_log(tmp_path):
    data = tmp_path / "data"
    Server(tmp_path, "--auth", "off", "--data-dir", data).kill()
    (data / "log" / "ffffffffffffffff.log").write_bytes(os.urandom(100))
    server = Server(tmp_path, "--auth", "off", "--data-dir", data)
    try:
        with Caller(server.port) as caller:
            assert caller.kinesis("CreateStream", StreamName="s", ShardCount=1)[0] == 200
            assert caller.kinesis("PutRecord", StreamName="s", Data="aGk=", PartitionKey="k")[0] == 200
    finally:
        server.kill()
