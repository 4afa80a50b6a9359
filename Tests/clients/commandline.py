"""The aws CLI in one process of its own that runs many commands, for starting it costs more than most of them."""

import json
import pathlib
import re
import subprocess
import sys

from harness import REGION, clean_environment

# Each line of its input is one command's arguments; each line of its output the command's status, output and errors.
RUNNER = """
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
answers, driver = sys.stdout, create_clidriver()
for line in sys.stdin:
    output, errors = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = driver.main(json.loads(line))
        except SystemExit as end:
            status = end.code
    output.flush()
    print(json.dumps([status, output.buffer.getvalue().decode(), errors.getvalue()]), file=answers, flush=True)
"""
# Debian's Python has the aws CLI version 2; the environment of the tests has version 1.
DEBIAN = pathlib.Path("/usr/bin/python3")
REFUSED = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation(?: \(.*?\))?: (.*)\s*\Z", re.S)


class CommandLine:
    def __init__(self, server, service, python=pathlib.Path(sys.executable)):
        self.start = ["--endpoint-url", server.url, service]
        self.process = subprocess.Popen(
            [python, "-c", RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=server.folder,
            env=clean_environment(
                server.folder, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION, AWS_DEFAULT_OUTPUT="json",
                AWS_MAX_ATTEMPTS="1",
            ),
        )

    def run(self, *arguments):
        """(status, output, errors) of one command of the service."""
        print(json.dumps(self.start + list(arguments)), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def ask(self, command, document):
        """What it printed, parsed."""
        status, output, errors = self.run(command, "--cli-input-json", json.dumps(document))
        assert status == 0, f"{command} {document}: {status} {errors}"
        return json.loads(output) if output.strip() else None

    def refusal(self, command, document):
        """(code, message) of what it said when it was refused."""
        status, output, errors = self.run(command, "--cli-input-json", json.dumps(document))
        match = REFUSED.search(errors)
        assert status and match, f"{command} {document}: {status} {output}{errors}"
        return match[1], match[3].rstrip("\n")

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
