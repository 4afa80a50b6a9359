"""What a user is recommended by a campaign."""
import json

import boto3
from botocore.exceptions import ClientError

runtime = boto3.client("personalize-runtime")


def handler(event, context):
    account, region = event["requestContext"]["accountId"], context.invoked_function_arn.split(":")[3]
    campaign, user = event["pathParameters"]["campaign"], event["pathParameters"]["user"]
    try:
        answer = runtime.get_recommendations(campaignArn=f"arn:aws:personalize:{region}:{account}:campaign/{campaign}", userId=user, numResults=5)
    except ClientError as error:
        return {"statusCode": error.response["ResponseMetadata"]["HTTPStatusCode"], "body": json.dumps(error.response["Error"])}
    return {"statusCode": 200, "body": json.dumps([item["itemId"] for item in answer["itemList"]])}
