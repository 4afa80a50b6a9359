"""`personalite run`, `env` and `wait`: what people type before and around their own programs."""

import signal
import subprocess
import sys

import pytest

from harness import BINARY, Server, clean_environment
from test_lambda_sources import Fed
from world import World

# An application's test, which knows of no server: it finds everything in the environment, as it does on AWS.
APPLICATION = """
import boto3
kinesis, personalize, s3 = boto3.client("kinesis"), boto3.client("personalize"), boto3.client("s3")
kinesis.create_stream(StreamName="s", ShardCount=1)
print(kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")["ShardId"])
s3.create_bucket(Bucket="shop")
s3.put_object(Bucket="shop", Key="k", Body=b"body")
print(s3.get_object(Bucket="shop", Key="k")["Body"].read().decode())
print(len(personalize.list_recipes()["recipes"]) > 5)
"""


def run(folder, *arguments, timeout=60, stdin=subprocess.DEVNULL, **variables):
    done = subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=timeout, stdin=stdin, cwd=folder, env=clean_environment(folder, **variables)
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.kill()


def test_an_application_s_tests_run_without_a_fixture(tmp_path):
    misleading = {
        "AWS_PROFILE": "other", "AWS_SESSION_TOKEN": "x", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1", "PERSONALITE_PORT": "1",
    }
    status, output, errors = run(tmp_path, "run", "--", sys.executable, "-c", APPLICATION, TMPDIR=str(tmp_path), **misleading)
    assert (status, output.split()) == (0, ["shardId-000000000000", "body", "True"]), errors
    assert errors == "" and not list(tmp_path.glob("personalite-*.log"))


def test_two_at_a_time_do_not_meet(tmp_path):
    both = [
        subprocess.Popen([BINARY, "run", sys.executable, "-c", APPLICATION], stdout=subprocess.PIPE, text=True, env=clean_environment(tmp_path))
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].split()[0] for process in both] == ["shardId-000000000000"] * 2
    assert [process.returncode for process in both] == [0, 0]


def test_the_command_s_end_is_the_end(tmp_path):
    assert run(tmp_path, "run", "--", "sh", "-c", "exit 3")[0] == 3
    assert run(tmp_path, "run", "--", "sh", "-c", "kill -9 $$")[0] == 128 + signal.SIGKILL
    status, _, errors = run(tmp_path, "run", "--", "no-such-command")
    assert status == 127 and "no-such-command" in errors
    (tmp_path / "plain").write_text("")
    assert run(tmp_path, "run", "--", str(tmp_path / "plain"))[0] == 126
    assert not list(tmp_path.glob("personalite-*.log"))


def test_the_log_of_a_failed_command_s_server_is_kept(tmp_path):
    script = "import boto3, sys; boto3.client('kinesis').describe_stream_summary(StreamName='none')"
    status, _, errors = run(tmp_path, "run", "--log-level", "debug", "--", sys.executable, "-c", script, TMPDIR=str(tmp_path))
    logs = list(tmp_path.glob("personalite-*.log"))
    assert status == 1 and len(logs) == 1 and str(logs[0]) in errors
    assert logs[0].stat().st_mode & 0o077 == 0 and "DescribeStreamSummary" in logs[0].read_text()


def test_the_command_has_the_process_that_we_were_given(tmp_path):
    script = "umask; ulimit -Sn; cat; exit 0"
    process = subprocess.run(
        ["sh", "-c", f'umask 027; ulimit -Sn 200; exec "{BINARY}" run -- sh -c "{script}"'], input="typed", capture_output=True, text=True, timeout=60,
        env=clean_environment(tmp_path),
    )
    assert process.stdout.split() == ["0027", "200", "typed"], process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_handed_on(number, tmp_path):
    script = "import signal, time\nsignal.signal(%d, lambda *_: exit(7))\nprint('up', flush=True)\nwhile True: signal.pause()" % number
    command = [BINARY, "run", "--", sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_environment(tmp_path)) as process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.wait(20) == 7


def test_options_of_the_server_stand_before_the_dashes(tmp_path):
    script = "test -f d/personalite.sqlite && echo $AWS_REGION"
    assert run(tmp_path, "run", "--data-dir", "d", "--region", "eu-west-1", "--", "sh", "-c", script)[:2] == (0, "eu-west-1\n")
    for wrong, words in [(["--nonsense", "--", "true"], "Unknown option"), (["--data-dir"], "two dashes"), ([], "give a command"), (["--"], "no command")]:
        status, _, errors = run(tmp_path, "run", *wrong)
        assert status == 64 and words in errors
    (tmp_path / "file").write_text("")
    status, _, errors = run(tmp_path, "run", "--data-dir", "file", "--", "true", TMPDIR=str(tmp_path))
    assert status == 1 and "cannot start: " in errors and not list(tmp_path.glob("personalite-*.log"))
    status, output, _ = run(tmp_path, "run", "--help")
    assert status == 0 and "personalite run -- pytest" in output


def test_env_is_understood_by_shells(server, tmp_path):
    command = f'eval "$("{BINARY}" env --endpoint {server.url})"; "{sys.executable}" -c "import boto3; print(boto3.client(\'kinesis\').list_streams()[\'StreamNames\'])"'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, env=clean_environment(tmp_path))
    assert done.stdout == "[]\n", done.stderr
    odd = "a'b \"c\" $HOME \\"
    done = subprocess.run(
        ["sh", "-c", f'eval "$("{BINARY}" env --secret-key "$ODD")"; printf %s "$AWS_SECRET_ACCESS_KEY"'], capture_output=True, text=True, timeout=20,
        env=clean_environment(tmp_path, ODD=odd),
    )
    assert done.stdout == odd
    gone = f'eval "$("{BINARY}" env)"; eval "$("{BINARY}" env --unset)"; env'
    done = subprocess.run(["sh", "-c", gone], capture_output=True, text=True, timeout=20, env=clean_environment(tmp_path))
    assert "AWS_" not in done.stdout
    lines = {shell: run(tmp_path, "env", "--shell", shell)[1].splitlines()[0] for shell in ("fish", "powershell", "dotenv")}
    assert lines == {
        "fish": "set -gx AWS_ENDPOINT_URL http://127.0.0.1:4590", "powershell": "$Env:AWS_ENDPOINT_URL = 'http://127.0.0.1:4590'",
        "dotenv": "AWS_ENDPOINT_URL=http://127.0.0.1:4590",
    }
    assert run(tmp_path, "env", SHELL="/usr/bin/fish")[1].startswith("set -gx ")
    assert run(tmp_path, "env", "--endpoint", "ftp://x")[0] == 1


def test_a_profile_is_written_once_and_works(server, tmp_path):
    config = tmp_path / ".aws/config"
    config.parent.mkdir(exist_ok=True)
    config.write_text("[profile other]\nregion = eu-west-1")
    status, _, errors = run(tmp_path, "env", "--profile", "shop", "--endpoint", server.url)
    assert status == 1 and "--yes" in errors and config.read_text().endswith("eu-west-1")
    assert run(tmp_path, "env", "--profile", "shop", "--endpoint", server.url, "--yes")[0] == 0
    script = "import boto3; print(boto3.Session(profile_name='shop').client('kinesis').list_streams()['StreamNames'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=clean_environment(tmp_path))
    assert done.stdout == "[]\n", done.stderr
    written = config.read_text()
    status, _, errors = run(tmp_path, "env", "--profile", "shop", "--yes")
    assert status == 1 and "already" in errors and config.read_text() == written
    assert run(tmp_path, "env", "--profile", "a b", "--yes")[0] == 1
    fresh = tmp_path / "fresh/config"
    assert run(tmp_path, "env", "--profile", "shop", "--yes", AWS_CONFIG_FILE=str(fresh))[0] == 0
    assert fresh.stat().st_mode & 0o077 == 0 and fresh.read_text().startswith("[profile shop]\nregion = us-east-1\n")


def test_wait_for_a_server(tmp_path):
    status, _, errors = run(tmp_path, "wait", "--endpoint", "http://127.0.0.1:1", "--timeout", "0.2")
    assert status == 1 and "not ready within 0.2 s" in errors and "Connection refused" in errors
    server = Server(tmp_path)
    try:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            assert run(tmp_path, "wait", "--endpoint", url) == (0, "", "")
        assert run(tmp_path, "wait", AWS_ENDPOINT_URL=server.url)[0] == 0
    finally:
        server.kill()
    for wrong in ("https://127.0.0.1:1", "127.0.0.1:4590", "http://", "http://a:b", "http://a:70000"):
        status, _, errors = run(tmp_path, "wait", "--endpoint", wrong, "--timeout", "0")
        assert status == 1 and "is no endpoint" in errors
    assert run(tmp_path, "wait", "--timeout", "-1")[0] == 64


def test_wait_for_resources(tmp_path):
    server = Server(tmp_path, "--job-delay", "0.3", "--stream-delay", "0.3")
    try:
        world = World(server, "w").small()
        solution = world.solution("popular")
        version = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        status, _, errors = run(tmp_path, "wait", version, solution, world.group_arn, AWS_ENDPOINT_URL=server.url)
        assert status == 0 and [line.split()[-1] for line in errors.splitlines()][-3:] == ["ACTIVE"] * 3
        assert world.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]["status"] == "ACTIVE"
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        stream = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        assert run(tmp_path, "wait", stream, AWS_ENDPOINT_URL=server.url)[0] == 0
        location = world.put("users.csv", b"USER_ID\nu0\n")
        deletion = world.personalize.create_data_deletion_job(
            jobName="d", datasetGroupArn=world.group_arn, dataSource={"dataLocation": location}, roleArn="arn:aws:iam::000000000000:role/personalite",
        )["dataDeletionJobArn"]
        status, _, errors = run(tmp_path, "wait", deletion, AWS_ENDPOINT_URL=server.url)
        assert status == 0 and errors.split()[-1] == "COMPLETED", errors
        broken = world.personalize.create_dataset_import_job(
            jobName="broken", datasetArn=world.datasets["Interactions"],
            dataSource={"dataLocation": "s3://nowhere/x.csv"}, roleArn="arn:aws:iam::000000000000:role/personalite",
        )["datasetImportJobArn"]
        status, _, errors = run(tmp_path, "wait", broken, AWS_ENDPOINT_URL=server.url)
        assert status == 1 and "CREATE FAILED: " in errors
        for arn, words in [("nonsense", "is no ARN"), ("arn:aws:s3:::b", "no status"), (version + "x", "ResourceNotFound"), (stream + "x", "ResourceNotFound")]:
            status, _, errors = run(tmp_path, "wait", arn, AWS_ENDPOINT_URL=server.url)
            assert status == 1 and words in errors, errors
    finally:
        server.kill()


def test_wait_until_a_stream_is_read_by_clients(server, tmp_path):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=2)
    stream = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]

    def drained(*more):
        status, _, errors = run(tmp_path, "wait", "--drained", stream, *more, "--timeout", "0.1", AWS_ENDPOINT_URL=server.url)
        return errors if status else None

    assert drained() is None
    kinesis.put_records(StreamName="s", Records=[{"PartitionKey": str(n), "Data": b"x"} for n in range(20)])
    assert "nobody has read shardId-000000000000, shardId-000000000001 to the end" in drained()
    for shard in ("shardId-000000000000", "shardId-000000000001"):
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        iterator = kinesis.get_records(ShardIterator=iterator, Limit=1)["NextShardIterator"]
        assert shard in drained()
        kinesis.get_records(ShardIterator=iterator)
    assert drained() is None
    consumer = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="c")["Consumer"]["ConsumerARN"]
    events = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    assert sum(len(next(iter(events))["SubscribeToShardEvent"]["Records"]) for _ in range(1)) > 0 and drained() is None
    events.close()
    assert "is no stream" in drained("arn:aws:personalize:us-east-1:000000000000:campaign/c")
    assert run(tmp_path, "wait", "--drained")[0] == 64
    assert "ResourceNotFound" in run(tmp_path, "wait", "--drained", stream + "x", AWS_ENDPOINT_URL=server.url)[2]


def test_wait_until_a_function_is_done_with_a_stream(server, tmp_path):
    """What the function did is there when the command returns, without a look for it again and again."""
    refuses = """    if "bad" in seen and not s3.list_objects_v2(Bucket=os.environ["BUCKET"], Prefix="mended").get("Contents"):
        raise ValueError("bad")"""
    fed = Fed(server, "drained", refuses, shards=2, StartingPosition="TRIM_HORIZON", BatchSize=3)
    for number in range(3):
        for key in range(10):
            fed.put(f"{number} {key}", key=str(key))
        status, _, errors = run(tmp_path, "wait", "--drained", fed.stream, AWS_ENDPOINT_URL=server.url)
        assert status == 0, errors
        assert fed.seen() == {f"{n} {key}" for n in range(number + 1) for key in range(10)}
    fed.put("bad")
    status, _, errors = run(tmp_path, "wait", "--drained", fed.stream, "--timeout", "0.1", AWS_ENDPOINT_URL=server.url)
    assert status == 1 and fed.mapping["UUID"] in errors and "is not done with it" in errors, errors
    fed.s3.put_object(Bucket=fed.name, Key="mended", Body=b"")
    assert run(tmp_path, "wait", "--drained", fed.stream, AWS_ENDPOINT_URL=server.url)[0] == 0
