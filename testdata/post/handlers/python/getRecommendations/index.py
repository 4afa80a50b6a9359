import json
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError

runtime = boto3.client("personalize-runtime", region_name=os.environ["REGION"])


def number(text):
    """As JavaScript's Number takes it; nothing for what is none, which it sends as null."""
    try:
        value = float(text or 0)
        return int(value) if value == int(value) else value
    except (ValueError, OverflowError):
        return None


def failure(error):
    print(error)
    told = getattr(error, "response", {"name": type(error).__name__, "message": str(error)})
    return {"statusCode": 500, "body": json.dumps(told, default=str)}


def handler(event, context):
    query = event["queryStringParameters"]
    given = {name: query[name] for name in ("campaignArn", "userId") if name in query}
    if "numResults" in query and number(query["numResults"]) is not None:
        given["numResults"] = number(query["numResults"])
    try:
        response = runtime.get_recommendations(**given)
    except (BotoCoreError, ClientError) as error:
        return failure(error)
    return {"statusCode": 200, "body": json.dumps(response, default=str)}
