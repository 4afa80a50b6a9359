"""Habits of people who come from LocalStack or moto: paths, scripts of the start, names, and `awslocal`."""

import pathlib
import subprocess
import sys

import pytest

from harness import BINARY, clean_environment, sign, until
from test_commands import run


def test_health_and_reset(start):
    server = start()
    health = server.http("GET", "/_localstack/health").json
    assert health["services"]["kinesis"] == "running" and "personalize" in health["services"]
    assert server.http("HEAD", "/_localstack/health").status == 200
    assert server.http("GET", "/_localstack/init").json["completed"]["READY"] is True
    assert server.http("GET", "/_localstack/init/ready").json == {"completed": True, "scripts": []}
    assert server.http("GET", "/_localstack/nothing").status == 404
    for path in ("/moto-api/reset", "/_localstack/state/reset"):
        server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        # A page whose name was made to point at this machine.
        assert server.http("POST", path, headers={"host": "evil.example"}).status == 403
        assert server.http("POST", path, headers={"origin": "http://evil.example"}).status == 403
        assert server.http("POST", path).json == {"status": "ok"}
        assert server.client("kinesis").list_streams()["StreamNames"] == []
    assert server.http("POST", "/_localstack/health").status == 405
    # A bucket may have moto's name.
    s3 = server.client("s3")
    s3.create_bucket(Bucket="moto-api")
    s3.put_object(Bucket="moto-api", Key="reset", Body=b"x")
    assert s3.get_object(Bucket="moto-api", Key="reset")["Body"].read() == b"x"


def test_ready_is_said(start):
    server = start()
    until(lambda: not server.lines.empty() and server.lines.get() == "Ready.\n", what="Ready.")


def test_names_of_localstack(start):
    server = start()
    server.client("s3").create_bucket(Bucket="shop")
    port = server.port
    for host, path in [("shop.s3.localhost.localstack.cloud", "/k"), ("s3.localhost.localstack.cloud", "/shop/k"), ("shop.s3.us-east-1.localhost.localstack.cloud", "/k")]:
        target, headers, body = sign("PUT", f"{host}:{port}", path, b"x", {}, service="s3")
        assert server.http("PUT", target, body, headers).status == 200, host
    target, headers, body = sign("POST", f"kinesis.us-east-1.localhost.localstack.cloud:{port}", "/", b"{}", {
        "content-type": "application/x-amz-json-1.1", "x-amz-target": "Kinesis_20131202.ListStreams"}, service="kinesis")
    assert server.http("POST", target, body, headers).status == 200
    # Others can move that name, so it does not speak for this machine.
    assert server.http("POST", "/_localstack/state/reset", headers={"host": f"localhost.localstack.cloud:{port}"}).status == 403
    assert server.http("POST", "/_localstack/state/reset").status == 200


def test_scripts_run_before_the_server_is_ready(start, tmp_path):
    scripts = tmp_path / "init/ready.d"
    scripts.mkdir(parents=True)
    (scripts / "1-stream.sh").write_text('echo "$AWS_REGION"\n"$PYTHON" -c "import boto3; boto3.client(\'kinesis\').create_stream(StreamName=\'made\', ShardCount=1)"\n')
    (scripts / "2-fails.sh").write_text("exit 3\n")
    (scripts / "3-bucket.py").write_text(f"#!{sys.executable}\nimport boto3\nboto3.client('s3').create_bucket(Bucket='made')\n")
    (scripts / "3-bucket.py").chmod(0o755)
    (scripts / "notes.txt").write_text("no script")
    server = start("--init", tmp_path / "init", environment={"PYTHON": sys.executable})
    # `start` returns once the server is ready.
    assert server.client("kinesis").list_streams()["StreamNames"] == ["made"]
    assert [one["Name"] for one in server.client("s3").list_buckets()["Buckets"]] == ["made"]
    found = server.http("GET", "/_localstack/init").json
    assert [(one["name"], one["stage"], one["state"]) for one in found["scripts"]] == [
        ("1-stream.sh", "READY", "SUCCESSFUL"), ("2-fails.sh", "READY", "ERROR"), ("3-bucket.py", "READY", "SUCCESSFUL")]
    assert "2-fails.sh" in server.tail() and "code 3" in server.tail() and "us-east-1" in server.tail()


def test_a_server_that_ends_ends_its_scripts(tmp_path):
    (tmp_path / "1.sh").write_text("echo begun > begun; exec tail -f /dev/null\n")
    (tmp_path / "2.sh").write_text("echo never > never\n")
    process = subprocess.Popen([BINARY, "serve", "--port", "0", "--init", str(tmp_path)], cwd=tmp_path, stdout=subprocess.PIPE, env=clean_environment(tmp_path))
    try:
        until((tmp_path / "begun").exists)
        process.terminate()
        assert process.wait(20) == 0 and not (tmp_path / "never").exists()
    finally:
        process.kill()
        process.stdout.close()


def test_scripts_for_the_server_of_one_command(tmp_path):
    (tmp_path / "init").mkdir()
    (tmp_path / "init/a.sh").write_text(f'"{sys.executable}" -c "import boto3; boto3.client(\'kinesis\').create_stream(StreamName=\'made\', ShardCount=1)"\n')
    script = "import boto3; print(boto3.client('kinesis').list_streams()['StreamNames'])"
    assert run(tmp_path, "run", "--init", "init", "--", sys.executable, "-c", script)[:2] == (0, "['made']\n")


def test_scripts_that_cannot_be_run_are_refused(tmp_path):
    (tmp_path / "boot.d").mkdir()
    status, _, errors = run(tmp_path, "serve", "--port", "0", "--init", str(tmp_path))
    assert status == 1 and "boot.d" in errors
    status, _, errors = run(tmp_path, "serve", "--port", "0", "--init", str(tmp_path / "nowhere"))
    assert status == 1 and "nowhere" in errors


@pytest.mark.parametrize("variables", [{"AWS_ENDPOINT_URL": "{url}"}, {"LOCALSTACK_HOST": "127.0.0.1:{port}"}])
def test_awslocal(server, tmp_path, variables):
    named = {name: value.format(url=server.url, port=server.port) for name, value in variables.items()}
    folder = pathlib.Path(sys.executable).parent
    environment = clean_environment(tmp_path, **named)
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    done = subprocess.run([sys.executable, folder / "awslocal", "kinesis", "list-streams"], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0 and "StreamNames" in done.stdout, done.stderr
