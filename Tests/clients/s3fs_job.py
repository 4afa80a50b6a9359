"""The usual job of s3fs, for an environment of its own: its aiobotocore holds botocore at another version than boto3's.

Usage: s3fs_job.py ENDPOINT BUCKET; prints what was seen as one JSON object.
"""

import json
import sys

import s3fs

MIB = 1 << 20


def main(endpoint, bucket):
    files = s3fs.S3FileSystem(key="test", secret="test", endpoint_url=endpoint)
    files.mkdir(bucket)
    body = bytes(range(256)) * (12 * MIB // 256)
    with files.open(f"{bucket}/dir/large", "wb", block_size=5 * MIB) as file:
        for start in range(0, len(body), MIB):
            file.write(body[start:start + MIB])
    files.touch(f"{bucket}/dir/empty")
    with files.open(f"{bucket}/dir/sub/small", "w") as file:
        file.write("small")
    files.setxattr(f"{bucket}/dir/sub/small", colour="green")
    seen = {
        "found": files.find(bucket), "listed": files.ls(f"{bucket}/dir"), "sizes": files.du(bucket, total=False),
        "tag": files.info(f"{bucket}/dir/large")["ETag"], "same": files.cat(f"{bucket}/dir/large") == body,
        "middle": files.cat_file(f"{bucket}/dir/large", start=5 * MIB, end=5 * MIB + 3).hex(), "metadata": files.metadata(f"{bucket}/dir/sub/small"),
        "exists": [files.exists(f"{bucket}/dir/empty"), files.exists(f"{bucket}/none"), files.exists("never-made")],
    }
    with files.open(f"{bucket}/dir/sub/small", "a") as file:
        file.write(", and more")
    files.copy(f"{bucket}/dir/sub/small", f"{bucket}/copied")
    files.mv(f"{bucket}/copied", f"{bucket}/moved")
    seen["moved"] = files.cat(f"{bucket}/moved").decode()
    files.rm(f"{bucket}/dir", recursive=True)
    seen["left"] = files.find(bucket)
    files.rm(bucket, recursive=True)
    seen["gone"] = not files.exists(bucket)
    print(json.dumps(seen))


main(*sys.argv[1:])
