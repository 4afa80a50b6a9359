'use strict';
const { PersonalizeClient, CreateEventTrackerCommand } = require('@aws-sdk/client-personalize');

exports.handler = async (event) => {
  const { name, datasetGroupArn } = JSON.parse(event.body);
  try {
    const client = new PersonalizeClient({ region: process.env.REGION });
    const response = await client.send(new CreateEventTrackerCommand({ name, datasetGroupArn }));
    return { statusCode: 200, body: JSON.stringify(response) };
  } catch (error) {
    console.log(error);
    return { statusCode: 500, body: JSON.stringify(error) };
  }
};
