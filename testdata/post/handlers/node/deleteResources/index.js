'use strict';
const {
  PersonalizeClient, DeleteCampaignCommand, DeleteEventTrackerCommand, InvalidInputException, ResourceInUseException, ResourceNotFoundException,
} = require('@aws-sdk/client-personalize');

/** What a deletion said; nothing of an error that is not one of Personalize's own. */
async function outcome(client, command) {
  try {
    return await client.send(command);
  } catch (error) {
    console.log(error);
    const isKnown = [InvalidInputException, ResourceInUseException, ResourceNotFoundException].some((kind) => error instanceof kind);
    return isKnown ? error.message : undefined;
  }
}

// It answers 500 whatever comes of it, as the post's does: there the mark that would make it 200 is never set.
exports.handler = async (event) => {
  const { campaignArn, eventTrackerArn } = JSON.parse(event.body);
  const client = new PersonalizeClient({ region: process.env.REGION });
  const tracker = await outcome(client, new DeleteEventTrackerCommand({ eventTrackerArn }));
  const campaign = await outcome(client, new DeleteCampaignCommand({ campaignArn }));
  return { statusCode: 500, body: `deleteCampaignResponse: ${JSON.stringify(campaign)}, deleteEventTracker: ${JSON.stringify(tracker)}` };
};
