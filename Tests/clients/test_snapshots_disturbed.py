"""`personalite snapshot save` when something comes between: kill -9, another file system, a client that does not wait."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import pytest

from harness import BINARY, clean_environment, until
from test_commands import run
from test_snapshots import shelf  # noqa: F401


def kill_in_the_middle(shelf, server, name, files):
    """Has a snapshot made, and kills the server once the draft has so many files or the save is over. Returns whether it was in the middle."""
    asking = subprocess.Popen(
        [BINARY, "snapshot", "save", name], cwd=shelf.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=clean_environment(shelf.folder, AWS_ENDPOINT_URL=server.url))
    drafted = 0
    while asking.poll() is None and drafted < files:
        drafted = sum(len(names) for draft in shelf.drafts() for _, _, names in os.walk(shelf.snapshots / draft))
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(20)
    asking.wait(20)
    return not (shelf.snapshots / name).exists()


def test_a_kill_leaves_no_half_snapshot(shelf):
    server = shelf.start("--data-dir", "d")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="many")
    for number in range(400):
        s3.put_object(Bucket="many", Key=f"k{number}", Body=b"x" * 100_000)
    cut = 0
    # From the log's files over those of the objects to the database, which comes last.
    for attempt, files in enumerate((1, 3, 20, 200, 395, 402, 403, 404)):
        cut += kill_in_the_middle(shelf, server, f"cut-{attempt}", files)
        server = shelf.start("--data-dir", "d")
        for name in shelf.names(server):
            shelf.check(name)
    assert cut >= 3, "no kill was in the middle of a save"
    shelf.ask(server, "save", "whole")
    shelf.check("whole")
    assert shelf.drafts() == []


@pytest.fixture
def elsewhere(shelf):
    """Has the snapshots on another file system than the data."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm")) if os.path.isdir("/dev/shm") else shelf.folder
    if folder.stat().st_dev == shelf.folder.stat().st_dev:
        pytest.skip("there is one file system only")
    shelf.snapshots = folder / "snapshots"
    yield shelf
    for server in shelf.servers:
        server.kill()
    shutil.rmtree(folder)


def test_a_save_to_another_file_system_holds_nobody_up(elsewhere):
    shelf = elsewhere
    server = shelf.start("--data-dir", "d")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    for number in range(12):
        s3.put_object(Bucket="large", Key=f"k{number}", Body=os.urandom(1 << 20) * 20)
    waits = []
    for name in ("a", "b", "c"):
        saving = subprocess.Popen(
            [BINARY, "snapshot", "save", name], cwd=shelf.folder, stdout=subprocess.DEVNULL, env=clean_environment(shelf.folder, AWS_ENDPOINT_URL=server.url))
        begun, longest = time.monotonic(), 0.0
        while saving.poll() is None:
            before = time.monotonic()
            s3.put_object(Bucket="large", Key="small", Body=str(before).encode())
            longest = max(longest, time.monotonic() - before)
        assert saving.wait() == 0
        waits.append((longest, time.monotonic() - begun))
    # What changes objects went on for most of the time in which 240 MB were copied.
    assert any(longest < whole / 2 for longest, whole in waits), waits
    shelf.check("c")
    assert not (shelf.folder / "d/.saving").exists()
    other = shelf.start("--snapshot", "c")
    assert other.client("s3").get_object(Bucket="large", Key="k7")["Body"].read() == s3.get_object(Bucket="large", Key="k7")["Body"].read()
    # A kill leaves nothing for long.
    kill_in_the_middle(shelf, server, "cut", 3)
    server = shelf.start("--data-dir", "d")
    assert not (shelf.folder / "d/.saving").exists() and set(shelf.names(server)) >= {"a", "b", "c"}
    for name in shelf.names(server):
        shelf.check(name)


def test_a_save_that_takes_long_is_explained(shelf, relay):
    given_up = threading.Event()

    def silent(handler, *_):
        # The request is passed on when nobody waits for its answer any more.
        if "/snapshots/" in handler.path:
            given_up.wait(30)

    server = shelf.start("--data-dir", "d")
    status, _, errors = run(shelf.folder, "snapshot", "save", "slow", "--timeout", "0.5", AWS_ENDPOINT_URL=relay(server, silent).url)
    given_up.set()
    assert status == 1 and "has not said within 0.5 s that it is done" in errors and "snapshot list" in errors, errors
    until(lambda: shelf.names(server) == ["slow"], what="the snapshot is made all the same")
