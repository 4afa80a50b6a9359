"""Every rule of every member of every operation of the three models of Personalize, broken one at a time; and a request that keeps them all.

The cases are made from the models (see cases.py). They go over one connection, unsigned but complete: the server reads signatures and
does not check them.
"""

import collections
import http.client
import json

import pytest
from botocore.exceptions import ClientError

import cases
import harness

SERVICES = ("personalize", "personalize-events", "personalize-runtime")
AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/personalize/aws4_request, "
                 "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64)
SEEN = collections.Counter()
# A time that is null is the time of receipt (docs/fidelity.md).
NULL_IS_NOW = {("PutEvents", ".eventList[].sentAt"), ("PutActionInteractions", ".actionInteractions[].timestamp")}


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """One connection to a server of its own."""
    server = harness.Server(tmp_path_factory.mktemp("server"), "--auth", "parse")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    yield connection
    connection.close()
    server.kill()


def model(service):
    return harness.session()._session.get_service_model(service)


def operations():
    return [(service, name) for service in SERVICES for name in model(service).operation_names]


def send(line, service, operation, document):
    headers = {"authorization": AUTHORIZATION, "x-amz-date": "20260101T000000Z", "content-type": "application/json"}
    path = operation.http["requestUri"]
    if service == "personalize":
        headers |= {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"AmazonPersonalize.{operation.name}"}
    line.request("POST", path, json.dumps(document).encode(), headers)
    answer = line.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if body else {}


@pytest.mark.parametrize("service, name", operations())
def test_every_rule_of_every_member(line, service, name):
    operation = model(service).operation_model(name)
    shape = operation.input_shape
    value = cases.good(shape)
    wrong = []
    for path, request, code in cases.bad(shape, value):
        if path == "" and code == "SerializationException":
            # A body that is no object is refused before any member is looked at; test_server has those.
            continue
        if (name, path) in NULL_IS_NOW and code == "InvalidInputException":
            continue
        status, answer = send(line, service, operation, cases.without(request))
        text = answer.get("message") or answer.get("Message") or ""
        SEEN[code] += 1
        right = (status, answer.get("__type")) == (400, code) and (code != "InvalidInputException" or text.startswith("1 validation error detected: Value "))
        if not right:
            wrong.append((path, code, status, answer))
    assert not wrong, f"{len(wrong)} of {name}: {wrong[:5]}"


def test_there_are_cases_enough():
    """Of a whole run; a part of it selected by name has fewer."""
    if len(SEEN) == 2 and SEEN["InvalidInputException"] > 1000:
        assert sum(SEEN.values()) >= 5000, SEEN
    print(dict(SEEN))


@pytest.mark.parametrize("service, name", operations())
def test_a_request_with_every_member_is_read(server, service, name):
    """What botocore writes passes every check of types and constraints: the answer is the operation's own, and is read back by botocore."""
    client = server.client(service)
    method = next(key for key, target in client.meta.method_to_api_mapping.items() if target == name)
    value = cases.good(model(service).operation_model(name).input_shape)
    try:
        getattr(client, method)(**value)
    except ClientError as error:
        assert error.response["Error"]["Code"] not in ("SerializationException", "ValidationException"), error
        assert "validation error" not in error.response["Error"]["Message"], error
