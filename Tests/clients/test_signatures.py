"""Who may ask: signatures, keys, tokens, clocks, accounts and regions."""

import datetime
import json

import pytest

import harness
from test_kinesis import arn, make
from test_s3 import refusal

LIST = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "Kinesis_20131202.ListStreams"}
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details.")


def now(minutes=0):
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)


def stamp(time):
    return time.strftime("%Y%m%dT%H%M%SZ")


def listed(server, **options):
    """(status, error type, message) of a signed ListStreams."""
    answer = server.signed("POST", "/", b"{}", LIST, service="kinesis", **options)
    document = answer.json
    return answer.status, document.get("__type"), document.get("message") or document.get("Message")


def test_a_right_signature_is_taken(server):
    assert listed(server)[0] == 200


@pytest.mark.parametrize("service, call, more", [
    ("kinesis", "list_streams", {}), ("personalize", "list_schemas", {}),
    ("personalize-runtime", "get_recommendations", {"campaignArn": "arn:aws:personalize:us-east-1:000000000000:campaign/c", "userId": "u"}),
    ("personalize-events", "put_events", {"trackingId": "t", "sessionId": "s", "eventList": [{"eventType": "e", "sentAt": 1, "itemId": "i"}]}),
])
def test_a_wrong_secret(server, service, call, more):
    client = server.client(service, secret="wrong")
    status, code, message = refusal(getattr(client, call), **more)
    assert (status, code) == (400 if status == 400 else 403, "InvalidSignatureException")
    assert message.startswith(MISMATCH) and "The Canonical String for this request should have been\n'POST\n" in message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in message


@pytest.mark.parametrize("target, headers, named, wanted", [
    ("/", LIST, "personalize", "kinesis"), ("/", LIST, "", "kinesis"), ("/", LIST, "s3", "kinesis"),
    ("/", {**LIST, "x-amz-target": "AmazonPersonalize.ListSchemas"}, "kinesis", "personalize"),
    ("/events", {"content-type": "application/json"}, "personalize-events", "personalize"),
    ("/recommendations", {"content-type": "application/json"}, "personalize-runtime", "personalize"),
])
def test_the_scope_names_the_service_that_is_called(server, target, headers, named, wanted):
    answer = server.signed("POST", target, b"{}", headers, service=named)
    assert answer.status == (400 if target == "/" else 403)
    assert (answer.json["__type"], answer.json["message"]) == (
        "InvalidSignatureException", f"Credential should be scoped to correct service: '{wanted}'. ")


@pytest.mark.parametrize("region", ["eu-west-1", "local", "us-gov-west-1"])
def test_the_scope_may_name_any_region(server, region):
    assert listed(server, region=region)[0] == 200


@pytest.mark.parametrize("scheme", ["Basic dGVzdDp0ZXN0", "Bearer abc.def", "AWS test:c2lnbmF0dXJl", "hello"])
def test_another_scheme_is_told_what_it_lacks(server, scheme):
    answer = server.http("POST", "/", b"{}", {**LIST, "authorization": scheme})
    assert (answer.status, answer.json["__type"]) == (400, "IncompleteSignatureException")
    assert answer.json["message"] == (
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        f"Authorization={scheme}")


def test_an_unknown_key(server):
    text = "The security token included in the request is invalid."
    assert refusal(server.client("kinesis", key="AKIAUNKNOWN").list_streams)[1:] == ("UnrecognizedClientException", text)
    status, code, _ = refusal(server.client("s3", key="AKIAUNKNOWN").list_buckets)
    assert (status, code) == (403, "InvalidAccessKeyId")


def test_a_wrong_secret_for_s3(server):
    answer = server.signed("GET", "/", service="s3", secret="wrong")
    assert answer.status == 403
    for part in (b"<Code>SignatureDoesNotMatch</Code>", b"<AWSAccessKeyId>test</AWSAccessKeyId>", b"<StringToSign>AWS4-HMAC-SHA256\n",
                 b"<CanonicalRequest>GET\n/\n", b"<SignatureProvided>", b"<StringToSignBytes>41 57 53 34"):
        assert part in answer.body


def change_body(request):
    request.data = b'{"Limit":1}'


def change_target(request):
    request.headers.replace_header("x-amz-target", "Kinesis_20131202.CreateStream")


def change_query(request):
    request.url += "?a=b"


def change_date(request):
    old = request.headers["X-Amz-Date"]
    request.headers.replace_header("X-Amz-Date", old[:-2] + ("1Z" if old[-2] == "0" else "0Z"))


@pytest.mark.parametrize("change", [change_body, change_target, change_query, change_date])
def test_what_was_changed_after_signing(server, change):
    status, code, _ = listed(server, after=change)
    assert status in (400, 403) and code == "InvalidSignatureException"


def test_nothing_is_signed(server):
    answer = server.http("POST", "/", b"{}", LIST)
    assert (answer.status, answer.json["__type"]) == (400, "MissingAuthenticationTokenException")
    assert (answer.json.get("message") or answer.json.get("Message")) == "Missing Authentication Token"
    assert server.http("GET", "/some-bucket").status == 404
    assert server.http("GET", "/").status == 403


@pytest.mark.parametrize("header, text", [
    ("AWS4-HMAC-SHA256 Signature=b,SignedHeaders=host",
     "Authorization header requires 'Credential' parameter. "),
    ("AWS4-HMAC-SHA256 Credential=a", "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "),
    ("AWS4-HMAC-SHA256", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
     "Authorization header requires 'SignedHeaders' parameter. "),
])
def test_an_incomplete_header(server, header, text):
    answer = server.http("POST", "/", b"{}", {**LIST, "authorization": header})
    whole = text + "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=" + header
    assert (answer.status, answer.json["__type"]) == (400, "IncompleteSignatureException")
    assert (answer.json.get("message") or answer.json.get("Message")) == whole


def test_both_forms_at_once(server):
    answer = server.http("POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", b"{}", {**LIST, "authorization": "AWS4-HMAC-SHA256 Credential=a"})
    text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    assert (answer.json["__type"], answer.json.get("message") or answer.json.get("Message")) == ("InvalidSignatureException", text)


@pytest.mark.parametrize("minutes, starts", [(-16, "Signature expired: "), (16, "Signature not yet current: ")])
def test_a_clock_that_is_wrong(server, minutes, starts):
    time = now(minutes)
    status, code, message = listed(server, at=time)
    assert status in (400, 403) and code == "InvalidSignatureException" and message.startswith(starts + stamp(time))


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_nearly_right(server, minutes):
    assert listed(server, at=now(minutes))[0] == 200


def test_a_clock_that_is_wrong_for_s3(server):
    answer = server.signed("GET", "/", service="s3", at=now(-16))
    assert answer.status == 403 and b"<Code>RequestTimeTooSkewed</Code>" in answer.body
    assert b"<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>" in answer.body


def test_presigned_requests(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    target, headers, _ = harness.sign("GET", f"127.0.0.1:{server.port}", f"/{bucket}/k", b"", {}, service="s3", query=60, at=now(-2))
    answer = server.http("GET", target, headers=headers)
    assert answer.status == 403 and b"<Message>Request has expired</Message>" in answer.body
    target, headers, _ = harness.sign("GET", f"127.0.0.1:{server.port}", f"/{bucket}/k", b"", {}, service="s3", query=3600, at=now(-30))
    assert server.http("GET", target, headers=headers).body == b"x"
    too_long = target.replace("X-Amz-Expires=3600", "X-Amz-Expires=604801")
    answer = server.http("GET", too_long, headers=headers)
    assert answer.status == 400 and b"AuthorizationQueryParametersError" in answer.body


def test_a_presigned_operation(server):
    headers = {"content-type": LIST["content-type"], "x-amz-target": LIST["x-amz-target"]}
    target, headers, body = harness.sign("POST", f"127.0.0.1:{server.port}", "/", b"{}", headers, service="kinesis", query=60)
    answer = server.http("POST", target, body, headers)
    assert answer.status == 200 and "StreamNames" in answer.json


def test_session_tokens(start, tmp_path):
    keys = tmp_path / "credentials.json"
    keys.write_text("[first]\naws_access_key_id = AKIAFIRST\naws_secret_access_key = one\n\n"
                    "[second]\naws_access_key_id = ASIASECOND\naws_secret_access_key = two\naws_session_token = token/two==\n")
    server = start("--credentials", keys)
    assert server.client("kinesis", key="AKIAFIRST", secret="one").list_streams()["StreamNames"] == []
    assert server.client("kinesis", key="ASIASECOND", secret="two", token="token/two==").list_streams()["StreamNames"] == []
    for token in (None, "token/other=="):
        status, code, _ = refusal(server.client("kinesis", key="ASIASECOND", secret="two", token=token).list_streams)
        assert status in (400, 403) and code in ("UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationTokenException")
    assert refusal(server.client("kinesis", key="AKIAFIRST", secret="two").list_streams)[1] == "InvalidSignatureException"


def test_a_token_that_nobody_asked_for_must_be_signed_but_not_known(server):
    assert listed(server, token="some-token")[0] == 200


@pytest.mark.parametrize("service, call, part", [
    ("kinesis", "list_streams", "StreamNames"), ("personalize", "list_schemas", "schemas"), ("s3", "list_buckets", "Buckets"),
])
def test_accounts_are_apart(server, service, call, part):
    names = {"kinesis": ("create_stream", {"StreamName": "apart", "ShardCount": 1}),
             "personalize": ("create_schema", {"name": "apart", "schema": json.dumps({
                 "type": "record", "name": "Users", "namespace": "com.amazonaws.personalize.schema", "version": "1.0",
                 "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}]})}),
             "s3": ("create_bucket", {"Bucket": "apart-444455556666"})}
    here, there = (server.client(service, key=key) for key in ("444455556666", "777788889999"))
    make_it, more = names[service]
    getattr(here, make_it)(**more)
    assert len(getattr(here, call)()[part]) == 1
    assert getattr(there, call)()[part] == []


def test_an_account_is_in_the_arns(server):
    kinesis = server.client("kinesis", key="123456789012")
    make(kinesis, "whose")
    described = kinesis.describe_stream(StreamName="whose")["StreamDescription"]
    assert described["StreamARN"] == arn("whose", account="123456789012")
    assert refusal(kinesis.describe_stream, StreamName="none")[2] == "Stream none under account 123456789012 not found."


def test_regions_are_apart(server, kinesis, name):
    make(kinesis, name)
    west = server.client("kinesis", region="us-west-2")
    assert refusal(west.describe_stream, StreamName=name)[1] == "ResourceNotFoundException"
    make(west, name)
    assert west.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"] == arn(name, region="us-west-2")


def test_the_account_may_be_chosen(start):
    server = start("--account", "999988887777")
    kinesis = server.client("kinesis")
    make(kinesis, "mine")
    assert kinesis.describe_stream(StreamName="mine")["StreamDescription"]["StreamARN"] == arn("mine", account="999988887777")


def test_signatures_may_be_read_only(start):
    server = start("--auth", "parse")
    assert server.client("kinesis", key="anybody", secret="anything").list_streams()["StreamNames"] == []
    assert server.http("POST", "/", b"{}", LIST).json["__type"] == "MissingAuthenticationTokenException"


def test_signatures_may_be_off(start):
    server = start("--auth", "off", environment={"PERSONALITE_ACCOUNT": "121212121212"})
    assert server.http("POST", "/", b"{}", LIST).status == 200
    server.client("kinesis", key="anybody", secret="anything").create_stream(StreamName="s", ShardCount=1)
    assert server.http("POST", "/", b"{}", LIST).json["StreamSummaries"][0]["StreamARN"] == arn("s", account="121212121212")
