"""Imports what was archived since the last time, and trains a version on it."""
import json
import os
import time

import boto3

s3, personalize = boto3.client("s3"), boto3.client("personalize")
archive = os.environ["ARCHIVE"]


def objects(prefix):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=archive, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", []))


def until_active(describe, part, **which):
    while (status := describe(**which)[part]["status"]) != "ACTIVE":
        if status == "CREATE FAILED":
            raise RuntimeError(f"{part}: {describe(**which)[part]['failureReason']}")
        time.sleep(0.05)


def handler(event, context):
    name = f"v{sum(1 for _ in objects('imports/')) + 1}"
    keys = list(objects("views/"))
    # The service reads files with a first line of names, and a delivery stream writes none.
    lines = "".join(s3.get_object(Bucket=archive, Key=key)["Body"].read().decode() for key in keys)
    s3.put_object(Bucket=archive, Key=f"imports/{name}.csv", Body=f"USER_ID,ITEM_ID,TIMESTAMP\n{lines}".encode())
    # What is imported in parts has to be imported in full first.
    mode = "FULL" if name == "v1" else "INCREMENTAL"
    job = personalize.create_dataset_import_job(
        jobName=name, datasetArn=os.environ["DATASET"], roleArn=os.environ["ROLE"], importMode=mode,
        dataSource={"dataLocation": f"s3://{archive}/imports/{name}.csv"})["datasetImportJobArn"]
    until_active(personalize.describe_dataset_import_job, "datasetImportJob", datasetImportJobArn=job)
    for key in keys:
        s3.delete_object(Bucket=archive, Key=key)
    version = personalize.create_solution_version(name=name, solutionArn=os.environ["SOLUTION"])["solutionVersionArn"]
    until_active(personalize.describe_solution_version, "solutionVersion", solutionVersionArn=version)
    return {"statusCode": 200, "body": json.dumps({"views": lines.count("\n"), "version": version})}
