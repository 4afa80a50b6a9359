"""What a Python function's process runs around its handler.

It talks to the server by frames on descriptor 3: a byte that says what it is, the lengths of two parts as four bytes each, and the parts.
Every frame from here has an error or a result as its second part; every frame from there is an invocation, its facts and its event.
"""
import importlib
import importlib.machinery
import importlib.util
import json
import logging
import os
import socket
import struct
import sys
import time
import traceback

_HEAD = struct.Struct(">cII")


class _Channel:
    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)
        self.socket = socket.socket(fileno=descriptor)

    def _exactly(self, count):
        if count == 0:
            return b""
        parts, left = [], count
        while left:
            piece = self.socket.recv(min(left, 1 << 20))
            if not piece:
                os._exit(0)
            parts.append(piece)
            left -= len(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def next(self):
        _, facts, event = _HEAD.unpack(self._exactly(_HEAD.size))
        facts = self._exactly(facts)
        return json.loads(facts), self._exactly(event)

    def send(self, kind, body=b"", facts=b""):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        self.socket.sendall(_HEAD.pack(kind, len(facts), len(body)) + facts + body)


class _Context:
    """What a handler gets as its second argument."""

    def __init__(self, facts):
        environment = os.environ
        self.aws_request_id = facts["id"]
        self.invoked_function_arn = facts["arn"]
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = _Members(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = _client_context(facts.get("client"))
        self.tenant_id = None
        self._deadline = facts["deadline"]

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, text):
        sys.stdout.write(str(text))


class _Members:
    def __init__(self, **members):
        self.__dict__.update(members)


def _client_context(text):
    if not text:
        return None
    given = json.loads(text)
    client = given.get("client") or {}
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    return _Members(custom=given.get("custom"), env=given.get("env"), client=_Members(**{name: client.get(name) for name in names}))


class _LogFormat(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        record.aws_request_id = _request
        return super().format(record)


_request = ""


def _failure(error, kind=None, text=None, frames=None):
    lines = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:]) if frames is None else frames
    return {"errorMessage": str(error) if text is None else text, "errorType": kind or type(error).__name__, "requestId": _request, "stackTrace": lines}


def _tell(failure):
    """The failure as a line of the log."""
    frames = "".join(failure["stackTrace"])
    print(f"[ERROR] {failure['errorType']}: {failure['errorMessage']}" + (f"\nTraceback (most recent call last):\n{frames}".rstrip() if frames else ""))


def _encoded(value):
    return json.dumps(value, ensure_ascii=False, default=_number).encode("utf-8", "surrogatepass")


def _number(value):
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _handler(name):
    """The handler, or a failure and its lines."""
    if "." not in name:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        return None, _failure(ValueError(), "Runtime.MalformedHandlerName", text, [])
    path, function = name.rsplit(".", 1)
    try:
        module = importlib.import_module(path.replace("/", "."))
    except ImportError as error:
        return None, _failure(error, "Runtime.ImportModuleError", f"Unable to import module '{path}': {error}", [])
    except SyntaxError as error:
        frames = [f'  File "{error.filename}" Line {error.lineno}\n    {(error.text or "").strip()}\n']
        return None, _failure(error, "Runtime.UserCodeSyntaxError", f"Syntax error in module '{path}': {error}", frames)
    except Exception as error:
        return None, _failure(error)
    if not hasattr(module, function):
        return None, _failure(AttributeError(), "Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{path}'", [])
    return getattr(module, function), None


class _StandIn:
    """Finds boto3 and botocore, where they are neither in the deployment package nor installed, as personalite's stand-in for them."""

    def __init__(self, file):
        self.file = file
        self.modules = None

    def find_spec(self, name, path=None, target=None):
        package = name.split(".")[0]
        if package not in ("boto3", "botocore"):
            return None
        # A package that is there has no module of ours in it.
        if name != package and getattr(getattr(sys.modules.get(package), "__spec__", None), "loader", None) is not self:
            return None
        if self.modules is None:
            spec = importlib.util.spec_from_file_location("_personalite_sdk", self.file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.modules = module.modules()
            print("boto3 is neither in the deployment package nor installed: this is personalite's stand-in for it")
        if name not in self.modules:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package="__path__" in self.modules[name])

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__dict__.update(self.modules[module.__name__])


def _main():
    global _request
    channel = _Channel(3)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_LogFormat("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)
    sys.meta_path.append(_StandIn(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sdk.py")))
    # The handler's own folder is found first, and this file's not at all.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    function, failure = _handler(os.environ["_HANDLER"])
    if failure:
        _tell(failure)
        channel.send(b"i", _encoded(failure))
        os._exit(1)
    channel.send(b"s")
    while True:
        facts, event = channel.next()
        _request = facts["id"]
        os.environ["_X_AMZN_TRACE_ID"] = facts["trace"]
        try:
            value = function(json.loads(event) if event.strip() else {}, _Context(facts))
        except Exception as error:
            failure = _failure(error)
            _tell(failure)
            channel.send(b"e", _encoded(failure))
            continue
        try:
            body = _encoded(value)
        except Exception as error:
            failure = _failure(error, "Runtime.MarshalError", f"Unable to marshal response: {error}", [])
            _tell(failure)
            channel.send(b"e", _encoded(failure))
            continue
        channel.send(b"r", body)


_main()
