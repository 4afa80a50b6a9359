"""Other S3 libraries from PyPI, each doing its usual job; docs/clients.md lists them."""

import io

import minio
import polars
import pyarrow
import pyarrow.fs
import pyarrow.parquet
import pytest

import harness

MIB = 1 << 20


@pytest.fixture
def arrow(server):
    return pyarrow.fs.S3FileSystem(
        access_key="test", secret_key="test", region=harness.REGION, scheme="http", endpoint_override=f"127.0.0.1:{server.port}")


def test_minio(server, name):
    client = minio.Minio(f"127.0.0.1:{server.port}", "test", "test", secure=False, region=harness.REGION)
    bucket = f"minio-{name}"
    client.make_bucket(bucket)
    assert client.bucket_exists(bucket) and not client.bucket_exists("never-made")
    body = bytes(range(256)) * (11 * MIB // 256)
    client.put_object(bucket, "dir/big", io.BytesIO(body), len(body), part_size=5 * MIB)
    client.put_object(bucket, "dir/empty", io.BytesIO(b""), 0, metadata={"colour": "green"})
    assert client.get_object(bucket, "dir/big").read() == body
    assert client.stat_object(bucket, "dir/empty").metadata["x-amz-meta-colour"] == "green"
    assert [item.object_name for item in client.list_objects(bucket, recursive=True)] == ["dir/big", "dir/empty"]
    assert [item.version_id for item in client.list_objects(bucket, recursive=True, include_version=True)] == ["null", "null"]
    unwanted = [minio.deleteobjects.DeleteObject(item.object_name) for item in client.list_objects(bucket, recursive=True)]
    assert list(client.remove_objects(bucket, unwanted)) == []
    client.remove_bucket(bucket)


def test_pyarrow(server, s3, bucket, arrow):
    table = pyarrow.table({"item": [f"i{number}" for number in range(1000)], "count": list(range(1000))})
    pyarrow.parquet.write_to_dataset(table, f"{bucket}/set", filesystem=arrow, partition_cols=None)
    assert pyarrow.parquet.read_table(f"{bucket}/set", filesystem=arrow).equals(table)
    with arrow.open_output_stream(f"{bucket}/large") as stream:
        for _ in range(12):
            stream.write(bytes(MIB))
    assert arrow.get_file_info(f"{bucket}/large").size == 12 * MIB
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == 12 * MIB
    with arrow.open_output_stream(f"{bucket}/none"):
        pass
    assert arrow.get_file_info(f"{bucket}/none").size == 0
    arrow.delete_dir_contents(bucket)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_polars(server, bucket):
    options = {
        "aws_access_key_id": "test", "aws_secret_access_key": "test", "aws_region": harness.REGION, "aws_endpoint_url": server.url, "aws_allow_http": "true",
    }
    frame = polars.DataFrame({"item": ["a", "b", "c"], "count": [1, 2, 3]})
    frame.write_parquet(f"s3://{bucket}/frames/one.parquet", storage_options=options)
    scanned = polars.scan_parquet(f"s3://{bucket}/frames/*.parquet", storage_options=options)
    assert scanned.filter(polars.col("count") > 1).collect().to_dict(as_series=False) == {"item": ["b", "c"], "count": [2, 3]}
