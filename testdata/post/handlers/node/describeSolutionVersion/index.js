'use strict';
const { PersonalizeClient, DescribeSolutionVersionCommand } = require('@aws-sdk/client-personalize');

exports.handler = async (event) => {
  const { solutionVersionArn } = JSON.parse(event.body);
  try {
    const client = new PersonalizeClient({ region: process.env.REGION });
    const response = await client.send(new DescribeSolutionVersionCommand({ solutionVersionArn }));
    return { statusCode: 200, body: JSON.stringify(response.solutionVersion.status) };
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
