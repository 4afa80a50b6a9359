"""Fixtures for tests that drive a real server with real clients."""

import itertools
import os

import pytest

import browser as browsers
import console
import harness
import relay as relays
import world as worlds

numbers = itertools.count(1)

# They need packages that are made: `make check-packages` makes them and runs these tests.
collect_ignore = [] if os.environ.get("PERSONALITE_PACKAGES") else ["test_packages.py"]


def pytest_configure(config):
    if not os.access(harness.BINARY, os.X_OK):
        raise pytest.UsageError(f"no server at {harness.BINARY}: run `make server`, or set PERSONALITE_BINARY")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server with nothing but defaults: in memory, signatures verified. Tests share it, so they use names of their own."""
    server = harness.Server(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@pytest.fixture
def start(tmp_path_factory):
    """Starts servers with options of a test's own; what still runs at its end is killed."""
    running = []

    def start(*options, environment=None):
        running.append(harness.Server(tmp_path_factory.mktemp("server"), *options, environment=environment))
        return running[-1]

    yield start
    for server in running:
        server.kill()


@pytest.fixture
def relay():
    """Puts something between a client and a server."""
    running = []

    def relay(server, answer=None):
        running.append(relays.Relay(server, answer))
        return running[-1]

    yield relay
    for one in running:
        one.end()


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"t{next(numbers)}"


@pytest.fixture(scope="session")
def world(server):
    """A dataset group with the film-night data, one solution and campaign per recipe and an event tracker, ready to be asked."""
    return worlds.World(server, "world").load().train()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    browser = browsers.Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """A server of its own with something on every screen of the console."""
    server = harness.Server(tmp_path_factory.mktemp("films"))
    yield console.films(server)
    server.kill()


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def kinesis(server):
    return server.client("kinesis")


@pytest.fixture
def personalize(server):
    return server.client("personalize")


@pytest.fixture
def events(server):
    return server.client("personalize-events")


@pytest.fixture
def runtime(server):
    return server.client("personalize-runtime")


@pytest.fixture
def cfn(server):
    return server.client("cloudformation")


@pytest.fixture
def bucket(s3, name):
    s3.create_bucket(Bucket=f"bucket-{name}")
    return f"bucket-{name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    server = item.funcargs.get("server") if report.failed and hasattr(item, "funcargs") else None
    if server is not None:
        report.sections.append(("server log", server.tail()))
    return report
