'use strict';
const { PersonalizeRuntimeClient, GetRecommendationsCommand } = require('@aws-sdk/client-personalize-runtime');

exports.handler = async (event) => {
  const { campaignArn, userId, numResults } = event.queryStringParameters;
  try {
    const client = new PersonalizeRuntimeClient({ region: process.env.REGION });
    const response = await client.send(new GetRecommendationsCommand({ campaignArn, userId, numResults: Number(numResults) }));
    return { statusCode: 200, body: JSON.stringify(response) };
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
