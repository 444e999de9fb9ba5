"""A validator for the part of JSON Schema that scripts/schemas uses, with the standard library alone.

A keyword that it does not know is an error, so that a schema never promises what nobody checks.
"""

import re
from typing import Any, Iterator

TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
}
KNOWN = {
    "$schema", "$comment", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minLength",
    "minimum", "maximum", "properties", "required", "additionalProperties", "items", "minItems", "oneOf",
}


def problems(value: Any, schema: dict, root: dict | None = None, path: str = "") -> Iterator[str]:
    """What is wrong with a value, each with its place."""
    root = schema if root is None else root
    if unknown := set(schema) - KNOWN:
        raise ValueError(f"the schema uses {', '.join(sorted(unknown))} at {path or 'its top'}, unknown to schema.py")
    if "$ref" in schema:
        yield from problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
        return
    where = path or "the file"
    kind = schema.get("type")
    if kind and not is_a(value, kind):
        yield f"{where} must be {article(kind)}, but is {short(value)}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where} must be {short(schema['const'])}, but is {short(value)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} must be one of {', '.join(map(short, schema['enum']))}, but is {short(value)}"
    if isinstance(value, str):
        yield from of_text(value, schema, where)
    elif isinstance(value, dict):
        yield from of_object(value, schema, root, path)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{where} must have at least {schema['minItems']} items, but has {len(value)}"
        for index, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), root, f"{path}[{index}]")
    elif not isinstance(value, bool) and isinstance(value, (int, float)):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{where} must be {schema.get('minimum', '…')} to {schema.get('maximum', '…')}, but is {value}"
    if "oneOf" in schema:
        yield from of_choice(value, schema["oneOf"], root, path)


def of_text(value: str, schema: dict, where: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"{where} must not be empty"
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where} must look like {schema['pattern']}, but is {short(value)}"


def of_object(value: dict, schema: dict, root: dict, path: str) -> Iterator[str]:
    members = schema.get("properties", {})
    where = path or "the file"
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where} lacks \"{name}\""
    for name, member in value.items():
        if name in members:
            yield from problems(member, members[name], root, f"{path}.{name}" if path else name)
        elif schema.get("additionalProperties", True) is False:
            yield f"{where} has the unknown member \"{name}\"; known are {', '.join(members)}"


def of_choice(value: Any, choices: list[dict], root: dict, path: str) -> Iterator[str]:
    """The problems of the choice that was most likely meant, if not exactly one fits."""
    found = [list(problems(value, choice, root, path)) for choice in choices]
    if found.count([]) == 1:
        return
    if [] in found:
        yield f"{path or 'the file'} fits several forms; it must fit one"
        return
    likely = min(range(len(choices)), key=lambda index: (distance(value, choices[index]), len(found[index])))
    yield from found[likely]


def distance(value: Any, choice: dict) -> tuple[int, int]:
    """First what says outright that it is another form, such as its "type", then how many members are known."""
    if not isinstance(value, dict):
        return (0, 0)
    members = choice.get("properties", {})
    shared = [name for name in value if name in members]
    contradictions = [
        name for name in shared
        if value[name] not in members[name].get("enum", [members[name].get("const", value[name])])
    ]
    return (len(contradictions), -len(shared))


def is_a(value: Any, kind: str) -> bool:
    # In Python a boolean is an integer, in JSON it is not.
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def short(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
