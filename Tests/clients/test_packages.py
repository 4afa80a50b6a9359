"""The packages: what is in them, that they are the same when they are made again, and that dpkg, systemd and other tools have nothing to say against them.

`make check-packages` makes them and runs all of this with them (PERSONALITE_PACKAGES); PERSONALITE_INSTALL=1 (root, on a machine that may be changed) installs one.
"""

import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from harness import BINARY, ROOT, clean_environment, until

PYTHON = sys.executable


def output(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def package(out, *kinds, **environment):
    output(PYTHON, ROOT / "packaging/package.py", *kinds, "--binary", BINARY, "--out", out, "--any-binary", env={**os.environ, **environment})
    return found(out)


def found(folder):
    return {path.suffix: path for path in pathlib.Path(folder).iterdir()}


@pytest.fixture(scope="module")
def made():
    ready = os.environ.get("PERSONALITE_PACKAGES")
    if not ready:
        pytest.skip("PERSONALITE_PACKAGES names no packages: make check-packages makes them")
    return found(ready)


@pytest.fixture(scope="module")
def tree(made, tmp_path_factory):
    """What the Debian package puts on a disk."""
    folder = tmp_path_factory.mktemp("tree")
    output("dpkg-deb", "-x", made[".deb"], folder)
    return folder


def test_they_are_the_same_when_they_are_made_again(made, tmp_path):
    away = tmp_path / "another place"
    away.mkdir()
    again = package(away / "out", "sbom", "tarball", "deb", TZ="Pacific/Kiritimati", LC_ALL="C", HOME=str(away), TMPDIR=str(away), COLUMNS="40")
    for kind in made:
        assert made[kind].name == again[kind].name and made[kind].read_bytes() == again[kind].read_bytes(), kind
    sums = dict(line.split()[::-1] for line in made[""].read_text().splitlines())
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for kind, path in made.items() if kind} and len(sums) == 3


def test_the_debian_package_has_what_it_should(made, tree):
    fields = dict(re.findall(r"^(\S+): (.*)$", output("dpkg-deb", "-f", made[".deb"]), re.M))
    assert fields["Package"] == "personalite" and fields["Version"] == output(BINARY, "version").strip()
    assert all(name in fields["Depends"] for name in ("libc6", "libssl3", "libsqlite3-0", "zlib1g", "adduser")) and "libcurl4" in fields["Recommends"]
    listed = output("dpkg-deb", "-c", made[".deb"]).splitlines()
    assert all(line.split()[1] == "root/root" and line[0] in "d-" for line in listed)
    program = tree / "usr/bin/personalite"
    assert output(program, "version") == output(BINARY, "version") and program.stat().st_mode & 0o7777 == 0o755
    checked = output("md5sum", "-c", "--quiet", "-", input=output("dpkg-deb", "-I", made[".deb"], "md5sums"), cwd=tree)
    assert checked == ""
    unit = (tree / "usr/lib/systemd/system/personalite.service").read_text()
    assert "User=personalite" in unit and "ProtectSystem=strict" in unit
    for script in ("postinst", "prerm", "postrm"):
        output("sh", "-n", input=output("dpkg-deb", "-I", made[".deb"], script))


def test_completions_are_the_shells_own(tree):
    bash = tree / "usr/share/bash-completion/completions/personalite"
    words = output("bash", "-c", f'. "{bash}"; COMP_WORDS=(personalite sn); COMP_CWORD=1; COMP_LINE="personalite sn"; COMP_POINT=14; '
                   '$(complete -p personalite | sed "s/.*-F \\([^ ]*\\) .*/\\1/") personalite sn personalite; echo "${COMPREPLY[@]}"')
    assert words.split() == ["snapshot"]
    assert (tree / "usr/share/zsh/vendor-completions/_personalite").read_text().startswith("#compdef personalite")
    assert "complete -c 'personalite'" in (tree / "usr/share/fish/vendor_completions.d/personalite.fish").read_text()


def test_every_command_has_its_page(tree):
    pages = {path.name: gzip.decompress(path.read_bytes()).decode() for path in (tree / "usr/share/man/man1").iterdir()}
    commands = {line.split()[0] for line in re.findall(r"^  (\S.*)$", output(BINARY, "--help").split("SUBCOMMANDS:")[1], re.M)} - {"See", "version"}
    assert {f"personalite-{name}.1.gz" for name in commands} | {"personalite.1.gz"} == set(pages) and len(pages) > 15
    served = set(re.findall(r"^  (--[a-z-]+)", output(BINARY, "serve", "--help"), re.M))
    assert len(served) > 25 and all(option.replace("-", "\\-") in pages["personalite-serve.1.gz"] for option in served)
    assert "snapshot save" in pages["personalite-snapshot.1.gz"] and "\\-\\-resume" in pages["personalite-import.1.gz"]
    if shutil.which("groff"):
        for name, text in pages.items():
            said = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-K", "utf8"], input=text, capture_output=True, text=True, timeout=60)
            assert said.returncode == 0 and said.stderr == "" and "User Commands" in said.stdout, (name, said.stderr)


def test_the_bill_of_materials(made):
    bill = json.loads(made[".json"].read_text())
    assert bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0"
    names = {one["name"]: one for one in bill["packages"]}
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    assert {pin["identity"] for pin in pins} <= set(names) and all(pin["state"]["revision"] in names[pin["identity"]]["downloadLocation"] for pin in pins)
    assert {"libssl.so.3", "libcurl.so.4", "libsqlite3.so.0"} <= set(names)
    ids = [one["SPDXID"] for one in bill["packages"]]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in ids)
    ends = {one[end] for one in bill["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
    assert ends <= {*ids, "SPDXRef-DOCUMENT"} and set(ids) <= ends
    with tarfile.open(made[".gz"]) as tar:
        program, = (one for one in tar.getmembers() if one.name.endswith("/bin/personalite"))
        digest = hashlib.sha256(tar.extractfile(program).read()).hexdigest()
    assert names["personalite"]["checksums"][0]["checksumValue"] == digest


def test_the_tarball_runs_where_it_is_unpacked(made, tmp_path):
    with tarfile.open(made[".gz"]) as tar:
        assert all(one.uid == one.gid == 0 and one.mtime > 0 and (one.isdir() or one.isreg()) for one in tar.getmembers())
        tar.extractall(tmp_path, filter="data")
    top, = tmp_path.iterdir()
    assert {"bin", "share", "LICENSE", "CHANGELOG.md"} == {one.name for one in top.iterdir()}
    done = subprocess.run(
        [top / "bin/personalite", "demo"], capture_output=True, text=True, timeout=120, cwd="/", env=clean_environment(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_has_nothing_against_the_unit(tree, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    unit = tmp_path / "personalite.service"
    text = (tree / "usr/lib/systemd/system/personalite.service").read_text()
    unit.write_text(text.replace("/usr/bin/personalite", str(tree / "usr/bin/personalite")))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    assert "personalite.service" not in said.stderr, said.stderr
    # 0 is nothing that could be taken away any more, 10 is everything.
    rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)], capture_output=True, text=True, timeout=60)
    level = re.search(r"exposure level for personalite.service: ([0-9.]+)", rated.stdout)
    assert level and float(level[1]) <= 2.0, rated.stdout + rated.stderr


def test_lintian_has_nothing_to_say(made):
    if not shutil.which("lintian"):
        pytest.skip("no lintian: make check-packages installs it")
    swift = "libswift" in output("objdump", "-p", BINARY)
    # A binary for tests has a path to Swift's libraries, which that of a package has not.
    words = ["--suppress-tags", "custom-library-search-path"] if swift else []
    said = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning,info", *words, str(made[".deb"])], capture_output=True, text=True, timeout=600)
    assert said.returncode == 0 and said.stdout == "", said.stdout + said.stderr


@pytest.mark.skipif(not os.environ.get("PERSONALITE_INSTALL"), reason="PERSONALITE_INSTALL is not set: nothing is installed on this machine")
def test_dpkg_installs_and_removes_it(made, tmp_path):
    def dpkg(*words):
        return output("dpkg", *words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})

    def user():
        return subprocess.run(["getent", "passwd", "personalite"], capture_output=True, text=True).stdout

    assert subprocess.run(["dpkg", "-s", "personalite"], capture_output=True).returncode != 0, "there is one already"
    dpkg("-i", made[".deb"])
    try:
        assert "/var/lib/personalite" in user() and "nologin" in user()
        assert output("/usr/bin/personalite", "version") == output(BINARY, "version")
        output("dpkg", "--verify", "personalite")
        # As the service does it, without systemd: its user, its directory, its options.
        folder = pathlib.Path("/var/lib/personalite")
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.chown(folder, "personalite", "personalite")
        process = subprocess.Popen(
            ["setpriv", "--reuid=personalite", "--regid=personalite", "--clear-groups", "--no-new-privs", "/usr/bin/personalite", "serve", "--data-dir",
             str(folder), "--port", "0"], stdout=subprocess.PIPE, text=True, env=clean_environment(folder), cwd="/")
        try:
            assert "listening on" in process.stdout.readline()
            assert until(lambda: (folder / "personalite.sqlite").exists()) and (folder / "personalite.sqlite").owner() == "personalite"
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
        dpkg("-i", made[".deb"])
        dpkg("-r", "personalite")
        assert not pathlib.Path("/usr/bin/personalite").exists() and pathlib.Path("/etc/default/personalite").exists() and folder.exists()
    finally:
        dpkg("-P", "personalite")
    assert user() == "" and not folder.exists() and not pathlib.Path("/etc/default/personalite").exists()
