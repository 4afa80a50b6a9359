"""Versions in a bucket that has none: every object is its own only version, called `null`."""

import pytest

import harness
from test_s3 import refusal


@pytest.fixture
def shelf(server, s3, bucket):
    for key in ("a", "dir/1", "dir/2", "z ü"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def test_a_bucket_is_emptied_as_sdks_do_it(server, s3, shelf):
    resource = harness.session().resource(
        "s3", endpoint_url=server.url, aws_access_key_id="test", aws_secret_access_key="test", region_name=harness.REGION)
    deleted = resource.Bucket(shelf).object_versions.delete()
    assert sorted((item["Key"], item["VersionId"]) for item in deleted[0]["Deleted"]) == [(key, "null") for key in ("a", "dir/1", "dir/2", "z ü")]
    assert "Versions" not in s3.list_object_versions(Bucket=shelf)
    s3.delete_bucket(Bucket=shelf)


def test_versions_are_listed_in_pages(s3, shelf):
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=shelf, PaginationConfig={"PageSize": 1}))
    found = [version for page in pages for version in page["Versions"]]
    assert [(version["Key"], version["VersionId"], version["IsLatest"]) for version in found] == [
        (key, "null", True) for key in ("a", "dir/1", "dir/2", "z ü")]
    assert len(pages) == 4 and found[1]["Size"] == 5 and found[1]["ETag"] == s3.head_object(Bucket=shelf, Key="dir/1")["ETag"]
    grouped = list(s3.get_paginator("list_object_versions").paginate(Bucket=shelf, Delimiter="/", PaginationConfig={"PageSize": 1}))
    assert [group["Prefix"] for page in grouped for group in page.get("CommonPrefixes", [])] == ["dir/"]
    assert [version["Key"] for page in grouped for version in page.get("Versions", [])] == ["a", "z ü"]


def test_the_null_version_is_the_object(s3, shelf):
    assert s3.get_object(Bucket=shelf, Key="a", VersionId="null")["VersionId"] == "null"
    assert s3.delete_object(Bucket=shelf, Key="a", VersionId="null")["VersionId"] == "null"
    assert refusal(s3.get_object, Bucket=shelf, Key="a")[:2] == (404, "NoSuchKey")


def test_other_versions_are_refused(server, s3, shelf):
    wrong = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
    for call in (s3.get_object, s3.head_object, s3.delete_object):
        assert refusal(call, Bucket=shelf, Key="a", VersionId=wrong)[0] == 400
    assert refusal(s3.delete_object, Bucket=shelf, Key="a", VersionId=wrong) == (400, "InvalidArgument", "Invalid version id specified")
    answer = s3.delete_objects(Bucket=shelf, Delete={"Objects": [{"Key": "a", "VersionId": wrong}, {"Key": "dir/1", "VersionId": "null"}]})
    assert [(error["Key"], error["VersionId"], error["Code"]) for error in answer["Errors"]] == [("a", wrong, "NoSuchVersion")]
    assert [(item["Key"], item["VersionId"]) for item in answer["Deleted"]] == [("dir/1", "null")]
    assert refusal(s3.list_object_versions, Bucket=shelf, VersionIdMarker="null")[:2] == (400, "InvalidArgument")
    assert b"Version id cannot be the empty string" in server.signed("GET", f"/{shelf}/a?versionId=", service="s3").body


@pytest.mark.parametrize("version", ["null", "abc", ""])
def test_what_makes_an_object_takes_no_version(server, shelf, version):
    source = {"x-amz-copy-source": f"/{shelf}/a"}
    for method, target, headers in (
        ("PUT", "new", {}), ("PUT", "new", source), ("POST", "new?uploads=", {}), ("PUT", "new?partNumber=1&uploadId=x", {}),
        ("PUT", "new?partNumber=1&uploadId=x", source), ("POST", "new?uploadId=x", {}), ("GET", "", {}), ("GET", "?list-type=2", {}), ("GET", "?location=", {}),
    ):
        answer = server.signed(method, f"/{shelf}/{target}{'&' if '?' in target else '?'}versionId={version}", headers=headers, service="s3")
        assert answer.status == 400 and b"<Code>InvalidArgument</Code><Message>This operation does not accept a version-id.</Message>" in answer.body
        assert f"<ArgumentName>versionId</ArgumentName><ArgumentValue>{version}</ArgumentValue>".encode() in answer.body
    assert server.signed("HEAD", f"/{shelf}/new", service="s3").status == 404


def test_versions_of_what_is_copied(server, s3, shelf):
    upload = s3.create_multipart_upload(Bucket=shelf, Key="parts")["UploadId"]
    empty, other = ("InvalidArgument", "Version id cannot be the empty string"), ("InvalidArgument", "Invalid version id specified")
    for target, version, expected in (
        ("copy", "null", None), ("copy", "", empty), ("copy", "abc", ("InvalidRequest", "Invalid Request")),
        (f"parts?partNumber=1&uploadId={upload}", "null", None), (f"parts?partNumber=1&uploadId={upload}", "", empty),
        (f"parts?partNumber=1&uploadId={upload}", "abc", other),
    ):
        answer = server.signed("PUT", f"/{shelf}/{target}", headers={"x-amz-copy-source": f"/{shelf}/a?versionId={version}"}, service="s3")
        if expected is None:
            assert answer.status == 200
        else:
            assert answer.status == 400 and "<Code>{}</Code><Message>{}</Message>".format(*expected).encode() in answer.body


def test_versioning_is_refused_and_says_so(s3, shelf):
    assert refusal(s3.put_bucket_versioning, Bucket=shelf, VersioningConfiguration={"Status": "Enabled"})[:2] == (501, "NotImplemented")
    assert "Status" not in s3.get_bucket_versioning(Bucket=shelf)


def test_attributes_of_an_object_are_refused(s3, shelf):
    assert refusal(s3.get_object_attributes, Bucket=shelf, Key="a", ObjectAttributes=["ETag", "ObjectParts"])[:2] == (501, "NotImplemented")
