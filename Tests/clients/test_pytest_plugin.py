"""The plugin of pytest, from its wheel: an application's tests with the fixture and nothing else."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from harness import BINARY, clean_environment

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "packaging/pytest"
APPLICATION = '''
import boto3

def remember(user, item):
    boto3.client("kinesis").put_record(StreamName="clicks", PartitionKey=user, Data=item.encode())
'''
TESTS = '''
import os
import boto3
import pytest
from application import remember

@pytest.mark.parametrize("run", [1, 2])
def test_a_click_is_in_the_stream(personalite, run):
    kinesis = boto3.client("kinesis")
    # Nothing of the run before is there.
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks", WaiterConfig={"Delay": 1})
    remember("u1", "i7")
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [one["Data"] for one in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"i7"]
    assert personalite.client("personalize").list_dataset_groups()["datasetGroups"] == []
    assert "AWS_PROFILE" not in os.environ and os.environ["AWS_ENDPOINT_URL"] == personalite.url

def test_the_variables_are_of_tests_that_ask(personalite_server):
    assert os.environ.get("AWS_ENDPOINT_URL") is None and os.environ["AWS_PROFILE"] == "of-somebody"
    assert personalite_server.log.exists()
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the plugin as its wheel installs it."""
    folder = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    # A build leaves its own files beside the sources.
    shutil.copytree(SOURCE, folder / "source")
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder / "dist", folder / "source"], check=True)
    wheels = list((folder / "dist").glob("pytest_personalite-*.whl"))
    assert len(wheels) == 1
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheels[0]], check=True)
    return folder / "site"


def run_tests(site, folder, *options, **variables):
    (folder / "application.py").write_text(APPLICATION)
    (folder / "test_application.py").write_text(TESTS)
    environment = clean_environment(folder, PYTHONPATH=f"{site}{os.pathsep}{folder}", AWS_PROFILE="of-somebody", **variables)
    environment.pop("PERSONALITE_BINARY", None)
    environment.update(variables)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, folder], cwd=folder, env=environment, capture_output=True, text=True)


def test_an_application_s_tests_pass_with_the_fixture(site, tmp_path):
    run = run_tests(site, tmp_path, f"--personalite-binary={BINARY}", "--personalite-option=--stream-delay", "--personalite-option=0")
    assert run.returncode == 0 and "3 passed" in run.stdout, run.stdout + run.stderr
    run = run_tests(site, tmp_path, PERSONALITE_BINARY=str(BINARY))
    assert run.returncode == 0 and "3 passed" in run.stdout, run.stdout + run.stderr


def test_what_is_missing_is_said(site, tmp_path):
    run = run_tests(site, tmp_path, PATH=os.defpath)
    assert run.returncode != 0 and "there is no personalite on the PATH" in run.stdout, run.stdout + run.stderr
    run = run_tests(site, tmp_path, f"--personalite-binary={BINARY}", "--personalite-option=--no-such-option")
    assert run.returncode != 0 and "did not start" in run.stdout and "no-such-option" in run.stdout, run.stdout + run.stderr
