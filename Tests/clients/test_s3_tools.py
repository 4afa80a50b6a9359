"""S3 by the command lines that Debian has: rclone, s3cmd and the aws CLI version 2. The tree has files that are empty and one that goes in parts."""

import os
import subprocess

import pytest

import harness
from commandline import DEBIAN, CommandLine

MIB = 1 << 20
EMPTY = [f"sub/deep/empty {number}" for number in range(5)]


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    (folder / "sub/deep").mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "sub/grüße + 100%.txt").write_text("two")
    (folder / "large").write_bytes(os.urandom(20 * MIB))
    for path in EMPTY:
        (folder / path).touch()
    return folder


def files(folder):
    """What is in a tree: the contents of each file by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sizes(tree):
    return {f"tree/{path}": len(body) for path, body in files(tree).items()}


def stored(s3, bucket):
    return {item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]}


def buckets(s3):
    return [item["Name"] for item in s3.list_buckets()["Buckets"]]


def tool(server, *command, **environment):
    """What a program printed, and what it complained of."""
    run = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60, cwd=server.folder,
        env=harness.clean_environment(server.folder, LC_ALL="C.UTF-8", **environment))
    assert run.returncode == 0, f"{command}: {run.returncode}\n{run.stdout}{run.stderr}\n{server.tail()}"
    return run.stdout + run.stderr


def test_rclone(server, s3, name, tree, tmp_path):
    place = f"here:rclone-{name}"
    settings = {
        "type": "s3", "provider": "Other", "endpoint": server.url, "region": harness.REGION, "access_key_id": "test", "secret_access_key": "test",
        "upload_cutoff": "5M", "chunk_size": "5M",
    }
    remote = {f"RCLONE_CONFIG_HERE_{key.upper()}": value for key, value in settings.items()}

    def rclone(*arguments):
        # One attempt: what works only when it is tried again does not work.
        return tool(server, "rclone", "--config", "", "--retries", "1", "--low-level-retries", "1", *arguments, **remote)

    rclone("mkdir", place)
    assert f"rclone-{name}" in rclone("lsd", "here:")
    rclone("copy", "-M", "--metadata-set", "colour=green", tree / "a.txt", f"{place}/once")
    assert s3.head_object(Bucket=f"rclone-{name}", Key="once/a.txt")["Metadata"]["colour"] == "green"
    rclone("sync", tree, f"{place}/tree")
    assert stored(s3, f"rclone-{name}") == {"once/a.txt": 3, **sizes(tree)}
    assert s3.head_object(Bucket=f"rclone-{name}", Key="tree/large")["ETag"].endswith('-4"')
    assert rclone("lsl", f"{place}/tree").count("sub/deep/empty") == 5
    assert "0 differences found" in rclone("check", "--download", tree, f"{place}/tree")
    assert "There was nothing to transfer" in rclone("sync", "-v", tree, f"{place}/tree")
    (tree / "a.txt").unlink()
    rclone("sync", tree, f"{place}/tree")
    rclone("copy", f"{place}/tree", tmp_path / "back")
    assert files(tmp_path / "back") == files(tree)
    rclone("moveto", f"{place}/once/a.txt", f"{place}/twice/b.txt")
    assert rclone("cat", f"{place}/twice/b.txt") == "one"
    rclone("purge", place)
    assert f"rclone-{name}" not in buckets(s3)


def test_s3cmd(server, s3, name, tree, tmp_path):
    place = f"s3://s3cmd-{name}"
    host = f"127.0.0.1:{server.port}"
    start = [
        "s3cmd", "--no-ssl", f"--host={host}", f"--host-bucket={host}", "--access_key=test", "--secret_key=test", f"--region={harness.REGION}",
        "--multipart-chunk-size-mb=5", "--no-progress",
    ]

    def s3cmd(*arguments):
        return tool(server, *start, *arguments)

    s3cmd("mb", place)
    s3cmd("put", "--add-header=x-amz-meta-colour:green", tree / "a.txt", f"{place}/once/a.txt")
    assert "x-amz-meta-colour: green" in s3cmd("info", f"{place}/once/a.txt")
    s3cmd("sync", tree, f"{place}/")
    assert stored(s3, f"s3cmd-{name}") == {"once/a.txt": 3, **sizes(tree)}
    assert s3.head_object(Bucket=f"s3cmd-{name}", Key="tree/large")["ETag"].endswith('-4"')
    assert s3cmd("ls", "--recursive", place).count("sub/deep/empty") == 5
    assert "upload:" not in s3cmd("sync", tree, f"{place}/")
    (tmp_path / "back").mkdir()
    s3cmd("sync", f"{place}/tree/", f"{tmp_path / 'back'}/")
    assert files(tmp_path / "back") == files(tree)
    s3cmd("mv", f"{place}/once/a.txt", f"{place}/twice/b.txt")
    assert f"http://{host}/s3cmd-{name}/twice/b.txt?" in s3cmd("signurl", f"{place}/twice/b.txt", "+60")
    s3cmd("del", "--recursive", "--force", place)
    s3cmd("rb", place)
    assert f"s3cmd-{name}" not in buckets(s3)


@pytest.fixture
def version2(server):
    running = []

    def start(service):
        running.append(CommandLine(server, service, python=DEBIAN))
        return running[-1]

    yield start
    for line in running:
        line.close()


def test_the_aws_cli_version_2(server, s3, name, tree, tmp_path, version2):
    assert tool(server, DEBIAN, "-m", "awscli", "--version").startswith("aws-cli/2.")
    place, line = f"s3://aws2-{name}", version2("s3")

    def aws(*arguments):
        status, output, errors = line.run(*map(str, arguments))
        assert status == 0, f"{arguments}: {status} {output}{errors}\n{server.tail()}"
        return output

    aws("mb", place)
    aws("cp", tree / "a.txt", f"{place}/once/a.txt", "--metadata", "colour=green")
    assert s3.head_object(Bucket=f"aws2-{name}", Key="once/a.txt")["Metadata"] == {"colour": "green"}
    assert aws("sync", tree, f"{place}/tree", "--no-progress").count("upload:") == 8
    assert stored(s3, f"aws2-{name}") == {"once/a.txt": 3, **sizes(tree)}
    assert s3.head_object(Bucket=f"aws2-{name}", Key="tree/large")["ETag"].endswith('-3"')
    assert aws("ls", "--recursive", f"{place}/tree/").count("sub/deep/empty") == 5
    assert aws("sync", tree, f"{place}/tree", "--no-progress") == ""
    aws("sync", f"{place}/tree", tmp_path / "back", "--no-progress")
    assert files(tmp_path / "back") == files(tree)
    aws("mv", f"{place}/once/a.txt", f"{place}/twice/b.txt")
    assert aws("rm", "--recursive", place).count("delete:") == 9
    aws("rb", place)
    assert f"aws2-{name}" not in buckets(s3)


def test_kinesis_by_the_aws_cli_version_2(name, version2):
    line = version2("kinesis")
    assert line.ask("create-stream", {"StreamName": name, "ShardCount": 1}) is None
    put = line.ask("put-records", {"StreamName": name, "Records": [{"Data": "b25l", "PartitionKey": "p"}, {"Data": "", "PartitionKey": "p"}]})
    assert put["FailedRecordCount"] == 0
    shard = line.ask("list-shards", {"StreamName": name})["Shards"][0]["ShardId"]
    iterator = line.ask("get-shard-iterator", {"StreamName": name, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})["ShardIterator"]
    assert [record["Data"] for record in line.ask("get-records", {"ShardIterator": iterator})["Records"]] == ["b25l", ""]
    assert line.refusal("describe-stream", {"StreamName": f"no-{name}"})[0] == "ResourceNotFoundException"
    assert line.ask("delete-stream", {"StreamName": name}) is None
