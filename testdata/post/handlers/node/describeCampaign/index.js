'use strict';
const { PersonalizeClient, DescribeCampaignCommand } = require('@aws-sdk/client-personalize');

exports.handler = async (event) => {
  const { campaignArn } = JSON.parse(event.body);
  try {
    const client = new PersonalizeClient({ region: process.env.REGION });
    const response = await client.send(new DescribeCampaignCommand({ campaignArn }));
    return { statusCode: 200, body: JSON.stringify(response.campaign.status) };
  } catch (error) {
    console.log(error);
    if (error.name === 'ResourceNotFoundException') return { statusCode: 500, body: 'Campaign is deleted or does not exist' };
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
