"""Lambda: functions as they are kept and changed, in AWS's words, and what running them gives."""

import base64
import concurrent.futures
import io
import json
import urllib.request
import zipfile

import pytest

import harness
from test_s3 import refusal

ROLE = f"arn:aws:iam::{harness.ACCOUNT}:role/service-role/functions"


def package(**files):
    """A ZIP of texts; `__` in a name stands for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return target.getvalue()


@pytest.fixture
def functions(server):
    return server.client("lambda")


def python(functions, name, text, handler="app.handler", **more):
    return functions.create_function(
        FunctionName=name, Runtime="python3.12", Role=ROLE, Handler=handler, Code={"ZipFile": package(app__py=text)}, **more)


def node(functions, name, text, file="index__js", **more):
    return functions.create_function(
        FunctionName=name, Runtime="nodejs20.x", Role=ROLE, Handler="index.handler", Code={"ZipFile": package(**{file: text})}, **more)


def invoke(functions, name, event=None, **more):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return answer, json.loads(answer["Payload"].read() or "null")


ECHO = """
import os
def handler(event, context):
    return {"event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
            "mine": os.environ.get("MINE"), "region": os.environ["AWS_REGION"], "name": context.function_name}
"""


def test_a_function_is_kept(functions, name):
    made = python(functions, name, ECHO, Environment={"Variables": {"MINE": "1"}}, Tags={"a": "b"}, Description="d")
    assert (made["FunctionName"], made["State"], made["Version"]) == (name, "Active", "$LATEST")
    assert made["FunctionArn"] == f"arn:aws:lambda:us-east-1:{harness.ACCOUNT}:function:{name}"
    assert (made["Timeout"], made["MemorySize"], made["EphemeralStorage"], made["PackageType"]) == (3, 128, {"Size": 512}, "Zip")
    got = functions.get_function(FunctionName=name)
    assert got["Configuration"]["RevisionId"] == made["RevisionId"] and got["Tags"] == {"a": "b"}
    with urllib.request.urlopen(got["Code"]["Location"]) as answer:
        assert zipfile.ZipFile(io.BytesIO(answer.read())).read("app.py").decode() == ECHO
    for text in (made["FunctionArn"], f"{harness.ACCOUNT}:function:{name}", f"{name}:$LATEST"):
        assert functions.get_function_configuration(FunctionName=text)["CodeSha256"] == made["CodeSha256"]
    assert name in [row["FunctionName"] for page in functions.get_paginator("list_functions").paginate() for row in page["Functions"]]
    changed = functions.update_function_configuration(FunctionName=name, Timeout=5, Environment={"Variables": {}})
    assert changed["Timeout"] == 5 and "Environment" not in changed and changed["RevisionId"] != made["RevisionId"]
    assert refusal(functions.update_function_configuration, FunctionName=name, RevisionId="x")[:2] == (412, "PreconditionFailedException")
    functions.delete_function(FunctionName=name)
    status, code, message = refusal(functions.get_function, FunctionName=name)
    assert (status, code, message) == (404, "ResourceNotFoundException", f"Function not found: {made['FunctionArn']}")


def test_what_is_wrong_is_said(functions, name):
    python(functions, name, ECHO)
    assert refusal(lambda: python(functions, name, ECHO)) == (409, "ResourceConflictException", f"Function already exist: {name}")
    other = {"FunctionName": name + "x", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": package(app__py="")}}
    cases = [
        ({"Runtime": "ruby3.3"}, "ruby3.3"), ({"Runtime": "python3.12", "Layers": [f"arn:aws:lambda:us-east-1:{harness.ACCOUNT}:layer:x:1"]}, "does not exist"),
        ({"Runtime": "python3.12", "Environment": {"Variables": {"AWS_REGION": "x"}}}, "AWS_REGION"), ({}, "mandatory"),
        ({"Runtime": "python3.12", "Code": {"ZipFile": b"no archive"}}, "Could not unzip"), ({"Runtime": "python3.12", "Code": {}}, "source"),
        ({"Runtime": "python3.12", "Code": {"S3Bucket": "nowhere-at-all", "S3Key": "k"}}, "NoSuchBucket"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "Image"),
    ]
    for change, word in cases:
        status, code, message = refusal(functions.create_function, **{**other, **change})
        assert (status, code) == (400, "InvalidParameterValueException") and word in message, change
    assert refusal(functions.create_function, **{**other, "Timeout": 901, "Runtime": "python3.12"})[1] == "ValidationException"
    # A name of one letter is none, as the pattern has it.
    for word in ("1A", "A", "A-B", ""):
        status, code, message = refusal(functions.create_function, **{**other, "Runtime": "python3.12", "Environment": {"Variables": {word: "x"}}})
        assert (status, code) == (400, "ValidationException") and message.endswith(
            "at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
    status, code, message = refusal(functions.create_function_url_config, FunctionName=name, AuthType="NONE")
    assert status == 400 and "CreateFunctionUrlConfig" in message
    assert refusal(functions.invoke, FunctionName="nobody")[:2] == (404, "ResourceNotFoundException")
    assert refusal(functions.invoke, FunctionName=name, Payload=b"{")[:2] == (400, "InvalidRequestContentException")
    assert refusal(functions.get_function, FunctionName=f"arn:aws:lambda:eu-west-1:{harness.ACCOUNT}:function:{name}")[0] == 404


@pytest.mark.parametrize("path", ["../out.py", "/etc/out.py", "a/../../out.py"])
def test_no_archive_leads_out_of_its_folder(functions, name, path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("app.py", ECHO)
        archive.writestr(path, "x")
    status, code, message = refusal(
        functions.create_function, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"ZipFile": target.getvalue()})
    assert (status, code) == (400, "InvalidParameterValueException") and "unzip" in message


def test_no_archive_has_links_or_bombs(functions, name):
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}", bytes(100 << 20))
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    for archive, word in ((linked, "unzip"), (many, "262144000")):
        status, _, message = refusal(
            functions.create_function, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"ZipFile": archive.getvalue()})
        assert status == 400 and word in message


def test_versions_and_aliases(functions, name):
    arn = python(functions, name, "def handler(event, context): return 1", Publish=True)["FunctionArn"]
    assert arn.endswith(f":{name}:1")
    functions.update_function_code(FunctionName=name, ZipFile=package(app__py="def handler(event, context): return 2"))
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    assert [row["Version"] for row in functions.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST", "1", "2"]
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert alias["AliasArn"] == f"arn:aws:lambda:us-east-1:{harness.ACCOUNT}:function:{name}:live"
    assert [invoke(functions, name, Qualifier=q)[1] for q in ("1", "2", "live", "$LATEST")] == [1, 2, 1, 2]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    answer, value = invoke(functions, f"{name}:live")
    assert (value, answer["ExecutedVersion"]) == (2, "2")
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"
    assert [row["Name"] for row in functions.list_aliases(FunctionName=name)["Aliases"]] == ["live"]
    assert refusal(functions.delete_function, FunctionName=name, Qualifier="2")[0] == 409
    functions.delete_function(FunctionName=name, Qualifier="1")
    assert refusal(functions.invoke, FunctionName=name, Qualifier="1")[0] == 404
    functions.delete_alias(FunctionName=name, Name="live")
    assert refusal(functions.get_alias, FunctionName=name, Name="live")[0] == 404
    assert refusal(functions.create_alias, FunctionName=name, Name="12", FunctionVersion="2")[1] == "ValidationException"


def test_policies_tags_and_concurrency(functions, name):
    arn = python(functions, name, ECHO)["FunctionArn"]
    given = functions.add_permission(
        FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com", SourceArn="arn:aws:execute-api:us-east-1::x")
    assert json.loads(given["Statement"])["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert refusal(functions.add_permission, FunctionName=name, StatementId="s", Action="lambda:*", Principal="*")[0] == 409
    assert json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"][0]["Sid"] == "s"
    functions.remove_permission(FunctionName=name, StatementId="s")
    assert refusal(functions.get_policy, FunctionName=name)[0] == 404
    functions.tag_resource(Resource=arn, Tags={"x": "1", "y": "2"})
    functions.untag_resource(Resource=arn, TagKeys=["x"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"y": "2"}
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    assert refusal(functions.invoke, FunctionName=name)[1] == "TooManyRequestsException"
    functions.delete_function_concurrency(FunctionName=name)
    assert invoke(functions, name)[0]["StatusCode"] == 200


def test_a_python_handler_is_run(functions, name):
    python(functions, name, ECHO, Environment={"Variables": {"MINE": "ü"}})
    answer, value = invoke(functions, name, {"a": [1, "é"]}, LogType="Tail")
    assert value["event"] == {"a": [1, "é"]} and value["mine"] == "ü" and value["name"] == name and value["region"] == "us-east-1"
    assert 2000 < value["left"] <= 3000
    log = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {value['id']} Version: $LATEST\n" in log and "Max Memory Used:" in log and "Init Duration" in log
    assert "Init Duration" not in base64.b64decode(invoke(functions, name, LogType="Tail")[0]["LogResult"]).decode()
    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    assert refusal(functions.invoke, FunctionName=name, Payload=json.dumps("x" * (6 << 20)))[:2] == (413, "RequestTooLargeException")
    assert invoke(functions, name, "y" * 1_000_000)[1]["event"] == "y" * 1_000_000


def test_what_python_handlers_do_wrong(functions, name):
    text = """
import os, sys, time
def handler(event, context):
    print("begins")
    if event == "raise": raise ValueError("no " + event)
    if event == "exit": sys.stdout.flush(); os._exit(3)
    if event == "leave": sys.exit(4)
    if event == "set": return {1, 2}
    if event == "large": return "x" * 7_000_000
    if event == "late":
        while True: pass
    if event == "memory":
        held = [bytearray(b"x" * 1_000_000) for _ in range(1000)]
    return "fine"
"""
    python(functions, name, text, Timeout=1)
    expected = {
        "raise": ("ValueError", "no raise"), "exit": ("Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        "leave": ("Runtime.ExitError", "Error: Runtime exited with error: exit status 4"),
        "set": ("Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"),
        "large": ("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
        "late": ("Sandbox.Timedout", "Error: Task timed out after 1.00 seconds"),
    }
    for event, (kind, message) in expected.items():
        answer, value = invoke(functions, name, event, LogType="Tail")
        assert (answer["StatusCode"], answer["FunctionError"], value["errorType"]) == (200, "Unhandled", kind), value
        assert value["errorMessage"].endswith(message)
        assert "begins" in base64.b64decode(answer["LogResult"]).decode()
        assert invoke(functions, name, "")[1] == "fine"
    assert value_of_trace(invoke(functions, name, "raise")[1]) == "app.py"
    functions.update_function_configuration(FunctionName=name, Timeout=20)
    answer, value = invoke(functions, name, "memory")
    assert value["errorType"] in ("Runtime.ExitError", "MemoryError") and answer["FunctionError"] == "Unhandled"
    assert invoke(functions, name, "")[1] == "fine"


def value_of_trace(value):
    return value["stackTrace"][0].split('"')[1].rsplit("/", 1)[1]


@pytest.mark.parametrize("text, handler, kind, message", [
    ("import nothing_of_that_name", "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nothing_of_that_name'"),
    ("x = 1", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': "),
    ("raise KeyError('k')", "app.handler", "KeyError", "'k'"),
    ("import os; os._exit(0)", "app.handler", "Runtime.ExitError", "Runtime exited without providing a reason"),
    ("import sys; sys.exit(5)", "app.handler", "Runtime.ExitError", "Runtime exited with error: exit status 5"),
    ("x = 1", "app", "Runtime.MalformedHandlerName", "Bad handler 'app'"),
])
def test_python_that_does_not_start(functions, name, text, handler, kind, message):
    python(functions, name, text, handler)
    answer, value = invoke(functions, name)
    assert (answer["FunctionError"], value["errorType"]) == ("Unhandled", kind) and message in value["errorMessage"]


def test_node_handlers_are_run(functions, name):
    forms = {
        "async": "exports.handler = async (event, context) => ({event, id: context.awsRequestId, left: context.getRemainingTimeInMillis() > 1000})",
        "callback": "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, {event, id: context.awsRequestId, left: true}), 5) }",
        "done": "exports.handler = (event, context) => { context.succeed({event, id: context.awsRequestId, left: true}) }",
    }
    for form, text in forms.items():
        node(functions, f"{name}-{form}", text)
        for number in (1, 2):
            answer, value = invoke(functions, f"{name}-{form}", {"n": number})
            assert "FunctionError" not in answer and value["event"] == {"n": number} and value["left"], form
    node(functions, name, "export const handler = async () => { console.log('said\\nthis'); }", file="index__mjs")
    answer, value = invoke(functions, name, LogType="Tail")
    assert value is None and "\tINFO\tsaid\rthis" in base64.b64decode(answer["LogResult"]).decode()


@pytest.mark.parametrize("text, kind, message", [
    ("exports.handler = async () => { throw new TypeError('wrong') }", "TypeError", "wrong"),
    ("exports.handler = (e, c, callback) => callback(new Error('called'))", "Error", "called"),
    ("exports.handler = async () => { process.exit(7) }", "Runtime.ExitError", "exit status 7"),
    ("exports.handler = async () => { while (true) {} }", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ("exports.handler = async () => { await new Promise((f) => setTimeout(f, 60000)) }", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ("exports.handler = async () => { setTimeout(() => { throw new RangeError('later') }, 1); await new Promise((f) => setTimeout(f, 500)) }", "RangeError", "later"),
    ("exports.handler = async () => { Promise.reject(new Error('nobody')); await new Promise((f) => setTimeout(f, 500)) }",
     "Runtime.UnhandledPromiseRejection", "Error: nobody"),
    ("require('./not-there')", "Runtime.ImportModuleError", "Error: Cannot find module './not-there'"),
    ("exports.other = 1", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
    ("exports.handler = (", "Runtime.UserCodeSyntaxError", ""),
])
def test_what_node_handlers_do_wrong(functions, name, text, kind, message):
    node(functions, name, text, Timeout=1)
    answer, value = invoke(functions, name)
    assert (answer["FunctionError"], value["errorType"]) == ("Unhandled", kind) and message in value["errorMessage"], value


def test_a_process_is_used_again_and_many_run_at_a_time(functions, name):
    python(functions, name, "import os, threading\nnumber = 0\ndef handler(event, context):\n    global number\n    number += 1\n"
                            "    threading.Event().wait(event)\n    return [os.getpid(), number]", Timeout=30)
    first, second = invoke(functions, name, 0)[1], invoke(functions, name, 0)[1]
    assert first[0] == second[0] and (first[1], second[1]) == (1, 2)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pids = {value[0] for value in pool.map(lambda _: invoke(functions, name, 2)[1], range(4))}
    assert len(pids) == 4
    functions.update_function_configuration(FunctionName=name, Description="other")
    assert invoke(functions, name, 0)[1][1] == 1


def test_functions_call_the_server_as_their_account(server, functions, name):
    text = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"
    python(functions, name, text, Timeout=30)
    assert invoke(functions, name)[1] == f"arn:aws:sts::{harness.ACCOUNT}:assumed-role/functions/{name}"


def test_nothing_of_the_server_is_inherited(functions, name):
    text = "import os\ndef handler(event, context):\n    return [sorted(map(int, os.listdir('/proc/self/fd')))[:-1], os.getpgid(0) == os.getpid()]"
    python(functions, name, text)
    assert invoke(functions, name)[1] == [[0, 1, 2, 3, 4], True]


COUNTED = """
import json
def handler(event, context):
    with open(event["file"], "a") as file:
        file.write("x")
    if event["fails"]: raise Exception("on purpose")
"""


def test_events_are_carried_out_later_and_tried_twice_more(start, tmp_path, name):
    server = start()
    functions = server.client("lambda")
    python(functions, name, COUNTED, Timeout=30)

    def send(file, fails):
        payload = json.dumps({"file": str(tmp_path / file), "fails": fails})
        assert functions.invoke(FunctionName=name, InvocationType="Event", Payload=payload)["StatusCode"] == 202

    def runs(file):
        return len((tmp_path / file).read_text()) if (tmp_path / file).exists() else 0

    send("failing", True)
    harness.until(lambda: runs("failing") == 1, 30, "the first try")
    # The next one is a minute later, and the last one two minutes after that; the clock may be moved before the first failure has been written down.
    for tries, wait in [(2, 61), (3, 121)]:
        harness.until(lambda: server.clock(advance=wait) and runs("failing") == tries, 30, f"try {tries}")
    server.clock(advance=3600)
    send("fine", False)
    harness.until(lambda: runs("fine") == 1, 30, "another event")
    assert (runs("failing"), runs("fine")) == (3, 1)


def test_events_outlive_the_server(start, tmp_path, name):
    server = start("--data-dir", tmp_path / "data")
    functions = server.client("lambda")
    python(functions, name, COUNTED, Timeout=30)
    for number in range(20):
        functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"file": str(tmp_path / f"file-{number}"), "fails": False}))
    server.kill()
    start("--data-dir", tmp_path / "data")
    harness.until(lambda: all((tmp_path / f"file-{number}").exists() for number in range(20)), 30, "all events")


def test_code_comes_from_a_bucket(functions, s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="code.zip", Body=package(app__py="def handler(e, c): return 'bucket'"))
    functions.create_function(
        FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Code={"S3Bucket": name, "S3Key": "code.zip"})
    assert invoke(functions, name)[1] == "bucket"


def test_the_command_line(server, functions, name, tmp_path):
    (tmp_path / "code.zip").write_bytes(package(app__py=ECHO))
    made = server.aws(
        "lambda", "create-function", "--function-name", name, "--runtime", "python3.12", "--role", ROLE, "--handler", "app.handler",
        "--zip-file", f"fileb://{tmp_path}/code.zip")
    assert made["FunctionName"] == name
    answer = server.aws("lambda", "invoke", "--function-name", name, "--payload", '{"a": 1}', str(tmp_path / "out.json"))
    assert answer["StatusCode"] == 200 and json.loads((tmp_path / "out.json").read_text())["event"] == {"a": 1}


def test_functions_outlive_the_server_and_their_processes_do_not(start, tmp_path, name):
    server = start("--data-dir", tmp_path)
    functions = server.client("lambda")
    python(functions, name, "import os\ndef handler(event, context):\n    open('/proc/self/comm').read()\n    return os.getpid()", Timeout=30)
    pid = invoke(functions, name)[1]
    assert alive(pid)
    server.kill()
    harness.until(lambda: not alive(pid), 10, "the process is gone")
    server = start("--data-dir", tmp_path)
    assert invoke(server.client("lambda"), name)[1] != pid


def test_a_busy_process_ends_with_the_server(start, tmp_path, name):
    server = start()
    functions = server.client("lambda")
    python(functions, name, "import os\ndef handler(event, context):\n    open(event, 'w').write(str(os.getpid()))\n    while True: pass", Timeout=60)
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(str(tmp_path / "pid")))
    harness.until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), 30, "it runs")
    pid = int((tmp_path / "pid").read_text())
    server.kill()
    harness.until(lambda: not alive(pid), 10, "the process is gone")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


def test_functions_are_not_run_where_it_was_not_asked_for(start, name):
    functions = start("--functions", "off").client("lambda")
    python(functions, name, ECHO)
    status, code, message = refusal(functions.invoke, FunctionName=name)
    assert (status, code) == (403, "AccessDeniedException") and "--functions on" in message
