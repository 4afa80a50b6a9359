"""Commands among servers that are silent, endless or sly, with files that are easily misread, and when they are interrupted."""

import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest

import world as worlds
from harness import BINARY, clean_environment, sign, until
from test_commands import run


@contextlib.contextmanager
def listener(answer):
    """A server of one kind of answer: `answer(connection)` is called with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=quietly, args=(connection,), daemon=True).start()

        def quietly(connection):
            with connection, contextlib.suppress(OSError):
                answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def silent(connection):
    while connection.recv(65536):
        pass


def endless(connection):
    while True:
        connection.sendall(b"x" * 65536)


def trickling(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    with contextlib.suppress(TimeoutError):
        connection.settimeout(0.05)
        while True:
            connection.sendall(b" ")
            with contextlib.suppress(TimeoutError):
                connection.recv(1)


def says(body, headers=b""):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + (headers or b"content-length: %d\r\n" % len(body))

    def answer(connection):
        while connection.recv(65536):
            connection.sendall(head + b"\r\n" + body)
    return answer


@pytest.mark.parametrize("answer", [silent, trickling])
def test_a_port_that_accepts_and_is_silent_is_told(tmp_path, answer):
    with listener(answer) as url:
        begun = time.monotonic()
        status, output, _ = run(tmp_path, "doctor", "--endpoint", url, "--output", "json")
        assert status == 1 and time.monotonic() - begun < 20
        assert any("did not answer within 5.0 s" in one["words"] for one in json.loads(output)["findings"])
        begun = time.monotonic()
        status, _, errors = run(tmp_path, "wait", "--endpoint", url, "--timeout", "0.5")
        assert status == 1 and "did not answer" in errors and time.monotonic() - begun < 10


@pytest.mark.parametrize("answer, words", [
    (endless, "no end"), (says(b"", b"content-length: 99999999999999999999\r\n"), "length"), (says(b"", b"content-length: 9223372036854775807\r\n"), "too long"),
    (says(b"", b"content-length: 1000000000\r\n"), "too long"), (says(b"", b"transfer-encoding: chunked\r\n"), "length"), (says(b"no json"), "no JSON"),
])
def test_answers_without_an_end(tmp_path, answer, words):
    with listener(answer) as url:
        status, _, errors = run(tmp_path, "clock", "--endpoint", url)
        assert status == 1 and words in errors, errors


def test_lists_without_an_end(tmp_path):
    with listener(says(b'{"version":"1","now":1,"work":[],"datasetGroups":[],"StreamNames":["s"],"nextToken":"again","NextToken":"again"}')) as url:
        status, _, errors = run(tmp_path, "status", "--endpoint", url)
        assert status == 1 and "without an end" in errors


@pytest.mark.parametrize("number", ["1e300", "-1e300", "123456789012345678901234567890", "1e999"])
def test_numbers_that_are_no_count(tmp_path, number):
    text = '{"now":%s,"ahead":%s,"rate":%s,"version":"1","work":[{"arn":"a:b:c:d:e:f","fraction":%s,"secondsLeft":%s}],"datasetGroups":[],"StreamNames":[]}' % ((number,) * 5)
    with listener(says(text.encode())) as url:
        for command in ("clock", "status"):
            # A text that is no JSON number is told; nothing ends the command in its middle.
            assert run(tmp_path, command, "--endpoint", url)[0] in (0, 1)


def test_what_a_server_says_cannot_move_the_cursor(tmp_path):
    evil = "\x1b]0;title\x07\x1b[2Jx\x9b31my\u202ez\r"
    text = json.dumps({"version": evil, "now": 1, "work": [], "StreamNames": [evil], "datasetGroups": [], "message": evil}).encode()
    with listener(says(text)) as url:
        status, output, errors = run(tmp_path, "status", "--endpoint", url)
        assert status == 0 and "\\u001b]0;title\\u0007" in output
        assert not set(output) & set("\x1b\x07\x9b\u202e\r"), output
        status, output, _ = run(tmp_path, "status", "--endpoint", url, "--output", "json")
        assert json.loads(output)["streams"] == [evil] and not set(output) & set("\x1b\x07\x9b\u202e\r")

    def refuses(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text))

    with listener(refuses) as url:
        for command in (["clock"], ["wait", "--timeout", "0.1"]):
            status, _, errors = run(tmp_path, *command, "--endpoint", url)
            assert status == 1 and "\x1b" not in errors and ("\\u001b" in errors)
    (tmp_path / "x.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\nu\x1b[2J,i,1\n")
    status, output, _ = run(tmp_path, "import", "x.csv", "--show")
    assert status == 0 and "\\u001b[2J" in output and "\x1b" not in output


@pytest.mark.parametrize("words", [
    ["clock", "--rate", "nan"], ["clock", "--rate=-1"], ["clock", "--rate", "inf"], ["clock", "--advance=-1s"], ["clock", "--advance", "nan"],
    ["clock", "--advance", "1e300d"], ["faults", "add", "--probability", "nan"], ["faults", "add", "--probability=-1"], ["faults", "add", "--probability", "2"],
    ["faults", "add", "--latency=-1"], ["faults", "add", "--latency", "inf"], ["faults", "add", "--status", "200"], ["recommend", "u", "--count", "0"],
    ["recommend", "u", "--count=-5"], ["wait", "--timeout", "nan"],
])
def test_numbers_that_mean_nothing_are_refused(tmp_path, words):
    assert run(tmp_path, *words, "--endpoint", "http://127.0.0.1:1")[0] == 64


# MARK: import


def columns(folder, text, *words, name="x.csv", kind=None):
    (folder / name).write_text(text)
    status, output, errors = run(folder, "import", name, "views.csv", "--show", "--output", "json", *(["--as", kind, "--as", "Interactions"] if kind else []), *words)
    assert status == 0, errors
    schema = json.loads(json.loads(output)["files"][0]["schema"])
    return {field["name"]: field for field in schema["fields"]}


def test_columns_that_are_easily_misread(tmp_path):
    (tmp_path / "views.csv").write_text("user,item,time\nu,i,1\n")
    found = columns(tmp_path, (
        "product_id,category_id,zip,released,type,rating,available,empty,code,plot,blurb,hex,created_at,year\n"
        + "".join(f"{n},{n % 3},0{n % 90}123,1995-01-0{n % 9 + 1},film,{n % 5}.5,{'true' if n % 2 else 'false'},,12345678901234567890,{'long words ' * 6},{'many words ' * 6},0x1F,{n},{1990 + n % 9}\n" for n in range(300))
    ), kind="Items")
    assert found["ITEM_ID"]["type"] == "string" and found["CATEGORY_ID"]["type"] == "string" and found["ZIP"]["type"] == "string"
    assert found["RELEASED"]["type"] == "string" and found["TYPE"]["type"] == "string" and found["RATING"]["type"] == "float"
    assert found["AVAILABLE"]["type"] == "boolean" and found["CODE"]["type"] == "string" and found["HEX"]["type"] == "string"
    assert found["EMPTY"] == {"name": "EMPTY", "type": ["null", "string"]}
    assert found["CREATION_TIMESTAMP"]["type"] == "long" and found["YEAR"]["type"] == "long"
    assert [name for name, field in found.items() if field.get("textual")] == ["PLOT"]
    # What somebody says a column is called decides what it is.
    (tmp_path / "log.csv").write_text("who,what,at,date,value\n1,2,3,x,many\n")
    status, output, errors = run(tmp_path, "import", "log.csv", "--show", "--output", "json", "--column", "who=USER_ID", "--column", "what=ITEM_ID", "--column", "at=TIMESTAMP")
    assert status == 0, errors
    fields = {field["name"]: field["type"] for field in json.loads(json.loads(output)["files"][0]["schema"])["fields"]}
    assert fields == {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "DATE": "string", "VALUE": "string"}


def test_times_in_milliseconds_are_told(tmp_path):
    (tmp_path / "x.csv").write_text("user,item,ts\nu,i,1700000000000\n")
    status, _, errors = run(tmp_path, "import", "x.csv", "--show")
    assert status == 1 and "milliseconds" in errors


def test_a_heading_between_quotes_and_columns_of_far_below(tmp_path):
    (tmp_path / "x.csv").write_text('"user","item","time","a\nnote","late"\n' + "".join(f"u{n % 50},i{n % 40},{1_700_000_000 + n},x,{'1' if n < 90_000 else '0.5'}\n" for n in range(100_000)))
    status, output, errors = run(tmp_path, "import", "x.csv", "--show", "--output", "json")
    assert status == 0, errors
    fields = {field["name"]: field["type"] for field in json.loads(json.loads(output)["files"][0]["schema"])["fields"]}
    assert fields["LATE"] == ["null", "float"] and fields["A_NOTE"] == ["null", "string"]


def views(folder, name="views.csv"):
    (folder / name).write_text(worlds.rows())
    return name


def test_an_import_in_another_region(start, tmp_path):
    server = start()
    variables = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1"}
    status, output, errors = run(tmp_path, "import", views(tmp_path), "--recipe", "aws-popularity-count", "--output", "json", **variables)
    assert status == 0 and ":eu-central-1:" in json.loads(output)["campaignArn"], errors
    assert server.client("s3", region="eu-central-1").get_bucket_location(Bucket="views-data")["LocationConstraint"] == "eu-central-1"
    status, output, errors = run(tmp_path, "recommend", "u0", **variables)
    assert status == 0, errors


def test_an_import_leaves_objects_alone(start, tmp_path):
    server = start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="views-data")
    for key in ("interactions.csv", "personalite-import/interactions.csv"):
        s3.put_object(Bucket="views-data", Key=key, Body=b"mine")
    status, _, errors = run(tmp_path, "import", views(tmp_path), AWS_ENDPOINT_URL=server.url)
    assert status == 1 and "is not overwritten" in errors
    for key in ("interactions.csv", "personalite-import/interactions.csv"):
        assert s3.get_object(Bucket="views-data", Key=key)["Body"].read() == b"mine"


def test_an_import_that_was_cut_off_says_what_stands_and_goes_on(start, tmp_path):
    server = start()
    variables = {"AWS_ENDPOINT_URL": server.url}
    words = ["import", views(tmp_path), "--recipe", "aws-popularity-count"]
    for operation, standing in [("CreateDataset", "schema/views-interactions"), ("CreateSolutionVersion", "solution/views-solution"), ("CreateCampaign", "solution/views-solution/")]:
        assert run(tmp_path, "faults", "add", "--service", "personalize", "--operation", operation, "--code", "Tired", "--status", "500", **variables)[0] == 0
        status, _, errors = run(tmp_path, *words, "--resume", **variables)
        assert status == 1 and "Tired" in errors and standing in errors and "--resume" in errors and "dataset-group/views" in errors, errors
        assert run(tmp_path, "faults", "clear", **variables)[0] == 0
    personalize = server.client("personalize")
    imports = len(personalize.list_dataset_import_jobs()["datasetImportJobs"])
    status, output, errors = run(tmp_path, *words, "--resume", "--output", "json", **variables)
    assert status == 0 and json.loads(output)["trackingId"], errors
    assert len(personalize.list_dataset_import_jobs()["datasetImportJobs"]) == imports == 1
    assert len(personalize.list_solution_versions(solutionArn=personalize.list_solutions()["solutions"][0]["solutionArn"])["solutionVersions"]) == 1
    # What is there with other contents is not taken for the same.
    views(tmp_path, "other.csv")
    (tmp_path / "other.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP,MOOD\nu,i,1,good\n")
    status, _, errors = run(tmp_path, "import", "other.csv", "--name", "views", "--resume", **variables)
    assert status == 1 and "not that of this file" in errors
    status, _, errors = run(tmp_path, "import", "views.csv", "--recipe", "aws-sims", "--resume", **variables)
    assert status == 1 and "another recipeArn" in errors


def test_all_streams_are_shown(start, tmp_path):
    server = start()
    names = [f"many-{n:03}" for n in range(120)]
    for name in names:
        server.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    status, output, _ = run(tmp_path, "status", "--output", "json", AWS_ENDPOINT_URL=server.url)
    assert status == 0 and json.loads(output)["streams"] == names


def test_what_is_not_explained_fails_in_both_forms(start, tmp_path):
    server = start()
    variables = {"AWS_ENDPOINT_URL": server.url}
    assert run(tmp_path, "import", views(tmp_path), **variables)[0] == 0
    assert run(tmp_path, "explain", "u0", "i1", **variables)[0] == 0
    for form in ("text", "json"):
        status, output, errors = run(tmp_path, "explain", "u0", "nothing", "--output", form, **variables)
        assert status == 1 and "not an item" in errors
        assert form == "text" or json.loads(output)["explained"] is False


# MARK: Scripts of the start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("verb", ["run", "serve"])
def test_a_signal_ends_the_scripts_and_all_that_they_started(tmp_path, verb, number):
    scripts = tmp_path / "init"
    scripts.mkdir()
    # The script cannot be asked to end, and has started another program.
    (scripts / "1.sh").write_text(f"trap '' TERM INT\ntail -f /dev/null & echo $! > {tmp_path}/pid\nmv {tmp_path}/pid {tmp_path}/begun\nwait\n")
    words = ["--port", "0", "--init", str(scripts)] if verb == "serve" else ["--init", str(scripts), "--", "touch", str(tmp_path / "never")]
    with subprocess.Popen([BINARY, verb, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(tmp_path, TMPDIR=str(tmp_path))) as process:
        try:
            until((tmp_path / "begun").exists)
            child = int((tmp_path / "begun").read_text())
            process.send_signal(number)
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == (0 if verb == "serve" else 128 + number)
    assert "Ready." not in output and not (tmp_path / "never").exists()
    until(lambda: not pathlib.Path(f"/proc/{child}").exists() or "\nState:\tZ" in pathlib.Path(f"/proc/{child}/status").read_text(), what="the end of what the script started")


def test_scripts_have_the_process_that_the_server_was_given(tmp_path):
    scripts = tmp_path / "init"
    scripts.mkdir()
    (scripts / "1.sh").write_text(f"(umask; ulimit -Sn) > {tmp_path}/seen\n")
    (scripts / "2.sh").write_text(f"echo $1 $0 > {tmp_path}/bare\n")
    (scripts / "2.sh").chmod(0o755)
    words = f'umask 027; ulimit -Sn 200; exec "{BINARY}" run --data-dir d --init init -- sh -c "umask; ulimit -Sn"'
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=clean_environment(tmp_path))
    assert done.stdout.split() == ["0027", "200"] == (tmp_path / "seen").read_text().split(), done
    assert (tmp_path / "bare").read_text().strip().endswith("2.sh")
    # What the server wrote is its user's alone all the while.
    assert not [path for path in (tmp_path / "d").rglob("*") if path.stat().st_mode & 0o077]


# MARK: Neighbours' paths


def test_a_bucket_that_the_host_names_has_all_keys(start):
    server = start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="shop")
    for key in ("_localstack/health", "_personalite/health", "moto-api/reset"):
        s3.put_object(Bucket="shop", Key=key, Body=key.encode())
        target, headers, _ = sign("GET", f"shop.s3.localhost:{server.port}", f"/{key}", b"", {}, service="s3")
        assert server.http("GET", target, headers=headers).body == key.encode(), key
    assert server.http("GET", "/_localstack/health").json["edition"] == "personalite"


def test_a_refused_reset_says_what_helps(start):
    server = start("--control-token", "secret-of-the-start")
    elsewhere = {"host": "evil.example"}
    refused = server.http("POST", "/moto-api/reset", headers=elsewhere)
    assert refused.status == 403 and "POST /_personalite/reset" in refused.json["message"] and "Bearer" in refused.json["message"]
    assert server.http("POST", "/moto-api/reset", headers={**elsewhere, "authorization": "Bearer wrong"}).status == 403
    assert server.http("POST", "/moto-api/reset", headers={**elsewhere, "authorization": "Bearer secret-of-the-start"}).json == {"status": "ok"}


def test_a_refusal_in_the_middle_of_an_upload_is_shown(start, relay, tmp_path):
    def refuse(handler, kind, _):
        if kind == "PUT" and handler.path.endswith(".csv"):
            return 503, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return None

    (tmp_path / "big.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\n" + "u,i,1600000000\n" * 3_000_000)
    between = relay(start(), refuse)
    status, _, errors = run(tmp_path, "import", "big.csv", AWS_ENDPOINT_URL=between.url)
    assert status == 1 and "refused with status 503: SlowDown: Please reduce your request rate." in errors, errors
