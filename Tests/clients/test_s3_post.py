"""Uploads by form (POST Object), as browsers send what boto3's generate_presigned_post gives."""

import base64
import hashlib
import hmac
import http.client
import json
import time

import pytest
from urllib3.filepost import encode_multipart_formdata

from test_s3 import refusal


def post(server, bucket, fields, body=b"hello", file="my-file.txt"):
    form = [*fields.items()] + ([] if body is None else [("file", (file, body) if file is not None else body)])
    payload, kind = encode_multipart_formdata(form)
    return server.http("POST", f"/{bucket}", payload, {"content-type": kind})


@pytest.fixture(params=["s3v4", "s3"])
def form(request, server, bucket):
    """Makes the fields of a form, in both versions of the signature."""
    s3 = server.client("s3", signature_version=request.param)

    def make(key="up/${filename}", fields=None, conditions=(), expires=60):
        named = [{name: value} for name, value in (fields or {}).items()]
        return s3.generate_presigned_post(bucket, key, dict(fields or {}), [*named, *conditions], expires)["fields"]

    return make


def test_a_form_makes_an_object(server, s3, bucket, form):
    fields = {"Content-Type": "text/x-form", "x-amz-meta-colour": "green", "x-amz-server-side-encryption": "AES256", "Cache-Control": "no-cache"}
    answer = post(server, bucket, form(fields=fields))
    assert answer.status == 204 and answer.body == b"", answer
    assert answer.headers["location"] == f"{server.url}/{bucket}/up%2Fmy-file.txt"
    got = s3.get_object(Bucket=bucket, Key="up/my-file.txt")
    assert (got["Body"].read(), got["ETag"]) == (b"hello", answer.headers["etag"])
    assert (got["ContentType"], got["Metadata"], got["CacheControl"]) == ("text/x-form", {"colour": "green"}, "no-cache")
    assert answer.headers["x-amz-checksum-type"] == "FULL_OBJECT" and answer.headers["x-amz-server-side-encryption"] == "AES256"


@pytest.mark.parametrize("file, key", [("C:\\tmp\\a b.txt", "up/a b.txt"), ("ü.txt", "up/ü.txt"), (None, "up/${filename}")])
def test_the_file_names_the_key(server, s3, bucket, form, file, key):
    assert post(server, bucket, form(), file=file).status == 204
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


@pytest.mark.parametrize("fields, status", [
    ({"success_action_status": "200"}, 200), ({"success_action_status": "201"}, 201), ({"success_action_status": "404"}, 204),
    ({"success_action_redirect": "http://page.example/done?a=1"}, 303), ({"redirect": "https://page.example/done"}, 303),
    ({"success_action_redirect": "/relative"}, 204),
])
def test_what_the_form_asks_to_be_answered(server, bucket, form, fields, status):
    answer = post(server, bucket, form(fields=fields))
    etag = hashlib.md5(b"hello").hexdigest()
    assert answer.status == status, answer
    if status == 201:
        for part in (f"<Bucket>{bucket}</Bucket>", "<Key>up/my-file.txt</Key>", "%2Fmy-file.txt</Location>", f"<ETag>&quot;{etag}&quot;</ETag>"):
            assert part in answer.text
    if status == 303:
        page, query = list(fields.values())[0], f"bucket={bucket}&key=up%2Fmy-file.txt&etag=%22{etag}%22"
        assert answer.headers["location"] == f"{page}{'&' if '?' in page else '?'}{query}"


@pytest.mark.parametrize("change, status, code, words", [
    ({"policy": "e30="}, 403, "SignatureDoesNotMatch", ""),
    ({"key": "other"}, 403, "AccessDenied", 'Invalid according to Policy: Policy Condition failed: [&quot;starts-with&quot;, &quot;$key&quot;, &quot;up/&quot;]'),
    ({"x-amz-meta-more": "1"}, 403, "AccessDenied", "Invalid according to Policy: Extra input fields: x-amz-meta-more"),
    ({"key": None}, 400, "InvalidArgument", "Bucket POST must contain a field named &apos;key&apos;."),
    ({"policy": None}, 400, "InvalidArgument", "must contain a field named &apos;Policy&apos;"),
])
def test_a_form_that_was_changed_is_refused(server, s3, bucket, form, change, status, code, words):
    fields = {name: value for name, value in {**form(), **change}.items() if value is not None}
    answer = post(server, bucket, fields)
    assert answer.status == status and f"<Code>{code}</Code>" in answer.text and words in answer.text, answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_ignored_fields_and_the_case_of_names(server, bucket, form):
    fields = {name.upper(): value for name, value in form().items()}
    assert post(server, bucket, {**fields, "x-ignore-me": "1"}).status == 204


def test_a_policy_has_an_end(server, bucket, form):
    answer = post(server, bucket, form(expires=-1))
    assert answer.status == 403 and "Invalid according to Policy: Policy expired." in answer.text


@pytest.mark.parametrize("size, status, code", [(4, 400, "EntityTooSmall"), (5, 204, ""), (10, 204, ""), (11, 400, "EntityTooLarge"), (300_000, 400, "EntityTooLarge")])
def test_a_file_keeps_to_its_bounds(server, s3, bucket, form, size, status, code):
    answer = post(server, bucket, form(conditions=[["content-length-range", 5, 10]]), b"x" * size)
    assert answer.status == status and code in answer.text
    assert not code or f"<ProposedSize>{size}</ProposedSize>" in answer.text
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == (1 if status == 204 else 0)


def test_who_does_not_sign_is_refused(server, bucket, form):
    assert post(server, bucket, {"key": "k"}).status == 403
    unknown = {**form(), "AWSAccessKeyId": "nobody"} if "AWSAccessKeyId" in form() else {**form(), "x-amz-credential": "nobody/20260101/us-east-1/s3/aws4_request"}
    assert "<Code>InvalidAccessKeyId</Code>" in post(server, bucket, unknown).text
    name = "signature" if "signature" in form() else "x-amz-signature"
    fields = {field: value for field, value in form().items() if field != name}
    assert "must contain a field named &apos;" in post(server, bucket, fields).text


def signed(policy):
    """Fields of the older version over any policy."""
    text = base64.b64encode(policy if isinstance(policy, bytes) else json.dumps(policy).encode()).decode()
    return {"key": "k", "AWSAccessKeyId": "test", "policy": text, "signature": base64.b64encode(hmac.digest(b"test", text.encode(), "sha1")).decode()}


LATER = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


@pytest.mark.parametrize("policy, status, words", [
    (b"{", 400, "Invalid Policy: Invalid JSON."),
    ({"conditions": []}, 400, "Invalid Policy: Policy missing expiration."),
    ({"expiration": LATER}, 400, "Invalid Policy: Policy missing conditions."),
    ({"expiration": "2030-01-01 00:00:00 UTC", "conditions": []}, 400, "Invalid &apos;expiration&apos; value"),
    ({"expiration": LATER, "conditions": [], "Statement": []}, 400, "Unexpected: &apos;statement&apos;"),
    ({"expiration": LATER, "conditions": [{}]}, 400, "must have exactly one property specified"),
    ({"expiration": LATER, "conditions": [{"key": 1}]}, 400, "value must be a string"),
    ({"expiration": LATER, "conditions": [["content-length-range", 0]]}, 400, "wrong number of arguments"),
    ({"expiration": LATER, "conditions": [["content-length-range", "test", "10"]]}, 403, "Policy Condition failed: [&quot;content-length-range&quot;, &quot;test&quot;, &quot;10&quot;]"),
    ({"expiration": LATER, "conditions": [["like", "$key", "k"]]}, 400, "unknown operation"),
    ({"expiration": LATER, "conditions": [["eq", "key", "k"]]}, 403, "Policy Condition failed: [&quot;eq&quot;, &quot;key&quot;, &quot;k&quot;]"),
    ({"expiration": LATER, "conditions": [{"key": "k"}, {"bucket": "another"}]}, 403, "Policy Condition failed: [&quot;eq&quot;, &quot;$bucket&quot;, &quot;another&quot;]"),
    ({"expiration": LATER, "conditions": [{"KEY": "k"}, ["StArTs-WiTh", "$bUcKeT", ""]]}, 204, ""),
])
def test_what_a_policy_may_say(server, bucket, policy, status, words):
    answer = post(server, bucket, signed(policy))
    assert answer.status == status and words in answer.text, answer


def test_bodies_that_are_no_forms(server, s3, bucket, form):
    fields = form()
    plain = server.http("POST", f"/{bucket}", b"a=b", {"content-type": "application/x-www-form-urlencoded"})
    assert plain.status == 412 and "must be of the enclosure-type multipart/form-data" in plain.text
    assert "MalformedPOSTRequest" in server.http("POST", f"/{bucket}", b"x", {"content-type": "multipart/form-data"}).text
    assert "POST requires exactly one file upload per request." in post(server, bucket, fields, None).text
    payload, kind = encode_multipart_formdata([*fields.items(), ("file", ("f", b"hello"))])
    assert "MalformedPOSTRequest" in server.http("POST", f"/{bucket}", payload[:-30], {"content-type": kind}).text
    assert "MaxPostPreDataLengthExceeded" in post(server, bucket, {**fields, "long": "x" * 30_000}).text
    assert "KeyTooLongError" in post(server, bucket, form("up/${filename}"), file="x" * 1100).text
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert refusal(s3.head_object, Bucket=bucket, Key="k")[0] == 404


def test_a_stated_checksum_is_held_against_the_file(server, bucket, form):
    right, wrong = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in (b"hello", b"other"))
    assert post(server, bucket, form(fields={"x-amz-checksum-sha256": right})).status == 204
    assert "BadDigest" in post(server, bucket, form(fields={"x-amz-checksum-sha256": wrong})).text


def test_any_bytes_in_any_pieces(server, s3, bucket, form):
    """A file full of what looks like boundaries, sent in pieces that cut them."""
    payload, kind = encode_multipart_formdata([*form("pieces").items(), ("file", ("f", b"FILE"))])
    boundary = kind.split("boundary=")[1].encode()
    body = (b"\r\n--" + boundary[:-1] + b"\r\n--\r\n\r\r\n-") * 500
    payload = payload.replace(b"FILE", body)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    pieces = (payload[start:start + 37] for start in range(0, len(payload), 37))
    connection.request("POST", f"/{bucket}", pieces, {"content-type": kind, "content-length": str(len(payload))})
    assert connection.getresponse().status == 204
    connection.close()
    assert s3.get_object(Bucket=bucket, Key="pieces")["Body"].read() == body
