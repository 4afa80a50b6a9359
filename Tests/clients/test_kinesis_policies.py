"""Resource policies: the order of the checks, and where in the text AWS finds what it refuses."""

import json

import pytest

from test_kinesis import arn, make
from test_s3 import refusal

FAULT = "Policy validation error: "


@pytest.fixture
def stream(kinesis, name):
    return make(kinesis, name)


def policy(resource, *actions, **changes):
    statement = {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": list(actions),
                 "Resource": resource} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(kinesis, resource, text):
    return refusal(kinesis.put_resource_policy, ResourceARN=resource, Policy=text)


def test_a_policy_is_kept_verbatim_until_it_is_replaced_or_deleted(kinesis, stream):
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == "{}"
    text = "\n " + policy(arn(stream), "kinesis:PutRecord", "kinesis:GetRecords") + "\t"
    kinesis.put_resource_policy(ResourceARN=arn(stream), Policy=text)
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == text
    second = policy(arn(stream), "kinesis:ListShards")
    kinesis.put_resource_policy(ResourceARN=arn(stream), Policy=second)
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == second
    kinesis.delete_resource_policy(ResourceARN=arn(stream))
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == "{}"
    assert refusal(kinesis.delete_resource_policy, ResourceARN=arn(stream)) == (
        400, "ResourceNotFoundException", f"No resource policy found for resource ARN {arn(stream)}.")


def test_a_policy_goes_with_its_stream(kinesis, stream):
    kinesis.put_resource_policy(ResourceARN=arn(stream), Policy=policy(arn(stream), "kinesis:PutRecord"))
    kinesis.delete_stream(StreamName=stream)
    make(kinesis, stream)
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == "{}"


def test_the_order_of_the_checks(kinesis, stream):
    elsewhere, foreign = arn(stream).replace("us-east-1", "eu-west-1"), arn(stream).replace("000000000000", "111111111111")
    assert put(kinesis, arn("a/b"), "?")[1] == "InvalidArgumentException"
    # The region comes before the account, and both before the text.
    assert put(kinesis, elsewhere.replace("000000000000", "111111111111"), "?") == (
        400, "InvalidArgumentException", "The region specified in the ARN '{}' does not match the endpoint region".format(
            elsewhere.replace("000000000000", "111111111111")))
    assert put(kinesis, foreign, "?") == (400, "UnrecognizedClientException", "No account found for the given parameters")
    # The text comes before the resource.
    assert put(kinesis, arn("nowhere"), "?") == (400, "InvalidArgumentException", FAULT + "This policy contains invalid Json")
    assert put(kinesis, arn("nowhere"), policy(arn("nowhere"), "kinesis:PutRecord")) == (
        400, "ResourceNotFoundException", "Stream nowhere under account 000000000000 not found.")
    for call in (kinesis.get_resource_policy, kinesis.delete_resource_policy):
        assert refusal(call, ResourceARN=foreign)[1] == "UnrecognizedClientException"
        assert refusal(call, ResourceARN=elsewhere)[1] == "InvalidArgumentException"
        assert refusal(call, ResourceARN=arn("nowhere"))[1] == "ResourceNotFoundException"


@pytest.mark.parametrize("text, reason", [
    ("", "This policy contains invalid Json"),
    ("[]", "This policy contains invalid Json"),
    ('{"Version": 1', "This policy contains invalid Json"),
    ("{}", "Missing required field Version"),
    ('{"Statement": []}', "Missing required field Version"),
    ('{"Version": "2012-10-17"}', "Missing required field Statement"),
])
def test_texts_that_are_no_policies(kinesis, stream, text, reason):
    assert put(kinesis, arn(stream), text) == (400, "InvalidArgumentException", FAULT + reason)


def test_statements_are_found_by_line_and_column(kinesis, stream):
    good = json.loads(policy(arn(stream), "kinesis:PutRecord"))["Statement"][0]
    bad = good | {"Action": ["kinesis:*", "kinesis:PutRecord", "kinesis:SubscribeToShard"]}
    text = '{"Version":"2012-10-17","Statement":[\n  ' + json.dumps(good) + ",\n     " + json.dumps(bad) + "]}"
    where = FAULT + "Resource policy contains invalid statement at line {}, column {}: "
    names = 'The following action names are invalid: "kinesis:*", "kinesis:SubscribeToShard"'
    assert put(kinesis, arn(stream), text) == (400, "InvalidArgumentException", where.format(3, 6) + names)
    # A statement that stands alone, behind text with brackets and quotes in it.
    text = '{"Id":"é\\"{[","Version":"2012-10-17", "Statement": ' + json.dumps(good | {"Resource": arn("other")}) + "}"
    assert put(kinesis, arn(stream), text) == (
        400, "InvalidArgumentException",
        where.format(1, text.index('{"Sid"') + 1) + "The resource policy's resource must be the same as the resource ARN.")


def test_consumers_have_actions_of_their_own(kinesis, stream):
    consumer = arn(stream) + "/consumer/c:1700000000"
    assert "action names are invalid" in put(kinesis, consumer, policy(consumer, "kinesis:PutRecord"))[2]
    assert put(kinesis, consumer, policy(consumer, "kinesis:SubscribeToShard", "kinesis:DescribeStreamConsumer")) == (
        400, "ResourceNotFoundException", f"Consumer {consumer} not found")


def test_the_policy_of_a_consumer_goes_with_it(kinesis, stream):
    register = lambda: kinesis.register_stream_consumer(StreamARN=arn(stream), ConsumerName="c")["Consumer"]["ConsumerARN"]
    consumer = register()
    text = policy(consumer, "kinesis:SubscribeToShard")
    kinesis.put_resource_policy(ResourceARN=consumer, Policy=text)
    assert kinesis.get_resource_policy(ResourceARN=consumer)["Policy"] == text
    assert kinesis.get_resource_policy(ResourceARN=arn(stream))["Policy"] == "{}"
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    assert refusal(kinesis.get_resource_policy, ResourceARN=consumer) == (400, "ResourceNotFoundException", f"Consumer {consumer} not found")
    assert kinesis.get_resource_policy(ResourceARN=register())["Policy"] == "{}"
