"""Puts what was viewed into the stream, a line for each view."""
import json
import os

import boto3

kinesis = boto3.client("kinesis")


def handler(event, context):
    views = json.loads(event["body"] or "[]")
    if not isinstance(views, list) or not 1 <= len(views) <= 500:
        return {"statusCode": 400, "body": json.dumps({"message": "A list of 1 to 500 views."})}
    lines = [f'{view["user"]},{view["item"]},{int(view["at"])}\n' for view in views]
    answer = kinesis.put_records(StreamName=os.environ["STREAM"], Records=[
        {"Data": line.encode(), "PartitionKey": view["user"]} for line, view in zip(lines, views)])
    failed = answer["FailedRecordCount"]
    headers = {"Access-Control-Allow-Origin": "*"}
    return {"statusCode": 200 if failed == 0 else 503, "headers": headers, "body": json.dumps({"received": len(views) - failed})}
