import base64
import datetime
import json
import math
import os
import uuid

import boto3

events = boto3.client("personalize-events", region_name=os.environ["REGION"])


def time_of(click):
    """Milliseconds or ISO 8601, as JavaScript's Date takes them; of anything else, such as the post's seconds as text, the time of receipt."""
    sent_at = click.get("sentAt", "")
    if sent_at is None or isinstance(sent_at, (int, float)):
        return (sent_at or 0) / 1000 if abs(sent_at or 0) <= 8.64e15 else datetime.datetime.now(datetime.timezone.utc)
    try:
        return datetime.datetime.fromisoformat(sent_at.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return datetime.datetime.now(datetime.timezone.utc)


def rounds(interactions):
    """How often JavaScript counts up to a value: texts of numbers are numbers, and what is none is nothing."""
    try:
        value = float(interactions or 0)
    except (TypeError, ValueError):
        return 0
    return math.ceil(min(value, 1e9)) if value > 0 else 0


def handler(event, context):
    """Of a batch it takes the last record alone, and a failure of PutEvents it returns, as the post's does: the event source sees a success and goes on."""
    click = json.loads(base64.b64decode(event["Records"].pop()["kinesis"]["data"]))
    if click is None:
        raise TypeError("the record is null")
    # What is no object has no members, and asks for no events.
    click = click if isinstance(click, dict) else {}
    sent = []
    try:
        for _ in range(rounds(click.get("interactions"))):
            given = {name: click[name] for name in ("trackingId", "userId") if name in click}
            item = {name: click[name] for name in ("eventType", "itemId") if name in click}
            response = events.put_events(
                sessionId=uuid.uuid4().hex[:12], eventList=[{**item, "sentAt": time_of(click), "properties": "{}"}], **given)
            sent.append({"itemId": click.get("itemId"), "eventType": click.get("eventType"), "userId": click.get("userId"), "response": response})
    except Exception as error:
        # Whatever it is: an error that left the function would hold up the shard.
        print(error)
        told = getattr(error, "response", {"name": type(error).__name__, "message": str(error)})
        return {"statusCode": 500, "body": json.dumps(told, default=str)}
    print(json.dumps(sent, default=str))
    return sent
