"""Requests made from a service's model: one that keeps every rule, and for each rule of each member one that breaks it."""

import itertools
import re

import harness
import oracle

ARN = "arn:aws:personalize:us-east-1:000000000000:dataset/g/ITEMS"
# Texts for patterns that nothing shorter satisfies.
SAMPLES = (
    "a", "s3://b/k/", ARN, harness.ROLE, "arn:aws:kms:us-east-1:000000000000:key/k", "rate(1 day)", "ITEMS",
)
# JSON that is of another type than a member of the kind may be.
WRONG = {
    "string": (1, 1.5, True, [], {}, ["a"], {"a": "b"}),
    "integer": ("1", "x", True, [], {}),
    "long": ("1", "x", True, [], {}),
    "float": ("1.5", "x", False, [], {}),
    "double": ("1.5", "x", False, [], {}),
    "boolean": (1, 0, "yes", [], {}),
    "timestamp": ("x", "2020-01-01", True, [], {}),
    "list": ("x", 1, True, {}, {"a": 1}),
    "map": ("x", 1, True, [], ["a"]),
    "structure": ("x", 1, True, [], ["a"]),
}
# What stands in the way of a pattern, one for each kind of pattern.
BREAKERS = ("!", " x", "é", "x", "$$", "\u0000", "a b", "\u20ac", "{}")


def obeys(shape, text):
    """Whether a text keeps every rule of its shape."""
    pattern = shape.metadata.get("pattern")
    if shape.enum and text not in shape.enum:
        return False
    if not shape.metadata.get("min", 0) <= len(text) <= shape.metadata.get("max", len(text)):
        return False
    return not pattern or re.fullmatch(oracle.readable(pattern), text) is not None


def good(shape, depth=0):
    """A value that keeps every rule, with every member that there is."""
    kind = shape.type_name
    if kind == "structure":
        return {name: good(member, depth + 1) for name, member in shape.members.items()}
    if kind == "list":
        return [good(shape.member, depth + 1) for _ in range(max(1, shape.metadata.get("min", 1)))]
    if kind == "map":
        return {text(shape.key): good(shape.value, depth + 1)}
    if kind in ("integer", "long", "float", "double"):
        return max(1, shape.metadata.get("min", 1)) if shape.metadata.get("max", 1) >= 1 else shape.metadata["max"]
    return {"boolean": True, "timestamp": 1_700_000_000}[kind] if kind != "string" else text(shape)


def text(shape):
    if shape.enum:
        return shape.enum[0]
    for sample in SAMPLES + ("a" * shape.metadata.get("min", 1),):
        if obeys(shape, sample):
            return sample
    raise AssertionError(f"no text for {shape.name}")


def bad(shape, value, path=""):
    """(path, changed value, code) for every rule of a shape, inside and out; `value` keeps them all. DELETE in the place of a value takes it away."""
    kind = shape.type_name
    yield from ((path, wrong, "SerializationException") for wrong in WRONG[kind])
    yield from ((path, wrong, "InvalidInputException") for wrong in broken(shape, value))
    if kind == "structure":
        for name in shape.required_members:
            for nothing in (DELETE, None):
                yield f"{path}.{name}", {**value, name: nothing}, "InvalidInputException"
        for name, member in shape.members.items():
            yield from ((where, {**value, name: inner}, code) for where, inner, code in bad(member, value[name], f"{path}.{name}"))
    elif kind == "list":
        yield from ((where, [inner] + value[1:], code) for where, inner, code in bad(shape.member, value[0], f"{path}[]"))
    elif kind == "map":
        key = next(iter(value))
        yield from ((f"{path}<key>", {wrong: value[key]}, "InvalidInputException") for wrong in broken(shape.key, key))
        yield from ((where, {key: inner}, code) for where, inner, code in bad(shape.value, value[key], f"{path}{{}}"))


def broken(shape, value):
    """Values of the right type that break exactly one rule."""
    kind, least, most = shape.type_name, shape.metadata.get("min"), shape.metadata.get("max")
    if kind == "string":
        yield from broken_texts(shape, value, least, most)
    elif kind in ("integer", "long", "float", "double"):
        yield from ([] if least is None else [least - 1, least - 1000])
        yield from ([] if most is None else [most + 1, most + 1000])
    elif kind in ("list", "map"):
        if least:
            yield [] if kind == "list" else {}
        if most is not None and most <= 500:
            yield value * (most + 1) if kind == "list" else {key + suffix: inner for key, inner in value.items() for suffix in suffixes(most + 1)}


def suffixes(count):
    """As many different short texts of letters."""
    return ["".join(pair) for pair in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=2)][:count]


def broken_texts(shape, value, least, most):
    pattern = shape.metadata.get("pattern")
    if shape.enum:
        yield from ("NONE_OF_THEM", shape.enum[0].swapcase(), shape.enum[0] + " ")
        return
    if least and (not pattern or re.fullmatch(oracle.readable(pattern), "")):
        yield ""
    if most is not None:
        for count in (most + 1, most * 2):
            longer = value + "a" * (count - len(value))
            if not pattern or re.fullmatch(oracle.readable(pattern), longer):
                yield longer
    if pattern:
        yield from (text for text in BREAKERS if re.fullmatch(oracle.readable(pattern), text) is None and (least or 0) <= len(text) <= (most or 9))


DELETE = object()


def without(value):
    """The value as JSON has it: what is to be taken away is not there."""
    if isinstance(value, dict):
        return {name: without(inner) for name, inner in value.items() if inner is not DELETE}
    return [without(inner) for inner in value] if isinstance(value, list) else value
