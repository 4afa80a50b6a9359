"""Delivery streams whose destination is an HTTP endpoint, with a real one behind TLS."""

import base64
import gzip
import http.server
import json
import ssl
import threading

import pytest

from harness import ROLE, until
from test_firehose import arn, objects
from test_s3 import refusal

BUCKET = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::out"}


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, self.headers, body))
        status, answer = self.server.answer(self.headers["X-Amz-Firehose-Request-Id"])
        content = json.dumps(answer).encode()
        self.send_response_only(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def accepted(request_id):
    return 200, {"requestId": request_id, "timestamp": 1_700_000_000_000}


@pytest.fixture
def delivering(start, tmp_path):
    """A server whose clock stands still, with a bucket, and an endpoint with a certificate that nobody vouches for."""
    server = start("--data-dir", tmp_path / "data")
    server.clock(rate=0)
    server.client("s3").create_bucket(Bucket="out")
    # It makes a certificate when somebody asks for it; the endpoint may have it, too.
    assert server.http("GET", "/_personalite/certificate").status == 200
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "data/tls/certificate.pem", tmp_path / "data/tls/key.pem")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as served:
        served.socket = context.wrap_socket(served.socket, server_side=True)
        served.asked, served.answer, served.daemon_threads = [], accepted, True
        served.url = f"https://127.0.0.1:{served.server_address[1]}"
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield server, served
        served.shutdown()
        thread.join(10)


def create(server, name, url, **more):
    configuration = {"EndpointConfiguration": {"Url": url, "Name": "mine", "AccessKey": "secret"}, "S3Configuration": BUCKET, **more}
    server.client("firehose").create_delivery_stream(DeliveryStreamName=name, HttpEndpointDestinationConfiguration=configuration)


def put(server, name, *texts):
    server.client("firehose").put_record_batch(DeliveryStreamName=name, Records=[{"Data": text.encode()} for text in texts])


def test_records_are_sent_to_an_endpoint(delivering, name):
    server, endpoint = delivering
    attributes = [{"AttributeName": "stage", "AttributeValue": "test"}]
    create(server, name, f"{endpoint.url}/in?a=1", RequestConfiguration={"ContentEncoding": "GZIP", "CommonAttributes": attributes})
    put(server, name, "one", "two")
    server.clock(advance=300)
    until(lambda: endpoint.asked, what="a request")
    path, headers, body = endpoint.asked[0]
    sent = json.loads(gzip.decompress(body))
    assert path == "/in?a=1" and [base64.b64decode(record["data"]) for record in sent["records"]] == [b"one", b"two"]
    assert sent["requestId"] == headers["X-Amz-Firehose-Request-Id"] and isinstance(sent["timestamp"], int)
    assert (headers["X-Amz-Firehose-Access-Key"], headers["X-Amz-Firehose-Source-Arn"]) == ("secret", arn(name))
    assert headers["X-Amz-Firehose-Protocol-Version"] == "1.0" and headers["content-type"] == "application/json"
    assert json.loads(headers["X-Amz-Firehose-Common-Attributes"]) == {"commonAttributes": {"stage": "test"}}
    assert objects(server) == {}
    until(lambda: "aws_firehose_delivery_to_http_endpoint_success_sum" in server.http("GET", "/_personalite/metrics").text, what="figures")


def test_what_an_endpoint_refuses_is_tried_again_and_then_kept(delivering, name):
    server, endpoint = delivering
    endpoint.answer = lambda request_id: (500, {"requestId": request_id, "timestamp": 1, "errorMessage": "not today"})
    create(server, name, endpoint.url, RetryOptions={"DurationInSeconds": 60}, S3BackupMode="FailedDataOnly")
    put(server, name, "one")
    server.clock(advance=300)
    # The second attempt says that the first has failed at the time that the clock shows.
    until(lambda: len(endpoint.asked) > 1, what="a second request")
    assert objects(server) == {}
    server.clock(advance=61)
    until(lambda: objects(server), what="the error object")
    (key, content), = objects(server).items()
    assert key.startswith("http-endpoint-failed/")
    line = json.loads(content)
    assert line["errorCode"] == "HttpEndpoint.DestinationException" and "not today" in line["errorMessage"]
    assert base64.b64decode(line["rawData"]) == b"one" and line["attemptsMade"] == len(endpoint.asked) >= 2
    assert len({headers["X-Amz-Firehose-Request-Id"] for _, headers, _ in endpoint.asked}) == 1


def test_nothing_is_lost_when_the_server_is_killed_in_between(delivering, start, name, tmp_path):
    server, endpoint = delivering
    endpoint.answer = lambda request_id: (503, {"requestId": request_id, "timestamp": 1})
    create(server, name, endpoint.url)
    put(server, name, "one", "two")
    server.clock(advance=300)
    until(lambda: endpoint.asked, what="a request")
    server.kill()
    endpoint.answer, before = accepted, len(endpoint.asked)
    start("--data-dir", tmp_path / "data")
    until(lambda: len(endpoint.asked) > before, what="the request again")
    sent = json.loads(endpoint.asked[-1][2])
    assert [base64.b64decode(record["data"]) for record in sent["records"]] == [b"one", b"two"]


def test_a_destination_is_described_and_changed(delivering, name):
    server, endpoint = delivering
    firehose = server.client("firehose")
    create(server, name, endpoint.url, S3BackupMode="AllData")

    def shown():
        destination, = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]["Destinations"]
        assert destination.keys() == {"DestinationId", "HttpEndpointDestinationDescription"}
        return destination["HttpEndpointDestinationDescription"]

    first = shown()
    assert first["EndpointConfiguration"] == {"Url": endpoint.url, "Name": "mine"}
    assert (first["BufferingHints"], first["RetryOptions"]) == ({"SizeInMBs": 5, "IntervalInSeconds": 300}, {"DurationInSeconds": 300})
    assert first["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED" and first["S3BackupMode"] == "AllData"
    firehose.update_destination(
        DeliveryStreamName=name, CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
        HttpEndpointDestinationUpdate={"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}, "S3Update": {"Prefix": "all/"}},
    )
    assert shown()["S3DestinationDescription"]["Prefix"] == "all/" and shown()["EndpointConfiguration"]["Url"] == endpoint.url
    put(server, name, "one")
    until(lambda: objects(server, prefix="all/"), what="the backup")
    assert list(objects(server, prefix="all/").values()) == [b"one"] and endpoint.asked[0][1]["X-Amz-Firehose-Access-Key"] == "secret"


def test_what_is_refused(delivering, name):
    server, endpoint = delivering
    firehose = server.client("firehose")

    def refused(**more):
        wanted = {"EndpointConfiguration": {"Url": endpoint.url}, "S3Configuration": BUCKET, **more}
        return refusal(firehose.create_delivery_stream, DeliveryStreamName=name, HttpEndpointDestinationConfiguration=wanted)

    status, code, text = refused(EndpointConfiguration={"Url": "http://127.0.0.1/"})
    assert (status, code) == (400, "ValidationException") and "https://.*" in text
    secret = {"Enabled": True, "SecretARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"}
    assert "SecretsManagerConfiguration is not carried out" in refused(SecretsManagerConfiguration=secret)[2]
    assert "is not valid" in refused(EndpointConfiguration={"Url": "https:///in"})[2]


def test_a_stack_with_an_endpoint(delivering):
    server, endpoint = delivering
    stacks = server.client("cloudformation")

    def template(size):
        return json.dumps({"Resources": {"Stream": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {
            "DeliveryStreamName": "stacked", "HttpEndpointDestinationConfiguration": {
                "EndpointConfiguration": {"Url": endpoint.url, "AccessKey": "secret"}, "S3Configuration": BUCKET, "RoleARN": ROLE,
                "BufferingHints": {"SizeInMBs": size, "IntervalInSeconds": 60}}}}}})

    def shown():
        stream = server.client("firehose").describe_delivery_stream(DeliveryStreamName="stacked")["DeliveryStreamDescription"]
        return stream["Destinations"][0]["HttpEndpointDestinationDescription"]

    stacks.create_stack(StackName="s", TemplateBody=template(1))
    assert shown()["BufferingHints"]["SizeInMBs"] == 1
    stacks.update_stack(StackName="s", TemplateBody=template(2))
    assert shown()["BufferingHints"]["SizeInMBs"] == 2
    put(server, "stacked", "one")
    server.clock(advance=61)
    until(lambda: endpoint.asked, what="a request")
    assert endpoint.asked[0][1]["X-Amz-Firehose-Access-Key"] == "secret"
    stacks.delete_stack(StackName="s")
