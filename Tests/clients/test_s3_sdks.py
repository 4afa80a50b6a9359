"""S3 by SDKs that live outside the environment of the tests: Go's and Ruby's from Debian, s3fs in an environment of its own."""

import json
import os
import pathlib
import subprocess

import pytest

import harness

HERE = pathlib.Path(__file__).parent
MIB = 1 << 20
PYTHON_OF_S3FS = harness.ROOT / ".cache/s3fs/bin/python"


def job(server, *command):
    """The report that a program printed."""
    run = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, cwd=server.folder, env=harness.clean_environment(server.folder))
    assert run.returncode == 0, f"{run.stdout}{run.stderr}\n{server.tail()}"
    return json.loads(run.stdout)


def test_go(server, name, tmp_path):
    seen = job(server, harness.go_program("s3", tmp_path), server.url, f"go-{name}")
    assert seen["keys"] == ["copy of empty", "dir/empty", "dir/large"] and seen["pages"] == 2
    assert seen["tag"].endswith('-3"') and seen["same"] and seen["metadata"] == {"colour": "green"}
    assert seen["presigned"] == "206 Partial Content" and seen["missing"] == "NotFound"
    assert (seen["deleted"], seen["left"]) == (3, 0)


def test_ruby(server, name, tmp_path):
    (tmp_path / "large").write_bytes(os.urandom(12 * MIB))
    seen = job(server, "ruby", HERE / "ruby/s3.rb", server.url, f"ruby-{name}", tmp_path / "large")
    assert seen["tag"].endswith('-3"') and seen["same"] and seen["streamed"] == 7 * MIB
    assert seen["metadata"] == {"colour": "green"} and seen["presigned"] == 12 * MIB
    assert (seen["put"], seen["form"], seen["missing"], seen["exists"]) == ("200", "201", "NoSuchKey", [False, False])
    assert seen["keys"] == ["copy of empty", "dir/empty", "dir/large", "form", "put by url", "streamed"]
    assert (seen["versions"], seen["left"]) == (["null"], 0)


def test_s3fs(server, name):
    bucket = f"s3fs-{name}"
    seen = job(server, PYTHON_OF_S3FS, HERE / "s3fs_job.py", server.url, bucket)
    assert seen["found"] == [f"{bucket}/dir/empty", f"{bucket}/dir/large", f"{bucket}/dir/sub/small"]
    assert sorted(seen["listed"]) == [f"{bucket}/dir/empty", f"{bucket}/dir/large", f"{bucket}/dir/sub"]
    assert seen["sizes"] == {f"{bucket}/dir/empty": 0, f"{bucket}/dir/large": 12 * MIB, f"{bucket}/dir/sub/small": 5}
    assert seen["tag"].endswith('-3"') and seen["same"] and seen["middle"] == "000102"
    assert (seen["metadata"], seen["exists"], seen["moved"]) == ({"colour": "green"}, [True, False, False], "small, and more")
    assert (seen["left"], seen["gone"]) == ([f"{bucket}/moved"], True)
