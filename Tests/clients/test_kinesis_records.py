"""Records: routing, sequence numbers, iterators, reading."""

import datetime
import hashlib

import pytest

from harness import until
from test_kinesis import HASH_END, arn, make
from test_s3 import refusal

SHARD = "shardId-000000000000"


@pytest.fixture
def stream(kinesis, name):
    return make(kinesis, name)


def iterator(kinesis, stream, kind="TRIM_HORIZON", shard=SHARD, **more):
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]


def data(page):
    return [record["Data"] for record in page["Records"]]


def put(kinesis, stream, *values):
    return [kinesis.put_record(StreamName=stream, Data=value, PartitionKey="p")["SequenceNumber"] for value in values]


def test_a_record_comes_back_whole(kinesis, stream):
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = kinesis.put_record(StreamName=stream, Data=bytes(range(256)), PartitionKey="ключ")
    assert "EncryptionType" not in answer
    page = kinesis.get_records(ShardIterator=iterator(kinesis, stream))
    record, = page["Records"]
    assert (record["Data"], record["PartitionKey"], record["SequenceNumber"]) == (bytes(range(256)), "ключ", answer["SequenceNumber"])
    assert "EncryptionType" not in record
    assert abs((record["ApproximateArrivalTimestamp"] - before).total_seconds()) < 10
    assert page["MillisBehindLatest"] == 0 and "ChildShards" not in page


def test_arrival_times_have_milliseconds(kinesis, stream):
    put(kinesis, stream, *(b"x" for _ in range(20)))
    times = [record["ApproximateArrivalTimestamp"] for record in kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"]]
    assert any(time.microsecond for time in times) and times == sorted(times)


def test_records_go_where_their_key_hashes(kinesis, name):
    make(kinesis, name, 3)
    ranges = {shard["ShardId"]: shard["HashKeyRange"] for shard in kinesis.list_shards(StreamName=name)["Shards"]}
    for key in ["a", "b", "c", "userId", "ü", "x" * 256]:
        at = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
        shard = ranges[kinesis.put_record(StreamName=name, Data=b"", PartitionKey=key)["ShardId"]]
        assert int(shard["StartingHashKey"]) <= at <= int(shard["EndingHashKey"])


@pytest.mark.parametrize("hash_key, shard", [(0, 0), (2**128 // 3 - 1, 0), (2**128 // 3, 1), (HASH_END - 1, 2), (HASH_END, 2)])
def test_an_explicit_hash_key_decides(kinesis, name, hash_key, shard):
    make(kinesis, name, 3)
    answer = kinesis.put_record(StreamName=name, Data=b"", PartitionKey="p", ExplicitHashKey=str(hash_key))
    assert answer["ShardId"] == f"shardId-{shard:012}"


def test_a_hash_key_out_of_range(kinesis, stream):
    text = f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {HASH_END + 1}"
    assert refusal(kinesis.put_record, StreamName=stream, Data=b"", PartitionKey="p", ExplicitHashKey=str(HASH_END + 1)) == (
        400, "InvalidArgumentException", text)


def test_sequence_numbers_rise(kinesis, stream):
    first = int(kinesis.list_shards(StreamName=stream)["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"])
    numbers = [int(number) for number in put(kinesis, stream, *(b"x" for _ in range(30)))]
    batch = kinesis.put_records(StreamName=stream, Records=[{"Data": b"y", "PartitionKey": str(i)} for i in range(50)])
    numbers += [int(record["SequenceNumber"]) for record in batch["Records"]]
    assert numbers == sorted(set(numbers)) and numbers[0] > first
    assert all(f"{number:x}"[-1] == "2" and len(str(number)) == 56 for number in numbers)


def test_five_hundred_at_once_keep_their_order(kinesis, name):
    make(kinesis, name, 4)
    records = [{"Data": str(number).encode(), "PartitionKey": f"key {number}"} for number in range(500)]
    answer = kinesis.put_records(StreamName=name, Records=records)
    assert (answer["FailedRecordCount"], len(answer["Records"])) == (0, 500)
    assert all(record.keys() == {"SequenceNumber", "ShardId"} for record in answer["Records"])
    for shard in range(4):
        shard_id = f"shardId-{shard:012}"
        sent = [record["Data"] for record, result in zip(records, answer["Records"]) if result["ShardId"] == shard_id]
        assert sent and data(kinesis.get_records(ShardIterator=iterator(kinesis, name, shard=shard_id))) == sent


def test_one_bad_entry_refuses_the_whole_call(kinesis, stream):
    good, bad = {"Data": b"x", "PartitionKey": "p"}, {"Data": b"x", "PartitionKey": "p", "ExplicitHashKey": str(2**128)}
    assert refusal(kinesis.put_records, StreamName=stream, Records=[good, bad])[:2] == (400, "InvalidArgumentException")
    assert data(kinesis.get_records(ShardIterator=iterator(kinesis, stream))) == []


def test_sizes_at_their_limits(kinesis, stream):
    largest = 1 << 20
    kinesis.put_record(StreamName=stream, Data=bytes(largest - 1), PartitionKey="p")
    assert refusal(kinesis.put_record, StreamName=stream, Data=bytes(largest), PartitionKey="p")[0] == 400
    kinesis.put_record(StreamName=stream, Data=b"", PartitionKey="p")
    batch = [{"Data": bytes(largest - 1), "PartitionKey": "p"}] * 10
    assert kinesis.put_records(StreamName=stream, Records=batch)["FailedRecordCount"] == 0
    assert refusal(kinesis.put_records, StreamName=stream, Records=batch + batch[:1])[0] == 400
    page = kinesis.get_records(ShardIterator=iterator(kinesis, stream))
    assert 0 < sum(len(value) for value in data(page)) <= 10 << 20
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert sum(len(value) for value in data(page) + data(rest)) == 11 * (largest - 1)


def test_every_kind_of_iterator(kinesis, stream):
    numbers = put(kinesis, stream, b"0", b"1", b"2")
    latest = iterator(kinesis, stream, "LATEST")
    put(kinesis, stream, b"3")

    def read(kind, **more):
        return data(kinesis.get_records(ShardIterator=iterator(kinesis, stream, kind, **more)))

    assert data(kinesis.get_records(ShardIterator=latest)) == [b"3"]
    assert read("TRIM_HORIZON") == [b"0", b"1", b"2", b"3"]
    assert read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"1", b"2", b"3"]
    assert read("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"2", b"3"]
    start = kinesis.list_shards(StreamName=stream)["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start) == [b"0", b"1", b"2", b"3"]
    assert read("AT_TIMESTAMP", Timestamp=1) == [b"0", b"1", b"2", b"3"]
    assert read("LATEST") == []


def test_a_time_after_the_last_record_is_the_tip(kinesis, stream):
    put(kinesis, stream, b"old")
    arrived = kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"][0]["ApproximateArrivalTimestamp"]
    until(lambda: datetime.datetime.now(datetime.timezone.utc) > arrived + datetime.timedelta(milliseconds=1100))
    tip = iterator(kinesis, stream, "AT_TIMESTAMP", Timestamp=arrived + datetime.timedelta(seconds=1))
    assert data(kinesis.get_records(ShardIterator=tip)) == []
    put(kinesis, stream, b"new")
    assert data(kinesis.get_records(ShardIterator=tip)) == [b"new"]


def test_an_iterator_may_be_used_again_and_nothing_comes_twice(kinesis, stream):
    put(kinesis, stream, b"0", b"1", b"2", b"3", b"4")
    at = iterator(kinesis, stream)
    first = kinesis.get_records(ShardIterator=at, Limit=2)
    assert data(first) == data(kinesis.get_records(ShardIterator=at, Limit=2)) == [b"0", b"1"]
    assert first["NextShardIterator"] != at
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"], Limit=2)
    third = kinesis.get_records(ShardIterator=second["NextShardIterator"], Limit=2)
    assert data(second) + data(third) == [b"2", b"3", b"4"]
    empty = kinesis.get_records(ShardIterator=third["NextShardIterator"])
    assert data(empty) == [] and empty["NextShardIterator"]
    put(kinesis, stream, b"5")
    assert data(kinesis.get_records(ShardIterator=empty["NextShardIterator"])) == [b"5"]
    assert data(kinesis.get_records(ShardIterator=f'"{at}"', Limit=1)) == [b"0"]


def test_how_far_behind(kinesis, stream):
    put(kinesis, stream, b"0", b"1")
    arrived = kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"][0]["ApproximateArrivalTimestamp"]
    until(lambda: datetime.datetime.now(datetime.timezone.utc) > arrived + datetime.timedelta(milliseconds=60))
    page = kinesis.get_records(ShardIterator=iterator(kinesis, stream), Limit=1)
    assert 50 <= page["MillisBehindLatest"] < 60_000
    assert kinesis.get_records(ShardIterator=page["NextShardIterator"])["MillisBehindLatest"] == 0


NEITHER = ("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no "
           "StartingSequenceNumber. Request specified {} and {} StartingSequenceNumber.")


@pytest.mark.parametrize("kind, more, text", [
    ("TRIM_HORIZON", {"StartingSequenceNumber": "0"}, NEITHER.format("TRIM_HORIZON", "also a")),
    ("LATEST", {"StartingSequenceNumber": "0"}, NEITHER.format("LATEST", "also a")),
    ("AT_SEQUENCE_NUMBER", {}, NEITHER.format("AT_SEQUENCE_NUMBER", "no")),
    ("AFTER_SEQUENCE_NUMBER", {}, NEITHER.format("AFTER_SEQUENCE_NUMBER", "no")),
    ("AT_TIMESTAMP", {}, "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."),
])
def test_what_makes_no_iterator(kinesis, stream, kind, more, text):
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId=SHARD, ShardIteratorType=kind, **more) == (
        400, "InvalidArgumentException", text)


def test_a_sequence_number_of_another_place(kinesis, name):
    make(kinesis, name, 2)
    other = kinesis.put_record(StreamName=name, Data=b"", PartitionKey="p", ExplicitHashKey="0")["SequenceNumber"]
    ask = {"StreamName": name, "ShardId": "shardId-000000000001", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert refusal(kinesis.get_shard_iterator, **ask, StartingSequenceNumber=other) == (
        400, "InvalidArgumentException",
        f"Invalid StartingSequenceNumber. It encodes {SHARD}, while it was used in a call to a shard with shardId-000000000001")
    nonsense = f"StartingSequenceNumber 999 used in GetShardIterator on shard shardId-000000000001 in stream {name} under account 000000000000 is invalid"
    status, code, text = refusal(kinesis.get_shard_iterator, **ask, StartingSequenceNumber="9" * 60)
    assert (status, code) == (400, "InvalidArgumentException") and text.startswith(nonsense.split(" 999 ")[0])


@pytest.mark.parametrize("shard, text", [
    ("shardId-000000000009", "Shard shardId-000000000009 in stream {} under account 000000000000 does not exist"),
    ("9", "Shard shardId-000000000009 in stream {} under account 000000000000 does not exist"),
    ("letters", "Could not find shard letters in stream {} under account 000000000000."),
    ("shardId-2147483648", "Could not find shard shardId-2147483648 in stream {} under account 000000000000."),
])
def test_a_shard_that_is_not_there(kinesis, stream, shard, text):
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId=shard, ShardIteratorType="LATEST") == (
        400, "ResourceNotFoundException", text.format(stream))


def test_a_shard_id_may_be_short(kinesis, stream):
    put(kinesis, stream, b"x")
    for shard in ("0", "-0", "foo-0", "shardId-0"):
        assert data(kinesis.get_records(ShardIterator=iterator(kinesis, stream, shard=shard))) == [b"x"]


def test_iterators_that_are_none(kinesis, stream):
    at = iterator(kinesis, stream)
    assert len(at) <= 512
    middle = len(at) // 2
    broken = at[:middle] + ("A" if at[middle] != "A" else "B") + at[middle + 1:]
    for wrong in ("nonsense", at[:-8], broken):
        assert refusal(kinesis.get_records, ShardIterator=wrong) == (400, "InvalidArgumentException", "Invalid ShardIterator.")
    assert refusal(kinesis.get_records, ShardIterator=at, Limit=10_001)[:2] == (400, "ValidationException")


def test_an_iterator_of_a_deleted_stream(kinesis, stream):
    at = iterator(kinesis, stream)
    kinesis.delete_stream(StreamName=stream)
    assert refusal(kinesis.get_records, ShardIterator=at) == (
        400, "ResourceNotFoundException", f"Shard {SHARD} in stream {stream} under account 000000000000 does not exist")


def test_a_sequence_number_for_ordering(kinesis, stream):
    number, = put(kinesis, stream, b"0")
    later = kinesis.put_record(StreamName=stream, Data=b"1", PartitionKey="p", SequenceNumberForOrdering=number)["SequenceNumber"]
    assert int(later) > int(number)
    text = f"ExclusiveMinimumSequenceNumber {'9' * 60} used in PutRecord on stream {stream} under account 000000000000 is invalid."
    assert refusal(kinesis.put_record, StreamName=stream, Data=b"", PartitionKey="p", SequenceNumberForOrdering="9" * 60) == (
        400, "InvalidArgumentException", text)


def test_another_account_sees_nothing(server, kinesis, stream):
    assert refusal(kinesis.put_record, StreamARN=arn(stream, account="111122223333"), Data=b"", PartitionKey="p")[0] == 400
