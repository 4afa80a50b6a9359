"""A real server process, and real clients for it: boto3, the aws CLI and plain HTTP."""

import functools
import hashlib
import http.client
import json
import os
import pathlib
import queue
import re
import select
import signal
import subprocess
import sys
import threading
import time

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.session

import oracle

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PERSONALITE_BINARY") or str(ROOT / ".build/release/personalite")
FILMNIGHT = ROOT / "testdata/filmnight"
REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalite"


def until(condition, within=20.0, what="condition"):
    """The first true value of `condition()`, asked again and again until the deadline has passed."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {within} s"
        select.select([], [], [], 0.01)


def settled(kinesis, name):
    """Returns when a stream is ACTIVE: after its shards were changed that takes until the second is over in which the closed ones take records."""
    until(lambda: kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE", 10, f"{name} is ACTIVE")


def clean_environment(home, **more):
    """Ours without anything that could steer an AWS client or the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PERSONALITE_"))}
    return {**kept, "HOME": str(home), **more}


@functools.cache
def session():
    """One session for all clients: it keeps the service models that it has read, and watches every answer."""
    core = botocore.session.get_session()
    core.set_config_variable("region", REGION)
    oracle.watch(core)
    return boto3.Session(botocore_session=core)


def go_program(name, folder):
    """The program of `go/NAME`, built in `folder` from what Debian's packages put under /usr/share/gocode; nothing is fetched."""
    binary = pathlib.Path(folder) / name
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(ROOT / ".cache/go-build"), "GOFLAGS": "", "GOPROXY": "off",
        "CGO_ENABLED": "0",
    }
    source = pathlib.Path(__file__).parent / "go" / name / "main.go"
    run = subprocess.run(["go", "build", "-o", binary, source], capture_output=True, text=True, timeout=600, env=environment)
    assert run.returncode == 0, run.stderr
    return binary


class Server:
    """`personalite serve` on a port of its own; `options` are added to the command line."""

    def __init__(self, folder, *options, environment=None):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "server.log"
        self.clients = {}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--port", "0", *map(str, options)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, errors="replace",
                # Functions run on the `python3` that stands first, and find the SDK that the tests use.
                env=clean_environment(self.folder, **{"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}", **(environment or {})}),
                cwd=self.folder,
            )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._drain, daemon=True)
        self.reader.start()
        try:
            self.banner = self.lines.get(timeout=20)
            match = re.match(r"personalite (\S+) listening on (http://[^\s]+:(\d+))", self.banner or "")
            assert match, f"first line was {self.banner!r}\n{self.tail()}"
            self.version, self.url, self.port = match[1], match[2], int(match[3])
            until(lambda: self.http("GET", "/_personalite/ready").status == 200, what="ready")
        except BaseException:
            self.kill()
            raise

    def _drain(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:]

    @property
    def pid(self):
        return self.process.pid

    def memory(self, field="VmRSS"):
        """A field of /proc/PID/status in bytes; VmHWM is the peak so far."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1]) * 1024

    def kill(self):
        """SIGKILL: nothing is synced, nothing is said goodbye to."""
        self.process.kill()
        self.process.wait(20)
        self._close()

    def stop(self):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self._close()
        return status

    def _close(self):
        self.reader.join(20)
        self.process.stdout.close()

    def clock(self, **change):
        """The server's time in seconds, after a change such as `advance=60` or `rate=0`."""
        answer = self.http("POST", "/_personalite/clock", json.dumps(change).encode()) if change else self.http("GET", "/_personalite/clock")
        assert answer.status == 200, answer
        return answer.json["now"]

    def client(self, service, key="test", secret="test", token=None, region=REGION, validate=True, **config):
        """A boto3 client without retries, so that a test sees every answer; made once per set of arguments."""
        kind = (service, key, secret, token, region, validate, repr(sorted(config.items())))
        if kind not in self.clients:
            settings = {"s3": {"addressing_style": "path"}, **config}
            self.clients[kind] = session().client(
                service, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                region_name=region, config=botocore.config.Config(
                    retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60, parameter_validation=validate,
                    max_pool_connections=20, **settings,
                ),
            )
        return self.clients[kind]

    def aws(self, *arguments, text=None, fails=False, environment=None):
        """The aws CLI: what it printed, parsed when it is JSON; with `fails` the error it printed."""
        result = subprocess.run(
            [pathlib.Path(sys.executable).parent / "aws", "--endpoint-url", self.url, *map(str, arguments)],
            input=text, capture_output=True, text=True, timeout=120, cwd=self.folder,
            env=clean_environment(
                self.folder, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION, AWS_DEFAULT_OUTPUT="json",
                **(environment or {}),
            ),
        )
        assert (result.returncode != 0) == fails, f"aws {arguments}: {result.returncode}\n{result.stdout}{result.stderr}\n{self.tail()}"
        if fails:
            return result.stderr
        try:
            return json.loads(result.stdout)
        except ValueError:
            return result.stdout

    def curl(self, *arguments, fails=False):
        """curl, its output as text."""
        result = subprocess.run(["curl", "-sS", *map(str, arguments)], capture_output=True, text=True, timeout=60, env=clean_environment(self.folder))
        assert (result.returncode != 0) == fails, f"curl {arguments}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout

    def http(self, method, target, body=b"", headers=None, timeout=30):
        """One plain request on a connection of its own; nothing is signed, nothing is added but what HTTP needs."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body=body or None, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def signed(self, method, target, body=b"", headers=None, *, service, key="test", secret="test", token=None, region=REGION, **options):
        """One request signed by botocore's signer; see `sign`."""
        target, headers, body = sign(
            method, f"127.0.0.1:{self.port}", target, body, headers or {}, service=service, key=key, secret=secret, token=token, region=region,
            **options,
        )
        return self.http(method, target, body, headers)

    def call(self, service, operation, document, **options):
        """One JSON 1.1 operation by hand: `document` may be anything that JSON can carry, or bytes that it cannot."""
        prefix = {"kinesis": "Kinesis_20131202", "personalize": "AmazonPersonalize"}[service]
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{prefix}.{operation}"}
        return self.signed("POST", "/", body, headers, service=service, **options)


class Answer:
    """An HTTP answer read to its end."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"


SIGNERS = {
    (True, False): botocore.auth.S3SigV4Auth, (True, True): botocore.auth.S3SigV4QueryAuth,
    (False, False): botocore.auth.SigV4Auth, (False, True): botocore.auth.SigV4QueryAuth,
}


def sign(method, host, target, body, headers, *, service, key="test", secret="test", token=None, region=REGION, query=None, at=None, after=None):
    """(target, headers, body) of a signed request.

    A given x-amz-content-sha256 is signed as it stands. `query`: seconds until a presigned URL expires, instead of a header. `at`: the signing time, a datetime.
    `after`: a function that changes the request once it is signed.
    """
    credentials = botocore.credentials.Credentials(key, secret, token)
    request = botocore.awsrequest.AWSRequest(method, f"http://{host}{target}", {"host": host, **headers}, body)
    form = SIGNERS[service == "s3", query is not None]
    signer = form(credentials, service, region, **({"expires": query} if query else {}))
    payload = headers.get("x-amz-content-sha256")
    if service != "s3" and query:
        # botocore would take the body for a form and move it into the query.
        payload, request.data = hashlib.sha256(body).hexdigest(), b""
    if payload:
        signer.payload = lambda _: payload
    if at is None:
        signer.add_auth(request)
    else:
        original = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *_, **__: at
        try:
            signer.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = original
    request.data = body
    if after:
        after(request)
    signed_target = request.url.split(host, 1)[1]
    return signed_target, dict(request.headers.items()), request.data
