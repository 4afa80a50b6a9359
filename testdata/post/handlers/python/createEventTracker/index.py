import json
import os

import boto3
import botocore.exceptions

personalize = boto3.client("personalize", region_name=os.environ["REGION"])


def handler(event, context):
    body = json.loads(event["body"])
    try:
        response = personalize.create_event_tracker(name=body["name"], datasetGroupArn=body["datasetGroupArn"])
    except botocore.exceptions.ClientError as error:
        print(error)
        return {"statusCode": 500, "body": json.dumps(error.response, default=str)}
    return {"statusCode": 200, "body": json.dumps(response, default=str)}
