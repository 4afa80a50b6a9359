"""API Gateway in front of real functions."""

import io
import json
import zipfile

from test_api_gateway import API, fault

HANDLER = """
import json

def handler(event, context):
    if event.get("path") == "/fails":
        raise ValueError("it is missing")
    if event.get("path") == "/malformed":
        return ["no", "answer"]
    return {"statusCode": 201, "headers": {"X-Seen": event["httpMethod"]}, "body": json.dumps(event)}

def plain(event, context):
    if event.get("id") == "none":
        raise ValueError("it is missing")
    return {"id": event["id"], "twice": event["id"] * 2}
"""


def function(server, name, handler):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", HANDLER)
    made = server.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role="arn:aws:iam::000000000000:role/f", Handler=f"app.{handler}", Code={"ZipFile": data.getvalue()}, Timeout=20,
    )
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{made['FunctionArn']}/invocations"


def test_a_function_behind_a_proxy(server):
    api = API(server)
    api.method("/{proxy+}", "ANY", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": function(server, "proxied", "handler")})
    api.deploy()
    answer = api.ask("PUT", "/a/b?x=1&x=2", b'{"k": "v"}', {"Content-Type": "application/json", "X-Spelled-So": "yes"})
    assert (answer.status, answer.headers["x-seen"]) == (201, "PUT")
    event = answer.json
    assert (event["resource"], event["path"], event["httpMethod"], event["body"]) == ("/{proxy+}", "/a/b", "PUT", '{"k": "v"}')
    assert event["pathParameters"] == {"proxy": "a/b"} and event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["X-Spelled-So"] == "yes" and event["requestContext"]["stage"] == "prod"
    broken = (502, '{"message": "Internal server error"}', "InternalServerErrorException")
    assert fault(api.ask("GET", "/fails")) == broken
    assert fault(api.ask("GET", "/malformed")) == broken


def test_a_function_behind_templates(server):
    api = API(server)
    api.method(
        "/{id}", "GET",
        {
            "type": "AWS", "integrationHttpMethod": "POST", "uri": function(server, "templated", "plain"),
            "requestTemplates": {"application/json": json.dumps({"id": "$input.params('id')"})},
        },
        [
            ("200", {}, {"responseTemplates": {"application/json": "$input.path('$.twice')"}}),
            ("404", {}, {"selectionPattern": ".*missing.*", "responseTemplates": {"application/json": "$input.path('$.errorMessage')"}}),
        ],
    )
    api.deploy()
    assert api.ask("GET", "/ab").text == "abab"
    answer = api.ask("GET", "/none")
    assert (answer.status, answer.text) == (404, "it is missing")
