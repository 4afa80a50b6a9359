import base64
import datetime
import json
import os
import uuid

import boto3
import botocore.exceptions

events = boto3.client("personalize-events", region_name=os.environ["REGION"])


def time_of(sent_at):
    """Milliseconds or ISO 8601, as JavaScript's Date takes them; of anything else, such as the post's seconds as text, the time of receipt."""
    if isinstance(sent_at, (int, float)):
        return sent_at / 1000
    try:
        return datetime.datetime.fromisoformat(sent_at)
    except (TypeError, ValueError):
        return datetime.datetime.now(datetime.timezone.utc)


def handler(event, context):
    """Of a batch it takes the last record alone, and a failure of PutEvents it returns, as the post's does: the event source sees a success and goes on."""
    click = json.loads(base64.b64decode(event["Records"].pop()["kinesis"]["data"]))
    sent = []
    try:
        for _ in range(click.get("interactions") or 0):
            response = events.put_events(
                trackingId=click["trackingId"], userId=click["userId"], sessionId=uuid.uuid4().hex[:12],
                eventList=[{"eventType": click["eventType"], "itemId": click["itemId"], "sentAt": time_of(click.get("sentAt")), "properties": "{}"}],
            )
            sent.append({"itemId": click["itemId"], "eventType": click["eventType"], "userId": click["userId"], "response": response})
    except botocore.exceptions.ClientError as error:
        print(error)
        return {"statusCode": 500, "body": json.dumps(error.response, default=str)}
    print(json.dumps(sent, default=str))
    return sent
