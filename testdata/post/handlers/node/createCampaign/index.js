'use strict';
const { PersonalizeClient, CreateCampaignCommand } = require('@aws-sdk/client-personalize');

exports.handler = async (event) => {
  const { name, solutionVersionArn } = JSON.parse(event.body);
  try {
    const client = new PersonalizeClient({ region: process.env.REGION });
    const response = await client.send(new CreateCampaignCommand({ name, solutionVersionArn, minProvisionedTPS: 1 }));
    return { statusCode: 200, body: JSON.stringify(response) };
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
