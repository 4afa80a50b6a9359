"""API Gateway: REST APIs made by boto3 and the aws CLI, and asked by plain HTTP."""

import json

import pytest

from test_s3 import refusal

ROLE = "arn:aws:iam::000000000000:role/gateway"


@pytest.fixture
def gateway(server):
    return server.client("apigateway")


class API:
    """An API with its root, and methods that are added to it."""

    def __init__(self, server, **settings):
        self.server, self.client = server, server.client("apigateway")
        self.id = self.client.create_rest_api(name="api", **settings)["id"]
        self.resources = {item["path"]: item["id"] for item in self.client.get_resources(restApiId=self.id)["items"]}

    def resource(self, path):
        if path not in self.resources:
            parent, part = path.rsplit("/", 1)
            made = self.client.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self.resources[path] = made["id"]
        return self.resources[path]

    def method(self, path, verb, integration, responses=(), method=None):
        """`responses`: of each the status, and what is put into the method response and the integration response."""
        at = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        self.client.put_method(**at, **{"authorizationType": "NONE", **(method or {})})
        self.client.put_integration(**at, **integration)
        for status, declared, mapped in responses:
            self.client.put_method_response(**at, statusCode=status, **declared)
            self.client.put_integration_response(**at, statusCode=status, **mapped)
        return at

    def mock(self, path, verb="GET", body="hi", status=200, **method):
        return self.method(
            path, verb, {"type": "MOCK", "requestTemplates": {"application/json": json.dumps({"statusCode": status})}},
            [(str(status), {}, {"responseTemplates": {"application/json": body}})], method=method,
        )

    def deploy(self, stage="prod", **settings):
        return self.client.create_deployment(restApiId=self.id, stageName=stage, **settings)["id"]

    def ask(self, method, path, body=b"", headers=None, stage="prod"):
        return self.server.http(method, f"/{stage}{path}", body, {"Host": f"{self.id}.execute-api.localhost:{self.server.port}", **(headers or {})})


def fault(answer):
    return answer.status, answer.text, answer.headers["x-amzn-errortype"]


def test_an_api_by_the_aws_cli_from_nothing_to_an_answer(server):
    api = server.aws("apigateway", "create-rest-api", "--name", "pets", "--description", "d")
    assert (api["name"], api["apiKeySource"], api["endpointConfiguration"]["types"]) == ("pets", "HEADER", ["EDGE"])
    common = ["--rest-api-id", api["id"]]
    root = server.aws("apigateway", "get-resources", *common)["items"]
    assert root == [{"id": api["rootResourceId"], "path": "/"}]
    made = server.aws("apigateway", "create-resource", *common, "--parent-id", root[0]["id"], "--path-part", "{name}")
    assert made["path"] == "/{name}"
    at = [*common, "--resource-id", made["id"], "--http-method", "GET"]
    server.aws("apigateway", "put-method", *at, "--authorization-type", "NONE")
    server.aws("apigateway", "put-integration", *at, "--type", "MOCK", "--request-templates", json.dumps({"application/json": '{"statusCode": 200}'}))
    server.aws("apigateway", "put-method-response", *at, "--status-code", "200")
    template = "{\"hello\": \"$input.params('name')\"}"
    server.aws("apigateway", "put-integration-response", *at, "--status-code", "200", "--response-templates", json.dumps({"application/json": template}))
    server.aws("apigateway", "create-deployment", *common, "--stage-name", "prod")
    for path, host in (
        ("/prod/world", f"{api['id']}.execute-api.us-east-1.amazonaws.com"), (f"/restapis/{api['id']}/prod/_user_request_/world", "localhost"),
        (f"/_aws/execute-api/{api['id']}/prod/world", "localhost"),
    ):
        answer = server.http("GET", path, headers={"Host": host})
        assert (answer.status, answer.json) == (200, {"hello": "world"})
        assert answer.headers["x-amzn-requestid"] and answer.headers["x-amz-apigw-id"]
    shown = server.aws("apigateway", "get-method", *at)
    assert shown["methodIntegration"]["type"] == "MOCK" and shown["methodIntegration"]["timeoutInMillis"] == 29000
    assert shown["methodIntegration"]["integrationResponses"]["200"]["responseTemplates"] == {"application/json": template}
    server.aws("apigateway", "delete-rest-api", *common)
    assert "NotFoundException" in server.aws("apigateway", "get-rest-api", *common, fails=True)
    assert server.http("GET", "/prod/world", headers={"Host": f"{api['id']}.execute-api.localhost"}).status == 403


def test_a_deployment_is_a_copy_and_stages_point_at_one(server):
    api = API(server)
    at = api.mock("/a", body="one")
    first = api.deploy()
    assert api.ask("GET", "/a").text == "one"
    api.client.update_integration_response(
        **at, statusCode="200", patchOperations=[{"op": "replace", "path": "/responseTemplates/application~1json", "value": "two"}],
    )
    assert api.ask("GET", "/a").text == "one"
    second = api.deploy()
    assert api.ask("GET", "/a").text == "two"
    api.client.update_stage(restApiId=api.id, stageName="prod", patchOperations=[{"op": "replace", "path": "/deploymentId", "value": first}])
    assert api.ask("GET", "/a").text == "one"
    api.client.create_stage(restApiId=api.id, stageName="dev", deploymentId=second, variables={"color": "blue"})
    assert api.ask("GET", "/a", stage="dev").text == "two"
    assert {stage["stageName"] for stage in api.client.get_stages(restApiId=api.id)["item"]} == {"prod", "dev"}
    assert [item["id"] for item in api.client.get_deployments(restApiId=api.id)["items"]] == [first, second]
    assert refusal(lambda: api.client.delete_deployment(restApiId=api.id, deploymentId=first)) == (
        400, "BadRequestException", "Active stages pointing to this deployment must be moved or deleted",
    )
    api.client.delete_stage(restApiId=api.id, stageName="prod")
    api.client.delete_deployment(restApiId=api.id, deploymentId=first)
    assert fault(api.ask("GET", "/a")) == (403, '{"message":"Forbidden"}', "ForbiddenException")


def test_routes_and_what_is_none(server):
    api = API(server)
    for path in ("/", "/pets", "/pets/{id}", "/pets/new", "/files/{proxy+}"):
        api.mock(path, "ANY" if path == "/pets" else "GET", body=f"{path} $input.params('id') $input.params('proxy')")
    api.deploy()
    for path, expected in (("/", "/"), ("/pets", "/pets"), ("/pets/7", "/pets/{id} 7"), ("/pets/new", "/pets/new"), ("/files/a/b", "/files/{proxy+}  a/b")):
        assert api.ask("GET", path).text.strip() == expected
    assert api.ask("DELETE", "/pets").status == 200
    missing = (403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException")
    assert fault(api.ask("GET", "/none")) == missing
    assert fault(api.ask("POST", "/pets/new")) == missing
    assert api.ask("HEAD", "/pets").body == b""


def test_preflights_are_the_apis_own(server):
    api = API(server)
    api.mock("/a")
    headers = {f"method.response.header.Access-Control-Allow-{name}": True for name in ("Origin", "Methods", "Headers")}
    values = dict(zip(headers, ("'https://shop.example'", "'GET,POST'", "'Content-Type'")))
    api.method(
        "/a", "OPTIONS", {"type": "MOCK", "requestTemplates": {"application/json": "{ statusCode: 200 }"}},
        [("204", {"responseParameters": headers}, {"responseParameters": values})],
    )
    api.deploy()
    answer = api.ask("OPTIONS", "/a", headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"})
    assert (answer.status, answer.headers["access-control-allow-origin"], answer.headers["access-control-allow-methods"]) == (204, "https://shop.example", "GET,POST")
    assert api.ask("GET", "/a", headers={"Origin": "https://shop.example"}).status == 200
    # What is not an API is not open to pages.
    assert server.http("GET", "/", headers={"Origin": "https://shop.example"}).status == 403


def test_validators_say_what_is_missing(server):
    api = API(server)
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    api.client.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema=json.dumps(schema))
    both = api.client.create_request_validator(restApiId=api.id, name="both", validateRequestBody=True, validateRequestParameters=True)["id"]
    api.mock(
        "/pets", "POST", requestValidatorId=both, requestModels={"application/json": "Pet"},
        requestParameters={"method.request.querystring.q": True, "method.request.header.X-A": True, "method.request.header.X-B": False},
    )
    api.deploy()
    assert api.ask("POST", "/pets?q=1", b'{"name":"a"}', {"X-A": "1", "Content-Type": "application/json"}).status == 200
    answer = fault(api.ask("POST", "/pets", b'{"name":"a"}'))
    assert answer == (400, '{"message": "Missing required request parameters: [q, X-A]"}', "BadRequestException")
    for body in (b'{"name":1}', b"{}", b"nothing"):
        answer = api.ask("POST", "/pets?q=1", body, {"X-A": "1", "Content-Type": "application/json"})
        assert fault(answer) == (400, '{"message": "Invalid request body"}', "BadRequestException")
    assert refusal(lambda: api.client.create_model(restApiId=api.id, name="X", contentType="application/json", schema='{"if": {}}'))[1] == "BadRequestException"


def test_keys_open_what_asks_for_them(server):
    api = API(server)
    api.mock("/a", apiKeyRequired=True)
    api.deploy()
    forbidden = (403, '{"message":"Forbidden"}', "ForbiddenException")
    key = api.client.create_api_key(name="k", enabled=True)
    assert fault(api.ask("GET", "/a")) == forbidden
    assert fault(api.ask("GET", "/a", headers={"x-api-key": key["value"]})) == forbidden
    plan = api.client.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "prod"}])["id"]
    assert api.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")["name"] == "k"
    assert api.ask("GET", "/a", headers={"x-api-key": key["value"]}).status == 200
    assert [item["id"] for item in api.client.get_usage_plan_keys(usagePlanId=plan)["items"]] == [key["id"]]
    assert "value" not in api.client.get_api_key(apiKey=key["id"])
    assert api.client.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
    api.client.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert fault(api.ask("GET", "/a", headers={"x-api-key": key["value"]})) == forbidden
    assert refusal(lambda: api.client.delete_usage_plan(usagePlanId=plan))[1] == "BadRequestException"
    api.client.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages", "value": f"{api.id}:prod"}])
    api.client.delete_usage_plan(usagePlanId=plan)
    api.client.delete_api_key(apiKey=key["id"])


def test_signatures_are_asked_for_where_the_method_says_so(server):
    api = API(server)
    api.mock("/a", body="$context.identity.accountId", authorizationType="AWS_IAM")
    api.deploy()
    path = f"/restapis/{api.id}/prod/_user_request_/a"
    assert fault(server.http("GET", path)) == (403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException")
    assert server.signed("GET", path, service="execute-api").text == "000000000000"
    assert fault(server.signed("GET", path, service="execute-api", secret="wrong"))[::2] == (403, "InvalidSignatureException")


def test_gateway_responses_change_what_the_gateway_says(server):
    api = API(server)
    api.mock("/a")
    api.client.put_gateway_response(
        restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        responseTemplates={"application/json": '{"error": $context.error.messageString, "type": "$context.error.responseType"}'},
    )
    api.deploy()
    answer = api.ask("GET", "/none")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "*")
    assert answer.json == {"error": "Missing Authentication Token", "type": "MISSING_AUTHENTICATION_TOKEN"}
    types = api.client.get_gateway_responses(restApiId=api.id)["items"]
    assert len(types) == 21 and sum(not item["defaultResponse"] for item in types) == 1
    api.client.delete_gateway_response(restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN")


def test_events_go_to_the_stream_by_templates(server):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="gateway-clicks", ShardCount=1)
    request = (
        '{"StreamName": "$input.path(\'$.stream-name\')", "Data": "$util.base64Encode($input.json(\'$.Data\'))",\n'
        '"PartitionKey": "$input.path(\'$.PartitionKey\')"}'
    )
    api = API(server)
    api.method(
        "/data", "POST",
        {
            "type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:kinesis:action/PutRecord", "credentials": ROLE,
            "passthroughBehavior": "WHEN_NO_TEMPLATES", "requestTemplates": {"application/json": request},
        },
        [("200", {}, {"responseTemplates": {"application/json": '{"Message": "Event sent successfully", "data": $input.body}'}})],
    )
    api.deploy()
    body = json.dumps({"stream-name": "gateway-clicks", "Data": {"a": 1}, "PartitionKey": "k"}).encode()
    answer = api.ask("POST", "/data", body, {"Content-Type": "application/json"})
    assert answer.status == 200 and answer.json["Message"] == "Event sent successfully"
    assert answer.json["data"]["ShardId"] == "shardId-000000000000" and answer.json["data"]["SequenceNumber"]
    shard = kinesis.get_shard_iterator(StreamName="gateway-clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=shard)["Records"]] == [b'{"a":1}']
    # Without a pattern the stream's errors go out with 200, as AWS does it.
    answer = api.ask("POST", "/data", body.replace(b"gateway-clicks", b"nothing"), {"Content-Type": "application/json"})
    assert (answer.status, answer.json["data"]["__type"]) == (200, "ResourceNotFoundException")
    form = api.ask("POST", "/data", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert fault(form) == (415, '{"message": "Unsupported Media Type"}', "BadRequestException")


def test_patterns_choose_the_answer(server):
    api = API(server)
    headers = {"responseParameters": {"method.response.header.X-Why": True}}
    api.method(
        "/streams/{name}", "PUT",
        {
            "type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:kinesis:action/DescribeStreamSummary",
            "credentials": ROLE, "requestParameters": {"integration.request.header.Content-Type": "'application/x-amz-json-1.1'"},
            "requestTemplates": {"application/json": "{\"StreamName\": \"$input.params('name')\"}"},
        },
        [
            ("200", {}, {"responseTemplates": {"application/json": "$input.json('$.StreamDescriptionSummary.StreamName')"}}),
            (
                "404", headers,
                {
                    "selectionPattern": "4\\d{2}", "responseTemplates": {"application/json": "{\"missing\": \"$input.params('name')\"}"},
                    "responseParameters": {"method.response.header.X-Why": "integration.response.body.__type"},
                },
            ),
        ],
    )
    api.deploy()
    server.client("kinesis").create_stream(StreamName="gateway-there", ShardCount=1)
    assert api.ask("PUT", "/streams/gateway-there").text == '"gateway-there"'
    answer = api.ask("PUT", "/streams/gone")
    assert (answer.status, answer.json, answer.headers["x-why"]) == (404, {"missing": "gone"}, "ResourceNotFoundException")


def test_a_template_overrides_the_answer(server):
    api = API(server)
    api.mock("/a", body="#set($context.responseOverride.status = 201)#set($context.responseOverride.header.X-Y = $input.params('q'))made")
    api.deploy()
    answer = api.ask("GET", "/a?q=z")
    assert (answer.status, answer.headers["x-y"], answer.text) == (201, "z", "made")


def test_what_is_not_here_is_refused_by_name(server):
    api = API(server)
    at = {"restApiId": api.id, "resourceId": api.resource("/"), "httpMethod": "GET"}
    assert "CUSTOM" in refusal(lambda: api.client.put_method(**at, authorizationType="CUSTOM"))[2]
    api.client.put_method(**at, authorizationType="NONE")
    link = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://x", "connectionType": "VPC_LINK"}
    assert "VPC_LINK" in refusal(lambda: api.client.put_integration(**at, **link))[2]
    lambdas = "arn:aws:apigateway:us-east-1:s3:path/x"
    assert "s3:path/x" in refusal(lambda: api.client.put_integration(**at, type="AWS", integrationHttpMethod="GET", uri=lambdas, credentials=ROLE))[2]
    refused = refusal(lambda: api.client.put_integration(**at, type="MOCK", requestTemplates={"application/json": "#macro(x)#end"}))
    assert refused[:2] == (400, "BadRequestException") and "#macro is not carried out" in refused[2]
    for call, name in (
        (lambda: api.client.import_rest_api(body=b"{}"), "ImportRestApi"), (lambda: api.client.put_rest_api(restApiId=api.id, body=b"{}"), "PutRestApi"),
        (lambda: api.client.create_vpc_link(name="v", targetArns=[]), "CreateVpcLink"), (lambda: server.client("apigatewayv2").get_apis(), "v2"),
    ):
        status, code, message = refusal(call)
        assert (status, code) == (400, "UnknownOperationException") and name in message
    wrong = server.client("apigateway", secret="wrong")
    assert refusal(wrong.get_rest_apis)[:2] == (403, "InvalidSignatureException")
    # Which operation it is comes before who asks.
    assert refusal(lambda: wrong.import_rest_api(body=b"{}"))[1] == "UnknownOperationException"


@pytest.mark.parametrize("call, expected", [
    (lambda c, a: c.get_rest_api(restApiId="nobody"), (404, "NotFoundException", "Invalid API identifier specified 000000000000:nobody")),
    (lambda c, a: c.get_resource(restApiId=a.id, resourceId="none"), (404, "NotFoundException", "Invalid Resource identifier specified")),
    (lambda c, a: c.create_deployment(restApiId=a.id), (400, "BadRequestException", "The REST API doesn't contain any methods")),
    (lambda c, a: c.get_method(restApiId=a.id, resourceId=a.resource("/"), httpMethod="GET"), (404, "NotFoundException", "Invalid Method identifier specified")),
    (lambda c, a: c.get_stage(restApiId=a.id, stageName="x"), (404, "NotFoundException", "Invalid stage identifier specified")),
    (lambda c, a: c.get_api_key(apiKey="x"), (404, "NotFoundException", "Invalid API Key identifier specified")),
    (lambda c, a: c.get_usage_plan(usagePlanId="x"), (404, "NotFoundException", "Invalid Usage Plan ID specified")),
    (lambda c, a: c.create_resource(restApiId=a.id, parentId=a.resource("/"), pathPart="a b"), (400, "BadRequestException", "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")),
    (lambda c, a: [c.create_resource(restApiId=a.id, parentId=a.resource("/"), pathPart="a") for _ in "12"], (409, "ConflictException", "Another resource with the same parent already has this name: a")),
])
def test_refusals_are_in_awss_words(server, call, expected):
    api = API(server)
    assert refusal(lambda: call(api.client, api)) == expected


def test_pages_and_tags(server, gateway):
    made = sorted(gateway.create_rest_api(name=f"n{index}", tags={"a": "b"})["id"] for index in range(3))
    pages = list(gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) >= 2 and set(made) <= {item["id"] for page in pages for item in page["items"]}
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{made[0]}"
    gateway.tag_resource(resourceArn=arn, tags={"c": "d"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"c": "d"} == gateway.get_rest_api(restApiId=made[0])["tags"]


@pytest.mark.parametrize("call", [
    lambda gateway, tags: gateway.create_rest_api(name="many", tags=tags),
    lambda gateway, tags: gateway.create_api_key(name="many", tags=tags),
    lambda gateway, tags: gateway.create_usage_plan(name="many", tags=tags),
])
def test_a_resource_has_fifty_tags_at_most(gateway, call):
    call(gateway, {f"k{number}": "v" for number in range(50)})
    status, code, message = refusal(lambda: call(gateway, {f"k{number}": "v" for number in range(51)}))
    assert (status, code) == (400, "BadRequestException") and "50 tags" in message


def test_apis_survive_a_kill(start):
    server = start("--data-dir", "data")
    api = API(server)
    api.mock("/a", body="still here")
    api.deploy()
    server.kill()
    server = start("--data-dir", server.folder / "data")
    assert server.http("GET", f"/restapis/{api.id}/prod/_user_request_/a").text == "still here"
    server.http("POST", "/_personalite/reset")
    assert server.http("GET", f"/restapis/{api.id}/prod/_user_request_/a").status == 403
