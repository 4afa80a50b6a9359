"""What a start costs, and a function behind API Gateway and behind a stream: figures of one run, which hold for the machine that they were made on.

    python services.py [--baseline OTHER_BINARY]

Each start is measured from exec to the first answer, of this binary and of the other in turn; nothing else may run meanwhile.
"""

import argparse
import http.client
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

from harness import BINARY, ROLE, Server, until
from test_lambda import package

STARTS, REQUESTS, RECORDS = 15, 2000, 600
ANSWERS = {
    "python": ("python3.12", {"app__py": 'def handler(event, context):\n    return {"statusCode": 200, "body": "hi"}\n'}),
    "node": ("nodejs20.x", {"app__js": 'exports.handler = async () => ({ statusCode: 200, body: "hi" });\n'}),
}
# The handler tells how old each record is, by the machine's clock.
HEARD = """
import base64, os, time
def handler(event, context):
    now = time.time()
    with open(os.environ["HEARD"], "a") as file:
        for record in event["Records"]:
            file.write(f'{(now - float(base64.b64decode(record["kinesis"]["data"]))) * 1000}\\n')
"""


def first_answer(binary):
    """Milliseconds from exec to the first answer, and MB resident after it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen([binary, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/_personalite/health")
                connection.getresponse().read()
                break
            except ConnectionRefusedError:
                assert time.perf_counter() - began < 30
        took = (time.perf_counter() - began) * 1000
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        return took, int(status.split("VmRSS:")[1].split()[0]) / 1024
    finally:
        server.kill()
        server.wait()


def percentiles(values):
    ordered = sorted(values)
    return f"p50 {ordered[len(ordered) // 2]:.2f}, p99 {ordered[int(len(ordered) * .99)]:.2f} ms"


def starts(binaries):
    figures = {binary: [] for binary in binaries}
    for _ in range(STARTS):
        for binary in binaries:
            figures[binary].append(first_answer(binary))
    for binary, found in figures.items():
        times, sizes = zip(*found)
        print(f"{binary}: first answer {statistics.median(times):.1f} ms at the median of {STARTS}, {min(times):.1f} at best; {statistics.median(sizes):.1f} MB")


def behind_a_gateway(server, name, runtime, files):
    function = server.client("lambda").create_function(
        FunctionName=name, Runtime=runtime, Role=ROLE, Handler="app.handler", Timeout=20, Code={"ZipFile": package(**files)})["FunctionArn"]
    gateway = server.client("apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    at = {"restApiId": api, "resourceId": gateway.get_resources(restApiId=api)["items"][0]["id"], "httpMethod": "GET"}
    gateway.put_method(**at, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="prod")
    connection, times = http.client.HTTPConnection("127.0.0.1", server.port), []
    for _ in range(REQUESTS + 1):
        began = time.perf_counter()
        connection.request("GET", "/prod/", headers={"Host": f"{api}.execute-api.localhost:{server.port}"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"hi")
        times.append((time.perf_counter() - began) * 1000)
    print(f"{name} behind API Gateway: first {times[0]:.0f} ms, then {percentiles(times[1:])}, {REQUESTS / sum(times[1:]) * 1000:.0f}/s on one connection")


def behind_a_stream(server, folder):
    functions, kinesis, heard = server.client("lambda"), server.client("kinesis"), folder / "heard"
    functions.create_function(
        FunctionName="heard", Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=20, Environment={"Variables": {"HEARD": str(heard)}},
        Code={"ZipFile": package(app__py=HEARD)})
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="heard", StartingPosition="TRIM_HORIZON", MaximumBatchingWindowInSeconds=0)
    ages = lambda: [float(line) for line in heard.read_text().splitlines()] if heard.exists() else []
    # The first one waits for the function's process.
    for number in range(RECORDS + 1):
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=repr(time.time()).encode())
        until(lambda: len(ages()) > number, 20, "the handler")
    print(f"from PutRecord to the handler, {RECORDS} records one after the other: {percentiles(ages()[1:])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--baseline", help="another binary, whose starts are measured in turn with this one's")
    options = parser.parse_args()
    starts([BINARY] + ([options.baseline] if options.baseline else []))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder))
        try:
            for name, (runtime, files) in ANSWERS.items():
                behind_a_gateway(server, name, runtime, files)
            behind_a_stream(server, pathlib.Path(folder))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
