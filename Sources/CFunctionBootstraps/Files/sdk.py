"""A stand-in for boto3, for functions of Python whose deployment package does not bring it and where it is not installed.

It speaks to services that are here and have JSON on the wire, with the names, answers and errors of boto3: clients with a method for each operation,
`ClientError`, exceptions by name. It has no resources, paginators, waiters and presigned addresses, which are refused by name.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import re
import urllib.parse

SERVICES = {
    "personalize": {"target": "AmazonPersonalize", "times": "DateTime$"},
    "personalize-runtime": {
        "signed": "personalize",
        "paths": {
            "GetRecommendations": "/recommendations", "GetPersonalizedRanking": "/personalize-ranking",
            "GetActionRecommendations": "/action-recommendations",
        },
    },
    "personalize-events": {
        "signed": "personalize",
        "paths": {
            "PutEvents": "/events", "PutItems": "/items", "PutUsers": "/users", "PutActions": "/actions", "PutActionInteractions": "/action-interactions",
        },
    },
    "kinesis": {"target": "Kinesis_20131202", "times": "Timestamp$", "bytes": "^Data$"},
    "firehose": {"target": "Firehose_20150804", "times": "Timestamp$", "bytes": "^Data$"},
    "ssm": {"target": "AmazonSSM", "times": "Date$"},
    "cloudwatch": {
        "target": "GraniteServiceVersion20100801", "version": "1.0", "signed": "monitoring", "times": "^(Timestamps?|StartTime|EndTime)$",
    },
}
NOT_HERE = ("get_paginator", "can_paginate", "get_waiter", "generate_presigned_url", "generate_presigned_post")


class BotoCoreError(Exception):
    pass


class UnknownServiceError(BotoCoreError):
    pass


class EndpointConnectionError(BotoCoreError):
    pass


class ClientError(Exception):
    def __init__(self, error_response, operation_name):
        error = error_response.get("Error", {})
        super().__init__(
            f"An error occurred ({error.get('Code', 'Unknown')}) when calling the {operation_name} operation: {error.get('Message', 'Unknown')}"
        )
        self.response = error_response
        self.operation_name = operation_name


class Config:
    def __init__(self, **options):
        self.__dict__.update(options)


class _Exceptions:
    """The exceptions of a client, each made when it is first named."""

    def __init__(self):
        self.ClientError = ClientError

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        found = type(name, (ClientError,), {})
        setattr(self, name, found)
        return found


class _Members:
    def __init__(self, **members):
        self.__dict__.update(members)


def _outward(value, name, service):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if "bytes" in service and re.search(service["bytes"], name) and isinstance(value, str):
        value = value.encode()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [_outward(item, name, service) for item in value]
    if isinstance(value, dict):
        return {key: _outward(item, key, service) for key, item in value.items()}
    return value


def _inward(value, name, service):
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "times" in service and re.search(service["times"], name):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if isinstance(value, str) and "bytes" in service and re.search(service["bytes"], name):
        return base64.b64decode(value)
    if isinstance(value, list):
        return [_inward(item, name, service) for item in value]
    if isinstance(value, dict):
        return {key: _inward(item, key, service) for key, item in value.items() if item is not None}
    return value


class _Client:
    def __init__(self, name, region, endpoint, key, secret, token):
        self._service = SERVICES[name]
        self._name = name
        self._endpoint = urllib.parse.urlsplit(endpoint)
        self._keys = (key, secret, token)
        self._connection = None
        self.exceptions = _Exceptions()
        self.meta = _Members(region_name=region, endpoint_url=endpoint, service_model=_Members(service_name=name))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(part.capitalize() for part in name.split("_"))
        if name in NOT_HERE or "paths" in self._service and operation not in self._service["paths"]:
            raise AttributeError(f"{name} is not carried out by personalite's stand-in for boto3: put boto3 into the function's archive")

        def call(*positional, **members):
            if positional:
                raise TypeError(f"{name}() only accepts keyword arguments.")
            return self._call(operation, members)

        call.__name__ = name
        return call

    def _call(self, operation, members):
        body = json.dumps(_outward(members, "", self._service)).encode()
        headers = {"host": self._endpoint.netloc, "content-type": "application/json"}
        path = self._service.get("paths", {}).get(operation, "/")
        if "target" in self._service:
            headers["content-type"] = f"application/x-amz-json-{self._service.get('version', '1.1')}"
            headers["x-amz-target"] = f"{self._service['target']}.{operation}"
        self._sign(path, headers, body)
        answer, content = self._send(path, headers, body)
        try:
            document = json.loads(content) if content else {}
        except ValueError:
            document = {}
        told = {name.lower(): value for name, value in answer.getheaders()}
        facts = {
            "RequestId": told.get("x-amzn-requestid", ""), "HTTPStatusCode": answer.status, "HTTPHeaders": told, "RetryAttempts": 0,
        }
        if answer.status < 300:
            return {"ResponseMetadata": facts, **_inward(document, "", self._service)}
        code = (told.get("x-amzn-errortype") or document.get("__type") or document.get("code") or str(answer.status)).split(":")[0].split("#")[-1]
        message = document.get("message") or document.get("Message") or ""
        raise getattr(self.exceptions, code)({"Error": {"Message": message, "Code": code}, "ResponseMetadata": facts}, operation)

    def _send(self, path, headers, body):
        kind = http.client.HTTPSConnection if self._endpoint.scheme == "https" else http.client.HTTPConnection
        # A connection that was kept may have been closed meanwhile.
        for attempt in (1, 2):
            is_new = self._connection is None
            try:
                if is_new:
                    self._connection = kind(self._endpoint.hostname, self._endpoint.port, timeout=60)
                self._connection.request("POST", path, body, headers)
                answer = self._connection.getresponse()
                return answer, answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._connection = None
                if is_new or attempt == 2 or isinstance(error, TimeoutError):
                    raise EndpointConnectionError(f'Could not connect to the endpoint URL: "{self.meta.endpoint_url}"') from error

    def _sign(self, path, headers, body):
        key, secret, token = self._keys
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers["x-amz-date"] = moment
        if token:
            headers["x-amz-security-token"] = token
        signed = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
        request = "\n".join(["POST", path, "", lines, signed, hashlib.sha256(body).hexdigest()])
        scope = [moment[:8], self.meta.region_name, self._service.get("signed", self._name), "aws4_request"]
        text = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(scope), hashlib.sha256(request.encode()).hexdigest()])
        derived = ("AWS4" + secret).encode()
        for part in [*scope, text]:
            derived = hmac.new(derived, part.encode(), hashlib.sha256).digest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key}/{'/'.join(scope)}, SignedHeaders={signed}, Signature={derived.hex()}"
        )


class Session:
    def __init__(self, aws_access_key_id=None, aws_secret_access_key=None, aws_session_token=None, region_name=None):
        self._keys = (aws_access_key_id, aws_secret_access_key, aws_session_token)
        self.region_name = region_name or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")

    def client(
        self, service_name, region_name=None, endpoint_url=None, aws_access_key_id=None, aws_secret_access_key=None, aws_session_token=None,
        config=None,
    ):
        if service_name not in SERVICES:
            raise UnknownServiceError(
                f"{service_name} is not carried out by personalite's stand-in for boto3 ({', '.join(sorted(SERVICES))} are): "
                "put boto3 into the function's archive"
            )
        own = os.environ.get("AWS_ENDPOINT_URL_" + service_name.upper().replace("-", "_"))
        keys = (aws_access_key_id, aws_secret_access_key, aws_session_token) if aws_access_key_id else self._keys
        if not keys[0]:
            keys = tuple(os.environ.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
        region = region_name or getattr(config, "region_name", None) or self.region_name or "us-east-1"
        return _Client(service_name, region, endpoint_url or own or os.environ["AWS_ENDPOINT_URL"], *keys)

    def resource(self, service_name, **_):
        raise UnknownServiceError("resource() is not carried out by personalite's stand-in for boto3: put boto3 into the function's archive")


def modules():
    """What is imported by which name."""
    session = Session()
    exceptions = {
        "ClientError": ClientError, "BotoCoreError": BotoCoreError, "UnknownServiceError": UnknownServiceError,
        "EndpointConnectionError": EndpointConnectionError,
    }
    return {
        "boto3": {"client": session.client, "resource": session.resource, "Session": Session, "__path__": []},
        "boto3.session": {"Session": Session},
        "botocore": {"__path__": []},
        "botocore.exceptions": exceptions,
        "botocore.config": {"Config": Config},
    }
