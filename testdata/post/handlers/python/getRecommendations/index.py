import json
import os

import boto3
import botocore.exceptions

runtime = boto3.client("personalize-runtime", region_name=os.environ["REGION"])


def handler(event, context):
    query = event["queryStringParameters"]
    try:
        wanted = {"numResults": int(query["numResults"])} if "numResults" in query else {}
        response = runtime.get_recommendations(campaignArn=query["campaignArn"], userId=query["userId"], **wanted)
    except botocore.exceptions.ClientError as error:
        print(error)
        return {"statusCode": 500, "body": json.dumps(error.response, default=str)}
    return {"statusCode": 200, "body": json.dumps(response, default=str)}
