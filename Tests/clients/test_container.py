"""The container image: that the Dockerfile names what is there and builds what `make server` builds, and that it is built and serves.

`make check-packages` sets PERSONALITE_IMAGE=1 as root: Debian's buildah then carries out every line of the Dockerfile without a daemon. No registry of images is asked:
both base images are made of Debian's packages, and the compiler is a program that puts in place the binary that is tested.
"""

import json
import os
import re
import shlex
import subprocess

import boto3
import pytest

from harness import BINARY, ROOT, clean_environment

TEXT = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
LINES = [line.split(None, 1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
# What is loaded when it is first needed, which no binary names.
LOADED = {"libcurl4", "libssl3", "libzstd1", "ca-certificates"}
PACKAGES = {"libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3", "libsqlite3.so.0": "libsqlite3-0", "libz.so.1": "zlib1g"}


def words(name):
    return [shlex.split(rest) for word, rest in LINES if word == name]


def test_it_copies_what_is_there_and_the_context_has_it():
    copied = [word for line in words("COPY") if not line[0].startswith("--from=") for word in line[:-1]]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert {"Package.swift", "Sources", "testdata/post", "testdata/filmnight"} <= set(copied)
    for path in copied:
        assert (ROOT / path).exists() and any(path == one or path.startswith(one + "/") for one in kept), path
    built = {os.path.normpath(os.path.join("/source", one)) for one in re.findall(r"strip (\S+)", TEXT)}
    taken = {line[1] for line in words("COPY") if line[0].startswith("--from=")}
    assert taken == built


def test_it_builds_by_make_server():
    makefile = (ROOT / "Makefile").read_text()
    assert "RUN make server && strip .build/release/personalite" in TEXT
    copied = {word for line in words("COPY") for word in line[:-1]}
    named = set(re.findall(r"\$\(CURDIR\)/(packaging/\S+)", "".join(re.findall(r"^RELEASE .*$", makefile, re.M))))
    assert "Makefile" in copied and named <= copied
    wanted = set(re.findall(r"missing\+=\((\S+-dev)\)", makefile.split("# The demo's functions")[0]))
    assert wanted <= set(TEXT.split()) and len(wanted) == 4


def test_it_has_the_libraries_that_the_program_names():
    named = set(re.findall(r"NEEDED\s+(\S+)", subprocess.run(["objdump", "-p", BINARY], capture_output=True, text=True, check=True).stdout))
    last = TEXT[TEXT.rindex("\nFROM"):].split()
    assert LOADED | {PACKAGES[one] for one in named if one in PACKAGES} <= set(last)
    settings = {word: rest for word, rest in LINES}
    assert settings["USER"] == "personalite" and settings["STOPSIGNAL"] == "SIGTERM" and settings["EXPOSE"] == "4590"


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    """`buildah WORD…` with a store of its own; what it prints."""
    if not os.environ.get("PERSONALITE_IMAGE"):
        pytest.skip("PERSONALITE_IMAGE is not set: make check-packages builds the image")
    folder = tmp_path_factory.mktemp("images")
    begin = ["buildah", "--storage-driver", "vfs", "--root", str(folder / "root"), "--runroot", str(folder / "run")]

    def buildah(*words):
        done = subprocess.run([*begin, *map(str, words)], capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, f"{words}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
        return done.stdout.strip()

    buildah.begin, buildah.folder = begin, folder
    yield buildah
    subprocess.run([*begin, "rm", "--all"], capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def image(buildah):
    """The image, built as `docker build` builds it, from bases of Debian's packages."""
    base = buildah.folder / "base.tar"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=apt", "--include=ca-certificates", "bookworm", base], check=True, timeout=900)
    ready = buildah.folder / "ready"
    subprocess.run(["strip", "-o", ready, BINARY], check=True, timeout=120)
    swift, clang, strip = buildah.folder / "swift", buildah.folder / "clang", buildah.folder / "strip"
    clang.write_text("#!/bin/sh\necho /usr/lib/libstdc++.a\n")
    swift.write_text('#!/bin/sh\n[ "$1" != build ] || { mkdir -p .build/release && cp /opt/ready .build/release/personalite; }\n')
    strip.write_text("#!/bin/sh\nexec test -x \"$1\"\n")
    for file in (swift, clang, strip):
        file.chmod(0o755)
    tools = [(swift, "/usr/bin/swift"), (swift, "/usr/bin/swiftc"), (clang, "/usr/bin/clang"), (strip, "/usr/bin/strip"), (ready, "/opt/ready")]
    bases = [line[0] for line in words("FROM")]
    assert len(bases) == 2 and bases[1] == "debian:bookworm-slim" and bases[0].endswith("-bookworm")
    for name, files in ((bases[1], []), (bases[0], tools)):
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, base, "/")
        for file, place in files:
            buildah("add", "--quiet", container, file, place)
        buildah("commit", "--quiet", container, f"docker.io/library/{name}")
        buildah("rm", container)
    buildah("build", "--pull-never", "--isolation", "chroot", "--network", "host", "--tag", "personalite", ROOT)
    return "personalite"


def test_it_is_built_without_a_daemon_and_serves(buildah, image, tmp_path):
    settings = json.loads(buildah("inspect", "--type", "image", image))["OCIv1"]["config"]
    assert settings["User"] == "personalite" and settings["ExposedPorts"] == {"4590/tcp": {}} and settings["Volumes"] == {"/data": {}}
    container = buildah("from", "--pull-never", image)
    command = settings["Entrypoint"] + settings["Cmd"]
    run = [*buildah.begin, "run", "--isolation", "chroot", "--network", "host", "--env", "PERSONALITE_PORT=0", container, "--"]
    log = open(tmp_path / "log", "wb")
    with log, subprocess.Popen([*run, *command], stdout=subprocess.PIPE, stderr=log, text=True, env=clean_environment(tmp_path)) as process:
        try:
            port = re.search(r"listening on http://[^ ]*:(\d+)", process.stdout.readline())[1]
            s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
            s3.create_bucket(Bucket="in-a-container")
            s3.put_object(Bucket="in-a-container", Key="k", Body=b"kept")
            assert s3.get_object(Bucket="in-a-container", Key="k")["Body"].read() == b"kept"
        finally:
            process.terminate()
            process.wait(30)
    # Whose the data is, and that the demo's data goes with it; functions need what INTERPRETERS brings.
    said = buildah("run", "--isolation", "chroot", container, "--", "sh", "-c", "stat -c %U /data/*.sqlite; id -un; ls /usr/local/share/personalite/filmnight")
    assert said.split()[:2] == ["personalite", "personalite"] and "interactions.csv" in said
