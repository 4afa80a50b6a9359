"""A disk that can lose power, fill up and fail: `disk.c` is loaded before the server, and here is what it is steered and read by."""

import functools
import mmap
import os
import pathlib
import random
import shutil
import struct
import subprocess
import time

CALLS = {"open": 1, "read": 2, "write": 3, "sync": 4, "rename": 5, "truncate": 6, "unlink": 7, "mkdir": 8}
SECTOR = 512
HEAD = struct.Struct("<BIQQI")


@functools.cache
def library(folder):
    """The library, built once into `folder` by whatever C compiler there is; Swift brings one."""
    compiler = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))))
    target = pathlib.Path(folder) / "disk.so"
    source = pathlib.Path(__file__).with_name("disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", target, source, "-ldl", "-lpthread"], check=True)
    return target


class Budget:
    """How long a test may go on trying: `PERSONALITE_FAULT_SECONDS` is "power=300,kills=240"; without it until it has done what it wants."""

    def __init__(self, name):
        given = dict(part.split("=") for part in os.environ.get("PERSONALITE_FAULT_SECONDS", "").split(",") if part)
        self.ends = time.monotonic() + float(given.get(name, "inf"))

    @property
    def is_over(self):
        return time.monotonic() > self.ends


class Disk:
    """What a server with `environment` does to the files under `root`."""

    def __init__(self, folder, root, keeps_journal=True):
        self.root, self.journal = pathlib.Path(root), pathlib.Path(folder) / "journal"
        steer = pathlib.Path(folder) / "control"
        steer.write_bytes(bytes(4096))
        with steer.open("r+b") as file:
            self.control = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": str(library(str(folder))), "DISK_ROOT": str(root), "DISK_CONTROL": str(steer)}
        if keeps_journal:
            self.environment["DISK_JOURNAL"] = str(self.journal)

    def fail(self, *calls, after=0, count=1 << 30, code):
        """Lets `after` more of the calls succeed and then `count` fail with an errno."""
        self.heal()
        struct.pack_into("<iii", self.control, 4, after, count, code)
        struct.pack_into("<I", self.control, 0, sum(1 << CALLS[call] for call in calls))

    def heal(self):
        """All calls succeed again; gives how many have failed."""
        failed, = struct.unpack_from("<I", self.control, 16)
        self.control[:20] = bytes(20)
        return failed

    def jump(self, seconds):
        """The clock of the day is so far off."""
        struct.pack_into("<q", self.control, 24, seconds)

    @property
    def position(self):
        """Everything that has happened so far is in so many bytes of the journal."""
        return self.journal.stat().st_size

    def events(self):
        """What happened, in order, and where in the journal each stands."""
        return read(self.journal.read_bytes())

    def owes(self):
        """The paths of which something is written or named and not certain."""
        platter = Platter()
        for event in self.events():
            platter.take(event)
        return platter.owed()


def read(journal):
    events, at = [], 0
    while at + HEAD.size <= len(journal):
        kind, file, time, offset, length = HEAD.unpack_from(journal, at)
        body = journal[at + HEAD.size:at + HEAD.size + length]
        at += HEAD.size + length
        events.append((chr(kind), file, time, offset, body, at))
    return events


class Platter:
    """Files as a disk has them: what is certain, and what was asked for since and may have come there or not."""

    def __init__(self):
        self.certain = {}  # file → bytes
        self.asked = {}  # file → [(offset, bytes) or size]
        self.names = {}  # path → file, as the program sees it
        self.entries = {}  # path → file, as the disk has it
        self.changes = []  # of names, in order: (folder, change)
        self.folders = {""}

    @staticmethod
    def _folder(path):
        return path.rpartition("/")[0]

    def take(self, event):
        kind, file, _, offset, body, _ = event
        if kind == "C":
            path = body.decode()
            self.certain[file], self.asked[file], self.names[path] = b"", [], file
            self.changes.append((self._folder(path), (path, file)))
        elif kind == "W":
            self.asked[file].append((offset, body))
        elif kind == "T":
            self.asked[file].append(offset)
        elif kind == "S":
            self.certain[file], self.asked[file] = self._with(self.certain[file], self.asked[file], None), []
        elif kind == "D":
            folder, rest = body.decode(), []
            for place, change in self.changes:
                if place == folder:
                    self._apply(self.entries, change)
                else:
                    rest.append((place, change))
            self.changes = rest
        elif kind == "R":
            old, fresh = body.decode().split("\0")
            if old in self.names:
                self.names[fresh] = self.names.pop(old)
                # One entry to the folder of the new name; the old name goes with it, as a journal of metadata has it.
                self.changes.append((self._folder(fresh), (fresh, self.names[fresh], old)))
        elif kind == "U":
            path = body.decode()
            if path in self.names:
                del self.names[path]
                self.changes.append((self._folder(path), (path, None)))
        elif kind == "M":
            self.folders.add(body.decode())

    @staticmethod
    def _apply(entries, change):
        path, file, *old = change
        for name in old:
            entries.pop(name, None)
        if file is None:
            entries.pop(path, None)
        else:
            entries[path] = file

    @staticmethod
    def _with(content, asked, chance):
        """The content after what was asked of it: all of it without `chance`, else each sector or not as chance has it."""
        content = bytearray(content)
        for what in asked:
            if isinstance(what, int):
                if chance and chance.random() < 0.5:
                    continue
                if what < len(content):
                    del content[what:]
                else:
                    content += bytes(what - len(content))
                continue
            offset, body = what
            if not chance:
                content += bytes(max(0, offset + len(body) - len(content)))
                content[offset:offset + len(body)] = body
                continue
            at = 0
            while at < len(body):
                size = min(SECTOR - (offset + at) % SECTOR, len(body) - at)
                if chance.random() < 0.5:
                    content += bytes(max(0, offset + at + size - len(content)))
                    content[offset + at:offset + at + size] = body[at:at + size]
                at += size
        return bytes(content)

    def owed(self):
        """The paths of which something was asked that is not certain."""
        return {path for path, file in self.names.items() if self.asked[file]} | {change[0] for _, change in self.changes}

    def cut(self, folder, seed):
        """Writes what may be on the disk when the power goes at this moment: for an even seed nothing but what is certain."""
        folder = pathlib.Path(folder)
        chance = random.Random(seed) if seed % 2 else None
        entries = dict(self.entries)
        # Changes of names come to the disk in their order, as a journal of metadata brings them: some of the first ones have.
        for _, change in self.changes[:chance.randint(0, len(self.changes)) if chance else 0]:
            self._apply(entries, change)
        for name in sorted(self.folders):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for path, file in entries.items():
            content = self._with(self.certain[file], self.asked[file], chance) if chance else self.certain[file]
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            os.chmod(target, 0o600)
