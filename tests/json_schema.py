"""As much of JSON Schema as the report's schema uses; a keyword that is not known here is an error, not a pass."""

import re
from collections.abc import Iterator
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
SAID = {"$schema", "title", "description"}


def errors(schema: dict[str, Any], value: Any, at: str = "$") -> Iterator[str]:
    """What is wrong with a value, each with its place."""
    if wrong := list(_type(schema, schema["type"], value, at)) if "type" in schema else []:
        yield from wrong
        return
    for keyword, wanted in schema.items():
        if keyword not in SAID and keyword not in ("required", "type"):
            yield from RULES[keyword](schema, wanted, value, at)
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: no {name!r}"


def _type(schema: Any, wanted: str, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean"):
        yield f"{at}: {value!r} is no {wanted}"


def _properties(schema: Any, wanted: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for name, inner in wanted.items():
        if name in value:
            yield from errors(inner, value[name], f"{at}.{name}")


def _additional(schema: Any, wanted: Any, value: Any, at: str) -> Iterator[str]:
    for name in value.keys() - schema.get("properties", {}).keys():
        if wanted is False:
            yield f"{at}: {name!r} is not in the schema"
        else:
            yield from errors(wanted, value[name], f"{at}.{name}")


def _items(schema: Any, wanted: Any, value: Any, at: str) -> Iterator[str]:
    for k, item in enumerate(value):
        yield from errors(wanted, item, f"{at}[{k}]")


def _holds(test: Any) -> Any:
    def rule(schema: Any, wanted: Any, value: Any, at: str) -> Iterator[str]:
        if not test(value, wanted):
            yield f"{at}: {value!r} is not as {wanted!r} asks"

    return rule


RULES: dict[str, Any] = {
    "properties": _properties, "additionalProperties": _additional, "items": _items,
    "const": _holds(lambda v, w: v == w), "enum": _holds(lambda v, w: v in w), "pattern": _holds(lambda v, w: re.search(w, v)),
    "minimum": _holds(lambda v, w: v >= w), "maximum": _holds(lambda v, w: v <= w),
}  # fmt: skip
