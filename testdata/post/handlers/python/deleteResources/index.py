import json
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError

personalize = boto3.client("personalize", region_name=os.environ["REGION"])

KNOWN = ("InvalidInputException", "ResourceInUseException", "ResourceNotFoundException")


def outcome(delete, **which):
    """What a deletion said as JSON; of an error that is not one of Personalize's own, or of a request that is not whole, what JavaScript makes of it."""
    try:
        return json.dumps(delete(**which), default=str)
    except ClientError as error:
        print(error)
        return json.dumps(error.response["Error"]["Message"]) if error.response["Error"]["Code"] in KNOWN else "undefined"
    except BotoCoreError as error:
        print(error)
        return json.dumps(str(error))


def handler(event, context):
    """Answers 500 whatever comes of it, as the post's does: there the mark that would make it 200 is never set."""
    body = json.loads(event["body"])
    if body is None:
        raise TypeError("the body is null")
    given = {name: {name: body[name]} if isinstance(body, dict) and name in body else {} for name in ("eventTrackerArn", "campaignArn")}
    tracker = outcome(personalize.delete_event_tracker, **given["eventTrackerArn"])
    campaign = outcome(personalize.delete_campaign, **given["campaignArn"])
    return {"statusCode": 500, "body": f"deleteCampaignResponse: {campaign}, deleteEventTracker: {tracker}"}
