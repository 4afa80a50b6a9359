"""What a client states about its body is held against it, or refused: it is never passed over."""

import base64
import hashlib
import urllib.parse
import zlib

import pytest

import harness
from test_s3 import refusal

UNSUPPORTED = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]")


def mismatch(expected, actual):
    return 400, "InvalidRequest", f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"


def text(value):
    return base64.b64encode(value).decode()


@pytest.mark.parametrize("headers, status, words", [
    ({"x-amz-checksum-sha257": "AAAA"}, 400, b"The algorithm type you specified in x-amz-checksum- header is invalid."),
    ({"x-amz-checksum-xxhash64": "AAAAAAAAAAA="}, 501, b"<Code>NotImplemented</Code>"),
    ({"x-amz-sdk-checksum-algorithm": "XXHASH3"}, 501, b"<Code>NotImplemented</Code>"),
    ({"x-amz-sdk-checksum-algorithm": "CRC32"}, 400, b"no corresponding x-amz-checksum-* or x-amz-trailer headers were found"),
    ({"x-amz-sdk-checksum-algorithm": "CRC32C", "x-amz-checksum-crc32": "AAAAAA=="}, 400, b"Value for x-amz-sdk-checksum-algorithm header is invalid."),
    ({"x-amz-trailer": "x-amz-checksum-other", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "0"},
     400, b"The algorithm type you specified in x-amz-checksum- header is invalid."),
], ids=["unknown", "xxhash", "xxhash by name", "named and missing", "another", "unknown trailer"])
def test_what_cannot_be_verified_is_refused_and_nothing_is_kept(server, s3, bucket, headers, status, words):
    answer = server.signed("PUT", f"/{bucket}/k", b"" if "x-amz-trailer" in headers else b"hello", headers, service="s3")
    assert answer.status == status and words in answer.body, answer
    assert (status == 501) == ("XXHASH" in (answer.headers["x-personalite-hint"] or ""))
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("algorithm, digest", [("sha512", hashlib.sha512), ("md5", hashlib.md5)])
def test_sha512_and_md5_are_kept_and_returned(server, s3, bucket, algorithm, digest):
    name, right = f"x-amz-checksum-{algorithm}", text(digest(b"some text").digest())
    answer = server.signed("PUT", f"/{bucket}/k", b"some text", {name: right}, service="s3")
    assert (answer.status, answer.headers[name]) == (200, right)
    got = server.signed("GET", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"}, service="s3")
    assert (got.headers[name], got.headers["x-amz-checksum-type"]) == (right, "FULL_OBJECT")
    wrong = server.signed("PUT", f"/{bucket}/w", b"other text", {name: right}, service="s3")
    assert wrong.status == 400 and b"BadDigest" in wrong.body


@pytest.mark.parametrize("query", [
    {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"}, {"X-Amz-Checksum-Sha256": "AAAA"}, {"x-amz-checksum-none": "x"},
], ids=["of an empty body", "of no length", "unknown"])
def test_a_checksum_in_the_query_of_a_presigned_put_is_not_the_bodys(server, s3, bucket, query):
    target, headers, _ = harness.sign("PUT", f"127.0.0.1:{server.port}", f"/{bucket}/k?{urllib.parse.urlencode(query)}", b"", {}, service="s3", query=60)
    assert server.http("PUT", target, b"hello", headers).status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def start(s3, bucket, **more):
    return {"Bucket": bucket, "Key": "parts", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="parts", **more)["UploadId"]}


def test_a_part_has_the_checksum_that_its_upload_named(server, s3, bucket):
    named = start(s3, bucket, ChecksumAlgorithm="SHA256")
    assert refusal(s3.upload_part, **named, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA1") == mismatch("sha256", "sha1")
    silent = server.client("s3", request_checksum_calculation="when_required")
    assert refusal(silent.upload_part, **named, PartNumber=1, Body=b"x") == mismatch("sha256", "null")
    part = s3.upload_part(**named, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256")
    whole = start(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    assert silent.upload_part(**whole, PartNumber=1, Body=b"x")["ChecksumCRC32"] == text(zlib.crc32(b"x").to_bytes(4, "big"))
    parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
    answer = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert answer["ChecksumSHA256"] == text(hashlib.sha256(hashlib.sha256(b"x").digest()).digest()) + "-1"


def test_an_upload_that_named_no_checksum_takes_what_sdks_add_and_nothing_else(s3, bucket):
    unnamed = start(s3, bucket)
    for algorithm in ("SHA1", "SHA256", "SHA512"):
        assert refusal(s3.upload_part, **unnamed, PartNumber=1, Body=b"x", ChecksumAlgorithm=algorithm) == mismatch("null", algorithm.lower())
    etag = s3.upload_part(**unnamed, PartNumber=1, Body=b"x")["ETag"]
    wrong = [{"PartNumber": 1, "ETag": etag, "ChecksumSHA256": text(hashlib.sha256(b"x").digest())}]
    assert refusal(s3.complete_multipart_upload, **unnamed, MultipartUpload={"Parts": wrong})[:2] == (400, "InvalidPart")
    s3.complete_multipart_upload(**unnamed, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


def test_an_upload_begins_with_an_algorithm_that_is_known(server, bucket):
    def begun(algorithm):
        return server.signed("POST", f"/{bucket}/k?uploads", headers={"x-amz-checksum-algorithm": algorithm}, service="s3")

    assert UNSUPPORTED.encode() in begun("SHA257").body
    assert begun("XXHASH128").status == 501
    assert (begun("SHA512").headers["x-amz-checksum-type"], begun("MD5").headers["x-amz-checksum-algorithm"]) == ("COMPOSITE", "MD5")
    named = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag><ChecksumXXHASH64>A</ChecksumXXHASH64></Part></CompleteMultipartUpload>"
    assert server.signed("POST", f"/{bucket}/k?uploadId=x", named, service="s3").status == 501
