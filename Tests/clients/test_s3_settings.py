"""What tools ask of a bucket before they do their work, and what is said of encryption."""

import base64
import datetime
import json

import pytest

import harness
from test_s3 import refusal


@pytest.mark.parametrize("call, member, value", [
    ("get_bucket_ownership_controls", "OwnershipControls", {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}),
    ("get_public_access_block", "PublicAccessBlockConfiguration",
     {name: True for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}),
    ("get_bucket_request_payment", "Payer", "BucketOwner"),
    ("get_bucket_versioning", "Status", None), ("get_bucket_accelerate_configuration", "Status", None), ("get_bucket_logging", "LoggingEnabled", None),
    ("get_bucket_notification_configuration", "QueueConfigurations", None), ("get_bucket_location", "LocationConstraint", None),
    ("list_bucket_metrics_configurations", "IsTruncated", False), ("list_bucket_analytics_configurations", "IsTruncated", False),
    ("list_bucket_inventory_configurations", "IsTruncated", False), ("list_bucket_intelligent_tiering_configurations", "IsTruncated", False),
])
def test_a_new_bucket_has_the_settings_of_aws(s3, bucket, call, member, value):
    assert getattr(s3, call)(Bucket=bucket).get(member) == value
    assert refusal(getattr(s3, call), Bucket="never-made")[:2] == (404, "NoSuchBucket")


@pytest.mark.parametrize("call, code", [
    ("get_bucket_tagging", "NoSuchTagSet"), ("get_bucket_cors", "NoSuchCORSConfiguration"), ("get_bucket_website", "NoSuchWebsiteConfiguration"),
    ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"), ("get_bucket_policy_status", "NoSuchBucketPolicy"),
    ("get_bucket_replication", "ReplicationConfigurationNotFoundError"), ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
])
def test_what_a_new_bucket_has_not(s3, bucket, call, code):
    assert refusal(getattr(s3, call), Bucket=bucket)[:2] == (404, code)


def test_acls_give_everything_to_the_owner(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="k")):
        grant, = acl["Grants"]
        assert (grant["Permission"], grant["Grantee"]["ID"], grant["Grantee"]["Type"]) == ("FULL_CONTROL", acl["Owner"]["ID"], "CanonicalUser")
    assert refusal(s3.get_object_retention, Bucket=bucket, Key="k") == (400, "InvalidRequest", "Bucket is missing Object Lock Configuration")


@pytest.mark.parametrize("principal, condition, public", [("*", None, True), ({"AWS": "*"}, None, True), ("*", {"Bool": {}}, False), ({"AWS": "1"}, None, False)])
def test_whether_a_policy_is_public(s3, bucket, principal, condition, public):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*", **({"Condition": condition} if condition else {})}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [statement]}))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is public


def test_who_does_not_sign_learns_where_a_bucket_is_and_no_more(server, s3, bucket):
    answer = server.http("HEAD", f"/{bucket}")
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (403, "us-east-1")
    assert server.http("HEAD", "/never-made").status == 404
    for method, target in (("GET", "/never-made"), ("GET", "/never-made/k"), ("PUT", "/never-made/k"), ("DELETE", "/never-made/k")):
        answer = server.http(method, target)
        assert answer.status == 404 and b"NoSuchBucket" in answer.body, (method, target)
    for method, target in (("GET", f"/{bucket}"), ("GET", f"/{bucket}/k"), ("PUT", f"/{bucket}/k"), ("PUT", "/never-made"), ("GET", "/")):
        answer = server.http(method, target)
        assert answer.status == 403 and b"<Code>AccessDenied</Code>" in answer.body, (method, target)


def test_a_host_signed_without_its_port_is_told(server, bucket):
    target, headers, _ = harness.sign("GET", "127.0.0.1", f"/{bucket}", b"", {}, service="s3")
    answer = server.http("GET", target, headers={**headers, "host": f"127.0.0.1:{server.port}"})
    assert answer.status == 403 and b"SignatureDoesNotMatch" in answer.body
    assert "signed the host 127.0.0.1 and sent another" in answer.headers["x-personalite-hint"]
    wrong = server.signed("GET", f"/{bucket}", service="s3", secret="other")
    assert "signed the host" not in wrong.headers["x-personalite-hint"]


def encryption(answer):
    return answer["ServerSideEncryption"], answer.get("SSEKMSKeyId"), answer.get("BucketKeyEnabled", False)


def test_encryption_is_aes256_unless_asked_otherwise(s3, bucket):
    rule, = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    for more in ({}, {"ServerSideEncryption": "AES256"}):
        assert encryption(s3.put_object(Bucket=bucket, Key="k", Body=b"", **more)) == ("AES256", None, False)
        for answer in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
            assert encryption(answer) == ("AES256", None, False)


@pytest.mark.parametrize("method", ["aws:kms", "aws:kms:dsse"])
def test_keys_of_kms_are_recorded_and_returned(s3, bucket, method):
    own = encryption(s3.put_object(Bucket=bucket, Key="own", Body=b"", ServerSideEncryption=method))
    assert own[0] == method and own[1].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    key = "arn:aws:kms:us-east-1:000000000000:key/0123"
    asked = {"ServerSideEncryption": method, "SSEKMSKeyId": "0123", "BucketKeyEnabled": True}
    context = base64.b64encode(b'{"a": "b"}').decode()
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"", **asked, SSEKMSEncryptionContext=context)["SSEKMSEncryptionContext"] == context
    assert encryption(s3.head_object(Bucket=bucket, Key="k")) == (method, key, True)
    started = s3.create_multipart_upload(Bucket=bucket, Key="m", **asked)
    part = s3.upload_part(Bucket=bucket, Key="m", UploadId=started["UploadId"], PartNumber=1, Body=b"x")
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="m", UploadId=started["UploadId"], MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for answer in (started, part, done, s3.get_object(Bucket=bucket, Key="m")):
        assert encryption(answer) == (method, key, True)
    assert encryption(s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/m"))[0] == "AES256"
    assert encryption(s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/c", ServerSideEncryption=method))[0] == method


@pytest.mark.parametrize("headers, status, words", [
    ({"x-amz-server-side-encryption": "rot13"}, 400, b"The encryption method specified is not supported"),
    ({"x-amz-server-side-encryption-aws-kms-key-id": "k"}, 400, b"requires HTTP header x-amz-server-side-encryption : aws:kms"),
    ({"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-context": "e30"}, 400, b"shall be Base64-encoded"),
    ({"x-amz-server-side-encryption-customer-algorithm": "AES256"}, 403, b"<Code>AccessDenied</Code>"),
])
def test_other_encryption_is_refused(server, s3, bucket, headers, status, words):
    answer = server.signed("PUT", f"/{bucket}/k", b"x", headers, service="s3")
    assert answer.status == status and words in answer.body, answer
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    read = server.signed("GET", f"/{bucket}/k", headers=headers, service="s3")
    assert read.status == 400, read


@pytest.mark.parametrize("header", ["Basic dGVzdDp0ZXN0", "Bearer abc.def", "AWS-HMAC-SHA256 Credential=test/20261129/us-east-1/s3/aws4_request"])
def test_a_header_of_another_scheme(server, s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    for method in ("GET", "PUT", "DELETE"):
        answer = server.http(method, f"/{bucket}/k", headers={"authorization": header})
        assert answer.status == 400 and b"<Code>InvalidArgument</Code><Message>Unsupported Authorization Type</Message>" in answer.body
        assert f"<ArgumentName>Authorization</ArgumentName><ArgumentValue>{header}</ArgumentValue>".encode() in answer.body
    older = server.http("GET", f"/{bucket}/k", headers={"authorization": "AWS test:c2ln", "date": "Sun, 29 Nov 2026 00:00:00 GMT"})
    assert older.status == 400 and b"Please use AWS4-HMAC-SHA256." in older.body


def test_a_condition_that_is_not_looked_at_deletes_nothing(s3, bucket):
    """Sizes and times as conditions of a delete are of directory buckets: refused by name, alone and among many."""
    s3.put_object(Bucket=bucket, Key="kept", Body=b"abc")
    for condition in ({"IfMatchSize": 999}, {"IfMatchSize": 3}, {"IfMatchLastModifiedTime": datetime.datetime(2000, 1, 1)}):
        assert refusal(s3.delete_object, Bucket=bucket, Key="kept", **condition)[:2] == (501, "NotImplemented")
    for condition in ({"Size": 999}, {"LastModifiedTime": datetime.datetime(2000, 1, 1)}):
        assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "kept", **condition}]})[:2] == (501, "NotImplemented")
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"abc"


def test_where_a_page_redirects_to_is_of_one_object(s3, bucket):
    """A copy has the location of its request or none, whatever becomes of the other metadata."""
    s3.put_object(Bucket=bucket, Key="from", Body=b"x", WebsiteRedirectLocation="/there", CacheControl="no-store")

    def copied(key, **more):
        s3.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/from", **more)
        found = s3.head_object(Bucket=bucket, Key=key)
        return found.get("WebsiteRedirectLocation"), found.get("CacheControl")

    assert copied("plain") == (None, "no-store")
    assert copied("given", WebsiteRedirectLocation="https://example.com/") == ("https://example.com/", "no-store")
    assert copied("replaced", MetadataDirective="REPLACE", WebsiteRedirectLocation="/other") == ("/other", None)
    assert copied("from", WebsiteRedirectLocation="/new") == ("/new", "no-store")
    status, code, message = refusal(s3.put_object, Bucket=bucket, Key="bad", Body=b"x", WebsiteRedirectLocation="there")
    assert (status, code, message) == (
        400, "InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
