import json
import os

import boto3
import botocore.exceptions

personalize = boto3.client("personalize", region_name=os.environ["REGION"])


def handler(event, context):
    body = json.loads(event["body"])
    try:
        response = personalize.create_solution_version(solutionArn=body["solutionArn"], name=body["version"], trainingMode="FULL")
    except botocore.exceptions.ClientError as error:
        print(error)
        return {"statusCode": 500, "body": json.dumps(error.response, default=str)}
    return {"statusCode": 200, "body": json.dumps(response, default=str)}
