"""The newest requests: what is kept of them, how they are followed, and the screen that shows them."""

import socket

import botocore.auth
import pytest

from console import console, picture
from harness import until


def test_requests(films, browser):
    page = browser.open(console(films.server, "requests"))
    page.sees("requests")
    kinesis = films.server.client("kinesis")
    kinesis.put_record(StreamName="films", PartitionKey="k", Data=b"seen")
    page.until("[...document.querySelectorAll('.line')].some(one => one.textContent.includes('PutRecord'))")
    # A wrong secret: what this side signed is what the client signed.
    wrong = films.server.client("kinesis", key="test", secret="mistaken")
    signed = {}
    original = botocore.auth.SigV4Auth.canonical_request
    try:
        def noting(self, request):
            signed["text"] = original(self, request)
            return signed["text"]

        botocore.auth.SigV4Auth.canonical_request = noting
        with pytest.raises(wrong.exceptions.ClientError) as refusal:
            wrong.list_streams()
    finally:
        botocore.auth.SigV4Auth.canonical_request = original
    page.fill("Status", "bad")
    page.fill("Filter", refusal.value.response["ResponseMetadata"]["RequestId"])
    page.until("[...document.querySelectorAll('.line')].some(one => one.textContent.includes('ListStreams'))")
    page.click(".line", "ListStreams")
    page.sees("What this side signed")
    assert signed["text"] in page.run("[...document.querySelectorAll('pre')].map(one => one.textContent)")
    assert "InvalidSignatureException" in page.text("main")
    picture(page, "requests")
    # The same again with the key of the page.
    page.click("button", "Send it again")
    page.sees("The new answer: 200")
    page.sees('"StreamNames"')
    page.fill("Filter", "no such request")
    page.sees("0 of")
    assert page.faults == []


def test_refusals_are_kept_and_others_while_somebody_follows(start):
    server = start()
    kinesis = server.client("kinesis")
    kinesis.list_streams()
    server.http("POST", "/", b"{}", {"x-amz-target": "Kinesis_20131202.ListStreams", "content-type": "application/x-amz-json-1.1"})
    server.client("s3").create_bucket(Bucket="kept")
    with pytest.raises(Exception):
        server.client("s3", secret="wrong").put_object(Bucket="kept", Key="k", Body=b"x")

    def kept():
        return server.http("GET", "/_personalite/requests").json["requests"]

    found = until(lambda: len(kept()) == 2 and kept(), 5)
    assert [(one["service"], one["operation"], one["status"]) for one in found] == [("kinesis", "ListStreams", 400), ("s3", "PutObject", 403)]
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"GET /_personalite/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert b"text/event-stream" in line.recv(4096)
        kinesis.list_streams()
        server.client("s3").put_object(Bucket="kept", Key="k", Body=b"x" * 100_000)
        found = until(lambda: len(kept()) == 4 and kept(), 5)
        assert [one["operation"] for one in found[2:]] == ["ListStreams", "PutObject"]
        heard = b""
        while heard.count(b'"operation"') < 2:
            heard += line.recv(65536)
        assert b"event: requests" in heard
    # Nobody follows any more.
    def silent():
        kinesis.list_streams()
        before = len(kept())
        kinesis.list_streams()
        return len(kept()) == before

    until(silent, 20)
    answered = [one["number"] for one in kept() if one["status"] < 400]
    for number in range(300):
        server.http("POST", "/", b"{}", {"x-amz-target": f"Kinesis_20131202.No{number}", "content-type": "application/x-amz-json-1.1"})
    found = kept()
    refused = [one for one in found if one["status"] >= 400]
    assert len(refused) == 200 and refused[-1]["operation"] == "No299" and refused[0]["number"] == refused[-1]["number"] - 199
    assert answered and [one["number"] for one in found if one["status"] < 400] == answered
    whole = server.http("GET", f"/_personalite/requests?number={found[-1]['number']}").json
    assert whole["body"] == "{}" and whole["headers"]["content-type"] == "application/x-amz-json-1.1" and "UnknownOperation" in whole["answer"]
    assert server.http("GET", "/_personalite/requests?number=1").status == 404
    assert server.http("GET", "/_personalite/requests?after=x").status == 400
