"""Listing in both versions, with prefix, delimiter and paging."""

import pytest

from test_s3 import refusal

KEYS = ["a.txt", "films/1.csv", "films/2.csv", "films/old/1.csv", "films/old/2.csv", "music/1.csv", "z.txt"]


@pytest.fixture(scope="module")
def shelf(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="shelf")
    for key in KEYS:
        s3.put_object(Bucket="shelf", Key=key, Body=key.encode())
    return "shelf"


def keys(page):
    return [item["Key"] for item in page.get("Contents", [])]


def prefixes(page):
    return [item["Prefix"] for item in page.get("CommonPrefixes", [])]


CASES = [
    ({}, KEYS, []),
    ({"Prefix": "films/"}, KEYS[1:5], []),
    ({"Delimiter": "/"}, ["a.txt", "z.txt"], ["films/", "music/"]),
    ({"Prefix": "films/", "Delimiter": "/"}, KEYS[1:3], ["films/old/"]),
    ({"Prefix": "films", "Delimiter": "/"}, [], ["films/"]),
    ({"Delimiter": ".csv"}, ["a.txt", "z.txt"], ["films/1.csv", "films/2.csv", "films/old/1.csv", "films/old/2.csv", "music/1.csv"]),
    ({"Prefix": "nothing"}, [], []),
]


@pytest.mark.parametrize("asked, objects, groups", CASES)
def test_both_versions_list_the_same(s3, shelf, asked, objects, groups):
    for call in (s3.list_objects, s3.list_objects_v2):
        page = call(Bucket=shelf, **asked)
        assert (keys(page), prefixes(page), page["IsTruncated"]) == (objects, groups, False)
        assert page["Name"] == shelf and page["MaxKeys"] == 1000 and page.get("Prefix", "") == asked.get("Prefix", "")
    assert page["KeyCount"] == len(objects) + len(groups)


def test_what_a_list_says_of_an_object(s3, shelf):
    item = s3.list_objects_v2(Bucket=shelf, Prefix="z", FetchOwner=True)["Contents"][0]
    head = s3.head_object(Bucket=shelf, Key="z.txt")
    assert (item["Size"], item["ETag"], item["StorageClass"]) == (5, head["ETag"], "STANDARD")
    assert abs((item["LastModified"] - head["LastModified"]).total_seconds()) < 1
    assert item["Owner"]["ID"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("asked, objects, groups", CASES[:5])
@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_pages_join_to_the_whole(s3, shelf, operation, asked, objects, groups, size):
    pages = list(s3.get_paginator(operation).paginate(Bucket=shelf, PaginationConfig={"PageSize": size}, **asked))
    assert all(len(keys(page)) + len(prefixes(page)) <= size for page in pages)
    assert all(page["IsTruncated"] for page in pages[:-1]) and not pages[-1]["IsTruncated"]
    assert sum(map(keys, pages), []) == objects
    assert sum(map(prefixes, pages), []) == groups


def test_a_list_may_start_anywhere(s3, shelf):
    assert keys(s3.list_objects_v2(Bucket=shelf, StartAfter="films/old/1.csv")) == KEYS[4:]
    assert keys(s3.list_objects_v2(Bucket=shelf, StartAfter="films/o")) == KEYS[3:]
    assert keys(s3.list_objects(Bucket=shelf, Marker="films/old/1.csv")) == KEYS[4:]


def test_no_keys_are_asked_for(s3, shelf):
    page = s3.list_objects_v2(Bucket=shelf, MaxKeys=0)
    assert (keys(page), page["IsTruncated"], page["KeyCount"]) == ([], False, 0)


def test_a_wrong_page_is_refused(s3, shelf):
    assert refusal(s3.list_objects_v2, Bucket=shelf, ContinuationToken="no token")[:2] == (400, "InvalidArgument")
    assert refusal(s3.list_objects_v2, Bucket=shelf, MaxKeys=-1)[:2] == (400, "InvalidArgument")


def test_more_than_a_thousand_come_in_pages(s3, bucket):
    body = b""
    for number in range(1005):
        s3.put_object(Bucket=bucket, Key=f"{number:04}", Body=body)
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)
    assert (len(keys(first)), first["MaxKeys"], first["IsTruncated"]) == (1000, 1000, True)
    second = s3.list_objects_v2(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    assert keys(second) == [f"{number:04}" for number in range(1000, 1005)]
    for page in (first, second):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys(page)]})
    s3.delete_bucket(Bucket=bucket)
