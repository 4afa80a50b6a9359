"""The one port over TLS and HTTP/2, with clients that know nothing of each other: curl, boto3, the AWS SDK for Go."""

import hashlib
import json
import os
import pathlib
import socket
import ssl
import stat
import subprocess

import boto3
import botocore.config
import pytest

import harness


@pytest.fixture(scope="module")
def certificate(server, tmp_path_factory):
    """The shared server's certificate in a file; the first line after its banner says where it is had."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(server.http("GET", "/_personalite/certificate").body)
    return path


def secure(server, service, certificate, **config):
    return boto3.client(
        service, endpoint_url=f"https://localhost:{server.port}", verify=str(certificate), region_name=harness.REGION,
        aws_access_key_id="test", aws_secret_access_key="test",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30, **config))


def curl(server, *arguments):
    return server.curl("-w", "\n%{http_version} %{http_code}", *arguments).rsplit("\n", 1)


@pytest.mark.parametrize("arguments, scheme, version", [
    ((), "http", "1.1"), (("--http2-prior-knowledge",), "http", "2"), (("--http1.1",), "https", "1.1"), (("--http2",), "https", "2"),
])
def test_curl_by_every_way(server, certificate, arguments, scheme, version):
    body, said = curl(server, *arguments, "--cacert", certificate, f"{scheme}://localhost:{server.port}/_personalite/health")
    assert json.loads(body)["status"] == "ok" and said == f"{version} 200"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_this_machines_names(server, certificate, host):
    assert curl(server, "--cacert", certificate, f"https://{host}:{server.port}/_personalite/ready")[1].endswith(" 200")
    context = ssl.create_default_context(cafile=certificate)
    with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=10), server_hostname=host) as secured:
        names = secured.getpeercert()["subjectAltName"]
    # Not every client takes the third: OpenSSL wants two labels behind an asterisk.
    assert names == (("DNS", "localhost"), ("DNS", "*.localhost"), ("IP Address", "127.0.0.1"), ("IP Address", "0:0:0:0:0:0:0:1"))


def test_nobody_else_is_trusted_in_its_place(server, start, certificate):
    other = start()
    assert "certificate" in str(pytest.raises(AssertionError, other.curl, "--cacert", certificate, f"https://localhost:{other.port}/").value)


def test_kinesis_through_boto3(server, certificate, name):
    kinesis = secure(server, "kinesis", certificate)
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.put_records(StreamName=name, Records=[{"Data": b"x" * 100_000, "PartitionKey": str(n)} for n in range(40)])
    at = kinesis.get_shard_iterator(StreamName=name, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert len(kinesis.get_records(ShardIterator=at)["Records"]) == 40
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    stream = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId="0", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    got = 0
    for event in stream:
        got += len(event["SubscribeToShardEvent"]["Records"])
        if got == 40:
            break
    stream.close()


def test_objects_through_boto3(server, certificate, name):
    s3 = secure(server, "s3", certificate, s3={"addressing_style": "path"})
    s3.create_bucket(Bucket=f"tls-{name}")
    body = os.urandom(12_000_000)
    s3.put_object(Bucket=f"tls-{name}", Key="large", Body=body)
    assert hashlib.md5(s3.get_object(Bucket=f"tls-{name}", Key="large")["Body"].read()).digest() == hashlib.md5(body).digest()


@pytest.mark.parametrize("arguments, scheme", [(("--http2-prior-knowledge",), "http"), (("--http2",), "https"), (("--http1.1",), "https")])
def test_objects_through_curl(server, certificate, bucket, tmp_path, arguments, scheme):
    body = os.urandom(9_000_000)
    (tmp_path / "up").write_bytes(body)
    url = server.client("s3").generate_presigned_url
    up, down = (url(call, Params={"Bucket": bucket, "Key": "k"}).replace("http://127.0.0.1", f"{scheme}://127.0.0.1") for call in ("put_object", "get_object"))
    assert curl(server, *arguments, "--cacert", certificate, "-T", tmp_path / "up", up)[1].endswith(" 200")
    assert curl(server, *arguments, "--cacert", certificate, "-o", tmp_path / "down", down)[1].endswith(" 200")
    assert (tmp_path / "down").read_bytes() == body


def test_a_certificate_is_made_once_and_kept_from_others(start, tmp_path):
    server = start("--data-dir", tmp_path)
    said = server.lines.get(timeout=10)
    files = [tmp_path / "tls/certificate.pem", tmp_path / "tls/key.pem"]
    assert str(files[0]) in said
    first = [file.read_bytes() for file in files]
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o600
    assert server.http("GET", "/_personalite/certificate").body == first[0]
    server.stop()
    server = start("--data-dir", tmp_path)
    assert [file.read_bytes() for file in files] == first
    assert curl(server, "--cacert", files[0], f"https://localhost:{server.port}/_personalite/ready")[1] == "2 200"


def test_a_certificate_that_is_given_is_used(start, tmp_path):
    start("--data-dir", tmp_path)
    pem = [tmp_path / "tls/certificate.pem", tmp_path / "tls/key.pem"]
    server = start("--tls-cert", pem[0], "--tls-key", pem[1])
    served = ssl.get_server_certificate(("127.0.0.1", server.port))
    assert served.split() == pem[0].read_text().split()


@pytest.mark.parametrize("options, said", [
    (["--tls-cert", "nowhere.pem"], "together"), (["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"], "cannot be read"),
    (["--tls-cert", __file__, "--tls-key", __file__], "cannot be used"),
])
def test_a_certificate_that_cannot_be_used_is_said_at_start(tmp_path, options, said):
    run = subprocess.run([harness.BINARY, "serve", "--port", "0", *options], capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert run.returncode != 0 and said in run.stderr


def test_the_go_sdk_puts_and_subscribes_over_h2(server, certificate, name, tmp_path):
    program = harness.go_program("kinesis", tmp_path)
    run = subprocess.run([program, f"https://localhost:{server.port}", certificate, name, "200"], capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["data"] == [f"record {number}" for number in range(200)]
    assert set(seen["protocols"]) == {"HTTP/2.0"}
    assert seen["continuation"].isdigit() and seen["events"] >= 1
