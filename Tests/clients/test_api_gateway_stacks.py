"""API Gateway in stacks: a template's API answers, changes, and goes."""

import json

import botocore.exceptions
import pytest

API = {"Ref": "Api"}


def template(body="one", key="x" * 24, **more):
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "stacked", "EndpointConfiguration": {"Types": ["REGIONAL"]}}},
        "Pets": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"RestApiId": API, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "pets"},
        },
        "Pet": {"Type": "AWS::ApiGateway::Model", "Properties": {"RestApiId": API, "ContentType": "application/json", "Name": "Pet", "Schema": {"type": "object", "required": ["name"]}}},
        "Validator": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {"RestApiId": API, "Name": "body", "ValidateRequestBody": True}},
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": API, "ResourceId": {"Ref": "Pets"}, "HttpMethod": "POST", "AuthorizationType": "NONE", "ApiKeyRequired": True,
                "RequestModels": {"application/json": {"Ref": "Pet"}}, "RequestValidatorId": {"Ref": "Validator"},
                "MethodResponses": [{"StatusCode": "200", "ResponseParameters": {"method.response.header.X-A": True}}],
                "Integration": {
                    "Type": "MOCK", "RequestTemplates": {"application/json": '{"statusCode": 200}'},
                    "IntegrationResponses": [
                        {
                            "StatusCode": "200", "ResponseTemplates": {"application/json": body},
                            "ResponseParameters": {"method.response.header.X-A": "'a'"},
                        },
                    ],
                },
            },
        },
        f"Deployment{body}": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": ["Method"], "Properties": {"RestApiId": API}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": API, "DeploymentId": {"Ref": f"Deployment{body}"}, "StageName": "prod", "Variables": {"color": "blue"},
                "MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5}],
            },
        },
        "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Name": "stacked", "Enabled": True, "Value": key}},
        "Plan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"UsagePlanName": "p", "ApiStages": [{"ApiId": API, "Stage": {"Ref": "Stage"}}]}},
        "PlanKey": {"Type": "AWS::ApiGateway::UsagePlanKey", "Properties": {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}}},
        "Forbidden": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {"RestApiId": API, "ResponseType": "INVALID_API_KEY", "StatusCode": "401"},
        },
        "Account": {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": "arn:aws:iam::000000000000:role/logs"}},
        **more,
    }
    return json.dumps({"Resources": resources, "Outputs": {"Id": {"Value": API}}})


def test_a_stack_with_an_api(server):
    stacks = server.client("cloudformation")
    stacks.create_stack(StackName="api", TemplateBody=template())
    stacks.get_waiter("stack_create_complete").wait(StackName="api", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    api = stacks.describe_stacks(StackName="api")["Stacks"][0]["Outputs"][0]["OutputValue"]

    def ask(body=b'{"name": "a"}', key="x" * 24):
        return server.http("POST", f"/restapis/{api}/prod/_user_request_/pets", body, {"x-api-key": key})

    answer = ask()
    assert (answer.status, answer.text, answer.headers["x-a"]) == (200, "one", "a")
    assert ask(b"{}").status == 400
    assert ask(key="wrong").status in (401, 403)
    stage = server.client("apigateway").get_stage(restApiId=api, stageName="prod")
    assert stage["variables"] == {"color": "blue"} and stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 5.0
    stacks.delete_stack(StackName="api")
    stacks.get_waiter("stack_delete_complete").wait(StackName="api", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert ask().status == 403
    assert not server.client("apigateway").get_api_keys(nameQuery="stacked")["items"]


def test_a_changed_api_is_deployed_anew(server):
    stacks = server.client("cloudformation")
    stacks.create_stack(StackName="again", TemplateBody=template(key="y" * 24))
    stacks.get_waiter("stack_create_complete").wait(StackName="again", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    stacks.update_stack(StackName="again", TemplateBody=template("two", "y" * 24))
    stacks.get_waiter("stack_update_complete").wait(StackName="again", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    api = stacks.describe_stacks(StackName="again")["Stacks"][0]["Outputs"][0]["OutputValue"]
    answer = server.http("POST", f"/restapis/{api}/prod/_user_request_/pets", b'{"name": "a"}', {"x-api-key": "y" * 24})
    assert (answer.status, answer.text) == (200, "two")
    # The stage was there before the deployment that it stands on now, and goes before it all the same.
    stacks.delete_stack(StackName="again")
    stacks.get_waiter("stack_delete_complete").wait(StackName="again", WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def test_what_is_not_here_fails_the_stack_with_its_name(server):
    stacks = server.client("cloudformation")
    bad = {"Bad": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "x", "Body": {"openapi": "3.0.1", "x-amazon-apigateway-endpoint-configuration": {}}}}}
    stacks.create_stack(StackName="bad", TemplateBody=template(**bad), OnFailure="DELETE")
    with pytest.raises(botocore.exceptions.WaiterError):
        stacks.get_waiter("stack_create_complete").wait(StackName="bad", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    reasons = " ".join(str(event.get("ResourceStatusReason")) for page in stacks.get_paginator("describe_stack_events").paginate(StackName=bad_id(stacks)) for event in page["StackEvents"])
    assert "Body" in reasons and "is not carried out by personalite" in reasons


def bad_id(stacks):
    return next(item["StackId"] for item in stacks.list_stacks()["StackSummaries"] if item["StackName"] == "bad")
