#!/usr/bin/env python3
"""Makes the packages of a binary: a Debian package, a tarball, the bill of materials of both, and their checksums.

The same binary and the same tree give the same bytes, whoever makes them, wherever and whenever: all times are the commit's, all owners root, all order is that of
names. Nothing but Python's standard library, binutils and dpkg is needed.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import manpages
import sbom

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
MAINTAINER = "The personalite authors <maintainers@personalite.invalid>"
DESCRIPTION = """Amazon Personalize, Kinesis Data Streams and S3 on this machine
 One small server that speaks the protocols of these services of AWS, and of
 what a program that uses them needs beside them, so that every SDK and the
 aws command line work against it unchanged and offline. Data is stored,
 signatures are verified, models are trained, and an event changes the next
 recommendation of the user who caused it."""


def output(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, **more).stdout


def epoch():
    """The time that everything gets: SOURCE_DATE_EPOCH, else the commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given) if given else int(output("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def packed(bytes_):
    """By gzip, without a name and a time."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(bytes_)
    return buffer.getvalue()


class Contents:
    """Everything that a package has, by its path below the prefix."""

    def __init__(self, binary, any_binary):
        self.epoch = epoch()
        self.date = datetime.datetime.fromtimestamp(self.epoch, datetime.timezone.utc)
        with tempfile.TemporaryDirectory() as folder:
            stripped = pathlib.Path(folder) / "personalite"
            subprocess.run(["strip", "--strip-all", "--remove-section=.comment", "-o", str(stripped), str(binary)], check=True)
            self.binary = stripped.read_bytes()
            self.libraries = sbom.needed(stripped)
            shared = [one for one in self.libraries if one.startswith(("libswift", "libFoundation", "libdispatch"))]
            if shared and not any_binary:
                sys.exit(f"{binary} needs {shared[0]} of Swift's own: packages are made of `make server`'s binary, which has the runtime in it.")
            self.version = output(stripped, "version").strip()
            if not re.fullmatch(r"[0-9][A-Za-z0-9.+~-]*", self.version):
                sys.exit(f"{binary} says that it is version {self.version!r}.")
            swift = re.search(r"Swift version (\S+)", output("swift", "--version"))
            self.sbom = sbom.document(ROOT, stripped, self.version, swift[1] if swift else "unknown", self.date.strftime("%Y-%m-%dT%H:%M:%SZ")).encode()
            self.files = {"bin/personalite": (self.binary, 0o755), **self.made(stripped)}
            for shell, path in (
                ("bash", "bash-completion/completions/personalite"), ("zsh", "zsh/vendor-completions/_personalite"),
                ("fish", "fish/vendor_completions.d/personalite.fish"),
            ):
                text = output(stripped, "completion", shell)
                # bash reads the file as a part of itself: a line for the kernel is none of its business.
                self.files[f"share/{path}"] = (re.sub(r"\A#!/bin/bash\n+", "", text).encode(), 0o644)

    def made(self, stripped):
        files = {}
        for name, text in manpages.pages(stripped, self.version, self.date.strftime("%Y-%m-%d")).items():
            files[f"share/man/man1/{name}.gz"] = (packed(text.encode()), 0o644)
        for one in sorted((ROOT / "testdata/filmnight").glob("*.csv")):
            files[f"share/personalite/filmnight/{one.name}"] = (one.read_bytes(), 0o644)
        for one in sorted((ROOT / "docs").glob("*.md")):
            files[f"share/doc/personalite/docs/{one.name}"] = (one.read_bytes(), 0o644)
        files["share/doc/personalite/README.md"] = ((ROOT / "README.md").read_bytes(), 0o644)
        files["share/doc/personalite/sbom.spdx.json"] = (self.sbom, 0o644)
        return files


def tarball(contents, out):
    name = f"personalite-{contents.version}-linux-{os.uname().machine}"
    files = {
        **contents.files, "LICENSE": ((ROOT / "LICENSE").read_bytes(), 0o644), "CHANGELOG.md": ((ROOT / "CHANGELOG.md").read_bytes(), 0o644),
        "share/systemd/personalite.service": ((HERE / "debian/personalite.service").read_bytes(), 0o644),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        folders = {str(parent) for path in files for parent in pathlib.PurePosixPath(name, path).parents if str(parent) != "."}
        for path, (bytes_, mode) in sorted([(one, (None, 0o755)) for one in folders] + [(f"{name}/{path}", what) for path, what in files.items()]):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.mtime, entry.uname, entry.gname = mode, contents.epoch, "root", "root"
            entry.type, entry.size = (tarfile.DIRTYPE, 0) if bytes_ is None else (tarfile.REGTYPE, len(bytes_))
            tar.addfile(entry, None if bytes_ is None else io.BytesIO(bytes_))
    (out / f"{name}.tar.gz").write_bytes(packed(buffer.getvalue()))
    return out / f"{name}.tar.gz"


def dependencies(contents):
    """The packages of the libraries that the binary names, as dpkg knows them."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "debian").mkdir()
        (pathlib.Path(folder) / "debian/control").write_text("Source: personalite\n\nPackage: personalite\nArchitecture: any\n")
        binary = pathlib.Path(folder) / "personalite"
        binary.write_bytes(contents.binary)
        answer = output("dpkg-shlibdeps", "--ignore-missing-info", "-O", f"-e{binary}", cwd=folder)
    found = re.search(r"^shlibs:Depends=(.*)$", answer, re.M)
    if not found:
        sys.exit(f"dpkg-shlibdeps says no dependencies: {answer}")
    # The first connection that speaks TLS loads it.
    path = re.search(r"libssl[.]so[.]3 .*=> (/\S+)", output("ldconfig", "-p"))
    owner = path and re.match(r"[^:,]+", output("dpkg", "-S", os.path.realpath(path[1])))
    if not owner:
        sys.exit("no package has libssl.so.3")
    return f"{found[1]}, {owner[0]}"


def changelog(contents):
    date = contents.date.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return f"personalite ({contents.version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- {MAINTAINER}  {date}\n"


def deb(contents, out):
    architecture = output("dpkg", "--print-architecture").strip()
    debian = HERE / "debian"
    files = {f"usr/{path}": what for path, what in contents.files.items()}
    files["usr/lib/systemd/system/personalite.service"] = ((debian / "personalite.service").read_bytes(), 0o644)
    files["etc/default/personalite"] = ((debian / "default").read_bytes(), 0o644)
    files["usr/share/doc/personalite/copyright"] = ((debian / "copyright").read_bytes(), 0o644)
    files["usr/share/doc/personalite/changelog.gz"] = (packed(changelog(contents).encode()), 0o644)
    files["usr/share/doc/personalite/CHANGELOG.md.gz"] = (packed((ROOT / "CHANGELOG.md").read_bytes()), 0o644)
    files["usr/share/lintian/overrides/personalite"] = ((debian / "lintian-overrides").read_bytes(), 0o644)
    size = sum(-(-len(bytes_) // 1024) for bytes_, _ in files.values())
    control = (
        f"Package: personalite\nVersion: {contents.version}\nSection: devel\nPriority: optional\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n"
        f"Installed-Size: {size}\nDepends: {dependencies(contents)}, adduser\nRecommends: ca-certificates, libcurl4, libzstd1\n"
        f"Suggests: nodejs, python3\nDescription: {DESCRIPTION}\n"
    )
    sums = "".join(f"{hashlib.md5(bytes_).hexdigest()}  {path}\n" for path, (bytes_, _) in sorted(files.items()) if not path.startswith("etc/"))
    metadata = {"control": (control.encode(), 0o644), "md5sums": (sums.encode(), 0o644), "conffiles": (b"/etc/default/personalite\n", 0o644)}
    for script in ("postinst", "prerm", "postrm"):
        metadata[script] = ((debian / script).read_bytes(), 0o755)
    target = out / f"personalite_{contents.version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        for path, (bytes_, mode) in {**files, **{f"DEBIAN/{name}": what for name, what in metadata.items()}}.items():
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(bytes_)
            file.chmod(mode)
        for one in sorted(tree.rglob("*"), reverse=True):
            if one.is_dir():
                one.chmod(0o755)
            os.utime(one, (contents.epoch, contents.epoch))
        tree.chmod(0o755)
        os.utime(tree, (contents.epoch, contents.epoch))
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(contents.epoch)}
        output("dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", tree, target, env=environment)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="+", choices=["deb", "tarball", "sbom"])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--any-binary", action="store_true", help="for tests: also one that needs the libraries of Swift")
    options = parser.parse_args()
    os.umask(0o022)
    options.out.mkdir(parents=True, exist_ok=True)
    if "deb" in options.kinds and not shutil.which("dpkg-shlibdeps"):
        sys.exit("A Debian package is made by dpkg-deb and dpkg-shlibdeps: apt-get install dpkg-dev")
    contents = Contents(options.binary, options.any_binary)
    made = []
    for kind in options.kinds:
        if kind == "sbom":
            made.append(options.out / f"personalite-{contents.version}.spdx.json")
            made[-1].write_bytes(contents.sbom)
        else:
            made.append({"deb": deb, "tarball": tarball}[kind](contents, options.out))
    sums = options.out / "SHA256SUMS"
    sums.write_text("".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in sorted(made)))
    for one in made + [sums]:
        print(f"{one} ({one.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
