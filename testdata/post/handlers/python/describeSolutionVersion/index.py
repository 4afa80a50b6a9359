import json
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError

personalize = boto3.client("personalize", region_name=os.environ["REGION"])


def members(body, **names):
    """What a request has of the operation's members; of those that are missing the operation says so."""
    if body is None:
        raise TypeError("the body is null")
    return {member: body[name] for member, name in names.items() if isinstance(body, dict) and name in body}


def failure(error):
    print(error)
    told = getattr(error, "response", {"name": type(error).__name__, "message": str(error)})
    return {"statusCode": 500, "body": json.dumps(told, default=str)}


def handler(event, context):
    given = members(json.loads(event["body"]), solutionVersionArn="solutionVersionArn")
    try:
        response = personalize.describe_solution_version(**given)
    except (BotoCoreError, ClientError) as error:
        return failure(error)
    return {"statusCode": 200, "body": json.dumps(response["solutionVersion"]["status"], default=str)}
