'use strict';
const { PersonalizeClient, CreateSolutionVersionCommand } = require('@aws-sdk/client-personalize');

exports.handler = async (event) => {
  const { solutionArn, version } = JSON.parse(event.body);
  try {
    const client = new PersonalizeClient({ region: process.env.REGION });
    const response = await client.send(new CreateSolutionVersionCommand({ solutionArn, name: version, trainingMode: 'FULL' }));
    return { statusCode: 200, body: JSON.stringify(response) };
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
