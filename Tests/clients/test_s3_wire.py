"""What S3 clients put on the wire: presigned URLs, host names, chunked payloads, checksums in trailers."""

import base64
import hashlib
import http.client
import zlib

import pytest

import harness


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def trailing(body, checksum):
    """A body in one unsigned chunk with its checksum behind it."""
    return b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(body), body, checksum.encode())


def put_trailing(server, bucket, key, payload, length, **more):
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": str(length), "content-encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32", **more,
    }
    return server.signed("PUT", f"/{bucket}/{key}", payload, headers, service="s3")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("key", ["plain", "with space", "ü/&=+"])
def test_presigned_urls_read_write_and_delete(server, bucket, key, version):
    s3 = server.client("s3", signature_version=version)

    def target(operation, **more):
        return s3.generate_presigned_url(operation, {"Bucket": bucket, "Key": key, **more}, ExpiresIn=60).split(str(server.port), 1)[1]

    # http.client adds no content type of its own, which the older signature would cover.
    assert server.http("PUT", target("put_object"), b"presigned").status == 200
    asked = target("get_object", ResponseContentType="text/x-asked")
    answer = server.http("GET", asked)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"presigned", "text/x-asked")
    forged = server.http("GET", asked.replace("text%2Fx-asked", "text%2Fx-other"))
    assert (forged.status, b"SignatureDoesNotMatch" in forged.body) == (403, True)
    assert server.http("HEAD", target("head_object")).headers["content-length"] == "9"
    forged = server.http("PUT", target("get_object"), b"x")
    assert (forged.status, b"SignatureDoesNotMatch" in forged.body) == (403, True)
    assert server.http("DELETE", target("delete_object")).status == 204
    assert b"NoSuchKey" in server.http("GET", target("get_object")).body


@pytest.mark.parametrize("domain", ["s3.localhost", "s3.us-east-1.amazonaws.com", "s3.amazonaws.com"])
def test_the_bucket_may_be_in_the_host_name(server, s3, bucket, domain):
    s3.put_object(Bucket=bucket, Key="dir/k", Body=b"virtual")
    host = f"{bucket}.{domain}:{server.port}"
    for target, expected in [("/dir/k", b"virtual"), ("/?list-type=2&prefix=dir", b"<Key>dir/k</Key>")]:
        target, headers, _ = harness.sign("GET", host, target, b"", {}, service="s3")
        answer = server.http("GET", target, headers=headers)
        assert answer.status == 200 and expected in answer.body


def test_an_unsigned_chunk_with_its_checksum_behind_it(server, s3, bucket):
    body = b"0123456789" * 1000
    answer = put_trailing(server, bucket, "t", trailing(body, crc32(body)), len(body))
    assert answer.status == 200, answer
    got = s3.get_object(Bucket=bucket, Key="t", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ChecksumCRC32"], got.get("ContentEncoding")) == (body, crc32(body), None)


@pytest.mark.parametrize("payload, length, code", [
    (trailing(b"abc", "AAAAAA=="), 3, b"BadDigest"),
    (trailing(b"abc", crc32(b"abc")), 4, b"IncompleteBody"),
    (b"3\r\nabc\r\n", 3, b"IncompleteBody"),
    (b"zz\r\nabc\r\n0\r\n\r\n", 3, b""),
], ids=["checksum", "too short", "no end", "no size"])
def test_a_wrong_chunk_is_refused_and_nothing_is_kept(server, s3, bucket, payload, length, code):
    answer = put_trailing(server, bucket, "w", payload, length)
    assert answer.status == 400 and code in answer.body, answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_payload_that_is_not_what_was_signed(server, bucket):
    headers = {"x-amz-content-sha256": "0" * 64}
    answer = server.signed("PUT", f"/{bucket}/x", b"body", headers, service="s3")
    assert (answer.status, b"XAmzContentSHA256Mismatch" in answer.body) == (400, True)


def test_an_error_says_what_it_is_about(server, bucket):
    answer = server.signed("GET", f"/{bucket}/none", service="s3")
    assert answer.status == 404 and answer.headers["content-type"] == "application/xml"
    for part in (b"<Code>NoSuchKey</Code>", b"<Key>none</Key>", b"<RequestId>", b"<HostId>"):
        assert part in answer.body
    assert answer.headers["x-amz-request-id"] and answer.headers["x-amz-id-2"]


@pytest.mark.parametrize("body", [b"<Delete>", b"no xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Delete><Object><Key>&e;</Key></Object></Delete>"], ids=["open", "text", "entity"])
def test_malformed_xml_is_refused(server, bucket, body):
    answer = server.signed("POST", f"/{bucket}?delete", body, {"content-md5": base64.b64encode(hashlib.md5(body).digest()).decode()}, service="s3")
    assert answer.status == 400 and b"MalformedXML" in answer.body


def test_a_large_upload_does_not_grow_memory(start, tmp_path):
    """300 MB go through; the peak must not rise by more than 32 MB."""
    server = start("--data-dir", tmp_path / "data")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="warm", Body=b"x" * 100_000)
    before, size = server.memory("VmHWM"), 300 << 20
    target, headers, _ = harness.sign(
        "PUT", f"127.0.0.1:{server.port}", "/large/zeros", b"", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-length": str(size)}, service="s3")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    piece = bytes(1 << 20)
    connection.request("PUT", target, (piece for _ in range(size >> 20)), headers, encode_chunked=False)
    assert connection.getresponse().status == 200
    connection.close()
    assert s3.head_object(Bucket="large", Key="zeros")["ContentLength"] == size
    assert server.memory("VmHWM") - before < 32 << 20


def test_many_parts_at_once_do_not_grow_memory(start, tmp_path):
    """The transfer manager sends ten parts at a time."""
    server = start("--data-dir", tmp_path / "data")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="warm", Body=b"x" * 100_000)
    before, file = server.memory("VmHWM"), tmp_path / "zeros"
    with file.open("wb") as hole:
        hole.truncate(300 << 20)
    s3.upload_file(str(file), "large", "zeros")
    assert s3.head_object(Bucket="large", Key="zeros")["ContentLength"] == 300 << 20
    assert server.memory("VmHWM") - before < 32 << 20
