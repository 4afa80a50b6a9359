#!/usr/bin/env python3
"""Reads the four API models that the installed botocore ships and keeps their facts: names, types, constraints.

Run it with the botocore whose models are wanted:  python3 Sources/shapegen/Models/import.py
"""
import json
import pathlib

import botocore.loaders

SERVICES = {
    "kinesis": "Kinesis",
    "personalize": "Personalize",
    "personalize-events": "PersonalizeEvents",
    "personalize-runtime": "PersonalizeRuntime",
}
SHAPE_KEYS = ("type", "required", "min", "max", "pattern", "enum", "exception", "fault", "eventstream")


def shape_facts(shape):
    facts = {key: shape[key] for key in SHAPE_KEYS if key in shape}
    if "members" in shape:
        facts["members"] = [{"name": name, "shape": member["shape"]} for name, member in shape["members"].items()]
    for key in ("member", "key", "value"):
        if key in shape:
            facts[key] = shape[key]["shape"]
    if "error" in shape:
        facts["status"] = shape["error"]["httpStatusCode"]
    return facts


def operation_facts(operation):
    facts = {"name": operation["name"], "path": operation["http"]["requestUri"]}
    for key in ("input", "output"):
        if key in operation:
            facts[key] = operation[key]["shape"]
    facts["errors"] = [error["shape"] for error in operation.get("errors", [])]
    return facts


for service, namespace in SERVICES.items():
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    metadata = model["metadata"]
    facts = {
        "namespace": namespace,
        "uid": metadata["uid"],
        "protocol": metadata["protocol"],
        "targetPrefix": metadata.get("targetPrefix"),
        "operations": [operation_facts(o) for _, o in sorted(model["operations"].items())],
        "shapes": [{"name": name, **shape_facts(s)} for name, s in sorted(model["shapes"].items())],
    }
    path = pathlib.Path(__file__).parent / f"{service}.json"
    lines = json.dumps(facts, separators=(",", ":"))
    # One operation or shape a line, so that a new model is a readable difference.
    lines = lines.replace('"operations":[', '"operations":[\n').replace('"shapes":[{"name"', '"shapes":[\n{"name"')
    lines = lines.replace('},{"name":"', '},\n{"name":"').replace("]}],", "]}\n],")
    path.write_text(lines + "\n")
    print(f"{path.name}: {metadata['uid']}, {len(facts['operations'])} operations, {len(facts['shapes'])} shapes")
