"""S3 as boto3 uses it."""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError


def refusal(call, **arguments):
    """(status, code, message) of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message", "")


def test_a_bucket_lives_and_dies(s3, name):
    s3.create_bucket(Bucket=f"life-{name}")
    assert s3.head_bucket(Bucket=f"life-{name}")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert f"life-{name}" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=f"life-{name}").get("LocationConstraint") is None
    s3.delete_bucket(Bucket=f"life-{name}")
    assert refusal(s3.head_bucket, Bucket=f"life-{name}")[0] == 404
    assert refusal(s3.delete_bucket, Bucket=f"life-{name}")[:2] == (404, "NoSuchBucket")


def test_a_bucket_with_objects_is_not_deleted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    assert refusal(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty", "The bucket you tried to delete is not empty")


def test_a_bucket_elsewhere_is_made_once(server, name):
    s3 = server.client("s3", region="eu-west-1")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=f"west-{name}", CreateBucketConfiguration=place)
    assert s3.get_bucket_location(Bucket=f"west-{name}")["LocationConstraint"] == "eu-west-1"
    assert refusal(s3.create_bucket, Bucket=f"west-{name}", CreateBucketConfiguration=place)[:2] == (409, "BucketAlreadyOwnedByYou")


@pytest.mark.parametrize("wrong", ["ab", "UPPER-case", "under_score", "192.168.0.1", "a..b", "-a-b-c", "x" * 64])
def test_bucket_names_follow_the_rules(server, wrong):
    answer = server.signed("PUT", f"/{wrong}", service="s3")
    assert (answer.status, b"InvalidBucketName" in answer.body) == (400, True)


@pytest.mark.parametrize("call", ["list_objects", "list_objects_v2", "get_bucket_location", "get_bucket_policy"])
def test_no_such_bucket(s3, call):
    assert refusal(getattr(s3, call), Bucket="never-made") == (404, "NoSuchBucket", "The specified bucket does not exist")


def test_no_such_bucket_for_objects(s3):
    assert refusal(s3.put_object, Bucket="never-made", Key="k", Body=b"x")[:2] == (404, "NoSuchBucket")
    assert refusal(s3.get_object, Bucket="never-made", Key="k")[:2] == (404, "NoSuchBucket")


@pytest.mark.parametrize("size", [0, 1, 1023, 65_536, 5_000_001])
def test_what_is_put_is_got(s3, bucket, size):
    body = hashlib.shake_128(str(size).encode()).digest(size)
    etag = f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.put_object(Bucket=bucket, Key="some/key", Body=body, ContentType="text/x-test", Metadata={"colour": "green"})["ETag"] == etag
    got = s3.get_object(Bucket=bucket, Key="some/key")
    assert got["Body"].read() == body
    for answer in (got, s3.head_object(Bucket=bucket, Key="some/key")):
        assert (answer["ContentLength"], answer["ContentType"], answer["ETag"]) == (size, "text/x-test", etag)
        assert answer["Metadata"] == {"colour": "green"}
        assert answer["LastModified"].year >= 2020


def test_headers_of_an_object_come_back(s3, bucket):
    given = {"CacheControl": "no-cache", "ContentDisposition": "attachment", "ContentEncoding": "gzip", "ContentLanguage": "de"}
    s3.put_object(Bucket=bucket, Key="h", Body=b"x", **given)
    got = s3.head_object(Bucket=bucket, Key="h")
    assert {key: got.get(key) for key in given} == given


@pytest.mark.parametrize("key", ["a b", "a+b", "ü/ß", "100%", "a//b", "/lead", "tail/", "q?x=1&y", "'\"<>", "日本", "x" * 1024, ".", "a/../b"])
def test_keys_may_be_odd(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert [item["Key"] for item in s3.list_objects(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_no_such_key(s3, bucket):
    assert refusal(s3.get_object, Bucket=bucket, Key="no") == (404, "NoSuchKey", "The specified key does not exist.")
    assert refusal(s3.head_object, Bucket=bucket, Key="no")[:2] == (404, "404")
    assert s3.delete_object(Bucket=bucket, Key="no")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_later_put_replaces(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"one", Metadata={"a": "1"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["Metadata"]) == (b"two", {})


@pytest.mark.parametrize("asked, got, described", [
    ("bytes=0-0", b"0", "bytes 0-0/10"), ("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=7-", b"789", "bytes 7-9/10"),
    ("bytes=-3", b"789", "bytes 7-9/10"), ("bytes=8-99", b"89", "bytes 8-9/10"), ("bytes=-99", b"0123456789", "bytes 0-9/10"),
])
def test_ranges(s3, bucket, asked, got, described):
    s3.put_object(Bucket=bucket, Key="r", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="r", Range=asked)
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentRange"], answer["Body"].read()) == (206, described, got)


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "lines=0-1", "bytes"])
def test_a_range_without_meaning_is_ignored(s3, bucket, asked):
    s3.put_object(Bucket=bucket, Key="r", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="r", Range=asked)
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (200, b"0123456789")


def test_a_range_beyond_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="r", Body=b"0123456789")
    assert refusal(s3.get_object, Bucket=bucket, Key="r", Range="bytes=10-") == (416, "InvalidRange", "The requested range is not satisfiable")


def test_conditions_on_reading(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="c", Body=b"x")["ETag"]
    changed = s3.head_object(Bucket=bucket, Key="c")["LastModified"]
    later, earlier = changed.replace(year=changed.year + 1), changed.replace(year=changed.year - 1)
    for call in (s3.get_object, s3.head_object):
        assert refusal(call, Bucket=bucket, Key="c", IfNoneMatch=etag)[0] == 304
        assert refusal(call, Bucket=bucket, Key="c", IfModifiedSince=changed)[0] == 304
        assert refusal(call, Bucket=bucket, Key="c", IfMatch='"no"')[0] == 412
        assert refusal(call, Bucket=bucket, Key="c", IfUnmodifiedSince=earlier)[0] == 412
        call(Bucket=bucket, Key="c", IfMatch=etag, IfUnmodifiedSince=earlier)
        call(Bucket=bucket, Key="c", IfModifiedSince=earlier)
        call(Bucket=bucket, Key="c", IfUnmodifiedSince=later)
    assert refusal(s3.get_object, Bucket=bucket, Key="c", IfMatch='"no"')[1] == "PreconditionFailed"


def test_conditions_on_writing(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="w", Body=b"one", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, Bucket=bucket, Key="w", Body=b"two", IfNoneMatch="*")[:2] == (412, "PreconditionFailed")
    assert refusal(s3.put_object, Bucket=bucket, Key="w", Body=b"two", IfMatch='"no"')[:2] == (412, "PreconditionFailed")
    s3.put_object(Bucket=bucket, Key="w", Body=b"two", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="w")["Body"].read() == b"two"


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from a", Body=b"text", ContentType="text/x-a", Metadata={"a": "1"})
    copied = s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from a"})["CopyObjectResult"]
    assert copied["ETag"] == f'"{hashlib.md5(b"text").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="to")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"text", "text/x-a", {"a": "1"})
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/to", MetadataDirective="REPLACE", Metadata={"b": "2"})
    assert s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"b": "2"}


def test_copies_that_are_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"text")
    assert refusal(s3.copy_object, Bucket=bucket, Key="a", CopySource=f"{bucket}/a")[:2] == (400, "InvalidRequest")
    assert refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/none")[:2] == (404, "NoSuchKey")
    assert refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource="never-made/a")[:2] == (404, "NoSuchBucket")
    assert refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/a", CopySourceIfMatch='"no"')[:2] == (412, "PreconditionFailed")


def test_many_objects_are_deleted_at_once(s3, bucket):
    for key in ("a", "b", "c & d"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "c & d"}, {"Key": "none"}]})
    assert sorted(item["Key"] for item in answer["Deleted"]) == ["a", "c & d", "none"]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}], "Quiet": True})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_bucket_policy_is_kept_as_given(s3, bucket):
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[:2] == (404, "NoSuchBucketPolicy")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "personalize.amazonaws.com"},
                         "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(policy)
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy="{")[:2] == (400, "MalformedPolicy")
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(policy)


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_kept_and_returned(s3, bucket, algorithm):
    member = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="sum", Body=b"some text", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
    assert put[member] and got[member] == put[member]
    assert got["Body"].read() == b"some text"


@pytest.mark.parametrize("member, value", [
    ("ChecksumCRC32", "AAAAAA=="), ("ChecksumSHA256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), ("ContentMD5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
])
def test_a_wrong_checksum_is_refused_and_nothing_is_kept(s3, bucket, member, value):
    status, code, _ = refusal(s3.put_object, Bucket=bucket, Key="bad", Body=b"not empty", **{member: value})
    assert (status, code) == (400, "BadDigest")
    assert refusal(s3.head_object, Bucket=bucket, Key="bad")[0] == 404
