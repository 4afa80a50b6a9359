"""Multipart uploads, by hand and by the transfer manager."""

import hashlib
import io

import pytest
from boto3.s3.transfer import TransferConfig

from test_s3 import refusal

MIB = 1 << 20


def pattern(size, seed="pattern"):
    return hashlib.shake_128(seed.encode()).digest(size)


def joined_etag(*parts):
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'


def upload(s3, bucket, key, *parts, **more):
    """(upload id, the list that completes it)"""
    started = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    done = []
    for number, part in enumerate(parts, 1):
        etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=started, PartNumber=number, Body=part)["ETag"]
        assert etag == f'"{hashlib.md5(part).hexdigest()}"'
        done.append({"PartNumber": number, "ETag": etag})
    return started, done


def test_parts_become_an_object(s3, bucket):
    parts = [pattern(5 * MIB, "a"), pattern(5 * MIB, "b"), b"end"]
    started, done = upload(s3, bucket, "big", *parts, ContentType="text/x-big", Metadata={"m": "1"})
    assert refusal(s3.head_object, Bucket=bucket, Key="big")[0] == 404
    listed = s3.list_parts(Bucket=bucket, Key="big", UploadId=started)
    assert [(part["PartNumber"], part["Size"]) for part in listed["Parts"]] == [(1, 5 * MIB), (2, 5 * MIB), (3, 3)]
    assert [item["UploadId"] for item in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [started]
    answer = s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=started, MultipartUpload={"Parts": done})
    assert answer["ETag"] == joined_etag(*parts)
    got = s3.get_object(Bucket=bucket, Key="big")
    assert got["Body"].read() == b"".join(parts)
    assert (got["ETag"], got["ContentType"], got["Metadata"]) == (answer["ETag"], "text/x-big", {"m": "1"})
    across = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")["Body"].read()
    assert across == parts[0][-2:] + parts[1][:2]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_part_may_be_sent_again(s3, bucket):
    started, done = upload(s3, bucket, "again", b"first")
    etag = s3.upload_part(Bucket=bucket, Key="again", UploadId=started, PartNumber=1, Body=b"second")["ETag"]
    wrong = refusal(s3.complete_multipart_upload, Bucket=bucket, Key="again", UploadId=started, MultipartUpload={"Parts": done})
    assert wrong[:2] == (400, "InvalidPart")
    s3.complete_multipart_upload(Bucket=bucket, Key="again", UploadId=started, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert s3.get_object(Bucket=bucket, Key="again")["Body"].read() == b"second"


def test_an_aborted_upload_is_gone(s3, bucket):
    started, done = upload(s3, bucket, "gone", b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="gone", UploadId=started)
    for call, more in [(s3.list_parts, {}), (s3.upload_part, {"PartNumber": 1, "Body": b""}),
                       (s3.complete_multipart_upload, {"MultipartUpload": {"Parts": done}})]:
        assert refusal(call, Bucket=bucket, Key="gone", UploadId=started, **more)[:2] == (404, "NoSuchUpload")


def test_what_completes_no_upload(s3, bucket):
    started, done = upload(s3, bucket, "small", b"x", b"y")
    complete = {"Bucket": bucket, "Key": "small", "UploadId": started}
    assert refusal(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": done})[:2] == (400, "EntityTooSmall")
    assert refusal(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": done[::-1]})[:2] == (400, "InvalidPartOrder")
    assert refusal(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": []})[:2] == (400, "MalformedXML")
    missing = [{"PartNumber": 7, "ETag": '"00000000000000000000000000000000"'}]
    assert refusal(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": missing})[:2] == (400, "InvalidPart")
    s3.abort_multipart_upload(**complete)


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_limits(s3, bucket, number):
    started, _ = upload(s3, bucket, "n")
    assert refusal(s3.upload_part, Bucket=bucket, Key="n", UploadId=started, PartNumber=number, Body=b"")[:2] == (400, "InvalidArgument")


def test_a_part_may_be_copied(s3, bucket):
    source = pattern(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=source)
    started, _ = upload(s3, bucket, "copy")
    done = []
    for number, asked in [(1, f"bytes=0-{5 * MIB - 1}"), (2, f"bytes={5 * MIB}-{6 * MIB - 1}")]:
        part = s3.upload_part_copy(Bucket=bucket, Key="copy", UploadId=started, PartNumber=number, CopySource=f"{bucket}/source", CopySourceRange=asked)
        done.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="copy", UploadId=started, MultipartUpload={"Parts": done})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == source


def test_the_transfer_manager_moves_a_file_in_parts(s3, bucket, tmp_path):
    body = pattern(23 * MIB + 17)
    (tmp_path / "up").write_bytes(body)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(str(tmp_path / "up"), bucket, "moved", Config=parts)
    assert s3.head_object(Bucket=bucket, Key="moved")["ETag"].endswith('-5"')
    s3.download_file(bucket, "moved", str(tmp_path / "down"), Config=parts)
    assert (tmp_path / "down").read_bytes() == body
    s3.copy({"Bucket": bucket, "Key": "moved"}, bucket, "copied", Config=parts)
    received = io.BytesIO()
    s3.download_fileobj(bucket, "copied", received, Config=parts)
    assert received.getvalue() == body


def test_a_stream_of_unknown_length_is_taken(s3, bucket):
    class Stream(io.RawIOBase):
        left = 12 * MIB

        def readable(self):
            return True

        def readinto(self, buffer):
            count = min(len(buffer), self.left)
            buffer[:count] = b"s" * count
            self.left -= count
            return count

    s3.upload_fileobj(io.BufferedReader(Stream()), bucket, "stream", Config=TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB))
    assert s3.head_object(Bucket=bucket, Key="stream")["ContentLength"] == 12 * MIB
