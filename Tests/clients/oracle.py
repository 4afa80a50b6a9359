"""Compares every answer that a client gets with the service's own model, the one that botocore ships.

A parser that skips what it does not know would hide a wrong member name; this one complains.
"""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

# What the model of a service does not list because every AWS service may answer it.
COMMON_ERRORS = {
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InternalFailure", "InvalidSignatureException",
    "MissingAuthenticationTokenException", "SerializationException", "ThrottlingException", "UnknownOperationException",
    "UnrecognizedClientException", "UnsupportedOperation", "UnsupportedOperationException", "ValidationException",
}
# What AWS says no more about.
WITHOUT_MESSAGE = {"ParameterNotFound", "SerializationException"}
# (service, operation) of every answer seen in this process, by whether it succeeded.
seen = {True: set(), False: set()}
# (service, path) of every member of an answer that was there at least once, such as ("personalize", "ListDatasets.datasets[].name").
members = set()


def watch(core):
    """Checks every answer that any client of a botocore session gets."""
    core.register("after-call", lambda http_response, model, **_: inspect(http_response, model))


def inspect(http, operation):
    service = operation.service_model
    ok = http.status_code < 300
    seen[ok].add((service.service_name, operation.name))
    where = f"{service.service_name} {operation.name}"
    goes_on = ok and operation.has_event_stream_output
    if goes_on or (ok and operation.has_streaming_output and service.resolved_protocol == "rest-json"):
        # Its body has only begun, or is one member; botocore's own parser, or the test, reads it.
        wrong = [] if http.headers.get("x-amzn-requestid") else ["no x-amzn-requestid"]
    elif service.resolved_protocol in ("json", "rest-json"):
        wrong = json_faults(http, operation, ok)
    elif ok and not operation.has_streaming_output and operation.output_shape is not None:
        wrong = xml_faults(http, operation.output_shape)
    else:
        wrong = []
    assert not wrong, f"{where} answered {http.status_code} {b'' if goes_on else http.content[:1500]!r}: {wrong}"


def json_faults(http, operation, ok):
    body = http.content
    if not ok:
        return error_faults(http, operation, body)
    faults = [] if http.headers.get("x-amzn-requestid") else ["no x-amzn-requestid"]
    shape = operation.output_shape
    if shape is None:
        return faults + (["a body, but the operation has no output"] if body else [])
    if not body and not any("location" not in member.serialization for member in shape.members.values()):
        return faults
    document = json.loads(body)
    members.update((operation.service_model.service_name, path) for path in present(shape, document, operation.name))
    return faults + list(check(shape, document, operation.name))


def present(shape, value, path):
    """The paths of all modelled members of a value."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield f"{path}.{name}"
                yield from present(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from present(shape.member, item, f"{path}[]")


def modelled(shape, path):
    """The paths of all members that a value of the shape may have."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{path}.{name}"
            yield from modelled(member, f"{path}.{name}")
    elif shape.type_name == "list":
        yield from modelled(shape.member, f"{path}[]")


def error_faults(http, operation, body):
    document = json.loads(body)
    code = http.headers.get("x-amzn-errortype") or document.get("__type")
    modelled = {shape.name: shape for shape in operation.error_shapes}
    faults = []
    if not code:
        faults.append("an error without a code")
    elif code in modelled:
        expected = modelled[code].metadata.get("error", {}).get("httpStatusCode", 400)
        if http.status_code != expected:
            faults.append(f"{code} with status {http.status_code} and not {expected}")
    elif code not in COMMON_ERRORS:
        faults.append(f"{code} is no error of this operation")
    if not (document.get("message") or document.get("Message") or code in WITHOUT_MESSAGE):
        faults.append("an error without a message")
    return faults


def check(shape, value, path):
    """Everything in `value` that the shape does not allow, as sentences."""
    kind = shape.type_name
    if value is None:
        yield f"{path}: null"
    elif kind == "structure":
        if not isinstance(value, dict):
            yield f"{path}: no object"
            return
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        yield from (f"{path}.{name}: unknown member" for name in value.keys() - names.keys())
        yield from (f"{path}.{name}: missing" for name in shape.required_members if name not in value)
        for name in names.keys() & value.keys():
            yield from check(names[name], value[name], f"{path}.{name}")
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path}: no list"
            return
        yield from bounds(shape, len(value), path)
        for number, item in enumerate(value):
            yield from check(shape.member, item, f"{path}[{number}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path}: no map"
            return
        for name, item in value.items():
            yield from check(shape.key, name, f"{path}<{name}>")
            yield from check(shape.value, item, f"{path}.{name}")
    else:
        yield from scalar_faults(shape, value, path)


def scalar_faults(shape, value, path):
    kind = shape.type_name
    if kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path}: {value!r} is no integer"
    elif kind in ("float", "double", "timestamp"):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            yield f"{path}: {value!r} is no number"
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: {value!r} is no boolean"
    elif not isinstance(value, str):
        yield f"{path}: {value!r} is no text"
    elif kind == "blob":
        if base64.b64encode(base64.b64decode(value)).decode() != value:
            yield f"{path}: not canonical base64"
    else:
        yield from bounds(shape, len(value), path)
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if path.endswith((".roleArn", ".kmsKeyArn")) and ":personalize:" in (pattern or ""):
            # The model gives these answers the pattern of Personalize's own ARNs, which no role or key can have.
            pattern = None
        if path.endswith("solutionVersion.name"):
            # The service itself calls a version without a name SOLUTION/ID.
            pattern = None
        # A pattern is for the whole text; some speak of classes that only Java knows.
        if pattern and not re.fullmatch(readable(pattern), value):
            yield f"{path}: {value!r} does not match {pattern}"


def readable(pattern):
    """A pattern of a model in the classes that Python knows."""
    return pattern.replace(r"\p{ASCII}", r"[\x00-\x7F]").replace(r"\p{L}\p{Z}\p{N}", r"\w\s")


# Lists that AWS sends empty although its model says that they never are: the metrics of a stream without enhanced monitoring.
EMPTY_ALL_THE_SAME = {"MetricsNameList"}


def bounds(shape, length, path):
    if length == 0 and shape.name in EMPTY_ALL_THE_SAME:
        return
    if length < shape.metadata.get("min", 0) or length > shape.metadata.get("max", length):
        yield f"{path}: length {length}"


def xml_faults(http, shape):
    """Elements of an answer in XML that the model does not know."""
    payload = shape.serialization.get("payload")
    if payload:
        shape = shape.members[payload]
        if shape.type_name != "structure":
            return []
    if not http.content:
        return []
    root = ElementTree.fromstring(http.content)
    wrapper = shape.serialization.get("resultWrapper")
    if wrapper:
        # The query protocol puts the output beside the id of the request.
        parts = {child.tag.split("}")[-1]: child for child in root}
        if set(parts) != {wrapper, "ResponseMetadata"}:
            return [f"{sorted(parts)} instead of {wrapper} and ResponseMetadata"]
        root = parts[wrapper]
    return list(check_element(shape, root, shape.name))


def check_element(shape, element, path):
    kind = shape.type_name
    if kind == "structure":
        names = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") in (None, "uri"):
                names[element_name(name, member)] = member
        for child in element:
            tag = child.tag.split("}")[-1]
            if tag not in names:
                yield f"{path}/{tag}: unknown element"
            else:
                member = names[tag]
                flat = member.type_name == "list" and member.serialization.get("flattened")
                yield from check_element(member.member if flat else member, child, f"{path}/{tag}")
    elif kind == "list":
        for child in element:
            yield from check_element(shape.member, child, f"{path}/{child.tag.split('}')[-1]}")
    elif len(element):
        yield f"{path}: elements where text belongs"


def element_name(name, member):
    if member.type_name == "list" and member.serialization.get("flattened"):
        return member.member.serialization.get("name") or member.serialization.get("name", name)
    return member.serialization.get("name", name)
