"""Fixtures of pytest: a server that stands in for Amazon Personalize, Kinesis Data Streams and S3."""

import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request

import pytest

REGION = "us-east-1"
# What would lead a client elsewhere, or to other credentials.
MISLEADING = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


class PersonaliteServer:
    """A server in memory on a free port of this machine."""

    def __init__(self, binary, options, log):
        self.log = log
        with open(log, "wb") as errors:
            self._process = subprocess.Popen([binary, "serve", "--port", "0", *options], stdout=subprocess.PIPE, stderr=errors, text=True)
        line = self._process.stdout.readline()
        found = re.search(r"listening on (http://\S+)", line)
        if not found:
            self.stop()
            raise pytest.UsageError(f"personalite did not start: {line}{log.read_text(errors='replace')[-2000:]}")
        self.url = found[1]
        self.environment = {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "PERSONALITE_ENDPOINT": self.url}
        ready = threading.Event()
        threading.Thread(target=self._read, args=(ready,), daemon=True).start()
        if not ready.wait(60):
            self.stop()
            raise pytest.UsageError(f"personalite was not ready within 60 s: {log.read_text(errors='replace')[-2000:]}")

    def _read(self, ready):
        """Reads on, since a full pipe would hold the server up."""
        for line in self._process.stdout:
            if line.strip() == "Ready.":
                ready.set()

    def client(self, service, **options):
        """A client of boto3 for this server."""
        import boto3

        own = {"endpoint_url": self.url, "aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        return boto3.session.Session().client(service, **{**own, **options})

    def reset(self):
        """Everything is forgotten, as if the server had just been started."""
        request = urllib.request.Request(self.url + "/_personalite/reset", data=b"", method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            answer.read()

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def pytest_addoption(parser):
    group = parser.getgroup("personalite")
    group.addoption("--personalite-binary", metavar="FILE", help="the server; else PERSONALITE_BINARY, else personalite on the PATH")
    group.addoption("--personalite-option", metavar="OPTION", action="append", default=[], help="an option of `personalite serve`; may be given several times")


@pytest.fixture(scope="session")
def personalite_server(request, tmp_path_factory):
    """The server of the whole run, as the tests have left it."""
    binary = request.config.getoption("--personalite-binary") or os.environ.get("PERSONALITE_BINARY") or shutil.which("personalite")
    if not binary:
        raise pytest.UsageError("there is no personalite on the PATH: install it, or say where it is by --personalite-binary or PERSONALITE_BINARY")
    server = PersonaliteServer(binary, request.config.getoption("--personalite-option"), tmp_path_factory.mktemp("personalite") / "server.log")
    yield server
    server.stop()


@pytest.fixture
def personalite(personalite_server, monkeypatch):
    """The server with nothing in it, and the variables of the SDKs set to it."""
    personalite_server.reset()
    for name in os.environ:
        if name in MISLEADING or name.startswith("AWS_ENDPOINT_URL_"):
            monkeypatch.delenv(name)
    for name, value in personalite_server.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, ",".join(filter(None, [os.environ.get(name), "127.0.0.1"])))
    # A session that was made before the variables were set would go elsewhere.
    if "boto3" in sys.modules:
        monkeypatch.setattr(sys.modules["boto3"], "DEFAULT_SESSION", None)
    return personalite_server
