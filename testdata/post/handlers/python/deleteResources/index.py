import json
import os

import boto3
import botocore.exceptions

personalize = boto3.client("personalize", region_name=os.environ["REGION"])


def outcome(delete, **which):
    try:
        return delete(**which)
    except botocore.exceptions.ClientError as error:
        print(error)
        return error.response["Error"]["Message"]


def handler(event, context):
    """Answers 500 whatever comes of it, as the post's does: there the mark that would make it 200 is never set."""
    body = json.loads(event["body"])
    tracker = outcome(personalize.delete_event_tracker, eventTrackerArn=body["eventTrackerArn"])
    campaign = outcome(personalize.delete_campaign, campaignArn=body["campaignArn"])
    told = f"deleteCampaignResponse: {json.dumps(campaign, default=str)}, deleteEventTracker: {json.dumps(tracker, default=str)}"
    return {"statusCode": 500, "body": told}
