'use strict';
const { randomBytes } = require('crypto');
const { PersonalizeEventsClient, PutEventsCommand } = require('@aws-sdk/client-personalize-events');

const client = new PersonalizeEventsClient({ region: process.env.REGION });

// Of a batch it takes the last record alone, and a failure of PutEvents it returns, as the post's does: the event source sees a success and goes on.
exports.handler = async (event) => {
  const record = event.Records.pop();
  const { userId, interactions, itemId, eventType, sentAt, trackingId } = JSON.parse(Buffer.from(record.kinesis.data, 'base64').toString());
  const sent = [];
  try {
    for (let count = 0; count < interactions; count++) {
      const response = await client.send(new PutEventsCommand({
        trackingId, userId, sessionId: randomBytes(6).toString('hex'),
        eventList: [{ eventType, itemId, sentAt: new Date(sentAt), properties: {} }],
      }));
      sent.push({ itemId, eventType, userId, response });
    }
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
  console.log(JSON.stringify(sent));
  return sent;
};
