"""S3 as the aws CLI uses it."""

import pytest


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    for path, text in {"a.txt": "one", "sub/b.txt": "two", "sub/deep/c.txt": "three"}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_a_bucket_from_mb_to_rb(server, tree, name, tmp_path):
    place = f"s3://cli-{name}"
    assert f"make_bucket: cli-{name}" in server.aws("s3", "mb", place)
    server.aws("s3", "cp", tree / "a.txt", f"{place}/a.txt")
    listed = server.aws("s3", "ls", place)
    assert listed.split()[2:] == ["3", "a.txt"]
    assert server.aws("s3", "cp", f"{place}/a.txt", "-") == "one"
    server.aws("s3", "cp", "-", f"{place}/stdin.txt", text="from a pipe")
    assert server.aws("s3", "cp", f"{place}/stdin.txt", "-") == "from a pipe"

    first = server.aws("s3", "sync", tree, f"{place}/tree")
    assert first.count("upload:") == 3
    assert server.aws("s3", "sync", tree, f"{place}/tree") == ""
    assert "PRE tree/" in server.aws("s3", "ls", place)
    (tree / "a.txt").unlink()
    assert "delete:" in server.aws("s3", "sync", "--delete", tree, f"{place}/tree")
    server.aws("s3", "sync", f"{place}/tree", tmp_path / "back")
    assert sorted(path.name for path in (tmp_path / "back").rglob("*.txt")) == ["b.txt", "c.txt"]
    assert (tmp_path / "back/sub/deep/c.txt").read_text() == "three"

    assert "BucketNotEmpty" in server.aws("s3", "rb", place, fails=True)
    server.aws("s3", "mv", f"{place}/stdin.txt", f"{place}/moved.txt")
    assert server.aws("s3", "rm", "--recursive", f"{place}/tree").count("delete:") == 2
    assert f"remove_bucket: cli-{name}" in server.aws("s3", "rb", "--force", place)
    assert "NoSuchBucket" in server.aws("s3", "ls", place, fails=True)


def test_s3api(server, bucket, tmp_path):
    (tmp_path / "body").write_bytes(b"0123456789")
    put = server.aws("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", tmp_path / "body", "--metadata", "colour=green")
    assert put["ETag"] == '"781e5e245d69b566979b86e28d23f2c7"'
    got = server.aws("s3api", "get-object", "--bucket", bucket, "--key", "k", "--range", "bytes=2-4", tmp_path / "out")
    assert (got["ContentRange"], got["Metadata"], (tmp_path / "out").read_bytes()) == ("bytes 2-4/10", {"colour": "green"}, b"234")
    assert server.aws("s3api", "list-objects-v2", "--bucket", bucket, "--query", "Contents[].[Key,Size]") == [["k", 10]]
    assert "(404)" in server.aws("s3api", "head-object", "--bucket", bucket, "--key", "none", fails=True)


def test_a_large_file_goes_in_parts(server, bucket, tmp_path):
    (tmp_path / "large").write_bytes(bytes(range(256)) * 65536)
    server.aws("s3", "cp", tmp_path / "large", f"s3://{bucket}/large", "--no-progress")
    assert server.aws("s3api", "head-object", "--bucket", bucket, "--key", "large")["ETag"].endswith('-2"')
    server.aws("s3", "cp", f"s3://{bucket}/large", tmp_path / "back", "--no-progress")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "large").read_bytes()


def test_a_presigned_url_is_fetched_with_curl(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="film list.csv", Body=b"ITEM_ID\n1\n")
    url = server.aws("s3", "presign", f"s3://{bucket}/film list.csv").strip()
    assert server.curl("--fail", url) == "ITEM_ID\n1\n"
    assert "AccessDenied" in server.curl(url.split("?")[0])
