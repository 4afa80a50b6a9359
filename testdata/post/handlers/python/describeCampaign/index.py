import json
import os

import boto3
import botocore.exceptions

personalize = boto3.client("personalize", region_name=os.environ["REGION"])


def handler(event, context):
    body = json.loads(event["body"])
    try:
        response = personalize.describe_campaign(campaignArn=body["campaignArn"])
    except botocore.exceptions.ClientError as error:
        print(error)
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return {"statusCode": 500, "body": "Campaign is deleted or does not exist"}
        return {"statusCode": 500, "body": json.dumps(error.response, default=str)}
    return {"statusCode": 200, "body": json.dumps(response["campaign"]["status"], default=str)}
