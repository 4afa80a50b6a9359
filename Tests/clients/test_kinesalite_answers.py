"""What kinesalite's suite asserts of refusals and answers. It was run against AWS in its day.

Inputs and AWS's words are facts; the table is ours. Where AWS has changed since the newer value stands, and the line says so;
docs/fidelity-kinesis.md lists the differences.
"""

import time

import pytest

from harness import ACCOUNT, settled
from test_kinesis_refusals import error


@pytest.fixture(scope="module")
def stream(server):
    """A stream of three shards."""
    server.client("kinesis").create_stream(StreamName="kinesalite", ShardCount=3)
    return "kinesalite"


PLACE = f"under account {ACCOUNT}"
NO_STREAM = f"Stream none {PLACE} not found."
# Shard ids as they are written, and what they are taken for; None: for no shard at all.
SPELLINGS = {
    "2147483647": "shardId-002147483647", "x.1-2147483647": "shardId-002147483647", "a-00002147483647": "shardId-002147483647",
    "-00002147483647": "shardId-002147483647", "2147483648": None, "shardId-002147483648": None, "ABKLFD8": None, "2.14E4": None,
}


@pytest.mark.parametrize("operation, document", [
    ("AddTagsToStream", {"Tags": {"a": "b"}}), ("DecreaseStreamRetentionPeriod", {"RetentionPeriodHours": 25}), ("DeleteStream", {}),
    ("DescribeStream", {}), ("DescribeStreamSummary", {}), ("IncreaseStreamRetentionPeriod", {"RetentionPeriodHours": 25}), ("ListShards", {}),
    ("ListTagsForStream", {"ExclusiveStartTagKey": "a", "Limit": 1}), ("PutRecord", {"PartitionKey": "a", "Data": ""}),
    ("PutRecords", {"Records": [{"PartitionKey": "a", "Data": ""}]}), ("RemoveTagsFromStream", {"TagKeys": [";"]}),
    ("UpdateShardCount", {"ScalingType": "UNIFORM_SCALING", "TargetShardCount": 2}),
])
def test_a_stream_that_is_not_there(server, operation, document):
    assert error(server.call("kinesis", operation, {"StreamName": "none", **document})) == (400, "ResourceNotFoundException", NO_STREAM)


@pytest.mark.parametrize("text, shard", SPELLINGS.items())
def test_how_shards_are_named(server, text, shard):
    unknown = f"Could not find shard {text} in stream none {PLACE}."
    for operation, document in [
        ("SplitShard", {"ShardToSplit": text, "NewStartingHashKey": "0"}), ("MergeShards", {"ShardToMerge": text, "AdjacentShardToMerge": "y-0"}),
        ("MergeShards", {"ShardToMerge": "y-0", "AdjacentShardToMerge": text}),
    ]:
        said = NO_STREAM if shard else unknown
        assert error(server.call("kinesis", operation, {"StreamName": "none", **document})) == (400, "ResourceNotFoundException", said)
    said = f"Shard {shard} in stream none {PLACE} does not exist" if shard else unknown
    document = {"StreamName": "none", "ShardId": text, "ShardIteratorType": "LATEST"}
    assert error(server.call("kinesis", "GetShardIterator", document)) == (400, "ResourceNotFoundException", said)


def number(digits):
    """A sequence number by its hexadecimal digits: 2, shard's second (9), shard (1), counter (16), 000, second (8), shard (8), version (1)."""
    return str(int(digits, 16))


ZERO = [number(f"2{'0' * 45}{version}") for version in range(5)]
IN_INDEX, NEAR_END = number("20000000000800000000000000000000000000000000002"), number("20000000000000000000000000000000000000800000002")
OTHER_FIRST = [number("30000000000000000000000000000000000000000000001"), number("1ffffffffff7fffffffffffffff000000000007fffffff2")]
ALL_ONES = number("2ffffffffff7fffffffffffffff000000000007fffffff2")
LATE = number("13bb2cc3d80000000000000000000000")
BOTH = ("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no "
        "StartingSequenceNumber. Request specified {}.")
FIRST = "113427455640312821154458202477256070484"
BEYOND = "is not both greater than one plus the shard's StartingHashKey {} and less than the shard's EndingHashKey {}."
ILLEGAL = "because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'."
CHARACTERS = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
STARTING = "StartingSequenceNumber {} used in GetShardIterator on shard shardId-000000000000 in stream kinesalite " + PLACE + " is invalid."
ENCODES = "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with shardId-000000000000"


def at(one):
    return {"ShardId": "shardId-0", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": one}


def ordered(one):
    return ("PutRecord", {"PartitionKey": "a", "Data": "", "SequenceNumberForOrdering": one},
            f"ExclusiveMinimumSequenceNumber {one} used in PutRecord on stream kinesalite {PLACE} is invalid.")


ARGUMENTS = [
    *(("GetShardIterator", {"ShardId": "shardId-0", "ShardIteratorType": kind}, BOTH.format(f"{kind} and no StartingSequenceNumber"))
      for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")),
    *(("GetShardIterator", {**at("5"), "ShardIteratorType": kind}, BOTH.format(f"{kind} and also a StartingSequenceNumber"))
      for kind in ("LATEST", "TRIM_HORIZON")),
    ("GetShardIterator", {"ShardId": "shardId-0", "ShardIteratorType": "AT_TIMESTAMP"},
     "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."),
    ("GetShardIterator", at("5"), ENCODES.format("shardId-000000000005")),
    ("GetShardIterator", at(NEAR_END), ENCODES.format("shardId--02147483648")),
    ("GetShardIterator", at(IN_INDEX), STARTING.format(IN_INDEX)),
    ("GetShardIterator", at(LATE), STARTING.format(LATE)),
    ("GetRecords", {"ShardIterator": "kinesalite"}, "Invalid ShardIterator."),
    # AWS failed on version 3 itself, with 500.
    # And it took ALL_ONES, whose shard is of the year 4147.
    *(ordered(one) for one in (ZERO[0], ZERO[3], ZERO[4], *OTHER_FIRST, IN_INDEX, LATE, ALL_ONES)),
    ("PutRecord", {"PartitionKey": "a", "Data": "", "ExplicitHashKey": str(2**128)},
     f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {2**128}"),
    ("PutRecords", {"Records": [{"PartitionKey": "a", "Data": "", "ExplicitHashKey": str(2**128)}, {"PartitionKey": "a", "Data": ""}]},
     f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {2**128}"),
    *(("SplitShard", {"ShardToSplit": f"shard-{shard}", "NewStartingHashKey": key},
       f"NewStartingHashKey {key} used in SplitShard() on shard shardId-00000000000{shard} in stream kinesalite {PLACE} {BEYOND.format(start, end)}")
      for shard, key, start, end in [
          (0, "1", "0", FIRST), (0, FIRST, "0", FIRST), (2, "9" * 39, "226854911280625642308916404954512140970", str(2**128 - 1))]),
    *(("MergeShards", {"ShardToMerge": f"x-{one}", "AdjacentShardToMerge": f"x-{two}"},
       f"Shards shardId-00000000000{one} and shardId-00000000000{two} in stream kinesalite {PLACE} are not an adjacent pair of shards eligible for merging")
      for one, two in [(0, 2), (1, 0)]),
    *(("AddTagsToStream", {"Tags": tags}, CHARACTERS) for odd in ("abc;def", "abc\tdef", "abc\ndef", "abc,def") for tags in ({odd: "1"}, {"a": odd})),
    *(("AddTagsToStream", {"Tags": tags}, f"Failed to add tags to stream kinesalite {PLACE} {ILLEGAL}") for tags in ({"abc%def": "1"}, {"a": "abc%def"})),
    *(("RemoveTagsFromStream", {"TagKeys": [odd]}, CHARACTERS) for odd in ("abc;def", "abc\tdef", "abc\ndef", "abc,def")),
    ("RemoveTagsFromStream", {"TagKeys": ["abc%def"]}, f"Failed to remove tags from stream kinesalite {PLACE} {ILLEGAL}"),
    *((f"{change}StreamRetentionPeriod", {"RetentionPeriodHours": 23},
       "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.") for change in ("Increase", "Decrease")),
    # 168 in its day.
    *((f"{change}StreamRetentionPeriod", {"RetentionPeriodHours": 8761},
       "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.") for change in ("Increase", "Decrease")),
    ("DecreaseStreamRetentionPeriod", {"RetentionPeriodHours": 25}, "Requested retention period (25 hours) for stream kinesalite can not be longer than "
     "existing retention period (24 hours). Use IncreaseRetentionPeriod API."),
]


@pytest.mark.parametrize("operation, document, text", ARGUMENTS, ids=[f"{case[0]} {number}" for number, case in enumerate(ARGUMENTS)])
def test_invalid_arguments(server, stream, operation, document, text):
    assert error(server.call("kinesis", operation, {"StreamName": stream, **document})) == (400, "InvalidArgumentException", text)


def test_a_number_that_the_service_itself_fails_on(server, stream):
    answer = server.call("kinesis", "GetShardIterator", {"StreamName": stream, **at("0")})
    assert (answer.status, answer.json) == (500, {"__type": "InternalFailure"})


def test_numbers_for_ordering_that_are_taken(server, stream):
    now = int(time.time())
    for one in ("0", ZERO[1], ZERO[2], NEAR_END, number(f"2{now - 2:09x}f7fffffff7fffffff000{now - 2:08x}7fffffff2")):
        answer = server.call("kinesis", "PutRecord", {"StreamName": stream, "PartitionKey": "a", "Data": "", "SequenceNumberForOrdering": one})
        assert answer.status == 200 and answer.json["ShardId"] == "shardId-000000000000", one
    later = number(f"200000000000000000000000000000{now + 60:08x}000000002")
    _, document, text = ordered(later)
    assert error(server.call("kinesis", "PutRecord", {"StreamName": stream, **document})) == (400, "InvalidArgumentException", text)


THIRD = 2**128 // 3
LANDS = [("a", None, 0), ("b", None, 1), ("e", None, 2), ("f", None, 1), ("a", 2**128 - 1, 2), ("a", 2 * THIRD - 1, 1), ("a", 2 * THIRD, 2)]


def test_three_shards_and_where_records_land(server, kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=3)
    stream = server.call("kinesis", "DescribeStream", {"StreamName": name}).json["StreamDescription"]
    shards = stream["Shards"]
    ranges = [(shard["ShardId"], shard["HashKeyRange"]["StartingHashKey"], shard["HashKeyRange"]["EndingHashKey"]) for shard in shards]
    assert ranges == [(f"shardId-00000000000{index}", str(index * THIRD), str(2**128 - 1 if index == 2 else (index + 1) * THIRD - 1)) for index in range(3)]
    starts = [int(shard["SequenceNumberRange"]["StartingSequenceNumber"]) for shard in shards]
    assert [two - one for one, two in zip(starts, starts[1:])] == [22300745198530623141535718272648361505980432] * 2
    # AWS's shards began some seconds before the call.
    assert int(f"{starts[0]:x}"[1:10], 16) == int(stream["StreamCreationTimestamp"])

    records = [{"PartitionKey": key, "Data": "", **({} if place is None else {"ExplicitHashKey": str(place)})} for key, place, _ in LANDS]
    put = server.call("kinesis", "PutRecords", {"StreamName": name, "Records": records}).json
    assert put["FailedRecordCount"] == 0
    counters = [0, 0, 0]
    for (_, _, shard), record in zip(LANDS, put["Records"], strict=True):
        digits = f"{int(record['SequenceNumber']):x}"
        assert record["ShardId"] == f"shardId-00000000000{shard}" and len(digits) == 47
        # Each shard counts for itself; AWS was seen to count on across the shards of a stream.
        counters[shard] += 1
        assert int(digits[11:27], 16) == counters[shard]
        assert (digits[:1], digits[10], digits[27:30], digits[38:]) == ("2", str(shard), "000", f"0000000{shard}2")


def test_readers_may_ask_again(server, kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)

    def read(iterator, **more):
        answer = kinesis.get_records(ShardIterator=iterator, **more)
        return "".join(record["Data"].decode() for record in answer["Records"]), answer["NextShardIterator"]

    def iterator(**kind):
        return kinesis.get_shard_iterator(StreamName=name, ShardId="shardId-0", **kind)["ShardIterator"]

    ends = [iterator(ShardIteratorType=kind) for kind in ("LATEST", "TRIM_HORIZON")]
    ends += [read(one)[1] for one in ends]
    put = [kinesis.put_record(StreamName=name, Data=letter, PartitionKey="a")["SequenceNumber"] for letter in "abcde"]
    assert [read(one)[0] for one in ends] == ["abcde"] * 4
    assert read(iterator(ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=put[1]))[0] == "cde"
    seen, following = read(iterator(ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=put[1]), Limit=2)
    assert seen == "bc" and [read(following, **limit)[0] for limit in ({"Limit": 3}, {"Limit": 1}, {})] == ["de", "d", "de"]


def test_iterators_of_a_stream_that_was_deleted_and_made_anew(server, kinesis, name):
    def missing(iterator):
        return error(server.call("kinesis", "GetRecords", {"ShardIterator": iterator}))

    kinesis.create_stream(StreamName=name, ShardCount=2)
    iterators = [kinesis.get_shard_iterator(StreamName=name, ShardId=f"shardId-{shard}", ShardIteratorType="LATEST")["ShardIterator"] for shard in range(2)]
    kinesis.delete_stream(StreamName=name)
    absent = [(400, "ResourceNotFoundException", f"Shard shardId-00000000000{shard} in stream {name} {PLACE} does not exist") for shard in range(2)]
    assert [missing(one) for one in iterators] == absent
    kinesis.create_stream(StreamName=name, ShardCount=1)
    assert missing(iterators[1]) == absent[1]
    assert kinesis.get_records(ShardIterator=iterators[0])["Records"] == []


def test_a_split_takes_its_time(server, kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)
    split = {"StreamName": name, "ShardToSplit": "y.2-0", "NewStartingHashKey": "2"}
    assert server.call("kinesis", "SplitShard", split).body == b""
    busy = (400, "ResourceInUseException", f"Stream {name} {PLACE} not ACTIVE, instead in state UPDATING")
    assert error(server.call("kinesis", "SplitShard", split)) == busy
    settled(kinesis, name)
    parent, low, high = kinesis.list_shards(StreamName=name)["Shards"]
    last, *firsts = (f"{int(text):x}" for text in (
        parent["SequenceNumberRange"]["EndingSequenceNumber"], *(shard["SequenceNumberRange"]["StartingSequenceNumber"] for shard in (low, high))))
    assert last[11:27] == "7fffffffffffffff" and [first[11:27] for first in firsts] == ["0" * 16] * 2
    assert [int(first[30:38], 16) - int(last[30:38], 16) for first in firsts] == [1, 1]
    assert (low["HashKeyRange"]["EndingHashKey"], high["HashKeyRange"]["StartingHashKey"]) == ("1", "2")
    assert low["ParentShardId"] == high["ParentShardId"] == "shardId-000000000000" and "AdjacentParentShardId" not in low


def test_tags_that_are_taken(server, kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)
    tags = {"a": "a", "ü0 _.": "a", "/=+-@": "a", "b": "ü0 _./=+-@", "c": ""}
    assert server.call("kinesis", "AddTagsToStream", {"StreamName": name, "Tags": tags}).body == b""
    kinesis.add_tags_to_stream(StreamName=name, Tags={"a": "b"})
    assert {tag["Key"]: tag["Value"] for tag in kinesis.list_tags_for_stream(StreamName=name)["Tags"]} == {**tags, "a": "b"}
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["ü0 _.", "/=+-@", "b", "c", "never there"])
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_scaling_beyond_double_or_half(server, kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=6)
    for target, words in ((13, "up over double"), (2, "down below half"), (100_001, "up over double")):
        # kinesalite has a comma before "Target", AWS's reports have none.
        said = f"UpdateShardCount cannot scale {words} your current open shard count. Current open shard count: 6 Target shard count: {target}"
        document = {"StreamName": name, "ScalingType": "UNIFORM_SCALING", "TargetShardCount": target}
        assert error(server.call("kinesis", "UpdateShardCount", document)) == (400, "LimitExceededException", said)


def test_the_shard_limit(start):
    server = start("--shard-limit", "10")
    said = (
        f"This request would exceed the shard limit for the account {ACCOUNT} in us-east-1. Current shard count for the account: {{}}. Limit: 10. "
        "Number of additional shards that would have resulted from this request: {}. Refer to the AWS Service Limits page "
        "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.")
    server.client("kinesis").create_stream(StreamName="a", ShardCount=3)
    refused = error(server.call("kinesis", "CreateStream", {"StreamName": "b", "ShardCount": 1000}))
    assert refused == (400, "LimitExceededException", said.format(3, 1000))
    server.client("kinesis").create_stream(StreamName="b", ShardCount=7)
    refused = error(server.call("kinesis", "SplitShard", {"StreamName": "b", "ShardToSplit": "shard-0", "NewStartingHashKey": "2"}))
    assert refused == (400, "LimitExceededException", said.format(10, 1))
    refused = error(server.call("kinesis", "UpdateShardCount", {"StreamName": "b", "ScalingType": "UNIFORM_SCALING", "TargetShardCount": 12}))
    assert refused == (400, "LimitExceededException", said.format(10, 5))
